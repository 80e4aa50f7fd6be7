"""Counting: the one place where it is decided what a number means, in words and in code.

The rules (design, counting):

1. One page is one side of a leaf. A scanned opening that was split is two page rows, so it counts two.
2. A page counts on ``counted_on``: the local day on which it first became done, set once by the queue.
3. A page counts once, however often it is rescanned or worked again: its row stays, only the bytes change.
   Rows that became history (superseded, duplicate) never count.
4. Blank pages count unless the library says ``count_blank = false``.
5. A title counts on ``first_published_on``: the local day on which its first PDF appeared. A resource of the
   full-text base is such a title too: its text goes into the index with its PDF.
6. A record with a macro-object counts on the day of its first link that still stands; two items on one record
   count one. An undone link counts nothing.
7. A delivery (masofadan xizmat) counts its pages or copies on its day if they were sent and nobody took it back; what
   a customer fetches in person is no remote service. Money counts on the day it came, returns below nought.
8. A resource with a QR code in public counts on the day of its first place that still stands.
9. What a person typed for a row counts on the day it was typed for, until it is taken back.
10. A total is always a query over these rows. :func:`explain` selects the same rows as :func:`count`, so the amounts
   of the list behind a number add up to the number; where things are counted, each line is 1.

Days are local calendar days, both ends included.
"""

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal, NamedTuple, Self

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from digitize.ledger.models import HISTORY, Item, Link, LinkState, Master, Outcome, Page
from digitize.ledger.service import Delivery, HandEntry, Order, Payment, Placement
from digitize.uzbek import fold


