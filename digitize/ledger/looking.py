"""Looking into a home's ledger: quickly where SQLite keeps it, through a session where a server does."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from digitize.home import Home
from digitize.ledger.faults import BUSY_SECONDS, named
from digitize.ledger.plain import Look
from digitize.ledger.states import VERSION

if TYPE_CHECKING:
    from digitize.ledger.plain import Source


@contextmanager
def looking(home: Home) -> "Iterator[Source]":
    """The ledger of *home* on one consistent snapshot; it blocks no writer.

    A ledger that is new, older than the program, on a server or cannot be opened goes the way of everybody who
    writes, which makes it, brings it up to date, or says what is wrong.

    Raises:
        StorageFailed: it is lost, corrupt, or its disk fails.
        Unavailable: the database does not answer.
    """
    file = home.ledger_file
    connection = _open(file) if file else None
    if file is None or connection is None:
        with _session(home) as source:
            yield source
        return
    with closing(connection):
        try:
            yield Look(connection)
        except sqlite3.Error as error:
            raise named(error, file) or error from error


def _open(file: Path) -> sqlite3.Connection | None:
    """A connection that cannot write, its snapshot taken; None unless the ledger is there and up to date."""
    with suppress(sqlite3.Error):
        address = f"{file.absolute().as_uri()}?mode=rw"  # never makes a file; 'ro' could not read a fresh log (WAL)
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA query_only=ON")
            connection.execute("BEGIN")
            if connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone() == (str(VERSION),):
                return connection
        except sqlite3.Error:
            connection.close()
            raise
        connection.close()
    return None


@contextmanager
def _session(home: Home) -> "Iterator[Source]":
    from digitize.ledger.opening import open_ledger  # noqa: PLC0415  (loads SQLAlchemy)
    from digitize.ledger.session import reading  # noqa: PLC0415

    engine = open_ledger(home)
    try:
        with reading(engine) as session:
            yield session
    finally:
        engine.dispose()
