"""Every page of the real scans with ground truth: ours beside OCRmyPDF, page by page.

    .venv/bin/python bench/real.py [--books NAME ...] [--jobs N] [--anew] [-o bench/results/real.md]

Book after book, Uzbek ones first; the file is written after each. What OCRmyPDF read is kept in
``.bench/real.json``, so that after a change of ours, or a run that was broken off, only ours is measured again;
``--anew`` forgets it. Models that only these pages need come with ``tools/bench.sh``. ``bench/worst.py`` draws the
pages on which ours is farthest behind.
"""

import argparse
import json
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import machine
import ours
import peers
from packs import ROOT, Book, load
from scoring import Score, score, total, within
from tables import table

KEPT = ROOT / ".bench" / "real.json"
REASONS = ROOT / "bench" / "real.toml"
"""Scan -> why ours is behind on it, as a person who looked at it says."""
TOLERATED = 0.5
"""Points of CER by which a page of ours may be worse than the better mode, by the project's own measure."""
WORST = 10
PARTIAL = ("rus18", "ara_buldan")
"""Books whose truth leaves out folios and footnotes."""


@dataclass(frozen=True)
class Row:
    """One scan: what each program made of it, and what ours decided."""

    book: Book
    scan: str
    ours: Score
    plain: Score
    clean: Score
    decided: str

    @property
    def better(self) -> Score:
        """OCRmyPDF's better mode on this scan."""
        return min(self.plain, self.clean, key=lambda one: one.wrong)

    @property
    def apart(self) -> float:
        """Points by which ours is worse than the better mode; negative = ours is better."""
        return self.ours.cer - self.better.cer


class Kept:
    """What OCRmyPDF read, on disk: written after every book."""

    def __init__(self, path: Path, *, anew: bool = False) -> None:
        self._path = path
        self._found: dict[str, dict[str, str]] = (
            {} if anew or not path.exists() else json.loads(path.read_text("utf-8"))
        )

    def of(self, book: Book, mode: str, jobs: int) -> dict[str, str]:
        """Scan -> text; read now where it is not known yet, and empty where OCRmyPDF failed."""
        key = f"{book.name} {mode} {book.told}"
        if key not in self._found:
            with tempfile.TemporaryDirectory() as folder:
                run = peers.run([book], mode, jobs, Path(folder))
            for failure in run.failures:
                print(failure, flush=True)
            self._found[key] = {scan: text for (_, scan), text in run.texts.items()}
            self._path.parent.mkdir(exist_ok=True)
            self._path.write_text(json.dumps(self._found, ensure_ascii=False), encoding="utf-8")
        return self._found[key]


def decided(pages: Sequence[ours.PageFacts]) -> str:
    """Model, turn and what a guard undid, in few words."""
    words = []
    for page in pages:
        turned = next((step["values"].get("turned") for step in page.steps if step["values"].get("turned")), None)
        words.append(" ".join(filter(None, (page.model, f"turned {turned}°" if turned else "", page.outcome))))
    return "; ".join(words) or "no page"


def rows_of(
    book: Book, run: ours.OurRun, read: Mapping[str, Mapping[str, str]], compare: Callable[[str, str], Score] = score
) -> list[Row]:
    rows = []
    for scan in book.scans:
        name = scan.path.name
        pages = [page for page in run.pages if (page.book, page.scan) == (book.name, name)]
        scores = [compare(read[mode].get(name, ""), scan.text) for mode in ("plain", "clean")]
        rows.append(Row(book, name, compare(run.text(book.name, name), scan.text), *scores, decided(pages)))
    return rows


