"""Period reports and the plan as text."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitize import plan
from digitize.ledger.behind import Batch, Behind, Line
from digitize.messages import Say
from digitize.render.form import closed_line, figures, remark, shown_rows
from digitize.render.screen import WIDTH, as_text, by_hand_hint
from digitize.render.stacked import Column, Entry, stacked
from digitize.render.words import NOTHING, cell, long_date, measure_name, number, plain, short_date
from digitize.report import Kind, PeriodReport, Row

if TYPE_CHECKING:
    from digitize.plan import Binding
    from digitize.report import YearCell, YearPair

_WIDTHS = {"number": 6, "unit": 9}
"""The most that a column takes on one line; with seven of them the name still has a third of 80."""
_CELL, _PLANNED = 9, 12
"""The same of a number, and of a plan, which often is ``Reja asosida``."""


def period_text(report: PeriodReport, say: Say, width: int = WIDTH) -> str:
    """One report as plain text."""
    parts: list[RenderableType] = [Text(line) for line in _head(report, say)]
    parts += [Text(), _totals(report, say)]
    parts += _section(say("status.report_plan", year=report.year), _plan(report, say) if shown_rows(report) else None)
    parts += by_hand_hint(len(report.rows) - len(shown_rows(report)), say)
    parts += [Text(f"{plain(row.number)} {text}") for row in report.rows if (text := remark(row, say))]
    parts += _division(say("status.report_sources"), report.sources, say)
    parts += _division(say("status.report_types"), report.types, say)
    parts += _division(say("status.report_operators"), report.operators, say)
    parts += _division(say("status.report_scanners"), report.scanners, say)
    parts += _paces(report, say)
    parts += _days(report, say)
    return as_text(Group(*parts), width) + _explained(report, say)


def _head(report: PeriodReport, say: Say) -> list[str]:
    since, until = long_date(report.since, say), long_date(report.until, say)
    lines = (plain(report.library), say(f"status.report_{report.kind}"), f"{since} – {until}", closed_line(report, say))
    return [line for line in lines if line]


def _totals(report: PeriodReport, say: Say) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for text, value in figures(report, say):
        table.add_row(Text(text), Text(cell(value)))
    return table


def _section(title: str, table: Table | None) -> list[RenderableType]:
    return [Text(), Text(title, "bold"), table] if table else []


def _plan(report: PeriodReport, say: Say) -> Table:
    table = _table(say, "number", "name", "unit", "planned", "done", "done_year", "percent")
    for row in shown_rows(report):
        numbers = (cell(row.planned), cell(row.done), cell(row.done_year), cell(row.percent))
        table.add_row(*(Text(plain(text)) for text in (row.number, row.name, row.unit, *numbers)))
    return table


def _table(say: Say, *keys: str) -> Table:
    """The columns left of the numbers stand left; the name takes the rest of the line.

    Plans have texts where numbers are expected, some of them long: such a cell is broken, not its neighbours.
    """
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), expand=True)
    for key in keys:
        title, words = say(f"status.{key}"), _WIDTHS.get(key)
        if key == "name":
            table.add_column(title, ratio=1, overflow="fold")
        else:
            most = words or (_PLANNED if key == "planned" else _CELL)
            table.add_column(title, justify="left" if words else "right", max_width=most, overflow="fold")
    return table


def _division(title: str, parts: dict[str, int], say: Say) -> list[RenderableType]:
    """A division is worth its lines only where there is more than one part."""
    if len(parts) < 2:
        return []
    return _section(
        title, _listing((plain(name) or say("status.report_unknown"), amount) for name, amount in parts.items())
    )


def _paces(report: PeriodReport, say: Say) -> list[RenderableType]:
    """Who works how fast; there is something to tell where one of them has a name, or the sources are several."""
    shown = [share for share in report.shares if share.name and (share.part != "source" or len(report.sources) > 1)]
    if not shown:
        return []
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(say("status.name"), overflow="fold", max_width=40)
    for key in ("pages", "days", "per_day", "away"):
        table.add_column(say(f"report.share_{key}"), justify="right")
    for share in shown:
        away = number(share.absent) if share.part == "operator" else ""
        numbers = (number(share.pages), number(share.days), cell(share.per_day), away)
        table.add_row(*(Text(text) for text in (plain(share.name), *numbers)))
    return _section(say("report.paces"), table)


def _listing(lines: Iterable[tuple[str, int]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for name, amount in lines:
        table.add_row(Text(name), Text(number(amount)))
    return table


def _days(report: PeriodReport, say: Say) -> list[RenderableType]:
    if report.kind in {Kind.WEEK, Kind.MONTH}:
        lines = [(long_date(day.day, say), day.pages) for day in report.days if day.pages or report.kind is Kind.WEEK]
        return _section(say("status.report_by_day"), _listing(lines)) if lines else []
    months: dict[int, int] = {}
    for day in report.days:
        months[day.day.month] = months.get(day.day.month, 0) + day.pages
    lines = [(say(f"status.month_{month}"), amount) for month, amount in months.items()]
    return _section(say("status.report_by_month"), _listing(lines))


def _explained(report: PeriodReport, say: Say) -> str:
    """The counted pages as lines with tabs: for a person to read and for a spreadsheet to take."""
    if not report.explain:
        return ""
    return f"\n{say('status.report_explain', number=number(len(report.explain)))}\n{lines_text(report.explain)}"


def lines_text(lines: Sequence[Line]) -> str:
    """Counted things, one on each line, their properties parted by tabs; acts of the desk with amount and who."""
    parts = lines.parts if isinstance(lines, Behind) else lines
    return "".join(_batch_text(part) if isinstance(part, Batch) else _line_text(part) for part in parts)


def _line_text(line: Line) -> str:
    if line.page is not None:
        cells = (str(line.page), line.name, line.outcome, line.sha256[:_HASH])
    else:
        cells = (line.title, line.name, number(line.amount), line.who)
    return "\t".join(map(plain, (short_date(line.day), line.item, *cells))) + "\n"


_HASH = 12
"""Signs of a hash that a person compares."""
_PAGE = b"%%b\t%%b\t%%b\t%%.%db\n" % _HASH


def _batch_text(batch: Batch) -> str:
    """Every page of it as such a line."""
    same = f"{short_date(batch.day)}\t{plain(batch.item)}\t".encode()
    return batch.printed(same.replace(b"%", b"%%") + _PAGE, plain).decode()


def plan_text(rows: Sequence[Row], say: Say, width: int = WIDTH) -> str:
    """The plan as it was read, with the measure of each row and its sections."""
    columns = (
        Column(say("status.unit"), 12),
        Column(say("status.fact"), 14, right=True),
        Column(say("status.planned"), 14, right=True),
        Column(say("status.measure"), 20),
        Column(say("status.done"), 12, right=True),
    )
    entries: list[Entry] = []
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            entries.append(Entry("", plain(section)))
        measure = measure_name(row.measure, say)
        entries.append(_entry(row, (row.unit, cell(row.last_year), cell(row.planned), measure, cell(row.done))))
    return as_text(stacked(_names(say), columns, entries), width)


def _names(say: Say) -> Entry:
    return Entry(say("status.number"), say("status.name"))


def _entry(row: "Row | Binding | YearPair", cells: Iterable[str]) -> Entry:
    return Entry(plain(row.number), plain(row.name), tuple(map(plain, cells)))


def bindings_text(rows: "Sequence[Binding]", say: Say, width: int = WIDTH) -> str:
    """What each row counts, and who said so; below it what to do with rows nobody confirmed."""
    columns = (Column(say("status.unit"), 12), Column(say("status.measure"), 36), Column(say("status.confirmed"), 24))
    table = stacked(_names(say), columns, [_entry(row, (row.unit, *_bound(row, say))) for row in rows])
    left = len(plan.open_ones(rows))
    hint = say("status.bind_open", number=left, command="digitize plan bind --all") if left else ""
    return as_text(table, width) + (f"{hint}\n" if hint else "")


def _bound(row: "Binding", say: Say) -> tuple[str, str]:
    measure = measure_name(row.measure, say)
    if row.confirmed:
        return measure, f"{row.by} {row.at:%d.%m.%Y}" if row.at else row.by
    doubt = "" if row.measure == row.proposed else f" → {measure_name(row.proposed, say)}"
    return f"{measure}{doubt}", "?" if row in plan.open_ones([row]) else NOTHING


def two_years_text(rows: "Iterable[YearPair]", before: int, now: int, say: Say, width: int = WIDTH) -> str:
    """Plan and fact of two years; the difference is of what was done."""
    titles = [f"{year} {say(f'status.{key}')}" for year in (before, now) for key in ("planned", "done")]
    columns = [Column(title, 15, right=True) for title in (*titles, "±%")]
    return as_text(stacked(_names(say), columns, [_entry(row, _pair_cells(row)) for row in rows]), width)


def _pair_cells(row: "YearPair") -> list[str]:
    cells = [value for year in (row.before, row.now) for value in _year_cells(year)]
    if row.before is None and row.last_year is not None:
        cells[1] = cell(row.last_year)
    return [*cells, NOTHING if row.change is None else f"{'+' if row.change > 0 else ''}{number(row.change)}"]


def _year_cells(year: "YearCell | None") -> tuple[str, str]:
    return (cell(year.planned), cell(year.done)) if year else (NOTHING, NOTHING)
