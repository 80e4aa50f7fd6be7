"""``status``: plan against fact, pace, queue, what needs a person, how long the disk lasts."""

import math
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from digitize.calendar import Calendar
from digitize.clock import local_day
from digitize.ledger import backlog
from digitize.ledger.backlog import Cause, Items, Need, Queue
from digitize.ledger.plain import ask, moment
from digitize.messages import Say, known, speaker
from digitize.plan.line import lines
from digitize.report.facts import Facts, between, calendar_of, first_day, last_day
from digitize.report.rows import Row, plan_row
from digitize.settings import Settings

if TYPE_CHECKING:
    from digitize.ledger.plain import Source

_DISK_WINDOW = timedelta(days=84)
"""Twelve weeks: long enough to even out a holiday, short enough to follow a new scanner."""
_MONTH = timedelta(days=365.2425 / 12)
_WORKDAYS_A_MONTH = 250 / 12
"""About; what comes less than once a day is told by the month."""

WHO = {
    Cause.HANG: "administrator",
    Cause.DAMAGED: "administrator",
    Cause.REJECTED: "operator",
    Cause.UNBUILT: "administrator",
    Cause.MISSING: "operator",
    Cause.LOW: "operator",
    Cause.REVIEW: "cataloguer",
    Cause.FAILED: "administrator",
}
"""Who must act."""


@dataclass(frozen=True, slots=True)
class PageCounts:
    """Counted pages of today, this week and month so far (local days, weeks from Monday), and of the plan's year."""

    today: int
    week: int
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Attention:
    """What waits for *who*: operator, cataloguer, administrator or head; *page* is None for an item or a lone file."""

    item: str
    page: int | None
    kind: str
    reason: str
    who: str
    name: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """The year's main row of pages against the line it should keep to."""

    row: str
    planned: int
    done: int
    expected: int
    """What the working days before today should have brought."""
    working_days: int
    days_passed: int
    """Working days of the year before today."""
    days_left: int
    """Working days from today on."""

    @property
    def ahead(self) -> int:
        """Pages ahead of the line; behind it if negative."""
        return self.done - self.expected


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes on the archive's disk; *months* is how long they last for masters at the speed of the last weeks."""

    free: int
    total: int
    months: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """Everything ``digitize status`` says; the field names are the JSON keys (design, commands)."""

    year: int
    library: str
    day: date
    at: datetime
    """Local moment."""
    rows: tuple[Row, ...]
    pages: PageCounts
    queue: Queue
    items: Items
    attention: tuple[Attention, ...]
    pace: Pace | None = None
    disk: Disk | None = None
    queue_minutes: int | None = None
    """How long the machine will be at work on the pages that wait; None if nothing tells it."""

    @property
    def troubled(self) -> bool:
        """Whether pages failed or were refused, or a PDF could not be built, and it is still so."""
        unbuilt = any(need.kind == Cause.UNBUILT for need in self.attention)
        return unbuilt or self.queue.failed + self.queue.rejected > 0


def status(
    source: "Source", settings: Settings, year: int | None, now: datetime, archive: Path | None = None
) -> Status:
    """How the library stands at *now* against the plan of *year* (None = the present year); no plan is needed.

    *archive* is the folder whose disk is looked at. Reasons are in the language of the settings.

    Raises:
        BadConfig: the calendar file of the settings is not understood.
    """
    today = local_day(now, settings.timezone)
    year = year or today.year
    calendar = calendar_of(settings)
    facts = Facts(source, year, settings.count_blank)
    rows = tuple(plan_row(row, facts, calendar, today) for row in lines(source, year))
    queue = backlog.queue(source)
    return Status(
        year=year,
        library=settings.library,
        day=today,
        at=now.astimezone(ZoneInfo(settings.timezone)).replace(microsecond=0),
        rows=rows,
        pages=_page_counts(facts, today),
        queue=queue,
        items=backlog.items(source),
        attention=(
            *_late(rows, year, speaker(settings.language)),
            *_attention(backlog.attention(source), speaker(settings.language)),
        ),
        pace=_pace(rows, calendar, year, today),
        disk=_disk(source, archive, now) if archive else None,
        queue_minutes=backlog.minutes_left(source, queue.received + queue.working),
    )


