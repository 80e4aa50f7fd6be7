"""Weekly, monthly, quarterly and yearly reports; local days, weeks from Monday."""

import calendar as month_lengths
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from digitize import plan
from digitize.ledger import totals
from digitize.ledger.models import PlanRow
from digitize.ledger.totals import Counted, Line, Scope
from digitize.plan import Measure, goal, read_cell
from digitize.report.facts import Facts, between, calendar_of, first_day, last_day, measure_of
from digitize.report.rows import Value, percent_of, show_parts
from digitize.settings import Settings


class Kind(enum.StrEnum):
    """The four reports the regulations name: haftalik, oylik, choraklik, yillik."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One plan row in a report: what the period brought, and the year up to the period's end."""

    number: str
    name: str
    unit: str
    measure: str
    last_year: Value
    planned: Value
    done: Value
    """In the period; None for a row filled in by hand."""
    done_year: Value
    percent: float | None
    """Of the year's plan."""
    section: str = ""
    mechanism: str = ""
    deadline: str = ""
    responsible: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Day:
    """Counted pages of one day; days without pages are listed only if they are working days."""

    day: date
    pages: int
    working: bool


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """What one period brought; the field names are the JSON keys."""

    kind: Kind
    since: date
    until: date
    library: str
    pages: int
    titles: int
    fulltext: int
    linked: int
    blank: int
    """Blank pages among the counted ones."""
    low: int
    """Counted pages that were hard to read."""
    previous_pages: int
    """Pages of the period before."""
    working_days: int
    days: tuple[Day, ...]
    sources: dict[str, int]
    types: dict[str, int]
    operators: dict[str, int]
    rows: tuple[PeriodRow, ...]
    explain: tuple[Line, ...] = ()
    """The pages behind *pages*, when they were asked for."""


def bounds(kind: Kind, day: date) -> tuple[date, date]:
    """First and last day of the period in which *day* lies."""
    if kind is Kind.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    if kind is Kind.YEAR:
        return first_day(day.year), last_day(day.year)
    months = 1 if kind is Kind.MONTH else 3
    first = (day.month - 1) // months * months + 1
    last = first + months - 1
    length = month_lengths.monthrange(day.year, last)[1]
    return date(day.year, first, 1), date(day.year, last, length)


def period(session: Session, settings: Settings, kind: Kind, day: date, *, explain: bool = False) -> PeriodReport:
    """The report of the *kind* of period in which *day* lies; its plan is that of the year of *day*.

    Raises:
        BadConfig: the calendar file of the settings is not understood.
    """
    since, until = bounds(kind, day)
    scope = Scope(since, until, settings.count_blank)
    outcomes = totals.pages_by(session, "outcome", scope)
    working = set(calendar_of(settings).working_days(since, until))
    return PeriodReport(
        kind=kind,
        since=since,
        until=until,
        library=settings.library,
        pages=totals.pages(session, scope),
        titles=totals.titles(session, scope),
        fulltext=totals.fulltext(session, scope),
        linked=totals.linked(session, scope),
        blank=outcomes.get("blank", 0),
        low=outcomes.get("low", 0),
        previous_pages=totals.pages(session, scope.between(*bounds(kind, since - timedelta(days=1)))),
        working_days=len(working),
        days=_days(session, scope, working),
        sources=totals.pages_by(session, "source", scope),
        types=totals.pages_by(session, "type", scope),
        operators=totals.pages_by(session, "operator", scope),
        rows=_rows(session, day.year, scope),
        explain=totals.explain(session, Counted.PAGES, scope) if explain else (),
    )


def _days(session: Session, scope: Scope, working: set[date]) -> tuple[Day, ...]:
    counted = totals.per_day(session, Counted.PAGES, scope)
    return tuple(Day(day, counted.get(day, 0), day in working) for day in sorted(working | counted.keys()))


def _rows(session: Session, year: int, scope: Scope) -> tuple[PeriodRow, ...]:
    facts = Facts(session, year, scope.count_blank)
    return tuple(_row(row, facts, scope) for row in plan.rows(session, year))


def _row(row: PlanRow, facts: Facts, scope: Scope) -> PeriodRow:
    measure, planned, typed = measure_of(row), read_cell(row.planned_raw), read_cell(row.manual_value)
    tables = facts.days(row)
    until = min(scope.until, last_day(facts.year))
    year_parts = tuple(between(days, first_day(facts.year), until) for days in tables)
    by_hand = measure is Measure.MANUAL
    return PeriodRow(
        number=row.number,
        name=row.name,
        unit=row.unit,
        measure=measure.value,
        last_year=read_cell(row.last_year_raw).value,
        planned=planned.value,
        done=show_parts(tuple(between(days, scope.since, scope.until) for days in tables)),
        done_year=typed.value if by_hand else show_parts(year_parts),
        percent=percent_of(typed.parts if by_hand else year_parts, goal(measure, planned)),
        section=row.section,
        mechanism=row.mechanism,
        deadline=row.deadline,
        responsible=row.responsible,
        filters=dict(row.filters),
    )
