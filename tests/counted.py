"""Ledger rows made through the models: items and pages as the queue leaves them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from digitize.ledger.models import (
    HANG,
    Damage,
    Event,
    Item,
    Link,
    LinkState,
    Master,
    Meta,
    Outcome,
    Page,
    PageState,
    PlanRow,
    Record,
    Refusal,
)
from digitize.ledger.service import Delivery, HandEntry, Order, Payment, Placement
from digitize.ledger.session import open_engine
from digitize.plan.words import word_key

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


def add_everything(session: Session) -> None:
    """A little of all that is counted and of all that waits for a person."""
    for key, source in (("A", "reja"), ("B", "o‘lkashunoslik")):
        item = add_item(session, key, source=source, complete=True, expected_pages=9, first_published_on=TODAY)
        add_pages(session, item, 3)
        add_pages(session, item, 1, outcome=Outcome.BLANK)
        add_pages(session, item, 1, outcome=Outcome.LOW)
        add_pages(session, item, 1, state=PageState.SUPERSEDED)
        add_pages(session, item, 1, None, state=PageState.FAILED, outcome=None, kind="crash")
        add_link(session, item, add_record(session, key))
        session.add_all(Placement(item_id=item.id, day=TODAY, place=place, who="me", at=NOW) for place in ("x", "y"))
    add_link(session, add_item(session, "C"), None, None, state=LinkState.REVIEW, reason="uch nomzod")
    session.add(Refusal(item_key="", name="x.txt", kind="odd", reason="Sahifa emas.", path="x", at=NOW))
    session.add(Damage(kind="missing", path="masters/ab", found_at=NOW))
    add_item(session, "unbuilt", unbuilt="check_failed")
    session.add(Meta(key=HANG, value="75"))
    add_master(session, item, 7_000_000, NOW)
    _add_desk(session)


def _add_desk(session: Session) -> None:
    order = Order(
        year=TODAY.year, number=1, customer="Kitobxon", kind="chet el", service="pullik", ordered_on=TODAY, who="me",
        at=NOW,
    )  # fmt: skip
    session.add(order)
    session.flush()
    session.add_all(
        Delivery(order_id=order.id, day=TODAY, pages=pages, copies=2, remote=remote, who="me", at=NOW)
        for pages, remote in ((7, True), (5, False))
    )
    session.add(Payment(order_id=order.id, day=TODAY, amount=25_000, who="me", at=NOW))
    session.add(PlanRow(
        year=TODAY.year, position=1, number="7", name="Tadbir", unit="marta", planned_raw="12",
        filters={"kinds": ["chet el"]}, manual_value="3",
    ))  # fmt: skip
    session.add(HandEntry(year=TODAY.year, row_key="x", day=TODAY, amount=4, who="me", at=NOW))
    detail = {"field": "value", "year": TODAY.year, "row": word_key("Tadbir marta"), "old": "", "new": "3"}
    session.add(Event(at=NOW, who="rahbar", what="plan-set", tool="digitize", detail=detail))
