"""Measures the full text: size and speed of the index, time of a query, at growing numbers of generated pages.

    .venv/bin/python bench/search.py --pages 10000 100000 1000000 --folder DIR [--output bench/results/search.md]

Beside it stand a plain FTS5 table (unicode61, as SQLite makes it) and, where `rg` is installed, ripgrep over text; then
an export with work going on. Each number of pages has a folder of its own in DIR, kept and taken up again (20 GB and an
hour of one core for a million); pages, queries and order are the same in every run. Without --output it only prints.
"""

import argparse
import random
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import search_export
from machine import described
from search_pages import ENDINGS, STEMS, WORDS_PER_PAGE
from search_world import PER_ITEM, World
from sqlalchemy import select

from digitize.fulltext import index
from digitize.fulltext.query import MOST_COUNTED, search
from digitize.ledger.models import PageText
from digitize.ledger.session import reading, transaction
from digitize.uzbek import to_cyrillic

OWN_PAGES = 300
"""Pages put in one by one, as a run does it, to measure folding and index together."""
ROUNDS = 3
"""Runs of a query; the machine has neighbours, and its speed changes by half from one minute to the next."""
KINDS = ("one word", "prefix", "phrase", "item and script", "type and script")
EXPORTED = 100_000
"""Pages of the export that is measured with work going on, or the most there are below."""


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
    """The quickest of some runs of each query: files are in memory, as on a machine that is in use."""
    times = [[_once(work, query) for _ in range(ROUNDS)] for query in asked]
    return Times(
        [min(wall for wall, _ in rounds) for rounds in times], [min(own for _, own in rounds) for rounds in times]
    )


def _once(work: Callable[[str], object], query: str) -> tuple[float, float]:
    """Seconds by the clock and of this process' processor time."""
    began, before = time.perf_counter(), time.process_time()
    work(query)
    return time.perf_counter() - began, time.process_time() - before


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
    filled = world.filled
    rate = (
        f"Filled in bulk at {filled.pages / filled.seconds:.0f} pages a processor second; one"
        if filled.pages
        else "One"
    )
    size = f"{world.index_bytes() / 1024:.1f} KB a page (plain FTS5: {world.plain_bytes() / 1024:.1f})"
    lines = [
        f"### {spaced(world.pages)} pages",
        "",
        f"Index {size}. {rate} by one, with folding and a commit each, at {one_by_one(world):.0f} pages/s.",
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
        clock = timed(lambda query: ask_ripgrep(world, query), asked[: count // 3]).wall
        p50, p95 = _quantiles(clock)
        lines.append(f"| ripgrep, prefix | {1000 * p50:.1f} | {1000 * p95:.1f} | (its own process) | |")
    counted = [(ask(world, query), ask_plain(world, query)) for query in asked]
    exact = [(ours, theirs) for ours, theirs in counted if 0 < ours < MOST_COUNTED]
    share = sum(theirs for _, theirs in exact) / max(1, sum(ours for ours, _ in exact))
    known = f"Of the pages found for the {len(exact)} prefixes with fewer than {spaced(MOST_COUNTED)}, plain FTS5 finds"
    return "\n".join(
        [*lines, "", f"{known} {100 * share:.0f} %: those in the alphabet and with the marks that were typed."]
    )


def one_by_one(world: World) -> float:
    """Pages per second as a run puts them in: folded, indexed, committed each by itself; then taken out, and tidied."""
    pages = world.put_one_by_one(OWN_PAGES)
    next(pages)  # the words of them all are made before the first
    began = time.perf_counter()
    rate = sum(1 for _ in pages) / (time.perf_counter() - began)
    world.take_out()
    with transaction(world.ledger) as session:
        index.tidy(session)
    return rate


def spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def heading(count: int) -> str:
    """What was measured, when and on what."""
    return f"""# Full text: measured

`bench/search.py`, {described(["rg", "--version"])}, SQLite {sqlite3.sqlite_version}.

Pages of {WORDS_PER_PAGE} words, half of them Cyrillic; {count} queries of each kind, whose words are spread evenly
over the logarithm of their rank from the 10th to the {spaced(STEMS)}th; twenty hits with snippets; the quickest
of {ROUNDS} runs of each query, by the clock and in processor time.
"""


def measure(folder: Path, sizes: Sequence[int], count: int) -> Iterator[str]:
    """The Markdown of all, one part after the other."""
    yield heading(count)
    for pages in sizes:
        world = World(folder / str(pages))
        world.grow(pages)
        yield report(world, count) + "\n"
        world.close()
    exported = max((pages for pages in sizes if pages <= EXPORTED), default=min(sizes))
    world = World(folder / str(exported))
    yield f"### Export with work going on\n\n{search_export.report(world)}\n"
    world.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=60)
    parser.add_argument("--folder", type=Path, help="where ledgers grow, stay and are taken up again; else temporary")
    parser.add_argument("-o", "--output", type=Path, help="a file that gets what is printed")
    parser.add_argument("--fill", action="store_true", help="only fill the folder")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="search-"))
    try:
        if given.fill:
            for pages in sorted(given.pages):
                World(folder / str(pages)).grow(pages)
            return
        parts = []
        for part in measure(folder, sorted(given.pages), given.queries):
            print(part, flush=True)
            parts.append(part)
        if given.output:
            given.output.write_text("\n".join(parts), encoding="utf-8")
    finally:
        if not given.folder:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
