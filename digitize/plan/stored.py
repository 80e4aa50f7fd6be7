"""The plan in the ledger: importing a table again without losing what people decided, and changing rows.

What a person sets is an event; the row shows the result. An import replaces the rows of its year and then
applies the decisions again: a measure to every row of the same name and unit in any year, a typed value to
the row of the same year, a corrected cell only while the table still shows the text that was corrected.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digitize.errors import UsageError
from digitize.ledger import queue
from digitize.ledger.models import Event, PlanRow
from digitize.plan.cells import read_cell
from digitize.plan.likeness import nearest
from digitize.plan.line import SET, Author, chosen, identity
from digitize.plan.measures import Measure, propose
from digitize.plan.table import PlanTable, TableRow

_FIELDS = {
    "planned": "planned_raw",
    "last_year": "last_year_raw",
    "measure": "measure",
    "value": "manual_value",
    "source": "filters",
    "type": "filters",
    "collection": "filters",
    "kind": "filters",
}
_FILTERS = {"source": "sources", "type": "types", "collection": "collections", "kind": "kinds"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: rows written, rows the ledger counts, decisions of people kept, rows replaced."""

    year: int
    rows: int
    counted: int
    kept: int
    replaced: int


def rows(session: Session, year: int) -> Sequence[PlanRow]:
    """The plan of *year* in the order of the table."""
    return session.scalars(select(PlanRow).where(PlanRow.year == year).order_by(PlanRow.position)).all()


def store(session: Session, table: PlanTable, year: int | None, author: Author) -> Imported:
    """Make *table* the plan of *year*, or of the year its heading names.

    Raises:
        UsageError: neither names a year, or the table has no rows.
    """
    year = year or table.year
    if year is None:
        raise UsageError("The heading of the plan names no year.", hint="Say it: digitize plan import FILE --year 2026")
    if not table.rows:
        raise UsageError("The plan has a heading but no rows.", hint="Nothing was changed; check the file.")
    replaced = len(rows(session, year))
    session.execute(delete(PlanRow).where(PlanRow.year == year))
    fresh = [_plan_row(row, year, position) for position, row in enumerate(table.rows, start=1)]
    decisions = _decisions(session)
    _inherit(fresh, decisions)
    kept = _reapply(fresh, decisions)
    session.add_all(fresh)
    counted = sum(row.measure != Measure.MANUAL for row in fresh)
    imported = Imported(year, len(fresh), counted, kept, replaced)
    queue.log(session, "plan-import", who=author.who, at=author.at, year=year, rows=len(fresh), replaced=replaced)
    return imported


def _plan_row(row: TableRow, year: int, position: int) -> PlanRow:
    cells = (read_cell(row.planned), read_cell(row.last_year))
    return PlanRow(
        year=year,
        position=position,
        section=row.section,
        number=row.number[:20],
        name=row.name,
        unit=row.unit[:80],
        last_year_raw=row.last_year,
        planned_raw=row.planned,
        mechanism=row.mechanism,
        deadline=row.deadline,
        responsible=row.responsible,
        measure=propose(row.unit, row.name, row.mechanism, *cells).value,
        filters={},
        manual_value="",
    )


def _decisions(session: Session) -> Sequence[Mapping[str, Any]]:
    return session.scalars(select(Event.detail).where(Event.what == SET).order_by(Event.id)).all()


def _inherit(fresh: Iterable[PlanRow], decisions: Sequence[Mapping[str, Any]]) -> None:
    """A row that nearly has the name of one that was bound counts what that one counted."""
    bound = {decision["row"]: decision["new"] for decision in decisions if decision["field"] == "measure"}
    for row in fresh:
        near = nearest(identity(row), bound)
        if near is not None:
            row.measure = bound[near]


def _reapply(fresh: Iterable[PlanRow], decisions: Sequence[Mapping[str, Any]]) -> int:
    """Apply people's decisions to imported rows; how many cells they decided."""
    kept: set[tuple[int, str]] = set()
    for row in fresh:
        key = identity(row)
        for decision in decisions:
            if decision["row"] == key and _still_holds(row, decision):
                _write(row, decision["field"], decision["new"])
                kept.add((row.position, decision["field"]))
    return len(kept)


def _still_holds(row: PlanRow, decision: Mapping[str, Any]) -> bool:
    field = decision["field"]
    if field in {"planned", "last_year"}:
        return bool(decision["year"] == row.year and decision["old"] == getattr(row, _FIELDS[field]))
    return field != "value" or bool(decision["year"] == row.year)


def change(session: Session, year: int, number: str, changes: Mapping[str, str], author: Author) -> PlanRow:
    """Change fields of one row: planned, last_year, measure, value, source, type, collection, kind.

    *number* is the number as printed, with or without its point, or ``row:8`` for the table's eighth row.

    Raises:
        NotFound: no such row.
        UsageError: several rows have the number, or a field or measure is unknown.
    """
    row = find(session, year, number)
    for field, value in changes.items():
        old = _shown(row, field)
        new = _checked(field, value)
        _write(row, field, new)
        detail: dict[str, Any] = {
            "year": year,
            "row": identity(row),
            "number": row.number,
            "field": field,
            "old": old,
            "new": new,
        }
        queue.log(session, SET, who=author.who, at=author.at, **detail)
    return row


def _checked(field: str, value: str) -> str:
    if field not in _FIELDS:
        raise UsageError(
            "A plan row has no field {field!r}.", hint="Known fields: {known}.", field=field, known=", ".join(_FIELDS)
        )
    if field == "measure" and value not in {measure.value for measure in Measure}:
        known = ", ".join(measure.value for measure in Measure)
        raise UsageError("There is no measure {value!r}.", hint="Known measures: {known}.", value=value, known=known)
    return value.strip()


def _shown(row: PlanRow, field: str) -> str:
    if field in _FILTERS:
        return ",".join(row.filters.get(_FILTERS[field], ()))
    return str(getattr(row, _FIELDS.get(field, "name")))


def _write(row: PlanRow, field: str, value: str) -> None:
    if field in _FILTERS:
        words = [word.strip() for word in value.split(",") if word.strip()]
        others = {name: kept for name, kept in row.filters.items() if name != _FILTERS[field]}
        row.filters = others | ({_FILTERS[field]: words} if words else {})
    else:
        setattr(row, _FIELDS[field], value)


def find(session: Session, year: int, number: str) -> PlanRow:
    """The row of *year* with that number as printed, with or without its point, or ``row:8`` for the eighth row.

    Raises:
        NotFound: no such row.
        UsageError: several rows have the number.
    """
    return chosen(rows(session, year), year, number)
