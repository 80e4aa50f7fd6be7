"""Working days of Uzbekistan, and the pace they give: needed per working day, day on which a plan is reached.

Public holidays come from the ``holidays`` library (it cites lex.uz); hayit dates and days moved by a yearly
decree become known late, so a library may overrule any day in its own file. Importing holidays loads every country of
the world, a fifth of a second; so its days of Uzbekistan for some decades stand in ``config/plan/holidays.csv``, and a
test holds the file to it.
"""

import csv
import math
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from digitize.errors import BadConfig
from digitize.resources import config_file

WINDOW = 20
"""Working days that a forecast looks back on (design, pace): about a month."""
HORIZON = timedelta(days=3653)
"""A goal farther away than ten years gets no date."""

_DAY = timedelta(days=1)
_SATURDAY, _SUNDAY = 5, 6
_WORDS = {
    **dict.fromkeys(("yes", "y", "1", "true", "ha", "ҳа", "да"), True),
    **dict.fromkeys(("no", "n", "0", "false", "yoq", "yo'q", "yo‘q", "yoʻq", "yo`q", "йўқ", "нет"), False),
}


@dataclass(frozen=True, slots=True)
class Override:
    """What a library says about one day."""

    working: bool
    reason: str = ""


@dataclass(frozen=True)
class Calendar:
    """Which days are worked: Monday to Friday or Saturday, less holidays, with the library's exceptions."""

    week_days: Literal[5, 6] = 5
    overrides: Mapping[date, Override] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Whether the library works on *day*; the override file has the last word."""
        if day in self.overrides:
            return self.overrides[day].working
        if day in _year(day.year).worked:
            return True
        return day.weekday() < self.week_days and day not in _holidays(day.year, self.week_days)

    def working_days(self, since: date, until: date) -> tuple[date, ...]:
        """The working days from *since* to *until*, both included."""
        days = (since + _DAY * number for number in range((until - since).days + 1))
        return tuple(day for day in days if self.is_working(day))

    def nth(self, start: date, number: int) -> date | None:
        """The *number*-th working day, *start* included if it is worked; None beyond :data:`HORIZON`."""
        day = start
        while day - start <= HORIZON:
            number -= self.is_working(day)
            if number <= 0:
                return day
            day += _DAY
        return None


@dataclass(frozen=True, slots=True)
class Year:
    """The days of one year that a decree or law makes different."""

    law: frozenset[date]
    """Days off by law."""
    moved: frozenset[date]
    """Days off in their stead where they fall on a Saturday or Sunday, and by decree."""
    worked: frozenset[date]
    """Saturdays that a decree made working days in exchange for another day."""


def by_library(year: int) -> Year:
    """The year as the ``holidays`` library knows it."""
    from holidays import country_holidays  # noqa: PLC0415  (loads the holidays of all countries)

    law = frozenset(country_holidays("UZ", years=year, observed=False))
    observed = country_holidays("UZ", years=year, observed=True)
    return Year(law, frozenset(observed) - law, frozenset(observed.weekend_workdays))


@cache
def written() -> Mapping[int, Year]:
    """The years of ``config/plan/holidays.csv``, lines ``day,law|moved|worked``."""
    days: dict[int, dict[str, set[date]]] = {}
    for line in config_file("plan/holidays.csv").read_text(encoding="utf-8").splitlines():
        day, _, kind = line.partition(",")
        days.setdefault(int(day[:4]), {}).setdefault(kind, set()).add(date.fromisoformat(day))
    kinds = ("law", "moved", "worked")
    return {year: Year(*(frozenset(found.get(kind, ())) for kind in kinds)) for year, found in days.items()}


@cache
def _year(year: int) -> Year:
    return written().get(year) or by_library(year)


@cache
def _holidays(year: int, week_days: int) -> frozenset[date]:
    """Days off by law. A holiday on a day off moves on (Labour Code, since 30 April 2023).

    The library moves Saturday's holidays to Monday; where Saturday is worked nothing has to move.
    """
    found = _year(year)
    if week_days == 5:
        return found.law | found.moved
    return found.law | {day for day in found.moved if not _comes_from_saturday(day, found.law)}


def _comes_from_saturday(day: date, by_law: frozenset[date]) -> bool:
    return day.weekday() == 0 and day - 2 * _DAY in by_law and day - _DAY not in by_law


def read_overrides(path: Path) -> dict[date, Override]:
    """Read a library's own calendar: CSV lines ``day,working,reason``, e.g. ``2026-05-27,no,Qurbon hayit``.

    A heading line and empty lines are passed over; ``;`` and tab separate as well as the comma.

    Raises:
        BadConfig: the file is not there, or a line is not understood.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            f"The calendar file {path} cannot be read: {error}.", hint="Correct calendar_overrides."
        ) from error
    found: dict[date, Override] = {}
    for number, line in enumerate(lines, start=1):
        cells = _cells(line)
        if any(cells) and not (number == 1 and cells[0].casefold() in {"day", "kun", "sana", "день"}):
            found.update([_override(path, number, cells)])
    return found


