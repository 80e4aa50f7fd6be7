"""What a run works with, handed through as one frozen value."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine as Ledger

from digitize.clock import Clock, local_day
from digitize.engine import Engine, LocalEngine
from digitize.home import Home
from digitize.lock import only_run
from digitize.messages import Say
from workers.page import limit_child


@dataclass(frozen=True)
class Desk:
    """The home, its ledger, the children that do the work, the clock, and the language of the people."""

    home: Home
    ledger: Ledger
    engine: Engine
    clock: Clock
    say: Say

    def today(self) -> date:
        """The local day on which what happens now is counted."""
        return local_day(self.clock.now(), self.home.settings.timezone)


@contextmanager
def at_work(home: Home, ledger: Ledger, clock: Clock, say: Say, jobs: int = 0) -> Iterator[Desk]:
    """Hold the home's lock and start the children; at the end of the block, or of the program, both are gone.

    Raises:
        Locked: another run is at work in this home.
    """
    settings = home.settings
    with only_run(home, clock):
        engine = LocalEngine(
            jobs or settings.jobs, settings.page_timeout_seconds, limit_child, settings.worker_memory_mb
        )
        finished = False
        try:
            yield Desk(home, ledger, engine, clock, say)
            finished = True
        finally:
            engine.shutdown(wait=finished)
