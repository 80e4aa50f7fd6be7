"""Measures what safety costs at intake, how long commands take to start, how status and claim grow with the ledger.

    .venv/bin/python bench/intake.py [--files N] [--rows N …] [--folder DIR] [--output FILE]

Intake: the same pictures go through one pass of intake with and without fsync, and through plain ``cp``. Ledger:
generated rows (a page and its master each, a hundred pages an item, spread over twenty years; one in a hundred waits),
then ``digitize status`` and a claim of a hundred pages. Prints tables in Markdown; --output writes them to a file, too.
All sizes of ledger take some minutes and 8 GB of disk.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from machine import described
from PIL import Image
from tables import tell

from digitize import pipeline, report
from digitize.clock import SystemClock
from digitize.desk import Desk, children
from digitize.home import Home, create_home
from digitize.ingest import Taken
from digitize.ledger import queue
from digitize.ledger.session import open_engine, reading, transaction
from digitize.machine import available_mb
from digitize.messages import speaker
from digitize.progress import Lines

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 7
TRIES = 3

_INTAKE_NOTE = (
    "Intake hashes, decodes every picture to its last pixel in a child and enters it; `cp` copies. "
    f"The quickest of {TRIES} tries."
)

ITEMS = """
INSERT INTO item (id, key, folded_key, raw_key, title, type, source, collection, operator, language, record_number,
  expected_pages, sheet_sha256, overrides, complete, created_at, changed_at, published_at, first_published_on,
  published_state, pdf_sha256, pdf_pages)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :items)
SELECT i, printf('INV-%07d', i), printf('INV-%07d', i), CAST(printf('INV-%07d', i) AS BLOB), 'Kitob ' || i, 'kitob',
  'reja', '', 'skaner-1', 'uz', '', CASE WHEN i % 4 = 0 THEN 100 END, '', '{}', i < :items, :now, :now,
  datetime(:now, '-' || CAST((:items - i) * 7300.0 / :items AS INTEGER) || ' days'),
  date(:now, '-' || CAST((:items - i) * 7300.0 / :items AS INTEGER) || ' days'), 'x', printf('%064x', i), 100
FROM n"""

MASTERS = """
INSERT INTO master (id, sha256, extension, size, frames, format, item_id, name, raw_name, received_at, origin)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT i, printf('%064x', i), '.tif', 9000000, 1, 'TIFF', (i - 1) / 100 + 1, printf('%04d.tif', (i - 1) % 100 + 1),
  CAST(printf('%04d.tif', (i - 1) % 100 + 1) AS BLOB),
  datetime(:now, '-' || CAST((:rows - i) * 7300.0 / :rows AS INTEGER) || ' days'), '2049:' || i || ':9000000:1'
FROM n"""

PAGES = """
INSERT INTO page (id, item_id, master_id, slot, sort_key, frame, side, number, state, attempt, failures, lease_owner,
  survey, outcome, confidence, worst, language, script, skew, kind, reason, parameters, result, counted_on,
  received_at, done_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows),
p AS (SELECT i, CASE WHEN i > :rows * 0.99 THEN 'received' WHEN i % 5000 = 0 THEN 'failed'
  WHEN i % 10000 = 1 THEN 'rejected' ELSE 'done' END AS state,
  CAST((:rows - i) * 7300.0 / :rows AS INTEGER) AS age FROM n)
SELECT i, (i - 1) / 100 + 1, i, printf('%04d.tif', (i - 1) % 100 + 1), printf('%04d.tif', (i - 1) % 100 + 1), 0,
  'whole', (i - 1) % 100 + 1, state, 1, 0, '', '{"width": 2480, "height": 3508, "dpi": 300}',
  CASE WHEN state = 'done' THEN CASE WHEN i % 50 = 0 THEN 'low' WHEN i % 200 = 1 THEN 'blank' ELSE 'ok' END END,
  91.5, 78.0, 'uzb', 'latin', 0.4, '', '',
  '{"steps": ["upright", "crop", "deskew", "even"], "angle": 0.4, "model": "uzb", "tesseract": "5.3.0"}',
  CASE WHEN state = 'done' THEN printf('%08d-1', i) ELSE '' END,
  CASE WHEN state = 'done' THEN date(:now, '-' || age || ' days') END,
  datetime(:now, '-' || age || ' days'), CASE WHEN state = 'done' THEN datetime(:now, '-' || age || ' days') END
