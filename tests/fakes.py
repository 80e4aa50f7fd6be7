"""Stand-ins that are simpler than a patch: a clock that moves when told, an engine that works in this process."""

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any


class FakeClock:
    """Sleeping moves it; nothing else does unless told."""

    def __init__(self, start: datetime = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)) -> None:
        self.moment = start
        self.seconds = 1000.0

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.moment += timedelta(seconds=seconds)


class InlineEngine:
    """Runs every task at once, here; *sabotage* may replace a task's result by raising."""

    def __init__(self, sabotage: Callable[[Callable[..., Any], tuple[Any, ...]], None] | None = None) -> None:
        self.capacity = 2
        self.calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []
        self._sabotage = sabotage

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":
        self.calls.append((fn, args))
        future: Future[Any] = Future()
        try:
            if self._sabotage:
                self._sabotage(fn, args)
            future.set_result(fn(*args))
        except Exception as error:  # noqa: BLE001  (a pool hands over whatever its child raised)
            future.set_exception(error)
        return future

    def shutdown(self, *, wait: bool = True) -> None:
        pass


class Quiet:
    """A progress that remembers instead of showing."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, str, str]] = []
        self.books: list[tuple[str, int]] = []

    def waiting(self, pages: int) -> None:
        pass

    def page(self, item: str, name: str, outcome: str) -> None:
        self.pages.append((item, name, outcome))

    def book(self, item: str, pages: int) -> None:
        self.books.append((item, pages))
