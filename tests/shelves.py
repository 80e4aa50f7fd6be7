"""A library on paper: a ledger on disk with items that have pages and PDFs, and catalogue files beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from marcs import profile
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from catalog_link.values import Syntax
from digitize.catalog import ImportSummary, export_file, import_file
from digitize.ledger.models import Item, Link, Page, PageState
from digitize.ledger.session import open_engine, transaction
from digitize.link import Followed, LinkSummary, follow, link_all
from digitize.names import fold_key
from digitize.settings import Settings

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)
"""Already 3 November in Tashkent."""
SETTINGS = Settings()


class Shelf:
    """One home's ledger and the few things tests do with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine: Engine = open_engine(f"sqlite:///{root / 'ledger.db'}")

    @contextmanager
    def open(self) -> Iterator[Session]:
        with transaction(self.engine) as session:
            yield session

    def item(self, key: str, *, record: str = "", pdf: bool = True, pages: int = 1, title: str = "") -> None:
        with self.open() as session:
            item = Item(key=key, folded_key=fold_key(key), raw_key=key.encode(), title=title, record_number=record)
            item.created_at = item.changed_at = NOW
            item.pdf_sha256, item.pdf_pages = ("ab" * 32, pages) if pdf else ("", 0)
            session.add(item)
            session.flush()
            for number in range(pages):
                page = Page(item_id=item.id, slot=f"{number}.tif", sort_key=str(number), received_at=NOW)
                page.state = PageState.DONE
                session.add(page)

    def bring(
        self, data: bytes, name: str = "katalog.mrc", dialect: str = "marc21", encoding: str = ""
    ) -> ImportSummary:
        path = self.root / name
        path.write_bytes(data)
        with self.open() as session:
            return import_file(session, path, profile(dialect), NOW, encoding)

    def renew(self, data: bytes, dialect: str = "marc21") -> list[Followed]:
        """What the import command does with a later export of the catalogue."""
        self.bring(data, "yangi.mrc", dialect)
        with self.open() as session:
            return follow(session, SETTINGS, NOW)

    def link(self) -> LinkSummary:
        with self.open() as session:
            return link_all(session, SETTINGS, NOW)

    def export(self, syntax: Syntax = Syntax.ISO2709, *, everything: bool = True) -> bytes:
        path = self.root / "out.mrc"
        with self.open() as session:
            export_file(session, path, syntax, everything=everything, now=NOW)
        return path.read_bytes()

    def states(self) -> list[tuple[str, str, str]]:
        """Item, link state and rule or reason of every link row."""
        with self.open() as session:
            links = session.scalars(select(Link).order_by(Link.id))
            return [(link.item.key, str(link.state), link.rule or link.reason) for link in links]
