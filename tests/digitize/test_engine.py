"""The pool of this machine: one dead child costs one task."""

import os
import time
from collections.abc import Iterator

import pytest
from pebble import ProcessExpired

from digitize.engine import LocalEngine


def no_limits(_memory_mb: int) -> None:
    """Prepares nothing."""


def double(number: int) -> int:
    return 2 * number


def die(_number: int) -> None:
    os.kill(os.getpid(), 9)


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
