"""What SQLite's errors mean to a person: corrupt, the disk, locked. Each with its remedy."""

import sqlite3
from pathlib import Path

from digitize.errors import DigitizeError, StorageFailed, Unavailable

BUSY_SECONDS = 30
"""How long SQLite waits for another writer before it says 'locked' (fault matrix, row 25)."""

_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_SHUT = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY_CODE = 0xFF
"""SQLite's extended result codes carry the primary one in their lowest byte (sqlite.org/rescode.html)."""

REMEDY = (
    "Build it anew from the archive with: digitize rebuild"
    " (or restore the newest backup into an empty home: digitize --home NEW restore DIR)."
)
"""What to do when the ledger is lost or broken."""


class LedgerAway(Unavailable):
    """The ledger's server is gone or somebody keeps the file locked; nothing was changed, another try may do."""


def _code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE


def unreadable(error: BaseException, file: Path | str) -> DigitizeError | None:
    """The sentence for a file that cannot be looked at, which says nothing about what is in it."""
    return None if _code(error) in _BROKEN else named(error, file)


def named(error: BaseException, file: Path | str) -> DigitizeError | None:
    """The sentence for an error of SQLite; None where it is no fault of file, disk or another program."""
    code = _code(error)
    if code in _SHUT:
        return StorageFailed(
            "The ledger {file} cannot be opened: {error}.",
            hint="Look at its rights, and whether its disk is mounted read-only.",
            file=file,
            error=error,
        )
    if code in _BROKEN:
        return StorageFailed("The ledger {file} is corrupt: {error}.", hint=REMEDY, file=file, error=error)
    if code in _DISK:
        return StorageFailed(
            "The disk does not take the ledger {file}: {error}.",
            hint="Free space or repair the disk; what was committed is safe.",
            file=file,
            error=error,
        )
    if code in _BUSY:
        return LedgerAway(
            "The ledger {file} is kept locked by another program: {error}.",
            hint="End whatever else has it open; nothing is lost.",
            file=file,
            error=error,
        )
    return None