def groups_of(rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    """All pages, the Uzbek ones, all whose truth is whole, then book by book."""
    groups = {
        "all": rows,
        "Uzbek": [row for row in rows if row.book.uzbek],
        "all but those of partial truth": [row for row in rows if row.book.name not in PARTIAL],
    }
    names = dict.fromkeys(row.book.name for row in rows)
    return groups | {name: [row for row in rows if row.book.name == name] for name in names}


def summary(rows: Sequence[Row]) -> str:
    """Sums over groups of pages; *mean* is over pages, so that a page with little text counts as much."""
    lines = []
    for name, group in groups_of(rows).items():
        if group:
            figures = [[getattr(row, program) for row in group] for program in ("ours", "plain", "clean")]
            sums = [total(scores).cer for scores in figures]
            means = [sum(one.cer for one in scores) / len(scores) for scores in figures]
            worse = sum(row.apart > TOLERATED for row in group)
            ratios = (sums[0] / max(0.01, min(sums[1:])), means[0] / max(0.01, min(means[1:])))
            lines.append((name, len(group), *sums, *means, *ratios, worse))
    heads = ("pages", "scans", "ours, CER %", "plain", "clean", "ours, mean", "plain, mean", "clean, mean")
    return table((*heads, "ours to the better", "of means", f"worse by > {TOLERATED}"), lines)


def every(rows: Sequence[Row]) -> str:
    heads = ("scan", "ours, CER %", "plain", "clean", "apart", "ours, recall %", "recall of the better", "ours decided")
    lines = []
    for row in rows:
        rates = (row.ours.cer, row.plain.cer, row.clean.cer, row.apart, row.ours.recall, row.better.recall)
        lines.append((row.scan, *rates, row.decided))
    return table(heads, lines)


def worst_of(rows: Sequence[Row]) -> list[Row]:
    """The pages farthest behind OCRmyPDF's better mode, the farthest first."""
    return sorted(rows, key=lambda row: -row.apart)[:WORST]


def explained(rows: Sequence[Row]) -> str:
    """The worst pages, each with its reason."""
    reasons = tomllib.loads(REASONS.read_text("utf-8"))["why"]
    lines = [(row.scan, row.apart, row.ours.cer, row.better.cer, reasons.get(row.scan, "–")) for row in rows]
    return table(("scan", "apart", "ours, CER %", "the better", "why"), lines)


def of_the_truth(rows: Sequence[Row]) -> str:
    """Pages with partial truth, compared only where the truth says anything."""
    lines = [(row.scan, row.ours.cer, row.plain.cer, row.clean.cer, row.apart) for row in rows]
    return table(("scan", "ours, CER %", "plain", "clean", "apart"), lines)


def report(rows: Sequence[Row], partial: Sequence[Row], notes: Sequence[str]) -> list[str]:
    lines = ["# Real scans, page by page", "", *notes, "", summary(rows)]
    lines += ["", "## Farthest behind OCRmyPDF's better mode", "", explained(worst_of(rows))]
    if partial:
        said = (
            "The truth of these leaves out folios and footnotes. Here what was read before and after the text is free:"
        )
        lines += ["", "## Pages with partial truth", "", said, "", of_the_truth(partial)]
    return [*lines, "", "## Every scan", "", every(rows)]


def commit() -> str:
    """The state of the program that was measured."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--books", nargs="+", help="only these sets")
    words.add_argument("--jobs", type=int, default=machine.cores())
    words.add_argument("--anew", action="store_true", help="read with OCRmyPDF again, too")
    words.add_argument("--texts", type=Path, help="a folder for what ours read")
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    books, notes = load(["real"])
    chosen = [book for book in books if not given.books or book.name in given.books]
    described = machine.described(["tesseract", "--version"], [peers.program(), "--version"]) + f", ours at {commit()}"
    kept, rows, spent, pages = Kept(KEPT, anew=given.anew), [], machine.Spent(), 0
    partial: list[Row] = []
    for book in sorted(chosen, key=lambda one: (not one.uzbek, one.name)):
        read = {mode: kept.of(book, mode, given.jobs) for mode in peers.MODES}
        with tempfile.TemporaryDirectory() as folder:
            run = ours.run([book], given.jobs, Path(folder))
        rows += rows_of(book, run, read)
        partial += rows_of(book, run, read, within) if book.name in PARTIAL else []
        spent, pages = spent + run.spent, pages + len(run.pages)
        lines = report(rows, partial, [f"{described}, {spent.cpu / pages:.2f} CPU s a page of ours.", *notes])
        print(book.name, summary(rows), sep="\n", flush=True)
        if given.output:
            given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if given.texts:
            given.texts.mkdir(exist_ok=True)
            for scan in book.scans:
                (given.texts / f"{scan.path.name}.txt").write_text(run.text(book.name, scan.path.name), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
