"""Weekly, monthly, quarterly and yearly reports; local days, weeks from Monday."""

import calendar as month_lengths
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from digitize import plan
from digitize.clock import local
from digitize.errors import UsageError
from digitize.ledger import totals
from digitize.ledger.behind import Behind
from digitize.ledger.totals import Counted, Scope
from digitize.plan import Measure, goal, read_cell
from digitize.plan.line import PlanLine
from digitize.report import frozen
from digitize.report.facts import Days, Facts, between, calendar_of, first_day, last_day, measure_of
from digitize.report.rows import by_hand, percent_of, show_parts
from digitize.report.shares import pages_by, shares
from digitize.report.values import Day, Kind, PeriodReport, PeriodRow, year_of
from digitize.settings import Settings

if TYPE_CHECKING:
    from digitize.ledger.plain import Source


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


def period(
    source: "Source", settings: Settings, kind: Kind, day: date, *, today: date | None = None, explain: bool = False
) -> PeriodReport:
    """The report of the *kind* of period in which *day* lies, and of the plan of the period's year.

    A closed month is reported as it was closed. The first open month also says what changed in the closed ones. A
    period that is not over on *today* is reported as far as it goes.

    Raises:
        BadConfig: the calendar file of the settings is not understood.
        StorageFailed: the numbers of a closed month were altered in the ledger.
    """
    if kind is not Kind.MONTH:
        return live(source, settings, kind, day, today=today, explain=explain)
    if (found := frozen.closed_report(source, day, explain=explain)) and found.closed:
        return replace(found, closed=replace(found.closed, at=local(found.closed.at, settings.timezone)))
    report = live(source, settings, kind, day, today=today, explain=explain)
    report = replace(report, corrections=frozen.corrections(source, day, settings.count_blank))
    return frozen.with_corrected_rows(source, report, settings.count_blank)


def live(
    source: "Source", settings: Settings, kind: Kind, day: date, *, today: date | None = None, explain: bool = False
) -> PeriodReport:
    """The report as the ledger counts now, whether the month is closed or not."""
    since, until = bounds(kind, day)
    scope = Scope(since, until, settings.count_blank)
    bundles = totals.bundles(source, scope)
    outcomes = pages_by(bundles, "outcome")
    calendar = calendar_of(settings)
    working = set(calendar.working_days(since, until))
    counted = totals.per_day(source, Counted.PAGES, scope)
    return PeriodReport(
        kind=kind,
        since=since,
        until=until,
        library=settings.library,
        pages=sum(counted.values()),
        titles=totals.titles(source, scope),
        fulltext=totals.fulltext(source, scope),
        linked=totals.linked(source, scope),
        blank=outcomes.get("blank", 0),
        low=outcomes.get("low", 0),
        previous_pages=totals.pages(source, scope.between(*bounds(kind, since - timedelta(days=1)))),
        working_days=len(working),
        days=_days(counted, working),
        sources=pages_by(bundles, "source"),
        types=pages_by(bundles, "type"),
        operators=pages_by(bundles, "operator"),
        rows=_rows(source, settings, year_of(since), scope),
        explain=totals.explain(source, Counted.PAGES, scope) if explain else (),
        scanners=pages_by(bundles, "scanner"),
        shares=shares(bundles, settings, scope, calendar),
        days_over=sum(day <= today for day in working) if today and today < until else None,
    )


def explain_row(source: "Source", settings: Settings, kind: Kind, day: date, number: str) -> Behind:
    """What is behind the number of one plan row in a period: pages, or items where those are counted, part by part.

    Raises:
        NotFound: the plan has no such row.
        UsageError: several rows have the number, the row is filled in by hand, or the month is closed.
    """
    days = bounds(kind, day)
    year = year_of(days[0])
    row = plan.chosen(plan.lines(source, year), year, number)
    if measure_of(row) is Measure.MANUAL and row.manual_value:
        raise UsageError(
            "The row {number} is filled in by hand.", hint="See who did it: digitize plan show --json", number=number
        )
    if kind is Kind.MONTH and frozen.name_of(day) in frozen.closed_months(source):
        raise UsageError(
            "The month {month} is closed; its rows were counted then.",
            hint="Leave --row out: the pages behind its number were kept.",
            month=frozen.name_of(day),
        )
    asked = Facts(source, year, settings.count_blank).questions(row)
    return Behind(part for what, scope in asked for part in totals.explain(source, what, scope.between(*days)).parts)


def _days(counted: Days, working: set[date]) -> tuple[Day, ...]:
    return tuple(Day(day, counted.get(day, 0), day in working) for day in sorted(working | counted.keys()))


def _rows(source: "Source", settings: Settings, year: int, scope: Scope) -> tuple[PeriodRow, ...]:
    facts = Facts(source, year, scope.count_blank, settings.timezone)
    return tuple(_row(row, facts, scope) for row in plan.lines(source, year))


def _row(row: PlanLine, facts: Facts, scope: Scope) -> PeriodRow:
    measure, planned = measure_of(row), read_cell(row.planned_raw)
    tables = facts.days(row)
    until = min(scope.until, last_day(facts.year))
    year_parts = tuple(between(days, first_day(facts.year), until) for days in tables)
    year_shown = show_parts(year_parts)
    if measure is Measure.MANUAL:
        year_parts, year_shown = by_hand(row, tables, first_day(facts.year), until)
    author = facts.author(row) if measure is Measure.MANUAL else None
    return PeriodRow(
        number=row.number,
        name=row.name,
        unit=row.unit,
        measure=measure.value,
        last_year=read_cell(row.last_year_raw).value,
        planned=planned.value,
        done=show_parts(tuple(between(days, scope.since, scope.until) for days in tables)),
        done_year=year_shown,
        percent=percent_of(measure, year_parts, goal(measure, planned)),
        section=row.section,
        mechanism=row.mechanism,
        deadline=row.deadline,
        responsible=row.responsible,
        filters=dict(row.filters),
        by=author.who if author else "",
        by_on=author.on if author else None,
    )
