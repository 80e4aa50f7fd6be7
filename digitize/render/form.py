"""A period report in the form of the library's own plan table: what stands on the paper that is signed.

The form of work plans of real libraries: KELISHILDI left, TASDIQLAYMAN right, the title, the table
№ | Nomi | O‘lchov birligi | fakt | reja | muddat | mas’ullar; a report of fulfilment adds what was done,
the share in percent and room for a remark. The shape (DOCX, PDF) is others' business.
"""

from dataclasses import dataclass

from digitize.messages import Say
from digitize.render.words import cell, long_date, number, plain
from digitize.report import PeriodReport, PeriodRow

WEIGHTS = (4, 24, 9, 9, 9, 11, 18, 8, 10, 6, 10)
"""Widths of the columns as shares of the table's width."""
NUMBERS = (3, 4, 7, 8, 9)
"""Columns that hold numbers and stand right."""


@dataclass(frozen=True, slots=True)
class Form:
    """Texts of one signed paper; every row of *rows* has as many cells as *heads*."""

    agreed: tuple[str, ...]
    """Lines of the left block above the title."""
    approved: tuple[str, ...]
    """Lines of the right block."""
    title: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: tuple[tuple[str, str], ...]
    """What the period brought: name and number."""
    prepared: tuple[str, str]
    """Who signs below: the word for it, and the office."""
    remark: str = ""
    """A line below the figures."""


def form_of(report: PeriodReport, say: Say) -> Form:
    """The paper for *report*; it lists the rows that have something to show."""
    year = report.since.year
    library = plain(report.library) or say("report.this_library")
    date_line = say("report.sign_date", year=report.until.year)
    line = "_" * 28
    return Form(
        agreed=(say("report.agreed"), say("report.agreed_by"), line, date_line),
        approved=(say("report.approved"), say("report.approved_by", library=library), line, date_line),
        title=(
            library,
            say(f"status.report_{report.kind}"),
            f"{long_date(report.since, say)} – {long_date(report.until, say)}",
        ),
        heads=_heads(year, say),
        rows=tuple(_row(row) for row in shown_rows(report)),
        figures=tuple((text, cell(value)) for text, value in figures(report, say)),
        remark=closed_line(report, say),
        prepared=(say("report.prepared"), say("report.prepared_by")),
    )


def figures(report: PeriodReport, say: Say) -> tuple[tuple[str, float | None], ...]:
    """The named numbers of a period, in the order of a report."""
    per_day = round(report.pages / report.working_days, 1) if report.working_days else None
    pairs: tuple[tuple[str, float | None], ...] = (
        ("pages", report.pages),
        ("blank", report.blank),
        ("low", report.low),
        ("previous", report.previous_pages),
        ("working_days", report.working_days),
        ("per_day", per_day),
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


def _heads(year: int, say: Say) -> tuple[str, ...]:
    return (
        say("status.number"),
        say("status.name"),
        say("report.unit"),
        say("report.last_year", year=year - 1),
        say("report.planned", year=year),
        say("report.deadline"),
        say("report.responsible"),
        say("report.done_period"),
        say("report.done"),
        say("status.percent"),
        say("report.note"),
    )


def _row(row: PeriodRow) -> tuple[str, ...]:
    texts = (row.number, row.name, row.unit, cell(row.last_year), cell(row.planned), row.deadline, row.responsible)
    done = (cell(row.done), cell(row.done_year), number(row.percent) if row.percent is not None else "")
    return (*(plain(text) for text in (*texts, *done)), "")
