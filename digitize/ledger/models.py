"""The tables. Constraints stand here, not in the callers; times are UTC; totals are always queries, never columns."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    TypeDecorator,
    UniqueConstraint,
    and_,
    event,
    or_,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from digitize.ledger.states import HANG, HISTORY, LIVE, WAITING, LinkState, Outcome, PageState, Side

__all__ = [
    "HANG", "HISTORY", "LIVE", "PAGE_LOW", "WAITING", "Base", "Closing", "Damage", "Event", "Item", "Link", "LinkState",
    "Master", "Meta", "Outcome", "Page", "PageState", "PageText", "PlanRow", "Record", "RecordKey", "Refusal", "Side",
    "UtcDateTime", "standing",
]  # fmt: skip


class UtcDateTime(TypeDecorator[datetime]):
    """Aware moments in, aware moments out, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment: it would be a day wrong in Tashkent five hours out of twenty-four."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives naive moments back; they are UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """The common root of the tables."""

    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's documented form)
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
        PageState: String(16),
        Outcome: String(16),
        Side: String(8),
        LinkState: String(16),
    }


class Item(Base):
    """One physical book, issue, map: a folder in the hot folder."""

    __tablename__ = "item"
    __table_args__ = (
        Index("item_published", "first_published_on", "published_at", "complete"),
        Index("item_promised", "complete", "expected_pages", "key"),
        Index("item_unbuilt", "unbuilt", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255))
    """The folder name as people see it (NFC)."""
    folded_key: Mapped[str] = mapped_column(String(255), unique=True)
    """For comparison: case kept, apostrophes made one (``digitize.names.fold_key``)."""
    raw_key: Mapped[bytes] = mapped_column(LargeBinary)
    """The folder name's bytes on disk."""
    title: Mapped[str] = mapped_column(default="")
    type: Mapped[str] = mapped_column(String(32), default="kitob")
    source: Mapped[str] = mapped_column(String(32), default="reja")
    collection: Mapped[str] = mapped_column(String(64), default="")
    operator: Mapped[str] = mapped_column(String(120), default="")
    scanner: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """The machine it was scanned on: as the operator calls it, else as the first picture's header names it."""
    language: Mapped[str] = mapped_column(String(16), default="")
    author: Mapped[str] = mapped_column(default="", server_default="")
    year: Mapped[int | None]
    """Of printing, as typed by the operator."""
    record_number: Mapped[str] = mapped_column(String(120), default="")
    """Record number typed in item.toml."""
    expected_pages: Mapped[int | None]
    sheet_sha256: Mapped[str] = mapped_column(String(64), default="")
    """Hash of the item.toml that was applied last."""
    overrides: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Settings for this item alone, e.g. ``{"restore.split": "off"}``."""
    complete: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """Last file that came or changed; the quiet time counts from here."""
    published_at: Mapped[datetime | None]
    first_published_on: Mapped[date | None]
    """Local day on which the first PDF appeared; titles are counted on it."""
    published_state: Mapped[str] = mapped_column(String(64), default="")
    """Fingerprint of what the PDF was built from; differs from the present one = build again."""
    pdf_sha256: Mapped[str] = mapped_column(String(64), default="")
    pdf_pages: Mapped[int] = mapped_column(default=0)
    pdf_checked_at: Mapped[datetime | None]
    """When the PDF's bytes were last read and found to be those that were published."""
    pdf_size: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """Of the published PDF, in bytes; 0 where it is not known."""
    access: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Who may open the PDF: ``open``, ``restricted``, or empty as long as nobody has said it."""
    made_with: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """Fingerprint of the decision that all its done pages were found to be made with (``digitize.decisions``); empty
    after a page became done: look again."""
    ark: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """Name in the shape of an ARK, without its NAAN; minted once, never given again."""
    unbuilt: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """Why the last try to build the PDF gave none (a kind of ``workers.assemble``); empty after one that did."""

    pages: Mapped[list["Page"]] = relationship(back_populates="item", order_by="Page.number")
    links: Mapped[list["Link"]] = relationship(back_populates="item")

    def __repr__(self) -> str:
        return f"Item({self.key!r})"


class Master(Base):
    """A page version: the bytes of one file as they came, stored once under their hash."""

    __tablename__ = "master"
    __table_args__ = (Index("master_received", "received_at", "size"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    extension: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(BigInteger)
    frames: Mapped[int]
    format: Mapped[str] = mapped_column(String(16))
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    name: Mapped[str]
    """File name as people see it (NFC); longer than its bytes where they are no UTF-8."""
    raw_name: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(80), default="")
    """Device, inode and time of the file in the hot folder: tells an interrupted intake from a second drop."""
    superseded_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When the bytes were last read and found to be those that came."""

    def __repr__(self) -> str:
        return f"Master({self.name!r}, {self.sha256[:8]})"


