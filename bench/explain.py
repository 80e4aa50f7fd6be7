"""What the list behind a number costs: a year of generated pages, the number, every page behind it.

    .venv/bin/python bench/explain.py [--pages 200000]

Each figure is a command of its own from its first instruction to its last, the best of five; so what a person waits
for. The list is held against a count that is no code of ours: the database's own ``count(*)`` over the days.
"""

import argparse
import hashlib
import json
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from machine import Spent, described, spend
from sqlalchemy import insert

from digitize.home import create_home
from digitize.ledger.models import Item, Master, Outcome, Page, PageState
from digitize.ledger.session import open_engine, reading, transaction
from digitize.ledger.totals import Counted, Scope, explain
from digitize.ledger.totals import pages as pages_counted

YEAR = 2026
PER_ITEM = 250
_NOW = datetime(YEAR, 1, 1, 6, tzinfo=UTC)


def fill(ledger: Path, pages: int) -> None:
    """A year of *pages* over items of 250, every twentieth blank, spread over all days."""
    with transaction(open_engine(f"sqlite:///{ledger}")) as session:
        session.execute(insert(Item), [_item(place) for place in range(1, pages // PER_ITEM + 2)])
        for first in range(1, pages + 1, 20_000):
            some = range(first, min(first + 20_000, pages + 1))
            session.execute(insert(Master), [_master(page) for page in some])
            session.execute(insert(Page), [_page(page, pages) for page in some])


def _item(place: int) -> dict[str, object]:
    key, title = f"INV-{place:05}", f"Oʻzbek xalq ertaklari, {place}-jild"
    moments = {"created_at": _NOW, "changed_at": _NOW}
    return {"id": place, "key": key, "folded_key": key, "raw_key": b"", "title": title, "overrides": {}} | moments


def _master(page: int) -> dict[str, object]:
    names = {"name": "1.tif", "raw_name": b"", "extension": ".tif", "format": "TIFF"}
    owner = {"item_id": page // PER_ITEM + 1, "received_at": _NOW}
    return {"id": page, "sha256": hashlib.sha256(b"%d" % page).hexdigest(), "size": 1, "frames": 1} | names | owner


def _page(page: int, pages: int) -> dict[str, object]:
    item, place = divmod(page, PER_ITEM)
    day = date(YEAR, 1, 1) + timedelta(days=page * 365 // (pages + 1))
    outcome = Outcome.BLANK if page % 20 == 0 else Outcome.OK
    done = {"state": PageState.DONE, "outcome": outcome, "counted_on": day, "received_at": _NOW}
    names = {"slot": f"{place + 1:04}.tif", "sort_key": f"{place + 1:04}", "number": place + 1}
    return {"id": page, "item_id": item + 1, "master_id": page, "survey": {}, "parameters": {}} | names | done


def measure(home: Path, *arguments: str) -> Spent:
    command = [sys.executable, "-m", "digitize", "--home", str(home), *arguments]
    found = [spend(command, Path.cwd(), {"PATH": "/usr/bin:/bin"}, home / "log") for _ in range(5)]
    if any(one.code for one in found):
        raise SystemExit((home / "log").read_text(encoding="utf-8"))
    return min(found, key=lambda one: one.wall)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=200_000)
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        create_home(home)
        fill(home / "ledger.db", pages)
        print(described())
        print(f"| command, {pages} pages | s | CPU-s | MB |\n|---|--:|--:|--:|")
        out = home / "out.json"
        year = ("report", "year", "--date", f"{YEAR}-12-31")
        _line("the report alone (JSON)", measure(home, *year, "-o", str(out)))
        _line("the report with every page behind it (JSON)", measure(home, *year, "--explain", "-o", str(out)))
        _inside(home / "ledger.db")
        report = json.loads(out.read_bytes())
        _line("the same as text", measure(home, *year, "--explain", "-o", str(home / "out.txt")))
        with sqlite3.connect(home / "ledger.db") as connection:
            ((counted,),) = connection.execute("SELECT count(*) FROM page WHERE counted_on LIKE ?", (f"{YEAR}-%",))
        connection.close()
        text = sum(line.count("\t") == 5 for line in (home / "out.txt").read_text(encoding="utf-8").splitlines())
        distinct = {(line["item"], line["page"]) for line in report["explain"]}
        same = counted == report["pages"] == len(report["explain"]) == len(distinct) == text
        print(
            f"\nreport {report['pages']}, listed {len(report['explain'])} (text {text}), database {counted}: ", end=""
        )
        print("equal" if same else "NOT EQUAL")
        raise SystemExit(not same)


def _inside(ledger: Path) -> None:
    """The list alone, without the start of a program: the best of five in this process."""
    scope = Scope(date(YEAR, 1, 1), date(YEAR, 12, 31))
    tries = []
    with reading(open_engine(f"sqlite:///{ledger}")) as session:
        for _ in range(5):
            wall, cpu = time.perf_counter(), time.process_time()
            lines = explain(session, Counted.PAGES, scope)
            tries.append((time.perf_counter() - wall, time.process_time() - cpu))
            if len(lines) != pages_counted(session, scope):
                raise SystemExit("the list is not as long as the number")
    wall, cpu = min(tries)
    print(f"| the list alone, in a running program | {wall:.2f} | {cpu:.2f} | |")


def _line(words: str, spent: Spent) -> None:
    print(f"| {words} | {spent.wall:.2f} | {spent.cpu:.2f} | {spent.peak_mb:.0f} |")


if __name__ == "__main__":
    main()
