"""Each item's own memory beside its files: enough to write the ledger anew if ``ledger.db`` is lost.

A sidecar follows the events: every change of an item appends one, so the items with events since the last look are
those whose sidecar is old. What is written is the rows themselves, by column name; bytes as hex, moments as ISO.
"""

import enum
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Date, Engine, LargeBinary, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from digitize import store
from digitize.clock import Clock
from digitize.home import Home
from digitize.ledger import news
from digitize.ledger.models import Base, Closing, Event, Item, Master, Meta, Page, PlanRow, Refusal, UtcDateTime
from digitize.ledger.service import Delivery, HandEntry, Order, OrderItem, Payment, Placement
from digitize.ledger.session import reading, transaction

NAME = "manifest.json"
LOOSE = "refused.json"
"""In the archive: refusals of files that belong to no item."""
OFFICE = "office.json"
"""In the archive: what people entered that belongs to no item alone."""
CLOSED = "closed"
"""Folder in the archive: a file for each month whose numbers stand, named after it."""
FORMAT = 1
EVERY_SECONDS = 60.0
"""How far behind a sidecar may be while pages are taken in or worked on."""

_SEEN = "sidecars"
"""Key of ``meta``: the last event that the sidecars know of."""

Row = TypeVar("Row", bound=Base)
Fields = Mapping[str, Any]

OFFICE_ROWS: tuple[type[Base], ...] = (PlanRow, HandEntry, Order, OrderItem, Delivery, Payment, Placement)
"""The tables of :data:`OFFICE`, those first that others point at."""
DECISIONS = "plan-set"
"""Events that are kept with them: what a person decided about a row of the plan holds for later plans, too."""


@dataclass(frozen=True, slots=True)
class Sidecar:
    """The rows of one item as they lay in the ledger; ``master`` of a page is the hash of its bytes."""

    item: Fields
    masters: tuple[Fields, ...]
    pages: tuple[Fields, ...]
    refusals: tuple[Fields, ...]


def path_of(home: Home, key: str) -> Path:
    """Where the sidecar of an item lies."""
    return store.item_dir(home, key) / NAME


def refresh(home: Home, ledger: Engine) -> int:
    """Write the sidecars of all items that changed since the last time; how many.

    Raises:
        StorageFailed: the archive does not take them.
    """
    with store.writing_alone(home.sidecar_lock_file):
        return _refresh(home, ledger)


def _refresh(home: Home, ledger: Engine) -> int:
    with reading(ledger) as session:
        seen = _seen(session)
        found = news.since(session, seen)
    if found.upto <= seen:
        return 0
    store.check_mounted(home)
    try:
        for item_id in sorted(found.items):
            _write_item(home, ledger, item_id)
        _write_loose(home, ledger)
        _write_office(home, ledger)
    except OSError as error:
        raise store.disk_failed(error) from error
    with transaction(ledger) as session:
        session.merge(Meta(key=_SEEN, value=str(found.upto)))
    return len(found.items)


class Keeper:
    """Keeps the sidecars young through long work: once a minute, so that a big book is not written at each page."""

    def __init__(self, home: Home, ledger: Engine, clock: Clock) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._last = clock.monotonic()

    def tick(self) -> None:
        """Call it as often as you like.

        Raises:
            StorageFailed: the archive does not take them.
        """
        if self._clock.monotonic() - self._last >= EVERY_SECONDS:
            refresh(self._home, self._ledger)
            self._last = self._clock.monotonic()


def _seen(session: Session) -> int:
    found = session.get(Meta, _SEEN)
    return int(found.value) if found else 0


def _write_item(home: Home, ledger: Engine, item_id: int) -> None:
    with reading(ledger) as session:
        item = session.get_one(Item, item_id)
        _put(path_of(home, item.key), _item(session, item))


def _write_loose(home: Home, ledger: Engine) -> None:
    with reading(ledger) as session:
        rows = session.scalars(
            select(Refusal).where(Refusal.item_key.not_in(select(Item.key))).order_by(Refusal.id)
        ).all()
    if rows:
        _put(home.archive / LOOSE, {"format": FORMAT, "refusals": [fields(row) for row in rows]})