PAGE_LOW = DDL("CREATE INDEX page_low ON page (state, item_id, outcome) WHERE outcome = 'low'")  # type: ignore[no-untyped-call]
"""Hard pages alone. Both databases read it as it stands; as an Index with ``postgresql_where`` it would have every
command load the dialect of PostgreSQL."""


class Page(Base):
    """One side of a leaf. It is also the unit of work: state, attempt and lease stand here.

    A row stands for a place (item, file name, frame, side) and lives as long as the item: a rescan gives it new
    bytes and keeps its ``counted_on``, so that nothing can be counted twice. The right half of an opening is not
    claimed by itself; its row follows the left one.
    """

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("item_id", "slot", "frame", "side", name="page_place"),
        Index("page_waiting", "state", "item_id", "number", "side"),
        Index("page_of_day", "counted_on", "state", "outcome", "item_id"),
        Index("page_of_item", "item_id", "number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    master_id: Mapped[int | None] = mapped_column(ForeignKey("master.id"), index=True)
    """None only for a rejected file, whose bytes lie in 3_QAYTARILGAN."""
    slot: Mapped[str]
    """The file's name: what a rescan replaces."""
    sort_key: Mapped[str] = mapped_column(String(400))
    frame: Mapped[int] = mapped_column(default=0)
    side: Mapped[Side] = mapped_column(default=Side.WHOLE)
    number: Mapped[int] = mapped_column(default=0)
    """Place among the live pages of the item, from 1; 0 for history. Kept by ``queue.renumber``, so the largest number
    is how many pages the item has."""
    state: Mapped[PageState] = mapped_column(default=PageState.RECEIVED)
    attempt: Mapped[int] = mapped_column(default=0)
    """Raised at every claim; a result that names an older attempt is ignored (fencing)."""
    failures: Mapped[int] = mapped_column(default=0)
    """Attempts that were the page's own fault."""
    lease_owner: Mapped[str] = mapped_column(String(120), default="")
    lease_until: Mapped[datetime | None]
    survey: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What intake measured on the picture: size, dpi, gutter."""
    outcome: Mapped[Outcome | None]
    confidence: Mapped[float | None]
    worst: Mapped[float | None]
    language: Mapped[str] = mapped_column(String(32), default="")
    script: Mapped[str] = mapped_column(String(8), default="")
    skew: Mapped[float | None]
    kind: Mapped[str] = mapped_column(String(40), default="")
    """Name of the failure or refusal."""
    reason: Mapped[str] = mapped_column(default="")
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Everything that repeats this result: steps with their numbers, model, tool versions."""
    result: Mapped[str] = mapped_column(String(64), default="")
    """Folder of the derivatives under items/<item>/pages; empty until done."""
    label: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """The number printed on the page, as the whole book's numbers show it; empty where nothing can be said."""
    counted_on: Mapped[date | None]
    """Local day on which the page first became done; never changed afterwards."""
    received_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    item: Mapped[Item] = relationship(back_populates="pages")
    master: Mapped[Master | None] = relationship()

    def __repr__(self) -> str:
        return f"Page({self.slot!r}, {self.side}, {self.state})"

    @property
    def stands(self) -> bool:
        """Whether there is a page to read: as :func:`standing`, of this one."""
        return self.state == PageState.DONE or (self.state in WAITING and bool(self.result))


event.listen(Page.metadata.tables["page"], "after_create", PAGE_LOW)


def standing() -> ColumnElement[bool]:
    """Pages there is something to read of: done ones, and those worked on again, as they were, until that is through.

    PDF, search and exports show these; whatever a rework breaks off in, nothing that could be read is missing.
    """
    return or_(Page.state == PageState.DONE, and_(Page.state.in_(WAITING), Page.result != ""))


class Refusal(Base):
    """A file that was set aside, with the reason the operator read."""

    __tablename__ = "refusal"
    __table_args__ = (Index("refusal_place", "item_key", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_key: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str]
    path: Mapped[str]
    """Where the bytes lie now, relative to the share."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    origin: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """As of a master: tells a file that could not be removed from the same one dropped again."""
    at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    """Set when a good file took the place, or for duplicates at once."""


class Event(Base):
    """Append-only: who did what, when, with which version of the program."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(120))
    what: Mapped[str] = mapped_column(String(60))
    tool: Mapped[str] = mapped_column(String(60))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(ForeignKey("page.id"))
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Damage(Base):
    """Something in the archive that is not as the ledger says; open until a later look finds it in order."""

    __tablename__ = "damage"
    __table_args__ = (Index("damage_open", "resolved_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    path: Mapped[str]
    """Relative to the archive."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    master_id: Mapped[int | None] = mapped_column(ForeignKey("master.id"))
    detail: Mapped[str] = mapped_column(default="")
    found_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]


class Closing(Base):
    """A month whose numbers stand: what was reported, with the pages behind it; never changed again."""

    __tablename__ = "closing"

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(String(7), unique=True)
    """``2026-03``."""
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(120))
    numbers: Mapped[str]
    """The report as canonical JSON."""
    lines: Mapped[bytes] = mapped_column(LargeBinary)
    """The counted pages, canonical JSON, packed with zlib."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Over the bytes of *numbers*, a line feed and the unpacked *lines*."""


class PlanRow(Base):
    """One row of a year plan; the cells' own text beside what was understood of it."""

    __tablename__ = "plan_row"
    __table_args__ = (UniqueConstraint("year", "position", name="plan_place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    position: Mapped[int]
    """Order in the table, from 1."""
    section: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(String(20), default="")
    name: Mapped[str]
    unit: Mapped[str] = mapped_column(String(80), default="")
    last_year_raw: Mapped[str] = mapped_column(default="")
    planned_raw: Mapped[str] = mapped_column(default="")
    mechanism: Mapped[str] = mapped_column(default="")
    deadline: Mapped[str] = mapped_column(default="")
    responsible: Mapped[str] = mapped_column(default="")
    measure: Mapped[str] = mapped_column(String(32), default="manual")
    filters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    manual_value: Mapped[str] = mapped_column(default="")


class Record(Base):
    """A bibliographic record as it was imported, byte for byte; a broken one too."""

    __tablename__ = "record"

    id: Mapped[int] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(index=True)
    """Import order over all files, from 1."""
    file: Mapped[str] = mapped_column(String(255))
    profile: Mapped[str] = mapped_column(String(32))
    syntax: Mapped[str] = mapped_column(String(16))
    """``iso2709`` or ``marcxml``."""
    encoding: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Of its text where that is no UTF-8, as its file was found to be written; empty: as the profile says."""
    number: Mapped[str] = mapped_column(String(120), default="", index=True)
    """Control number (001)."""
    title: Mapped[str] = mapped_column(default="")
    author: Mapped[str] = mapped_column(default="")
    year: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(16), default="")
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    """The record with whatever stood between it and the next one, so that export gives the file back exactly."""
    broken: Mapped[str] = mapped_column(default="")
    """Empty, or why it cannot be read."""
    imported_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]

    keys: Mapped[list["RecordKey"]] = relationship(cascade="all, delete-orphan")


class RecordKey(Base):
    """One value by which a record can be found."""

    __tablename__ = "record_key"
    __table_args__ = (Index("record_key_value", "kind", "value"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(ForeignKey("record.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    """``record``, ``inventory``, ``isbn``, or ``title`` and ``author``: keys under which likely records meet."""
    value: Mapped[str] = mapped_column(String(120))
    """Folded for comparison by the profile's rules."""


class Link(Base):
    """An item hung on a record, or waiting for a person to say which."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    record_id: Mapped[int | None] = mapped_column(ForeignKey("record.id"), index=True)
    state: Mapped[LinkState]
    rule: Mapped[str] = mapped_column(String(40), default="")
    """What decided: ``record``, ``inventory``, ``isbn``, ``title``, ``person``."""
    reason: Mapped[str] = mapped_column(default="")
    candidates: Mapped[list[Any]] = mapped_column(default=list)
    """Up to three record ids for the review list."""
    field: Mapped[str] = mapped_column(default="")
    """The fields of ours as a person reads MARC, a line each, the link (856) first."""
    raw: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    """The record with the link in it, as exported."""
    dead: Mapped[str] = mapped_column(String(16), default="", server_default="")
    """Day on which a server said that there is nothing at the address, or empty."""
    at: Mapped[datetime]
    linked_on: Mapped[date | None]

    item: Mapped[Item] = relationship(back_populates="links")
    record: Mapped[Record | None] = relationship()


class PageText(Base):
    """The text of a done page beside its keys; the FTS index lies over the same rows."""

    __tablename__ = "page_text"

    page_id: Mapped[int] = mapped_column(ForeignKey("page.id"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    text: Mapped[str]
    strict: Mapped[str]
    folded: Mapped[str]
    ocr: Mapped[str]
    words: Mapped[list[Any]] = mapped_column(default=list)
    """``[word, left, top, right, bottom]`` in pixels of the page picture."""


class Meta(Base):
    """Facts about the ledger itself and the work as a whole: its version, the alarm that rings."""

    __tablename__ = "meta"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str]
