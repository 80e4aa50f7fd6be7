"""Plan rows held against what was done: percent, what each working day must bring, when the goal will be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from digitize.calendar import Calendar, Forecast, forecast, needed_per_day
from digitize.plan.cells import read_cell
from digitize.plan.measures import Measure, goal, whole
from digitize.report.facts import Days, Facts, between, first_day, last_day, measure_of, reached

if TYPE_CHECKING:
    from digitize.plan.line import PlanLine

Value = int | str | None
"""A number; text such as ``19/3991`` or ``Reja asosida``; None for a blank cell."""


@dataclass(frozen=True, slots=True)
class Row:
    """One plan row as ``status`` shows it. Percent, need and forecast are about the last part (the pages)."""

    number: str
    name: str
    unit: str
    measure: str
    last_year: Value
    planned: Value
    done: Value
    percent: float | None
    per_workday_needed: float | None
    """None when no working day is left, or the plan is no number."""
    forecast: date | None
    """The day on which the goal was or will be reached."""
    forecast_earliest: date | None = None
    forecast_latest: date | None = None
    per_workday: float | None = None
    """The pace the forecast goes by."""
    section: str = ""
    planned_parts: tuple[int, ...] = ()
    done_parts: tuple[int, ...] = ()
    filters: Mapping[str, Any] = field(default_factory=dict)


def show_parts(parts: Sequence[int]) -> Value:
    """One number, or parts as the plan writes them."""
    if len(parts) == 1:
        return parts[0]
    return "/".join(map(str, parts)) if parts else None


def percent_of(measure: Measure, done: Sequence[int], wanted: Sequence[int]) -> float | None:
    """Share of the part that is meant in percent, one decimal; None without a goal. 100 is said when it is reached."""
    if not done or not wanted or whole(measure, wanted) <= 0:
        return None
    percent = round(100 * whole(measure, done) / whole(measure, wanted), 1)
    return min(percent, 99.9) if whole(measure, done) < whole(measure, wanted) else percent


def by_hand(row: "PlanLine", tables: Sequence[Days], since: date, until: date) -> tuple[tuple[int, ...], Value]:
    """What a row filled in by hand says, as parts and as text: the typed total, else the sum of the entered days."""
    typed = read_cell(row.manual_value)
    if typed.value is not None or not tables:
        return typed.parts, typed.value
    parts = tuple(between(table, since, until) for table in tables)
    return parts, show_parts(parts)


def added_up(measure: Measure, tables: Sequence[Days]) -> Days:
    """The days of the part that is meant; of all parts together where they are one number."""
    if measure is not Measure.DELIVERED or len(tables) < 2:
        return tables[-1]
    return {day: sum(table.get(day, 0) for table in tables) for day in set().union(*tables)}


def plan_row(row: "PlanLine", facts: Facts, calendar: Calendar, today: date) -> Row:
    """The row of ``facts.year`` as it stands on *today*."""
    measure, planned = measure_of(row), read_cell(row.planned_raw)
    tables = facts.days(row)
    start, end = first_day(facts.year), min(today, last_day(facts.year))
    if measure is Measure.MANUAL:
        done, shown = by_hand(row, tables, start, end)
    else:
        done = tuple(between(table, start, end) for table in tables)
        shown = show_parts(done)
    wanted = goal(measure, planned)
    remaining = whole(measure, wanted) - whole(measure, done) if wanted and done else None
    days = added_up(measure, tables) if tables else None
    outlook = _outlook(days, remaining, calendar, today, facts.year)
    return Row(
        number=row.number,
        name=row.name,
        unit=row.unit,
        measure=measure.value,
        last_year=read_cell(row.last_year_raw).value,
        planned=planned.value,
        done=shown,
        percent=percent_of(measure, done, wanted),
        per_workday_needed=_needed(remaining, calendar, today, facts.year),
        forecast=outlook.day if outlook else None,
        forecast_earliest=outlook.earliest if outlook else None,
        forecast_latest=outlook.latest if outlook else None,
        per_workday=outlook.per_day if outlook else None,
        section=row.section,
        planned_parts=wanted,
        done_parts=done,
        filters=dict(row.filters),
    )


def _needed(remaining: int | None, calendar: Calendar, today: date, year: int) -> float | None:
    """Per working day from today, or from the first day of a year that has not begun."""
    if remaining is None or today > last_day(year):
        return None
    return needed_per_day(calendar, remaining, max(today, first_day(year)), last_day(year))


def _outlook(days: Days | None, remaining: int | None, calendar: Calendar, today: date, year: int) -> Forecast | None:
    """The forecast; for a goal that is reached the day it was; nothing for a year that is over or not begun."""
    if days is None or remaining is None:
        return None
    if remaining <= 0:
        wanted = remaining + between(days, first_day(year), min(today, last_day(year)))
        day = reached(days, year, wanted)
        return Forecast(day, None, None, 0.0) if day else None
    return forecast(calendar, days, remaining, today) if year == today.year else None
