"""A copy of everything that cannot be made again, taken while the house is at work, and the way back from it.

The ledger is copied first, by SQLite's online backup, so that it names nothing that is not yet there; then what it
names. Masters and finished pages never change under their name: each is copied once, whole (temp, fsync, rename).
A book that a run replaced meanwhile is fetched with a younger copy of the ledger; what still moves after some tries
is written down in the copied ledger as it was found, so that the copy always agrees with itself.
"""

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitize import __version__, names, store
from digitize.clock import Clock
from digitize.errors import Locked, NotPermitted, StorageFailed, UsageError
from digitize.home import Home
from digitize.ledger import opening
from digitize.ledger.models import LIVE, Item, Master, Page, PageState, standing
from digitize.ledger.session import open_engine, reading, transaction
from digitize.settings import FILE_NAME

MARK = "digitize-backup.json"
"""Written last: a folder without it holds no whole backup."""
MANIFEST = "manifest-sha256.txt"
"""For ``sha256sum -c``: every master and every published PDF."""
LEDGER = "ledger.db"
TRIES = 3
"""Copies of the ledger taken until no book moved in between."""

_LOCK = ".digitize-backup.lock"
_CHUNK = 1 << 20


@dataclass
class BackedUp:
    """What one backup did; *damaged* are paths of the archive that were not copied, their bytes being wrong."""

    files: int = 0
    copied: int = 0
    copied_bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    remade: list[str] = field(default_factory=list)
    """Items whose files moved all the time; a restored home makes them again."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a ledger holds; equal before and after."""

    items: int
    pages: int
    masters: int


def backup(home: Home, folder: Path, clock: Clock) -> BackedUp:
    """Bring *folder* up to date with *home*; what is there already is not copied again.

    Raises:
        UsageError: a database server keeps the ledger, or the folder lies in the home.
        NotPermitted: the folder holds something else.
        Locked: another backup into it is under way.
        Unavailable: the archive is not mounted.
        StorageFailed: the ledger is corrupt, or a disk fails; an older backup in the folder stays whole.
    """
    source = _ledger_of(home)
    _check_folder(home, folder)
    store.check_mounted(home)
    done = BackedUp()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK, timeout=0):
            part = folder / f".{LEDGER}.part"
            done.remade = _copies(home, folder, part, source, done)
            _settle(part, folder, done.remade)
            _finish(home, folder, part, clock)
    except Timeout as error:
        raise Locked("Another backup into {folder} is at work.", hint="Wait until it ends.", folder=folder) from error
    except OSError as error:
        raise store.disk_failed(error) from error
    return done


def _ledger_of(home: Home) -> Path:
    """The ledger's file, brought up to date if an older program wrote it."""
    file = opening.ledger_file(home)
    if file is None:
        raise UsageError(
            "The ledger is kept by a database server.", hint="Back it up with pg_dump, and the archive with rsync."
        )
    opening.open_ledger(home).dispose()
    return file


def _check_folder(home: Home, folder: Path) -> None:
    target = folder.resolve()
    for part in (home.share.resolve(), home.archive.resolve()):
        if target.is_relative_to(part) or part.is_relative_to(target):
            raise UsageError(
                "{folder} overlaps {part}.", hint="Take a folder on another disk.", folder=folder, part=part
            )
    started = (folder / MARK, folder / _LOCK)
    if folder.is_dir() and any(folder.iterdir()) and not any(path.exists() for path in started):
        raise NotPermitted("{folder} holds something that is no backup.", hint="Take an empty folder.", folder=folder)


def _copies(home: Home, folder: Path, part: Path, source: Path, done: BackedUp) -> list[str]:
    """The ledger and all it names; keys of the items whose files still moved at the last try."""
    moved: list[str] = []
    for _ in range(TRIES):
        _snapshot(source, part)
        moved = _Copying(home, folder, part, done).run()
        if not moved:
            break
    return moved


def _snapshot(source: Path, part: Path) -> None:
    """SQLite's online backup: one consistent state, while others write; refused if it is not sound."""
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(part)) as copy:
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        fault = opening.faults(part)
    except sqlite3.DatabaseError as error:
        fault = str(error)
    if fault:
        part.unlink(missing_ok=True)
        raise StorageFailed(
            "The ledger {source} cannot be copied: {fault}.",
            hint="The last backup was left as it is; see: digitize doctor",
            source=source,
            fault=fault,
        )


