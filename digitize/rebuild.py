"""The ledger anew, from the masters and the sidecars beside the items' files; the broken one is put aside, never lost.

What only the ledger knew is gone: the catalogue with its links, the history of events but for decisions about the plan.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from digitize import sidecar, store
from digitize.clock import Clock
from digitize.errors import NotPermitted, UsageError
from digitize.fulltext import index
from digitize.home import Home
from digitize.ledger import opening, queue
from digitize.ledger.models import LIVE, Base, Closing, Event, Item, Master, Page, PageState, PlanRow, Refusal
from digitize.ledger.service import Order
from digitize.ledger.session import open_engine, transaction
from digitize.sidecar import Fields, Sidecar

Words = list[tuple[str, int, int, int, int]]
Row = TypeVar("Row", bound=Base)


@dataclass
class Rebuilt:
    """What stands in the new ledger, and what could not be put there."""

    items: int = 0
    pages: int = 0
    """Live pages."""
    done: int = 0
    again: int = 0
    """Pages whose finished files are gone; they wait for work and keep the day on which they were counted."""
    masters: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Item folders without a sidecar that can be understood."""
    unknown: list[str] = field(default_factory=list)
    """Masters that no sidecar names."""
    plan: int = 0
    """Rows of year plans."""
    orders: int = 0
    closed: int = 0
    """Months whose numbers stand."""
    aside: str = ""
    """Where the old ledger lies now; empty if there was none."""

    @property
    def whole(self) -> bool:
        """Nothing was left out."""
        return not self.unreadable and not self.unknown


def rebuild(home: Home, clock: Clock, *, force: bool = False) -> Rebuilt:
    """Write a fresh ledger from the archive and put it in the old one's place; the caller holds the home's lock.

    Raises:
        UsageError: a database server keeps the ledger.
        NotPermitted: the present ledger is sound, and *force* was not given.
        Unavailable: the archive is not mounted.
        StorageFailed: the disk does not take it.
    """
    target = opening.ledger_file(home)
    if target is None:
        raise UsageError("Only a SQLite ledger can be rebuilt.", hint="Restore the database from the server's backup.")
    store.check_mounted(home)
    if not force and target.is_file() and target.stat().st_size and not opening.sound(home):
        raise NotPermitted(
            "The ledger {target} is sound; a rebuilt one would not have its catalogue, links and events.",
            hint="If you mean it: digitize rebuild --force",
            target=target,
        )
    fresh = target.with_name(f".{target.name}.fresh")
    _clear(fresh)
    try:
        done = _fill(home, clock, fresh)
        done.aside = _swap(fresh, target, f"{clock.now():%Y%m%dT%H%M%S}")
    except OSError as error:
        raise store.disk_failed(error) from error
    finally:
        _clear(fresh)
    return done


def _with_logs(file: Path) -> tuple[Path, ...]:
    """A SQLite file and the two that may stand beside it; all three move together."""
    return tuple(file.with_name(file.name + ending) for ending in ("", "-wal", "-shm"))


def _clear(file: Path) -> None:
    for path in _with_logs(file):
        path.unlink(missing_ok=True)


def _swap(fresh: Path, target: Path, stamp: str) -> str:
    """Put the old ledger aside and give the new one its name; killed between the two, the next start refuses."""
    with fresh.open("rb") as file:
        os.fsync(file.fileno())
    aside = target.with_name(f"{target.stem}-broken-{stamp}{target.suffix}")
    for old, new in zip(_with_logs(target), _with_logs(aside), strict=True):
        with suppress(FileNotFoundError):
            old.rename(new)
    fresh.rename(target)
    store.fsync_dir(target.parent)
    return str(aside) if aside.is_file() else ""


