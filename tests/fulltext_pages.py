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
        number = len(owner.pages) + 1
        sha = f"{owner.id:032x}{number:032x}"
        master = Master(
            sha256=sha,
            extension=".tif",
            size=1,
            frames=1,
            format="TIFF",
            item_id=owner.id,
            name=f"{number:04d}.tif",
            raw_name=b"",
            received_at=NOON,
        )
        page = Page(
            id=page_id,
            item=owner,
            master=master,
            slot=master.name,
            sort_key=master.name,
            number=number,
            state=state,
            outcome=Outcome.OK if text else Outcome.BLANK,
            confidence=90.0 if text else None,
            script=script,
            language="uzb",
            counted_on=done_at.date(),
            received_at=NOON,
            done_at=done_at,
        )
        session.add(page)
        session.flush()
        if indexed:
            words = [(word, 10, 20 * row, 90, 20 * row + 15) for row, word in enumerate(text.split())]
            index.put(session, page.id, owner.id, text, words)
        return page.id


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