class _Copying:
    """One pass over what a copied ledger names."""

    def __init__(self, home: Home, folder: Path, part: Path, done: BackedUp) -> None:
        self._home = home
        self._folder = folder
        self._part = part
        self._done = done

    def run(self) -> list[str]:
        engine = open_engine(f"sqlite:///{self._part.absolute()}")
        self._done.files = 0
        try:
            with reading(engine) as session:
                self._masters(session)
                keys = session.scalars(select(Item.key).order_by(Item.id)).all()
                return [key for key in keys if not self._item(session, key)]
        finally:
            engine.dispose()
            _single_file(self._part)

    def _masters(self, session: Session) -> None:
        rows = select(Master.sha256, Master.extension, Master.size).order_by(Master.id)
        for sha256, extension, size in session.execute(rows.execution_options(yield_per=1000)):
            source = store.master_path(self._home, sha256, extension)
            target = self._target(source)
            self._done.files += 1
            if target.is_file() and target.stat().st_size == size:
                continue
            if self._copy(source, target, sha256) is None:
                self._complain(source)

    def _complain(self, source: Path) -> None:
        name = str(source.relative_to(self._home.archive))
        if name not in self._done.damaged:
            self._done.damaged.append(name)

    def _target(self, source: Path) -> Path:
        return self._folder / "archive" / source.relative_to(self._home.archive)

    def _copy(self, source: Path, target: Path, sha256: str = "") -> str | None:
        """Copy one file durably and return its hash; None if it is gone or its bytes are not the expected ones."""
        try:
            with store.arriving(target) as part:
                digest = copy_hashed(source, part)
                _require(digest, sha256)
                self._done.copied += 1
                self._done.copied_bytes += part.stat().st_size
        except (FileNotFoundError, _OtherBytes):
            return None
        return digest

    def _item(self, session: Session, key: str) -> bool:
        """Copy what belongs to one item; False if it is not there as this ledger says."""
        item = session.scalars(select(Item).where(Item.key == key)).one()
        results = session.scalars(select(Page.result).where(Page.item_id == item.id, standing()).distinct()).all()
        whole = self._pdf(item)
        for result in results:
            whole = self._result(store.page_dir(self._home, key, result)) and whole
        folder = store.item_dir(self._home, key)
        for source in sorted((*folder.glob("*"), *(folder / "text").glob("*"))):
            if source.is_file() and source.suffix != ".pdf" and not names.ignored(source.name):
                self._newer(source)
        return whole

    def _result(self, source: Path) -> bool:
        """A finished page's folder, as a whole: its name is never given to other files."""
        target = self._target(source)
        if target.is_dir():
            self._done.files += sum(1 for _ in target.iterdir())
            return True
        part = target.with_name(f".{target.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            for file in sorted(source.iterdir()):
                shutil.copy2(file, part / file.name)
        except FileNotFoundError:
            shutil.rmtree(part)
            return False
        store.fsync_tree(part)
        self._done.files += (count := sum(1 for _ in part.iterdir()))
        self._done.copied += count
        self._done.copied_bytes += sum(file.stat().st_size for file in part.iterdir())
        part.rename(target)
        store.fsync_dir(target.parent)
        return True

    def _pdf(self, item: Item) -> bool:
        if not item.pdf_sha256:
            return True
        source = store.pdf_path(self._home, item.key)
        target = self._target(source)
        self._done.files += 1
        if target.is_file() and _hash(target) == item.pdf_sha256:
            return True
        return self._copy(source, target, item.pdf_sha256) is not None

    def _newer(self, source: Path) -> None:
        target = self._target(source)
        self._done.files += 1
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            self._copy(source, target)


class _OtherBytes(Exception):
    """The file on the disk is not the one the ledger means; the copy under way is dropped."""


def _require(digest: str, sha256: str) -> None:
    if sha256 and digest != sha256:
        raise _OtherBytes


def copy_hashed(source: Path, target: Path) -> str:
    """Copy a file with its times and mode, and return the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with source.open("rb") as file, target.open("xb") as copy:
        while block := file.read(_CHUNK):
            digest.update(block)
            copy.write(block)
    shutil.copystat(source, target)
    return digest.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _single_file(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def _settle(part: Path, folder: Path, moving: Sequence[str]) -> None:
    """Make the copied ledger agree with what could be copied: the rest is made again after a restore."""
    if not moving:
        return
    engine = open_engine(f"sqlite:///{part.absolute()}")
    try:
        with transaction(engine) as session:
            for item in session.scalars(select(Item).where(Item.key.in_(moving))):
                _settle_item(session, folder / "archive" / "items" / names.folder_name(item.key), item)
    finally:
        engine.dispose()
        _single_file(part)


def _settle_item(session: Session, folder: Path, item: Item) -> None:
    live = session.scalars(select(Page).where(Page.item_id == item.id, Page.state.in_(LIVE))).all()
    lacking = {
        (page.slot, page.frame) for page in live if page.stands and not (folder / "pages" / page.result).is_dir()
    }
    for page in live:
        if (page.slot, page.frame) in lacking:
            page.state, page.result = PageState.RECEIVED, ""
    item.published_state = item.pdf_sha256 = ""


def _finish(home: Home, folder: Path, part: Path, clock: Clock) -> None:
    """The ledger takes its name, then what describes it; last of all the mark."""
    engine = open_engine(f"sqlite:///{part.absolute()}")
    try:
        with reading(engine) as session:
            counts = _counts(session)
            manifest = "".join(f"{sha256}  {path}\n" for sha256, path in _named(session, folder))
            wanted = dict(_wanted(session))
    finally:
        engine.dispose()
        _single_file(part)
    _store_settings(home, folder)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(folder / LEDGER)
    store.fsync_dir(folder)
    store.write_durable(folder / MANIFEST, manifest.encode())
    mark = {"format": 1, "program": __version__, "at": clock.now().isoformat(), "counts": asdict(counts)}
    store.write_durable(folder / MARK, json.dumps(mark, indent=1).encode())
    _prune(folder, wanted)


def _counts(session: Session) -> Counts:
    numbers = (session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (Item, Page, Master))
    return Counts(*numbers)


def _named(session: Session, folder: Path) -> Iterator[tuple[str, str]]:
    """Hash and path of the masters and PDFs that lie in the backup."""
    for sha256, extension in session.execute(select(Master.sha256, Master.extension).order_by(Master.sha256)):
        path = f"archive/masters/{sha256[:2]}/{sha256[2:4]}/{sha256}{extension}"
        if (folder / path).is_file():
            yield sha256, path
    for key, sha256 in session.execute(select(Item.key, Item.pdf_sha256).where(Item.pdf_sha256 != "")):
        name = names.folder_name(key)
        yield sha256, f"archive/items/{name}/{name}.pdf"


def _wanted(session: Session) -> Iterator[tuple[str, set[str]]]:
    for item_id, key in session.execute(select(Item.id, Item.key)):
        results = select(Page.result).where(Page.item_id == item_id, Page.state.in_(LIVE), Page.result != "")
        yield names.folder_name(key), set(session.scalars(results))


def _store_settings(home: Home, folder: Path) -> None:
    store.write_durable(folder / FILE_NAME, (home.root / FILE_NAME).read_bytes())
    named = (home.settings.calendar_overrides, home.settings.absences, home.settings.price_list)
    for file in (*(home.root / name for name in named if name), *sorted(home.templates.glob("*"))):
        if file.is_file() and file.is_relative_to(home.root) and not names.ignored(file.name):
            store.write_durable(folder / "settings" / file.relative_to(home.root), file.read_bytes())


def _prune(folder: Path, wanted: dict[str, set[str]]) -> None:
    """Results that no page of the copied ledger has any more, and what a killed backup left half done."""
    for item in (folder / "archive" / "items").glob("*"):
        for result in (item / "pages").glob("*"):
            if result.name not in wanted.get(item.name, set()):
                shutil.rmtree(result, ignore_errors=True)
    for part in (folder / "archive").glob("**/.*.part"):
        if part.is_file():
            part.unlink(missing_ok=True)
