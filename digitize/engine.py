"""Where work is done: the small interface common to this machine and, later, to several.

Pebble's pool loses exactly the one page whose child dies, and ends children that take too long; the pools of the
standard library lose everything that waits (measured, see docs/decisions.md).
"""

import ctypes
import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from pebble import ProcessPool
from pebble.pool.base_pool import Task
from pebble.pool.process import TaskManager

T = TypeVar("T")

RECYCLE_AFTER = 200
"""Tasks per child: bounds what a leak in an image library can cost."""

_PR_SET_PDEATHSIG = 1


class Engine(Protocol):
    """Three words are enough for a local pool and for a cluster's executor."""

    @property
    def capacity(self) -> int:
        """Tasks that can run now; callers keep a window of two to four times this."""
        ...

    def submit(self, fn: Callable[..., T], /, *args: Any) -> "Future[T]":
        """Start ``fn(*args)``.

        The future fails with TimeoutError or ProcessExpired if the child had to be ended, with CancelledError if the
        engine itself was lost: that is nobody's fault.
        """
        ...

    def shutdown(self, *, wait: bool = True) -> None:
        """End the children; with *wait* after what is running, without at once."""
        ...


class _SteadyTasks(TaskManager):
    """Pebble's book of tasks, timed by a clock that nobody sets.

    Pebble itself reads the wall clock: set forward by an hour it would end every page in hand, set back it would let
    a hanging one hang for an hour.
    """

    def task_start(self, task_id: int, worker_id: int | None) -> None:
        """A child has begun with it."""
        super().task_start(task_id, worker_id)
        if task := self.tasks.get(task_id):
            task.timestamp = time.monotonic()

    @staticmethod
    def timeout(task: Task) -> bool:
        """Whether its time is over."""
        return bool(task.timeout and task.started and time.monotonic() - task.timestamp > task.timeout)


class LocalEngine:
    """Child processes of this machine with a time limit per task; memory limits are set by *prepare*."""

    def __init__(self, jobs: int, timeout: float, prepare: Callable[[int], None], memory_mb: int) -> None:
        self._capacity = jobs or os.cpu_count() or 1
        self._timeout = timeout
        self._pool = ProcessPool(
            max_workers=self._capacity,
            max_tasks=RECYCLE_AFTER,
            initializer=_begin_child,
            initargs=(prepare, memory_mb),
            context=multiprocessing.get_context("spawn"),
        )
        manager = self._pool._pool_manager  # nothing public lets us hand in a clock; test_engine.py sees if it moves
        manager.task_manager = _SteadyTasks(manager.task_manager.task_done_callback)

    @property
    def capacity(self) -> int:
        """One task per child."""
        return self._capacity

    def submit(self, fn: Callable[..., T], /, *args: Any) -> "Future[T]":
        """Start a task in a child."""
        future: Future[T] = self._pool.schedule(fn, args=args, timeout=self._timeout)
        return future

    def shutdown(self, *, wait: bool = True) -> None:
        """End the children."""
        if wait:
            self._pool.close()  # type: ignore[no-untyped-call]
        else:
            self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()


def _begin_child(prepare: Callable[[int], None], memory_mb: int) -> None:
    """A child leaves Ctrl-C to its parent and dies with it (Linux)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    prepare(memory_mb)
