"""Rows 21, 23-25, 36 and 37: share, events, rights, locks, clock and signals."""

import os
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes import FakeClock
from faults.quick import desk_of, page_without_ocr, picture, quick_desk, quick_engine
from faults.world import ROOT, assert_says, check_invariants, command, digitize, make_home, needs, sha256, tmpfs
from PIL import Image
from printed import LATIN, printed
from sqlalchemy import func, select

from digitize import pipeline, watch
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.home import Home
from digitize.inbox import Settled
from digitize.ingest import Taken
from digitize.ledger import queue, session
from digitize.ledger.faults import LedgerAway
from digitize.ledger.models import Page, PageState
from digitize.ledger.session import open_engine, reading, transaction
from digitize.stopping import deadline
from workers.page import PageDone, PageJob


def _pages(desk: Desk) -> list[Page]:
    with reading(desk.ledger) as opened:
        return list(opened.scalars(select(Page).order_by(Page.number)))


def _counted(home: Home) -> int:
    ledger = open_engine(home.ledger_url)
    with reading(ledger) as opened:
        return opened.scalar(select(func.count()).where(Page.counted_on.is_not(None))) or 0


def _drop(home: Home, count: int) -> set[str]:
    return {sha256(picture(home.inbox / "A" / f"{seed}.png", seed)) for seed in range(1, count + 1)}


# --- 21: the share is unmounted


@pytest.mark.fault(21)
@pytest.mark.parametrize("lost", ["share", "archive"])
def test_an_empty_mount_point_is_told_and_nothing_is_written_to_it_or_forgotten(tmp_path: Path, lost: str):
    point = tmp_path / "home" / lost
    with tmpfs(point, "size=16m"):
        home = make_home(tmp_path / "home")
        _drop(home, 2)
        pipeline.run(desk_of(home))
        subprocess.run(["umount", "-l", str(point)], check=True)

        result = digitize(home, "--lang", "en", "run")

        assert_says(result, 69, str(point), "unmounted")
        assert list(point.iterdir()) == []
        assert [page.state for page in _pages(desk_of(home))] == [PageState.DONE] * 2


@pytest.mark.fault(21)
@pytest.mark.parametrize("lost", ["share", "archive"])
def test_a_mount_that_goes_in_the_middle_of_the_work_charges_no_page_and_stays_empty(tmp_path: Path, lost: str):
    point = tmp_path / "home" / lost
    calls = []

    def unmount_at_page_two(job: PageJob) -> PageDone:
        calls.append(job)
        if len(calls) == 2:
            subprocess.run(["umount", "-l", str(point)], check=True)
        return page_without_ocr(job)

    with tmpfs(point, "size=16m"):
        home = make_home(tmp_path / "home")
        _drop(home, 3)
        desk = desk_of(home, quick_engine(unmount_at_page_two))

        with pytest.raises(Unavailable, match="unmounted"):
            pipeline.run(desk)

        assert list(point.iterdir()) == []
        assert {page.state for page in _pages(desk)} <= {PageState.RECEIVED, PageState.DONE}
        assert [page.failures for page in _pages(desk)] == [0, 0, 0]


# --- 23: events that never come


@contextmanager
def _deaf(*_: object) -> Iterator[None]:
    yield


@pytest.mark.fault(23)
def test_what_lay_there_before_the_start_and_what_came_without_an_event_is_taken_by_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "waking", _deaf)
    desk = quick_desk(tmp_path, rescan_seconds=0.01, item_quiet_minutes=0.0)
    dropped = {sha256(picture(desk.home.inbox / "A" / "before.png", 1))}

    def stop() -> bool:
        done = [page for page in _pages(desk) if page.state == PageState.DONE]
        if len(done) == 1 and len(dropped) == 1:
            dropped.add(sha256(picture(desk.home.inbox / "B" / "remote.png", 2)))
        return len(done) == 2

    watch.serve(replace(desk, stop=stop), print, ingest_only=False)

    assert _counted(desk.home) == 2
    pipeline.run(desk)
    check_invariants(desk.home, dropped)


# --- 24: permission denied, file busy

WITHOUT_ROOTS_EYES = ("setpriv", "--inh-caps=-all", "--bounding-set=-dac_override,-dac_read_search")
"""Root that has to keep to mode bits like everybody else."""


