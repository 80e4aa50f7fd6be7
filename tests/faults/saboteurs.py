"""What can go wrong inside a child process; each stands in the place of a task."""

import ctypes
import os
import signal
import threading
from pathlib import Path
from typing import Any

from faults.quick import page_without_ocr

from workers.page import PageDone, PageJob
from workers.picture import Probed, Refused
from workers.probe import probe

BAD = b"sabotage"
"""A master that ends with these bytes brings its child to harm; others are worked on as usual."""


def _bad(path: Path) -> bool:
    return path.read_bytes().endswith(BAD)


def hang(job: PageJob) -> PageDone:
    """Wait for ever on the bad page."""
    if _bad(job.master):
        threading.Event().wait()
    return page_without_ocr(job)


def freeze(job: PageJob) -> PageDone:
    """Be stopped (SIGSTOP) on the bad page: no signal but SIGKILL reaches the child any more."""
    if _bad(job.master):
        os.kill(os.getpid(), signal.SIGSTOP)
    return page_without_ocr(job)


def crash(job: PageJob) -> PageDone:
    """Read address 0 on the bad page, as a broken C library would."""
    if _bad(job.master):
        ctypes.string_at(0)
    return page_without_ocr(job)


def crash_at_the_door(path: Path, *limits: Any) -> Probed | Refused:
    """Read address 0 while the bad file is judged."""
    if _bad(path):
        ctypes.string_at(0)
    return probe(path, *limits)


def devour(job: PageJob) -> PageDone:
    """Want more memory than a child may have, on the bad page."""
    if _bad(job.master):
        bytearray(2 << 30)
    return page_without_ocr(job)


def die(job: PageJob) -> PageDone:
    """Be killed on the bad page, as by a kernel that runs out of memory."""
    if _bad(job.master):
        os.kill(os.getpid(), signal.SIGKILL)
    return page_without_ocr(job)