def _cells(line: str) -> list[str]:
    delimiter = next((mark for mark in ";\t" if mark in line), ",")
    return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _override(path: Path, number: int, cells: list[str]) -> tuple[date, Override]:
    try:
        day = date.fromisoformat(cells[0])
        word = cells[1].casefold()
        return day, Override(_WORDS[word], " ".join(cells[2:]).strip())
    except (ValueError, IndexError, KeyError) as error:
        raise BadConfig(
            f"Line {number} of the calendar file {path} is not understood: {cells}.",
            hint="Write 2026-05-27,no,reason.",
        ) from error


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the goal will be reached at the pace of the last :data:`WINDOW` working days."""

    day: date | None
    """At the middle pace; None beyond :data:`HORIZON`."""
    earliest: date | None
    """At the pace of the better quarter of the days; None if that cannot be said."""
    latest: date | None
    """At the pace of the weaker quarter; None = it has no end."""
    per_day: float
    """The middle pace itself."""


def needed_per_day(calendar: Calendar, remaining: int, today: date, end: date) -> float | None:
    """How much each working day from *today* to *end* must bring; None when no day is left."""
    if remaining <= 0:
        return 0.0
    left = len(calendar.working_days(today, end))
    return round(remaining / left, 2) if left else None


def forecast(calendar: Calendar, per_day: Mapping[date, int], remaining: int, today: date) -> Forecast | None:
    """When *remaining* will be done, working from *today* on; None when nothing was done lately.

    *per_day* is what each day brought. The pace is the median, so that holidays, breakdowns and spurts do not
    move it. Where work comes on fewer than half of the days the median is 0; then the mean takes its place,
    without range.
    """
    window = recent(calendar, per_day, today)
    if not sum(window):
        return None
    median = statistics.median(window)
    if median == 0:
        mean = statistics.fmean(window)
        return Forecast(_reach(calendar, remaining, mean, today), None, None, round(mean, 2))
    low, _, high = statistics.quantiles(window, n=4, method="inclusive") if len(window) > 1 else window * 3
    days = [_reach(calendar, remaining, pace, today) for pace in (median, high, low)]
    return Forecast(days[0], days[1], days[2], round(float(median), 2))


def recent(calendar: Calendar, per_day: Mapping[date, int], today: date, days: int = WINDOW) -> list[int]:
    """What each of the last *days* working days brought, since the first that brought anything.

    What came on days off (a night run that ends on Saturday) belongs to the working day before. On the very
    first day, today is all there is.
    """
    worked = [day for day, number in per_day.items() if number > 0 and day < today]
    if not worked:
        return [per_day[today]] if per_day.get(today) else []
    sums: list[int] = []
    waiting, day, first = 0, today - _DAY, min(worked)
    while len(sums) < days and (day >= first or waiting):
        waiting += per_day.get(day, 0)
        if calendar.is_working(day):
            sums.append(waiting)
            waiting = 0
        day -= _DAY
    return sums[::-1]


def _reach(calendar: Calendar, remaining: int, pace: float, today: date) -> date | None:
    return calendar.nth(today, max(1, math.ceil(remaining / pace))) if pace > 0 else None
