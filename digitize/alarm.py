"""Do pages still get finished? Asked from a thread beside the work, so that work stuck in the kernel is seen, too."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine as Ledger
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from digitize.clock import Clock
from digitize.desk import Progress
from digitize.ledger import queue
from digitize.ledger.models import HANG, Meta
from digitize.ledger.session import reading, transaction
from digitize.supervisor import notify, watchdog_seconds

LOOK_SECONDS = 10.0
"""How often the thread looks where no watchdog asks for more."""


class HangAlarm:
    """Shows the run as *shown* does, and remembers on a monotonic clock when the last picture was through.

    It rings once when pages are in work and none came through for *minutes*: *report* gets the minutes, the ledger an
    event and a mark that stands in the attention list until a page is through again.
    """

    def __init__(
        self, shown: Progress, ledger: Ledger, clock: Clock, minutes: float, report: Callable[[int], None]
    ) -> None:
        self._shown, self._ledger, self._clock, self._report = shown, ledger, clock, report
        self._limit = 60 * minutes
        self._busy_since: float | None = None
        self.rung = False
        with reading(ledger) as session:
            self._marked = session.get(Meta, HANG) is not None  # by a run that was ended while it hung

    def waiting(self, pages: int) -> None:
        """Pages are in work from now on, or none is."""
        if not pages:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = self._clock.monotonic()
        self._shown.waiting(pages)

    def page(self, item: str, name: str, outcome: str) -> None:
        """A sign of life."""
        self._alive()
        self._shown.page(item, name, outcome)

    def book(self, item: str, pages: int) -> None:
        """A sign of life."""
        self._alive()
        self._shown.book(item, pages)

    def _alive(self) -> None:
        if self._busy_since is not None:
            self._busy_since = self._clock.monotonic()
        if self.rung or self._marked:
            self.rung = self._marked = False
            with transaction(self._ledger) as session:
                session.execute(delete(Meta).where(Meta.key == HANG))

    def look(self) -> None:
        """Ring if it is time; called from the thread beside the work."""
        since = self._busy_since
        if self.rung or since is None or self._clock.monotonic() - since < self._limit:
            return
        self.rung = self._marked = True
        minutes = round((self._clock.monotonic() - since) / 60)
        self._report(minutes)
        with transaction(self._ledger) as session:
            queue.log(session, "hang", who="alarm", at=self._clock.now(), minutes=minutes)
            session.merge(Meta(key=HANG, value=str(minutes)))


@contextmanager
def listening(alarm: HangAlarm) -> Iterator[HangAlarm]:
    """Look during the block; systemd's watchdog is fed as long as nothing hangs, so a hanging service is restarted."""
    ended = threading.Event()
    watchdog = watchdog_seconds()
    every = min(LOOK_SECONDS, watchdog / 3) if watchdog else LOOK_SECONDS

    def look() -> None:
        while not ended.wait(every):
            beat(alarm)

    thread = threading.Thread(target=look, name="hang-alarm", daemon=True)
    thread.start()
    try:
        yield alarm
    finally:
        ended.set()
        thread.join(LOOK_SECONDS)


def beat(alarm: HangAlarm) -> None:
    """One look, and a sign of life to systemd unless work hangs; a ledger that cannot be written ends nothing."""
    try:
        alarm.look()
    except SQLAlchemyError as error:
        notify(f"STATUS=The alarm could not be recorded: {type(error).__name__}.")
    if not alarm.rung:
        notify("WATCHDOG=1")
