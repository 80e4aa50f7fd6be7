"""What we take of the machine: our place in the queue for processor and disk, and how much memory is left."""

import ctypes
import os
import platform
from pathlib import Path

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30, "riscv64": 30, "i686": 289, "ppc64le": 273, "s390x": 282}
"""Number of the system call ioprio_set, which the C library does not wrap (ioprio_set(2), asm/unistd.h)."""
_IOPRIO_WHO_PROCESS = 1
_IOPRIO_CLASS_IDLE = 3 << 13

_MEMINFO = Path("/proc/meminfo")


def step_back(nice: int, *, idle_disk: bool) -> None:
    """Let everybody else go first: *nice* 0–19, and the disk only when nobody else wants it.

    Children and threads that start later inherit both, so this is called before there are any. Only ever steps back:
    somebody who started us with more patience is not overruled. Where the kernel refuses, the work goes on as it is.
    """
    present = os.getpriority(os.PRIO_PROCESS, 0)
    if nice > present:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    if idle_disk and (call := _IOPRIO_SET.get(platform.machine())):
        ctypes.CDLL(None).syscall(call, _IOPRIO_WHO_PROCESS, 0, _IOPRIO_CLASS_IDLE)


def available_mb(meminfo: Path = _MEMINFO) -> int | None:
    """Memory that can be had without swapping, in MiB: the kernel's own estimate; None where there is none."""
    try:
        lines = meminfo.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = next((line for line in lines if line.startswith("MemAvailable:")), None)
    return int(found.split()[1]) >> 10 if found else None
