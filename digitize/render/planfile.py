"""The year plan as a file in the form of the library's table; what is written can be imported again as it is."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from digitize.ledger.models import PlanRow
from digitize.messages import Say
from digitize.plan import TableRow
from digitize.render.form import plan_form, plan_heads
from digitize.render.words import plain

ENDINGS = ("csv", "xlsx", "docx", "pdf", "json")
_WIDTHS = (6, 50, 14, 13, 13, 46, 20, 34)


def table_row(row: PlanRow) -> TableRow:
    """The cells as they stand in the library's table."""
    return TableRow(
        row.section, row.number, row.name, row.unit, row.last_year_raw, row.planned_raw, row.mechanism, row.deadline,
        row.responsible,
    )  # fmt: skip


def next_year(row: TableRow, done: str, year: int) -> TableRow:
    """The row of a draft for *year*: what was done becomes the fact, the plan is open, deadlines move on a year."""
    deadline = row.deadline.replace(str(year - 1), str(year))
    return replace(row, last_year=done, planned="", deadline=deadline)


def plan_file(ending: str, library: str, year: int, rows: Sequence[TableRow], say: Say) -> bytes:
    """The plan as CSV, XLSX, DOCX or PDF."""
    writers: dict[str, Callable[[str, int, Sequence[TableRow], Say], bytes]] = {
        "csv": _csv, "xlsx": _xlsx, "docx": _docx, "pdf": _pdf,
    }  # fmt: skip
    return writers[ending](library, year, rows, say)


def _cells(row: TableRow) -> tuple[str, ...]:
    return (
        row.number, row.name, row.unit, row.last_year, row.planned, row.mechanism, row.deadline, row.responsible,
    )  # fmt: skip


def _csv(_library: str, year: int, rows: Sequence[TableRow], say: Say) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow(plan_heads(year, say))
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            writer.writerow((section, *[""] * 7))
        writer.writerow(_cells(row))
    return out.getvalue().encode("utf-8-sig", "replace")


def _xlsx(library: str, year: int, rows: Sequence[TableRow], say: Say) -> bytes:
    from digitize.render.xlsx import new_book  # noqa: PLC0415  (slow to load; only this form needs it)

    out = io.BytesIO()
    with new_book(out, say("report.plan_title", year=year), _day(year)) as book:
        sheet = book.sheet(say("report.sheet_plan"), _WIDTHS)
        sheet.title(library or say("report.this_library"))
        sheet.title(say("report.plan_title", year=year))
        sheet.heads(plan_heads(year, say))
        section = ""
        for row in rows:
            if row.section != section:
                section = row.section
                sheet.section(section, len(_WIDTHS))
            cells = _cells(row)
            sheet.row((*cells[:3], *map(_number, cells[3:5]), *cells[5:]))
    return out.getvalue()


def _number(text: str) -> int | str:
    return int(text) if text.isdecimal() and len(text) < 12 and str(int(text)) == text else text


def _docx(library: str, year: int, rows: Sequence[TableRow], say: Say) -> bytes:
    from digitize.render.docx import form_docx  # noqa: PLC0415

    return form_docx(plan_form(plain(library), year, rows, say), _day(year))


def _pdf(library: str, year: int, rows: Sequence[TableRow], say: Say) -> bytes:
    from digitize.render.pdf import form_pdf  # noqa: PLC0415

    return form_pdf(plan_form(plain(library), year, rows, say), _day(year))


def _day(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)
