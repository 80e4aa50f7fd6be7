"""Binding rows to measures: proposed from the words of a row and last year's decisions, confirmed by a person.

A confirmation is a decision like any other (:mod:`digitize.plan.stored`): it holds for every later import of a row
of the same name and unit. A row whose name changed a little (another year in it, a misread letter) inherits last year's
measure as a proposal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize.errors import UsageError
from digitize.ledger.models import Event, PlanRow
from digitize.plan.cells import read_cell
from digitize.plan.likeness import nearest
from digitize.plan.line import SET, Author, identity
from digitize.plan.measures import Measure, propose
from digitize.plan.stored import change, find, rows


@dataclass(frozen=True, slots=True)
class Binding:
    """What one row counts and who said so; the field names are the JSON keys."""

    number: str
    name: str
    unit: str
    measure: str
    """What counts now."""
    proposed: str
    why: str
    """``words`` of the row, or ``last_year``'s decision."""
    confirmed: bool
    by: str
    at: datetime | None
    row: int
    """Place in the table."""


@dataclass(frozen=True, slots=True)
class _Decision:
    measure: str
    by: str
    at: datetime
    year: int


def bindings(session: Session, year: int) -> tuple[Binding, ...]:
    """Every row of the plan of *year* with its proposal and confirmation, in the order of the table."""
    decided = _decisions(session)
    return tuple(_binding(row, decided) for row in rows(session, year))


def _decisions(session: Session) -> Mapping[str, _Decision]:
    """The last decision about the measure of each row, by its folded name and unit."""
    found: dict[str, _Decision] = {}
    query = select(Event.detail, Event.who, Event.at).where(Event.what == SET).order_by(Event.id)
    for detail, who, at in session.execute(query):
        if detail["field"] == "measure":
            found[detail["row"]] = _Decision(detail["new"], who, at, detail["year"])
    return found


def _binding(row: PlanRow, decided: Mapping[str, _Decision]) -> Binding:
    mine = decided.get(identity(row))
    proposed, why = proposal(row, {key: decision.measure for key, decision in decided.items()})
    return Binding(
        number=row.number, name=row.name, unit=row.unit, measure=row.measure, proposed=proposed, why=why,
        confirmed=mine is not None and mine.measure == row.measure, by=mine.by if mine else "",
        at=mine.at if mine else None, row=row.position,
    )  # fmt: skip


def proposal(row: PlanRow, decided: Mapping[str, str]) -> tuple[str, str]:
    """The measure to propose for *row* and why: a decision about a row of the same or nearly the same name first."""
    near = nearest(identity(row), decided)
    if near is not None:
        return decided[near], "last_year"
    cells = (read_cell(row.planned_raw), read_cell(row.last_year_raw))
    return propose(row.unit, row.name, row.mechanism, *cells).value, "words"


def confirm(session: Session, year: int, wanted: Mapping[str, str | None], author: Author) -> tuple[Binding, ...]:
    """Bind the rows named by number (None = what is proposed); returns how those rows stand now.

    Raises:
        NotFound: no such row.
        UsageError: several rows have the number, or there is no such measure.
    """
    if not rows(session, year):
        raise UsageError("There is no plan for {year}.", hint="First: digitize plan import FILE", year=year)
    proposed = {binding.row: binding.proposed for binding in bindings(session, year)}
    places = set()
    for number, measure in wanted.items():
        row = find(session, year, number)
        places.add(row.position)
        change(session, year, f"row:{row.position}", {"measure": measure or proposed[row.position]}, author)
    session.flush()
    return tuple(binding for binding in bindings(session, year) if binding.row in places)


def open_ones(found: Iterable[Binding]) -> Sequence[Binding]:
    """Rows whose measure nobody confirmed and that the ledger would count: those a person should look at."""
    return [binding for binding in found if not binding.confirmed and binding.proposed != Measure.MANUAL]
