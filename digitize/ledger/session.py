"""The engine and the scope of a session; callers open one per command and hand it in."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from digitize.errors import StorageFailed, Unavailable
from digitize.ledger.migrations import migrate

BUSY_SECONDS = 30
"""How long SQLite waits for another writer before it says 'locked' (fault matrix, row 25)."""


_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_PRIMARY_CODE = 0xFF
"""SQLite's extended result codes carry the primary one in their lowest byte (sqlite.org/rescode.html)."""

REMEDY = (
    "Build it anew from the archive with: digitize rebuild"
    " (or restore the newest backup into an empty home: digitize --home NEW restore DIR)."
)
"""What to do when the ledger is lost or broken."""


def open_engine(url: str) -> Engine:
    """Connect, set SQLite up for durability and bring the tables up to date.

    Raises:
        Unavailable: the database does not answer.
        StorageFailed: SQLite cannot read or write its file, or the file is corrupt.
    """
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "handle_error", _name_fault)
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
    try:
        migrate(engine)
    except OperationalError as error:
        kind = StorageFailed if engine.dialect.name == "sqlite" else Unavailable
        raise kind(
            f"The ledger {engine.url!r} cannot be opened: {error.orig}.",
            hint="Check the path, rights and disk.",
        ) from error
    return engine


def _name_fault(context: ExceptionContext) -> None:
    """A corrupt file and a full disk end a command with a sentence, wherever in it they show."""
    error = context.original_exception
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    if code in _BROKEN:
        raise StorageFailed(f"The ledger {_file(context)} is corrupt: {error}.", hint=REMEDY) from error
    if code in _DISK:
        raise StorageFailed(
            f"The disk does not take the ledger {_file(context)}: {error}.",
            hint="Free space or repair the disk; what was committed is safe.",
        ) from error


def _file(context: ExceptionContext) -> str:
    return str(context.engine.url.database) if context.engine is not None else ""


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    """WAL + FULL: a committed page survives the power cut; autocommit so that our own BEGIN is the only one."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_SECONDS * 1000}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Writers take the lock at the start: a read that turns into a write later would fail instead of wait."""
    reads = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session in one transaction: committed at the end of the block, rolled back if it raises."""
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only looks, on one consistent snapshot; in WAL mode it blocks no writer."""
    with Session(engine.execution_options(reading=True), expire_on_commit=False) as session:
        yield session
