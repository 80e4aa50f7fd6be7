"""What a report of a period says: frozen values, whose field names are the JSON keys."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from digitize.ledger.behind import Line
from digitize.report.rows import Value


class Kind(enum.StrEnum):
    """The four reports the regulations name: haftalik, oylik, choraklik, yillik."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


def year_of(since: date) -> int:
    """The year to which a period that begins on *since* belongs; only weeks may lie in two."""
    return (since + timedelta(days=3)).year


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """One plan row in a report: what the period brought, and the year up to the period's end."""

    number: str
    name: str
    unit: str
    measure: str
    last_year: Value
    planned: Value
    done: Value
    """In the period; None for a row filled in by hand."""
    done_year: Value
    percent: float | None
    """Of the year's plan."""
    section: str = ""
    mechanism: str = ""
    deadline: str = ""
    responsible: str = ""
    filters: Mapping[str, Any] = field(default_factory=dict)
    corrected: tuple[int, ...] = ()
    """Part by part, what changed for this row in months that are closed; reported in the first open month."""
    by: str = ""
    """Who filled the row in by hand last."""
    by_on: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """Counted pages of one day; days without pages are listed only if they are working days."""

    day: date
    pages: int
    working: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What one operator, scanner or source brought in a period, and at which pace."""

    part: str
    """``operator``, ``scanner`` or ``source``."""
    name: str
    pages: int
    days: int
    """Days of the period on which pages of theirs were counted."""
    per_day: float
    """Pages on each of them."""
    absent: int = 0
    """Working days of the period on which an operator of the staff was away."""


@dataclass(frozen=True, slots=True)
class Closed:
    """That and how a month was closed; its numbers stand from then on."""

    at: datetime
    who: str
    sha256: str
    """Of the numbers and the pages behind them."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """What came to closed months, or went from them, after they were closed; reported in the first open month."""

    pages: int = 0
    titles: int = 0
    fulltext: int = 0
    linked: int = 0

    @property
    def any(self) -> bool:
        """Whether there is something to correct."""
        return bool(self.pages or self.titles or self.fulltext or self.linked)


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """What one period brought; the field names are the JSON keys."""

    kind: Kind
    since: date
    until: date
    library: str
    pages: int
    titles: int
    fulltext: int
    linked: int
    blank: int
    """Blank pages among the counted ones."""
    low: int
    """Counted pages that were hard to read."""
    previous_pages: int
    """Pages of the period before."""
    working_days: int
    days: tuple[Day, ...]
    sources: dict[str, int]
    types: dict[str, int]
    operators: dict[str, int]
    rows: tuple[PeriodRow, ...]
    explain: Sequence[Line] = ()
    """The pages behind *pages*, when they were asked for."""
    corrections: Corrections = Corrections()
    """Beside *pages* and the other numbers, not in them."""
    closed: Closed | None = None
    """Set in the report of a month that is closed."""
    scanners: dict[str, int] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()
    """Pages and pace of each operator, scanner and source; empty in months closed before there were any."""
    days_over: int | None = None
    """Working days up to the day on which the report was made, that day included; None where the period was over."""

    @property
    def year(self) -> int:
        """The year whose plan it is held against: of a week, the one in which most of its days lie."""
        return year_of(self.since)

    @property
    def per_day(self) -> float | None:
        """Pages on a working day, of those that are over; None before the first."""
        days = self.working_days if self.days_over is None else self.days_over
        return round(self.pages / days, 1) if days else None
