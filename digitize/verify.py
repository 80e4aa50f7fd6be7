"""Is everything in the archive as the ledger says? Finds and notes; repairs nothing but what a run can build again.

Two depths. Every call looks at presence and size. With ``data`` it also reads masters and PDFs and compares their
hashes, those that were not read for the longest time first; a call that is cut off loses at most the last files.
A finding stays open, and on the attention list, until a later look finds the same thing in order.
"""

import hashlib
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from digitize import names, store
from digitize.clock import Clock
from digitize.fulltext import check
from digitize.home import Home
from digitize.ledger import opening, queue
from digitize.ledger.models import Damage, Item, Master, Meta, Page, PageState
from digitize.ledger.session import reading, transaction

ROUND_DAYS = 30
"""A full reading that was cut off is taken up again for so long; an older one begins anew."""

_ROUND = "verify_round"
"""Key of ``meta``: when the full reading that is under way began."""
_CHUNK = 1 << 20
_BATCH = 64
"""Files between two notes of how far the reading came."""
_NEW = timedelta(hours=1)
"""A master may lie in the archive for a moment before the ledger knows it."""
_READ = ("master_changed", "pdf_changed")
"""Kinds that only reading finds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the ledger says; *path* is relative to the archive."""

    kind: str
    path: str
    item_id: int | None = None
    master_id: int | None = None
    item: str = ""
    detail: str = ""


