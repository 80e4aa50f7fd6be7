"""A home's ledger is opened here: one that is lost is never quietly replaced by an empty one."""

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import Engine, make_url

from digitize.errors import StorageFailed
from digitize.home import Home
from digitize.ledger.faults import REMEDY, unreadable
from digitize.ledger.session import open_engine


def ledger_file(home: Home) -> Path | None:
    """The SQLite file of the home's ledger; None where a server keeps it."""
    url = make_url(home.ledger_url)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def shown_address(home: Home) -> str:
    """Where the ledger is, without a password."""
    return make_url(home.ledger_url).render_as_string(hide_password=True)


def has_masters(home: Home) -> bool:
    """Whether scans were ever taken into this archive."""
    return next((home.archive / "masters").glob("??/??/*"), None) is not None


def open_ledger(home: Home) -> Engine:
    """The open ledger of *home*, up to date; made now for a home that never had one.

    Raises:
        StorageFailed: it is lost, corrupt, or its disk fails.
        Unavailable: the database does not answer.
    """
    file = ledger_file(home)
    if file is not None and (not file.is_file() or not file.stat().st_size) and has_masters(home):
        raise StorageFailed("The ledger {file} is lost, and the archive holds scans.", hint=REMEDY, file=file)
    return open_engine(home.ledger_url)


def sound(home: Home) -> str:
    """What SQLite's own quick look finds wrong with the ledger's file; empty if nothing, or if a server keeps it.

    Reads the whole file once, about as fast as the disk gives it.
    """
    file = ledger_file(home)
    return faults(file) if file is not None and file.is_file() else ""


class TooLong(Exception):
    """The look at the ledger's file was given up: it is large."""


def faults(file: Path, seconds: float | None = None) -> str:
    """The first finding of ``PRAGMA quick_check`` on a SQLite file; empty for a sound one.

    Raises:
        TooLong: it took more than *seconds*; nothing wrong was found until then.
        StorageFailed: it cannot be opened or read, whatever is in it.
        LedgerAway: another program keeps it locked.
    """
    late = _Late(seconds)
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.set_progress_handler(late, 10_000)
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if late.stopped:
            raise TooLong(str(file)) from error
        if shut := unreadable(error, file):
            raise shut from error
        return str(error)
    return "" if found == "ok" else found.replace("\n", " ")


class _Late:
    """Asked by SQLite every some thousand steps; a true answer interrupts it."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds
        self.stopped = False

    def __call__(self) -> bool:
        self.stopped = self._end is not None and time.monotonic() > self._end
        return self.stopped


def require_sound(home: Home, seconds: float | None = None) -> None:
    """Refuse to begin long work on a broken memory; after *seconds* without a finding the rest is trusted.

    Raises:
        StorageFailed: naming what is wrong and the two ways back.
    """
    file = ledger_file(home)
    if file is None or not file.is_file():
        return
    with suppress(TooLong):
        if fault := faults(file, seconds):
            raise StorageFailed("The ledger {file} is corrupt: {fault}.", hint=REMEDY, file=file, fault=fault)
