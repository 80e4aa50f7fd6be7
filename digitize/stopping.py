"""When a run stops claiming work: at a time of day, or when the system asks for it (SIGTERM)."""

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from digitize.clock import Clock
from digitize.errors import UsageError

GRACE_SECONDS = 20.0
"""How long pages in hand may still take after SIGTERM; with what follows, we are gone within 30 seconds."""


def deadline(until: str, now: datetime, timezone: str) -> datetime:
    """The next local HH:MM after *now*.

    Raises:
        UsageError: *until* is no time of day.
    """
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", until)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise UsageError(
            "--until {until!r} is not a time of day.", hint="Write it as HH:MM, for example --until 08:00.", until=until
        )
    local = now.astimezone(ZoneInfo(timezone))
    end = datetime.combine(local.date(), time(int(found[1]), int(found[2])), tzinfo=local.tzinfo)
    return end if end > local else end + timedelta(days=1)


class TimeIsUp(BaseException):
    """Raised in the main thread when the grace after SIGTERM is over, wherever it stands.

    No error: every step can be cut off (a power cut does the same), and what was claimed is given back on the way
    out. Like ``KeyboardInterrupt`` it passes by whoever handles errors.
    """


@dataclass(frozen=True)
class Stopping:
    """Two questions: may new work be claimed, and is somebody waiting for us to be gone?"""

    clock: Clock
    end: datetime | None = None
    grace: float = GRACE_SECONDS
    _asked: list[int] = field(default_factory=list)

    def __call__(self) -> bool:
        """Whether to claim nothing more: the time of day has come, or SIGTERM did."""
        return self.hurry() or (self.end is not None and self.clock.now() >= self.end)

    def hurry(self) -> bool:
        """Whether SIGTERM came: what no child has begun goes back, nothing long is started."""
        return bool(self._asked)

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """The handler of SIGTERM; a second one ends the process at once, the kernel frees the lock."""
        self._asked.append(number)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, self.grace)


def _time_is_up(_number: int, _frame: FrameType | None) -> None:
    raise TimeIsUp


@contextmanager
def stop_asked(clock: Clock, end: datetime | None, grace: float = GRACE_SECONDS) -> Iterator[Stopping]:
    """Listen to SIGTERM during the block; a block that outlives its grace is left quietly."""
    stopping = Stopping(clock, end, grace)
    before = signal.signal(signal.SIGTERM, stopping.ask), signal.signal(signal.SIGALRM, _time_is_up)
    try:
        yield stopping
    except TimeIsUp:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGALRM, before[1])
