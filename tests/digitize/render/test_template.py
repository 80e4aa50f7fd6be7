"""A library's own form: what a head of service types in Word or Excel comes out filled in, or is named."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.document import Document
from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from digitize.errors import UsageError
from digitize.messages import LANGUAGES, speaker
from digitize.render.template import start
from digitize.render.template.choice import filled
from digitize.render.template.words import GROUPS, ONCE, _fields, _key, word_of
from digitize.report import Corrections, Day, Kind, PeriodReport, PeriodRow, Share

SAY = speaker("uz")
REPORT_AT = datetime(2026, 10, 31, tzinfo=UTC)
ROWS = (
    PeriodRow("24.", "Nashrlarni raqamlashtirish", "Sahifa", "titles/pages", "18/3982", "19/3991", "1/416", "1/1811",
              45.4, "IV BO‘LIM", responsible="AKT xizmati"),
    PeriodRow("27.", "=HYPERLINK(1) {{yil}}", "Sahifa", "pages", 61200, 50000, 1234, 40000, 80.0, "IV BO‘LIM"),
    PeriodRow("31.", "Boshqa xizmat", "Tadbir", "manual", 4, 4, None, None, None, "V BO‘LIM"),
    PeriodRow("32.", "Seminar", "Tadbir", "manual", 4, 5, None, 3, 60.0, "V BO‘LIM"),
)  # fmt: skip
REPORT = PeriodReport(
    Kind.MONTH, date(2026, 10, 1), date(2026, 10, 31), "Vobkent tumani", 61234, 1, 1, 0, 3, 2, 1000, 22,
    (Day(date(2026, 10, 1), 5, working=True), Day(date(2026, 10, 2), 7, working=True)),
    {"reja": 1000, "buyurtma": 234}, {"kitob": 1234}, {"": 4, "=Lola": 8}, ROWS, corrections=Corrections(pages=-2),
    shares=(
        Share("operator", "", 4, 2, 2.0), Share("operator", "=Lola", 8, 3, 2.7), Share("source", "reja", 12, 4, 3.0),
    ),
)  # fmt: skip


def _paper(folder: Path, write: Callable[[Document], object]) -> Path:
    paper = docx.Document()
    write(paper)
    path = folder / "shablon.docx"
    paper.save(str(path))
    return path


def _filled(path: Path) -> Document:
    return docx.Document(io.BytesIO(filled(path, REPORT, SAY)))


def _table(paper: Document, *rows: tuple[str, ...]) -> None:
    table = paper.add_table(rows=0, cols=len(rows[0]))
    for texts in rows:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text


def _cells(paper: Document) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in paper.tables[0].rows]


def test_words_stand_in_any_language_alphabet_case_and_spelling(tmp_path: Path) -> None:
    text = "{{yil}} {{ Йил }} {{year}} {{ГОД}} | {{davr_boshi}} | {{bo`sh}} {{Boʻsh}} | {{sahifa}} | {{oy}} {{chorak}}"
    paper = _filled(_paper(tmp_path, lambda paper: paper.add_paragraph(text)))
    assert paper.paragraphs[0].text == "2026 2026 2026 2026 | 2026-yil 1-oktabr | 3 3 | 61\u00a0234 | oktabr IV"


def test_a_placeholder_that_word_cut_into_pieces_is_filled_in_with_the_looks_of_its_first_letter(
    tmp_path: Path,
) -> None:
    def write(paper: Document) -> None:
        paragraph = paper.add_paragraph("Jami: ")
        for piece, bold in (("{", True), ("{sah", False), ("i", False), ("fa}", True), ("} ta", False)):
            paragraph.add_run(piece).bold = bold

    paragraph = _filled(_paper(tmp_path, write)).paragraphs[0]
    assert paragraph.text == "Jami: 61\u00a0234 ta"
    assert [(run.text, run.bold) for run in paragraph.runs if run.text] == [
        ("Jami: ", None), ("61\u00a0234", True), (" ta", False),
    ]  # fmt: skip


def test_a_row_is_repeated_for_every_row_of_the_plan_below_its_section(tmp_path: Path) -> None:
    path = _paper(tmp_path, lambda paper: _table(
        paper, ("№", "Nomi", "Amalda"), ("{{bo‘lim}}", "", ""), ("{{raqam}}", "{{nomi}}, {{birlik}}", "{{amalda}}"),
        ("", "Jami", "{{sahifa}}"),
    ))  # fmt: skip
    assert _cells(_filled(path)) == [
        ["№", "Nomi", "Amalda"],
        ["IV BO‘LIM", "", ""],
        ["24.", "Nashrlarni raqamlashtirish, Sahifa", "1/1811"],
        ["27.", "=HYPERLINK(1) {{yil}}, Sahifa", "40\u00a0000"],
        ["V BO‘LIM", "", ""],
        ["32.", "Seminar, Tadbir", "3"],
        ["", "Jami", "61\u00a0234"],
    ]


def test_days_and_operators_have_rows_of_their_own(tmp_path: Path) -> None:
    path = _paper(tmp_path, lambda paper: _table(
        paper, ("{{kun}}", "{{kun sahifa}}"), ("{{operator}}", "{{operator sahifa}}"),
        ("{{manba}}", "{{manba bir kunga}}"),
    ))  # fmt: skip
    assert _cells(_filled(path)) == [
        ["01.10.2026", "5"], ["02.10.2026", "7"], ["ko‘rsatilmagan", "4"], ["=Lola", "8"], ["reja", "3"],
    ]  # fmt: skip


def test_one_row_of_the_plan_is_named_by_its_number_even_one_that_nobody_filled_in(tmp_path: Path) -> None:
    path = _paper(tmp_path, lambda paper: paper.add_paragraph("{{amalda:27}} / {{ reja : 27. }} / {{reja:31}}"))
    assert _filled(path).paragraphs[0].text == "40\u00a0000 / 50\u00a0000 / 4"


def test_headers_footers_and_text_in_tables_inside_tables_are_filled_in(tmp_path: Path) -> None:
    def write(paper: Document) -> None:
        paper.sections[0].header.paragraphs[0].text = "{{markaz}}"
        paper.sections[0].footer.paragraphs[0].text = "{{yil}}"
        paper.add_table(1, 1).rows[0].cells[0].add_table(1, 1).rows[0].cells[0].text = "{{hisobot}}"

    paper = _filled(_paper(tmp_path, write))
    section = paper.sections[0]
    assert (section.header.paragraphs[0].text, section.footer.paragraphs[0].text) == ("Vobkent tumani", "2026")
    assert paper.tables[0].rows[0].cells[0].tables[0].rows[0].cells[0].text == "OYLIK HISOBOT"


def test_a_plan_without_rows_leaves_one_empty_row(tmp_path: Path) -> None:
    path = _paper(tmp_path, lambda paper: _table(paper, ("{{bo‘lim}}", ""), ("{{raqam}}", "{{nomi}}")))
    report = PeriodReport(
        Kind.YEAR, date(2026, 1, 1), date(2026, 12, 31), "", 0, 0, 0, 0, 0, 0, 0, 248, (), {}, {}, {}, ()
    )
    rows = docx.Document(io.BytesIO(filled(path, report, SAY))).tables[0].rows
    assert {cell.text for row in rows for cell in row.cells} == {""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{foyiz}} va {{ yill }}", "unknown {{foyiz}} (did you mean {{foiz}}?), {{yill}} (did you mean {{yil}}?)"),
        ("{{xyzw}}", "unknown {{xyzw}}."),
        ("Jami {{sahifa} ta", "not opened and closed in one paragraph or cell at 'Jami {{sahifa} ta'"),
        ("{{amalda:99}}", "the plan has no row 99"),
        ("{{yil:24}}", "unknown {{yil:24}}"),
        ("{{nomi}}", "a placeholder of rows stands outside the rows of a table"),
    ],
)
def test_what_is_wrong_in_a_document_is_said_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    path = _paper(tmp_path, lambda paper: paper.add_paragraph(text))
    with pytest.raises(UsageError, match="cannot be filled in") as caught:
        filled(path, REPORT, SAY)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_row_for_two_groups_is_named(tmp_path: Path) -> None:
    path = _paper(tmp_path, lambda paper: _table(paper, ("{{nomi}}", "{{kun}}")))
    with pytest.raises(UsageError, match="placeholders of days, rows"):
        filled(path, REPORT, SAY)


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_a_file_that_is_not_what_its_name_says_is_named(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"shablon.{ending}"
    for data in (b"", b"text", b"PK\x03\x04 no archive"):
        path.write_bytes(data)
        with pytest.raises(UsageError, match="The template"):
            filled(path, REPORT, SAY)
    with pytest.raises(UsageError, match="DOCX or XLSX"):
        filled(tmp_path / "shablon.odt", REPORT, SAY)


def _book(folder: Path, write: Callable[[Worksheet], object]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    write(book.active)
    path = folder / "shablon.xlsx"
    book.save(path)
    return path


def _sheet(path: Path) -> Worksheet:
    sheet = openpyxl.load_workbook(io.BytesIO(filled(path, REPORT, SAY))).active
    assert sheet is not None
    return sheet


def _form(sheet: Worksheet) -> None:
    """A form as a person makes it: a merged title, a table, a total below it, a signature below that."""
    sheet.title = "Shakl 1"
    for row in (
        ("{{markaz}}, {{yil}}-yil",), ("№", "Nomi", "Reja", "Amalda", "Qoldi"), ("{{bo‘lim}}",),
        ("{{raqam}}", "{{nomi}}", "{{reja}}", "{{amalda}}", "=C4-D4"),
        ("", "Jami", "=SUM(C4:C4)", "=SUM(D4:D4)", "=C5-D5"),
        (), ("Direktor", "{{sahifa}}", "='Shakl 1'!$D$5*2"),
    ):  # fmt: skip
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A3:E3")
    sheet.merge_cells("A7:A8")
    sheet.row_dimensions[5].height = 40
    sheet["C4"].number_format = "#,##0"
    sheet.print_area = "A1:E8"
    sheet.oddFooter.center.text = "{{davr}}"
    chart = BarChart()
    chart.add_data(Reference(sheet, min_col=4, min_row=4, max_row=4))
    sheet.add_chart(chart, "G10")


def test_a_workbook_keeps_numbers_as_numbers_and_text_as_text(tmp_path: Path) -> None:
    sheet = _sheet(_book(tmp_path, _form))
    assert [[cell.value for cell in row[:4]] for row in sheet["A1:E8"]] == [
        ["Vobkent tumani, 2026-yil", None, None, None],
        ["№", "Nomi", "Reja", "Amalda"],
        ["IV BO‘LIM", None, None, None],
        ["24.", "Nashrlarni raqamlashtirish", "19/3991", "1/1811"],
        ["27.", "=HYPERLINK(1) {{yil}}", 50000, 40000],
        ["V BO‘LIM", None, None, None],
        ["32.", "Seminar", 5, 3],
        [None, "Jami", "=SUM(C4:C7)", "=SUM(D4:D7)"],
    ]
    assert sheet["B5"].data_type == "s"
    assert {sheet[place].number_format for place in ("C4", "C5", "C7")} == {"#,##0"}


def test_formulas_merged_cells_charts_and_the_printed_area_follow_the_rows_that_came(tmp_path: Path) -> None:
    sheet = _sheet(_book(tmp_path, _form))
    assert [sheet[place].value for place in ("E4", "E5", "E7", "E8")] == ["=C4-D4", "=C5-D5", "=C7-D7", "=C8-D8"]
    assert (sheet["B10"].value, sheet["C10"].value) == (61234, "='Shakl 1'!$D$8*2")
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:E1", "A3:E3", "A6:E6", "A10:A11"}
    assert (sheet.row_dimensions[8].height, sheet.row_dimensions[5].height) == (40, None)
    assert sheet.print_area == "'Shakl 1'!$A$1:$E$11"
    assert sheet.oddFooter.center.text == "2026-yil 1-oktabr – 2026-yil 31-oktabr"
    (chart,) = sheet._charts
    assert chart.series[0].val.numRef.f == "'Shakl 1'!$D$4:$D$7"
    assert chart.anchor._from.row == 12


def test_rules_names_lists_and_tables_follow_too(tmp_path: Path) -> None:
    def write(sheet: Worksheet) -> None:
        _form(sheet)
        assert sheet.parent is not None
        sheet.parent.defined_names["jami"] = DefinedName("jami", attr_text="'Shakl 1'!$D$5")
        sheet.conditional_formatting.add("D4:D4", FormulaRule(formula=["$D4<$C4"], font=Font(color="FF0000")))
        choices = DataValidation(type="list", formula1='"ha,yo‘q"')
        choices.add("B7")
        sheet.add_data_validation(choices)
        sheet["B5"].hyperlink = "https://example.uz/"
        sheet.add_table(Table(displayName="Reja", ref="A2:E5"))

    sheet = _sheet(_book(tmp_path, write))
    assert sheet.parent is not None
    assert sheet.parent.defined_names["jami"].attr_text == "'Shakl 1'!$D$8"
    assert [str(area.sqref) for area in sheet.conditional_formatting] == ["D4:D7"]
    assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["B10"]
    assert (sheet["B8"].hyperlink.ref, sheet["B5"].hyperlink) == ("B8", None)
    assert sheet.tables["Reja"].ref == "A2:E8"


def test_a_placeholder_inside_a_formula_is_named_with_its_cell(tmp_path: Path) -> None:
    path = _book(tmp_path, lambda sheet: sheet.append(["", '="Jami "&"{{sahifa}}"']))
    with pytest.raises(UsageError, match="the formula in Sheet!B1 has a placeholder"):
        filled(path, REPORT, SAY)


def test_an_operator_whose_name_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    sheet = _sheet(_book(tmp_path, lambda sheet: sheet.append(["{{operator}}", "{{operator sahifa}}"])))
    assert [(row[0].value, row[0].data_type, row[1].value) for row in sheet.iter_rows()] == [
        ("ko‘rsatilmagan", "s", 4), ("=Lola", "s", 8),
    ]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_the_form_to_begin_with_is_a_template_as_it_stands(tmp_path: Path, language: str, ending: str) -> None:
    path = tmp_path / f"shablon.{ending}"
    write = start.start_docx if ending == "docx" else start.start_xlsx
    say = speaker(language)
    path.write_bytes(write(say, language, REPORT_AT))
    data = filled(path, REPORT, say)
    if ending == "docx":
        texts = {cell.text for row in docx.Document(io.BytesIO(data)).tables[1].rows for cell in row.cells}
        assert {"IV BO‘LIM", "19/3991", "45,4", "=HYPERLINK(1) {{yil}}"} <= texts
    else:
        cells = {cell.value for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows() for cell in row}
        assert {"IV BO‘LIM", "19/3991", 45.4, 61234} <= cells


def test_no_two_fields_share_a_word_and_every_one_is_explained() -> None:
    fields = [*ONCE, *(field for group in GROUPS.values() for field in group)]
    assert set(_fields().values()) == set(fields)
    for language in LANGUAGES:
        words = [word_of(field, language) for field in fields]
        assert len(set(words)) == len(words)
        assert [_fields()[_key(word)] for word in words] == fields
        listed = start.listing(speaker(language), language, Path("/srv/digitize/templates"))
        assert all(f"{{{{{word}}}}}" in listed for word in words)
        assert {"/srv/digitize/templates", "haftalik,", "-o"} <= set(listed.split())
        assert max(map(len, listed.splitlines())) <= 80