@pytest.mark.fault(24)
def test_a_file_we_may_not_read_waits_and_is_named_until_we_may(tmp_path: Path):
    needs("setpriv", root=True)
    home = make_home(tmp_path / "home")
    dropped = _drop(home, 2)
    locked = home.inbox / "A" / "1.png"
    locked.chmod(0)

    for _ in range(2):
        result = digitize(home, "--lang", "en", "ingest", wrap=WITHOUT_ROOTS_EYES)
        assert_says(result, 0, "will be tried again", "1.png", "Permission denied")
        check_invariants(home, dropped)
    locked.chmod(0o644)

    assert_says(digitize(home, "ingest", wrap=WITHOUT_ROOTS_EYES), 0)
    assert list(home.inbox.rglob("*.png")) == []
    check_invariants(home, dropped)


@pytest.mark.fault(24)
def test_a_busy_file_waits_and_the_others_are_taken(tmp_path: Path):
    needs("strace")
    home = make_home(tmp_path / "home")
    dropped = _drop(home, 2)
    busy = home.inbox / "A" / "1.png"

    inject = ("-P", str(busy), "-e", "trace=openat", "-e", "inject=openat:error=EBUSY")
    result = digitize(home, "--lang", "en", "ingest", wrap=("strace", "-f", "-o", "/dev/null", *inject))

    assert_says(result, 0, "will be tried again", "1.png", "busy")
    assert [path.name for path in home.inbox.rglob("*.png")] == ["1.png"]
    check_invariants(home, dropped)
    assert_says(digitize(home, "ingest"), 0)
    check_invariants(home, dropped)


# --- 25: the ledger is locked


class Patient(FakeClock):
    """Somebody holds the ledger locked until he was waited for twice."""

    def __init__(self) -> None:
        super().__init__()
        self.free: Callable[[], object] = lambda: None
        self.waits = 0

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.waits += 1
        if self.waits == 2:
            self.free()


def _lock(home: Home) -> sqlite3.Connection:
    other = sqlite3.connect(home.root / "ledger.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "BUSY_SECONDS", 0.01)


@pytest.mark.fault(25)
def test_results_wait_for_a_locked_ledger_and_none_is_lost(tmp_path: Path, impatient: None):
    clock, calls = Patient(), []

    def lock_at_page_two(job: PageJob) -> PageDone:
        calls.append(job)
        if len(calls) == 2:
            clock.free = _lock(desk.home).close
        return page_without_ocr(job)

    desk = quick_desk(tmp_path, quick_engine(lock_at_page_two), clock)
    dropped = _drop(desk.home, 3)

    summary = pipeline.run(desk)

    assert (summary.pages, len(calls), clock.waits) == (3, 3, 2)
    check_invariants(desk.home, dropped)


@pytest.mark.fault(25)
def test_a_ledger_that_stays_locked_is_told_and_the_next_run_finds_everything(tmp_path: Path, impatient: None):
    def lock_for_good(job: PageJob) -> PageDone:
        holders.append(_lock(desk.home))
        return page_without_ocr(job)

    holders: list[sqlite3.Connection] = []
    desk = quick_desk(tmp_path, quick_engine(lock_for_good))
    dropped = _drop(desk.home, 1)

    with pytest.raises(LedgerAway, match="kept locked by another program"):
        pipeline.run(desk)

    holders[0].close()
    check_invariants(desk.home, dropped, settled=False)
    pipeline.run(desk_of(desk.home))
    assert [(page.state, page.failures) for page in _pages(desk)] == [(PageState.DONE, 0)]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(25)
def test_intake_leaves_the_file_where_it_is_while_the_ledger_is_locked(tmp_path: Path, impatient: None):
    desk = quick_desk(tmp_path)
    dropped = _drop(desk.home, 1)
    pipeline.recover(desk)

    with closing(_lock(desk.home)), pytest.raises(LedgerAway):
        pipeline.take_in(desk, Taken())

    assert len(list(desk.home.inbox.rglob("*.png"))) == 1
    pipeline.take_in(desk, Taken())
    check_invariants(desk.home, dropped)


@pytest.mark.fault(25)
def test_the_program_waits_for_a_short_lock_without_a_word(tmp_path: Path):
    home = make_home(tmp_path / "home")
    dropped = _drop(home, 1)
    holder = _lock(home)
    freed = threading.Timer(3.0, holder.interrupt)
    other = subprocess.Popen(command(home, "ingest"), cwd=ROOT, stderr=subprocess.PIPE, text=True)
    with other:
        with pytest.raises(subprocess.TimeoutExpired):
            other.wait(3.0)
        holder.close()
        assert (other.wait(60), other.stderr.read() if other.stderr else "") == (0, "")
    freed.cancel()
    check_invariants(home, dropped)


# --- 36: the clock jumps


@pytest.mark.fault(36)
@pytest.mark.slow_fault
def test_runs_a_day_ahead_and_a_day_back_count_every_page_once(tmp_path: Path):
    needs("faketime")
    home = make_home(tmp_path / "home")
    dropped: set[str] = set()
    for number, (shift, mtime) in enumerate((("+1d", 0), ("-1d", 4_000_000_000), ("+0", -1)), start=1):
        path = picture(home.inbox / "A" / f"{number}.png", number)
        dropped.add(sha256(path))
        os.utime(path, (mtime, mtime))
        for _ in range(2):
            assert_says(digitize(home, "run", wrap=("faketime", "-f", shift)), 0)
            assert _counted(home) == number
        check_invariants(home, dropped)


@pytest.mark.fault(36)
@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1), timedelta(days=-20_000)])
def test_a_clock_that_jumps_while_files_settle_and_pages_are_in_work_changes_no_count(tmp_path: Path, jump: timedelta):
    clock = FakeClock()
    calls = []

    def jump_at_page_two(job: PageJob) -> PageDone:
        calls.append(job)
        if len(calls) == 2:
            clock.moment += jump
        return page_without_ocr(job)

    desk = quick_desk(tmp_path, quick_engine(jump_at_page_two), clock, settle_seconds=5.0)
    dropped = _drop(desk.home, 4)
    memory = Settled(5.0)
    assert not pipeline.take_in(desk, Taken(), memory)
    clock.moment += jump
    assert not pipeline.take_in(desk, Taken(), memory), "the wall clock is no reason to trust a file"
    clock.seconds += 5

    pipeline.take_in(desk, Taken(), memory)
    pipeline.run(desk)

    assert [page.state for page in _pages(desk)] == [PageState.DONE] * 4
    assert _counted(desk.home) == 4
    check_invariants(desk.home, dropped)


