"""The service: looks at the hot folder for ever, works on what came, and outlives every fault of its surroundings.

Events of the operating system only shorten the wait; the full look every ``rescan_seconds`` is the truth.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from digitize import pipeline, publish
from digitize.desk import Desk, Stop
from digitize.errors import DigitizeError
from digitize.inbox import Settled
from digitize.ingest import obstacles
from digitize.ledger import news
from digitize.ledger.models import Item
from digitize.ledger.session import reading
from digitize.messages import explained
from digitize.mounts import NETWORK, file_system
from digitize.pipeline import RunSummary
from digitize.supervisor import notify

PAUSE_SECONDS = 30.0
"""After a fault of the surroundings: how long until the next try."""
AGAIN_SECONDS = 3600.0
"""How long a book that could not be built is left alone."""
ALL_SECONDS = 24 * 3600.0
"""How often every item is looked at, whether something happened to it or not: a PDF may be gone, or its copy."""
_MOST = 1000
"""Items that are looked at one by one; more of them are looked at together with all others."""


class Unseen:
    """The items that books and links have to look at: those something happened to since the last round that ended well.

    A library of years is not gone through once a minute. Everything is looked at in the first round, after a catalogue
    came, and once a day.
    """

    def __init__(self, desk: Desk) -> None:
        self._ledger, self._clock = desk.ledger, desk.clock
        self._upto = 0
        self._all = self._again = -ALL_SECONDS
        self.held: dict[int, str] = {}
        """Items by id and key whose copies could not be replaced, somebody having them open."""
        self._news: news.News | None = None

    def look(self) -> frozenset[int] | None:
        """Ids of these items; None stands for all."""
        now = self._clock.monotonic()
        with reading(self._ledger) as session:
            self._news = found = news.since(session, self._upto, publish.OWN_EVENTS)
            items = found.items | self.held.keys()
            if now - self._again >= AGAIN_SECONDS:
                items |= frozenset(session.scalars(select(Item.id).where(Item.unbuilt > "")))
        everything = not self._upto or found.general or len(items) > _MOST or now - self._all >= ALL_SECONDS
        return None if everything else items

    def seen(self, items: frozenset[int] | None) -> None:
        """The round came to its end with what the last look found."""
        now = self._clock.monotonic()
        self._upto = self._news.upto if self._news else 0
        self._all = now if items is None else self._all
        self._again = now if now - self._again >= AGAIN_SECONDS else self._again


class _Wake(FileSystemEventHandler):
    """Any event means: look again."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Opening and closing for reading, our own doing, wakes nobody."""
        if event.event_type not in ("opened", "closed_no_write"):
            self._wake.set()


@contextmanager
def waking(folder: Path, polling: str, wake: threading.Event) -> Iterator[None]:
    """Set *wake* whenever something happens below *folder*."""
    remote = polling == "always" or (polling == "auto" and file_system(folder.resolve()) in NETWORK)
    observer = PollingObserver(timeout=5) if remote else Observer()
    observer.schedule(_Wake(wake), str(folder), recursive=True)
    observer.start()
    try:
        yield
    finally:
        observer.stop()
        observer.join()


def _nothing() -> None:
    """No duty of the day."""


def serve(
    desk: Desk, report: Callable[[str], None], *, ingest_only: bool, daily: Callable[[], None] = _nothing
) -> None:
    """Work until *desk.stop*; faults of disk and share are told once to *report*, waited out and tried again.

    *daily* is called after every look and decides by itself what is due.
    """
    wake = threading.Event()
    settled = Settled(desk.home.settings.settle_seconds)
    pausing = replace(desk, stop=lambda: desk.stop() or wake.is_set())
    trouble, told = "", set[str]()
    unseen = Unseen(desk)
    pipeline.recover(desk)
    with waking(desk.home.inbox, desk.home.settings.polling, wake), _announced():
        while not desk.stop():
            wake.clear()
            try:
                summary = RunSummary()
                idle = _round(pausing, settled, summary, None if ingest_only else unseen)
                trouble, told = "", _tell(report, told, _sentences(desk, summary))
            except DigitizeError as error:
                if (said := explained(error, desk.language)) != trouble:
                    trouble = said
                    report(trouble)
                    notify(f"STATUS={trouble}")
                idle = PAUSE_SECONDS
            if not desk.stop():
                daily()
            _wait(wake, desk.stop, idle, desk.home.settings.settle_seconds)


def _sentences(desk: Desk, summary: RunSummary) -> set[str]:
    """What whoever reads the log should know: what was refused just now, what stands in the way, what waits."""
    refused = (desk.say("run.refused", name=name) for name in summary.taken.refused)
    return {*refused, *obstacles(desk.say, summary.taken), *summary.unfit}


@contextmanager
def _announced() -> Iterator[None]:
    """Systemd knows when we listen and when we leave, however we leave."""
    notify("READY=1")
    try:
        yield
    finally:
        notify("STOPPING=1")


def _tell(report: Callable[[str], None], told: set[str], sentences: set[str]) -> set[str]:
    """Report what was not the case at the last look; what is the case now."""
    for sentence in sorted(sentences - told):
        report(sentence)
    return sentences


def _round(desk: Desk, settled: Settled, summary: RunSummary, unseen: Unseen | None) -> float:
    """One look, what it brought, and the books that are complete; how many seconds nothing needs to be done.

    Without *unseen* scans are taken in and nothing else is done.
    """
    if desk.shift.intake():
        pipeline.take_in(desk, summary.taken, settled)
    if unseen:
        pipeline.work_on(desk, summary)
        _books(desk, unseen)
        pipeline.renew_search(desk)
    publish.status_page(desk)
    return desk.home.settings.settle_seconds if settled.restless else desk.home.settings.rescan_seconds


def _books(desk: Desk, unseen: Unseen) -> None:
    """PDFs and links of the items to which something happened."""
    items = unseen.look()
    built: list[publish.Published] = []
    if items is None or items:
        pipeline.decide_again(desk, items)
        built = pipeline.publish_books(desk, only_complete=True, among=items)
        pipeline.attach(desk, items)
    open_there = unseen.held | {book.item_id: book.item for book in built}
    unseen.held = {item: key for item, key in open_there.items() if not publish.copied_out(desk, key)}
    if not desk.hurry():
        unseen.seen(items)


def _wait(wake: threading.Event, stop: Stop, seconds: float, settle: float) -> None:
    """Sleep in short pieces so that SIGTERM is heard; an event ends the sleep once its file had time to settle."""
    left = max(seconds, 0.2)
    while left > 0 and not stop():
        if wake.wait(min(left, 1.0)):
            threading.Event().wait(min(settle, 1.0))
            return
        left -= 1.0
