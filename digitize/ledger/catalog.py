"""Records, their keys and the links of items: every query and write on the catalogue's tables.

A record row is never altered after it came: a new version is a new row in the old one's place, so that the file a
library gave can be given back.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, insert, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from catalog_link.values import BLOCK_LIMIT
from digitize.ledger.models import LIVE, Event, Item, Link, LinkState, Page, Record, RecordKey

_LIVE_RECORD: ColumnElement[bool] = Record.replaced_at.is_(None)
BLOCKS = ("title", "author")
"""Kinds of keys that many records share."""
_HANDFUL = 10
_WINDOW = 500
"""Rows held at once while the whole catalogue passes by."""


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record as it comes out of a file; empty texts where it is broken."""

    syntax: str
    raw: bytes
    broken: str = ""
    number: str = ""
    title: str = ""
    author: str = ""
    year: str = ""
    language: str = ""
    keys: tuple[tuple[str, str], ...] = ()
    """Kind and folded value."""
    encoding: str = ""
    """Of its 8-bit text; empty: as the profile says."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of some records."""

    new: int = 0
    unchanged: int = 0
    replaced: int = 0

    def __add__(self, other: "Arrived") -> "Arrived":
        return Arrived(self.new + other.new, self.unchanged + other.unchanged, self.replaced + other.replaced)


@dataclass(frozen=True, slots=True)
class _Known:
    id: int
    raw: bytes
    ordinal: int
    encoding: str
    profile: str


class Arrival:
    """One file on its way into the ledger; records that came with the same file never replace each other."""

    def __init__(self, session: Session, file: str, profile: str, at: datetime) -> None:
        self._session = session
        self._file = file
        self._profile = profile
        self._at = at
        self._next = (session.scalar(select(func.max(Record.ordinal))) or 0) + 1
        self._used = bytearray((session.scalar(select(func.max(Record.id))) or 0) + 1)
        """1 at the id of each record that was there before and has met its successor."""

    def add(self, batch: Sequence[NewRecord]) -> Arrived:
        """Put some records in: the same bytes under the same number are no news, other bytes a new version.

        So are the same bytes read in another encoding or, after a mistake, by another profile. Other bytes under
        another profile are another catalogue's.

        A record without number, and a broken one, is known by its bytes alone.
        """
        known = self._known_numbers(batch), self._known_bytes(batch)
        fresh: list[NewRecord] = []
        successors: list[_Known | None] = []
        unchanged = 0
        for row in batch:
            before = self._predecessor(row, known[0].get(row.number, []) if row.number else known[1].get(row.raw, []))
            if before is not None and self._says_the_same(before, row):
                unchanged += 1
                continue
            fresh.append(row)
            successors.append(before)
        self._insert(fresh, successors)
        replaced = sum(before is not None for before in successors)
        return Arrived(len(fresh) - replaced, unchanged, replaced)

    def _says_the_same(self, before: _Known, row: NewRecord) -> bool:
        return (before.raw, before.encoding, before.profile) == (row.raw, row.encoding, self._profile)

    def _predecessor(self, row: NewRecord, known: Sequence[_Known]) -> _Known | None:
        ours = (one for one in known if self._profile == one.profile or one.raw == row.raw)
        free = [one for one in ours if not self._used[one.id]]
        before = next((one for one in free if one.raw == row.raw), free[0] if free else None)
        if before is not None:
            self._used[before.id] = 1
        return before

    def _known_numbers(self, batch: Sequence[NewRecord]) -> dict[str, list[_Known]]:
        numbers = {row.number for row in batch if row.number}
        found: dict[str, list[_Known]] = {}
        for number, one in self._known(Record.number.in_(numbers)):
            found.setdefault(number, []).append(one)
        return found

    def _known_bytes(self, batch: Sequence[NewRecord]) -> dict[bytes, list[_Known]]:
        pieces = {row.raw for row in batch if not row.number}
        found: dict[bytes, list[_Known]] = {}
        for _, one in self._known((Record.number == "") & Record.raw.in_(pieces)) if pieces else ():
            found.setdefault(one.raw, []).append(one)
        return found

    def _known(self, condition: ColumnElement[bool]) -> Iterator[tuple[str, _Known]]:
        query = select(Record.number, Record.id, Record.raw, Record.ordinal, Record.encoding, Record.profile).where(
            condition, _LIVE_RECORD, Record.id < len(self._used)
        )
        for row in self._session.execute(query.order_by(Record.id)):
            yield row.number, _Known(row.id, row.raw, row.ordinal, row.encoding, row.profile)

    def _insert(self, rows: Sequence[NewRecord], successors: Sequence[_Known | None]) -> None:
        if not rows:
            return
        values = [self._values(row, before) for row, before in zip(rows, successors, strict=True)]
        ids = list(self._session.scalars(insert(Record).returning(Record.id, sort_by_parameter_order=True), values))
        keys = [
            {"record_id": id_, "kind": kind, "value": value}
            for id_, row in zip(ids, rows, strict=True)
            for kind, value in row.keys
        ]
        if keys:
            self._session.execute(insert(RecordKey), keys)
        for id_, before in zip(ids, successors, strict=True):
            if before is not None:
                self._replace(before.id, id_)

    def _values(self, row: NewRecord, before: _Known | None) -> dict[str, object]:
        if before is None:
            ordinal = self._next
            self._next += 1
        else:
            ordinal = before.ordinal
        return {
            "ordinal": ordinal,
            "file": self._file,
            "profile": self._profile,
            "syntax": row.syntax,
            "encoding": row.encoding,
            "number": row.number,
            "title": row.title,
            "author": row.author,
            "year": row.year,
            "language": row.language,
            "raw": row.raw,
            "broken": row.broken,
            "imported_at": self._at,
        }

    def _replace(self, old: int, new: int) -> None:
        """The old version leaves; its links move over and are written anew by the next link pass."""
        self._session.execute(update(Record).where(Record.id == old).values(replaced_at=self._at))
        moved = update(Link).where(Link.record_id == old).values(record_id=new, field="", raw=b"")
        self._session.execute(moved)


