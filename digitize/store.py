"""Where masters, derivatives and refused files lie; the only module that names, moves and removes them.

Promise of :func:`keep_master` and :func:`arriving`: a file under its final name is whole, also after a power cut
(temp file in the same file system, fsync, rename or link, fsync of the folder; dpkg's and restic's recipe).
"""

import errno
import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from filelock import FileLock

from digitize import names
from digitize.errors import NotPermitted, StorageFailed, Unavailable
from digitize.home import MARKER, Home

_CHUNK = 1 << 20
_DISK_FAULTS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS}
MASTER_MODE = 0o444


@dataclass(frozen=True, slots=True)
class Signature:
    """What must stay the same for a file to be the same file."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Signature":
        """From fstat or lstat."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def origin(self) -> str:
        """Identity of the file's content in the hot folder; survives a restart of the program."""
        return f"{self.device}:{self.inode}:{self.size}:{self.mtime_ns}"


@dataclass(frozen=True, slots=True)
class Staged:
    """A private, synced copy of a file of the hot folder."""

    path: Path
    sha256: str
    size: int
    signature: Signature


def is_disk_fault(error: OSError) -> bool:
    """Full, read-only or broken storage: the environment's fault, never the page's."""
    return error.errno in _DISK_FAULTS


def disk_failed(error: OSError, path: Path | None = None) -> StorageFailed:
    """The sentence for the administrator; *path* where the system's own error names none."""
    return StorageFailed(
        "The storage does not take {what}: {why}.",
        hint="Free space or repair the disk; the work goes on by itself at the next run.",
        what=error.filename or path or "a file",
        why=error.strerror,
    )


@contextmanager
def naming_faults(path: Path) -> Iterator[None]:
    """Name a full, read-only or broken disk wherever it shows while *path* is made; other errors pass.

    Raises:
        StorageFailed: the block ended with such a fault.
    """
    try:
        yield
    except OSError as error:
        if is_disk_fault(error):
            raise disk_failed(error, path) from error
        raise


def check_mounted(home: Home) -> None:
    """Refuse to believe an empty mount point.

    Raises:
        Unavailable: a marker file is missing.
    """
    for folder in (home.share, home.archive):
        if not (folder / MARKER).is_file():
            raise Unavailable(
                "{folder} is not the folder of this home (no {marker} in it): a share or disk may be unmounted.",
                hint="Mount it again; if the folder is really new, run: digitize init {root}",
                folder=folder,
                marker=MARKER,
                root=home.root,
            )


def check_space(home: Home) -> None:
    """Pause before the disk is full, not after.

    Raises:
        StorageFailed: less than ``min_free_mb`` is left in the archive.
    """
    free = shutil.disk_usage(home.archive).free >> 20
    if free < home.settings.min_free_mb:
        raise StorageFailed(
            "Only {free} MB are free in {archive}, the floor is {min_free_mb} MB.",
            hint="Free space; nothing was taken and nothing is lost.",
            free=free,
            archive=home.archive,
            min_free_mb=home.settings.min_free_mb,
        )


@contextmanager
def handing_out(target: Path) -> Iterator[None]:
    """Whatever hinders the writing of a file or folder that a person named is told with its remedy.

    Raises:
        NotPermitted: nothing can be written there.
        StorageFailed: the disk is full, read-only or broken.
    """
    try:
        with naming_faults(target):
            yield
    except OSError as error:
        raise NotPermitted(
            "The file cannot be written to {path}: {why}.",
            hint="Choose a folder you may write to.",
            path=target,
            why=error.strerror,
        ) from error


