"""A PostgreSQL of our own on loopback, started in a temporary folder and ended with the test."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)


@dataclass(frozen=True)
class Server:
    """One cluster; ``restart`` is a power cut for its clients."""

    binaries: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def fresh(self, database: str) -> str:
        """The address of a new empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", database)
        return self.url(database)

    def control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-s", "-w", *words)

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self.folder}"
        self.control("-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self.control("-m", "immediate", "stop")

    def restart(self) -> None:
        """Every connection is cut, whatever it was doing."""
        self.stop()
        self.start()

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.binaries / program), *arguments],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, cwd="/", user=_owner(),
        )  # fmt: skip
        assert done.returncode == 0, f"{program}: {done.stderr}"


def _owner() -> str | None:
    """The server refuses to be root."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def postgres() -> Iterator[Server]:
    """A running server, or the test is skipped with what is missing."""
    pytest.importorskip("psycopg", reason="psycopg is not installed (extra 'postgres')")
    if not BINARIES:
        pytest.skip("PostgreSQL's server is not installed (/usr/lib/postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    if owner := _owner():
        os.chown(folder, *pwd.getpwnam(owner)[2:4])
    server = Server(BINARIES[0], folder, _free_port())
    try:
        server._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync")
        server.start()
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
