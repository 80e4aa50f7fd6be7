"""What happened since somebody last looked: every change of an item is an event, so events tell what to look at."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitize.ledger.models import Event


@dataclass(frozen=True, slots=True)
class News:
    """The events after one and up to another."""

    upto: int
    """The newest event there is."""
    items: frozenset[int]
    """Ids of the items that are named."""
    general: bool
    """Whether something happened that names no item: a catalogue came, an order, a closed month."""


def newest(session: Session) -> int:
    """The id of the newest event; 0 while there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def since(session: Session, seen: int, without: Collection[str] = ()) -> News:
    """What happened after the event *seen*, but for events of the kinds *without*."""
    upto = newest(session)
    query = select(Event.item_id).where(Event.id > seen, Event.id <= upto).distinct()
    found = set(session.scalars(query.where(Event.what.not_in(without)) if without else query))
    return News(upto, frozenset(item for item in found if item is not None), None in found)
