"""Each item's own memory beside its files: enough to write the ledger anew if ``ledger.db`` is lost.

A sidecar follows the events: every change of an item appends one, so the items with events since the last look are
those whose sidecar is old. What is written is the rows themselves, by column name; bytes as hex, moments as ISO.
"""

import enum
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Date, Engine, LargeBinary, func, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from digitize import store
from digitize.clock import Clock
from digitize.home import Home
from digitize.ledger.models import Base, Event, Item, Master, Meta, Page, Refusal, UtcDateTime
from digitize.ledger.session import reading, transaction

NAME = "manifest.json"
LOOSE = "refused.json"
"""In the archive: refusals of files that belong to no item."""
FORMAT = 1
EVERY_SECONDS = 60.0
"""How far behind a sidecar may be while pages are taken in or worked on."""

_SEEN = "sidecars"
"""Key of ``meta``: the last event that the sidecars know of."""

Row = TypeVar("Row", bound=Base)
Fields = Mapping[str, Any]


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
        seen, newest = _seen(session), session.scalar(select(func.max(Event.id))) or 0
        changed = _changed(session, seen, newest)
    if newest <= seen:
        return 0
    store.check_mounted(home)
    try:
        for item_id in changed:
            _write_item(home, ledger, item_id)
        _write_loose(home, ledger)
    except OSError as error:
        raise store.disk_failed(error) from error
    with transaction(ledger) as session:
        session.merge(Meta(key=_SEEN, value=str(newest)))
    return len(changed)


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


def _changed(session: Session, seen: int, newest: int) -> Sequence[int]:
    """Ids of items with new events."""
    query = select(Event.item_id).where(Event.id > seen, Event.id <= newest).distinct()
    return [item_id for item_id in session.scalars(query) if item_id is not None]


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
