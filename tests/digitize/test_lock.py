"""One run per home."""

import subprocess
import sys
from pathlib import Path

import pytest
from fakes import FakeClock

from digitize.errors import Locked
from digitize.home import create_home
from digitize.lock import only_run

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
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"

        with pytest.raises(Locked, match=str(holder.pid)), only_run(home, FakeClock()):
            pass

        holder.kill()
        holder.wait()
    with only_run(home, FakeClock()):
        assert home.lock_file.exists()
