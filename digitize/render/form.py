"""A period report in the form of the library's own plan table: what stands on the paper that is signed.

The form of work plans of real libraries: KELISHILDI left, TASDIQLAYMAN right, the title, the table
№ | Nomi | O‘lchov birligi | fakt | reja | muddat | mas’ullar; a report of fulfilment adds what was done,
the share in percent and room for a remark. The shape (DOCX, PDF) is others' business.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from digitize.messages import Say
from digitize.plan import TableRow
from digitize.render.words import cell, long_date, number, plain, short_date
from digitize.report import PeriodReport, PeriodRow

WEIGHTS = (4, 24, 9, 9, 9, 11, 18, 8, 10, 6, 10)
"""Widths of a report's columns as shares of the whole."""
NUMBERS = (3, 4, 7, 8, 9)
"""Those with numbers."""
_WIDE = (4, 22, 9, 9, 9, 22, 11, 21, 8, 9, 6, 10)
"""The same with the column 'mexanizm', where there is room for it; a service's longest word stands on one line."""
_ROOM = 1200
"""Signs of all mechanisms together that leave the paper on one sheet; longer ones stay in the plan itself."""
_PLAN_WEIGHTS = (4, 30, 10, 9, 9, 30, 12, 20)
_PLAN_NUMBERS = (3, 4)


@dataclass(frozen=True, slots=True)
class Form:
    """Texts of one signed paper; a row of *rows* has as many cells as *heads*, or one: a title over the whole width."""

    agreed: tuple[str, ...]
    """Lines of the left block above the title."""
    approved: tuple[str, ...]
    """Lines of the right block."""
    title: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    weights: tuple[int, ...]
    """Widths of the columns as shares of the table's width."""
    numbers: tuple[int, ...]
    """Columns that hold numbers and stand right."""
    figures: tuple[tuple[str, str], ...]
    """What the period brought: name and number."""
    prepared: tuple[str, str]
    """Who signs below: the word for it, and the office."""
    remark: str = ""
    """A line below the figures."""


def form_of(report: PeriodReport, say: Say) -> Form:
    """The paper for *report*; it lists the rows that have something to show."""
    year = report.year
    library = plain(report.library) or say("report.this_library")
    shown = shown_rows(report)
    wide = sum(len(row.mechanism) for row in shown) <= _ROOM and any(row.mechanism for row in shown)
    agreed, approved = blocks(library, report.until.year, say)
    return Form(
        agreed=agreed,
        approved=approved,
        title=(
            library,
            say(f"status.report_{report.kind}"),
            f"{long_date(report.since, say)} – {long_date(report.until, say)}",
        ),
        heads=_heads(year, say, wide=wide),
        rows=tuple(_lines(shown, say, wide=wide)),
        weights=_WIDE if wide else WEIGHTS,
        numbers=tuple(place + (wide and place > 4) for place in NUMBERS),
        figures=tuple((text, cell(value)) for text, value in figures(report, say)),
        remark=closed_line(report, say),
        prepared=(say("report.prepared"), say("report.prepared_by")),
    )


def figures(report: PeriodReport, say: Say) -> tuple[tuple[str, float | None], ...]:
    """The named numbers of a period, in the order of a report."""
    over = () if report.days_over is None else (("days_over", report.days_over),)
    pairs: tuple[tuple[str, float | None], ...] = (
        ("pages", report.pages),
        ("blank", report.blank),
        ("low", report.low),
        ("previous", report.previous_pages),
        ("working_days", report.working_days),
        *over,
        ("per_day", report.per_day),
        ("titles", report.titles),
        ("fulltext", report.fulltext),
        ("linked", report.linked),
    )
    changed = (*_corrections(report, say),) if report.corrections.any else ()
    return (*((say(f"status.report_{key}"), value) for key, value in pairs), *changed)


