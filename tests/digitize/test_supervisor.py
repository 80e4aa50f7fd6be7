"""What systemd is told."""

import socket
from pathlib import Path

from digitize.supervisor import notify, watchdog_seconds


def test_states_arrive_one_a_line(tmp_path: Path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(path)

        notify("READY=1", "STATUS=two\nlines", environ={"NOTIFY_SOCKET": path})

        assert supervisor.recv(100) == b"READY=1\nSTATUS=two lines"


def test_an_abstract_socket_is_known_by_its_at_sign(tmp_path: Path):
    name = f"digitize-{tmp_path}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind("\0" + name)

        notify("READY=1", environ={"NOTIFY_SOCKET": "@" + name})

        assert supervisor.recv(100) == b"READY=1"


def test_nobody_listening_is_no_error(tmp_path: Path):
    notify("READY=1", environ={})
    notify("READY=1", environ={"NOTIFY_SOCKET": str(tmp_path / "gone")})


def test_the_watchdogs_time_is_in_microseconds():
    assert watchdog_seconds({"WATCHDOG_USEC": "120000000"}) == 120
    assert watchdog_seconds({}) is None
    assert watchdog_seconds({"WATCHDOG_USEC": "soon"}) is None
