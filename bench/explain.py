"""What the list behind a number costs: a year of generated pages, the number, every page behind it.

    .venv/bin/python bench/explain.py [--pages 200000] [-o bench/results/explain.md]

Each figure is a command of its own from its first instruction to its last, the best of five; so what a person waits
for. Each list is held against its number in the report and against a count that is no code of ours: the database's own
``count(*)`` over the days. One that is not equal ends the script with code 1.
"""

import argparse
import hashlib
import json
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from machine import Spent, described, spend
from sqlalchemy import insert
from tables import table, tell

from digitize.home import create_home
from digitize.ledger.models import Item, Master, Outcome, Page, PageState
from digitize.ledger.session import open_engine, transaction

YEAR = 2026
PER_ITEM = 250
ROUNDS = 5
PLAN = Path(__file__).resolve().parent.parent / "samples" / "reja-2026.csv"
LAST = f"{YEAR}-12-31"
PERIODS = {"year": f"{YEAR}-01-01", "quarter": f"{YEAR}-10-01", "month": f"{YEAR}-12-01", "week": f"{YEAR}-12-28"}
"""The report of each kind on the last day of the year, and its first day."""
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


@dataclass(frozen=True)
class Measured:
    """A command that lists: what it cost, and three numbers that have to be the same."""

    words: str
    spent: Spent
    bytes: int
    report: int
    listed: int
    counted: int

    def cells(self) -> tuple[object, ...]:
        same = "yes" if self.report == self.listed == self.counted else "NO"
        cost = (self.spent.wall, self.spent.cpu, f"{self.bytes / 1e6:.1f}")
        return (f"`{self.words}`", *cost, self.report, self.listed, self.counted, same)


@dataclass(frozen=True)
class Bench:
    """A home full of pages, and its commands."""

    home: Path

    def call(self, *arguments: str) -> tuple[Spent, bytes]:
        """The best of some calls, and what the command printed."""
        out = self.home / "out"
        command = [sys.executable, "-m", "digitize", "--home", str(self.home), *arguments]
        found = [spend(command, Path.cwd(), {"PATH": "/usr/bin:/bin"}, out) for _ in range(ROUNDS)]
        if any(one.code for one in found):
            raise SystemExit(out.read_text(encoding="utf-8"))
        return min(found, key=lambda one: one.wall), out.read_bytes()

    def alone(self) -> tuple[Spent, bytes]:
        return self.call("report", "year", "--date", LAST, "--format", "json")

    def lists(self) -> Iterator[Measured]:
        """Every period as JSON and as text, then the pages of a plan row."""
        for kind, since in PERIODS.items():
            for form in ("json", "text"):
                words = ("report", kind, "--explain", "--format", form)
                spent, out = self.call(*words, "--date", LAST)
                number = json.loads(self.call("report", kind, "--date", LAST, "--format", "json")[1])["pages"]
                yield Measured(" ".join(words), spent, len(out), number, lines(out, form), self.counted(since))
        for form in ("json", "text"):
            words = ("report", "year", "--row", "1", "--format", form)
            spent, out = self.call(*words, "--date", LAST)
            titles, pages = map(int, json.loads(self.alone()[1])["rows"][0]["done"].split("/"))
            row = Measured(
                " ".join(words), spent, len(out), titles + pages, lines(out, form), self.counted(PERIODS["year"])
            )
            yield row

    def counted(self, since: str) -> int:
        """What the database itself counts from *since* to the end of the year."""
        sql = "SELECT count(*) FROM page WHERE counted_on BETWEEN ? AND ?"
        with closing(sqlite3.connect(self.home / "ledger.db")) as connection:
            ((found,),) = connection.execute(sql, (since, LAST))
        return int(found)


def lines(out: bytes, form: str) -> int:
    """How many different pages a command has listed."""
    if form == "text":
        cells = (line.split("\t") for line in out.decode().splitlines())
        return len({tuple(one) for one in cells if len(one) == 6})
    found = json.loads(out)
    return len({(one["item"], one["page"]) for one in (found if isinstance(found, list) else found["explain"])})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200_000)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        create_home(home)
        fill(home / "ledger.db", given.pages)
        plan = [sys.executable, "-m", "digitize", "--home", str(home), "-q", "plan", "import", str(PLAN)]
        subprocess.run(plan, check=True)
        bench, machine = Bench(home), described()
        alone, found = bench.alone()[0], list(bench.lists())
    heads = ("command", "s", "CPU-s", "MB written", "number", "listed", "database", "equal")
    shown = f"""# The list behind a number: measured

`bench/explain.py --pages {given.pages}`; {machine}. The whole command, from its start to its end, its output in a file;
the best of {ROUNDS}. The report of the year alone: {alone.wall:.2f} s, {alone.cpu:.2f} CPU-s.

{table(heads, [one.cells() for one in found])}

*number* is what the report says, *listed* how many different pages the list has, *database* a `count(*)` over the days.
"""
    tell(shown, given.output)
    raise SystemExit(any(one.cells()[-1] != "yes" for one in found))


if __name__ == "__main__":
    main()