def _corrections(report: PeriodReport, say: Say) -> list[tuple[str, int]]:
    """Corrections of closed months, told apart from what this month brought."""
    names = {"pages": report.corrections.pages, "titles": report.corrections.titles}
    names |= {"fulltext": report.corrections.fulltext, "linked": report.corrections.linked}
    return [
        (say("report.correction", name=say(f"status.report_{key}")), value) for key, value in names.items() if value
    ]


def closed_line(report: PeriodReport, say: Say) -> str:
    """That the month is closed, by whom, with the beginning of the hash; empty while it is open."""
    closed = report.closed
    if closed is None:
        return ""
    return plain(say("report.closed", day=long_date(closed.at.date(), say), who=closed.who, hash=closed.sha256[:16]))


def shown_rows(report: PeriodReport) -> tuple[PeriodRow, ...]:
    """Rows counted by the ledger, or filled in by hand already; the rest are other services' rows."""
    return tuple(row for row in report.rows if row.measure != "manual" or row.done_year is not None)


def remark(row: PeriodRow, say: Say) -> str:
    """What the column 'Izoh' says by itself: corrections of closed months, who filled the row in and when."""
    parts = []
    if any(row.corrected):
        parts.append(say("report.corrected", amount="/".join(f"{part:+}" for part in row.corrected)))
    if row.by and row.by_on:
        parts.append(say("report.filled_in", who=row.by, day=short_date(row.by_on)))
    return "; ".join(parts)


def plan_form(library: str, year: int, rows: Sequence[TableRow], say: Say) -> Form:
    """The year plan itself, as the library writes it."""
    library = plain(library) or say("report.this_library")
    agreed, approved = blocks(library, year, say)
    lines: list[tuple[str, ...]] = []
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            lines.append((plain(section),))
        cells = (row.number, row.name, row.unit, row.last_year, row.planned)
        lines.append(tuple(plain(text) for text in (*cells, row.mechanism, row.deadline, row.responsible)))
    return Form(
        agreed=agreed,
        approved=approved,
        title=(library, say("report.plan_title", year=year)),
        heads=plan_heads(year, say),
        rows=tuple(lines),
        weights=_PLAN_WEIGHTS,
        numbers=_PLAN_NUMBERS,
        figures=(),
        prepared=(say("report.prepared"), say("report.prepared_by")),
    )


def plan_heads(year: int, say: Say) -> tuple[str, ...]:
    """The headings of a year plan; an import knows them in every language."""
    return (
        say("status.number"), say("status.name"), say("report.unit"), say("report.last_year", year=year - 1),
        say("report.planned", year=year), *(say(f"report.{key}") for key in ("mechanism", "deadline", "responsible")),
    )  # fmt: skip


def blocks(library: str, year: int | str, say: Say) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """KELISHILDI and TASDIQLAYMAN."""
    line, date_line = "_" * 28, say("report.sign_date", year=year)
    return (
        (say("report.agreed"), say("report.agreed_by"), line, date_line),
        (say("report.approved"), say("report.approved_by", library=library), line, date_line),
    )


def _heads(year: int, say: Say, *, wide: bool) -> tuple[str, ...]:
    return (
        *plan_heads(year, say)[: 6 if wide else 5],
        say("report.deadline"),
        say("report.responsible"),
        say("report.done_period"),
        say("report.done"),
        say("status.percent"),
        say("report.note"),
    )


def _lines(rows: Sequence[PeriodRow], say: Say, *, wide: bool) -> Iterator[tuple[str, ...]]:
    section = ""
    for row in rows:
        if row.section != section:
            section = row.section
            yield (plain(section),)
        yield _row(row, say, wide=wide)


def _row(row: PeriodRow, say: Say, *, wide: bool) -> tuple[str, ...]:
    texts = (row.number, row.name, row.unit, cell(row.last_year), cell(row.planned))
    rest = (*((row.mechanism,) if wide else ()), row.deadline, row.responsible)
    done = (cell(row.done), cell(row.done_year), number(row.percent) if row.percent is not None else "")
    return (*(plain(text) for text in (*texts, *rest, *done)), plain(remark(row, say)))
