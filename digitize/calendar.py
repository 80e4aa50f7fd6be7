"""Working days of Uzbekistan, and the pace they give: needed per working day, day on which a plan is reached.

Public holidays come from the ``holidays`` library (it cites lex.uz); hayit dates and days moved by a yearly
decree become known late, so a library may overrule any day in its own file. Importing holidays loads every country of
the world, a fifth of a second; so its days of Uzbekistan for some decades stand in ``config/plan/holidays.csv``, and a
test holds the file to it.
"""

import csv
import math
import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from digitize.errors import BadConfig
from digitize.resources import config_file
from digitize.uzbek import fold

WINDOW = 20
"""Working days that a forecast looks back on (design, pace): about a month."""
HORIZON = timedelta(days=3653)
"""A goal farther away than ten years gets no date."""

_DAY = timedelta(days=1)
_HARDLY = 1e-9
"""Of a day: what adding up shares leaves over."""
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
    present: Mapping[date, float] = field(default_factory=dict)
    """Which share of the staff is there on days on which somebody is not: 0.5 for one of two."""

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

    def share(self, day: date) -> float:
        """How much of a full working day *day* is: 0 for a day off, 0.5 where half of the staff is there."""
        return self.present.get(day, 1.0) if self.is_working(day) else 0.0

    def full_days(self, since: date, until: date) -> float:
        """The working days from *since* to *until*, both included, each as much as staff is there."""
        return math.fsum(self.share(since + _DAY * number) for number in range((until - since).days + 1))

    def nth(self, start: date, number: float) -> date | None:
        """The working day on which *number* full days are over, *start* included; None beyond :data:`HORIZON`."""
        day, left = start, number
        while day - start <= HORIZON:
            share = self.share(day)
            left -= share
            if share and left <= _HARDLY:
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
    lines = _lines(path, "calendar_overrides", {"day", "kun", "sana", "день"})
    return dict(_override(path, number, cells) for number, cells in lines)


def _lines(path: Path, setting: str, headings: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of a CSV file of the library with their numbers; a heading and empty lines are passed over."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            "The calendar file {path} cannot be read: {error}.",
            hint="Correct {setting}.",
            path=path,
            error=error,
            setting=setting,
        ) from error
    for number, line in enumerate(lines, start=1):
        cells = _cells(line)
        if any(cells) and not (number == 1 and cells[0].casefold() in headings):
            yield number, cells


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
            "Line {number} of the calendar file {path} is not understood: {cells}.",
            hint="Write 2026-05-27,no,reason.",
            number=number,
            path=path,
            cells=cells,
        ) from error


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody of the staff is away from *since* to *until*, both included."""

    who: str
    since: date
    until: date
    reason: str = ""


def read_absences(path: Path) -> tuple[Absence, ...]:
    """Read who is away: CSV lines ``name,first day,last day,reason``, e.g. ``Karimova,2026-07-01,2026-07-24,ta’til``.

    Headings and separators as in :func:`read_overrides`.

    Raises:
        BadConfig: the file is not there, or a line is not understood.
    """
    return tuple(_absence(path, number, cells) for number, cells in _lines(path, "absences", {"name", "ism", "имя"}))


def _absence(path: Path, number: int, cells: list[str]) -> Absence:
    try:
        since, until = date.fromisoformat(cells[1]), date.fromisoformat(cells[2])
    except (ValueError, IndexError):
        since, until = date.max, date.min
    if not cells[0] or until < since:
        raise BadConfig(
            "Line {number} of the file of absences {path} is not understood: {cells}.",
            hint="Write Karimova,2026-07-01,2026-07-24,reason.",
            number=number,
            path=path,
            cells=cells,
        )
    return Absence(cells[0], since, until, " ".join(cells[3:]).strip())


def presence(staff: Sequence[str], absences: Iterable[Absence]) -> dict[date, float]:
    """The share of *staff* that is there, on every day on which somebody is away.

    Raises:
        BadConfig: somebody is away who is not on the staff.
    """
    names = {fold(name): name for name in staff}
    away: dict[date, set[str]] = {}
    for absence in absences:
        if fold(absence.who) not in names:
            known = ", ".join(staff) or "the setting staff is empty"
            raise BadConfig(
                "{who} is away, but not on the staff: {known}.",
                hint="Name everybody who scans in staff.",
                who=absence.who,
                known=known,
            )
        for number in range((absence.until - absence.since).days + 1):
            away.setdefault(absence.since + _DAY * number, set()).add(fold(absence.who))
    return {day: (len(names) - len(gone)) / len(names) for day, gone in away.items()}


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
    """How much each working day of the whole staff from *today* to *end* must bring; None when no day is left."""
    if remaining <= 0:
        return 0.0
    left = calendar.full_days(today, end)
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


def recent(calendar: Calendar, per_day: Mapping[date, int], today: date, days: int = WINDOW) -> list[float]:
    """What each of the last *days* working days brought, since the first that brought anything.

    What came on days off (a night run that ends on Saturday, a day on which everybody is away) belongs to the working
    day before. A day with half of the staff counts twice what it brought. On the very first day, today is all there is.
    """
    worked = [day for day, number in per_day.items() if number > 0 and day < today]
    if not worked:
        return [per_day[today]] if per_day.get(today) else []
    sums: list[float] = []
    waiting, day, first = 0, today - _DAY, min(worked)
    while len(sums) < days and (day >= first or waiting):
        waiting += per_day.get(day, 0)
        if share := calendar.share(day):
            sums.append(waiting if share == 1 else waiting / share)
            waiting = 0
        day -= _DAY
    return sums[::-1]


def _reach(calendar: Calendar, remaining: int, pace: float, today: date) -> date | None:
    return calendar.nth(today, remaining / pace) if pace > 0 else None
