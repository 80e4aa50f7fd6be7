"""Measures what a page costs and how well it is read: ours beside OCRmyPDF, on the same pages, cores and languages.

    make bench                                                       # the development pack where it is, else samples
    .venv/bin/python bench/bench.py [--packs samples dev real] [--modes plain clean | --modes] [--jobs N] [-o FILE.md]

Every run starts in a new home in a temporary folder, so nothing is warm but the files themselves; wall times hold for
the machine and its load, ratios for the one run. Without OCRmyPDF (``tools/bench.sh`` installs it beside the product)
ours is measured alone.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import facts
import machine
import ours
import peers
import stages
from packs import PACKS, Book, available, load
from scoring import Score, score, total
from tables import table

PER_MINUTE = 60


@dataclass(frozen=True)
class Pack:
    """One pack through all programs."""

    name: str
    books: Sequence[Book]
    ours: ours.OurRun
    peers: dict[str, peers.PeerRun]
    """Mode -> run; empty without OCRmyPDF."""


def measured(name: str, books: Sequence[Book], modes: Sequence[str], jobs: int, folder: Path) -> Pack:
    """Ours first, then each mode of OCRmyPDF."""
    folder.mkdir()
    mine = ours.run(books, jobs, folder)
    found = {mode: peers.run(books, mode, jobs, folder) for mode in modes} if peers.program() else {}
    return Pack(name, books, mine, found)


def scan_scores(pack: Pack) -> Iterator[tuple[str, str, dict[str, Score | None]]]:
    """Book, scan, and the score of each program; None where a program gave no text for the book."""
    for book in pack.books:
        for scan in book.scans:
            mine = score(pack.ours.text(book.name, scan.path.name), scan.text)
            scores: dict[str, Score | None] = {"ours": mine}
            for mode, run in pack.peers.items():
                said = run.texts.get((book.name, scan.path.name))
                scores[mode] = None if said is None else score(said, scan.text)
            yield book.name, scan.path.name, scores


def costs(pack: Pack) -> str:
    """Pages a minute, processor time and bytes; how much of the machine nobody used, and others did."""
    pages = sum(page.state == "done" for page in pack.ours.pages)
    runs = {"ours": (pack.ours.spent, sum(pack.ours.sizes.values()))}
    runs |= {f"OCRmyPDF {mode}": (run.spent, sum(run.sizes.values())) for mode, run in pack.peers.items()}
    return table(
        (
            "program",
            "pages a minute",
            "CPU s a page",
            "idle %",
            "others %",
            "largest process MB",
            "KB a page",
            "ours is quicker ×",
        ),
        [
            (
                name,
                PER_MINUTE * pages / spent.wall,
                spent.cpu / pages,
                round(spent.idle_part),
                round(spent.others_part),
                round(spent.peak_mb),
                round(size / pages / 1000),
                spent.wall / pack.ours.spent.wall,
            )
            for name, (spent, size) in runs.items()
        ],
    )


def errors(pack: Pack) -> str:
    """Character errors of each book; a scan that some program did not read counts for none of them."""
    rows = []
    by_scan = list(scan_scores(pack))
    for name in [*(book.name for book in pack.books), None]:
        kept = [scores for book, _, scores in by_scan if name in (book, None) and None not in scores.values()]
        sums = {program: total(one[program] or Score() for one in kept) for program in ("ours", *pack.peers)}
        words = [sums[program].wer for program in sums] if name is None else [None] * len(sums)
        rows.append((name or "all", len(kept), *(sums[program].cer for program in sums), *words))
    programs = ("ours", *(f"OCRmyPDF {mode}" for mode in pack.peers))
    return table(
        ("book", "scans", *(f"{one}, CER %" for one in programs), *(f"{one}, WER %" for one in programs)), rows
    )


def geometry(pack: Pack) -> list[str]:
    """Angles, splits, crops and guards, where the truth is known."""
    lines = []
    if skew := facts.skew_errors(pack.books, pack.ours):
        median, most = facts.part_of(skew, 0.5), facts.part_of(skew, 0.95)
        lines.append(f"- skew error on {len(skew)} pages: median {median:.2f}°, 95 % {most:.2f}°")
    split = facts.splits(pack.books, pack.ours)
    if split.openings or split.singles:
        lines.append(
            f"- openings split: {split.right} of {split.openings}; torn singles: {split.false} of {split.singles}"
        )
    if crop := facts.crop_errors(pack.books, pack.ours):
        lines.append(f"- farthest corner on {len(crop)} scans: median {facts.part_of(crop, 0.5):.2f} % of the diagonal")
    undone = facts.guards(pack.ours)
    return [*lines, *(f"- undone on {count}: {reason}" for reason, count in sorted(undone.items()))]


def targets(pack: Pack, reread: float, share: float) -> str:
    """The figures of the design's section 7 that this run can tell; memory is told by bench/memory.py."""
    pages = max(1, len(pack.ours.pages))
    rows: list[tuple[str, float | None, float]] = [
        ("own processor time, % of Tesseract's, at most", share, 15.0),
        ("KB a page, at most", sum(pack.ours.sizes.values()) / pages / 1000, 45.0),
        ("points of CER added by the PDF's picture, at most", reread, 0.2),
    ]
    skew = facts.skew_errors(pack.books, pack.ours)
    rows += [("skew error, median, at most", facts.part_of(skew, 0.5), 0.1)]
    rows += [("skew error, 95 %, at most", facts.part_of(skew, 0.95), 0.3)]
    kept = [scores for _, _, scores in scan_scores(pack) if None not in scores.values()]
    sums = {name: total(one[name] or Score() for one in kept).cer for name in ("ours", *pack.peers)}
    for mode, run in pack.peers.items():
        quicker = 3.0 if mode == "plain" else 8.0
        rows.append((f"times as quick as {mode}, at least", run.spent.wall / pack.ours.spent.wall, quicker))
        part = 2 / 3 if pack.name == "real" else 0.25
        rows.append((f"CER as a part of {mode}'s, at most", sums["ours"] / max(0.01, sums[mode]), part))
    lines = [(name, wanted, found, _reached(name, found, wanted)) for name, found, wanted in rows]
    return table(("design, section 7", "wanted", "found", "reached"), lines)


