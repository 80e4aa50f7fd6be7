"""Our program on some books: a whole ``digitize run`` in a new home, then what the ledger and the archive say."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine import Spent, spend
from packs import ROOT, Book

PROGRAM = [sys.executable, "-m", "digitize"]


@dataclass(frozen=True)
class PageFacts:
    """One page as the ledger has it, and its text."""

    book: str
    scan: str
    side: str
    number: int
    state: str
    outcome: str
    model: str
    skew: float
    steps: tuple[Mapping[str, Any], ...]
    text: str


@dataclass(frozen=True)
class OurRun:
    """What one run over books of one pack cost and made."""

    spent: Spent
    pages: tuple[PageFacts, ...]
    pdfs: Mapping[str, Path]
    """Book -> its PDF, as long as the folder of the run stands."""
    sizes: Mapping[str, int]
    """Book -> bytes of its PDF."""

    def text(self, book: str, scan: str) -> str:
        return "\n".join(page.text for page in self.pages if (page.book, page.scan) == (book, scan))


def run(books: Sequence[Book], jobs: int, folder: Path) -> OurRun:
    """Send *books* through; those that share their models share a home."""
    groups: dict[tuple[str, ...], list[Book]] = defaultdict(list)
    for book in books:
        groups[book.models].append(book)
    spent, pages, pdfs = Spent(), [], {}
    for models, group in groups.items():
        home = folder / f"home-{'-'.join(models)}"
        environment = _environment(models)
        subprocess.run([*PROGRAM, "init", str(home)], env=environment, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        for book in group:
            _drop(book, home / "share" / "1_SKANERDAN" / book.name)
        command = [*PROGRAM, "--home", str(home), "-q", "run", "--no-mail", "--jobs", str(jobs)]
        spent += spend(command, ROOT, environment, folder / "run.log")
        pages += _pages(home)
        pdfs |= {book.name: home / "archive" / "items" / book.name / f"{book.name}.pdf" for book in group}
    sizes = {book: path.stat().st_size for book, path in pdfs.items() if path.is_file()}
    return OurRun(spent, tuple(pages), pdfs, sizes)


def _environment(models: Sequence[str]) -> dict[str, str]:
    """Nothing of the caller's settings; intake need not wait, the scans are whole, nobody goes first."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DIGITIZE_")}
    equal = {"DIGITIZE_NICE": "0", "DIGITIZE_IONICE_IDLE": "false"}  # as the program ours is measured beside
    return kept | equal | {"DIGITIZE_SETTLE_SECONDS": "0", "DIGITIZE_OCR_LANGUAGES": ",".join(models)}


def _drop(book: Book, folder: Path) -> None:
    folder.mkdir(parents=True)
    for path in (*(scan.path for scan in book.scans), *([book.sheet] if book.sheet else [])):
        shutil.copyfile(path, folder / path.name)


def _pages(home: Path) -> list[PageFacts]:
    query = (
        "SELECT item.key, page.slot, page.side, page.number, page.state, page.outcome, page.language, page.skew, "
        "page.parameters FROM page JOIN item ON item.id = page.item_id "
        "WHERE page.number > 0 ORDER BY item.id, page.number"
    )
    with sqlite3.connect(f"file:{home / 'ledger.db'}?mode=ro", uri=True) as ledger:
        rows = ledger.execute(query).fetchall()
    return [_page(home, *row) for row in rows]


def _page(home: Path, book: str, scan: str, side: str, number: int, *told: Any) -> PageFacts:
    state, outcome, model, skew, parameters = told
    text = home / "archive" / "items" / book / "text" / f"{number:04d}.txt"
    steps = tuple(json.loads(parameters or "{}").get("steps", ()))
    read = text.read_text(encoding="utf-8") if text.exists() else ""
    return PageFacts(
        book, scan, side.lower(), number, state.lower(), (outcome or "").lower(), model, skew or 0.0, steps, read
    )