def _page_counts(facts: Facts, today: date) -> PageCounts:
    """Today may lie outside the plan's year; what is near it was asked for the rows already."""
    monday = today - timedelta(days=today.weekday())
    starts = (today, monday, today.replace(day=1))
    near = facts.pages(min(starts), today)
    day, week, month = (between(near, start, today) for start in starts)
    year = (first_day(facts.year), last_day(facts.year))
    return PageCounts(day, week, month, between(facts.pages(*year), *year))


def _late(rows: Iterable[Row], year: int, say: Say) -> Iterator[Attention]:
    """An early warning for each row whose forecast leaves the plan's year; whoever leads the service must act."""
    for row in rows:
        if row.per_workday and (row.forecast is None or row.forecast.year > year):
            rare = max(row.per_workday, row.per_workday_needed or 0) < 1
            times = _WORKDAYS_A_MONTH if rare else 1
            needed = None if row.per_workday_needed is None else times * row.per_workday_needed
            paces = {"now": _figure(times * row.per_workday), "needed": _figure(needed)}
            until = f"{row.forecast:%d.%m.%Y}" if row.forecast else f"> {year + 10}"
            sentence = "status.reason_late_month" if rare else "status.reason_late"
            reason = say(sentence, until=until, unit=row.unit.casefold(), **paces)
            place = say("status.plan_row", number=row.number.rstrip(" ."))
            yield Attention("", None, "forecast", reason, "head", place)


def _figure(pace: float | None) -> str:
    """What a day brings, written as everywhere: whole above ten, upwards; a dash where no day is left."""
    if pace is None:
        return "—"
    figure = math.ceil(pace) if pace >= 10 else round(pace, 1 if pace >= 1 else 2)
    return str(figure).removesuffix(".0").replace(".", ",")


def _attention(needs: Iterable[Need], say: Say) -> tuple[Attention, ...]:
    return tuple(
        Attention(need.item, need.page, need.kind, _reason(need, say), WHO[need.cause], need.name, need.number)
        for need in needs
    )


def _reason(need: Need, say: Say) -> str:
    """What a person reads: codes of the program in words, texts for the operator as they were written."""
    domain = {Cause.REVIEW: "catalog.reason", Cause.FAILED: "failure", Cause.DAMAGED: "keeping"}.get(need.cause, "")
    key = f"{domain}_{need.reason}" if need.cause == Cause.REVIEW else f"{domain}.{need.kind}"
    if domain and known(key):
        return say(key)
    command = f"digitize page retry {need.item}" if need.cause == Cause.UNBUILT else "digitize link review"
    return need.reason or say(f"status.reason_{need.cause}", number=need.number, command=command)


def main_row(rows: Iterable[Row]) -> Row | None:
    """The row that the year's bar is about: the first that counts pages and has a number as its plan.

    One that counts all pages goes before one that counts those of a source or type.
    """
    found = [row for row in rows if row.measure in {"pages", "titles/pages"} and row.planned_parts]
    return min(found, key=lambda row: bool(row.filters), default=None)


def _pace(rows: tuple[Row, ...], calendar: Calendar, year: int, today: date) -> Pace | None:
    main = main_row(rows)
    if main is None:
        return None
    first, last = first_day(year), last_day(year)
    days = calendar.working_days(first, last)
    passed = sum(day < today for day in days)
    planned, whole = main.planned_parts[-1], calendar.full_days(first, last)
    expected = (
        round(planned * calendar.full_days(first, min(today - timedelta(days=1), last)) / whole) if whole else planned
    )
    return Pace(main.number, planned, main.done_parts[-1], expected, len(days), passed, len(days) - passed)


def _disk(source: "Source", archive: Path, now: datetime) -> Disk | None:
    try:
        usage = shutil.disk_usage(archive)
    except OSError:
        return None  # the archive's mount is gone; 'doctor' says so
    since = now - _DISK_WINDOW
    sql = "SELECT sum(size), min(received_at) FROM master WHERE received_at >= :since"
    ((size, first),) = ask(source, sql, since=since)
    if not size or first is None:
        return Disk(usage.free, usage.total, None)
    span = max(now - moment(first), timedelta(days=7))
    # PostgreSQL sums large numbers as decimals.
    return Disk(usage.free, usage.total, round(usage.free / int(size) * (span / _MONTH), 1))
