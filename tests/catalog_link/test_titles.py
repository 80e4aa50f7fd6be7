"""Headings of libraries are understood in three languages; a row is a record and still the row."""

import pytest
from marcs import fields, profile

from catalog_link import iso2709, titles
from catalog_link.records import describe
from catalog_link.values import Flaw, Parsed

UZBEK = ("T/r", "Inventar raqami", "Muallif", "Kitob nomi", "Nashr yili", "Sahifalar soni", "Nashriyot nomi", "Javon")


@pytest.mark.parametrize(
    "heads",
    [
        UZBEK,
        ("Т/р", "Инвентар рақами", "Муаллиф", "Китоб номи", "Нашр йили", "Бети", "Нашриёт", "Жавон"),
        ("№", "Инв. №", "Автор", "Заглавие", "Год издания", "Кол-во страниц", "Издательство", "Полка"),
        ("No", "Inventory number", "Author", "Title", "Year", "Pages", "Publisher", "Shelf"),
    ],
)
def test_headings_are_known_in_uzbek_russian_and_english(heads):
    assert titles.columns(heads) == {
        "inventory": 1, "author": 2, "title": 3, "year": 4, "pages": 5, "publisher": 6,
    }  # fmt: skip


@pytest.mark.parametrize(
    "heads", [("Kitoblar roʻyxati",), ("Oʻtkan kunlar", "1990"), ("Nomi",), ("Номер", "Полка"), ()]
)
def test_a_line_that_is_no_heading_is_none(heads):
    assert titles.columns(heads) is None


def made(cells: tuple[str, ...]) -> Parsed:
    known = titles.columns(UZBEK)
    assert known is not None
    parsed = iso2709.parse(titles.record(UZBEK, cells, known))
    assert not isinstance(parsed, Flaw)
    return parsed


ROW = ("1", "1001, 1002", "Qodiriy, Abdulla", "Oʻtkan kunlar : roman", "1990-y.", "400", "Gʻafur Gʻulom", "A-3")


def test_a_row_becomes_a_record_another_program_reads():
    known = titles.columns(UZBEK)
    assert known is not None
    raw = titles.record(UZBEK, ROW, known)
    assert isinstance(raw, bytes)
    assert fields(raw)[:-1] == [
        "=001  1001",
        "=090  \\\\$e1001$e1002",
        "=100  1\\$aQodiriy, Abdulla",
        "=245  10$aOʻtkan kunlar : roman",
        "=260  \\\\$bGʻafur Gʻulom$c1990-y.",
        "=300  \\\\$a400 b.",
    ]
    said = describe(made(ROW), profile())
    assert (said.title, said.author, said.year, said.pages) == (
        "Oʻtkan kunlar : roman",
        "Qodiriy, Abdulla",
        "1990",
        400,
    )
    assert [key.value for key in said.keys if key.kind == "inventory"] == ["1001", "1002"]


def test_the_row_itself_is_kept_whatever_stands_in_it():
    odd = ("", "\x1d\x1e", "=1+1", "Nom\x1f\n ikki", "", "x" * 20_000, "ў" * 2_000, "", "")
    row = titles.row_of(made(odd))
    assert row is not None
    assert [cell for _, cell in row] == list(odd)
    assert [head for head, _ in row] == [*UZBEK, ""]


def test_a_row_without_numbers_gets_one_that_stays_when_the_list_is_sorted():
    first, second = (describe(made((place, "", *ROW[2:])), profile()).number for place in ("1", "7"))
    other = describe(made(("1", "", "Qodiriy", *ROW[3:])), profile()).number
    assert first == second
    assert first.startswith("T")
    assert first != other


def test_a_row_without_a_title_is_named_and_describes_nothing():
    known = titles.columns(UZBEK)
    assert known is not None
    assert titles.flaw(("1", "1001", "", " ", ""), known) == Flaw("no_title")
    assert titles.flaw(("1", "1001"), known) == Flaw("no_title")
    assert titles.flaw(ROW, known) is None
    assert describe(made(("1", "1001", "", " ", "")), profile()).keys == ()
