"""The pool of this machine: one dead child costs one task."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pebble import ProcessExpired

from digitize.engine import LocalEngine


def no_limits(_memory_mb: int) -> None:
    """Prepares nothing."""


def double(number: int) -> int:
    return 2 * number


def die(_number: int) -> None:
    os.kill(os.getpid(), 9)


def report(folder: Path) -> int:
    """Say that it has begun, then wait to be told to end."""
    (folder / "begun").touch()
    while not (folder / "end").exists():
        time.sleep(0.01)
    return 7


def hang(_number: int) -> None:
    time.sleep(600)


@pytest.fixture
def engine() -> Iterator[LocalEngine]:
    engine = LocalEngine(1, 2.0, no_limits, 512)
    yield engine
    engine.shutdown(wait=False)


def test_one_dead_child_costs_one_task(engine: LocalEngine):
    futures = [engine.submit(fn, 4) for fn in (double, die, double)]

    assert futures[0].result() == 8
    with pytest.raises(ProcessExpired):
        futures[1].result()
    assert futures[2].result() == 8


def test_a_task_that_takes_too_long_is_ended_and_the_next_one_runs(engine: LocalEngine):
    slow, quick = engine.submit(hang, 1), engine.submit(double, 3)

    with pytest.raises(TimeoutError):
        slow.result()
    assert quick.result() == 6


@pytest.mark.fault(36)
def test_a_clock_that_is_set_forward_ends_no_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    engine, real = LocalEngine(1, 60.0, no_limits, 512), time.time
    try:
        task = engine.submit(report, tmp_path)
        wait_until((tmp_path / "begun").exists)

        monkeypatch.setattr(time, "time", lambda: real() + 86_400)
        after = engine.submit(double, 3)
        engine._pool._pool_manager.update_tasks()  # the look for what is overdue, which the pool takes all the time
        (tmp_path / "end").touch()

        assert (task.result(60), after.result(60)) == (7, 6)
    finally:
        engine.shutdown(wait=False)


@pytest.mark.fault(36)
def test_a_clock_that_is_set_back_lets_nothing_hang(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch):
    real = time.time
    slow = engine.submit(hang, 1)
    monkeypatch.setattr(time, "time", lambda: real() - 86_400)

    with pytest.raises(TimeoutError, match="Task timeout"):
        slow.result(60)


def wait_until(happened: Callable[[], bool]) -> None:
    """Give it a minute."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
