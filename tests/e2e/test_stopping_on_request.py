"""SIGTERM to the real program with a page in hand: what can be finished is, the rest goes back, nothing is charged.

A stand-in for Tesseract holds the page at a named pipe until the test lets it go, so nobody waits for a clock.
"""

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from builders import make_scan
from sqlalchemy import select as rows

from digitize.home import create_home, open_home
from digitize.ledger.models import Page, PageState
from digitize.ledger.session import open_engine, reading

LIMIT = 120.0
HOLDING = """#!/bin/sh
case "$*" in *--list-langs*|*--version*) exec {real} "$@";; esac
echo . > {begun}
[ -p {hold} ] && read _ < {hold}
exec {real} "$@"
"""

pytestmark = pytest.mark.skipif(not shutil.which("tesseract"), reason="Tesseract is not installed")


class Held:
    """The program at work in a home of three pages, the first of them held."""

    def __init__(self, folder: Path, command: str, grace: str) -> None:
        self.root = create_home(folder / "home").root
        for number in (1, 2, 3):
            make_scan(open_home(self.root).inbox / "A" / f"{number}.png", seed=number)
        self.begun, self.hold = folder / "begun", folder / "hold"
        for pipe in (self.begun, self.hold):
            os.mkfifo(pipe)
        self._signs = os.open(self.begun, os.O_RDWR)
        self._supervisor = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._supervisor.bind("\0" + str(folder))
        self._supervisor.setblocking(False)
        tool = folder / "bin" / "tesseract"
        tool.parent.mkdir()
        tool.write_text(HOLDING.format(real=shutil.which("tesseract"), begun=self.begun, hold=self.hold))
        tool.chmod(0o755)
        path = f"{tool.parent}:{os.environ['PATH']}"
        own = {
            "NOTIFY_SOCKET": f"@{folder}",
            "PATH": path,
            "DIGITIZE_SETTLE_SECONDS": "0",
            "DIGITIZE_JOBS": "1",
            "DIGITIZE_RECOGNIZER": "program",  # which can be held
            "DIGITIZE_STOP_SECONDS": grace,
        }
        self.program = subprocess.Popen(
            [sys.executable, "-m", "digitize", "--home", str(self.root), "-q", command], env=os.environ | own
        )

    def wait_for_a_page_in_hand(self) -> None:
        ready, _, _ = select.select([self._signs], [], [], LIMIT)
        assert ready, "no page was begun"

    def let_go(self) -> None:
        """Everybody who waits at the pipe goes on, and nobody waits there again."""
        with suppress(FileNotFoundError):
            writer = os.open(self.hold, os.O_RDWR)
            self.hold.unlink()
            os.write(writer, b"\n" * 100)
            os.close(writer)

    def terminate(self) -> None:
        self.program.send_signal(signal.SIGTERM)

    def pages(self) -> list[tuple[PageState, int]]:
        ledger = open_engine(open_home(self.root).ledger_url)
        with reading(ledger) as session:
            found = [(page.state, page.failures) for page in session.scalars(rows(Page).order_by(Page.number))]
        ledger.dispose()
        return found

    def told(self) -> set[bytes]:
        """What systemd would have heard."""
        states = set()
        with suppress(BlockingIOError):
            while True:
                states.add(self._supervisor.recv(1000))
        return states

    def end(self) -> None:
        self.let_go()
        self.program.kill()
        self.program.wait()
        os.close(self._signs)
        self._supervisor.close()


@pytest.fixture
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path, *request.param)
    try:
        held.wait_for_a_page_in_hand()
        yield held
    finally:
        held.end()


@pytest.mark.parametrize("held", [("run", "25"), ("watch", "25")], indirect=True, ids=["run", "watch"])
def test_the_page_in_hand_is_finished_and_the_rest_given_back(held: Held):
    held.terminate()
    held.let_go()

    assert held.program.wait(30) == 0
    first, second, third = held.pages()
    assert (first, third) == ((PageState.DONE, 0), (PageState.RECEIVED, 0))
    # the child may have begun the second one before the signal was heard
    assert second in [(PageState.RECEIVED, 0), (PageState.DONE, 0)]


@pytest.mark.parametrize("held", [("run", "0.5"), ("watch", "0.5")], indirect=True, ids=["run", "watch"])
def test_a_page_that_does_not_end_is_given_back_uncharged(held: Held):
    held.terminate()

    assert held.program.wait(30) == 0
    assert held.pages() == [(PageState.RECEIVED, 0)] * 3


@pytest.mark.parametrize("held", [("watch", "0.5")], indirect=True, ids=["watch"])
def test_a_service_tells_systemd_when_it_is_ready_and_when_it_stops(held: Held):
    assert b"READY=1" in held.told()
    held.terminate()

    assert held.program.wait(30) == 0
    assert b"STOPPING=1" in held.told()


@pytest.mark.parametrize("held", [("run", "25")], indirect=True, ids=["run"])
def test_a_second_sigterm_ends_at_once_and_the_next_start_takes_everything_up(held: Held):
    held.terminate()
    started = time.monotonic()
    while held.program.poll() is None and time.monotonic() - started < LIMIT:
        held.terminate()  # signals that come before the first is handled are one

    assert held.program.returncode == -signal.SIGTERM
    held.let_go()
    environment = os.environ | {"DIGITIZE_SETTLE_SECONDS": "0"}
    again = subprocess.run(
        [sys.executable, "-m", "digitize", "--home", str(held.root), "-q", "run"], check=False, env=environment
    )
    assert again.returncode == 0
    assert held.pages() == [(PageState.DONE, 0)] * 3
