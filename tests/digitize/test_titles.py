"""Libraries without MARC: their list comes in, books are linked, the same list goes out with addresses."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from shelves import NOW, Shelf

from digitize import titles
from digitize.cli import run
from digitize.errors import UsageError
from digitize.home import create_home

HEADS = ("№", "Инв. рақами", "Муаллиф", "Китоб номи", "Йили", "Бет", "Изоҳ")
ROWS = (
    ("1", "INV-1", "Қодирий, Абдулла", "Ўткан кунлар", "1990", "400", "=HYPERLINK(1)"),
    ("2", "INV-2", "Чўлпон", "Кеча ва кундуз", "1991", "", ""),
    ("3", "INV-3", "Номсиз", "", "", "", "йўқолган"),
    ("4", "", "Ойбек", "Навоий", "2004", "512", ""),
)
Call = Callable[..., int]


def as_csv(delimiter: str = ";", heads: tuple[str, ...] = HEADS) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([("Туман кутубхонаси",), (), heads, *ROWS])
    return text.getvalue()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(create_home(tmp_path / "home").root)
    shelf.item("INV-1", pages=2)
    return shelf


@pytest.fixture
def call(shelf: Shelf) -> Call:
    return lambda *words: run(["--home", str(shelf.root), *map(str, words)])


def bring(shelf: Shelf, data: bytes, name: str = "royxat.csv") -> titles.ImportSummary:
    path = shelf.root / name
    path.write_bytes(data)
    with shelf.open() as session:
        return titles.import_list(session, path, NOW)


def out(shelf: Shelf, name: str) -> list[list[str]]:
    path = shelf.root / name
    with shelf.open() as session:
        titles.export_list(session, path, "Elektron nusxa")
    if path.suffix == ".csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}  # no formula, 'n' is empty
    return [[str(cell.value or "") for cell in row] for row in sheet.iter_rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "ptcp154"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_a_list_is_read_in_its_encoding_and_with_its_separator(shelf, encoding, delimiter):
    done = bring(shelf, as_csv(delimiter).encode(encoding))
    assert (done.read, done.arrived.new, [one.number for one in done.broken]) == (4, 4, [6])
    assert [line[:4] for line in out(shelf, "yana.csv")[1:]] == [list(row[:4]) for row in ROWS]


def test_a_list_in_the_code_page_of_old_windows_is_read_by_its_words(shelf):
    text = as_csv().translate(str.maketrans("қҳғҚҲҒ", "кхгКХГ"))
    done = bring(shelf, text.encode("cp1251"))
    assert done.evidence is not None
    assert done.evidence.encoding in {"cp1251", "ptcp154"}  # alike where no letter tells them apart
    assert out(shelf, "yana.csv")[1][3] == "Ўткан кунлар"


@pytest.mark.parametrize("name", ["yana.csv", "yana.xlsx"])
def test_the_same_list_leaves_with_the_address_of_what_was_scanned(shelf, name):
    bring(shelf, as_csv().encode())
    summary = shelf.link()
    assert [(one.item, one.record, one.action) for one in summary.records] == [("INV-1", "INV-1", "added")]
    lines = out(shelf, name)
    assert lines[0] == [*HEADS, "Elektron nusxa"]
    assert [line[-1] for line in lines[1:]] == ["https://kutubxona.example/INV-1.pdf", "", "", ""]
    kept = [[cell.removeprefix("'") for cell in line[:-1]] for line in lines[1:]]
    assert kept == [list(row) for row in ROWS]
    if name.endswith("csv"):
        assert lines[1][6] == "'=HYPERLINK(1)"  # what looks like a formula leaves as text


def test_a_list_that_was_given_back_is_no_news_but_for_its_addresses_and_has_one_column_of_them(shelf):
    bring(shelf, as_csv().encode())
    shelf.link()
    first = out(shelf, "yana.csv")
    again = bring(shelf, (shelf.root / "yana.csv").read_bytes(), "qaytdi.csv")
    assert (again.read, again.arrived.replaced) == (4, 3)
    shelf.link()
    assert [line for line in out(shelf, "uch.csv") if line[1] != "INV-3"] == [
        line for line in first if line[1] != "INV-3"
    ]


def test_a_list_twice_changes_nothing(shelf):
    bring(shelf, as_csv().encode())
    assert bring(shelf, as_csv().encode()).arrived.unchanged == 4


def test_a_workbook_is_read_where_its_headings_stand_and_a_formula_is_never_run(shelf):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet().write_string(0, 0, "Muqova")
        paper = book.add_worksheet()
        for line, row in enumerate([("Kitoblar",), HEADS, *ROWS[:2]]):
            for column, text in enumerate(row):
                paper.write_string(line, column, text)
        paper.write_number(2, 4, 1990.0)
        paper.write_formula(3, 3, "=1+1", None, "Кеча ва кундуз")
    done = bring(shelf, content.getvalue(), "royxat.xlsx")
    assert (done.read, len(done.broken)) == (2, 0)
    assert [line[3:5] for line in out(shelf, "yana.csv")[1:]] == [["Ўткан кунлар", "1990"], ["Кеча ва кундуз", "1991"]]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"a;b\n1;2\n", "a.csv", "headings of a title list"),
        (b"", "a.csv", "headings of a title list"),
        (b"PK\x03\x04rubbish", "a.xlsx", "damaged or locked"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "old or a locked office file"),
    ],
)
def test_what_is_no_list_is_refused_in_one_sentence(shelf, data, name, said):
    with pytest.raises(UsageError, match=said):
        bring(shelf, data, name)


def test_without_a_list_there_is_none_to_write(shelf):
    with pytest.raises(UsageError, match="No title list"):
        out(shelf, "yana.csv")


def test_the_commands_take_it_in_name_its_broken_rows_and_give_it_back(shelf, call, capfd):
    (shelf.root / "royxat.csv").write_bytes(as_csv().encode())
    assert call("catalog", "import", shelf.root / "royxat.csv") == 0
    said = capfd.readouterr()
    assert "4 ta yozuv o‘qildi — yangi 4" in said.out
    assert "6-yozuv buzuq: qatorda kitob nomi yo‘q" in said.err
    assert call("link") == 0
    assert call("catalog", "export", "-o", shelf.root / "yana.xlsx") == 0
    assert "yana.xlsx: 4 ta yozuv yozildi." in capfd.readouterr().out
    assert call("catalog", "export", "--all", "-o", shelf.root / "yana.mrc") == 0
