"""Whatever operators, kills and full disks do in whatever order, the four promises hold after every step."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import cv2
import hypothesis.strategies as st
import pytest
from faults.conftest import Tally
from faults.kills import disk_full, killed
from faults.quick import desk_of, picture
from faults.world import examine, make_home, sha256
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from digitize import pipeline, store
from digitize.desk import Desk
from digitize.errors import StorageFailed
from digitize.home import Home
from digitize.ingest import Taken
from digitize.ledger.models import LIVE, Master, Page, PageState, Refusal
from digitize.ledger.session import reading

ITEMS = st.sampled_from(("A", "B", "Oʻzbek"))
NAMES = st.sampled_from(("1.png", "2.png", "10.png"))
SEEDS = st.integers(0, 4)
STEPS = st.integers(1, 90)
JUNK = st.sampled_from((b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"))


def intake(desk: Desk) -> None:
    """One pass of ``digitize ingest``."""
    pipeline.recover(desk)
    pipeline.take_in(desk, Taken())


def whole_run(desk: Desk) -> None:
    """``digitize run``."""
    pipeline.run(desk)


ACTS: st.SearchStrategy[Callable[[Desk], None]] = st.sampled_from((intake, whole_run))


class Library(RuleBasedStateMachine):
    """A hot folder, somebody who works in it, and a program that is started, killed and starved."""

    kills: ClassVar[Counter[str]] = Counter()

    @initialize()
    def open_library(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="library-"))
        self.home = make_home(self.root / "home")
        self.owed: set[str] = set()
        self.taken_back: set[str] = set()
        self.counted = 0
        self.settled = True

    def teardown(self) -> None:
        if not hasattr(self, "home"):
            return
        try:
            self.settle()
            self.the_four_promises_hold()
        finally:
            shutil.rmtree(self.root)

    # --- the operator

    def _put(self, item: str, name: str, make: Callable[[Path], object]) -> None:
        target = self.home.inbox / item / name
        fresh = self.root / "scanner" / name
        fresh.parent.mkdir(exist_ok=True)
        make(fresh)
        if target.exists():
            self._take_back(target)
        target.parent.mkdir(exist_ok=True)
        fresh.replace(target)
        self.owed.add(sha256(target))

    @rule(item=ITEMS, name=NAMES, seed=SEEDS)
    def drop_or_overwrite(self, item: str, name: str, seed: int) -> None:
        self._put(item, name, lambda path: picture(path, seed))

    @rule(item=ITEMS, name=NAMES, content=JUNK)
    def drop_junk(self, item: str, name: str, content: bytes) -> None:
        self._put(item, name, lambda path: path.write_bytes(content))

    @rule(item=ITEMS)
    def declare_ready(self, item: str) -> None:
        if (folder := self.home.inbox / item).is_dir():
            (folder / "TAYYOR").touch()

    def _hot(self) -> list[Path]:
        return sorted(path for path in self.home.inbox.rglob("*.png") if path.is_file())

    def _take_back(self, path: Path) -> None:
        """The operator destroys a file: what only he had, nobody owes him."""
        digest = sha256(path)
        path.unlink()
        self.taken_back.add(digest)
        if digest not in self._safe() and digest not in {sha256(other) for other in self._hot()}:
            self.owed.discard(digest)

    @precondition(lambda self: self._hot())
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self._take_back(data.draw(st.sampled_from(self._hot())))

    @precondition(lambda self: self._hot())
    @rule(data=st.data(), item=ITEMS, name=NAMES)
    def rename(self, data: st.DataObject, item: str, name: str) -> None:
        source, target = data.draw(st.sampled_from(self._hot())), self.home.inbox / item / name
        if target != source:
            if target.exists():
                self._take_back(target)
            target.parent.mkdir(exist_ok=True)
            source.rename(target)

    # --- the program

    def _open(self) -> Desk:
        return desk_of(self.home)

    def _finish(self, act: Callable[[Desk], None]) -> None:
        desk = self._open()
        try:
            act(desk)
        finally:
            desk.ledger.dispose()

    @rule()
    def rescan(self) -> None:
        self._finish(intake)

    @rule()
    def settle(self) -> None:
        """A run to its end: nothing waits any more, nothing is left in the hot folder."""
        self._finish(whole_run)
        self.settled = True
        assert self._hot() == []
        with self._look() as session:
            assert (
                session.scalars(select(Page).where(Page.state.in_((PageState.RECEIVED, PageState.WORKING)))).all() == []
            )

    def _kill(self, act: Callable[[Desk], None], steps: int, seed: int) -> None:
        if not self._hot():
            self.drop_or_overwrite("A", "1.png", seed)
        if killed(self._open, act, steps):
            self.settled = False
            self.kills["state machine"] += 1

    @rule(steps=st.integers(1, 25), seed=SEEDS)
    def kill_the_intake(self, steps: int, seed: int) -> None:
        self._kill(intake, steps, seed)

    @rule(steps=st.integers(20, 100), seed=SEEDS)
    def kill_the_run(self, steps: int, seed: int) -> None:
        self._kill(whole_run, steps, seed)

    @rule(act=ACTS, steps=STEPS)
    def disk_fills(self, act: Callable[[Desk], None], steps: int) -> None:
        with disk_full(steps) as full:
            if full_at_all := self._starve(act):
                self.settled = False
        assert full_at_all is full.done

    def _starve(self, act: Callable[[Desk], None]) -> bool:
        try:
            self._finish(act)
        except StorageFailed:
            return True
        return False

    # --- the promises

    def _look(self):
        ledger = self._open().ledger
        return reading(ledger)

    def _safe(self) -> set[str]:
        with self._look() as session:
            return {*session.scalars(select(Master.sha256)), *session.scalars(select(Refusal.sha256))}

    @invariant()
    def the_four_promises_hold(self) -> None:
        if not hasattr(self, "home"):
            return
        found = examine(self.home, self.owed, settled=self.settled)
        assert found.lost == (), "lost"
        assert found.doubled == ()
        assert self._unexpected(found.partial) == []
        assert self._unexpected(found.disagreeing) == []

    def _unexpected(self, findings: tuple[str, ...]) -> list[str]:
        """Without copies of what the operator took away between a kill and the next start: no row names them."""
        return [line for line in findings if not self._taken_back(line.partition(": ")[0])]

    def _taken_back(self, name: str) -> bool:
        path = Path(name)
        return path.is_file() and sha256(path) in self.taken_back

    @invariant()
    def what_was_counted_stays_counted(self) -> None:
        if not hasattr(self, "home"):
            return
        with self._look() as session:
            counted = (
                session.scalar(select(func.count()).where(Page.counted_on.is_not(None), Page.state.in_(LIVE))) or 0
            )
        assert counted >= self.counted
        self.counted = counted


STEPWISE = settings(
    max_examples=20, stateful_step_count=25, deadline=None, derandomize=True, phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip
"""About 500 steps, always the same ones, not shrunk: the steps of a failure are printed as they were."""


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Forked children must not wait for threads that only their parent has."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


@pytest.mark.fault(1, 5, 6, 7, 8)
def test_nothing_is_lost_or_counted_twice_whatever_happens_in_whatever_order(tally: Tally) -> None:
    Library.kills.clear()

    run_state_machine_as_test(Library, settings=STEPWISE)

    tally.kill_points += Library.kills
    assert Library.kills["state machine"] > 20


@pytest.mark.fault(1)
@pytest.mark.slow_fault
def test_an_intake_that_removes_the_original_too_early_is_caught(monkeypatch: pytest.MonkeyPatch, tally: Tally) -> None:
    stage = store.stage

    def eager(home: Home, source: Path) -> store.Staged | None:
        staged = stage(home, source)
        if staged:
            os.unlink(source)  # noqa: PTH108  (a step like the others)
        return staged

    monkeypatch.setattr(store, "stage", eager)

    with pytest.raises(AssertionError, match="lost"):
        run_state_machine_as_test(Library, settings=STEPWISE)

    tally.mutants["original removed as soon as it is staged"] = "caught by the state machine"
