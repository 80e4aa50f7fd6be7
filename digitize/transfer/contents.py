"""What belongs to an item at one moment, read from the ledger in one snapshot; frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from catalog_link.convert import XML_HEAD, XML_TAIL, convert
from catalog_link.values import Syntax
from digitize.catalog import profile_of
from digitize.languages import tag_of
from digitize.ledger.models import LIVE, Event, Item, Link, LinkState, Master, Page, PageText, Record, standing


@dataclass(frozen=True, slots=True)
class PageContent:
    """One finished page."""

    number: int
    result: str
    """Folder of its derivatives."""
    side: str
    name: str
    """The scan's file name as it came."""
    sha256: str
    extension: str
    language: str
    """BCP 47; empty if unknown."""
    text: str
    done_at: datetime | None
    label: str = ""
    """The number printed on the page; empty if it is not known."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of the item's history."""

    id: int
    at: datetime
    who: str
    what: str
    tool: str
    detail: str


@dataclass(frozen=True, slots=True)
class ItemContent:
    """Everything the ledger knows that leaves the house with an item."""

    key: str
    title: str
    type: str
    pages: tuple[PageContent, ...]
    """The finished ones, by number."""
    missing: tuple[int, ...]
    """Numbers of live pages that are not finished."""
    events: tuple[Happening, ...]
    pdf_sha256: str
    """Empty while no PDF is published."""
    marcxml: bytes
    """A collection of the one linked record, with its link; empty without one."""


def items_since(session: Session, since: datetime | None) -> Sequence[int]:
    """Ids of the items with a finished page; with *since* those to which something happened after that moment."""
    query = select(Item.id).where(Item.id.in_(select(Page.item_id).where(standing())))
    if since is not None:
        query = query.where(Item.id.in_(select(Event.item_id).where(Event.at > since)))
    return session.scalars(query.order_by(Item.folded_key)).all()


def newest_event(session: Session) -> datetime | None:
    """When something last happened; what an export of this snapshot knows of."""
    return session.scalar(select(func.max(Event.at)))


def content_of(session: Session, item_id: int) -> ItemContent:
    """The item as it stands in this session's snapshot."""
    item = session.get_one(Item, item_id)
    query = (
        select(Page, Master, PageText.text)
        .outerjoin(Master, Master.id == Page.master_id)
        .outerjoin(PageText, PageText.page_id == Page.id)
        .where(Page.item_id == item_id, Page.state.in_(LIVE))
        .order_by(Page.number, Page.id)
    )
    rows = session.execute(query).all()
    record, marcxml = _record(session, item_id)
    return ItemContent(
        key=item.key,
        title=item.title or (record.title if record else "") or item.key,
        type=item.type,
        pages=tuple(_page(page, master, text or "") for page, master, text in rows if page.stands),
        missing=tuple(page.number for page, _, _ in rows if not page.stands),
        events=tuple(_events(session, item_id)),
        pdf_sha256=item.pdf_sha256,
        marcxml=marcxml,
    )


def _page(page: Page, master: Master | None, text: str) -> PageContent:
    return PageContent(
        number=page.number,
        result=page.result,
        side=page.side,
        name=page.slot,
        sha256=master.sha256 if master else "",
        extension=master.extension if master else "",
        language=tag_of(page.language),
        text=text,
        done_at=page.done_at,
        label=page.label,
    )


def _events(session: Session, item_id: int) -> Sequence[Happening]:
    rows = session.scalars(select(Event).where(Event.item_id == item_id).order_by(Event.id))
    return [Happening(row.id, row.at, row.who, row.what, row.tool, _said(row)) for row in rows]


def _said(event: Event) -> str:
    return "; ".join(f"{key}: {value}" for key, value in event.detail.items() if value not in ("", None))


def _record(session: Session, item_id: int) -> tuple[Record | None, bytes]:
    """The linked record and its MARCXML; a record that cannot be read stays out."""
    query = select(Link).where(Link.item_id == item_id, Link.state == LinkState.LINKED).order_by(Link.id.desc())
    link = session.scalars(query.limit(1)).first()
    if link is None or link.record is None:
        return None, b""
    raw, syntax = link.raw or link.record.raw, Syntax(link.record.syntax)
    element = convert(raw, syntax, Syntax.MARCXML, profile_of(link.record.profile, link.record.encoding))
    return link.record, XML_HEAD + element + XML_TAIL if isinstance(element, bytes) else b""
