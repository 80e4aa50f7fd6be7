"""What a run works with, handed through as one frozen value."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine as Ledger

from digitize.clock import Clock, local_day
from digitize.engine import Engine
from digitize.home import Home
from digitize.messages import Say


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
