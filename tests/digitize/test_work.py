"""Page work: how much is claimed, and what happens to it when somebody waits for us to be gone."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import drop, make_desk, take_all
from fakes import InlineEngine
from pebble import ProcessExpired
from sqlalchemy import select

from digitize.desk import Desk
from digitize.ledger.models import Page, PageState
from digitize.ledger.session import reading
from digitize.work import work


class Waiting(InlineEngine):
    """Tasks begin only when somebody looks for a result: the first of them; *most* is the most that ever waited."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Future[Any]] = []
        self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":
        self.waiting = [future for future in self.waiting if not future.done()]
        future: Future[Any] = Future()
        self.waiting.append(future)
        self.most = max(self.most, len(self.waiting))
        return future


def _desk(root: Path, pages: int, engine: InlineEngine | None = None) -> Desk:
    desk = make_desk(root, engine)
    for number in range(pages):
        drop(desk, "A", f"{number}.png", seed=number)
    take_all(desk)
    return desk


def _states(desk: Desk) -> list[tuple[PageState, int]]:
    with reading(desk.ledger) as session:
        return [(page.state, page.failures) for page in session.scalars(select(Page).order_by(Page.number))]


def _room(desk: Desk, free: int | None) -> int:
    """How many pages are claimed at once with *free* MiB of memory."""
    engine = Waiting()
    asked = [False, True]
    work(
        replace(
            desk,
            engine=engine,
            free_memory=lambda: free,
            stop=lambda: asked.pop(0) if asked else True,
            hurry=lambda: True,
        )
    )
    return engine.most


@pytest.mark.parametrize(("free", "claimed"), [(None, 4), (1024, 4), (1023, 1), (0, 1)])
def test_while_memory_is_short_pages_are_claimed_one_at_a_time(tmp_path: Path, free: int | None, claimed: int):
    desk = _desk(tmp_path, 5)  # worker_memory_mb is 2048, the engine has two children

    assert _room(desk, free) == claimed


def test_work_goes_on_however_short_memory_is(tmp_path: Path):
    desk = replace(_desk(tmp_path, 2), free_memory=lambda: 0)

    work(desk)

    assert _states(desk) == [(PageState.DONE, 0)] * 2


def test_what_no_child_has_begun_goes_back_uncharged(tmp_path: Path):
    desk = _desk(tmp_path, 3)

    _room(desk, None)

    assert _states(desk) == [(PageState.RECEIVED, 0)] * 3
    assert list((desk.home.archive / "work").iterdir()) == []


def test_a_child_that_dies_with_the_machine_is_not_the_pages_fault(tmp_path: Path):
    hurry: list[bool] = []
    desk = _desk(tmp_path, 1)

    def shutdown(_fn: Callable[..., Any], _args: tuple[Any, ...]) -> None:
        hurry.append(True)
        raise ProcessExpired("terminated", -15)

    work(replace(desk, engine=InlineEngine(shutdown), stop=lambda: bool(hurry), hurry=lambda: bool(hurry)))

    assert _states(desk) == [(PageState.RECEIVED, 0)]


@pytest.mark.parametrize(("recognizer", "ways"), [("auto", [True, False, False]), ("program", [False, False, False])])
def test_after_a_failure_inside_the_child_the_page_is_read_by_the_program(
    tmp_path: Path, recognizer: str, ways: list[bool]
):
    asked: list[bool] = []

    def crash(_fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        asked.append(args[0].in_process)
        raise ProcessExpired("segmentation fault", -11)

    desk = make_desk(tmp_path, recognizer=recognizer)
    drop(desk, "A", "1.png")
    take_all(desk)

    work(replace(desk, engine=InlineEngine(crash)))

    assert asked == ways
