"""Where the processor time of a page goes: decoding, restoration, Tesseract, PDF, the rest. One process, one thread.

    .venv/bin/python bench/stages.py [--packs samples dev] [--profile FILE]

Each stage is timed where ``workers.page`` calls it, and what a stage calls itself counts there alone: the orientation
question that restoration asks of Tesseract is Tesseract's. ``--profile`` writes what cProfile saw, for pstats.
"""

import argparse
import cProfile
import resource
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packs import PACKS, Book, available, load
from tables import table

from workers import binding, engines, page
from workers.page import PageDone, PageJob, limit_child, process_page

SEAMS = {
    "decode": ((page, "load"),),
    "restore": ((page, "restore"),),
    "Tesseract": ((binding, "read"), (engines, "read")),
    "PDF": ((page, "write_page_pdf"),),
}
REST = "rest"
MEMORY_MB = 4096


@dataclass
class Clock:
    """Processor seconds by stage; what runs inside another stage is taken from that one."""

    spent: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*SEAMS, REST), 0.0))
    running: list[str] = field(default_factory=lambda: [REST])
    since: float = 0.0

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


def cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Time the stages of every page that is processed in the block."""
    kept = [(module, name, getattr(module, name)) for seams in SEAMS.values() for module, name in seams]
    for stage, seams in SEAMS.items():
        for module, name in seams:
            setattr(module, name, clock.timed(stage, getattr(module, name)))
    try:
        yield
    finally:
        for module, name, function in kept:
            setattr(module, name, function)


def measure(books: Sequence[Book], profile: Path | None = None) -> tuple[Mapping[str, float], int]:
    """CPU seconds by stage over all scans of *books*, and how many pages they became; models are loaded before."""
    limit_child(MEMORY_MB)
    jobs = [(book, scan) for book in books for scan in book.scans]
    clock, pages = Clock(), 0
    profiler = cProfile.Profile() if profile else None
    with tempfile.TemporaryDirectory() as folder:
        _process(jobs[0][0], jobs[0][1].path, Path(folder) / "first")
        with watched(clock), profiler or nullcontext():
            clock.since = cpu()
            for number, (book, scan) in enumerate(jobs):
                pages += _process(book, scan.path, Path(folder) / str(number))
            clock.switch()
    if profiler and profile:
        profiler.dump_stats(profile)
    return clock.spent, pages


def _process(book: Book, path: Path, folder: Path) -> int:
    folder.mkdir()
    split = any(scan.spread for scan in book.scans)
    done = process_page(PageJob(path, 0, folder, split=split, languages=book.models, in_process=True))
    return len(done.sides) if isinstance(done, PageDone) else 0


def own_share(spent: Mapping[str, float]) -> float:
    """Our own processor time, in percent of Tesseract's."""
    return 100 * (sum(spent.values()) - spent["Tesseract"]) / max(spent["Tesseract"], 1e-9)


def rows(spent: Mapping[str, float], pages: int) -> list[tuple[str, float, float]]:
    """Stage, CPU seconds a page, percent of all."""
    whole = sum(spent.values())
    return [(stage, seconds / max(pages, 1), 100 * seconds / whole) for stage, seconds in spent.items()]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--packs", nargs="+", choices=PACKS, default=[available()[0]])
    words.add_argument("--profile", type=Path)
    given = words.parse_args()
    books, _ = load(given.packs)
    spent, pages = measure(books, given.profile)
    print(table(("stage", "CPU s a page", "%"), rows(spent, pages)))
    print(f"{pages} pages; our own part is {own_share(spent):.1f} % of Tesseract's")


if __name__ == "__main__":
    main()