class Counted(enum.StrEnum):
    """What can be counted."""

    PAGES = "pages"
    TITLES = "titles"
    FULLTEXT = "fulltext"
    LINKED = "linked"
    DELIVERED_PAGES = "delivered_pages"
    DELIVERED_COPIES = "delivered_copies"
    PAID = "paid"
    """So‘m."""
    QR = "qr"
    BY_HAND = "by_hand"
    """Of one plan row: :attr:`Scope.row`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days and which items a number is about; an empty filter lets everything through."""

    since: date
    until: date
    count_blank: bool = True
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of customers; only deliveries and money have one."""
    row: tuple[int, str] = (0, "")
    """Year and key of a plan row; only entries by hand have one."""

    def between(self, since: date, until: date) -> Self:
        """The same items on other days."""
        return replace(self, since=since, until=until)


class Line(NamedTuple):
    """One thing behind a number: a page, an item where titles or links are counted, an act of the desk.

    A tuple, because two hundred thousand of them are made at once.
    """

    day: date
    item: str
    title: str
    page: int | None = None
    name: str = ""
    outcome: str = ""
    sha256: str = ""
    amount: int = 1
    who: str = ""


def count(session: Session, what: Counted, scope: Scope) -> int:
    """How many of *what* fall into *scope*."""
    rows = _rows(session, what, scope)
    return int(session.scalar(select(_amount(what, rows)).select_from(rows)) or 0)


def per_day(session: Session, what: Counted, scope: Scope) -> dict[date, int]:
    """How many of *what* fell on each day of *scope* that had any."""
    rows = _rows(session, what, scope)
    found = session.execute(select(rows.c.day, _amount(what, rows)).group_by(rows.c.day).order_by(rows.c.day))
    return {day: int(amount) for day, amount in found}


def _amount(what: Counted, rows: Subquery) -> ColumnElement[int]:
    return func.sum(rows.c.amount) if what in _DESK else func.count()


def pages(session: Session, scope: Scope) -> int:
    """Counted pages (sahifa)."""
    return count(session, Counted.PAGES, scope)


def titles(session: Session, scope: Scope) -> int:
    """Items whose first PDF appeared (nomda)."""
    return count(session, Counted.TITLES, scope)


def fulltext(session: Session, scope: Scope) -> int:
    """Resources put into the full-text base."""
    return count(session, Counted.FULLTEXT, scope)


def linked(session: Session, scope: Scope) -> int:
    """Records that got a macro-object."""
    return count(session, Counted.LINKED, scope)


Part = Literal["source", "type", "collection", "operator", "scanner", "outcome", "script", "language"]
"""By what counted pages can be divided."""


def pages_by(session: Session, part: Part, scope: Scope) -> dict[str, int]:
    """Counted pages divided by a property of the page or its item, the largest part first."""
    owner = Page if part in {"outcome", "script", "language"} else Item
    column: InstrumentedAttribute[str | None] = getattr(owner, part)
    number = func.count()
    query = select(column, number).select_from(Page).join(Item)
    query = query.where(*_page_rules(scope), *_item_rules(session, scope))
    found = session.execute(query.group_by(column).order_by(number.desc(), column))
    return {str(value or ""): amount for value, amount in found}


def explain(session: Session, what: Counted, scope: Scope) -> tuple[Line, ...]:
    """The pages (or items) behind ``count(session, what, scope)``, by day, item and page."""
    if what is Counted.PAGES:
        return _explain_pages(session, scope)
    if what is Counted.LINKED:
        return _explain_links(session, scope)
    if what is Counted.QR:
        return _explain_places(session, scope)
    if what in _DESK:
        return _explain_desk(session, what, scope)
    rules = (*_published(scope), *_item_rules(session, scope))
    query = select(Item.first_published_on, Item.key, Item.title).where(*rules)
    found: Iterable[Any] = session.execute(query.order_by(Item.first_published_on, Item.key))
    return tuple(Line(day, key, title) for day, key, title in found)


def _explain_pages(session: Session, scope: Scope) -> tuple[Line, ...]:
    columns = (Page.counted_on, Item.key, Item.title, Page.number, Page.slot, Page.outcome, Master.sha256)
    query = select(*columns).select_from(Page).join(Item).outerjoin(Master, Page.master_id == Master.id)
    query = query.where(*_page_rules(scope), *_item_rules(session, scope))
    session.flush()
    # Past the session's bookkeeping: it doubles the time for rows that are only read.
    found: Iterable[Any] = session.connection().execute(query.order_by(Page.counted_on, Item.key, Page.number, Page.id))
    return tuple(
        Line(day, key, title, number, slot, outcome or "", sha256 or "")
        for day, key, title, number, slot, outcome, sha256 in found
    )


def _explain_places(session: Session, scope: Scope) -> tuple[Line, ...]:
    """One line per resource, with its first place."""
    columns = (Placement.item_id, Placement.day, Item.key, Item.title, Placement.place, Placement.who)
    query = select(*columns).join(Item, Placement.item_id == Item.id)
    query = query.where(Placement.undone_at.is_(None), *_item_rules(session, scope))
    found: Iterable[Any] = session.execute(query.order_by(Placement.day, Placement.id))
    first: dict[int, Line] = {}
    for item, day, key, title, place, who in found:
        first.setdefault(item, Line(day, key, title, name=place, who=who))
    return tuple(line for line in first.values() if scope.since <= line.day <= scope.until)


def _explain_desk(session: Session, what: Counted, scope: Scope) -> tuple[Line, ...]:
    """Deliveries and payments with their order and customer; entries by hand with their author."""
    rows = _desk_rows(session, what, scope).order_by("day", "id")
    found: Iterable[Any] = session.execute(rows)
    return tuple(
        Line(row.day, f"{row.year}-{row.number}" if row.number else "", row.title, name=row.note, amount=row.amount,
             who=row.who)
        for row in found
    )  # fmt: skip


def _explain_links(session: Session, scope: Scope) -> tuple[Line, ...]:
    """One line per record, with the item that was hung on it first."""
    query = select(Link.record_id, Link.linked_on, Item.key, Item.title).join(Item, Link.item_id == Item.id)
    query = query.where(*_standing(), *_item_rules(session, scope))
    found: Iterable[Any] = session.execute(query.order_by(Link.linked_on, Item.key, Link.id))
    first: dict[int, Line] = {}
    for record, day, key, title in found:
        first.setdefault(record, Line(day, key, title))
    return tuple(line for line in first.values() if scope.since <= line.day <= scope.until)


def _rows(session: Session, what: Counted, scope: Scope) -> Subquery:
    """One row ``(day, id)`` per counted thing."""
    rules = _item_rules(session, scope)
    if what is Counted.PAGES:
        query = select(Page.counted_on.label("day"), Page.id).where(*_page_rules(scope), *rules)
        return (query.join(Item, Page.item_id == Item.id) if rules else query).subquery()
    if what is Counted.LINKED:
        day = func.min(Link.linked_on)
        linked_rows = select(day.label("day"), Link.record_id).where(*_standing(), *rules)
        linked_rows = linked_rows.join(Item, Link.item_id == Item.id) if rules else linked_rows
        return linked_rows.group_by(Link.record_id).having(day.between(scope.since, scope.until)).subquery()
    if what is Counted.QR:
        day = func.min(Placement.day)
        places = select(day.label("day"), Placement.item_id).where(Placement.undone_at.is_(None), *rules)
        places = places.join(Item, Placement.item_id == Item.id) if rules else places
        return places.group_by(Placement.item_id).having(day.between(scope.since, scope.until)).subquery()
    if what in _DESK:
        return _desk_rows(session, what, scope).subquery()
    published = select(Item.first_published_on.label("day"), Item.id)
    return published.where(*_published(scope), *rules).subquery()


_DESK = frozenset({Counted.DELIVERED_PAGES, Counted.DELIVERED_COPIES, Counted.PAID, Counted.BY_HAND})
"""What has an amount of its own; of everything else each row is one."""


def _desk_rows(session: Session, what: Counted, scope: Scope) -> Select[*tuple[Any, ...]]:
    """``day, id, amount`` and what tells a person which act it was."""
    if what is Counted.BY_HAND:
        columns = (HandEntry.day, HandEntry.id, HandEntry.amount, HandEntry.note, HandEntry.who)
        none = (literal(0).label("year"), literal(0).label("number"), literal("").label("title"))
        mine = (HandEntry.year == scope.row[0], HandEntry.row_key == scope.row[1], HandEntry.undone_at.is_(None))
        entered: Select[*tuple[Any, ...]] = select(*columns, *none)
        return entered.where(*mine, HandEntry.day.between(scope.since, scope.until))
    act = Payment if what is Counted.PAID else Delivery
    if what is Counted.PAID:
        amount, note = Payment.amount, Payment.document
    else:
        amount, note = Delivery.pages if what is Counted.DELIVERED_PAGES else Delivery.copies, Delivery.note
    order = (Order.year, Order.number, Order.customer.label("title"))
    query: Select[*tuple[Any, ...]] = select(
        act.day, act.id, amount.label("amount"), note.label("note"), act.who, *order
    ).join(Order)
    query = query.where(act.undone_at.is_(None), act.day.between(scope.since, scope.until))
    if act is Delivery:
        query = query.where(Delivery.remote)
    for column, wanted in ((Order.kind, scope.kinds), (Order.service, scope.sources)):
        query = query.where(column.in_(_spellings(session, column, wanted))) if wanted else query
    return query


def _page_rules(scope: Scope) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [
        Page.counted_on.between(scope.since, scope.until),
        Page.state.not_in(HISTORY),  # not "in LIVE": SQLite would look the states up instead of the days
    ]
    if not scope.count_blank:
        rules.append(or_(Page.outcome.is_(None), Page.outcome != Outcome.BLANK))
    return rules


def _published(scope: Scope) -> list[ColumnElement[bool]]:
    return [Item.first_published_on.between(scope.since, scope.until)]


def _standing() -> list[ColumnElement[bool]]:
    return [Link.state == LinkState.LINKED, Link.linked_on.is_not(None), Link.record_id.is_not(None)]


def _item_rules(session: Session, scope: Scope) -> list[ColumnElement[bool]]:
    filters = ((Item.source, scope.sources), (Item.type, scope.types), (Item.collection, scope.collections))
    return [column.in_(_spellings(session, column, wanted)) for column, wanted in filters if wanted]


def _spellings(session: Session, column: InstrumentedAttribute[str], wanted: tuple[str, ...]) -> list[str]:
    """How the ledger spells the *wanted* words: people write o‘lkashunoslik with five apostrophes."""
    keys = {fold(word) for word in wanted}
    return [value for value in session.scalars(select(column).distinct()) if fold(value) in keys]
