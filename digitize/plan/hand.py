"""Work that the ledger cannot see, typed in day by day for a row that is filled in by hand: who, when, how much."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize.errors import NotFound, UsageError
from digitize.ledger import queue
from digitize.ledger.models import PlanRow
from digitize.ledger.service import HandEntry
from digitize.plan.line import Author, identity
from digitize.plan.measures import Measure

_MOST = 10**12


def enter(session: Session, row: PlanRow, amount: int, day: date, note: str, author: Author) -> HandEntry:
    """Add *amount* to what was done for *row* on *day*; below nought it corrects.

    Raises:
        UsageError: the ledger counts the row, its total was typed as one, or the day lies in another year.
    """
    if row.measure != Measure.MANUAL:
        raise UsageError(
            "The row {number} is counted by the program ({measure}).",
            hint="If people count it: digitize plan set {number} measure=manual",
            number=row.number,
            measure=row.measure,
        )
    if row.manual_value:
        raise UsageError(
            "The row {number} has a total that was typed as one: {manual_value}.",
            hint="To enter single days instead: digitize plan set {number} value=",
            number=row.number,
            manual_value=row.manual_value,
        )
    if day.year != row.year or not 0 < abs(amount) <= _MOST:
        raise UsageError(
            "{amount} on {day} is not possible for {year}.",
            hint="A number, and a day of that year.",
            amount=amount,
            day=day,
            year=row.year,
        )
    entry = HandEntry(
        year=row.year, row_key=identity(row), day=day, amount=amount, note=note.strip(), who=author.who, at=author.at
    )
    session.add(entry)
    session.flush()
    _log(session, "plan-done", row, entry, author)
    return entry


def take_back(session: Session, row: PlanRow, author: Author) -> HandEntry:
    """Take back the entry of *row* that was made last; it stays, marked.

    Raises:
        NotFound: there is none.
    """
    standing = [entry for entry in entries(session, row) if entry.undone_at is None]
    if not standing:
        raise NotFound(
            "Nothing was entered for the row {number}.", hint="See: digitize plan show --json", number=row.number
        )
    entry = standing[-1]
    entry.undone_at = author.at
    _log(session, "plan-done-undone", row, entry, author)
    return entry


def entries(session: Session, row: PlanRow) -> Sequence[HandEntry]:
    """All entries of *row* as they were made, those taken back too."""
    mine = (HandEntry.year == row.year, HandEntry.row_key == identity(row))
    return session.scalars(select(HandEntry).where(*mine).order_by(HandEntry.id)).all()


def _log(session: Session, what: str, row: PlanRow, entry: HandEntry, author: Author) -> None:
    queue.log(
        session, what, who=author.who, at=author.at, year=row.year, number=row.number, day=str(entry.day),
        amount=entry.amount, entry=entry.id,
    )  # fmt: skip
