"""Measures the full text: size and speed of the index, time of a query, at growing numbers of generated pages.

    .venv/bin/python bench/search.py [--pages 10000 100000] [--queries 60] [--folder DIR]

Beside it stand a plain FTS5 table (unicode61, as SQLite makes it) and, where `rg` is installed, ripgrep over text.
Prints one Markdown table per number of pages; pages, queries and order are the same in every run.
"""

import argparse
import os
import platform
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from search_pages import ENDINGS, Language, Text
from sqlalchemy import Engine, func, insert, select

from digitize.fulltext import index
from digitize.fulltext.query import MOST_COUNTED, search
from digitize.ledger.models import Item, Outcome, Page, PageState, PageText
from digitize.ledger.session import open_engine, reading, transaction
from digitize.uzbek import to_cyrillic

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PER_ITEM = 200
AT_ONCE = 10 * PER_ITEM
OWN_PAGES = 300
"""Pages put in one by one, as a run does it, to measure folding and index together."""
_BULK_MEMORY, _USUAL_MEMORY = 64 << 20, 1 << 20
"""Bytes of the index that FTS5 gathers before it writes them; the second is its own default."""
KINDS = ("one word", "prefix", "phrase", "item and script", "type and script")


@dataclass(frozen=True)
class Times:
    """Seconds of some queries, by the clock and in this process' own processor time."""

    wall: Sequence[float]
    own: Sequence[float]

    def __str__(self) -> str:
        """Milliseconds: half and nineteen of twenty of the queries, by the clock, then in processor time."""
        return " | ".join(f"{1000 * part:.1f}" for seconds in (self.wall, self.own) for part in _quantiles(seconds))


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[-1]


class World:
    """A ledger that grows, with the same pages in a plain FTS5 table and in text files beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger: Engine = open_engine(f"sqlite:///{folder / 'ledger.db'}")
        self.plain = sqlite3.connect(folder / "plain.db")
        self.plain.execute("CREATE VIRTUAL TABLE IF NOT EXISTS plain USING fts5(text)")
        with reading(self.ledger) as session:
            self.pages = session.scalar(select(func.count()).select_from(PageText)) or 0
        self.language = Language(seed=self.pages)
        self.added, self.seconds = 0, 0.0
        """Pages added now, and the processor time spent in the ledger's own inserts and their commits."""

    def grow(self, pages: int) -> None:
        """Add generated pages up to that number; what was begun before goes on where it stopped."""
        if self.pages >= pages:
            return
        self._gather(_BULK_MEMORY)
        texts = self.language.pages(pages - self.pages)
        while batch := list(islice(texts, AT_ONCE)):
            self._add(batch)
            if self.pages % 50_000 == 0:
                print(f"{datetime.now(UTC):%H:%M} {self.pages} pages", file=sys.stderr, flush=True)
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
        self.seconds += time.process_time() - began
        self.pages += len(batch)
        self.added += len(batch)

    def one_by_one(self) -> float:
        """Pages per second as a run puts them in: folded, indexed, committed each by itself; then taken out again."""
        texts = list(Language(seed=1).pages(OWN_PAGES))
        ids = range(self.pages + 1, self.pages + 1 + OWN_PAGES)
        with transaction(self.ledger) as session:
            session.execute(insert(Page), [_page(self.pages + place, text, 1) for place, text in enumerate(texts)])
        began = time.perf_counter()
        for page_id, text in zip(ids, texts, strict=True):
            with transaction(self.ledger) as session:
                index.put(session, page_id, 1, text.text)
        rate = OWN_PAGES / (time.perf_counter() - began)
        with transaction(self.ledger) as session:
            for page_id in ids:
                index.drop(session, page_id)
                session.delete(session.get_one(Page, page_id))
        return rate

    def index_bytes(self) -> float:
        """Of the index proper, per page; the stored text and its keys not counted."""
        with self.ledger.connect() as connection:
            sql = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'page_fts%'"
            return float(connection.exec_driver_sql(sql).scalar_one()) / self.pages

    def plain_bytes(self) -> float:
        """Of the plain table's index, per page."""
        sql = "SELECT sum(pgsize) FROM dbstat WHERE name LIKE 'plain%' AND name <> 'plain_content'"
        return float(self.plain.execute(sql).fetchone()[0]) / self.pages


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