FROM p"""


@dataclass(frozen=True)
class Speed:
    """One way of bringing the same files to the archive."""

    way: str
    files: int
    megabytes: float
    seconds: float


@dataclass(frozen=True)
class Started:
    """One command, from its start to its end; medians, in seconds."""

    command: str
    wall: float
    processor: float


@dataclass(frozen=True)
class Grown:
    """What one size of ledger costs; seconds, the quickest of some rounds."""

    rows: int
    megabytes: float
    status: float
    command: float
    claim: float
    waiting: float


def make_scans(folder: Path, files: int) -> int:
    """Grey A4 pictures of 150 dpi as uncompressed TIFF; bytes in all."""
    random = np.random.default_rng(1)
    paper = random.integers(200, 250, (1754, 1240), dtype=np.uint8)
    folder.mkdir(parents=True)
    for number in range(files):
        paper[:40, :40] = random.integers(0, 255, (40, 40), dtype=np.uint8)
        Image.fromarray(paper).save(folder / f"{number:05d}.tif", dpi=(150, 150))
    return sum(path.stat().st_size for path in folder.iterdir())


@contextmanager
def no_fsync() -> Iterator[None]:
    """As if the disk were always quick enough; never outside a measurement."""
    real, os.fsync = os.fsync, lambda _handle: None
    try:
        yield
    finally:
        os.fsync = real


def desk_of(home: Home, engine: object) -> Desk:
    """Intake in this process, decoding in children."""
    say = speaker("en")
    shown = Lines(say, quiet=True)
    return Desk(home, open_engine(home.ledger_url), engine, SystemClock(), say, shown, lambda: False)  # type: ignore[arg-type]


def timed(work: Callable[[], object]) -> float:
    """Seconds on the wall."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def intake(scans: Path, folder: Path, *, durable: bool) -> float:
    """One pass over copies of *scans* in a new home; seconds, children already warm."""
    os.environ["DIGITIZE_SETTLE_SECONDS"] = "0"
    home = create_home(folder)
    with children(home) as engine:
        desk = desk_of(home, engine)
        shutil.copytree(scans, home.inbox / "WARM", ignore=lambda _, names: sorted(names)[8:])
        pipeline.take_in(desk, Taken())
        shutil.copytree(scans, home.inbox / "A", ignore=lambda _, names: sorted(names)[:8])
        subprocess.run(["sync"], check=True)
        if durable:
            return timed(lambda: pipeline.take_in(desk, Taken()))
        with no_fsync(), desk.ledger.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            connection.exec_driver_sql("BEGIN")
            connection.close()
            return timed(lambda: pipeline.take_in(desk, Taken()))


def measure_intake(files: int, folder: Path) -> list[Speed]:
    """cp, intake without fsync, intake as it is."""
    scans = folder / "scans"
    size = make_scans(scans, files + 8) * files / (files + 8) / 1e6
    subprocess.run(["sync"], check=True)
    seconds: dict[str, list[float]] = {"`cp -r`": [], "intake without fsync": [], "intake": []}
    for number in range(TRIES):
        copy = str(folder / f"copy{number}")
        seconds["`cp -r`"].append(timed(lambda copy=copy: subprocess.run(["cp", "-r", str(scans), copy], check=True)))
        seconds["intake without fsync"].append(intake(scans, folder / f"quick{number}", durable=False))
        seconds["intake"].append(intake(scans, folder / f"safe{number}", durable=True))
    return [Speed(way, files, size, min(found)) for way, found in seconds.items()]