def _fill(home: Home, clock: Clock, fresh: Path) -> Rebuilt:
    engine = open_engine(f"sqlite:///{fresh.absolute()}")
    try:
        done = _Filling(home, engine).run()
        with transaction(engine) as session:
            for item in session.scalars(select(Item).order_by(Item.id)):
                queue.log(session, "rebuilt", who="rebuild", at=clock.now(), item=item)
    finally:
        engine.dispose()
    with closing(sqlite3.connect(fresh)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file that is renamed
    return done


class _Filling:
    """One pass over the archive: all masters first, so that a page finds its bytes under whichever item they lie."""

    def __init__(self, home: Home, engine: Engine) -> None:
        self._home = home
        self._engine = engine
        self._masters: dict[str, int] = {}
        self._items: dict[int, int] = {}
        """The ids of items by those they had."""
        self._done = Rebuilt()

    def run(self) -> Rebuilt:
        sides = dict(self._readable())
        with transaction(self._engine) as session:
            items = {path: self._add_item(session, side) for path, side in sides.items()}
            self._items = {side.item["id"]: items[path] for path, side in sides.items() if "id" in side.item}
        for path, side in sides.items():
            with transaction(self._engine) as session:
                self._add_pages(session, session.get_one(Item, items[path]), side.pages)
        with transaction(self._engine) as session:
            for found in sidecar.loose_refusals(self._home):
                _add(session, Refusal, found)
            self._add_office(session)
            self._done.pages, self._done.done = _count(session)
        self._done.unknown = list(self._unknown())
        return self._done

    def _readable(self) -> Iterator[tuple[Path, Sidecar]]:
        for path, side in sidecar.all_of(self._home):
            if side is None:
                self._done.unreadable.append(str(path.parent.relative_to(self._home.archive)))
            else:
                self._done.items += 1
                yield path, side

    def _add_item(self, session: Session, side: Sidecar) -> int:
        item = _add(session, Item, side.item)
        for found in side.masters:
            if found["sha256"] not in self._masters:
                master = _add(session, Master, found, item_id=item.id)
                self._masters[master.sha256] = master.id
                self._done.masters += 1
        for found in side.refusals:
            _add(session, Refusal, found)
        return item.id

    def _add_pages(self, session: Session, item: Item, found: Iterable[Fields]) -> None:
        pages = [self._add_page(session, item, fields) for fields in found]
        lacking = {(page.slot, page.frame) for page in pages if page.stands and not self._has(item, page)}
        for page in pages:
            if (page.slot, page.frame) in lacking and page.state in LIVE:
                page.state, page.failures, page.result = PageState.RECEIVED, 0, ""
                self._done.again += 1
            elif page.stands:
                self._add_text(session, item, page)

    def _add_office(self, session: Session) -> None:
        """What people entered; acts about items that are gone are gone with them."""
        office = sidecar.office(self._home)
        for kind in sidecar.OFFICE_ROWS:
            for found in office.get(kind.__tablename__, ()):
                if "item_id" not in found:
                    session.add(sidecar.row(kind, found))
                elif found["item_id"] in self._items:
                    session.add(sidecar.row(kind, found, item_id=self._items[found["item_id"]]))
            session.flush()
        session.add_all(sidecar.row(Event, found, id=None) for found in office.get("decisions", ()))
        months = [sidecar.row(Closing, found) for found in sidecar.closed_months(self._home)]
        session.add_all(months)
        self._done.plan, self._done.closed = len(office.get(PlanRow.__tablename__, ())), len(months)
        self._done.orders = len(office.get(Order.__tablename__, ()))

    def _add_page(self, session: Session, item: Item, found: Fields) -> Page:
        master = self._masters.get(str(found.get("master")))
        page = _add(session, Page, found, item_id=item.id, master_id=master, lease_owner="", lease_until=None)
        if page.state == PageState.WORKING:
            page.state = PageState.RECEIVED
        return page

    def _stem(self, item: Item, page: Page) -> Path:
        return store.page_dir(self._home, item.key, page.result) / page.side

    def _has(self, item: Item, page: Page) -> bool:
        stem = self._stem(item, page)
        return all(stem.with_suffix(ending).is_file() for ending in (".pdf", ".txt", ".json"))

    def _add_text(self, session: Session, item: Item, page: Page) -> None:
        stem = self._stem(item, page)
        text = stem.with_suffix(".txt").read_text(encoding="utf-8", errors="replace")
        index.put(session, page.id, item.id, text, _words(stem.with_suffix(".json")))

    def _unknown(self) -> Iterator[str]:
        for path in sorted((self._home.archive / "masters").glob("??/??/*")):
            if path.stem not in self._masters and not path.name.endswith(".part"):
                yield str(path.relative_to(self._home.archive))


def _add(session: Session, kind: type[Row], found: Fields, **values: object) -> Row:
    """A row from a sidecar under its old id, so that folders and fingerprints named after it still fit."""
    if session.get(kind, found.get("id", 0)) is not None:
        found = {key: value for key, value in found.items() if key != "id"}  # claimed twice: a new one is as good
    made = sidecar.row(kind, found, **values)
    session.add(made)
    session.flush()
    return made


def _count(session: Session) -> tuple[int, int]:
    states = dict(session.execute(select(Page.state, func.count()).group_by(Page.state)).all())
    history = (PageState.SUPERSEDED, PageState.DUPLICATE)
    return sum(number for state, number in states.items() if state not in history), states.get(PageState.DONE, 0)


def _words(path: Path) -> Words:
    """Words with their boxes from the file that a worker left beside the page's text; none if it is damaged."""
    try:
        lines = json.loads(path.read_bytes())["lines"]
        return [_placed(word) for line in lines for word in line["words"]]
    except (ValueError, KeyError, TypeError):
        return []


def _placed(word: Mapping[str, Any]) -> tuple[str, int, int, int, int]:
    box = word["box"]
    return word["text"], box["left"], box["top"], box["right"], box["bottom"]
