"""Ledger rows made through the models: items and pages as the queue leaves them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from digitize.ledger.models import Item, Link, LinkState, Master, Outcome, Page, PageState, Record
from digitize.ledger.session import open_engine

NOW = datetime(2026, 11, 3, 6, 30, tzinfo=UTC)
"""A Tuesday morning in Tashkent, half past eleven."""
TODAY = date(2026, 11, 3)


def make_ledger(folder: Path) -> Engine:
    return open_engine(f"sqlite:///{folder / 'ledger.db'}")


def add_item(session: Session, key: str, **values: Any) -> Item:
    item = Item(key=key, folded_key=key, raw_key=key.encode(), created_at=NOW, changed_at=NOW, overrides={}, **values)
    session.add(item)
    session.flush()
    return item


def add_pages(session: Session, item: Item, number: int, counted_on: date | None = TODAY, **values: Any) -> list[Page]:
    """*number* more pages of *item*: done and counted on that day, unless *values* say otherwise."""
    session.flush()
    before = session.query(Page).filter(Page.item_id == item.id).count()
    values = {"state": PageState.DONE, "outcome": Outcome.OK, "counted_on": counted_on} | values
    pages = [
        Page(
            item_id=item.id,
            slot=f"{place:04}.tif",
            sort_key=f"{place:04}",
            number=place,
            received_at=NOW,
            survey={},
            parameters={},
            **values,
        )
        for place in range(before + 1, before + number + 1)
    ]
    session.add_all(pages)
    session.flush()
    return pages


def add_record(session: Session, number: str) -> Record:
    record = Record(
        ordinal=1, file="x.mrc", profile="marc21", syntax="iso2709", number=number, raw=b"", imported_at=NOW
    )
    session.add(record)
    session.flush()
    return record


def add_link(session: Session, item: Item, record: Record | None, day: date | None = TODAY, **values: Any) -> Link:
    values = {"state": LinkState.LINKED} | values
    link = Link(
        item_id=item.id, record_id=record.id if record else None, at=NOW, linked_on=day, candidates=[], **values
    )
    session.add(link)
    session.flush()
    return link


def add_master(session: Session, item: Item, size: int, received_at: datetime) -> Master:
    master = Master(
        sha256=f"{size:064}",
        extension=".tif",
        size=size,
        frames=1,
        format="TIFF",
        item_id=item.id,
        name="0001.tif",
        raw_name=b"0001.tif",
        received_at=received_at,
    )
    session.add(master)
    session.flush()
    return master
