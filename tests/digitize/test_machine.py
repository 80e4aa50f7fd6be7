"""What we take of the machine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digitize.machine import available_mb

STEP_BACK = """
import subprocess, sys
from digitize.machine import step_back
step_back(int(sys.argv[1]), idle_disk=sys.argv[2] == "idle")
print(subprocess.run(sys.argv[3:], capture_output=True, text=True, check=True).stdout)
"""


def _child_of_a_polite_parent(nice: int, disk: str, *command: str) -> str:
    """What *command* prints as a child of a process that stepped back."""
    program = [sys.executable, "-c", STEP_BACK, str(nice), disk, *command]
    return subprocess.run(program, capture_output=True, text=True, check=True).stdout.strip()


def test_children_inherit_the_patience_of_their_parent():
    assert _child_of_a_polite_parent(19, "-", "nice") == "19"


def test_somebody_more_patient_is_not_overruled():
    present = os.getpriority(os.PRIO_PROCESS, 0)

    assert _child_of_a_polite_parent(0, "-", "nice") == str(present)


@pytest.mark.skipif(not shutil.which("ionice"), reason="ionice is not installed")
def test_children_use_the_disk_only_when_nobody_else_wants_it():
    assert _child_of_a_polite_parent(0, "idle", "ionice") == "idle"


def test_available_memory_is_the_kernels_own_estimate(tmp_path: Path):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  8000000 kB\nMemFree: 100 kB\nMemAvailable:    2097152 kB\n")

    assert available_mb(meminfo) == 2048


def test_an_unknown_amount_of_memory_is_no_number(tmp_path: Path):
    (tmp_path / "meminfo").write_text("MemTotal:  8000000 kB\n")

    assert available_mb(tmp_path / "meminfo") is None
    assert available_mb(tmp_path / "nothing") is None
