"""Exports the full text while another process goes on putting pages in, then what came meanwhile, and counts."""

import multiprocessing
import shutil
import sqlite3
import subprocess
import tempfile
import time
from contextlib import closing
from datetime import timedelta
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path

from search_world import World

from digitize.fulltext.export import export_fulltext
from digitize.fulltext.rows import newest
from digitize.ledger.session import reading
from digitize.uzbek import fold

_RANK = 100
"""Place in the vocabulary of the word that is looked for in the export."""
AT_LEAST, AT_MOST = 100, 20_000
"""Pages put in meanwhile: until the export is done, but so many at least and at most."""


def report(world: World) -> str:
    """The Markdown of one export with work going on, and of the increment after it."""
    folder = Path(tempfile.mkdtemp(prefix="export-", dir=world.folder))
    try:
        return _report(world, folder)
    finally:
        world.take_out()
        shutil.rmtree(folder)


def _report(world: World, folder: Path) -> str:
    busy, done = _busy(world.folder)
    began = time.perf_counter()
    with reading(world.ledger) as session:
        until = newest(session)
        first = export_fulltext(session, folder / "all.sqlite", "sqlite").rows
    seconds = time.perf_counter() - began
    done.set()
    busy.join()
    with reading(world.ledger) as session:
        since = until + timedelta(microseconds=1) if until else None
        added = export_fulltext(session, folder / "new.sqlite", "sqlite", since=since).rows
    word = fold(world.language.stems[_RANK])
    counted, found = _asked(folder / "all.sqlite", word)
    both = _together(folder / "all.sqlite", folder / "new.sqlite")
    with world.ledger.connect() as connection:
        there = connection.exec_driver_sql("SELECT count(*) FROM page_text").scalar_one()
    size = (folder / "all.sqlite").stat().st_size / first / 1024
    equal = "as many as the ledger holds" if both == there else f"but the ledger holds {there}"
    return f"""One SQLite file of {first} pages ({size:.1f} KB a page) took {seconds:.0f} s, read back and counted,
while another process put {there - world.pages} pages in. `sqlite3` counts {counted} rows in it and finds
`{word}*` on {found} pages. The next export, from the moment that the first had named, brought {added};
both together hold {both} different pages, {equal}."""


def _busy(folder: Path) -> tuple[BaseProcess, Event]:
    """A process that puts pages in, and what tells it to stop; it has begun."""
    context = multiprocessing.get_context("spawn")
    done, begun = context.Event(), context.Event()
    process = context.Process(target=_put, args=(folder, done, begun))
    process.start()
    begun.wait()
    return process, done


def _put(folder: Path, done: Event, begun: Event) -> None:
    world = World(folder)
    for count, _ in enumerate(world.put_one_by_one(AT_MOST), 1):
        begun.set()
        if done.is_set() and count >= AT_LEAST:
            break
    world.close()


def _asked(path: Path, word: str) -> tuple[int, int]:
    """How many rows the command line program counts, and on how many it finds a word."""
    statements = (
        "SELECT count(*) FROM pages",
        f"SELECT count(*) FROM pages_fts WHERE pages_fts MATCH 'folded : {word}*'",  # noqa: S608  (a key holds letters only)
    )
    counted, found = (
        int(subprocess.run(["sqlite3", str(path), sql], capture_output=True, check=True, text=True).stdout)
        for sql in statements
    )
    return counted, found


def _together(first: Path, second: Path) -> int:
    with closing(sqlite3.connect(first)) as database:
        database.execute("ATTACH ? AS new", (str(second),))
        sql = "SELECT count(*) FROM (SELECT item, page FROM pages UNION SELECT item, page FROM new.pages)"
        return int(database.execute(sql).fetchone()[0])
