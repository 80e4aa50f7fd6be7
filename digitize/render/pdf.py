"""The signed report as PDF: A4 lying, fonts embedded, on one sheet where it fits."""

from datetime import datetime

from fpdf import FPDF, FontFace
from fpdf.enums import TableCellFillMode, XPos, YPos
from fpdf.fonts import TTFFont

from digitize.render.fonts import Face, face
from digitize.render.form import Form

_SIZES = (8.0, 7.0, 6.0)
"""Points of the table's letters, tried until the paper is one sheet; smaller is not read any more."""
_MARGIN = 12
_FAMILY = "report"


def form_pdf(form: Form, day: datetime) -> bytes:
    """The paper; *day* is written into the file as its date.

    Raises:
        Unavailable: no font of this machine holds the Uzbek letters.
    """
    letters = face()
    for size in _SIZES:
        sheets, data = _printed(form, size, letters, day)
        if sheets == 1:
            return data
    return _printed(form, _SIZES[0], letters, day)[1]


def _printed(form: Form, size: float, letters: Face, day: datetime) -> tuple[int, bytes]:
    """How many sheets the paper takes, and the paper."""
    paper = _draw(form, size, letters)
    paper.set_creation_date(day)
    sheets, data = paper.page_no(), bytes(paper.output())
    for font in paper.fonts.values():
        if isinstance(font, TTFFont):
            font.ttfont.close()  # fpdf leaves the font's file open
    return sheets, data


def _draw(form: Form, size: float, letters: Face) -> FPDF:
    paper = FPDF(orientation="L", format="A4")
    paper.set_margin(_MARGIN)
    paper.set_auto_page_break(auto=True, margin=_MARGIN)
    paper.add_font(_FAMILY, "", letters.regular)
    paper.add_font(_FAMILY, "B", letters.bold)
    paper.set_title(" · ".join(form.title))
    paper.set_creator("digitize")
    paper.add_page()
    _blocks(paper, form, size)
    _title(paper, form, size)
    if form.rows:
        _table(paper, form, size)
    _figures(paper, form, size)
    _signature(paper, form, size)
    return paper


def _blocks(paper: FPDF, form: Form, size: float) -> None:
    """KELISHILDI left, TASDIQLAYMAN right."""
    width = paper.epw * 0.36
    top = paper.get_y()
    bottom = top
    for left, lines in ((paper.l_margin, form.agreed), (paper.w - paper.r_margin - width, form.approved)):
        paper.set_y(top)
        for place, line in enumerate(lines):
            paper.set_font(_FAMILY, "" if place else "B", size + 1)
            paper.set_x(left)
            paper.multi_cell(width, 5.2, line, align="C", new_x=XPos.LEFT, new_y=YPos.NEXT)
        bottom = max(bottom, paper.get_y())
    paper.set_y(bottom + 3)


def _title(paper: FPDF, form: Form, size: float) -> None:
    for place, line in enumerate(form.title):
        paper.set_font(_FAMILY, "B", size + (3 if place == 1 else 2))
        paper.multi_cell(0, 6, line, align="C", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(2)


def _table(paper: FPDF, form: Form, size: float) -> None:
    paper.set_font(_FAMILY, "", size)
    aligns = tuple("RIGHT" if place in form.numbers else "LEFT" for place in range(len(form.heads)))
    with paper.table(
        col_widths=form.weights,
        text_align=aligns,
        headings_style=FontFace(emphasis="BOLD", size_pt=size - 1, fill_color=(232, 232, 232)),
        cell_fill_mode=TableCellFillMode.NONE,
        line_height=size * 0.5,
        padding=0.8,
    ) as table:
        heading = table.row()
        for head in form.heads:
            heading.cell(head, align="CENTER")
        for cells in form.rows:
            if len(cells) == 1:
                title = FontFace(emphasis="BOLD", size_pt=size)
                table.row().cell(cells[0], align="CENTER", colspan=len(form.heads), style=title)
            else:
                table.row(cells)
    paper.ln(3)


def _figures(paper: FPDF, form: Form, size: float) -> None:
    paper.set_font(_FAMILY, "", size)
    if form.figures:
        text = " · ".join(f"{name}: {value}" for name, value in form.figures)
        paper.multi_cell(0, size * 0.55, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    if form.remark:
        paper.multi_cell(0, size * 0.55, form.remark, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(4)


def _signature(paper: FPDF, form: Form, size: float) -> None:
    word, office = form.prepared
    paper.set_font(_FAMILY, "", size + 1)
    paper.multi_cell(0, 6, f"{word} {office}  {'_' * 24}", align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
