"""One run per home: a kernel lock, freed when its holder dies, however it dies (no lock file can survive a kill)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

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
    note = home.lock_file.with_suffix(".holder")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        holder = note.read_text(encoding="utf-8").strip() if note.is_file() else "unknown"
        raise Locked(
            f"Another run is at work in {home.root} (process {holder}).", hint="Wait until it ends."
        ) from error
    try:
        note.write_text(f"{os.getpid()}, since {clock.now():%Y-%m-%d %H:%M} UTC\n", encoding="utf-8")
        yield
    finally:
        lock.release()