def fsync_dir(folder: Path) -> None:
    """Make names in *folder* durable; file systems that cannot are forgiven, errors are not."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def fsync_tree(folder: Path) -> None:
    """Make every file of a small folder durable, then the folder."""
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())
    fsync_dir(folder)


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """Give a temporary path beside *target*; it takes the name, durably, only if the block succeeds.

    Raises:
        StorageFailed: the disk is full, read-only or broken; what stood there before stands.
    """
    with naming_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.parent / f".{uuid4().hex}.part"
        try:
            yield part
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(target)
            fsync_dir(target.parent)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def writing_alone(lock_file: Path) -> Iterator[None]:
    """Wait until no other process is in such a block; for short acts that two may not mix.

    Raises:
        StorageFailed: the disk does not take the lock's file.
    """
    with naming_faults(lock_file):
        lock = FileLock(lock_file)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def write_durable(target: Path, content: bytes) -> None:
    """Replace *target* by *content* at once and for good."""
    with arriving(target) as part:
        part.write_bytes(content)


def in_use(path: Path) -> bool:
    """Whether some process still has the file open for writing, where the kernel can tell (read lease)."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN  # EACCES: not our file; EINVAL: a file system without leases
    finally:
        os.close(handle)
    return False


def stage(home: Home, source: Path) -> Staged | None:
    """Copy and hash a file of the hot folder into the archive's file system; None if it changed meanwhile.

    The copy is proved: it is read again, from the disk where the system can be told so, and hashed. What became a
    pipe or a device since it was looked at is not read.

    Raises:
        OSError: it cannot be read, or the archive cannot be written.
    """
    incoming = home.archive / "masters" / ".incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    target = incoming / f"{uuid4().hex}.part"
    with open(source, "rb", opener=_open_plain) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None
        before = Signature.of(status)
        with _dropped_on_failure(target):
            digest = _copy(file, target)
        after = Signature.of(os.fstat(file.fileno()))
    if before != after or not same_file(source, after):
        target.unlink()
        return None
    return Staged(target, digest, after.size, after)