def _write_office(home: Home, ledger: Engine) -> None:
    with reading(ledger) as session:
        tables = {kind.__tablename__: [fields(row) for row in _all(session, kind)] for kind in OFFICE_ROWS}
        set_rows = session.scalars(select(Event).where(Event.what == DECISIONS).order_by(Event.id))
        decisions = [fields(event) for event in set_rows]
        closed = dict(session.execute(select(Closing.month, Closing.id)).all())
        fresh = [month for month in closed if not _closed_file(home, month).is_file()]
        months = [fields(session.get_one(Closing, closed[month])) for month in fresh]
    if any(tables.values()) or decisions:
        _put(home.archive / OFFICE, {"format": FORMAT, **tables, "decisions": decisions})
    for month in months:
        _put(_closed_file(home, month["month"]), {"format": FORMAT, "closing": month})


def _all(session: Session, kind: type[Row]) -> Iterable[Row]:
    return session.scalars(select(kind).order_by(*inspect(kind).primary_key))


def _closed_file(home: Home, month: str) -> Path:
    return home.archive / CLOSED / f"{month}.json"


def _put(target: Path, content: Mapping[str, object]) -> None:
    written = json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"
    if not target.is_file() or target.read_bytes() != written:
        store.write_durable(target, written)


def _item(session: Session, item: Item) -> dict[str, object]:
    masters = session.scalars(select(Master).where(Master.item_id == item.id).order_by(Master.id))
    pages = session.execute(
        select(Page, Master.sha256)
        .outerjoin(Master, Page.master_id == Master.id)
        .where(Page.item_id == item.id)
        .order_by(Page.number, Page.id)
    )
    refusals = session.scalars(select(Refusal).where(Refusal.item_key == item.key).order_by(Refusal.id))
    return {
        "format": FORMAT,
        "item": fields(item),
        "masters": [fields(row) for row in masters],
        "pages": [fields(page) | {"master": sha256} for page, sha256 in pages],
        "refusals": [fields(row) for row in refusals],
    }


def fields(row: Base) -> dict[str, Any]:
    """The columns of *row* as JSON can hold them."""
    return {column.key: _plain(getattr(row, column.key)) for column in inspect(type(row)).column_attrs}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value


def read(path: Path) -> Sidecar | None:
    """One sidecar; None if it cannot be understood.

    Raises:
        OSError: it cannot be read.
    """
    try:
        found = json.loads(path.read_bytes())
        sections = (tuple(found[name]) for name in ("masters", "pages", "refusals"))
        side = Sidecar(found["item"], *sections)
    except (ValueError, KeyError, TypeError):
        return None
    return side if found.get("format") == FORMAT and side.item.get("key") else None


def loose_refusals(home: Home) -> tuple[Fields, ...]:
    """Refusals of files that belong to no item; none if their sidecar is missing or cannot be understood."""
    try:
        return tuple(json.loads((home.archive / LOOSE).read_bytes())["refusals"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ()


def office(home: Home) -> Mapping[str, tuple[Fields, ...]]:
    """What people entered, by table, and their ``decisions``; nothing if its sidecar is missing or not understood."""
    try:
        found = json.loads((home.archive / OFFICE).read_bytes())
        return {name: tuple(rows) for name, rows in found.items() if name != "format"} if _ours(found) else {}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def _ours(found: Mapping[str, Any]) -> bool:
    return found.get("format") == FORMAT


def closed_months(home: Home) -> Iterator[Fields]:
    """The months whose numbers stand, in order, but for those whose files are not understood."""
    for path in sorted((home.archive / CLOSED).glob("????-??.json")):
        with suppress(ValueError, KeyError, TypeError):
            found = json.loads(path.read_bytes())
            if _ours(found):
                yield dict(found["closing"])


def row(kind: type[Row], found: Fields, **values: object) -> Row:
    """A new row of *kind* from its fields; *values* win, columns that are not there keep their defaults.

    Raises:
        ValueError: a field is not of its column's type.
    """
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(kind).column_attrs}
    known = {key: _rich(columns[key].type, value) for key, value in found.items() if key in columns}
    return kind(**(known | values))


def _rich(type_: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(type_, LargeBinary):
        return bytes.fromhex(value)
    if isinstance(type_, UtcDateTime):
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if isinstance(type_, Date) else value


def all_of(home: Home) -> Iterator[tuple[Path, Sidecar | None]]:
    """Every item folder's sidecar, by folder name; None where it is missing or cannot be understood."""
    for folder in sorted(_folders(home)):
        path = folder / NAME
        yield path, read(path) if path.is_file() else None


def _folders(home: Home) -> Iterable[Path]:
    return (path for path in (home.archive / "items").glob("*") if path.is_dir())
