"""What a run works with, handed through as one frozen value."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import Engine as Ledger

from digitize.clock import Clock, local_day
from digitize.engine import Engine, LocalEngine
from digitize.home import Home
from digitize.lock import FREE, Shift
from digitize.machine import available_mb
from digitize.messages import Say
from workers.page import limit_child

Stop = Callable[[], bool]
"""Asked before new work is claimed; work in hand is finished."""


def never() -> bool:
    """Nobody waits for us to be gone."""
    return False


class Progress(Protocol):
    """Whoever shows the run to a person."""

    def waiting(self, pages: int) -> None:
        """So many pictures lie ahead or are in work."""
        ...

    def page(self, item: str, name: str, outcome: str) -> None:
        """One picture is through, with its outcome or the name of its failure."""
        ...

    def book(self, item: str, pages: int) -> None:
        """One PDF stands in its place."""
        ...


@dataclass(frozen=True)
class Desk:
    """The home, its ledger, the children that do the work, the clock, and the people it is done for."""

    home: Home
    ledger: Ledger
    engine: Engine
    clock: Clock
    say: Say
    progress: Progress
    stop: Stop
    hurry: Stop = never
    """Somebody waits for us to be gone: nothing long is started, what nobody has begun is given back."""
    free_memory: Callable[[], int | None] = available_mb
    """MiB that may be had now, or None if nobody knows."""
    language: str = "en"
    """In which errors are told that end nothing."""
    shift: Shift = FREE
    """What may be done here beside others who are at work in the same home."""

    def today(self) -> date:
        """The local day on which what happens now is counted."""
        return local_day(self.clock.now(), self.home.settings.timezone)


@contextmanager
def children(home: Home, jobs: int = 0) -> Iterator[Engine]:
    """Start the children; at the end of the block, or of the program, they are gone."""
    settings = home.settings
    engine = LocalEngine(jobs or settings.jobs, settings.page_timeout_seconds, limit_child, settings.worker_memory_mb)
    finished = False
    try:
        yield engine
        finished = True
    finally:
        engine.shutdown(wait=finished)
