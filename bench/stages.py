"""Where the processor time of a page goes: decoding, restoration, Tesseract, PDF, the rest. One process, one thread.

    .venv/bin/python bench/stages.py [--packs samples dev] [--profile FILE]

Each stage is timed where ``workers.page`` calls it, and what a stage calls itself counts there alone: the orientation
question that restoration asks of Tesseract is Tesseract's. A second table says what Tesseract was asked for, how often
and at what price. ``--profile`` writes what cProfile saw, for pstats.
"""

import argparse
import cProfile
import resource
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packs import PACKS, Book, available, load
from tables import table

from digitize.jobs import settled
from workers import binding, engines, page, recognize
from workers.page import PageDone, PageJob, SideDone, limit_child, process_page

SEAMS = {
    "decode": ((page, "load"),),
    "restore": ((page, "restore"),),
    "Tesseract": ((binding, "read"), (engines, "read")),
    "PDF": ((page, "write_page_pdf"),),
}
REST = "rest"
READING = "the page itself"
ASKED = {
    "which way is up": (page, "read_both_ways"),
    "which model": (recognize, "_vote_on"),
    "foreign words": (recognize, "_with_foreign"),
    "lines run together": (recognize, "_with_parted"),
    "rows passed over": (recognize, "_with_missed"),
    "lone folio": (recognize, "_with_folio"),
    "uncleaned once more": (page, "read_pale"),
}
"""Who asks Tesseract for more than the page, and where; of two that are inside each other the inner one."""
MEMORY_MB = 4096


@dataclass
class Clock:
    """Processor seconds by stage; what runs inside another stage is taken from that one."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*SEAMS, REST), 0.0))
    running: list[str] = field(default_factory=lambda: [REST])
    since: float = 0.0
    asking: list[str] = field(default_factory=lambda: [READING])
    asked: dict[str, list[float]] = field(default_factory=lambda: {name: [0, 0.0] for name in (READING, *ASKED)})
    """What Tesseract was asked for -> how often, and processor seconds."""

    def switch(self) -> None:
        """Charge what passed to the stage that runs."""
        now = cpu()
        self.spent[self.running[-1]] += now - self.since
        self.since = now

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self.switch()
            self.running.append(stage)
            try:
                return function(*given, **named)
            finally:
                self.switch()
                self.running.pop()

        return call

    def named(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """*function*, whose questions to Tesseract count under *name*."""

        def call(*given: Any, **named: Any) -> Any:
            self.asking.append(name)
            try:
                return function(*given, **named)
            finally:
                self.asking.pop()

        return call

    def counted(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """*function*, a reader, whose calls are counted for who asks."""

        def call(*given: Any, **named: Any) -> Any:
            before = self.spent["Tesseract"]
            try:
                return function(*given, **named)
            finally:
                self.switch()
                count = self.asked[self.asking[-1]]
                count[0] += 1
                count[1] += self.spent["Tesseract"] - before

        return call


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Time the stages of every page that is processed in the block."""
    places = [*(place for seams in SEAMS.values() for place in seams), *ASKED.values()]
    kept = [(module, name, getattr(module, name)) for module, name in places]
    for what, (module, name) in ASKED.items():
        setattr(module, name, clock.named(what, getattr(module, name)))
    for stage, seams in SEAMS.items():
        for module, name in seams:
            function = getattr(module, name)
            timed = clock.timed(stage, clock.counted(function) if stage == "Tesseract" else function)
            setattr(module, name, timed)
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


@dataclass(frozen=True)
class Measured:
    """What all pages together cost, in processor seconds."""

    pages: int
    spent: Mapping[str, float]
    """By stage."""
    asked: Mapping[str, Sequence[float]]
    """What Tesseract was asked for -> how often, and processor seconds."""


def measure(books: Sequence[Book], profile: Path | None = None) -> Measured:
    """All scans of *books*, each book settling on its language as in a run; models are loaded before."""
    limit_child(MEMORY_MB)
    clock, pages = Clock(), 0
    profiler = cProfile.Profile() if profile else None
    with tempfile.TemporaryDirectory() as folder:
        _process(books[0], books[0].scans[0].path, Path(folder) / "first", "")
        with watched(clock), profiler or nullcontext():
            clock.since = cpu()
            for book in books:
                read: Counter[str] = Counter()
                for scan in book.scans:
                    sides = _process(book, scan.path, Path(folder) / book.name / scan.path.name, settled(read))
                    read.update(side.language for side in sides if side.language)
                    pages += len(sides)
            clock.switch()
    if profiler and profile:
        profiler.dump_stats(profile)
    return Measured(pages, clock.spent, clock.asked)


def _process(book: Book, path: Path, folder: Path, prior: str) -> tuple[SideDone, ...]:
    folder.mkdir(parents=True)
    split = any(scan.spread for scan in book.scans)
    job = PageJob(path, 0, folder, split=split, languages=book.models, prior=prior, in_process=True)
    done = process_page(job)
    return done.sides if isinstance(done, PageDone) else ()


def own_share(spent: Mapping[str, float]) -> float:
    """Our own processor time, in percent of Tesseract's."""
    return 100 * (sum(spent.values()) - spent["Tesseract"]) / max(spent["Tesseract"], 1e-9)


def costs(found: Measured) -> str:
    """What each stage costs, and what Tesseract was asked for."""
    whole, pages = sum(found.spent.values()), max(found.pages, 1)
    rows = [(stage, seconds / pages, 100 * seconds / whole) for stage, seconds in found.spent.items()]
    asked = [(what, int(times), seconds / pages) for what, (times, seconds) in found.asked.items()]
    heads = ("Tesseract was asked for", "times", "CPU s a page")
    return table(("stage", "CPU s a page", "%"), rows) + "\n\n" + table(heads, asked)


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--packs", nargs="+", choices=PACKS, default=[available()[0]])
    words.add_argument("--profile", type=Path)
    given = words.parse_args()
    books, _ = load(given.packs)
    found = measure(books, given.profile)
    print(costs(found))
    print(f"\n{found.pages} pages; our own part is {own_share(found.spent):.1f} % of Tesseract's")


if __name__ == "__main__":
    main()