@contextmanager
def _dropped_on_failure(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError:
        target.unlink(missing_ok=True)
        raise


def _copy(file: BinaryIO, target: Path) -> str:
    """Copy, sync, read back; the hash of what was read from *file*."""
    digest = hashlib.sha256()
    with target.open("x+b") as copy:
        while block := file.read(_CHUNK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
        os.posix_fadvise(copy.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        copy.seek(0)
        if hashlib.file_digest(copy, "sha256").digest() != digest.digest():
            raise OSError(errno.EIO, "The copy is not what was read", str(target))
    return digest.hexdigest()


def hash_in_place(path: Path, signature: Signature) -> str:
    """Hash of a file of the hot folder without a copy; empty if it cannot be read or is not the very file any more."""
    try:
        with open(path, "rb", opener=_open_plain) as file:
            if Signature.of(os.fstat(file.fileno())) != signature:
                return ""
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return digest if Signature.of(os.fstat(file.fileno())) == signature else ""
    except OSError:
        return ""


def _open_plain(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)


def same_file(path: Path, signature: Signature) -> bool:
    """Whether *path* still is the very file that was copied."""
    try:
        return Signature.of(os.lstat(path)) == signature
    except FileNotFoundError:
        return False


def master_path(home: Home, sha256: str, extension: str) -> Path:
    """``masters/ab/cd/<sha256>.<ext>``: the name comes from the content, never from the operator."""
    return home.archive / "masters" / sha256[:2] / sha256[2:4] / f"{sha256}{extension}"


def keep_master(home: Home, staged: Staged, extension: str) -> Path:
    """Give the staged copy its final name, read-only; never overwrites."""
    target = master_path(home, staged.sha256, extension)
    for folder in (target.parent.parent, target.parent):
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            fsync_dir(folder.parent)
    staged.path.chmod(MASTER_MODE)
    if not target.exists():
        _link(staged.path, target)
    fsync_dir(target.parent)
    staged.path.unlink()
    return target


def _link(source: Path, target: Path) -> None:
    """link() refuses to overwrite; a file system without links gets a rename."""
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, target.with_suffix(".part"))
        target.with_suffix(".part").replace(target)


def set_aside(home: Home, source: Path, day: date, item_key: str, name: str, reason: str) -> Path:
    """Copy a refused file with its reason into ``3_QAYTARILGAN``; the original stays for the caller to remove.

    The reason is UTF-8 with BOM and CRLF: old Notepad shows anything else as rubbish (users' conventions).
    """
    folder = home.refused / day.isoformat() / names.safe_name(item_key or "_")
    folder.mkdir(parents=True, exist_ok=True)
    target = _free_name(folder, names.safe_name(name), source)
    if not target.exists():
        with open(source, "rb", opener=_open_plain) as file, arriving(target) as part:
            part.write_bytes(file.read())
    note = "\ufeff" + reason.replace("\n", "\r\n") + "\r\n"
    write_durable(target.with_name(target.name + ".sabab.txt"), note.encode())
    return target


def _free_name(folder: Path, name: str, source: Path) -> Path:
    """The name, or name-2, name-3 …; a copy that an interrupted run made of the same bytes is used again."""
    stem, dot, ending = name.rpartition(".")
    for number in range(1, 10_000):
        shown = name if number == 1 else f"{stem or ending}-{number}{dot if stem else ''}{ending if stem else ''}"
        target = folder / shown
        if not target.exists() or _same_bytes(target, source):
            return target
    raise NotPermitted(
        "{folder} holds 10 000 files named {name}.", hint="Clear old refused files.", folder=folder, name=name
    )


def _same_bytes(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        return hashlib.file_digest(left, "sha256").digest() == hashlib.file_digest(right, "sha256").digest()


def remove_original(path: Path, signature: Signature) -> bool:
    """Remove a file of the hot folder after its bytes are safe, unless it has changed; False if it stays."""
    if not same_file(path, signature):
        return False
    try:
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # read-only share: the ledger knows the file, the next pass tries again
    return True


def clear_folder(folder: Path, files: Sequence[Path]) -> None:
    """Remove an item's control files and its folder, if nothing else lies in it."""
    if {entry.name for entry in folder.iterdir() if not names.ignored(entry.name)} - {file.name for file in files}:
        return
    with suppress(OSError):  # a Windows PC may hold the folder open; an empty folder harms nobody
        for file in files:
            file.unlink()
        folder.rmdir()


def item_dir(home: Home, key: str) -> Path:
    """The archive folder of an item."""
    return home.archive / "items" / names.folder_name(key)


def pdf_path(home: Home, key: str) -> Path:
    """Where the item's published PDF lies."""
    return item_dir(home, key) / f"{names.folder_name(key)}.pdf"


def page_dir(home: Home, key: str, result: str) -> Path:
    """Derivatives of one finished page."""
    return item_dir(home, key) / "pages" / result


def new_work_dir(home: Home) -> Path:
    """An empty folder for one attempt at one page; swept at the next start if the attempt dies."""
    folder = home.archive / "work" / uuid4().hex
    with naming_faults(folder):
        folder.mkdir(parents=True)
    return folder


def keep_result(home: Home, key: str, work: Path, result: str) -> None:
    """Move an attempt's folder to its final place, synced.

    Raises:
        Unavailable: the archive is not mounted any more.
        StorageFailed: it is full, read-only or broken.
    """
    check_mounted(home)
    target = page_dir(home, key, result)
    with naming_faults(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        fsync_tree(work)
        if target.exists():
            shutil.rmtree(target)
        work.rename(target)
        fsync_dir(target.parent)


def drop_work(work: Path) -> None:
    """Throw an attempt away."""
    shutil.rmtree(work, ignore_errors=True)


def sweep(home: Home, *, intake: bool = True, work: bool = True) -> None:
    """At start, under the locks: what a killed run left half done (our own temporary names only).

    What only the *intake* or only the *work* writes is cleared for whoever holds that lock, the rest by who holds both.
    """
    incoming, at_work = home.archive / "masters" / ".incoming", home.archive / "work"
    for folder in (*([incoming] if intake else []), *([at_work] if work else [])):
        shutil.rmtree(folder, ignore_errors=True)
    if intake and work:
        own = (home.share, home.ready, home.archive, home.root / "letters")
        for folder in (*own, *home.refused.glob("*/*"), *(home.archive / "items").glob("*")):
            drop_parts(folder)


def drop_parts(folder: Path) -> None:
    """Remove the unfinished files that a killed run left in *folder*."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def sweep_results(home: Home, key: str, wanted: set[str]) -> None:
    """Remove derivatives of an item that no page refers to any more."""
    for folder in (item_dir(home, key) / "pages").glob("*"):
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
