"""The rows of a plan to look at, as the ledger keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from digitize.errors import NotFound, UsageError
from digitize.ledger.plain import ask, made, moment
from digitize.plan.words import word_key

if TYPE_CHECKING:
    from digitize.ledger.models import PlanRow
    from digitize.ledger.plain import Source

_Row = TypeVar("_Row", "PlanLine", "PlanRow")

SET = "plan-set"
"""Events in which a person changed a row."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the plan, and when."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One row of a year plan; the fields are those of :class:`digitize.ledger.models.PlanRow`."""

    filters: dict[str, Any]
    year: int
    position: int
    section: str
    number: str
    name: str
    unit: str
    last_year_raw: str
    planned_raw: str
    mechanism: str
    deadline: str
    responsible: str
    measure: str
    manual_value: str


def lines(source: "Source", year: int) -> tuple[PlanLine, ...]:
    """The plan of *year* in the order of the table."""
    sql = """
        SELECT filters, year, position, section, number, name, unit, last_year_raw, planned_raw, mechanism, deadline,
            responsible, measure, manual_value
        FROM plan_row WHERE year = :year ORDER BY position"""
    return tuple(PlanLine(made(filters), *cells) for filters, *cells in ask(source, sql, year=year))


def chosen(plan: Sequence[_Row], year: int, number: str) -> _Row:
    """The row of the *plan* of *year* with that number as printed, with or without its point; ``row:8`` is the eighth.

    Raises:
        NotFound: no such row.
        UsageError: several rows have the number.
    """
    if number.startswith("row:"):
        found = [row for row in plan if str(row.position) == number.removeprefix("row:")]
    else:
        found = [row for row in plan if row.number.rstrip(" .)") == number.rstrip(" .)")]
    if not found:
        raise NotFound(
            "The plan of {year} has no row {number}.",
            hint="See: digitize plan show --year {year}",
            year=year,
            number=number,
        )
    if len(found) > 1:
        places = ", ".join(f"row:{row.position} ({row.name[:40]})" for row in found)
        raise UsageError(
            "{count} rows of {year} have the number {number}.",
            hint="Say which: {places}",
            count=len(found),
            year=year,
            number=number,
            places=places,
        )
    return found[0]


def identity(row: "PlanLine | PlanRow") -> str:
    """Name and unit of a row, folded: by this it is known again in another import and another year."""
    return word_key(f"{row.name} {row.unit}")


def last_author(source: "Source", row: "PlanLine | PlanRow") -> Author | None:
    """Who filled the row in last: the total of :func:`digitize.plan.change`, or a single day."""
    mine = identity(row)
    entered = """
        SELECT who, at FROM hand_entry WHERE year = :year AND row_key = :mine AND undone_at IS NULL ORDER BY id"""
    told = [Author(who, moment(at)) for who, at in ask(source, entered, year=row.year, mine=mine)]
    typed = ask(source, "SELECT who, at, detail FROM event WHERE what = :set ORDER BY id", set=SET)
    for who, at, text in typed if row.manual_value else ():
        detail = made(text)
        if (detail["field"], detail["year"], detail["row"]) == ("value", row.year, mine):
            told.append(Author(who, moment(at)))
    return max(reversed(told), key=lambda author: author.at, default=None)
