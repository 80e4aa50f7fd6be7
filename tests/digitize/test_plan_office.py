"""Plans as libraries keep them: workbooks, documents, and three work plans as they were typed or scanned."""

import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest

from digitize.errors import UsageError
from digitize.plan import PlanTable, propose, read_cell, read_table

SHARED = Path(__file__).resolve().parents[3] / "shared" / "seeds"
HEADS = (
    ("№", "Nomi", "O'lchov birligi", "Miqdori", "", "Amalga oshirish mexanizmi", "Bajarilish muddati", "Mas'ullar"),
    ("", "", "", "2025-yil (fakt)", "2026-yil (reja)", "", "", ""),
)
ROWS: tuple[tuple[object, ...], ...] = (
    ("IV. ASOSIY ISHLAB CHIQARISH",),
    ("18.", "Masofadan xizmat ko'rsatish", "Nusxa", 175, 180.0, "Yo'riqnoma asosida", "2026-yil davomida", "AKT"),
    ("24.", "Bosma nashrlarni raqamlashtirish", "Sahifa", "18/3982", "19/3991", "1. Reja\n2. Hisobot", "", "AKT"),
    ("25.", "Axborot xavfsizligi", "Hujjat", None, 4, "", "", ""),
)
SCANNED_2025 = """\
№|Nomi|O‘Ichov birligi|2024-yil (fakt)|2025-yil (reja)|Amalga oshirish mexanizmi|Bajarilish muddati|Mas’ullar
24.|bibliografik go‘llanmalarni veb-saytlarda targ‘ib etish|Nomda||24|Retro nashrlarni raqamlashtirish|2025-vil|x
26.|sTl*? alf:ll?antirisrl?a|Resurs|164|100|skanerlangan adabiyotlarning dizaynini yaratish|har haftada|sektori
27.|bosma nashrlarni raqamlashtirish|Sahifa|61200|50000|rejasini tuzish va tasdiglash|2025-yil|xizma
i|axborot xavfsizligini ta’min%ash|Hujjat|4|5|Bajsrilgan isblar|har chorikda|xizmati
"""
TYPED_2022 = """\
№\tNomi\tO'lchov birligi\tMiqdori\t\tmexanizmi\tmuddati\tMas'ullar
\t\t\t2021 yil (fakt)\t2022 yil (reja)\t\t\t
II. ASOSIY ISHLAB CHIQRISH FAOLIYATI\t\t\t\t\t\t\t
13\tTo'liq matnli resurslarni ulash\tResurs\t-\t-\tBibliografik yozuvga makroobyektlarni ulash\t2022-yil\tx
23\tMasofadan xizmat ko'rsatish\tSahifa\t55\t200 - 120\t\t2022-yil\tx
32\tbuyurtma qilingan adabiyotlarni raqamlashtirish\tSahifa\t9516\t9516\t\t2022-yil\tx
34\tTo'liq matnli ma'lumotlar bazasini shakllantirish\tResurs\t47\t60\t\t2022-yil\tx
35\tbosma nashrlarni raqamlashtirish\tSahifa\t90000\t198000\tReja asosida\t2022-yil davomida\tx
42\tPullik xizmatlar\t\t\t\t\t\t
42.1\tXizmatlardan tushgan mablag'\tSo'mda\t\t\t\t\t
"""
TYPED_2026 = """\
№\tNomi\tO'lchov birligi\t2025-yil (fakt)\t2026-yil (reja)\tmexanizmi\tmuddati\tMas'ullar
21.\to'lkashunoslik materiallari asosida ma'lumotlar bazasini tayyorlash\tDona\t-\t2\t\t2026-yil\tx
23.\tTo'liq ma'lumotlar bazasini shakllantirish\tResurs\t20\t22\t\t2026-yil\tx
24.\tbosma nashrlarni raqamlashtirish\tSahifa\t18/3982\t19/3991\t\t2026-yil\tx
"""


def _bound(table: PlanTable) -> dict[str, str]:
    found = {
        row.number: propose(row.unit, row.name, row.mechanism, read_cell(row.planned), read_cell(row.last_year)).value
        for row in table.rows
    }
    return {number: measure for number, measure in found.items() if measure != "manual"}


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Izohlar", "boshqa varaq"])
    sheet = book.create_sheet("Reja")
    sheet.append(["", "KELISHILDI"])
    for row in (*HEADS, *ROWS):
        sheet.append(list(row))
    sheet.merge_cells("D2:E2")
    sheet.merge_cells("A4:H4")
    book.save(path)


def _document(path: Path, page: int) -> None:
    """The plan as a table for every *page* rows, as word processors leave it after a conversion."""
    paper = docx.Document()
    signatures = paper.add_table(rows=1, cols=2)
    signatures.rows[0].cells[0].text = "KELISHILDI"
    lines = [*HEADS, *ROWS]
    for start in range(0, len(lines), page):
        table = paper.add_table(rows=0, cols=8)
        for line in lines[start : start + page]:
            cells = table.add_row().cells
            for place, value in enumerate(line):
                cells[place].text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
            if len(line) == 1:
                cells[0].merge(cells[7])
        if start == 0:
            table.cell(0, 3).merge(table.cell(0, 4))
            table.cell(0, 1).merge(table.cell(1, 1))
        paper.add_paragraph()
    paper.save(str(path))


