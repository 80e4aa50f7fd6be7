"""Closing a month: its numbers are frozen with a hash, together with the pages behind them."""

from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from digitize.clock import local, local_day
from digitize.errors import UsageError
from digitize.ledger import queue
from digitize.ledger.models import Closing
from digitize.plan import Author
from digitize.report import frozen
from digitize.report.periods import bounds, period
from digitize.report.values import Closed, Kind, PeriodReport
from digitize.settings import Settings

CLOSED = "report-close"
"""The event of a month that was closed."""


def close_month(session: Session, settings: Settings, month: date, author: Author) -> PeriodReport:
    """Freeze the month of *month*; what is returned is what every later report of it says.

    Raises:
        UsageError: the month is not over, is closed already, or is not the one whose turn it is.
        BadConfig: the calendar file of the settings is not understood.
    """
    name = frozen.name_of(month)
    _may_close(session, settings, month, author)
    report = period(session, settings, Kind.MONTH, month, explain=True)
    numbers, lines, digest = frozen.freeze(report)
    session.add(Closing(month=name, at=author.at, who=author.who, numbers=numbers, lines=lines, sha256=digest))
    queue.log(session, CLOSED, who=author.who, at=author.at, month=name, pages=report.pages, sha256=digest)
    session.flush()
    return replace(report, closed=Closed(local(author.at, settings.timezone), author.who, digest))


def _may_close(session: Session, settings: Settings, month: date, author: Author) -> None:
    name = frozen.name_of(month)
    closed = frozen.closed_months(session)
    if name in closed:
        raise UsageError(
            "The month {name} is closed already.", hint="Corrections appear in the first open month.", name=name
        )
    if local_day(author.at, settings.timezone) <= bounds(Kind.MONTH, month)[1]:
        raise UsageError(
            "The month {name} is not over.", hint="Close it on the first day of the next month.", name=name
        )
    if closed and name != frozen.after(closed[-1]):
        turn = frozen.after(closed[-1])
        raise UsageError(
            "The month {turn} comes before {name}.", hint="First: digitize report close {turn}", turn=turn, name=name
        )
