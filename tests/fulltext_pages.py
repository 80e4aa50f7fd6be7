"""Items with done pages in a ledger, for tests of the full text."""

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from digitize.fulltext import index
from digitize.ledger.models import Item, Link, LinkState, Master, Outcome, Page, PageState, Record
from digitize.ledger.session import open_engine, transaction

NOON = datetime(2026, 3, 2, 7, tzinfo=UTC)


def make_ledger(folder: Path) -> Engine:
    """An empty ledger in a file."""
    return open_engine(f"sqlite:///{folder / 'ledger.db'}")


def add_page(
    engine: Engine,
    item: str,
    text: str,
    *,
    state: PageState = PageState.DONE,
    done_at: datetime = NOON,
    script: str = "Latn",
    title: str = "",
    kind: str = "kitob",
    indexed: bool = True,
    page_id: int | None = None,
    year: int | None = None,
) -> int:
    """One more page of the item, which is made if it is new; its words stand in a column of boxes."""
    with transaction(engine) as session:
        owner = session.scalar(select(Item).where(Item.folded_key == item))
        owner = owner or _new_item(session, item, title=title, type=kind, year=year)
        page = _new_page(owner, id=page_id, state=state, script=script, done_at=done_at, counted_on=done_at.date())
        page.outcome, page.confidence = (Outcome.OK, 90.0) if text else (Outcome.BLANK, None)
        session.add(page)
        session.flush()
        if indexed:
            words = [(word, 10, 20 * row, 90, 20 * row + 15) for row, word in enumerate(text.split())]
            index.put(session, page.id, owner.id, text, words)
        return page.id


def _new_page(owner: Item, **columns: object) -> Page:
    """The next page of *owner* with a master of its own."""
    number = len(owner.pages) + 1
    name = f"{number:04d}.tif"
    master = Master(
        sha256=f"{owner.id:032x}{number:032x}", extension=".tif", size=1, frames=1, format="TIFF", item_id=owner.id,
        name=name, raw_name=b"", received_at=NOON,
    )  # fmt: skip
    place = {"slot": name, "sort_key": name, "number": number}
    return Page(item=owner, master=master, language="uzb", received_at=NOON, **place, **columns)


def _new_item(session: Session, key: str, **columns: object) -> Item:
    item = Item(key=key, folded_key=key, raw_key=key.encode(), created_at=NOON, changed_at=NOON, **columns)
    session.add(item)
    session.flush()
    return item


def link_record(engine: Engine, item: str, *, number: str, title: str = "", year: str = "") -> None:
    """A record for the item, with a link to its PDF."""
    with transaction(engine) as session:
        owner = session.scalars(select(Item).where(Item.folded_key == item)).one()
        record = Record(
            ordinal=1,
            file="a.mrc",
            profile="marc21",
            syntax="iso2709",
            number=number,
            title=title,
            year=year,
            raw=b"",
            imported_at=NOON,
        )
        url = f"856 40 $u https://kutubxona.example/{item}.pdf $y PDF"
        session.add(
            Link(item=owner, record=record, state=LinkState.LINKED, field=url, at=NOON, linked_on=date(2026, 3, 2))
        )
