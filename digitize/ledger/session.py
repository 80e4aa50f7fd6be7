"""The engine and the scope of a session; callers open one per command and hand it in."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from digitize.clock import Clock
from digitize.errors import StorageFailed, Unavailable
from digitize.ledger.faults import BUSY_SECONDS, LedgerAway, named
from digitize.ledger.migrations import migrate

T = TypeVar("T")

PAUSES = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds between the tries of :func:`lasting`: a database server is back from a restart well within them."""


def open_engine(url: str) -> Engine:
    """Connect, set SQLite up for durability and bring the tables up to date.

    Raises:
        Unavailable: the database does not answer, or is locked by another program.
        StorageFailed: SQLite cannot read or write its file, or the file is corrupt.
    """
    engine = create_engine(url, pool_pre_ping=True)
    event.listen(engine, "handle_error", _name_fault if engine.dialect.name == "sqlite" else _name_loss)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
        event.listen(engine, "begin", _begin)
    try:
        migrate(engine)
    except OperationalError as error:
        kind = StorageFailed if engine.dialect.name == "sqlite" else Unavailable
        raise kind(
            "The ledger {where} cannot be opened: {why}.",
            hint="Check the path, rights and disk.",
            where=engine.url.render_as_string(),
            why=error.orig,
        ) from error
    return engine


def _name_fault(context: ExceptionContext) -> None:
    """A corrupt file and a full disk end a command with a sentence, wherever in it they show."""
    if fault := named(context.original_exception, _file(context)):
        raise fault from context.original_exception


def _name_loss(context: ExceptionContext) -> None:
    """A server that goes away, or does not let us in, is not the fault of what was just being done."""
    error = context.original_exception
    lost = context.is_disconnect or (context.connection is None and isinstance(error, _dbapi_errors(context)))
    if lost and not context.is_pre_ping:
        where = context.engine.url.render_as_string() if context.engine is not None else "server"
        raise LedgerAway(
            "The ledger {where} does not answer: {why}.",
            hint="Start the database again; nothing is lost.",
            where=where,
            why=" ".join(str(error).split()),
        ) from error


def _dbapi_errors(context: ExceptionContext) -> type[BaseException]:
    dbapi = context.dialect.dbapi
    return dbapi.OperationalError if dbapi is not None else OperationalError


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


def lasting(engine: Engine, clock: Clock, body: Callable[[Session], T]) -> T:
    """Run *body* in a transaction; again from its beginning if the ledger goes away, for half a minute or so.

    What *body* does beside the ledger must bear being done twice.

    Raises:
        LedgerAway: the ledger did not come back.
    """
    for seconds in PAUSES:
        try:
            with transaction(engine) as session:
                return body(session)
        except LedgerAway:
            clock.sleep(seconds)
    with transaction(engine) as session:
        return body(session)


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only looks, on one consistent snapshot; it blocks no writer."""
    looking = engine.execution_options(reading=True)
    if engine.dialect.name != "sqlite":
        looking = looking.execution_options(isolation_level="REPEATABLE READ")
    with Session(looking, expire_on_commit=False) as session:
        yield session
