"""The sentences that the terminal's status and the status page share."""

from digitize.messages import Say
from digitize.render.words import NOTHING, counts, long_date, number, pace, plain, size
from digitize.report import Attention, Disk, Row, Status, main_row

MOST_NEEDS = 12
"""Lines of the attention list on one screen."""
_MOST_MONTHS = 120
"""A disk that lasts longer than disks do needs no forecast."""


def headline(status: Status, say: Say) -> str:
    """Library, day and weekday."""
    day = f"{long_date(status.day, say)}, {say(f'status.weekday_{status.day.weekday()}')}"
    return " · ".join(filter(None, (plain(status.library), day)))


def no_plan(year: int, say: Say) -> str:
    """What to do where there is no plan yet; the command is not a word of any language."""
    return say("status.no_plan", year=year, command="digitize plan import reja.csv")


def pace_sentences(status: Status, say: Say) -> list[str]:
    """Plan against fact, ahead or behind, what a day must bring, the forecast; empty without a plan for pages."""
    row, line = main_row(status.rows), status.pace
    if row is None or line is None:
        return []
    done = say("status.of_plan", done=number(line.done), planned=number(line.planned), percent=number(row.percent or 0))
    stand = [_stand(line.ahead, say)] if line.days_left else []
    if line.days_left and row.per_workday_needed:
        stand += [say("status.days_left", days=line.days_left)]
        stand += [say("status.needed", pages=pace(row.per_workday_needed))]
    return [done, *filter(None, [" · ".join(stand)]), _forecast(row, status, say)]


def _stand(ahead: int, say: Say) -> str:
    if ahead == 0:
        return say("status.on_line")
    return say("status.ahead" if ahead > 0 else "status.behind", pages=number(abs(ahead)))


def _forecast(row: Row, status: Status, say: Say) -> str:
    if row.per_workday_needed == 0 and row.forecast:
        return say("status.reached", day=long_date(row.forecast, say))
    if row.forecast is None:
        return say("status.forecast_none")
    parts = [say("status.forecast", day=long_date(row.forecast, say))]
    if row.forecast_earliest and row.forecast_latest and row.forecast_earliest != row.forecast_latest:
        earliest, latest = long_date(row.forecast_earliest, say), long_date(row.forecast_latest, say)
        parts.append(say("status.forecast_range", earliest=earliest, latest=latest))
    if row.forecast.year > status.year:
        parts.append(say("status.forecast_late"))
    return " · ".join(parts)


def page_counts(status: Status, say: Say) -> str:
    """Counted pages of today, this week, this month, the year."""
    pages = status.pages
    return counts(say, (("today", pages.today), ("week", pages.week), ("month", pages.month), ("year", pages.year)))


def queue_counts(status: Status, say: Say) -> str:
    """Pages that are not done, and how long the machine will be at work on them."""
    queue = status.queue
    pairs = (("received", queue.received), ("working", queue.working))
    told = counts(say, (*pairs, ("failed", queue.failed), ("rejected", queue.rejected)))
    if status.queue_minutes is None:
        return told
    hours, minutes = divmod(status.queue_minutes, 60)
    return f"{told} · {say('status.queue_hours' if hours else 'status.queue_minutes', hours=hours, minutes=minutes)}"


def item_counts(status: Status, say: Say) -> str:
    """How far the items are."""
    items = status.items
    pairs = (("open", items.open), ("complete", items.complete))
    return counts(say, (*pairs, ("published", items.published), ("linked", items.linked)))


def place(need: Attention, say: Say) -> str:
    """Where something waits: the item and page, or the file's name."""
    if need.page is not None:
        return plain(say("status.page", item=need.item, page=need.page))
    return plain("/".join(filter(None, (need.item, need.name))) or NOTHING)


def disk_sentence(disk: Disk, say: Say) -> str:
    """What is free, and for how long."""
    free = say("status.disk", free=size(disk.free), total=size(disk.total))
    if disk.months is None or disk.months > _MOST_MONTHS:
        return free
    months = number(round(disk.months, 1 if disk.months < 10 else None))
    return f"{free} · {say('status.disk_months', months=months)}"


def counted_rows(status: Status) -> tuple[Row, ...]:
    """Rows with something to show: counted by the ledger, or filled in by hand already."""
    return tuple(row for row in status.rows if row.measure != "manual" or row.done is not None)
