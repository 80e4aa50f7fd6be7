"""One run per home: a kernel lock, freed when its holder dies, however it dies (no lock file can survive a kill)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from digitize.clock import Clock
from digitize.errors import Locked
from digitize.home import Home


@contextmanager
def only_run(home: Home, clock: Clock) -> Iterator[None]:
    """Hold the home's lock for the block.

    Raises:
        Locked: somebody else holds it; the sentence names the process and its start.
    """
    lock = FileLock(home.lock_file)
    note = _note(home)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        holder = _read(note)
        raise Locked(
            f"Another run is at work in {home.root} (process {holder}).", hint="Wait until it ends."
        ) from error
    try:
        with suppress(OSError):  # on a full disk the lock holds all the same; only its holder's name is missing
            note.write_text(f"{os.getpid()}, since {clock.now():%Y-%m-%d %H:%M} UTC\n", encoding="utf-8")
        yield
    finally:
        lock.release()


def holder(home: Home) -> str:
    """Process and start of the run at work in *home*; empty if there is none. A dead holder's note says nothing."""
    try:
        handle = os.open(home.lock_file, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(_note(home))
    finally:
        os.close(handle)
    return ""


def _note(home: Home) -> Path:
    return home.lock_file.with_suffix(".holder")


def _read(note: Path) -> str:
    return (note.read_text(encoding="utf-8").strip() if note.is_file() else "") or "unknown"
