"""What one dying child costs in each kind of process pool: twelve tasks, the fourth kills its own process.

.venv/bin/python bench/pools.py
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from pebble import ProcessExpired, ProcessPool

TASKS, FATAL, PATIENCE = 12, 3, 10.0


def task(number: int) -> int:
    """A page's worth of nothing; one of them dies as if the kernel had taken its memory."""
    if number == FATAL:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.2)
    return number


def answered(futures: list[Future[int]]) -> int:
    """How many tasks gave their result."""
    count = 0
    for future in futures:
        try:
            future.result(timeout=PATIENCE)
        except (BrokenProcessPool, ProcessExpired, TimeoutError):
            continue
        count += 1
    return count


def with_pebble() -> int:
    with ProcessPool(max_workers=2) as pool:
        return answered([pool.schedule(task, args=(number,)) for number in range(TASKS)])


def with_executor() -> int:
    with ProcessPoolExecutor(2) as pool:
        return answered([pool.submit(task, number) for number in range(TASKS)])


def with_multiprocessing() -> int:
    """The lost task never answers, so we wait for all of them together and then count."""
    with multiprocessing.Pool(2) as pool:
        results = [pool.apply_async(task, (number,)) for number in range(TASKS)]
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and not all(result.ready() for result in results):
            time.sleep(0.1)
        return sum(result.ready() for result in results)


POOLS: dict[str, Callable[[], int]] = {
    "pebble.ProcessPool": with_pebble,
    "concurrent.futures.ProcessPoolExecutor": with_executor,
    "multiprocessing.Pool": with_multiprocessing,
}

if __name__ == "__main__":
    for name, run in POOLS.items():
        started = time.perf_counter()
        count = run()
        print(f"{name:40} {count:2} of {TASKS} tasks answered in {time.perf_counter() - started:4.1f} s")
