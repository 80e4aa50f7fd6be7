"""kill -9 and I/O errors at the N-th call of a system call, for every N until the command survives."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from faults.world import ROOT, Findings, examine, needs

from digitize.home import Home, open_home

CALLS = (
    *("fsync", "fdatasync", "rename", "renameat2", "link", "linkat", "unlink", "unlinkat", "rmdir", "mkdir"),
    *("pwrite64", "write", "chmod", "ftruncate", "sendfile", "copy_file_range"),
)
"""Calls that change what a disk holds. Before each of them, and so after the one before it, the command is killed."""

PATIENCE = 60.0
"""Seconds after which a command that does not come to its end is asked to stop, so that the test can fail."""


@dataclass
class Tally:
    """What the kill loops tried and what they found; printed at the end."""

    kill_points: Counter[str] = field(default_factory=Counter)
    failing_calls: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    mutants: dict[str, str] = field(default_factory=dict)
    """Name -> where the suite caught it."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, or minus the signal; what it said; what strace wrote."""

    status: int
    said: str
    trace: str = ""


class Zygote:
    """A loaded interpreter that forks a child for each command (zygote.py)."""

    def __init__(self, folder: Path) -> None:
        self._log, self._trace = folder / "said.txt", folder / "trace.txt"
        paths = os.pathsep.join(str(path) for path in (ROOT, ROOT / "tests"))
        environ = os.environ | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("zygote.py"))],
            cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, home: Home, *arguments: str, strace: Sequence[str] = (), mutant: str = "") -> Ended:
        """One command to its end or its death, under strace with these options where there are some."""
        task = {"arguments": ["--home", str(home.root), *arguments], "mutant": mutant, "log": str(self._log)}
        pid = self._ask(json.dumps(task))["pid"]
        end = threading.Timer(PATIENCE, os.kill, (pid, signal.SIGTERM))
        end.start()
        try:
            with _attached(pid, strace, self._trace):
                status = self._ask("go")["status"]
        finally:
            end.cancel()
        trace = self._trace.read_text(errors="replace") if strace else ""
        return Ended(status, self._log.read_text(errors="replace"), trace)

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.poll() is None, "zygote.py has ended; its last words stand in the output of this test"
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


@contextmanager
def _attached(pid: int, options: Sequence[str], trace: Path) -> Iterator[None]:
    """Strace on a process that waits, for the block."""
    if not options:
        yield
        return
    needs("strace")
    tracer = subprocess.Popen(
        ["strace", "-o", str(trace), *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    assert tracer.stderr is not None
    said = tracer.stderr.readline()
    if "attached" not in said:
        os.kill(pid, 9)
    try:
        yield
    finally:
        said += tracer.communicate(timeout=30)[1]
    if "attached" not in said:
        pytest.skip(f"strace cannot attach: {said.strip()}")


def inject(call: str, what: str, number: int) -> tuple[str, ...]:
    """Options of strace: *what* (``signal=SIGKILL``, ``error=EIO``) at the *number*-th *call*."""
    return ("-e", f"trace={call}", "-e", f"inject={call}:{what}:when={number}")


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """One for the session."""
    made = Zygote(tmp_path_factory.mktemp("zygote"))
    yield made
    made.close()


class Copies:
    """Fresh copies of a home that was prepared once."""

    def __init__(self, template: Home) -> None:
        self._template = template.root
        self._numbers = itertools.count(1)

    def fresh(self) -> Home:
        """The next copy; the one before is thrown away."""
        number = next(self._numbers)
        shutil.rmtree(self._place(number - 1), ignore_errors=True)
        shutil.copytree(self._template, self._place(number), symlinks=True)
        return open_home(self._place(number))

    def _place(self, number: int) -> Path:
        return self._template.with_name(f"{self._template.name}-{number}")


@dataclass(frozen=True)
class Death:
    """One kill: where, and what was broken right after it and after the recovery."""

    call: str
    number: int
    at_once: Findings
    recovered: Findings | None

    @property
    def found(self) -> tuple[Findings, ...]:
        """The broken promises."""
        return tuple(found for found in (self.at_once, self.recovered) if found)


def kill_everywhere(
    zygote: Zygote, homes: Copies, arguments: Sequence[str], dropped: Sequence[str], judge: Callable[[Home], None],
    *, calls: Sequence[str] = CALLS, mutant: str = "", survived: Sequence[int] = (0,),
) -> Iterator[Death]:  # fmt: skip
    """Kill the command before every call, look, let it recover, look again; *judge* asserts what must stand then."""
    for call in calls:
        for number in itertools.count(1):
            home = homes.fresh()
            ended = zygote.run(home, *arguments, strace=inject(call, "signal=SIGKILL", number), mutant=mutant)
            assert ended.status in (-9, *survived), ended
            if ended.status != -9:
                judge(home)
                break
            at_once = examine(home, dropped, settled=False)
            again = zygote.run(home, *arguments, mutant=mutant)
            assert again.status in (0, *survived), again
            yield Death(call, number, at_once, examine(home, dropped))
            if not at_once:
                judge(home)