def generate(home: Home, rows: int) -> None:
    """Fill a new ledger; indices are made after the rows, which is many times faster."""
    open_engine(home.ledger_url).dispose()
    values = {"rows": rows, "items": max(1, rows // 100), "now": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")}
    with closing(sqlite3.connect(home.root / "ledger.db", isolation_level=None)) as ledger:
        ledger.execute("PRAGMA journal_mode=OFF")
        ledger.execute("PRAGMA synchronous=OFF")
        ledger.execute("PRAGMA cache_size=-1000000")
        indices = ledger.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL").fetchall()
        for name, _ in indices:
            ledger.execute(f"DROP INDEX {name}")
        for statement in (ITEMS, MASTERS, PAGES, *(sql for _, sql in indices)):
            ledger.execute(statement, values if ":now" in statement else {})
        ledger.execute("PRAGMA journal_mode=WAL")


def quickest(work: Callable[[], object]) -> float:
    """Seconds of the quickest round after one that warms the caches: what else the machine does is not our cost."""
    work()
    return min(timed(work) for _ in range(ROUNDS))


def installed(folder: Path) -> dict[str, str]:
    """The environment of an installed program: its modules are compiled."""
    return os.environ | {"PYTHONPYCACHEPREFIX": str(folder / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}


def measure_start(folder: Path) -> list[Started]:
    """Commands that a person waits for, in a new home."""
    home = str(create_home(folder / "start").root)
    return [started(words, home, folder) for words in ("--help", "status --help", "search --help", "status")]


def started(words: str, home: str, folder: Path) -> Started:
    """The median of some rounds after one that warms the caches; nobody else's children end meanwhile."""

    def once() -> tuple[float, float]:
        before = os.times()
        program = [sys.executable, "-m", "digitize", "--home", home, *words.split()]
        subprocess.run(program, check=False, cwd=ROOT, stdout=subprocess.DEVNULL, env=installed(folder))
        after = os.times()
        processor = after.children_user + after.children_system - before.children_user - before.children_system
        return after.elapsed - before.elapsed, processor

    once()
    wall, processor = zip(*(once() for _ in range(ROUNDS)), strict=True)
    return Started(f"digitize {words}", statistics.median(wall), statistics.median(processor))


def measure_ledger(rows: int, folder: Path) -> Grown:
    """Status and claim with *rows* pages."""
    home = create_home(folder / f"rows{rows}")
    generate(home, rows)
    digitize = [sys.executable, "-m", "digitize", "--home", str(home.root)]
    subprocess.run([*digitize, "-q", "plan", "import", str(ROOT / "samples" / "reja-2026.csv")], check=True, cwd=ROOT)
    program = installed(folder)

    def command() -> None:
        subprocess.run([*digitize, "-q", "status"], check=False, cwd=ROOT, stdout=subprocess.DEVNULL, env=program)

    ledger = open_engine(home.ledger_url)

    def claim() -> None:
        with transaction(ledger) as session:
            queue.claim(session, "bench", 100, datetime.now(UTC), 900)

    def ask() -> None:
        with reading(ledger) as session:
            report.status(session, home.settings, None, datetime.now(UTC), home.archive)

    def count() -> None:
        with reading(ledger) as session:
            queue.waiting(session)

    def release() -> None:
        with transaction(ledger) as session:
            queue.release(session)

    claims = []
    for _ in range(ROUNDS + 1):
        claims.append(timed(claim))
        release()
    found = Grown(
        rows,
        (home.root / "ledger.db").stat().st_size / 1e6,
        quickest(ask),
        quickest(command),
        min(claims[1:]),
        quickest(count),
    )
    ledger.dispose()
    shutil.rmtree(home.root)
    return found


def tables(machine: str, speeds: Sequence[Speed], starts: Sequence[Started], grown: Sequence[Grown]) -> str:
    """The figures for people, in Markdown."""
    lines = ["# Intake and ledger: measured cost", "", f"`bench/intake.py`, {machine}.", ""]
    if speeds:
        lines += ["| way | files | MB | seconds | files/s | MB/s |", "|---|---:|---:|---:|---:|---:|"]
        lines += [
            f"| {s.way} | {s.files} | {s.megabytes:.0f} | {s.seconds:.2f} "
            f"| {s.files / s.seconds:.1f} | {s.megabytes / s.seconds:.0f} |"
            for s in speeds
        ]
        lines += ["", _INTAKE_NOTE, ""]
    if starts:
        lines += ["| command | seconds | of the processor |", "|---|---:|---:|"]
        lines += [f"| `{s.command}` | {s.wall:.2f} | {s.processor:.2f} |" for s in starts]
        lines += ["", f"Medians of {ROUNDS} rounds; an empty ledger.", ""]
    if grown:
        lines += ["| page rows | ledger MB | status: queries | `digitize status` | claim of 100 | count of waiting |"]
        lines += ["|---:|---:|---:|---:|---:|---:|"]
        lines += [
            f"| {g.rows:,} | {g.megabytes:.0f} | {g.status * 1000:.0f} ms | {g.command * 1000:.0f} ms "
            f"| {g.claim * 1000:.1f} ms | {g.waiting * 1000:.1f} ms |"
            for g in grown
        ]
        lines += [
            "",
            f"The quickest of {ROUNDS} rounds, caches warm; `digitize status` is the whole command with its start.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--files", type=int, default=200, help="pictures for intake; 0: no intake")
    words.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000, 1_000_000, 10_000_000])
    words.add_argument("--folder", type=Path, help="where to work; default: a temporary folder")
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    free = f"{(available_mb() or 0) / 1024:.0f} GB of memory free"
    machine = f"{described()}, SQLite {sqlite3.sqlite_version}, {free}"
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        speeds = measure_intake(given.files, Path(name)) if given.files else []
        starts = measure_start(Path(name))
        text = tables(machine, speeds, starts, [measure_ledger(rows, Path(name)) for rows in given.rows])
    tell(text, given.output)


if __name__ == "__main__":
    main()