def _check(table: PlanTable) -> None:
    assert table.year == 2026
    assert [(row.number, row.last_year, row.planned) for row in table.rows] == [
        ("18.", "175", "180"), ("24.", "18/3982", "19/3991"), ("25.", "", "4"),
    ]  # fmt: skip
    assert {row.section for row in table.rows} == {"IV. ASOSIY ISHLAB CHIQARISH"}
    assert table.rows[1].mechanism == "1. Reja\n2. Hisobot"


def test_a_plan_is_read_from_whichever_sheet_of_a_workbook_holds_it(tmp_path: Path) -> None:
    _workbook(tmp_path / "reja.xlsx")
    _check(read_table(tmp_path / "reja.xlsx"))


@pytest.mark.parametrize("page", [3, 4, 100])
def test_a_plan_is_read_from_a_document_whose_table_is_cut_by_pages(tmp_path: Path, page: int) -> None:
    _document(tmp_path / "reja.docx", page)
    _check(read_table(tmp_path / "reja.docx"))


def test_the_ending_of_the_name_does_not_matter(tmp_path: Path) -> None:
    _workbook(tmp_path / "reja.xlsx")
    _check(read_table((tmp_path / "reja.xlsx").rename(tmp_path / "reja")))


def test_a_date_that_a_spreadsheet_made_of_a_cell_is_no_number(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["№", "Nomi", "O'lchov birligi", "2025 (fakt)", "2026 (reja)"])
    book.active.append([29, "Raqamlashtirish", "Sahifa", "2/3", None])
    book.active["E2"] = date(2026, 3, 2)
    book.save(tmp_path / "reja.xlsx")
    row = read_table(tmp_path / "reja.xlsx").rows[0]
    assert (row.number, row.planned, read_cell(row.planned).parts) == ("29", "02.03.2026", ())


def test_a_million_empty_rows_are_not_read(tmp_path: Path) -> None:
    _workbook(tmp_path / "reja.xlsx")
    book = openpyxl.load_workbook(tmp_path / "reja.xlsx")
    book["Reja"].cell(1_000_000, 9, "eslatma")
    book.save(tmp_path / "reja.xlsx")
    _check(read_table(tmp_path / "reja.xlsx"))


def _zip(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name.replace("__", "/").replace("_dot_", "."), data)


def test_damaged_strange_and_swollen_office_files_are_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "reja"
    _workbook(path.with_suffix(".xlsx"))
    whole = path.with_suffix(".xlsx").read_bytes()
    for cut in range(4, len(whole), len(whole) // 40):
        path.write_bytes(whole[:cut])
        with pytest.raises(UsageError, match="damaged or locked"):
            read_table(path)
    _zip(path, a=b"1")
    with pytest.raises(UsageError, match="neither a workbook"):
        read_table(path)
    for part in ("xl__workbook_dot_xml", "word__document_dot_xml"):
        _zip(path, **{part: b"<no"})
        with pytest.raises(UsageError, match="damaged or locked"):
            read_table(path)
    _zip(path, xl__workbook_dot_xml=b"\0" * (129 * 2**20))
    with pytest.raises(UsageError, match="unpacked"):
        read_table(path)


@pytest.mark.parametrize(
    ("text", "year", "bound"),
    [
        (SCANNED_2025, 2025, {"24.": "retro", "26.": "fulltext", "27.": "pages"}),
        (TYPED_2022, 2022, {"13": "linked", "23": "delivered", "32": "ordered_pages", "34": "fulltext", "35": "pages"}),
        (TYPED_2026, 2026, {"21.": "local_history", "23.": "fulltext", "24.": "titles/pages"}),
    ],
)
def test_the_digitization_rows_of_three_real_plans_find_their_measures(
    tmp_path: Path, text: str, year: int, bound: dict[str, str]
) -> None:
    (tmp_path / "reja.csv").write_text(text, encoding="utf-8")
    table = read_table(tmp_path / "reja.csv")
    assert (table.year, _bound(table)) == (year, bound)


@pytest.mark.parametrize(
    ("name", "year", "rows", "row", "planned"),
    [("003_*.txt", 2022, 49, "35", "198000"), ("004_*.txt", 2026, 44, "24.", "19/3991")],
)
def test_two_whole_plans_are_read_as_they_are(name: str, year: int, rows: int, row: str, planned: str) -> None:
    found = sorted(SHARED.glob(name))
    if not found:
        pytest.skip(f"no {name} in {SHARED}")
    table = read_table(found[0])
    assert (table.year, len(table.rows)) == (year, rows)
    assert next(line.planned for line in table.rows if line.number == row) == planned