@pytest.mark.fault(36)
def test_a_lease_from_the_future_holds_nobody_up(tmp_path: Path):
    desk = quick_desk(tmp_path)
    dropped = _drop(desk.home, 1)
    pipeline.recover(desk)
    pipeline.take_in(desk, Taken())
    with transaction(desk.ledger) as opened:
        queue.claim(opened, "a run that died", 1, datetime(2099, 1, 1, tzinfo=UTC), 900)

    pipeline.run(desk)

    assert [page.state for page in _pages(desk)] == [PageState.DONE]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(36)
@pytest.mark.parametrize("now", [datetime(2026, 3, 28, 21, tzinfo=UTC), datetime(2026, 10, 24, 21, tzinfo=UTC)])
def test_the_night_of_the_summer_time_ends_at_the_hour_on_the_wall(now: datetime):
    end = deadline("08:00", now, "Europe/Berlin")

    assert (end.hour, end.minute) == (8, 0)
    assert timedelta(0) < end.astimezone(UTC) - now < timedelta(hours=24)


# --- 37: SIGTERM, reboot


@contextmanager
def _run_at_work(home: Home) -> Iterator["subprocess.Popen[str]"]:
    """``digitize run`` that has finished a first page."""
    with subprocess.Popen(
        command(home, "run"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            while not _counted(home):
                with pytest.raises(subprocess.TimeoutExpired):
                    run.wait(0.2)
            yield run
        finally:
            run.kill()


def _readable(home: Home, count: int) -> set[str]:
    dropped = set()
    (home.inbox / "A").mkdir()
    for number in range(count):
        path = home.inbox / "A" / f"{number}.png"
        Image.fromarray(printed(LATIN * 5, str(number + 1))).save(path, dpi=(200, 200))
        dropped.add(sha256(path))
    return dropped


@pytest.mark.fault(37)
def test_sigterm_ends_the_run_within_its_time_with_0_and_gives_back_what_was_claimed(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home")
    dropped = _readable(home, 5)

    with _run_at_work(home) as run:
        run.terminate()
        assert run.wait(30) == 0

    states = [page.state for page in _pages(desk_of(home))]
    assert PageState.WORKING not in states
    assert PageState.RECEIVED in states
    check_invariants(home, dropped, settled=False)
    assert_says(digitize(home, "run"), 0)
    assert _counted(home) == 5
    check_invariants(home, dropped)


@pytest.mark.fault(37)
@pytest.mark.slow_fault
def test_a_second_sigterm_ends_it_at_once_and_the_next_run_goes_on(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home")
    dropped = _readable(home, 4)

    with _run_at_work(home) as run:
        while run.poll() is None:
            run.terminate()
        assert run.returncode in (0, -signal.SIGTERM)

    check_invariants(home, dropped, settled=False)
    assert_says(digitize(home, "run"), 0)
    assert _counted(home) == 4
    check_invariants(home, dropped)