def find(session: Session, kind: str, value: str) -> list[int]:
    """Ids of the live records with this key, in import order.

    Of a number, a handful is enough to know that it is not one; of a title or an author, those that may be compared.
    """
    query = (
        select(Record.id)
        .where(Record.id.in_(select(RecordKey.record_id).where(RecordKey.kind == kind, RecordKey.value == value)))
        .where(_LIVE_RECORD, Record.broken == "")
        .order_by(Record.ordinal, Record.id)
        .limit(BLOCK_LIMIT if kind in BLOCKS else _HANDFUL)
    )
    return list(session.scalars(query))


def has_records(session: Session) -> bool:
    """Whether any catalogue was imported."""
    return bool(session.scalar(select(exists().where(_LIVE_RECORD))))


def records(session: Session) -> Iterator[Record]:
    """Every live record in import order, a window at a time."""
    query = select(Record).where(_LIVE_RECORD).order_by(Record.ordinal, Record.id)
    for window in session.scalars(query.execution_options(yield_per=_WINDOW)).partitions():
        for record in window:
            yield record
            session.expunge(record)


def written(session: Session) -> dict[int, int]:
    """Record id -> id of a link whose ``raw`` is that record as it goes out."""
    query = select(Link.record_id, Link.id).join(Record, Record.id == Link.record_id)
    rows = session.execute(query.where(func.length(Link.raw) > 0, _LIVE_RECORD).order_by(Link.id))
    return {record: link for record, link in rows if record is not None}


def changed_since(session: Session, moment: datetime) -> set[int]:
    """Ids of records whose links were written, changed or taken off at *moment* or later."""
    query = (
        select(Link.record_id)
        .join(Event, Event.item_id == Link.item_id)
        .where(Event.what.in_(("link", "link undo")), Event.at >= moment, Link.state != LinkState.REVIEW)
    )
    return {record_id for record_id in session.scalars(query) if record_id is not None}


def exports(session: Session) -> list[Event]:
    """What left the house, oldest first."""
    return list(session.scalars(select(Event).where(Event.what == "catalog export").order_by(Event.id)))


def item_by_key(session: Session, folded: str) -> Item | None:
    """The item with this folded key."""
    return session.scalar(select(Item).where(Item.folded_key == folded))


def has_ark(session: Session, name: str) -> bool:
    """Whether an item bears that name."""
    return bool(session.scalar(select(exists().where(Item.ark == name))))


def unlinked_items(session: Session, among: Collection[int] | None = None) -> list[Item]:
    """Items (*among* these) that have pages and hang on no record, oldest first, with their links."""
    has_pages = exists().where(Page.item_id == Item.id, Page.state.in_(LIVE))
    is_linked = exists().where(Link.item_id == Item.id, Link.state == LinkState.LINKED)
    query = select(Item).where(has_pages, ~is_linked).order_by(Item.id).options(selectinload(Item.links))
    return list(session.scalars(query if among is None else query.where(Item.id.in_(among))))


