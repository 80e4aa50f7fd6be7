"""The service: looks at the hot folder for ever, works on what came, and outlives every fault of its surroundings.

Events of the operating system only shorten the wait; the full look every ``rescan_seconds`` is the truth.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.polling import PollingObserver

from digitize import pipeline, publish
from digitize.desk import Desk, Stop
from digitize.errors import DigitizeError
from digitize.inbox import Settled
from digitize.ingest import obstacles
from digitize.messages import explained
from digitize.mounts import NETWORK, file_system
from digitize.pipeline import RunSummary
from digitize.supervisor import notify

PAUSE_SECONDS = 30.0
"""After a fault of the surroundings: how long until the next try."""


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
    pipeline.recover(desk)
    with waking(desk.home.inbox, desk.home.settings.polling, wake), _announced():
        while not desk.stop():
            wake.clear()
            try:
                summary = RunSummary()
                idle = _round(pausing, settled, summary, ingest_only=ingest_only)
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


def _round(desk: Desk, settled: Settled, summary: RunSummary, *, ingest_only: bool) -> float:
    """One look, what it brought, and the books that are complete; how many seconds nothing needs to be done."""
    if desk.shift.intake():
        pipeline.take_in(desk, summary.taken, settled)
    if not ingest_only:
        pipeline.work_on(desk, summary)
        pipeline.decide_again(desk)
        pipeline.publish_books(desk, only_complete=True)
        pipeline.attach(desk)
    publish.status_page(desk)
    return desk.home.settings.settle_seconds if settled.restless else desk.home.settings.rescan_seconds


def _wait(wake: threading.Event, stop: Stop, seconds: float, settle: float) -> None:
    """Sleep in short pieces so that SIGTERM is heard; an event ends the sleep once its file had time to settle."""
    left = max(seconds, 0.2)
    while left > 0 and not stop():
        if wake.wait(min(left, 1.0)):
            threading.Event().wait(min(settle, 1.0))
            return
        left -= 1.0
