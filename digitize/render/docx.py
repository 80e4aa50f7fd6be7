"""The signed report as DOCX: A4 lying, a table whose heading repeats on every page."""

import io
from collections.abc import Sequence
from datetime import datetime

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt
from docx.table import _Cell, _Row

from digitize.render.form import Form

_FONT = "Times New Roman"
"""What offices here write in; every Windows has it with қ ғ ҳ ў."""
_MARGIN = Mm(12)
_WIDTH, _HEIGHT = Mm(297), Mm(210)


def form_docx(form: Form, day: datetime) -> bytes:
    """The paper; *day* is written into the file as its date."""
    paper = Document()
    _page(paper, day, form)
    _blocks(paper, form)
    for place, line in enumerate(form.title):
        _line(paper, line, 13 if place == 1 else 12, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    if form.rows:
        _table(paper, form)
    if form.figures:
        _line(paper, " · ".join(f"{name}: {value}" for name, value in form.figures), 9)
    if form.remark:
        _line(paper, form.remark, 9)
    word, office = form.prepared
    _line(paper, f"{word} {office}  {'_' * 24}", 11)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _page(paper: Paper, day: datetime, form: Form) -> None:
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = _WIDTH, _HEIGHT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = _MARGIN
    style = paper.styles["Normal"]
    style.font.name = _FONT
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    style.font.size = Pt(10)
    style.paragraph_format.space_after = Pt(0)
    properties = paper.core_properties
    properties.title, properties.author, properties.comments = " · ".join(form.title), "digitize", ""
    properties.created = properties.modified = day.replace(tzinfo=None)


def _blocks(paper: Paper, form: Form) -> None:
    """KELISHILDI left, TASDIQLAYMAN right, nothing between them."""
    table = paper.add_table(rows=1, cols=3)
    for place, lines in ((0, form.agreed), (2, form.approved)):
        cell = table.rows[0].cells[place]
        for number, line in enumerate(lines):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            run = paragraph.add_run(line)
            run.bold, run.font.size = number == 0, Pt(11)
    _line(paper, "", 6)


def _line(paper: Paper, text: str, size: int, *, bold: bool = False, align: WD_ALIGN_PARAGRAPH | None = None) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(4)
    if align is not None:
        paragraph.alignment = align
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)


def _table(paper: Paper, form: Form) -> None:
    table = paper.add_table(rows=0, cols=len(form.heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, _widths(form), strict=True):
        column.width = width
    heading = table.add_row()
    _fill(heading, form.heads, form, bold=True)
    _mark(heading, "w:tblHeader")
    for cells in form.rows:
        row = table.add_row()
        _mark(row, "w:cantSplit")
        if len(cells) == 1:
            _write(row.cells[0].merge(row.cells[-1]), cells[0], bold=True, right=False)
        else:
            _fill(row, cells, form, bold=False)


def _mark(row: _Row, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _fill(row: _Row, texts: Sequence[str], form: Form, *, bold: bool) -> None:
    for place, (cell, text, width) in enumerate(zip(row.cells, texts, _widths(form), strict=True)):
        cell.width = width
        _write(cell, text, bold=bold, right=place in form.numbers and not bold)


def _widths(form: Form) -> list[Emu]:
    usable = _WIDTH - 2 * _MARGIN
    return [Emu(usable * weight // sum(form.weights)) for weight in form.weights]


def _write(cell: _Cell, text: str, *, bold: bool, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    if bold:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(9)
