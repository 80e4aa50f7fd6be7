"""Who may do what in a home: kernel locks, freed when their holder dies, however it dies; no lock survives a kill.

One process works on pages and books, one takes scans in; often it is the same. A third lock tells whether anybody is
there at all, so that only the first to come clears away what the dead left half written.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from digitize.clock import Clock
from digitize.errors import Locked
from digitize.home import Home


@dataclass(frozen=True)
class Shift:
    """What this process may do in the home as long as it holds its locks."""

    intake: Callable[[], bool]
    """Whether scans may be taken in now; once true, it stays true."""
    work: bool
    """Whether claims of the dead may be released and pages worked on."""
    alone: bool
    """Whether nobody else was at work when this process came."""
    settle: Callable[[], None]
    """What the dead left is cleared away; whoever comes now need not wait any longer."""


_RUNS = "Another run is at work in {root} (process {process})."
_TAKES_IN = "Scans are being taken in in {root} (process {process})."
FREE = Shift(lambda: True, work=True, alone=True, settle=lambda: None)
"""Of somebody who has the home for himself."""


Hold = Callable[[Home, Clock], AbstractContextManager[Shift]]
"""One of the two ways to be at work: :func:`working`, :func:`taking_in`."""


@contextmanager
def working(home: Home, clock: Clock) -> Iterator[Shift]:
    """Hold the lock of the work; scans are taken in, too, from the first question on at which nobody else does.

    Raises:
        Locked: another run is at work; the sentence names the process and its start.
    """
    with ExitStack() as held:
        held.enter_context(_held(home.lock_file, home, clock, _RUNS))
        alone, settle = held.enter_context(_present(home))
        yield Shift(_once(lambda: _try(held, home, clock)), work=True, alone=alone, settle=settle)


@contextmanager
def taking_in(home: Home, clock: Clock) -> Iterator[Shift]:
    """Hold the lock of the intake alone; a run may work on pages meanwhile.

    Raises:
        Locked: somebody else takes scans in; the sentence names the process and its start.
    """
    with _intake(home, clock), _present(home) as (alone, settle):
        yield Shift(lambda: True, work=False, alone=alone, settle=settle)


@contextmanager
def only_run(home: Home, clock: Clock) -> Iterator[None]:
    """Have the home for oneself during the block.

    Raises:
        Locked: somebody works or takes scans in; the sentence names the process and its start.
    """
    with _held(home.lock_file, home, clock, _RUNS), _intake(home, clock):
        yield


def holder(lock_file: Path) -> str:
    """Process and start of whoever holds a lock; empty if nobody does. A dead holder's note says nothing."""
    try:
        handle = os.open(lock_file, os.O_RDONLY)
    except FileNotFoundError:
        return ""
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(_note(lock_file))
    finally:
        os.close(handle)
    return ""


def _intake(home: Home, clock: Clock) -> AbstractContextManager[None]:
    return _held(home.intake_lock_file, home, clock, _TAKES_IN)


def _try(held: ExitStack, home: Home, clock: Clock) -> bool:
    try:
        held.enter_context(_intake(home, clock))
    except Locked:
        return False
    return True


def _once(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Ask until the answer is yes."""
    yes: list[bool] = []

    def answer() -> bool:
        if not yes and ask():
            yes.append(True)
        return bool(yes)

    return answer


@contextmanager
def _held(lock_file: Path, home: Home, clock: Clock, what: str) -> Iterator[None]:
    lock, note = FileLock(lock_file), _note(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Locked(what, hint="Wait until it ends.", root=home.root, process=_read(note)) from error
    try:
        with suppress(OSError):  # on a full disk the lock holds all the same; only its holder's name is missing
            note.write_text(f"{os.getpid()}, {clock.now():%Y-%m-%d %H:%M} UTC\n", encoding="utf-8")
        yield
    finally:
        lock.release()


@contextmanager
def _present(home: Home) -> Iterator[tuple[bool, Callable[[], None]]]:
    """Be known to be there during the block: whether nobody else was, and what lets others in when all is cleared."""
    handle = os.open(home.presence_file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        alone = _first(handle)
        if not alone:
            fcntl.flock(handle, fcntl.LOCK_SH)  # waits while the first one clears away
        yield alone, lambda: fcntl.flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def _first(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _note(lock_file: Path) -> Path:
    return lock_file.with_suffix(".holder")


def _read(note: Path) -> str:
    return (note.read_text(encoding="utf-8").strip() if note.is_file() else "") or "unknown"
