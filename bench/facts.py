"""What can be counted on finished pages beside their text: angles, splits, crops, guards, the text of the PDF."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import reread
from ours import OurRun, PageFacts
from packs import Book, ScanFile
from scoring import Score, score, total

from digitize.contact.contents import HARMLESS


@dataclass(frozen=True)
class Splits:
    """Openings that became two pages, openings, single scans that were torn apart, single scans."""

    right: int
    openings: int
    false: int
    singles: int


def scans_of(books: Sequence[Book], run: OurRun) -> Iterator[tuple[Book, ScanFile, list[PageFacts]]]:
    """Every scan with the pages it became."""
    for book in books:
        for scan in book.scans:
            yield book, scan, [page for page in run.pages if (page.book, page.scan) == (book.name, scan.path.name)]


def skew_errors(books: Sequence[Book], run: OurRun) -> list[float]:
    """Degrees between the found and the true angle, for pages that were not turned by quarters."""
    known = ((scan.skew, pages) for _, scan, pages in scans_of(books, run) if scan.skew is not None)
    return sorted(abs(page.skew - true) for true, pages in known for page in pages if not turned(page))


def turned(page: PageFacts) -> bool:
    return any(step["name"] in ("orientation", "upright") and step["values"].get("turned") for step in page.steps)


def splits(books: Sequence[Book], run: OurRun) -> Splits:
    """Only scans of which it is known what they are."""
    known = [
        (scan.spread, [page.side for page in pages])
        for _, scan, pages in scans_of(books, run)
        if scan.spread is not None
    ]
    openings = [sides for spread, sides in known if spread]
    singles = [sides for spread, sides in known if not spread]
    return Splits(
        right=sum(sorted(sides) == ["left", "right"] for sides in openings),
        openings=len(openings),
        false=sum("left" in sides for sides in singles),
        singles=len(singles),
    )


def crop_errors(books: Sequence[Book], run: OurRun) -> list[float]:
    """For each scan with known corners: the farthest of the four from where it was found, percent of the diagonal."""
    found = []
    for _, scan, pages in scans_of(books, run):
        corners = _corners(pages[0]) if pages and not turned(pages[0]) else ()
        if corners and scan.corners:
            diagonal = math.dist(scan.corners[0], scan.corners[2])
            apart = max(math.dist(one, other) for one, other in zip(corners, scan.corners, strict=True))
            found.append(100 * apart / diagonal)
    return sorted(found)


def _corners(page: PageFacts) -> tuple[tuple[float, float], ...]:
    crop = next((step["values"] for step in page.steps if step["name"] == "crop"), {})
    numbers = [float(number) for number in str(crop.get("corners", "")).split()]
    return tuple(zip(numbers[0::2], numbers[1::2], strict=True)) if len(numbers) == 8 else ()


def guards(run: OurRun) -> Mapping[str, int]:
    """Steps that a guard undid, and why -> how many pages."""
    undone = ((step["name"], step["undone"]) for page in run.pages for step in page.steps if step["undone"])
    return Counter(f"{name}: {reason}" for name, reason in undone if reason not in HARMLESS)


def part_of(sorted_values: Sequence[float], share: float) -> float | None:
    """The value under which *share* of the values lie; None without values."""
    return (
        sorted_values[min(len(sorted_values) - 1, math.ceil(share * len(sorted_values)) - 1)] if sorted_values else None
    )


def pdf_scores(books: Sequence[Book], run: OurRun, jobs: int) -> tuple[Score, Score, Score]:
    """Of whole books: our text, the text pdftotext finds, and the text read anew from the PDF's picture."""
    whole = [book for book in books if book.name in run.sizes]
    given = total(score(_text(run, book), _truth(book)) for book in whole)
    found = total(score(reread.taken_out(run.pdfs[book.name]), _truth(book)) for book in whole)
    again = total(score("\n".join(_read_again(run, book, jobs)), _truth(book)) for book in whole)
    return given, found, again


def _read_again(run: OurRun, book: Book, jobs: int) -> list[str]:
    pages = [page for page in run.pages if page.book == book.name]
    return reread.read_again([(run.pdfs[book.name], page.number, page.model) for page in pages], jobs)


def _text(run: OurRun, book: Book) -> str:
    return "\n".join(run.text(book.name, scan.path.name) for scan in book.scans)


def _truth(book: Book) -> str:
    return "\n".join(scan.text for scan in book.scans)
