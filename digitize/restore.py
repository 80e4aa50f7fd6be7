"""A home again, from a backup: into an empty place only, the ledger last, so that half a home never starts."""

import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import func, select

from digitize import store
from digitize.backup import LEDGER, MARK, Counts, copy_hashed
from digitize.clock import Clock
from digitize.errors import NotFound, NotPermitted, StorageFailed, UsageError
from digitize.home import Home, create_home
from digitize.ledger import opening
from digitize.ledger.models import Item, Record
from digitize.ledger.session import open_engine, reading
from digitize.lock import only_run
from digitize.settings import FILE_NAME

UNDER_WAY = ".restoring"
"""Lies in a home while it is being restored; a restore that was cut off goes on where it finds it."""


def restore(folder: Path, root: Path, clock: Clock) -> Counts:
    """Make *root* the home that was copied to *folder*; settings that already stand there are kept.

    Raises:
        NotFound: *folder* holds no whole backup.
        NotPermitted: *root* is not empty.
        StorageFailed: the backup is damaged, or the disk does not take it.
    """
    counts = _read_mark(folder)
    if fault := opening.faults(folder / LEDGER):
        raise StorageFailed(
            "The ledger in {folder} is corrupt: {fault}.", hint="Take an older backup.", folder=folder, fault=fault
        )
    try:
        home = _prepare(folder, root)
        with only_run(home, clock):
            for source in _files(folder / "archive"):
                _bring(source, home.archive / source.relative_to(folder / "archive"))
            _bring_ledger(folder / LEDGER, home)
        (home.root / UNDER_WAY).unlink()
    except OSError as error:
        raise store.disk_failed(error) from error
    return counts


def _read_mark(folder: Path) -> Counts:
    try:
        found = json.loads((folder / MARK).read_bytes())
        if found["format"] != 1:
            raise NotPermitted(
                "{folder} was written by a newer digitize.", hint="Install that version and try again.", folder=folder
            )
        return Counts(**found["counts"])
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError) as error:
        raise NotFound(
            "{folder} holds no whole backup.", hint="Look for a folder with {mark} in it.", folder=folder, mark=MARK
        ) from error


def _prepare(folder: Path, root: Path) -> Home:
    """The empty home, with the backup's settings unless it has its own."""
    resumed = (root / UNDER_WAY).exists()
    if not resumed and root.exists() and any(root.iterdir()) and not (root / FILE_NAME).is_file():
        raise _not_empty(root)
    root.mkdir(parents=True, exist_ok=True)
    if not (root / FILE_NAME).exists():
        (root / UNDER_WAY).touch()
        resumed = True
        store.write_durable(root / FILE_NAME, (folder / FILE_NAME).read_bytes())
        for source in _files(folder / "settings"):
            store.write_durable(root / source.relative_to(folder / "settings"), source.read_bytes())
    home = create_home(root)
    if opening.ledger_file(home) is None:
        raise UsageError("A backup is restored into a SQLite ledger only.", hint="Leave ledger_url empty.")
    if not resumed or not _begun_here(home):
        _require_empty(home)
    (root / UNDER_WAY).write_text(str(home.archive), encoding="utf-8")
    return home


def _begun_here(home: Home) -> bool:
    """Whether what lies in the archive was put there by a restore of this very home that was cut off."""
    return (home.root / UNDER_WAY).read_text(encoding="utf-8") == str(home.archive)


def _require_empty(home: Home) -> None:
    if opening.has_masters(home) or any((home.archive / "items").iterdir()):
        raise _not_empty(home.archive)
    file = opening.ledger_file(home)
    if file is None or not file.is_file():
        return
    engine = open_engine(home.ledger_url)
    try:
        with reading(engine) as session:
            rows = [session.scalar(select(func.count()).select_from(kind)) for kind in (Item, Record)]
    finally:
        engine.dispose()
    if any(rows):
        raise _not_empty(home.root)


def _not_empty(place: Path) -> NotPermitted:
    return NotPermitted(
        "{place} is not empty, and a restore never overwrites.",
        hint="Name an empty home: digitize --home NEW restore DIR",
        place=place,
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.endswith(".part"):
            yield path


def _bring(source: Path, target: Path) -> None:
    """Copy one file; a master's bytes are compared with the hash it is named after."""
    if target.is_file() and target.stat().st_size == source.stat().st_size:
        return
    with store.arriving(target) as part:
        digest = copy_hashed(source, part)
        if "masters" in target.parts[-4:] and digest != source.stem:
            raise StorageFailed(
                "{source} is damaged: its sha256 is {digest}.",
                hint="Take it from an older backup.",
                source=source,
                digest=digest,
            )


def _bring_ledger(source: Path, home: Home) -> None:
    target = opening.ledger_file(home)
    if target is None:
        return
    for ending in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            target.with_name(target.name + ending).unlink()
    with store.arriving(target) as part:
        shutil.copyfile(source, part)