def _reached(name: str, found: float | None, wanted: float) -> str | None:
    if found is None:
        return None
    return "yes" if (found >= wanted if name.endswith("at least") else found <= wanted) else "no"


def worst(pack: Pack, count: int = 10) -> str:
    """The scans with most errors of ours, beside the others."""
    by_scan = sorted(scan_scores(pack), key=lambda one: -(one[2]["ours"] or Score()).cer)[:count]
    heads = ("scan", "ours, CER %", *(f"OCRmyPDF {mode}" for mode in pack.peers), "ours, recall %")
    rows = []
    for book, scan, scores in by_scan:
        rates = [one.cer if one else None for one in scores.values()]
        rows.append((f"{book}/{scan}", *rates, (scores["ours"] or Score()).recall))
    return table(heads, rows)


def report(pack: Pack, jobs: int) -> list[str]:
    """What stands in the results about one pack."""
    given, copied, again = facts.pdf_scores(pack.books, pack.ours, jobs)
    found = stages.measure(pack.books)
    share = stages.own_share(found.spent)
    return [
        f"## {pack.name}: {len(pack.ours.pages)} pages",
        "",
        costs(pack),
        "",
        errors(pack),
        "",
        f"Our text {given.cer:.2f} %, found by pdftotext {copied.cer:.2f} %, read anew from our PDF {again.cer:.2f} %.",
        "",
        *geometry(pack),
        "",
        targets(pack, again.cer - given.cer, share),
        "",
        stages.costs(found),
        "",
        f"Our own processor time is {share:.0f} % of Tesseract's.",
        "",
        "Worst of ours:",
        "",
        worst(pack),
        "",
        *(f"- {failure}" for run in pack.peers.values() for failure in run.failures),
    ]


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--packs", nargs="+", choices=PACKS, default=[available()[0]])
    words.add_argument("--modes", nargs="*", choices=list(peers.MODES), default=list(peers.MODES))
    words.add_argument("--jobs", type=int, default=machine.cores())
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    versions = (["tesseract", "--version"], *([[peers.program(), "--version"]] if peers.program() else []))
    lines = ["# Ours beside OCRmyPDF", "", machine.described(*versions) + f", {given.jobs} jobs.", ""]
    with tempfile.TemporaryDirectory() as folder:
        for name in given.packs:
            books, notes = load([name])
            pack = measured(name, books, given.modes, given.jobs, Path(folder) / name)
            part = [*report(pack, given.jobs), *(f"- {note}" for note in notes), ""]
            print("\n".join(part), flush=True)
            lines += part
    if given.output:
        given.output.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
