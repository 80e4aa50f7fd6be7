"""Row 2: what a disk holds after a power cut, at every step at which the intake waits for the disk.

The home lies on an ext4 file system in an image file. Copying the image without a sync gives what reached the disk;
mounting the copy replays its journal, as the next boot would. What a kernel writes early, on its own, is luck, so an
intake that does not wait is caught in the order of its calls.
"""

import itertools
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from faults.killing import Tally, Zygote, inject
from faults.quick import picture
from faults.waiting import TRACE, too_early
from faults.world import Findings, examine, make_home, mounted, needs, sha256
from PIL import Image

from digitize.home import Home, open_home

pytestmark = [pytest.mark.fault(2), pytest.mark.slow_fault]

SIZE = 24 << 20
"""Bytes; room for ext4's journal and a small home."""

CALLS = ("fsync", "fdatasync", "link", "rename", "unlink")


@contextmanager
def _disk(folder: Path) -> Iterator[Home]:
    """A home on a fresh disk of its own."""
    needs("mkfs.ext4", "losetup", root=True)
    image = folder / "disk.img"
    image.unlink(missing_ok=True)
    with image.open("wb") as file:
        file.truncate(SIZE)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    with mounted(folder / "disk", "-o", "loop", str(image)) as disk:
        yield make_home(disk / "home")


@contextmanager
def _after_cut(folder: Path) -> Iterator[Home]:
    """The home as the disk holds it now."""
    snapshot = folder / "snapshot.img"
    shutil.copyfile(folder / "disk.img", snapshot)
    with mounted(folder / "snapshot", "-o", "loop", str(snapshot)) as disk:
        yield open_home(disk / "home")


def _drop(home: Home) -> list[str]:
    """Two scans that are too large to lie in a journal; safely on disk, as an hour after their copying."""
    dropped = []
    for seed in (1, 2):
        path = home.inbox / "A" / f"{seed}.tif"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(np.random.default_rng(seed).integers(1, 255, (300, 400), np.uint8)).save(path)
        dropped.append(sha256(path))
    subprocess.run(["sync", "-f", str(home.root)], check=True)
    return dropped


def _cut_everywhere(folder: Path, zygote: Zygote, mutant: str = "") -> Iterator[tuple[str, Findings, Findings]]:
    """Cut the power before every waiting call, and after the last one; findings at once and after the recovery."""
    for call in CALLS:
        for number in itertools.count(1):
            with _disk(folder) as home:
                dropped = _drop(home)
                ended = zygote.run(home, "ingest", strace=inject(call, "signal=SIGKILL", number), mutant=mutant)
                with _after_cut(folder) as after:
                    at_once = examine(after, dropped, settled=False)
                    again = zygote.run(after, "ingest", mutant=mutant)
                    recovered = examine(after, dropped)
            yield f"{call} {number}: {again.said}", at_once, recovered
            if ended.status != -9:
                break


def test_after_a_power_cut_at_any_step_every_master_is_whole_or_its_original_is_still_there(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    for where, at_once, recovered in _cut_everywhere(tmp_path, zygote):
        tally.kill_points["power cut"] += 1
        tally.lost += len(at_once.lost) + len(recovered.lost)
        assert not at_once, (where, at_once)
        assert not recovered, (where, recovered)


def test_an_original_goes_only_when_the_disk_was_waited_for(tmp_path: Path, zygote: Zygote):
    removed, found = _removals(tmp_path, zygote)

    assert removed == 2
    assert not found


@pytest.mark.parametrize(
    ("mutant", "owed"),
    [("no fsync", "bytes"), ("no fsync of the folder", "name"), ("original removed before the commit", "row")],
)
def test_an_intake_that_does_not_wait_for_the_disk_is_caught(
    tmp_path: Path, zygote: Zygote, tally: Tally, mutant: str, owed: str
):
    removed, found = _removals(tmp_path, zygote, mutant)

    assert removed == 2
    assert any(f"before the {owed} of" in line for line in found), "the suite is blind"
    tally.mutants[f"{mutant} (order of calls)"] = f"caught, the {owed} of a master could be lost"


def _removals(folder: Path, zygote: Zygote, mutant: str = "") -> tuple[int, list[str]]:
    home = make_home(folder / "home")
    for seed in (1, 2):
        picture(home.inbox / "A" / f"{seed}.png", seed)
    ended = zygote.run(home, "ingest", strace=TRACE, mutant=mutant)
    assert ended.status == 0, ended
    return too_early(ended.trace, str(home.inbox), str(home.archive / "masters"))
