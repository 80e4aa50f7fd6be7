"""One run per home."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from fakes import FakeClock

from digitize.errors import Locked
from digitize.home import create_home
from digitize.lock import holder, only_run, taking_in, working

HOLD = """
import sys
from pathlib import Path
from digitize.clock import SystemClock
from digitize.home import open_home
from digitize.lock import only_run
with only_run(open_home(Path(sys.argv[1])), SystemClock()):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_is_at_work_and_a_killed_one_leaves_no_lock(tmp_path: Path):
    home = create_home(tmp_path / "home")
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"

        with pytest.raises(Locked, match=str(first.pid)), only_run(home, FakeClock()):
            pass

        first.kill()
        first.wait()
    with only_run(home, FakeClock()):
        assert home.lock_file.exists()


def test_work_and_intake_are_two_locks_and_whoever_is_alone_holds_both(tmp_path: Path):
    home = create_home(tmp_path / "home")
    with taking_in(home, FakeClock()) as watcher:
        with pytest.raises(Locked, match="Scans are being taken in"), taking_in(home, FakeClock()):
            pass
        with pytest.raises(Locked), only_run(home, FakeClock()):
            pass
        watcher.settle()
        with working(home, FakeClock()) as run:
            assert (run.work, run.intake(), run.alone) == (True, False, False)
            with pytest.raises(Locked, match="Another run"), working(home, FakeClock()):
                pass
    with working(home, FakeClock()) as run:
        assert (run.intake(), run.alone) == (True, True)
        with pytest.raises(Locked, match="Scans are being taken in"), taking_in(home, FakeClock()):
            pass
    with only_run(home, FakeClock()):
        pass


def test_a_run_takes_the_intake_over_when_the_watcher_beside_it_ends(tmp_path: Path):
    home = create_home(tmp_path / "home")
    watcher = taking_in(home, FakeClock())
    watcher.__enter__().settle()
    with working(home, FakeClock()) as run:
        before = run.intake()
        watcher.__exit__(None, None, None)

        assert (before, run.intake()) == (False, True)
        with pytest.raises(Locked), taking_in(home, FakeClock()):
            pass
    assert not holder(home.intake_lock_file)


def test_nobody_begins_while_the_first_one_clears_away_what_the_dead_left(tmp_path: Path):
    home = create_home(tmp_path / "home")
    begun = threading.Event()

    def run() -> None:
        with working(home, FakeClock()):
            begun.set()

    with taking_in(home, FakeClock()) as first:
        second = threading.Thread(target=run)
        second.start()
        early = begun.wait(0.2)
        first.settle()

        assert not early
        assert begun.wait(30)
    second.join()
