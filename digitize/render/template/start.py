"""A form to begin with: our own report with placeholders for its values, to be changed in Word or Excel."""

import io
from datetime import datetime
from pathlib import Path
from textwrap import wrap

from digitize.messages import Say
from digitize.render.docx import form_docx
from digitize.render.form import NUMBERS, WEIGHTS, Form, blocks
from digitize.render.template.words import GROUPS, ONCE, ROWS, marked, word_of
from digitize.render.xlsx import new_book

_COLUMNS = (
    "number", "name", "unit", "last_year", "planned", "deadline", "responsible", "done_period", "done", "percent",
    "note",
)  # fmt: skip
_HEADS = (
    "status.number", "status.name", "report.unit", "status.fact", "report.planned", "report.deadline",
    "report.responsible", "report.done_period", "report.done", "status.percent", "report.note",
)  # fmt: skip
_FIGURES = ("pages", "blank", "low", "previous", "working_days", "per_day", "titles", "fulltext", "linked")
_LONGEST, _INDENT = 80, 31
"""Signs of a line on the terminal, and of it before the words of explanation."""
_WIDTHS = (6, 46, 13, 12, 12, 18, 30, 12, 12, 9, 24)


def start_docx(say: Say, language: str, day: datetime) -> bytes:
    """Our paper with the placeholders of *language*."""
    return form_docx(_form(say, language), day)


def start_xlsx(say: Say, language: str, day: datetime) -> bytes:
    """Our table with the placeholders of *language*, the period's numbers below it."""
    form, out = _form(say, language), io.BytesIO()
    with new_book(out, say("report.sheet_plan"), day) as book:
        sheet = book.sheet(say("report.sheet_plan"), _WIDTHS)
        for line in form.title:
            sheet.title(line)
        sheet.heads(form.heads)
        sheet.section(form.rows[0][0], len(_COLUMNS))
        for place, text in enumerate(form.rows[1]):
            looks = book.styles.part if _COLUMNS[place] == "percent" else book.styles.whole
            sheet.paper.write_string(sheet.line, place, text, looks if place in form.numbers else book.styles.text)
        sheet.line += 2
        for field, (name, value) in zip(_FIGURES, form.figures, strict=True):
            looks = book.styles.part if field == "per_day" else book.styles.whole
            sheet.paper.write_string(sheet.line, 1, name, book.styles.text)
            sheet.paper.write_string(sheet.line, 2, value, looks)
            sheet.line += 1
    return out.getvalue()


def listing(say: Say, language: str, folder: Path) -> str:
    """Every placeholder with what stands in its place, group by group; and what to do, with the home's *folder*."""
    lines: list[str] = []
    for group, fields in {"once": ONCE, **GROUPS}.items():
        lines += [*wrap(say(f"template.group_{group}"), _LONGEST)]
        for field in fields:
            mark = f"  {marked(field, language)}".ljust(_INDENT - 1)
            about = say(f"template.about_{field}")
            lines += wrap(about, _LONGEST, initial_indent=f"{mark} ", subsequent_indent=" " * _INDENT)
        lines.append("")
    example = f"{{{{{word_of('done', language)}:24}}}}"
    how = say("template.how", folder=folder, command="digitize report template -o shablon.docx")
    return "\n".join([*lines, *wrap(say("template.fixed_row", example=example), _LONGEST), "", *wrap(how, _LONGEST)])


def _form(say: Say, language: str) -> Form:
    year, library = marked("year", language), marked("library", language)
    agreed, approved = blocks(library, year, say)
    return Form(
        agreed=agreed,
        approved=approved,
        title=(library, marked("report", language), marked("period", language)),
        heads=tuple(say(head, year=year) for head in _HEADS),
        rows=((marked(GROUPS[ROWS][0], language),), tuple(marked(field, language) for field in _COLUMNS)),
        weights=WEIGHTS,
        numbers=NUMBERS,
        figures=tuple((say(f"status.report_{name}"), marked(name, language)) for name in _FIGURES),
        prepared=(say("report.prepared"), say("report.prepared_by")),
        remark=marked("closed", language),
    )
