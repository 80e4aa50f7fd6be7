"""A home with the real program beside it, and the four promises that hold after every fault.

1. Every byte that was dropped exists under a final name: in the hot folder, among the masters or among the refused.
2. No content counts more than once.
3. No half file stands under a final name.
4. Ledger and files agree.
"""

import hashlib
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize import store
from digitize.home import Home, create_home, open_home
from digitize.ledger.models import LIVE, Item, Master, Page, PageState, Refusal
from digitize.ledger.opening import faults
from digitize.ledger.session import open_engine, reading
from digitize.settings import FILE_NAME

ROOT = Path(__file__).resolve().parents[2]


def make_home(root: Path, **settings: object) -> Home:
    """A home with an empty ledger whose *settings* stand in its ``digitize.toml``."""
    values = {"settle_seconds": 0.0, "min_free_mb": 0, "jobs": 1, "nice": 0, "ionice_idle": False} | settings
    root.mkdir(parents=True, exist_ok=True)
    lines = [f"{key} = {_toml(value)}\n" for key, value in values.items()]
    (root / FILE_NAME).write_text("".join(lines), encoding="utf-8")
    home = create_home(root)
    open_engine(home.ledger_url).dispose()
    return open_home(root)


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(str(value) if isinstance(value, Path) else value)


def command(home: Home, *arguments: str) -> list[str]:
    """The argument list that starts the real program on *home*."""
    return [sys.executable, "-m", "digitize", "--home", str(home.root), *arguments]


