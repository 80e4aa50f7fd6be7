"""Time as something that is handed in, so that no test sleeps and no wait trusts the wall clock."""

import time
from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """What the rest of the program may ask of time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump back; for waiting, never for dates."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some fixed point."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass."""
        time.sleep(seconds)


def local_day(moment: datetime, timezone: str) -> date:
    """The calendar day on which *moment* falls in *timezone*; pages are counted on local days (design, counting)."""
    return local(moment, timezone).date()


def local(moment: datetime, timezone: str) -> datetime:
    """*moment* as the clock on the wall shows it in *timezone*."""
    return moment.astimezone(ZoneInfo(timezone))
