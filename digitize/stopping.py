"""When a run stops claiming work: at a time of day, or when the system asks for it (SIGTERM)."""

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from digitize.clock import Clock
from digitize.errors import UsageError


def deadline(until: str, now: datetime, timezone: str) -> datetime:
    """The next local HH:MM after *now*.

    Raises:
        UsageError: *until* is no time of day.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", until)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise UsageError(
            f"--until {until!r} is not a time of day.", hint="Write it as HH:MM, for example --until 08:00."
        )
    local = now.astimezone(ZoneInfo(timezone))
    end = datetime.combine(local.date(), time(int(found[1]), int(found[2])), tzinfo=local.tzinfo)
    return end if end > local else end + timedelta(days=1)


@contextmanager
def stop_asked(clock: Clock, end: datetime | None) -> Iterator[Callable[[], bool]]:
    """A question that turns true at *end* or after SIGTERM; a second SIGTERM ends the process at once."""
    asked: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        asked.append(number)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: bool(asked) or (end is not None and clock.now() >= end)
    finally:
        signal.signal(signal.SIGTERM, before)
