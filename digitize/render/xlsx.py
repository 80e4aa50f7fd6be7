"""The report as a workbook: numbers as numbers, headings that stay in sight, a chart of the spreadsheet's own.

No text of the library is ever taken for a formula, a link or a number.
"""

import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from digitize.messages import Say
from digitize.render.form import closed_line, figures, remark
from digitize.render.words import long_date, plain
from digitize.report import Kind, PeriodReport, PeriodRow

OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
Value = int | float | str | date | None
_PARTS = re.compile(r"[0-9]+(?:/[0-9]+)+")
_LINE, _AROUND, _TALLEST = 15, 5, 300
"""Points: a line of the standard letters, what stays free above and below them, and the tallest row."""
_LONGEST = 32_767
"""Signs in one cell, the format's limit."""


@dataclass(frozen=True, slots=True)
class Styles:
    """The few looks a workbook has."""

    title: Format
    head: Format
    section: Format
    text: Format
    parts: Format
    """Text such as ``19/3991``, which stands where numbers stand."""
    whole: Format
    part: Format
    day: Format


class Sheet:
    """A worksheet written line by line; the row of the headings stays in sight."""

    def __init__(self, book: "Book", name: str, widths: Sequence[float]) -> None:
        self.paper: Worksheet = book.workbook.add_worksheet(name[:31])
        self.name = name[:31]
        self.line = 0
        self._styles = book.styles
        self._widths = tuple(widths)
        for place, width in enumerate(widths):
            self.paper.set_column(place, place, width)
        self.paper.set_landscape()
        self.paper.set_paper(9)  # A4
        self.paper.set_margins(0.4, 0.4, 0.5, 0.5)  # inches
        self.paper.fit_to_pages(1, 0)

    def title(self, text: str) -> None:
        """One line above the table."""
        self.paper.set_row(self.line, _LINE + _AROUND)
        self.paper.write_string(self.line, 0, plain(text), self._styles.title)
        self.line += 1

    def heads(self, texts: Sequence[str]) -> None:
        """The headings; what follows scrolls below them, and they repeat on every printed page."""
        self.paper.set_row(self.line, self._height(texts))
        for place, text in enumerate(texts):
            self.paper.write_string(self.line, place, text, self._styles.head)
        self.paper.repeat_rows(self.line)
        self.line += 1
        self.paper.freeze_panes(self.line, 0)

    def section(self, text: str, columns: int) -> None:
        """A title that spans the table, on as many lines as it needs."""
        lines = math.ceil(1.2 * max(1, len(text)) / sum(self._widths[:columns]))
        self.paper.set_row(self.line, _LINE * lines + _AROUND)
        self.paper.merge_range(self.line, 0, self.line, columns - 1, "", self._styles.section)
        self.paper.write_string(self.line, 0, plain(text), self._styles.section)
        self.line += 1

    def row(self, values: Iterable[Value]) -> None:
        """One line: numbers as numbers, days as days, everything else as text."""
        values = tuple(values)
        self.paper.set_row(self.line, self._height(values))
        for place, value in enumerate(values):
            if isinstance(value, str):
                style = self._styles.parts if _PARTS.fullmatch(value) else self._styles.text
                self.paper.write_string(self.line, place, value[:_LONGEST], style)
            elif isinstance(value, date):
                moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001  (a day has no zone)
                self.paper.write_datetime(self.line, place, moment, self._styles.day)
            elif value is None:
                self.paper.write_blank(self.line, place, None, self._styles.text)
            else:
                style = self._styles.part if isinstance(value, float) else self._styles.whole
                self.paper.write_number(self.line, place, value, style)
        self.line += 1

    def _height(self, values: Sequence[Value]) -> float:
        """Room for the longest text; not every program makes it by itself."""
        texts = ((value, self._widths[place]) for place, value in enumerate(values) if isinstance(value, str))
        lines = max(
            (sum(math.ceil(max(1.1 * len(line), 1) / width) for line in text.split("\n")) for text, width in texts),
            default=1,
        )
        return float(min(max(lines, 1) * _LINE + _AROUND, _TALLEST))