@dataclass
class Verified:
    """What one call looked at and found."""

    masters: int = 0
    pdfs: int = 0
    pages: int = 0
    hashed: int = 0
    """Files that were read."""
    hashed_bytes: int = 0
    finished: bool = True
    """False if it was stopped before everything that was asked for had been read."""
    repaired: int = 0
    open: list[Finding] = field(default_factory=list)
    """Everything that is damaged now, also what an earlier reading found and this one did not look at."""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much is read: nothing, everything in rounds, or the *share* that was not read for the longest time."""

    data: bool = False
    share: Fraction | None = None
    rate: float = 0.0
    """Most MB (10⁶ bytes) a second; 0 = as fast as the disk gives them."""


@dataclass(frozen=True, slots=True)
class _File:
    """Something whose hash is known."""

    path: Path
    sha256: str
    kind: str
    item_id: int
    master_id: int | None = None


def verify(
    home: Home, ledger: Engine, clock: Clock, depth: Depth, stop: Callable[[], bool] = lambda: False
) -> Verified:
    """Compare archive and ledger, note what differs and what is in order again; safe while a run is working.

    Raises:
        Unavailable: share or archive are not mounted: nothing is called lost.
        StorageFailed: the ledger is corrupt, or the disk fails.
    """
    store.check_mounted(home)
    opening.require_sound(home)
    look = _Look(home, ledger, clock, stop)
    found = look.twice()
    read, good = look.read(depth)
    with transaction(ledger) as session:
        look.done.repaired = _note(session, clock.now(), [*found, *read], good)
        look.done.open = _open(session)
    return look.done


class _Look:
    """One call at work."""

    def __init__(self, home: Home, ledger: Engine, clock: Clock, stop: Callable[[], bool]) -> None:
        self._home = home
        self._ledger = ledger
        self._clock = clock
        self._stop = stop
        self.done = Verified()

    def twice(self) -> list[Finding]:
        """What differs at two looks; a run at work moves files and rows one after the other."""
        first = self._differences()
        if not first:
            return first
        self.done = Verified()
        still = set(self._differences())
        return [finding for finding in first if finding in still]

    def _differences(self) -> list[Finding]:
        return [*self._masters(), *self._pdfs(), *self._pages(), *self._texts()]

    def _masters(self) -> Iterator[Finding]:
        """Masters by the first two signs of their hash: neither side is held in memory whole."""
        root = self._home.archive / "masters"
        for number in range(256):
            prefix = f"{number:02x}"
            present = dict(_sizes(root / prefix))
            with reading(self._ledger) as session:
                rows = session.scalars(select(Master).where(Master.sha256.startswith(prefix))).all()
                keys = _keys(session, rows)
            for row in rows:
                self.done.masters += 1
                size = present.pop(f"{row.sha256}{row.extension}", None)
                if size != row.size:
                    kind = "master_missing" if size is None else "master_size"
                    path = store.master_path(self._home, row.sha256, row.extension)
                    yield Finding(kind, self._name(path), row.item_id, row.id, keys[row.item_id])
            yield from self._unknown(root, present)

    def _unknown(self, root: Path, left: Iterable[str]) -> Iterator[Finding]:
        for name in left:
            path = root / name[:2] / name[2:4] / name
            with suppress(FileNotFoundError):
                if self._clock.now().timestamp() - path.stat().st_mtime > _NEW.total_seconds():
                    yield Finding("master_unknown", self._name(path))

    def _pdfs(self) -> Iterator[Finding]:
        with reading(self._ledger) as session:
            rows = session.execute(select(Item.id, Item.key).where(Item.pdf_sha256 != "").order_by(Item.id)).all()
        for item_id, key in rows:
            self.done.pdfs += 1
            path = store.pdf_path(self._home, key)
            if not path.is_file():
                yield Finding("pdf_missing", self._name(path), item_id, item=key)

    def _pages(self) -> Iterator[Finding]:
        done = select(Page.result, Page.side, Item.id, Item.key).join(Item).where(Page.state == PageState.DONE)
        with reading(self._ledger) as session:
            for result, side, item_id, key in session.execute(done.order_by(Page.id).execution_options(yield_per=500)):
                self.done.pages += 1
                path = store.page_dir(self._home, key, result) / f"{side}.pdf"
                if not path.is_file():
                    yield Finding("page_missing", self._name(path), item_id, item=key)

    def _texts(self) -> Iterator[Finding]:
        with reading(self._ledger) as session:
            for page_id in check.without_text(session):
                page = session.get_one(Page, page_id)
                path = store.page_dir(self._home, page.item.key, page.result) / f"{page.side}.txt"
                yield Finding("text_missing", self._name(path), page.item_id, item=page.item.key)
            if difference := check.index_differs(session):
                yield Finding("index_broken", "", detail=difference)

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._home.archive))

    def read(self, depth: Depth) -> tuple[list[Finding], set[str]]:
        """Hash what is due; the findings, and the paths that are in order."""
        with transaction(self._ledger) as session:
            files = _due(session, self._home, depth, self._clock.now())
        found: list[Finding] = []
        good: set[str] = set()
        pace = _Pace(self._clock, depth.rate)
        for start in range(0, len(files), _BATCH):
            sound: list[_File] = []
            for file in files[start : start + _BATCH]:
                if self._stop():
                    self.done.finished = False
                    break
                fault = self._fault(file, pace)
                if fault:
                    found.append(self._finding(file, fault))
                elif fault is not None:
                    sound.append(file)
            good.update(self._name(file.path) for file in sound)
            self._remember(sound)
            if not self.done.finished:
                return found, good
        if depth.data and depth.share is None:
            with transaction(self._ledger) as session:
                session.merge(Meta(key=_ROUND, value=""))
        return found, good

    def _fault(self, file: _File, pace: "_Pace") -> str | None:
        """How the bytes differ from those that came; empty if not, None if the file is gone (a finding of its own)."""
        try:
            digest, size = _hash(file.path, pace)
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        self.done.hashed += 1
        self.done.hashed_bytes += size
        return "" if digest in (file.sha256, self._now(file)) else f"sha256 is {digest}"

    def _now(self, file: _File) -> str:
        """The hash the ledger gives after the file was read: a run may have published a new PDF meanwhile."""
        if file.master_id is not None:
            return file.sha256
        with reading(self._ledger) as session:
            return session.get_one(Item, file.item_id).pdf_sha256

    def _finding(self, file: _File, detail: str) -> Finding:
        with reading(self._ledger) as session:
            key = session.get_one(Item, file.item_id).key
        return Finding(file.kind, self._name(file.path), file.item_id, file.master_id, key, detail)

    def _remember(self, sound: Sequence[_File]) -> None:
        now = self._clock.now()
        masters = [file.master_id for file in sound if file.master_id is not None]
        items = [file.item_id for file in sound if file.master_id is None]
        with transaction(self._ledger) as session:
            session.execute(update(Master).where(Master.id.in_(masters)).values(checked_at=now))
            session.execute(update(Item).where(Item.id.in_(items)).values(pdf_checked_at=now))


class _Pace:
    """Holds reading down to so many MB a second."""

    def __init__(self, clock: Clock, rate: float) -> None:
        self._clock = clock
        self._rate = rate * 1_000_000
        self._start = clock.monotonic()
        self._bytes = 0

    def passed(self, size: int) -> None:
        """So many bytes were read; wait until they were allowed to be."""
        self._bytes += size
        if self._rate:
            ahead = self._bytes / self._rate - (self._clock.monotonic() - self._start)
            if ahead > 0:
                self._clock.sleep(ahead)


def _hash(path: Path, pace: _Pace) -> tuple[str, int]:
    """SHA-256 and size of a file, read from the disk and not from memory where the kernel allows it."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while block := file.read(_CHUNK):
            digest.update(block)
            size += len(block)
            pace.passed(len(block))
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return digest.hexdigest(), size


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """Names and sizes below one folder of masters."""
    if not folder.is_dir():
        return
    for inner in folder.iterdir():
        with os.scandir(inner) as entries:
            for entry in entries:
                if not names.ignored(entry.name):
                    yield entry.name, entry.stat(follow_symlinks=False).st_size