def typed_links(session: Session) -> list[Link]:
    """Links nobody set by hand, of items whose typed record number is not the number of their record."""
    query = (
        select(Link)
        .join(Item, Item.id == Link.item_id)
        .join(Record, Record.id == Link.record_id)
        .where(Link.state == LinkState.LINKED, Link.rule != "person")
        .where(Item.record_number != "", Item.record_number != Record.number)
        .order_by(Link.id)
    )
    return list(session.scalars(query.options(joinedload(Link.item))))


def renewed_links(session: Session, moment: datetime) -> list[Link]:
    """Links whose record was replaced by a new version at *moment* or later."""
    query = select(Link).join(Record, Record.id == Link.record_id).where(Link.state == LinkState.LINKED)
    query = query.where(Record.imported_at >= moment, _LIVE_RECORD).order_by(Link.id)
    return list(session.scalars(query.options(joinedload(Link.item), joinedload(Link.record))))


def link_of(session: Session, item_id: int) -> Link | None:
    """The one link by which an item hangs on a record now."""
    query = select(Link).where(Link.item_id == item_id, Link.state == LinkState.LINKED).order_by(Link.id.desc())
    return session.scalars(query).first()


def linked_records(session: Session) -> Iterator[tuple[Record, list[Link]]]:
    """The records on which a published item hangs, in import order, each with every link that ever hung on it."""
    query = (
        select(Record.id)
        .join(Link, Link.record_id == Record.id)
        .join(Item, Item.id == Link.item_id)
        .where(Link.state == LinkState.LINKED, Item.pdf_sha256 != "", _LIVE_RECORD)
        .order_by(Record.ordinal, Record.id)
    )
    ids = list(dict.fromkeys(session.scalars(query)))
    for start in range(0, len(ids), _WINDOW):
        yield from _with_links(session, ids[start : start + _WINDOW])


KOHA = "koha"
"""Name of the events that say what was put into a Koha."""


def ever_linked(session: Session, among: Collection[int] | None = None) -> Iterator[tuple[Record, list[Link]]]:
    """The records on which an item (*among* these) hangs or once hung, in import order, with every such link."""
    query = (
        select(Record.id)
        .join(Link, Link.record_id == Record.id)
        .where(Link.state != LinkState.REVIEW, _LIVE_RECORD)
        .order_by(Record.ordinal, Record.id)
    )
    ids = list(dict.fromkeys(session.scalars(query if among is None else query.where(Link.item_id.in_(among)))))
    for start in range(0, len(ids), _WINDOW):
        yield from _with_links(session, ids[start : start + _WINDOW])


def in_koha(session: Session) -> set[tuple[int, str]]:
    """Item and record number of every link that stands in Koha, as far as the events tell."""
    standing: set[tuple[int, str]] = set()
    for event in session.scalars(select(Event).where(Event.what == KOHA).order_by(Event.id)):
        if event.item_id is not None:
            place = (event.item_id, str(event.detail.get("record", "")))
            (standing.discard if event.detail.get("action") == "removed" else standing.add)(place)
    return standing


def with_links(session: Session, record_id: int) -> tuple[Record, list[Link]]:
    """One record with every link that ever hung on it, oldest first."""
    return session.get_one(Record, record_id), next((links for _, links in _with_links(session, [record_id])), [])


def _with_links(session: Session, ids: Sequence[int]) -> Iterator[tuple[Record, list[Link]]]:
    query = select(Link).where(Link.record_id.in_(ids), Link.state != LinkState.REVIEW).order_by(Link.id)
    found: dict[int, tuple[Record, list[Link]]] = {}
    for link in session.scalars(query.options(joinedload(Link.item), joinedload(Link.record))):
        if link.record is not None:
            found.setdefault(link.record.id, (link.record, []))[1].append(link)
    for record_id in ids:
        if record_id in found:
            yield found[record_id]


def reviews(session: Session) -> list[Link]:
    """What waits for a person, oldest item first."""
    query = select(Link).where(Link.state == LinkState.REVIEW).order_by(Link.item_id)
    return list(session.scalars(query.options(selectinload(Link.item))))


def count_reviews(session: Session) -> int:
    """How many items wait for a person."""
    return session.scalar(select(func.count()).select_from(Link).where(Link.state == LinkState.REVIEW)) or 0
