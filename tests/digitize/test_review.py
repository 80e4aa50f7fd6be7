"""The review list goes out as a table and comes back with a person's choices."""

import csv
from pathlib import Path

import openpyxl
import pytest
from marcs import book
from shelves import NOW, SETTINGS, Shelf

from digitize import formulas, link, review
from digitize.cli import run
from digitize.errors import DigitizeError, UsageError
from digitize.home import create_home
from digitize.messages import speaker

SAY = speaker("uz")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(create_home(tmp_path / "home").root)
    shelf.item("INV-1", title="Otkan kunlar")
    shelf.item("INV-7", title="=Boshqa kitob")
    shelf.bring(book("0001", "INV-1") + book("0002", "INV-1", title="Kecha va kunduz"))
    shelf.link()
    return shelf


def written(shelf: Shelf, name: str) -> Path:
    path = shelf.root / name
    with shelf.open() as session:
        review.write(link.reviews(session), path, SAY)
    return path


def accepted(shelf: Shelf, path: Path) -> review.Accepted:
    with shelf.open() as session:
        return review.accept(session, path, SETTINGS, NOW)


def choose(path: Path, *values: object) -> Path:
    """Fill in the second column from the second line on."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, delimiter=";"))
        for row, value in zip(rows[1:], values, strict=False):
            row[1] = str(value)
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
        return path
    workbook = openpyxl.load_workbook(path)
    for line, value in enumerate(values, 2):
        workbook.worksheets[0].cell(line, 2).value = value
    workbook.save(path)
    return path


def test_the_table_shows_candidates_best_first_with_what_speaks_for_them(shelf):
    rows = list(openpyxl.load_workbook(written(shelf, "korib.xlsx")).worksheets[0].values)
    assert rows[0][:4] == ("Kalit", "Tanlangan yozuv", "Skaner qilingan kitob", "Sababi")
    assert rows[1][:6] == ("INV-1", "", "Otkan kunlar", SAY("catalog.reason_several"), "0001", "Oʻtkan kunlar")
    assert rows[1][9] == "sarlavha 100 %, muallif ?, yil ?, raqamlar =, sahifalar ?"
    assert rows[1][10] == "0002"
    assert rows[2][2] == "=Boshqa kitob"


@pytest.mark.parametrize("name", ["korib.xlsx", "korib.csv"])
def test_a_choice_typed_into_the_table_becomes_the_link(shelf, name):
    done = accepted(shelf, choose(written(shelf, name), "0002"))
    assert [(one.item, one.record, one.action) for one in done.changes] == [("INV-1", "0002", "added")]
    assert (done.refused, done.empty) == ((), 1)
    assert ("INV-1", "linked", "person") in shelf.states()


def test_the_same_table_given_back_twice_changes_nothing(shelf):
    path = choose(written(shelf, "korib.xlsx"), "0002")
    accepted(shelf, path)
    first = shelf.export()
    assert [one.action for one in accepted(shelf, path).changes] == ["unchanged"]
    assert shelf.export() == first


def test_a_choice_that_cannot_be_followed_is_named_by_its_line_and_costs_nobody_else(shelf):
    done = accepted(shelf, choose(written(shelf, "korib.xlsx"), "0002", 99.0))
    assert len(done.changes) == 1
    assert [(one.row, one.item) for one in done.refused] == [(3, "INV-7")]
    assert "“99”" in done.refused[0].reason


def test_what_is_no_table_is_refused_in_one_sentence(shelf):
    path = shelf.root / "surat.xlsx"
    with pytest.raises(UsageError, match="no file"):
        accepted(shelf, path)
    path.write_bytes(b"\x89PNG")
    with pytest.raises(DigitizeError, match="table"):
        accepted(shelf, path)


def test_the_commands_write_the_table_and_follow_it(shelf, capfd):
    path = shelf.root / "korib.xlsx"
    call = ["--home", str(shelf.root), "link"]
    assert run([*call, "review", "-o", str(path)]) == 0
    choose(path, "0002", "yoq")
    assert run([*call, "accept", str(path)]) == 2
    said = capfd.readouterr()
    assert "Qabul qilindi 1, qabul qilinmadi 1, tanlanmagan 0." in said.out
    assert said.err.startswith("3: INV-7:")
    assert run([*call, "review"]) == 0


def test_a_title_that_looks_like_a_formula_is_text_in_the_table():
    written = formulas.as_csv([["INV-1", "", "=cmd|' /C calc'!A0"]])

    assert written.decode("utf-8-sig") == "INV-1;;'=cmd|' /C calc'!A0\r\n"