class Book:
    """A workbook in memory."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        box = {"border": 1, "valign": "vcenter"}
        figures = box | {"align": "right", "indent": 1}
        self.styles = Styles(
            title=workbook.add_format({"bold": True, "font_size": 13, "valign": "vcenter"}),
            head=workbook.add_format(box | {"bold": True, "text_wrap": True, "align": "center", "bg_color": "#E4E4E4"}),
            section=workbook.add_format(box | {"bold": True, "align": "center", "text_wrap": True}),
            text=workbook.add_format(box | {"text_wrap": True, "align": "left", "indent": 1}),
            parts=workbook.add_format(figures),
            whole=workbook.add_format(figures | {"num_format": "#,##0"}),
            part=workbook.add_format(figures | {"num_format": "#,##0.0"}),
            day=workbook.add_format(box | {"num_format": "dd.mm.yyyy", "align": "left", "indent": 1}),
        )

    def sheet(self, name: str, widths: Sequence[float]) -> Sheet:
        """One more sheet."""
        return Sheet(self, name, widths)


@contextmanager
def new_book(out: io.BytesIO, title: str, day: datetime) -> Iterator[Book]:
    """A workbook that is written to *out* at the end; *day* is its date."""
    workbook = xlsxwriter.Workbook(out, OPTIONS)
    workbook.set_properties({"title": title, "author": "digitize", "created": day.replace(tzinfo=None)})
    yield Book(workbook)
    workbook.close()


def period_xlsx(report: PeriodReport, say: Say, day: datetime) -> bytes:
    """One report as a workbook: plan, totals, days with a chart, divisions, the pages if they were asked for."""
    out = io.BytesIO()
    with new_book(out, say(f"status.report_{report.kind}"), day) as book:
        _plan(book, report, say)
        _totals(book, report, say)
        _days(book, report, say)
        _parts(book, report, say)
        if report.explain:
            _explain(book, report, say)
    return out.getvalue()


def _titles(sheet: Sheet, report: PeriodReport, say: Say) -> None:
    sheet.title(report.library or say("report.this_library"))
    since, until = long_date(report.since, say), long_date(report.until, say)
    sheet.title(f"{say(f'status.report_{report.kind}')} · {since} – {until}")


def _plan(book: Book, report: PeriodReport, say: Say) -> None:
    year = report.year
    sheet = book.sheet(say("report.sheet_plan"), (7, 40, 12, 12, 12, 11, 12, 8, 30, 16, 28, 18))
    _titles(sheet, report, say)
    heads = (
        *(say(f"status.{key}") for key in ("number", "name")),
        say("report.unit"),
        say("report.last_year", year=year - 1),
        say("report.planned", year=year),
        *(say(f"report.{key}") for key in ("done_period", "done")),
        say("status.percent"),
        *(say(f"report.{key}") for key in ("mechanism", "deadline", "responsible", "note")),
    )
    sheet.heads(heads)
    section = ""
    for row in report.rows:
        if row.section != section:
            section = row.section
            sheet.section(section, len(heads))
        sheet.row((*_plan_row(row), remark(row, say) or None))


def _plan_row(row: PeriodRow) -> tuple[Value, ...]:
    numbers = (row.last_year, row.planned, row.done, row.done_year, row.percent)
    return (row.number, row.name, row.unit, *numbers, row.mechanism, row.deadline, row.responsible)


def _totals(book: Book, report: PeriodReport, say: Say) -> None:
    sheet = book.sheet(say("report.sheet_totals"), (52, 14))
    _titles(sheet, report, say)
    sheet.heads((say("report.figure"), say("report.amount")))
    for line in figures(report, say):
        sheet.row(line)
    if remark := closed_line(report, say):
        sheet.title(remark)


def _days(book: Book, report: PeriodReport, say: Say) -> None:
    """Days of a week or month, months of a longer period, and their columns as a chart."""
    sheet = book.sheet(say("report.sheet_days"), (18, 14))
    _titles(sheet, report, say)
    short = report.kind in {Kind.WEEK, Kind.MONTH}
    sheet.heads((say("report.day" if short else "report.month"), say("report.pages")))
    first = sheet.line
    for label, pages in _series(report, say):
        sheet.row((label, pages))
    last = sheet.line - 1
    if last < first:
        return
    chart = book.workbook.add_chart({"type": "column"})
    chart.add_series(
        {
            "name": say("report.pages"),
            "categories": [sheet.name, first, 0, last, 0],
            "values": [sheet.name, first, 1, last, 1],
            "fill": {"color": "#2F6F4F"},
        }
    )
    chart.set_title({"name": say("status.report_by_day" if short else "status.report_by_month")})
    chart.set_legend({"none": True})
    chart.set_x_axis({"text_axis": True, "num_format": "dd.mm"})
    chart.set_size({"width": 760, "height": 380})
    sheet.paper.insert_chart(first, 3, chart)


def _series(report: PeriodReport, say: Say) -> list[tuple[Value, int]]:
    if report.kind in {Kind.WEEK, Kind.MONTH}:
        return [(day.day, day.pages) for day in report.days]
    months: dict[int, int] = {}
    for day in report.days:
        months[day.day.month] = months.get(day.day.month, 0) + day.pages
    return [(say(f"status.month_{month}"), pages) for month, pages in months.items()]


def _parts(book: Book, report: PeriodReport, say: Say) -> None:
    """Pages of each source, type, operator and scanner; days and pace where they are known."""
    sheet = book.sheet(say("report.sheet_parts"), (26, 30, 12, 14, 14, 14))
    _titles(sheet, report, say)
    heads = (say(f"report.share_{key}") for key in ("days", "per_day", "away"))
    sheet.heads(("", say("status.name"), say("report.pages"), *heads))
    paces = {(share.part, share.name): share for share in report.shares}
    idle = {share.name: 0 for share in report.shares if share.part == "operator" and not share.pages}
    divisions = {"operator": report.operators | idle, "scanner": report.scanners}
    for part, found in (divisions | {"source": report.sources, "type": report.types}).items():
        for name, pages in found.items():
            pace = paces.get((part, name))
            away = pace.absent if pace and part == "operator" else None
            more = (pace.days, pace.per_day, away) if pace else (None, None, None)
            sheet.row((say(f"status.report_{part}s"), name or say("status.report_unknown"), pages, *more))


def _explain(book: Book, report: PeriodReport, say: Say) -> None:
    """One line per counted page; their number is the report's number."""
    sheet = book.sheet(say("report.sheet_explain"), (12, 24, 50, 9, 30, 12, 70))
    keys = ("day", "item", "title", "page", "file", "outcome")
    sheet.heads((*(say(f"report.{key}") for key in keys), "SHA-256"))
    for line in report.explain:
        sheet.row((line.day, line.item, line.title, line.page, line.name, line.outcome, line.sha256))
