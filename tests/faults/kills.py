"""A program that dies, or a disk that fills, at any chosen step: the step runs in a forked child, the kill is real.

A ``kill -9`` runs no ``finally``: an exception that stood for it would, and would tidy up what a kill leaves behind.
"""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import event

from digitize.desk import Desk

STEPS = ("fsync", "link", "unlink", "rename", "replace", "mkdir", "rmdir", "chmod")
"""Functions of ``os`` that change what is on the disk."""

GROWING = ("fsync", "link", "rename", "replace", "mkdir")
"""Those of them that need room."""

OVERDUE_SECONDS = 60


class Countdown:
    """Does *act* at the n-th call."""

    def __init__(self, steps: int, act: Callable[[], None]) -> None:
        self._left = steps
        self._act = act
        self.done = False

    def tick(self) -> None:
        self._left -= 1
        if self._left == 0:
            self.done = True
            self._act()

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            self.tick()
            return function(*args, **kwargs)

        return stepped


@contextmanager
def _watched(names: tuple[str, ...], countdown: Countdown) -> Iterator[None]:
    with mock.patch.multiple(os, **{name: countdown.before(getattr(os, name)) for name in names}):
        yield


def killed(make_desk: Callable[[], Desk], act: Callable[[Desk], object], steps: int) -> bool:
    """Do *act* in a child that is killed before its n-th change of the disk; False if it ended before that.

    The child opens its own ledger. Commits are steps too.
    """
    child = os.fork()
    if child == 0:
        _live_and_die(make_desk, act, steps)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, -signal.SIGKILL), f"the child ended with {code}"
    return code == -signal.SIGKILL


def _live_and_die(make_desk: Callable[[], Desk], act: Callable[[Desk], object], steps: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(OVERDUE_SECONDS)
    code = 1
    try:
        countdown = Countdown(steps, lambda: os.kill(os.getpid(), signal.SIGKILL))
        desk = make_desk()
        event.listen(desk.ledger, "commit", lambda _connection: countdown.tick())
        with _watched(STEPS, countdown):
            act(desk)
        code = 0
    finally:
        os._exit(code)


@contextmanager
def disk_full(steps: int) -> Iterator[Countdown]:
    """From the n-th change on that needs room, the disk has none until the block ends."""
    full = Countdown(steps, lambda: None)

    def refusing(function: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **kwargs: Any) -> Any:
            if function.__name__ == "mkdir" and os.path.isdir(args[0]):  # noqa: PTH112  (a full disk says EEXIST, too)
                return function(*args, **kwargs)
            full.tick()
            if full.done:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[0]))
            return function(*args, **kwargs)

        return stepped

    with mock.patch.multiple(os, **{name: refusing(getattr(os, name)) for name in GROWING}):
        yield full
