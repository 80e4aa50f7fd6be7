"""Books of every kind in the eyes of veraPDF and qpdf."""

from datetime import UTC, datetime
from pathlib import Path

import archival
import cv2
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


def _coloured() -> Pixels:
    """A page with a red heading, a blue frame and text on a green field."""
    page = sheets.printed(("Kutubxona fondi",) * 20)
    page[300:340, 180:1500] = (170, 30, 40)
    page[900:1300, 900:1600] = np.minimum(page[900:1300, 900:1600], (190, 230, 190))
    cv2.rectangle(page, (150, 1500), (1600, 2300), (30, 50, 160), 12)
    return page


def _illustrated() -> Pixels:
    page = sheets.printed(("Kutubxona fondi bilan ishlash",) * 12)
    page[1100:2100, 400:1300] = cv2.resize(_photograph(), (900, 1000))
    return page


@pytest.mark.parametrize(
    ("picture", "least"),
    [
        (sheets.printed(("Kutubxona fondi bilan ishlash",) * 25), 0.93),
        (_coloured(), 0.93),
        (_illustrated(), 0.93),
        (_photograph(), 0.90),
    ],
    ids=["text", "colours", "illustration", "photograph"],
)
def test_a_page_drawn_from_the_book_looks_like_its_picture(tmp_path: Path, picture: Pixels, least: float):
    """At 100 dpi, as on a screen: the grain of the paper is gone there, letters and pictures are compared."""
    (tmp_path / "pages").mkdir()
    part = _page(tmp_path / "pages", picture, sheets.lines("Kutubxona fondi"))
    out = tmp_path / "book.pdf"
    assert isinstance(assemble(BookJob(out, (part,), ABOUT)), BookDone)

    shown = sheets.rendered(out, 100.0)
    seen = cv2.resize(picture, shown.shape[1::-1], interpolation=cv2.INTER_AREA)

    assert sheets.likeness(shown, np.asarray(seen, np.uint8)) > least


@pytest.mark.parametrize(
    "text",
    ["Oʻzbekiston kutubxonasi fondi", "Ўзбекистон кутубхонаси фонди", "کتاب تاریخ ترکستان"],
    ids=["Latin", "Cyrillic", "Arabic"],
)
def test_every_word_of_the_book_lies_on_its_place_in_the_picture(tmp_path: Path, text: str):
    (tmp_path / "pages").mkdir()
    leftwards = text.startswith("ک")
    lines = tuple(sheets.line(text, top, right=1500 if leftwards else None) for top in (300, 1200, 2100))
    picture = sheets.printed(())
    for word in (word for line in lines for word in line.words):
        picture[word.box.top : word.box.bottom, word.box.left : word.box.right] = (38, 34, 30)
    out = tmp_path / "book.pdf"
    assert isinstance(assemble(BookJob(out, (_page(tmp_path / "pages", picture, lines),), ABOUT)), BookDone)

    found = sheets.placed_words(out)
    dark = sheets.rendered(out, 300.0).mean(axis=2) < 128

    assert [word for word, _ in found] == text.split() * 3
    for _, box in found:
        ink = dark[box.top : box.bottom, box.left : box.right]
        assert ink.mean() > 0.7  # the box is print, but for what reaches above and below the letters
        around = dark[:, max(0, box.left - 6) : box.left + 6].any(axis=1)
        assert around[box.top : box.bottom].any()
    assert sum(box.right - box.left for _, box in found) == pytest.approx(
        sum(word.box.right - word.box.left for line in lines for word in line.words), rel=0.02
    )
