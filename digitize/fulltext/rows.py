"""What leaves the house: one row per done page, in the order of the shelves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from digitize.ledger.models import Event, Item, Link, LinkState, Master, Page, PageText, Record, standing

_URL = re.compile(r"https?://[^\s$|]+")
_AT_ONCE = 500
"""Rows in memory at a time."""
_TOLD_ANEW = ("link set", "link undo", "record", "item-set", "item-sheet")
"""Events after which every row of an item may say something else: its record, address, title or type."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One page as others get it; field names are the columns and JSON keys, stable."""

    item: str
    page: int
    title: str
    type: str
    record: str
    """Control number of the linked record, else the number typed for the item."""
    author: str
    year: str
    """Author and year as the linked record has them, else as they were typed for the item."""
    url: str
    """Where the record's link leads; empty if there is none."""
    language: str
    script: str
    outcome: str
    confidence: float | None
    """0-100; none on a blank page."""
    done_at: str
    """UTC, ISO 8601."""
    sha256: str
    """Of the scan as it came."""
    text: str
    folded: str
    """The text in one spelling for all alphabets; words broken over lines stand whole at its end."""


def page_rows(session: Session, *, since: datetime | None = None) -> Iterator[PageRow]:
    """Every done page, blank ones too; with *since* those done, or told of otherwise, at that moment or later."""
    latest = select(func.max(Link.id)).where(Link.state == LinkState.LINKED).group_by(Link.item_id)
    link = aliased(Link, select(Link).where(Link.id.in_(latest)).subquery())
    pages = (
        select(Page, Item, Master.sha256, PageText.text, PageText.folded, link, Record)
        .join(Item, Item.id == Page.item_id)
        .outerjoin(Master, Master.id == Page.master_id)
        .outerjoin(PageText, PageText.page_id == Page.id)
        .outerjoin(link, link.item_id == Item.id)
        .outerjoin(Record, Record.id == link.record_id)
        .where(standing())
        .order_by(Item.folded_key, Page.number, Page.id)
    )
    if since is not None:
        anew = select(Event.item_id).where(Event.at >= since, _tells_anew())
        pages = pages.where(or_(Page.done_at >= since, Page.item_id.in_(anew)))
    for page, item, sha256, text, folded, linked, record in session.execute(
        pages.execution_options(yield_per=_AT_ONCE)
    ):
        yield _row(page, item, linked, record, (sha256 or "", text or "", folded or ""))


def newest(session: Session) -> datetime | None:
    """When a row last became another, as this snapshot knows: what comes later is new to the next export."""
    done = session.scalar(select(func.max(Page.done_at)).where(standing()))
    told = session.scalar(select(func.max(Event.at)).where(_tells_anew()))
    return max((moment for moment in (done, told) if moment), default=None)


def _tells_anew() -> ColumnElement[bool]:
    """Events that change what rows say of an item that may have been exported already."""
    hung = (Event.what == "link") & (Event.detail["action"].as_string() == "added")
    return and_(Event.item_id.is_not(None), or_(hung, Event.what.in_(_TOLD_ANEW)))


def _row(page: Page, item: Item, link: Link | None, record: Record | None, texts: tuple[str, str, str]) -> PageRow:
    url = _URL.search(link.field) if link else None
    return PageRow(
        item=item.key,
        page=page.number,
        title=item.title or (record.title if record else ""),
        type=item.type,
        record=(record.number if record else "") or item.record_number,
        author=(record.author if record else "") or item.author,
        year=(record.year if record else "") or str(item.year or ""),
        url=url.group() if url else "",
        language=page.language,
        script=page.script,
        outcome=page.outcome or "",
        confidence=page.confidence,
        done_at=page.done_at.isoformat() if page.done_at else "",
        sha256=texts[0],
        text=texts[1],
        folded=texts[2],
    )