def queries(world: World, kind: str, count: int) -> Iterator[str]:
    """What a reader might type; ranks of words are spread evenly on a logarithmic scale, from the 10th to the last."""
    dice = random.Random(kind)
    stems = world.language.stems
    for _ in range(count):
        rank = int(10 * (len(stems) / 10) ** dice.random())
        word = stems[min(rank, len(stems) - 1)]
        word = dice.choice((word, to_cyrillic(word)))
        if kind == "one word":
            yield word + dice.choice(ENDINGS if word.isascii() else ("",))
        elif kind == "prefix":
            yield word
        elif kind == "phrase":
            yield f'"{_two_words(world, dice)}"'
        elif kind == "item and script":
            yield f"{word} item:INV-{dice.randrange(world.pages // PER_ITEM) + 1} script:kirill"
        else:
            yield f"{word} type:gazeta script:lotin"


def _two_words(world: World, dice: random.Random) -> str:
    with reading(world.ledger) as session:
        text = session.scalars(select(PageText.text).where(PageText.page_id == dice.randrange(world.pages) + 1)).one()
    words = text.split()
    place = dice.randrange(len(words) - 1)
    return " ".join(words[place : place + 2])


def timed(work: Callable[[str], object], asked: Sequence[str]) -> Times:
    """The second of two runs of each query: files are in memory, as on a machine that is in use."""
    wall, own = [], []
    for query in asked:
        work(query)
        began, before = time.perf_counter(), time.process_time()
        work(query)
        wall.append(time.perf_counter() - began)
        own.append(time.process_time() - before)
    return Times(wall, own)


def ask(world: World, query: str) -> int:
    """Twenty hits with snippets, as a reader gets them; how many pages match."""
    with reading(world.ledger) as session:
        return search(session, query, limit=20).total


def ask_plain(world: World, query: str) -> int:
    """The same of the plain table: hits by rank with snippets, and the number of all."""
    match = query if query.startswith('"') else f'"{query}" *'
    hits = "SELECT rowid, snippet(plain, 0, '[', ']', '…', 20) FROM plain WHERE plain MATCH ? ORDER BY rank LIMIT 20"
    world.plain.execute(hits, (match,)).fetchall()
    return int(world.plain.execute("SELECT count(*) FROM plain WHERE plain MATCH ?", (match,)).fetchone()[0])


def ask_ripgrep(world: World, query: str) -> None:
    """Lines with the word's beginning; ripgrep knows no pages and no second alphabet."""
    command = ["rg", "--count", "--ignore-case", rf"\b{query}", str(world.folder / "texts")]
    subprocess.run(command, capture_output=True, check=False)


def report(world: World, count: int) -> str:
    """The Markdown of one number of pages."""
    lines = [
        f"### {world.pages:,} pages".replace(",", " "),
        "",
        f"Index {world.index_bytes() / 1024:.1f} KB a page (plain FTS5: {world.plain_bytes() / 1024:.1f}).",
        f"Filled in bulk at {world.added / world.seconds:.0f} pages/s;" if world.seconds else "",
        f"One by one, with folding and a commit each, at {world.one_by_one():.0f} pages/s.",
        "",
        "| query | p50 ms | p95 ms | p50 ms processor | p95 ms processor |",
        "|---|---|---|---|---|",
    ]
    for kind in KINDS:
        asked = list(queries(world, kind, count))
        lines.append(f"| {kind} | {timed(lambda query: ask(world, query), asked)} |")
    asked = list(queries(world, "prefix", count))
    lines.append(f"| plain FTS5, prefix | {timed(lambda query: ask_plain(world, query), asked)} |")
    if shutil.which("rg"):
        lines.append(f"| ripgrep, prefix | {timed(lambda query: ask_ripgrep(world, query), asked[: count // 3])} |")
    counted = [(ask(world, query), ask_plain(world, query)) for query in asked]
    exact = [(ours, theirs) for ours, theirs in counted if 0 < ours < MOST_COUNTED]
    share = sum(theirs for _, theirs in exact) / max(1, sum(ours for ours, _ in exact))
    lines += ["", f"Of the pages found for {len(exact)} prefixes, plain FTS5 finds {100 * share:.0f} %."]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument(
        "--folder", type=Path, help="where the ledger grows, stays and is taken up again; else temporary"
    )
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="search-"))
    folder.mkdir(parents=True, exist_ok=True)
    machine = f"{os.cpu_count()} x {platform.machine()}, load {os.getloadavg()[0]:.1f} before"
    tools = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    print(f"{datetime.now(UTC):%Y-%m-%d}; {machine}; {tools}")
    world = World(folder)
    for pages in sorted(given.pages):
        world.grow(pages)
        print("", report(world, given.queries), sep="\n", flush=True)
    if not given.folder:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