def digitize(
    home: Home, *arguments: str, wrap: Iterable[str] = (), timeout: float = 120, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run the real program to its end, under *wrap* (strace, setpriv, prlimit …) where one is given."""
    return subprocess.run(
        [*wrap, *command(home, *arguments)],
        cwd=ROOT, env=os.environ | environ, capture_output=True, text=True, check=False, timeout=timeout,
    )  # fmt: skip


@contextmanager
def service(home: Home, folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """``digitize watch`` at work; it says by systemd's protocol (sd_notify) when it listens."""
    address = str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(60)
        arguments = command(home, "watch", *options)
        with subprocess.Popen(arguments, cwd=ROOT, env=os.environ | {"NOTIFY_SOCKET": address}) as service:
            try:
                while b"READY=1" not in ear.recv(4096):
                    pass
                yield service
            finally:
                service.kill()
    Path(address).unlink()


def assert_says(result: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The exit code and the sentence on stderr name the cause."""
    assert result.returncode == code, (result.returncode, result.stdout, result.stderr)
    assert "Traceback" not in result.stderr, result.stderr
    for word in words:
        assert word in result.stderr, (word, result.stderr)


def sha256(path: Path) -> str:
    """Hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def needs(*programs: str, root: bool = False) -> None:
    """Skip the test, naming what is missing."""
    if missing := [program for program in programs if shutil.which(program) is None]:
        pytest.skip(f"{', '.join(missing)} not installed")
    if root and os.geteuid() != 0:
        pytest.skip("needs root")


@contextmanager
def mounted(point: Path, *options: str) -> Iterator[Path]:
    """Mount at *point* for the block: ``mounted(p, "-t", "tmpfs", "-o", "size=1m", "tmpfs")``; skips if refused."""
    needs("mount", "umount", root=True)
    point.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *options, str(point)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mount {' '.join(options)}: {done.stderr.strip()}")
    try:
        yield point
    finally:
        subprocess.run(["umount", "-l", str(point)], check=False, capture_output=True)


@contextmanager
def tmpfs(point: Path, options: str) -> Iterator[Path]:
    """A file system in memory with a limit: ``size=1m`` or ``nr_inodes=20``."""
    with mounted(point, "-t", "tmpfs", "-o", options, "tmpfs"):
        yield point


@contextmanager
def immutable(path: Path) -> Iterator[Path]:
    """*path* that even root can neither change nor remove (chattr +i); skips where the file system cannot."""
    needs("chattr", root=True)
    done = subprocess.run(["chattr", "+i", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"chattr +i: {done.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["chattr", "-i", str(path)], check=True)


@dataclass(frozen=True)
class Findings:
    """Broken promises, one list for each of the four."""

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    partial: tuple[str, ...]
    disagreeing: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lost or self.doubled or self.partial or self.disagreeing)


def check_invariants(home: Home, dropped: Collection[str] = (), *, settled: bool = True) -> None:
    """Assert the four promises; *dropped* are the hashes of all files that were ever put into the hot folder.

    *settled* is False in the very moment after a kill, when files may be ahead of the ledger (never behind it).
    """
    found = examine(home, dropped, settled=settled)
    assert not found, found


def examine(home: Home, dropped: Collection[str] = (), *, settled: bool = True) -> Findings:
    """Look for broken promises without asserting."""
    ledger = open_engine(home.ledger_url)
    try:
        with reading(ledger) as session:
            known, unlike = _known(home, session)
            hot = {sha256(path) for path in _files(home.inbox)}
            lost = tuple(sorted(set(dropped) - known - hot))
            doubled = tuple(_doubled(session))
            disagreeing = (*unlike, *_disagreeing(home, session, settled=settled))
            partial = tuple(_partial(home, session, settled=settled))
    finally:
        ledger.dispose()
    return Findings(lost, doubled, partial, disagreeing)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _known(home: Home, session: Session) -> tuple[set[str], list[str]]:
    """Hashes of contents that the ledger knows and whose bytes lie where it says; and where they do not."""
    known: set[str] = set()
    unlike: list[str] = []
    for master in session.scalars(select(Master)):
        path = store.master_path(home, master.sha256, master.extension)
        (known.add if _holds(path, master.sha256) else unlike.append)(master.sha256)
    for refusal in session.scalars(select(Refusal)):
        path = home.share / refusal.path
        (known.add if _holds(path, refusal.sha256) else unlike.append)(refusal.sha256)
    return known, [f"the ledger knows {digest}, its file is missing or other" for digest in unlike]


def _holds(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest


def _doubled(session: Session) -> Iterator[str]:
    live = select(Master.sha256, Page.frame, Page.side).join(Page.master).where(Page.state.in_(LIVE))
    for place, count in Counter(session.execute(live).all()).items():
        if count > 1:
            yield f"{place} stands {count} times"


def _partial(home: Home, session: Session, *, settled: bool) -> Iterator[str]:
    for path in (home.archive / "masters").glob("??/??/*"):
        if path.suffix != ".part" and sha256(path) != path.stem:
            yield f"{path}: {path.stat().st_size} bytes that are not what its name says"
    refused = set(session.scalars(select(Refusal.sha256)))
    for path in _files(home.refused):
        shown = not path.name.startswith(".") and not path.name.endswith(".sabab.txt")
        if settled and shown and sha256(path) not in refused:
            yield f"{path}: nobody refused these bytes"
    for path in (*home.ready.glob("*.pdf"), *(home.archive / "items").glob("*/*.pdf")):
        if fault := _pdf_fault(path):
            yield f"{path}: {fault}"
    if settled:
        yield from (f"{path}: left behind" for path in _files(home.root) if path.name.endswith(".part"))


def _pdf_fault(path: Path) -> str:
    try:
        with pikepdf.open(path) as pdf:
            return "" if len(pdf.pages) else "no pages"
    except pikepdf.PdfError as error:
        return str(error)


def _disagreeing(home: Home, session: Session, *, settled: bool) -> Iterator[str]:
    if home.ledger_url.startswith("sqlite") and (fault := faults(home.root / "ledger.db")):
        yield f"ledger: {fault}"
    for page in session.scalars(select(Page).where(Page.state == PageState.DONE)):
        made = store.page_dir(home, page.item.key, page.result) / f"{page.side}.pdf"
        if not made.is_file():
            yield f"{page!r} is done and {made} is missing"
        if page.counted_on is None or page.outcome is None:
            yield f"{page!r} is done without a day or an outcome"
    if settled:
        yield from _unsettled(home, session)


def _unsettled(home: Home, session: Session) -> Iterator[str]:
    """What only a moment between two steps may leave: files that no row names."""
    named = {store.master_path(home, row.sha256, row.extension) for row in session.scalars(select(Master))}
    for path in (home.archive / "masters").glob("??/??/*"):
        if path not in named:
            yield f"{path}: no row names it"
    for item in session.scalars(select(Item).where(Item.pdf_sha256 != "")):
        pdf = store.pdf_path(home, item.key)
        if not _holds(pdf, item.pdf_sha256):
            yield f"{pdf}: not the PDF that was published"
