"""What waits and what needs a person: the queue, the items, the attention list; queries over present rows."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, bindparam, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from digitize.ledger.models import HANG, Damage, Item, Link, LinkState, Meta, Outcome, Page, PageState, Refusal

_OPEN = (PageState.RECEIVED, PageState.WORKING, PageState.FAILED, PageState.REJECTED)

MOST = 1000
"""Most lines of one cause in the attention list; the queue's numbers are always complete."""


class Cause(enum.StrEnum):
    """Why something is on the attention list."""

    HANG = "hang"
    DAMAGED = "damaged"
    FAILED = "failed"
    REJECTED = "rejected"
    MISSING = "missing"
    REVIEW = "review"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Queue:
    """Live pages that are not done, and refused files nobody has replaced yet."""

    received: int
    working: int
    failed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Items:
    """How far the items are; an item can be in several of the last three."""

    open: int
    """More pages may come."""
    complete: int
    published: int
    linked: int


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person. *number* is how many pages it is about."""

    cause: Cause
    item: str
    page: int | None = None
    kind: str = ""
    reason: str = ""
    name: str = ""
    number: int = 1


def queue(session: Session) -> Queue:
    """Pages by state; a refused file counts once, be it a page row, a refusal or both."""
    found = session.execute(select(Page.state, func.count()).where(Page.state.in_(_OPEN)).group_by(Page.state))
    states: dict[PageState, int] = dict(found.all())
    lone = session.scalar(select(func.count()).select_from(Refusal).where(*_lone_refusal())) or 0
    return Queue(
        states.get(PageState.RECEIVED, 0),
        states.get(PageState.WORKING, 0),
        states.get(PageState.FAILED, 0),
        states.get(PageState.REJECTED, 0) + lone,
    )


def items(session: Session) -> Items:
    """Items by how far they are."""
    number = func.count()
    complete, published, everything = session.execute(
        select(number.filter(Item.complete), number.filter(Item.published_at.is_not(None)), number).select_from(Item)
    ).one()
    linked = session.scalar(select(func.count(Link.item_id.distinct())).where(Link.state == LinkState.LINKED))
    return Items(everything - complete, complete, published, linked or 0)


def attention(session: Session) -> tuple[Need, ...]:
    """Everything that waits for a person, the most urgent cause first."""
    return (
        *_hang(session),
        *_damaged(session),
        *_bad_pages(session, PageState.REJECTED, Cause.REJECTED),
        *_lone_refusals(session),
        *_bad_pages(session, PageState.FAILED, Cause.FAILED),
        *_missing(session),
        *_reviews(session),
        *_low(session),
    )


def _hang(session: Session) -> Iterator[Need]:
    """No page was finished for a while although pages were in work, and none has been since."""
    if mark := session.get(Meta, HANG):
        yield Need(Cause.HANG, "", kind=Cause.HANG, number=int(mark.value))


def _damaged(session: Session) -> Iterator[Need]:
    """What the last looks at the archive found and nobody has repaired."""
    query = select(Damage.kind, Damage.path, Item.key).outerjoin(Item, Damage.item_id == Item.id)
    query = query.where(Damage.resolved_at.is_(None)).order_by(Damage.id).limit(MOST)
    for kind, path, key in session.execute(query):
        yield Need(Cause.DAMAGED, key or "", kind=kind, name=path)


def _bad_pages(session: Session, state: PageState, cause: Cause) -> Iterator[Need]:
    columns = (Item.key, Page.number, Page.kind, Page.reason, Page.slot)
    query = select(*columns).select_from(Page).join(Item).where(Page.state == state)
    query = query.order_by(Item.key, Page.sort_key).limit(MOST)
    for key, number, kind, reason, slot in session.execute(query):
        yield Need(cause, key, number or None, kind or cause.value, reason, slot)


def _lone_refusal() -> tuple[ColumnElement[bool], ...]:
    """A refusal nobody has resolved and no rejected page stands for."""
    same = (Page.state == PageState.REJECTED, Page.slot == Refusal.name, Item.key == Refusal.item_key)
    page = exists().where(Page.item_id == Item.id, *same).correlate(Refusal)
    return Refusal.resolved_at.is_(None), ~page


def _lone_refusals(session: Session) -> Iterator[Need]:
    query = select(Refusal).where(*_lone_refusal()).order_by(Refusal.item_key, Refusal.name).limit(MOST)
    for refusal in session.scalars(query):
        yield Need(Cause.REJECTED, refusal.item_key, None, refusal.kind, refusal.reason, refusal.name)


def _missing(session: Session) -> Iterator[Need]:
    """Items that count as complete with fewer pages than item.toml promised."""
    last = select(func.max(Page.number)).where(Page.item_id == Item.id).scalar_subquery()
    missing = Item.expected_pages - func.coalesce(last, 0)
    there = exists().where(Page.item_id == Item.id, Page.number >= Item.expected_pages)  # quicker than the largest
    query = select(Item.key, missing).where(Item.complete, Item.expected_pages > 0, ~there)
    for key, number in session.execute(query.order_by(Item.key).limit(MOST)):
        yield Need(Cause.MISSING, key, kind=Cause.MISSING, number=number or 0)


def _reviews(session: Session) -> Iterator[Need]:
    standing = select(Link.item_id).where(Link.state == LinkState.LINKED)
    query = (
        select(Item.key, func.max(Link.reason))
        .join(Link)
        .where(Link.state == LinkState.REVIEW, Item.id.not_in(standing))
        .group_by(Item.id)
    )
    for key, reason in session.execute(query.order_by(Item.key).limit(MOST)):
        yield Need(Cause.REVIEW, key, kind=Cause.REVIEW, reason=reason or "")


def _low(session: Session) -> Iterator[Need]:
    """The newest items with pages that were hard to read, one line an item, the hardest first.

    All of twenty years are not sorted for a list that nobody reads to its end: the book on the table is a new one.
    """
    low = bindparam("low", Outcome.LOW.value, String, literal_execute=True)  # a value the partial index knows
    number = func.count(Page.id).label("number")
    pages_of = select(Page.item_id, number).where(
        Page.state == PageState.DONE, type_coerce(Page.outcome, String) == low
    )
    counted = pages_of.group_by(Page.item_id).order_by(Page.item_id.desc()).limit(MOST).subquery()
    query = select(Item.key, counted.c.number).join(counted, counted.c.item_id == Item.id)
    for key, pages in session.execute(query.order_by(counted.c.number.desc(), Item.key)):
        yield Need(Cause.LOW, key, kind=Cause.LOW, number=pages)
