"""Did the program wait for the disk before it let an original go? Read from a trace of its calls, so no clock decides.

A disk that keeps nothing but what was waited for is the worst there is; a real one, after a real power cut, keeps that
and some more, and how much more nobody can say (``test_power_cut.py``).
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

TRACE = ("-y", "-e", "trace=write,sendfile,copy_file_range,fsync,fdatasync,link,rename,unlink")
"""Options of strace whose output :func:`too_early` reads: one thread, each handle with its path."""

_DONE = re.compile(r"^(?P<call>\w+)\((?P<arguments>.*)\)\s+= \d")
_HANDLE = re.compile(r"\d+<(?P<path>[^>]*)>")
_NAME = re.compile(r'"(?P<path>[^"]*)"')


class Disk:
    """What still has to be waited for, as far as the trace was read."""

    def __init__(self, masters: str) -> None:
        self._masters = masters
        self._unwritten: set[str] = set()
        self._open: dict[str, set[str]] = {}
        """Master -> what nobody has waited for yet: ``bytes``, ``name``, ``row``."""

    def wrote(self, path: str) -> None:
        """Bytes are on their way into a file."""
        self._unwritten.add(path)

    def named(self, old: str, new: str) -> None:
        """A file got its final name; its bytes should be safe by now, its row cannot be."""
        if PurePosixPath(new).is_relative_to(self._masters):
            self._open[new] = {"name", "row"} | ({"bytes"} if old in self._unwritten else set())

    def waited(self, path: str) -> None:
        """The disk has what was written to *path* until now: a file, a folder with its names, the ledger's log."""
        self._unwritten.discard(path)
        for master, owed in self._open.items():
            if path == master:
                owed.discard("bytes")
            elif path == str(PurePosixPath(master).parent):
                owed.discard("name")
            elif path.endswith("ledger.db-wal"):
                owed.discard("row")

    def owed(self) -> list[str]:
        """What a power cut could take now."""
        return [f"the {what} of {master}" for master, owed in self._open.items() for what in sorted(owed)]


def too_early(trace: str, inbox: str, masters: str) -> tuple[int, list[str]]:
    """How many files left *inbox*, and what a power cut could have taken when they did; nothing for a safe intake."""
    disk, removed, found = Disk(masters), 0, []
    for call, paths in _calls(trace):
        if call in ("fsync", "fdatasync"):
            disk.waited(paths[0])
        elif call in ("link", "rename"):
            disk.named(*paths)
        elif call != "unlink":
            disk.wrote(paths[-1] if call == "copy_file_range" else paths[0])
        elif PurePosixPath(paths[0]).is_relative_to(inbox):
            removed += 1
            found += [f"{paths[0]} was removed before {what}" for what in disk.owed()]
    return removed, found


def _calls(trace: str) -> Iterator[tuple[str, list[str]]]:
    """Calls that did something, with the paths they were about."""
    for line in trace.splitlines():
        if done := _DONE.match(line):
            names = done["call"] in ("link", "rename", "unlink")
            arguments = done["arguments"] if names else done["arguments"].partition('"')[0]
            if paths := [found["path"] for found in (_NAME if names else _HANDLE).finditer(arguments)]:
                yield done["call"], paths
