"""Two years of the plan side by side: rows meet by name, else by what they count."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from digitize import plan
from digitize.plan import Measure
from digitize.plan.words import word_key
from digitize.report.overview import status
from digitize.report.rows import Row, Value
from digitize.settings import Settings


@dataclass(frozen=True, slots=True)
class YearCell:
    """One row in one year."""

    planned: Value
    done: Value
    percent: float | None


@dataclass(frozen=True, slots=True)
class YearPair:
    """One row in both years; None where a year does not have it."""

    number: str
    name: str
    unit: str
    measure: str
    before: YearCell | None
    now: YearCell | None
    last_year: Value
    """What the plan of the later year says about the earlier one (fakt)."""
    change: float | None
    """Of what was done, in percent of the earlier year; None where there is nothing to compare."""


def side_by_side(session: Session, settings: Settings, years: tuple[int, int], now: datetime) -> tuple[YearPair, ...]:
    """The plans of the earlier and the later of *years*, in the order of the later one's table.

    Raises:
        BadConfig: the calendar file of the settings is not understood.
    """
    before, after = (list(status(session, settings, year, now).rows) for year in sorted(years))
    pairs = []
    for row in after:
        old = _partner(row, before, after)
        if old is not None:
            before.remove(old)
        pairs.append(_pair(old, row))
    return (*pairs, *(_pair(old, None) for old in before))


def _partner(row: Row, before: list[Row], after: list[Row]) -> Row | None:
    """The same row of the year before."""
    keys = {_key(old): old for old in reversed(before)}
    near = plan.nearest(_key(row), keys)
    if near is not None:
        return keys[near]
    if row.measure == Measure.MANUAL:
        return None
    alike = [old for old in before if (old.measure, old.filters) == (row.measure, row.filters)]
    alone = sum((other.measure, other.filters) == (row.measure, row.filters) for other in after) == 1
    return alike[0] if alone and len(alike) == 1 else None


def _key(row: Row) -> str:
    return word_key(f"{row.name} {row.unit}")


def _pair(old: Row | None, new: Row | None) -> YearPair:
    row = new or old
    assert row is not None  # noqa: S101  (a pair has at least one row)
    last = new.last_year if new else None
    return YearPair(row.number, row.name, row.unit, row.measure, _cell(old), _cell(new), last, _change(old, new, last))


def _cell(row: Row | None) -> YearCell | None:
    return YearCell(row.planned, row.done, row.percent) if row else None


def _change(old: Row | None, new: Row | None, last: Value) -> float | None:
    """Against what the ledger counted, or what the plan says where the ledger has nothing of that year."""
    if new is None or not new.done_parts:
        return None
    measure = Measure(new.measure)
    counted = old.done_parts if old and any(old.done_parts) else ()
    earlier = counted or plan.goal(measure, plan.read_cell("" if last is None else str(last)))
    if not earlier or not plan.whole(measure, earlier):
        return None
    return round(100 * plan.whole(measure, new.done_parts) / plan.whole(measure, earlier) - 100, 1)
