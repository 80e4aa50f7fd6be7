"""The papers a director signs, and the workbook a head of service works with."""

import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pypdfium2
import pytest

from digitize.errors import Unavailable
from digitize.messages import speaker
from digitize.render.docx import form_docx
from digitize.render.fonts import face
from digitize.render.form import form_of
from digitize.render.pdf import form_pdf
from digitize.render.xlsx import period_xlsx
from digitize.report import Day, Kind, PeriodReport, PeriodRow

DAY = datetime(2026, 10, 31, tzinfo=UTC)
SAY = speaker("uz")
ROWS = (
    PeriodRow("24.", "Nashrlarni raqamlashtirish", "Sahifa", "titles/pages", "18/3982", "19/3991", "1/416", "1/1811",
              45.4, "IV BO‘LIM", deadline="2026-yil davomida", responsible="AKT xizmati"),
    PeriodRow("27.", "=HYPERLINK(1)", "Sahifa", "pages", 61200, 50000, 1234, 40000, 80.0, "IV BO‘LIM"),
    PeriodRow("31.", "Boshqa xizmat", "Tadbir", "manual", 4, 4, None, None, None, "V BO‘LIM"),
)  # fmt: skip


def _report(kind: Kind = Kind.MONTH, rows: tuple[PeriodRow, ...] = ROWS) -> PeriodReport:
    days = tuple(Day(date(2026, 10, 1) + timedelta(n), 10 + n, n % 7 < 5) for n in range(31))
    return PeriodReport(
        kind, date(2026, 10, 1), date(2026, 10, 31), "Vobkent tumani", 1234, 1, 1, 0, 3, 2, 1000, 22, days,
        {"reja": 1000, "buyurtma": 234}, {"kitob": 1234}, {"": 1234}, rows,
    )  # fmt: skip


def _pdf_text(data: bytes) -> str:
    pages = pypdfium2.PdfDocument(data)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_the_workbook_holds_numbers_as_numbers_and_texts_as_texts() -> None:
    book = openpyxl.load_workbook(io.BytesIO(period_xlsx(_report(), SAY, DAY)))
    plan = book["Reja"]
    lines = {row[0].value: row for row in plan.iter_rows()}
    assert [cell.value for cell in lines["27."][3:8]] == [61200, 50000, 1234, 40000, 80]
    assert (lines["27."][1].value, lines["27."][1].data_type) == ("=HYPERLINK(1)", "s")
    assert [cell.value for cell in lines["24."][3:7]] == ["18/3982", "19/3991", "1/416", "1/1811"]
    assert lines["31."][5].value is None


def test_the_headings_of_the_workbook_stay_in_sight() -> None:
    book = openpyxl.load_workbook(io.BytesIO(period_xlsx(_report(), SAY, DAY)))
    assert book["Reja"].freeze_panes == "A4"
    assert [cell.value for cell in book["Reja"][3]][:2] == ["№", "Nomi"]


@pytest.mark.parametrize("kind", Kind)
def test_the_workbook_draws_the_days_with_the_spreadsheets_own_chart(kind: Kind) -> None:
    book = openpyxl.load_workbook(io.BytesIO(period_xlsx(_report(kind), SAY, DAY)))
    assert len(book["Kunlar"]._charts) == 1
    assert sum(row[1].value for row in book["Kunlar"].iter_rows(min_row=4)) == sum(d.pages for d in _report().days)


def test_the_paper_lists_what_has_something_to_show_in_the_form_of_the_plan() -> None:
    form = form_of(_report(), SAY)
    assert form.agreed[0] == "KELISHILDI"
    assert form.approved[:2] == ("TASDIQLAYMAN", "Vobkent tumani direktori")
    assert form.title[2] == "2026-yil 1-oktabr – 2026-yil 31-oktabr"
    assert [row[0] for row in form.rows] == ["IV BO‘LIM", "24.", "27."]
    assert form.heads[3:5] == ("2025-yil (fakt)", "2026-yil (reja)")
    assert {"Amalda bajarildi", "%", "Izoh"} <= set(form.heads)
    assert [len(row) for row in form.rows] == [1, len(form.heads), len(form.heads)]
    assert len(form.weights) == len(form.heads)


def test_the_document_is_one_lying_a4_with_the_table_in_it() -> None:
    paper = docx.Document(io.BytesIO(form_docx(form_of(_report(), SAY), DAY)))
    section = paper.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    blocks, table = paper.tables
    assert blocks.rows[0].cells[0].text.startswith("KELISHILDI\n")
    assert [cell.text for cell in table.rows[2].cells][:5] == [
        "24.", "Nashrlarni raqamlashtirish", "Sahifa", "18/3982", "19/3991",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "word"), [("uz", "TASDIQLAYMAN"), ("uz-Cyrl", "ТАСДИҚЛАЙМАН"), ("ru", "УТВЕРЖДАЮ")]
)
def test_the_pdf_is_one_sheet_in_every_alphabet(language: str, word: str) -> None:
    data = form_pdf(form_of(_report(), speaker(language)), DAY)
    assert word in _pdf_text(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 1
        fonts = pdf.pages[0].Resources.Font
        files = [fonts[name].DescendantFonts[0].FontDescriptor.FontFile2 for name in fonts]
        assert files


def test_a_longer_plan_is_printed_smaller_before_it_takes_a_second_sheet() -> None:
    rows = tuple(
        PeriodRow(f"{n}.", "Nashrlarni raqamlashtirish", "Sahifa", "pages", 1, 2, 3, 4, 5.0) for n in range(24)
    )
    with pikepdf.open(io.BytesIO(form_pdf(form_of(_report(rows=rows), SAY), DAY))) as pdf:
        assert len(pdf.pages) == 1
    with pikepdf.open(io.BytesIO(form_pdf(form_of(_report(rows=rows * 5), SAY), DAY))) as pdf:
        assert len(pdf.pages) > 1


def test_the_same_report_is_the_same_file() -> None:
    form = form_of(_report(), SAY)
    assert form_pdf(form, DAY) == form_pdf(form, DAY)
    assert period_xlsx(_report(), SAY, DAY) == period_xlsx(_report(), SAY, DAY)


def test_a_machine_without_a_font_for_uzbek_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "DejaVuSerif.ttf").write_bytes(b"no font")
    with pytest.raises(Unavailable, match="No font") as caught:
        face((tmp_path,))
    assert "fonts-dejavu-core" in str(caught.value.hint)


def test_a_report_without_a_plan_is_printed_too() -> None:
    form = form_of(_report(rows=()), SAY)
    assert "OYLIK HISOBOT" in _pdf_text(form_pdf(form, DAY))
    assert len(docx.Document(io.BytesIO(form_docx(form, DAY))).tables) == 1
