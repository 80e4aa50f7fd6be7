"""What was done day by day for each measure, asked of the ledger once per report."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from digitize.calendar import Calendar, presence, read_absences, read_overrides
from digitize.clock import local_day
from digitize.ledger.totals import Counted, Scope, per_day
from digitize.plan.cells import read_cell
from digitize.plan.line import identity, last_author
from digitize.plan.measures import Measure, Query, query_of
from digitize.settings import Settings

if TYPE_CHECKING:
    from digitize.ledger.models import PlanRow
    from digitize.ledger.plain import Source
    from digitize.plan.line import PlanLine

_LOOK_BACK = timedelta(days=60)
"""Enough days before the year for the forecast's last 20 working days, New Year's and hayit days included."""
_LOOK_AHEAD = timedelta(days=6)
"""The last week of a year ends in the next one."""

Days = dict[date, int]


def first_day(year: int) -> date:
    """1 January."""
    return date(year, 1, 1)


def last_day(year: int) -> date:
    """31 December."""
    return date(year, 12, 31)


def calendar_of(settings: Settings) -> Calendar:
    """The library's working calendar.

    Raises:
        BadConfig: the file of overrides or of absences is missing or not understood.
    """
    overrides, away = settings.calendar_overrides, settings.absences
    return Calendar(
        settings.week_days,
        read_overrides(Path(overrides)) if overrides else {},
        presence(settings.staff, read_absences(Path(away))) if away else {},
    )


def measure_of(row: "PlanLine | PlanRow") -> Measure:
    """The row's measure; one that this program does not know is filled in by hand."""
    return Measure(row.measure) if row.measure in set(Measure) else Measure.MANUAL


@dataclass(frozen=True, slots=True)
class Signed:
    """A name and a day."""

    who: str
    on: date


@dataclass
class Facts:
    """The days of one year, and some around it, for any measure and filters."""

    source: "Source"
    year: int
    count_blank: bool
    timezone: str = "Asia/Tashkent"
    _known: dict[tuple[Counted, Scope], Days] = field(default_factory=dict)

    def days(self, row: "PlanLine | PlanRow") -> tuple[Days, ...]:
        """What each day brought for *row*, one table per part of its measure.

        () for a row filled in by hand for which nobody entered single days.
        """
        tables = tuple(self._ask(what, scope) for what, scope in self.questions(row))
        return () if measure_of(row) is Measure.MANUAL and not any(tables) else tables

    def questions(self, row: "PlanLine | PlanRow") -> tuple[tuple[Counted, Scope], ...]:
        """What is counted for *row*, part by part, among which items, on the days around the year."""
        query = query_of(measure_of(row), row.unit, read_cell(row.planned_raw))
        if measure_of(row) is Measure.MANUAL:
            query = Query((Counted.BY_HAND,))
        kinds = query.kinds or ((),) * len(query.parts)
        return tuple((what, self._scope(row, query, kind)) for what, kind in zip(query.parts, kinds, strict=True))

    def author(self, row: "PlanLine | PlanRow") -> Signed | None:
        """Who filled *row* in by hand last, on which local day."""
        found = last_author(self.source, row)
        return Signed(found.who, local_day(found.at, self.timezone)) if found else None

    def pages(self, since: date, until: date) -> Days:
        """What each day from *since* to *until* brought in pages of every kind; other days may be among them."""
        scope = Scope(first_day(self.year) - _LOOK_BACK, last_day(self.year) + _LOOK_AHEAD, self.count_blank)
        inside = scope.since <= since and until <= scope.until
        return self._ask(Counted.PAGES, scope if inside else scope.between(since, until))

    def _scope(self, row: "PlanLine | PlanRow", query: Query, kinds: tuple[str, ...]) -> Scope:
        return Scope(
            first_day(self.year) - _LOOK_BACK,
            last_day(self.year) + _LOOK_AHEAD,
            self.count_blank,
            tuple(row.filters.get("sources", query.sources)),
            tuple(row.filters.get("types", ())),
            tuple(row.filters.get("collections", ())),
            tuple(row.filters.get("kinds", kinds)),
            (row.year, identity(row)) if Counted.BY_HAND in query.parts else (0, ""),
        )

    def _ask(self, what: Counted, scope: Scope) -> Days:
        if (what, scope) not in self._known:
            self._known[what, scope] = per_day(self.source, what, scope)
        return self._known[what, scope]


def between(days: Days, since: date, until: date) -> int:
    """The sum over the days from *since* to *until*, both included."""
    return sum(number for day, number in days.items() if since <= day <= until)


def reached(days: Days, year: int, wanted: int) -> date | None:
    """The day of *year* on which *wanted* was reached."""
    total = 0
    for day in sorted(day for day in days if day.year == year):
        total += days[day]
        if total >= wanted:
            return day
    return None
