"""What lies in the hot folder, and which of it has settled. Looks only; takes and changes nothing.

The full look is the truth; events of the operating system only wake it (remote writes never raise any).
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from digitize import names
from digitize.store import Signature, in_use


@dataclass(frozen=True, slots=True)
class HotFile:
    """One file that asks to be taken."""

    path: Path
    raw_item: bytes
    """Name of the item's folder; for a loose file the item named in its own name; empty if it names none."""
    raw_name: bytes
    """Path below the item's folder: what a rescan under the same name replaces."""
    signature: Signature
    loose: bool = False

    @property
    def name(self) -> str:
        """As people see it."""
        return names.text(self.raw_name)

    @property
    def item_key(self) -> str:
        """As people see it."""
        return names.text(self.raw_item)


@dataclass(frozen=True, slots=True)
class Odd:
    """Something that is no plain file (link, pipe, device): never opened, only named."""

    path: Path
    what: str


@dataclass(frozen=True, slots=True)
class Found:
    """One look at the hot folder, in the order in which things shall be taken."""

    files: tuple[HotFile, ...]
    sheets: tuple[HotFile, ...]
    """item.toml files."""
    ready: tuple[HotFile, ...]
    """TAYYOR marks."""
    odd: tuple[Odd, ...]
    folders: tuple[bytes, ...]
    """Names of all item folders."""


def look(inbox: Path) -> Found:
    """Everything in the hot folder, pages in natural order.

    Raises:
        OSError: the hot folder itself cannot be read.
    """
    files: list[HotFile] = []
    odd: list[Odd] = []
    folders: list[bytes] = []
    for entry in _entries(inbox):
        if entry.is_dir(follow_symlinks=False):
            folders.append(os.fsencode(entry.name))
            files.extend(_below(Path(entry.path), os.fsencode(entry.name), b"", odd))
        else:
            files.extend(_plain(entry, None, b"", odd))
    files.sort(key=lambda file: (names.sort_key(file.item_key), names.sort_key(file.name), file.raw_name))
    return Found(
        files=tuple(file for file in files if not _control(file)),
        sheets=tuple(file for file in files if _is_sheet(file)),
        ready=tuple(file for file in files if not file.loose and names.is_ready_mark(file.name)),
        odd=tuple(odd),
        folders=tuple(sorted(folders)),
    )


def _is_sheet(file: HotFile) -> bool:
    return not file.loose and file.name.casefold() == names.SHEET


def _control(file: HotFile) -> bool:
    return _is_sheet(file) or (not file.loose and names.is_ready_mark(file.name))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not names.ignored(entry.name))


def _below(folder: Path, raw_item: bytes, prefix: bytes, odd: list[Odd]) -> Iterator[HotFile]:
    try:
        entries = list(_entries(folder))
    except (PermissionError, FileNotFoundError):
        odd.append(Odd(folder, "unreadable folder"))
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path), raw_item, prefix + os.fsencode(entry.name) + b"/", odd)
        else:
            yield from _plain(entry, raw_item, prefix, odd)


def _plain(entry: os.DirEntry[str], raw_item: bytes | None, prefix: bytes, odd: list[Odd]) -> Iterator[HotFile]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # renamed or removed between the listing and the look
    if not stat.S_ISREG(status.st_mode):
        odd.append(Odd(Path(entry.path), _kind(status.st_mode)))
        return
    raw_name = prefix + os.fsencode(entry.name)
    if raw_item is None:
        loose = names.LooseName.parse(names.text(raw_name))
        yield HotFile(
            Path(entry.path),
            loose.item.encode() if loose else b"",
            raw_name,
            Signature.of(status),
            loose=True,
        )
    else:
        yield HotFile(Path(entry.path), raw_item, raw_name, Signature.of(status))


def _kind(mode: int) -> str:
    tests: tuple[tuple[Callable[[int], bool], str], ...] = (
        (stat.S_ISLNK, "symbolic link"),
        (stat.S_ISFIFO, "pipe"),
        (stat.S_ISSOCK, "socket"),
    )
    return next((word for test, word in tests if test(mode)), "device")


class Settled:
    """Remembers looks and says which files have been still long enough; pure but for the read-lease question.

    A file is settled when two looks at least ``seconds`` of monotonic time apart saw the same size, times and inode
    and nobody has it open for writing.
    """

    def __init__(self, seconds: float, busy: Callable[[Path], bool] = in_use) -> None:
        self._seconds = seconds
        self._busy = busy
        self._seen: dict[Path, tuple[Signature, float]] = {}
        self.restless = False
        """Whether the last look saw files that have not settled yet."""

    def observe(self, files: Iterable[HotFile], now: float) -> list[HotFile]:
        """Take note of a look at time *now* (monotonic seconds); the settled files in their given order."""
        seen: dict[Path, tuple[Signature, float]] = {}
        still: list[HotFile] = []
        for file in files:
            before = self._seen.get(file.path)
            since = before[1] if before and before[0] == file.signature else None
            seen[file.path] = (file.signature, now if since is None else since)
            if since is not None and now - since >= self._seconds and not self._busy(file.path):
                still.append(file)
        self._seen = seen
        self.restless = len(still) < len(seen)
        return still
