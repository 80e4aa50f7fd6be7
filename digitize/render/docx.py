"""The signed report as DOCX: A4 lying, one sheet where it fits; the table's heading repeats on every page."""

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
from digitize.render.room import lines_of

_FONT = "Times New Roman"
"""What offices here write in; every Windows has it with қ ғ ҳ ў."""
_MARGIN = Mm(12)
_WIDTH, _HEIGHT = Mm(297), Mm(210)
_SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0)
"""Points of the table's letters, the first that leaves the paper on one sheet; smaller is not read any more."""
_SIGNED, _BEFORE = 11, 4
"""Points of the letters of the signatures, and above each line outside the table."""
_AIR = 1.5
"""Points free above and below the text of a cell."""
_LEADING = 1.17
"""Height of a line of Times New Roman as a share of its size."""
_PADDING = 2 * 5.4 + 1
"""Points of a column that Word keeps free of text."""


def form_docx(form: Form, day: datetime) -> bytes:
    """The paper; *day* is written into the file as its date."""
    paper = Document()
    _page(paper, day, form)
    _blocks(paper, form)
    for text, size in _titles(form):
        _line(paper, text, size, bold=True, align=WD_ALIGN_PARAGRAPH.CENTER)
    if form.rows:
        _table(paper, form, _table_size(form))
    for text, size in _below(form):
        _line(paper, text, size)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _titles(form: Form) -> list[tuple[str, int]]:
    """What stands between the signatures and the table, with its size."""
    return [(line, 13 if place == 1 else 12) for place, line in enumerate(form.title)]


def _below(form: Form) -> list[tuple[str, int]]:
    """What stands below the table."""
    word, office = form.prepared
    told = [" · ".join(f"{name}: {value}" for name, value in form.figures), form.remark]
    return [*((text, 9) for text in told if text), (f"{word} {office}  {'_' * 24}", 11)]


def _table_size(form: Form) -> float:
    """The largest letters of the table with which everything stands on one sheet; where none do, the usual ones."""
    usable = _points(_WIDTH - 2 * _MARGIN)
    block = max(
        sum(lines_of(line, usable / 3 - _PADDING, _SIGNED) for line in part) for part in (form.agreed, form.approved)
    )
    around = sum(
        _BEFORE + lines_of(text, usable, size, bold=True) * size * _LEADING
        for text, size in (*_titles(form), *_below(form), ("", 6))
    )
    room = _points(_HEIGHT - 2 * _MARGIN) - around - block * _SIGNED * _LEADING
    return next((size for size in _SIZES if _table_height(form, size) <= room), _SIZES[0])


def _points(length: int) -> float:
    return length / Pt(1)


def _table_height(form: Form, size: float) -> float:
    widths = [width.pt - _PADDING for width in _widths(form)]
    rows = [(form.heads, True), *((cells, len(cells) == 1) for cells in form.rows)]
    return sum(0.75 + 2 * _AIR + size * _LEADING * _row_lines(cells, widths, size, bold) for cells, bold in rows)


def _row_lines(cells: Sequence[str], widths: Sequence[float], size: float, bold: bool) -> int:  # noqa: FBT001
    if len(cells) == 1:
        return lines_of(cells[0], sum(widths), size, bold=bold)
    return max(lines_of(text, width, size, bold=bold) for text, width in zip(cells, widths, strict=True))


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
            run.bold, run.font.size = number == 0, Pt(_SIGNED)
    _line(paper, "", 6)


def _line(paper: Paper, text: str, size: int, *, bold: bool = False, align: WD_ALIGN_PARAGRAPH | None = None) -> None:
    paragraph = paper.add_paragraph()
    paragraph.paragraph_format.space_before = Pt(_BEFORE)
    if align is not None:
        paragraph.alignment = align
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)


def _table(paper: Paper, form: Form, size: float) -> None:
    table = paper.add_table(rows=0, cols=len(form.heads))
    table.style = "Table Grid"
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, _widths(form), strict=True):
        column.width = width
    heading = table.add_row()
    _fill(heading, form.heads, form, size, bold=True)
    _mark(heading, "w:tblHeader")
    for cells in form.rows:
        row = table.add_row()
        _mark(row, "w:cantSplit")
        if len(cells) == 1:
            _write(row.cells[0].merge(row.cells[-1]), cells[0], size, bold=True, right=False)
        else:
            _fill(row, cells, form, size, bold=False)


def _mark(row: _Row, name: str) -> None:
    mark = OxmlElement(name)
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _fill(row: _Row, texts: Sequence[str], form: Form, size: float, *, bold: bool) -> None:
    for place, (cell, text, width) in enumerate(zip(row.cells, texts, _widths(form), strict=True)):
        cell.width = width
        _write(cell, text, size, bold=bold, right=place in form.numbers and not bold)


def _widths(form: Form) -> list[Emu]:
    usable = _WIDTH - 2 * _MARGIN
    return [Emu(usable * weight // sum(form.weights)) for weight in form.weights]


def _write(cell: _Cell, text: str, size: float, *, bold: bool, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    if bold:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    elif right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(_AIR)
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size)
