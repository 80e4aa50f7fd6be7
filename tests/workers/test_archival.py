"""Books of every kind in the eyes of veraPDF and qpdf."""

from datetime import UTC, datetime
from pathlib import Path

import archival
import numpy as np
import pytest
import sheets

from workers.assemble import BookDone, BookJob, Notice, PageFile, assemble
from workers.pagepdf import write_page_pdf
from workers.pdfa import Description
from workers.picture import Pixels
from workers.text import Line

ABOUT = Description("Oʻtkan kunlar & «Меҳробдан чаён» 𝒜", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), key="INV-1")
ARABIC = (sheets.line("کتاب تاریخ ترکستان", right=1100),)


def _photograph() -> Pixels:
    y, x = np.mgrid[0:1200, 0:900]
    waves = 127 + 60 * np.sin(x / 37.0) + 60 * np.cos(y / 51.0 + x / 90.0)
    noise = np.random.default_rng(3).normal(0, 20, (1200, 900))
    return np.clip(np.dstack([waves + noise, waves[::-1], 255 - waves + noise]), 0, 255).astype(np.uint8)


def _page(folder: Path, picture: Pixels, lines: tuple[Line, ...], style: str = "layers") -> PageFile:
    path = folder / f"{len(list(folder.iterdir()))}.pdf"
    write_page_pdf(path, picture, lines, 300.0, 70, style)
    return PageFile(path, has_text=bool(lines))


def _book(folder: Path) -> Path:
    """A page of every kind: layers, an empty one, grey, a photograph, rare letters, Arabic, a missing one."""
    pages = folder / "pages"
    pages.mkdir()
    print_ = sheets.printed(("Kutubxona fondi", "bilan ishlash"))
    parts = (
        _page(pages, print_, sheets.lines("Kutubxona fondi", "bilan ishlash")),
        _page(pages, sheets.printed(()), ()),
        Notice(("3-sahifa yo‘q", "Fayl yarmida uzilib qolgan.")),
        _page(pages, np.ascontiguousarray(print_[..., 1]), sheets.lines("Ўзбекистон 𝒜 тарихи")),
        _page(pages, _photograph(), ()),
        _page(pages, print_, ARABIC),
        _page(pages, print_, sheets.lines("Kutubxona fondi"), "bitonal"),
        _page(pages, sheets.printed(()), (), "bitonal"),
        _page(pages, _photograph(), (), "bitonal"),
    )
    out = folder / "book.pdf"
    assert isinstance(assemble(BookJob(out, parts, ABOUT)), BookDone)
    return out


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    return (_book(tmp_path_factory.mktemp("book")),)


def test_books_of_every_kind_are_archival_in_the_eyes_of_verapdf(books: tuple[Path, ...]):
    archival.assert_archival(books)


def test_books_of_every_kind_are_whole_in_the_eyes_of_qpdf(books: tuple[Path, ...]):
    archival.assert_whole(books)
