"""A ledger of generated pages that grows, with the same pages in a plain FTS5 table and in text files beside it."""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from search_pages import Language, Text
from sqlalchemy import Engine, delete, func, insert, select

from digitize.fulltext import index
from digitize.ledger.models import Item, Outcome, Page, PageState, PageText
from digitize.ledger.session import open_engine, reading, transaction

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PER_ITEM = 200
_AT_ONCE = 10 * PER_ITEM
_BULK_MEMORY, _USUAL_MEMORY = 64 << 20, 1 << 20
"""Bytes of the index that FTS5 gathers before it writes them; the second is its own default."""
_SIZE = "SELECT sum(pgsize) FROM dbstat WHERE name IN ('{0}_data', '{0}_idx', '{0}_docsize')"


@dataclass
class Filled:
    """What filling cost: pages put in, and the processor seconds of the ledger's own inserts and commits."""

    pages: int = 0
    seconds: float = 0.0


class World:
    """One folder; what was begun before is taken up again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ledger: Engine = open_engine(f"sqlite:///{folder / 'ledger.db'}")
        self.plain = sqlite3.connect(folder / "plain.db")
        self.plain.execute("CREATE VIRTUAL TABLE IF NOT EXISTS plain USING fts5(text)")
        with reading(self.ledger) as session:
            self.pages = session.scalar(select(func.count()).select_from(PageText)) or 0
        self.language = Language(seed=self.pages)
        self._cost = folder / "filled.json"
        self.filled = Filled(**json.loads(self._cost.read_text())) if self._cost.exists() else Filled()

    def close(self) -> None:
        self.ledger.dispose()
        self.plain.close()

    def grow(self, pages: int) -> None:
        """Add generated pages up to that number; what was begun before goes on where it stopped."""
        if self.pages >= pages:
            return
        self._gather(_BULK_MEMORY)
        texts = self.language.pages(pages - self.pages)
        while batch := list(islice(texts, _AT_ONCE)):
            self._add(batch)
            if self.pages % 50_000 == 0:
                print(f"{datetime.now(UTC):%H:%M} {self.pages} pages", file=sys.stderr, flush=True)
        with self.ledger.begin() as connection:  # as `digitize reindex` leaves it
            connection.exec_driver_sql("INSERT INTO page_fts (page_fts) VALUES ('optimize')")
        self._gather(_USUAL_MEMORY)

    def _gather(self, memory: int) -> None:
        """How many bytes of the index are gathered before they are written."""
        with self.ledger.begin() as connection:
            connection.exec_driver_sql("INSERT INTO page_fts (page_fts, rank) VALUES ('hashsize', ?)", (memory,))

    def _add(self, batch: Sequence[Text]) -> None:
        """The ledger comes last: what it does not know is written anew by the next run."""
        first = self.pages
        with self.plain:
            rows = [(first + place + 1, text.text) for place, text in enumerate(batch)]
            self.plain.executemany("INSERT OR REPLACE INTO plain (rowid, text) VALUES (?, ?)", rows)
        for place in range(0, len(batch), PER_ITEM):
            texts = [text.text for text in batch[place : place + PER_ITEM]]
            path = self.folder / "texts" / f"{(first + place) // PER_ITEM:05d}.txt"
            path.parent.mkdir(exist_ok=True)
            path.write_text("\f".join(texts), encoding="utf-8")
        items = range(first // PER_ITEM + 1, (first + len(batch) - 1) // PER_ITEM + 2)
        began = time.process_time()
        with transaction(self.ledger) as session:
            session.execute(insert(Item), [_item(number) for number in items])
            session.execute(insert(Page), [_page(first + place, text) for place, text in enumerate(batch)])
            session.execute(insert(PageText), [_text(first + place, text) for place, text in enumerate(batch)])
        self.filled.seconds += time.process_time() - began
        self.filled.pages += len(batch)
        self._cost.write_text(json.dumps(asdict(self.filled)))
        self.pages += len(batch)

    def put_one_by_one(self, count: int) -> Iterator[int]:
        """Ids of so many new pages, each put in as a run does it: folded, indexed, committed by itself."""
        for place, text in enumerate(Language(seed=1).pages(count), self.pages):
            row = _page(place, text, 1) | {"number": place + 1, "done_at": NOW + timedelta(seconds=1 + place)}
            with transaction(self.ledger) as session:
                session.execute(insert(Page), [row])
                index.put(session, place + 1, 1, text.text)
            yield place + 1

    def take_out(self) -> None:
        """Remove what :meth:`put_one_by_one` put in."""
        with transaction(self.ledger) as session:
            for page_id in session.scalars(select(PageText.page_id).where(PageText.page_id > self.pages)).all():
                index.drop(session, page_id)
            session.execute(delete(Page).where(Page.id > self.pages))

    def index_bytes(self) -> float:
        """Of the index proper, per page; the stored text and its keys not counted."""
        with self.ledger.connect() as connection:
            return float(connection.exec_driver_sql(_SIZE.format("page_fts")).scalar_one()) / self.pages

    def plain_bytes(self) -> float:
        """Of the plain table's index, per page."""
        return float(self.plain.execute(_SIZE.format("plain")).fetchone()[0]) / self.pages


def _item(number: int) -> dict[str, object]:
    key = f"INV-{number}"
    kind = "gazeta" if number % 10 == 0 else "kitob"
    return {
        "id": number, "key": key, "folded_key": key, "raw_key": b"", "type": kind, "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip


def _page(place: int, text: Text, item: int = 0) -> dict[str, object]:
    return {
        "id": place + 1, "item_id": item or place // PER_ITEM + 1, "slot": f"{place:07d}.tif", "sort_key": "",
        "number": place % PER_ITEM + 1, "state": PageState.DONE, "outcome": Outcome.OK, "script": text.script,
        "received_at": NOW, "done_at": NOW, "counted_on": NOW.date(),
    }  # fmt: skip


def _text(place: int, text: Text) -> dict[str, object]:
    keys = text.keys
    return {
        "page_id": place + 1, "item_id": place // PER_ITEM + 1, "text": text.text, "strict": keys.strict,
        "folded": keys.folded, "ocr": keys.ocr, "words": [],
    }  # fmt: skip
