"""What the figures were taken on, and how processor time and memory of a program are measured."""

import os
import platform
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True)
class Spent:
    """Seconds on the wall and in the processor, the largest resident process; with all children and theirs."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_mb: float = 0.0
    code: int = 0
    idle: float = 0.0
    """Seconds in which a core of the machine had nothing to do, all cores together."""
    whole: float = 0.0
    """Seconds of all cores together, whoever used them."""

    def __add__(self, other: "Spent") -> "Spent":
        sums = (self.wall + other.wall, self.cpu + other.cpu, max(self.peak_mb, other.peak_mb))
        return Spent(*sums, self.code or other.code, self.idle + other.idle, self.whole + other.whole)

    @property
    def idle_part(self) -> float:
        """Percent of the machine that nobody used."""
        return 100 * self.idle / max(self.whole, 1e-9)

    @property
    def others_part(self) -> float:
        """Percent of the machine that others used meanwhile."""
        return max(0.0, 100 * (self.whole - self.idle - self.cpu) / max(self.whole, 1e-9))


def spend(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> Spent:
    """Run *command* in *folder*, its words into *log*; what it cost, by the kernel's own account (wait4)."""
    started, before = time.perf_counter(), _ticks()
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=folder, env=dict(environment), stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    idle, whole = (later - earlier for later, earlier in zip(_ticks(), before, strict=True))
    return Spent(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, child.returncode, idle, whole)


def _ticks() -> tuple[float, float]:
    """Seconds since the start of the machine in which its cores were idle or waited for a disk, and all seconds."""
    line = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    ticks = [int(word) / os.sysconf("SC_CLK_TCK") for word in line.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))


def described(*programs: Sequence[str]) -> str:
    """Date, machine and versions; *programs* are commands that print their version."""
    load = os.getloadavg()[0]
    parts = [f"{datetime.now(UTC):%Y-%m-%d}", f"{cores()} cores", _processor(), f"load at the start {load:.1f}"]
    parts += [f"Linux {platform.release()}", f"Python {platform.python_version()}"]
    return ", ".join([*parts, *filter(None, map(_version, programs))])


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    said = (done.stdout or done.stderr).split()
    name = Path(command[0]).name
    number = next((word for word in said if word[:1].isdigit()), "")
    return f"{name} {number}" if number else ""
