"""Rows 13-15: a second daemon, a second machine, a child that is killed."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeClock, InlineEngine
from faults.quick import SwitchedEngine, desk_of, page_without_ocr, picture, quick_desk
from faults.saboteurs import BAD, die
from faults.world import ROOT, assert_says, check_invariants, command, digitize, make_home, needs, service, sha256
from pebble import ProcessExpired
from sqlalchemy import select

from digitize import pipeline, store
from digitize.engine import LocalEngine
from digitize.ingest import Taken
from digitize.ledger.models import Page, PageState
from digitize.ledger.session import open_engine, reading
from digitize.work import work
from workers.engines import read
from workers.page import limit_child, process_page


@pytest.mark.fault(13)
def test_a_second_daemon_names_the_first_and_leaves_and_after_a_kill_the_next_one_starts(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home")
    with service(home, tmp_path) as first:
        for second in (["watch"], ["run"], ["ingest"], ["watch", "--ingest-only"]):
            assert_says(digitize(home, *second), 11, f"jarayon {first.pid}, ", "UTC")
        first.send_signal(signal.SIGKILL)
        first.wait()
    dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]

    assert_says(digitize(home, "ingest"), 0)

    check_invariants(home, dropped)
    with service(home, tmp_path, "--ingest-only") as again:
        again.terminate()
        assert again.wait(60) == 0


@pytest.mark.fault(13)
def test_a_run_beside_a_watcher_that_only_takes_in_works_on_what_that_one_brings(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home")
    with service(home, tmp_path, "--ingest-only") as watcher:
        for second in (["ingest"], ["watch", "--ingest-only"]):
            assert_says(digitize(home, *second), 11, f"jarayon {watcher.pid}, ")
        dropped = [sha256(picture(home.inbox / "A" / f"{seed}.png", seed)) for seed in (1, 2)]
        assert _soon(lambda: not list(home.inbox.glob("A/*"))), "the watcher took nothing in"

        assert_says(digitize(home, "--lang", "en", "run"), 0, f"Another process takes scans in ({watcher.pid}, ")

        ledger = open_engine(home.ledger_url)
        with reading(ledger) as session:
            assert [page.state for page in session.scalars(select(Page))] == [PageState.DONE, PageState.DONE]
        ledger.dispose()
        assert (home.ready / "A.pdf").is_file()
        assert watcher.poll() is None
        watcher.terminate()
        assert watcher.wait(60) == 0
    check_invariants(home, dropped)


def _soon(happened: Callable[[], bool]) -> bool:
    """Whether it happens within a minute; asked ten times a second."""
    calm = threading.Event()
    return any(happened() or calm.wait(0.1) for _ in range(600))


@pytest.mark.fault(13)
def test_of_two_daemons_that_start_at_once_one_works_and_one_leaves(tmp_path: Path):
    home = make_home(tmp_path / "home")
    dropped = [sha256(picture(home.inbox / "A" / f"{seed}.png", seed)) for seed in range(3)]
    both = [subprocess.Popen(command(home, "ingest"), cwd=ROOT, stderr=subprocess.PIPE) for _ in range(3)]

    codes = [program.wait(60) for program in both]

    for program in both:
        program.communicate()
    assert 0 in codes
    assert set(codes) <= {0, 11}
    check_invariants(home, dropped)


@pytest.mark.fault(14)
def test_the_result_of_a_machine_whose_lease_ran_out_is_ignored_and_the_page_counts_once(tmp_path: Path):
    clock = FakeClock()
    read: list[Path] = []

    def slow(job: Any) -> Any:
        """While this machine reads, its lease runs out and another one, with a lock of its own, takes the page."""
        read.append(job.out_dir)
        if len(read) == 1:
            clock.sleep(desk.home.settings.lease_seconds + 1)
            assert work(other).pages == 1
        return page_without_ocr(job)

    engine = SwitchedEngine(InlineEngine(), {process_page: slow})
    desk = quick_desk(tmp_path, engine=engine, clock=clock)
    other = desk_of(desk.home, engine=engine, clock=clock)
    dropped = [sha256(picture(desk.home.inbox / "A" / "1.png", 1))]
    pipeline.take_in(desk, Taken())

    work(desk)

    assert len(read) == 2
    with reading(desk.ledger) as session:
        [page] = session.scalars(select(Page))
    assert (page.state, page.attempt, page.failures) == (PageState.DONE, 2, 0)
    assert page.result.endswith("-2")
    assert store.page_dir(desk.home, "A", page.result).is_dir()
    check_invariants(desk.home, dropped)


@pytest.mark.fault(14)
def test_a_claim_is_nobody_elses_before_its_lease_ends(tmp_path: Path):
    clock = FakeClock()
    seen: list[int] = []

    def read(job: Any) -> Any:
        clock.moment += timedelta(seconds=desk.home.settings.lease_seconds - 1)
        seen.append(work(other).pictures)
        return page_without_ocr(job)

    desk = quick_desk(tmp_path, engine=SwitchedEngine(InlineEngine(), {process_page: read}), clock=clock)
    other = desk_of(desk.home, clock=clock)
    dropped = [sha256(picture(desk.home.inbox / "A" / "1.png", 1))]
    pipeline.take_in(desk, Taken())

    assert work(desk).pages == 1

    assert seen == [0]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(15)
def test_a_page_whose_child_is_killed_is_tried_three_times_and_its_neighbours_never_notice(tmp_path: Path):
    desk = quick_desk(tmp_path)
    for seed in range(1, 8):
        picture(desk.home.inbox / "A" / f"{seed}.png", seed)
    bad = desk.home.inbox / "A" / "4.png"
    bad.write_bytes(bad.read_bytes() + BAD)
    dropped = [sha256(path) for path in desk.home.inbox.glob("A/*")]
    pipeline.take_in(desk, Taken())
    pool = LocalEngine(2, 60.0, limit_child, 2048)
    desk = replace(desk, engine=SwitchedEngine(pool, {process_page: die}))
    try:
        work(desk)
    finally:
        pool.shutdown()

    with reading(desk.ledger) as session:
        pages = session.scalars(select(Page).order_by(Page.number)).all()
    states = [(page.state, page.failures) for page in pages]
    assert states.pop(3) == (PageState.FAILED, 3)
    assert set(states) == {(PageState.DONE, 0)}
    assert pages[3].kind == "worker_died"
    assert "9" in pages[3].reason
    check_invariants(desk.home, dropped)


@pytest.mark.fault(15)
def test_a_killed_child_takes_its_recogniser_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = tmp_path / "pids"
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho $PPID $$ > {told}.new && mv {told}.new {told}\nexec sleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    pool = LocalEngine(1, 600.0, limit_child, 2048)
    try:
        reading_ = pool.submit(read, picture(tmp_path / "1.png", 1), "uzb", 300.0, 600.0)
        assert _soon(told.is_file)
        child, recogniser = map(int, told.read_text(encoding="utf-8").split())
        assert _soon(lambda: _sleeps(recogniser))

        os.kill(child, signal.SIGKILL)

        with pytest.raises(ProcessExpired):
            reading_.result(60)
        assert _soon(lambda: not _sleeps(recogniser)), "the recogniser outlived its child"
    finally:
        pool.shutdown(wait=False)


def _sleeps(pid: int) -> bool:
    """Whether the process lives and is the one that was meant."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return "Name:\tsleep" in status and "State:\tZ" not in status