def _keys(session: Session, rows: Sequence[Master]) -> dict[int, str]:
    wanted = {row.item_id for row in rows}
    return dict(session.execute(select(Item.id, Item.key).where(Item.id.in_(wanted))).all()) if wanted else {}


def _due(session: Session, home: Home, depth: Depth, now: datetime) -> list[_File]:
    """What is to be read, oldest check first; what was found damaged is always looked at again."""
    damaged = select(Damage.path).where(Damage.resolved_at.is_(None), Damage.kind.in_(_READ))
    again = set(session.scalars(damaged))
    since = _round(session, now) if depth.data and depth.share is None else None
    masters = _masters_due(session, home, depth, since, again)
    pdfs = _pdfs_due(session, home, depth, since, again)
    return [*masters, *pdfs]


def _masters_due(session: Session, home: Home, depth: Depth, since: datetime | None, again: set[str]) -> list[_File]:
    query = select(Master.sha256, Master.extension, Master.item_id, Master.id)
    query = query.order_by(Master.checked_at.nulls_first(), Master.id)
    if depth.data:
        rows = session.execute(query.where(*_before(Master.checked_at, since)).limit(_limit(session, Master.id, depth)))
        rows_due = rows.all()
    else:
        hashes = {Path(path).stem for path in again if path.startswith("masters/")}
        rows_due = session.execute(query.where(Master.sha256.in_(hashes))).all()
    return [
        _File(store.master_path(home, sha256, extension), sha256, "master_changed", item_id, master_id)
        for sha256, extension, item_id, master_id in rows_due
    ]


def _pdfs_due(session: Session, home: Home, depth: Depth, since: datetime | None, again: set[str]) -> list[_File]:
    query = select(Item.key, Item.pdf_sha256, Item.id).where(Item.pdf_sha256 != "")
    query = query.order_by(Item.pdf_checked_at.nulls_first(), Item.id)
    if depth.data:
        query = query.where(*_before(Item.pdf_checked_at, since)).limit(_limit(session, Item.id, depth))
    rows = session.execute(query)
    files = [_File(store.pdf_path(home, key), sha256, "pdf_changed", item_id) for key, sha256, item_id in rows]
    return files if depth.data else [file for file in files if str(file.path.relative_to(home.archive)) in again]


def _before(column: InstrumentedAttribute[datetime | None], since: datetime | None) -> tuple[ColumnElement[bool], ...]:
    return (or_(column.is_(None), column < since),) if since else ()


def _limit(session: Session, rows: InstrumentedAttribute[int], depth: Depth) -> int | None:
    if depth.share is None:
        return None
    return math.ceil((session.scalar(select(func.count(rows))) or 0) * depth.share)


def _round(session: Session, now: datetime) -> datetime:
    """When the full reading that is under way began; now, if there is none or it was given up."""
    mark = session.get(Meta, _ROUND)
    begun = datetime.fromisoformat(mark.value) if mark and mark.value else None
    if begun is None or not timedelta() <= now - begun <= timedelta(days=ROUND_DAYS):
        begun = now
        session.merge(Meta(key=_ROUND, value=now.isoformat()))
    return begun


def _note(session: Session, now: datetime, found: Sequence[Finding], good: set[str]) -> int:
    """Open what is new, close what is in order again; how many were closed."""
    known = {(row.kind, row.path): row for row in session.scalars(select(Damage).where(Damage.resolved_at.is_(None)))}
    present = {(finding.kind, finding.path) for finding in found}
    for finding in found:
        if (finding.kind, finding.path) not in known:
            _add(session, now, finding)
    closed = [
        row for place, row in known.items() if place not in present and (row.kind not in _READ or row.path in good)
    ]
    for row in closed:
        row.resolved_at = now
        item = session.get(Item, row.item_id) if row.item_id else None
        queue.log(session, "damage-repaired", who="verify", at=now, item=item, kind=row.kind, path=row.path)
    return len(closed)


def _add(session: Session, now: datetime, finding: Finding) -> None:
    item = session.get(Item, finding.item_id) if finding.item_id else None
    session.add(
        Damage(
            kind=finding.kind, path=finding.path, item_id=finding.item_id, master_id=finding.master_id,
            detail=finding.detail, found_at=now,
        )
    )  # fmt: skip
    queue.log(
        session, "damage-found", who="verify", at=now, item=item,
        kind=finding.kind, path=finding.path, detail=finding.detail,
    )  # fmt: skip
    if item is not None and finding.kind == "pdf_changed":
        item.published_state = ""  # the next run builds it again from its pages


def _open(session: Session) -> list[Finding]:
    query = select(Damage, Item.key).outerjoin(Item, Damage.item_id == Item.id)
    query = query.where(Damage.resolved_at.is_(None)).order_by(Damage.id)
    return [
        Finding(row.kind, row.path, row.item_id, row.master_id, key or "", row.detail)
        for row, key in session.execute(query)
    ]
