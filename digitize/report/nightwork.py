"""What was done between two moments, for the letter after a run: asked of events and rows, kept nowhere."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from digitize.ledger.models import Event, Item, Link, LinkState, Page, PageState, Refusal


@dataclass(frozen=True, slots=True)
class Night:
    """Numbers of one span of work; a page that failed and succeeded later is done."""

    files: int
    """Files taken in."""
    pages: int
    """Pages that became done and still are."""
    failed: int
    """Pages given up for now."""
    refused: int
    """Files set aside that nobody has replaced yet."""
    books: int
    """Items whose PDF was built."""
    linked: int
    """Links written, or written anew."""
    unbuilt: int = 0
    """Items whose PDF could not be built and still is not."""


def night(session: Session, since: datetime) -> Night:
    """The work from *since* until now."""
    return Night(
        files=_events(session, since, "page-new") + _events(session, since, "page-version"),
        pages=_done(session, since),
        failed=_failed(session, since),
        refused=_number(session, select(Refusal.id).where(Refusal.at >= since, Refusal.resolved_at.is_(None))),
        books=_number(session, _of(since, "published", Event.item_id)),
        unbuilt=_number(session, select(Item.id).where(Item.unbuilt > "")),
        linked=_number(session, select(Link.id).where(Link.at >= since, Link.state == LinkState.LINKED)),
    )


def _number(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _of(since: datetime, what: str, column: InstrumentedAttribute[int | None]) -> Select[int | None]:
    return select(column).where(Event.at >= since, Event.what == what).distinct()


def _events(session: Session, since: datetime, what: str) -> int:
    return session.scalar(select(func.count()).where(Event.at >= since, Event.what == what)) or 0


def _done(session: Session, since: datetime) -> int:
    """By the items that moved, so that the millions of other pages are not looked at."""
    moved = _of(since, "page-done", Event.item_id)
    done = select(Page.id).where(Page.item_id.in_(moved), Page.state == PageState.DONE, Page.done_at >= since)
    return _number(session, done)


def _failed(session: Session, since: datetime) -> int:
    failed = _of(since, "page-failed", Event.page_id)
    return _number(session, select(Page.id).where(Page.id.in_(failed), Page.state == PageState.FAILED))
