"""Catalogue files: how fast records come in beside bare pymarc, how much memory it takes, whether they leave unchanged.

    .venv/bin/python bench/catalog.py [--records 10000 100000 1000000] [--folder DIR] [-o bench/results/catalog.md]

The records are made by pymarc, so that ours is never its own judge. Each step runs in a process of its own, and the
kernel's account of it is shown: processor seconds and the most it had resident. All rows are of one run.
"""

import argparse
import filecmp
import os
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from machine import Spent, described, spend
from tables import table, tell

HERE = Path(__file__).resolve()
SIZES = (10_000, 100_000, 1_000_000)
WORDS = re.findall(
    r"\S+",
    "tarix adabiyot bahor shahar kutubxona oʻlka maktab daryo qishloq xotira asoslar lugʻat sheʼrlar toʻplam hikoya "
    "тарих адабиёт баҳор шаҳар кутубхона ўлка мактаб дарё қишлоқ хотира асослар луғат шеърлар тўплам ҳикоя",
)
NAMES = re.findall(
    r"\S+", "Qodiriy Choʻlpon Gʻulom Karimov Yoqubov Hoshimov Қодирий Чўлпон Ғулом Каримов Ёқубов Ҳошимов"
)


@dataclass(frozen=True)
class Row:
    """One file through every step."""

    records: int
    megabytes: float
    pymarc: Spent
    read: Spent
    imported: Spent
    exported: Spent
    identical: bool


def make(count: int, target: Path) -> None:
    """A file of *count* different MARC21 records, some 600 bytes each, in both alphabets."""
    import pymarc  # noqa: PLC0415  (each step loads what it measures)

    dice = random.Random(1)
    with target.open("wb") as stream:
        for number in range(count):
            words = dice.sample(WORDS, 5)
            record = pymarc.Record(force_utf8=True)
            record.add_field(pymarc.Field("001", data=f"UZ{number:08}"))
            record.add_field(pymarc.Field("008", data=f"240101s{1940 + number % 80}    uz            000 0 uzb d"))
            for tag, indicators, cells in (
                ("020", "  ", f"a{978_991_000_000_0 + number}"),
                ("090", "  ", f"a84({number % 90})$eINV-{number}"),
                ("100", "1 ", f"a{dice.choice(NAMES)}, {dice.choice(NAMES)},"),
                ("245", "10", f"a{words[0]} {words[1]} {number} :$b{' '.join(words[2:])} /$c{dice.choice(NAMES)}"),
                ("260", "  ", f"aToshkent :$bSharq,$c{1940 + number % 80}."),
                ("300", "  ", f"a{60 + number % 700} b. ;$c20 sm"),
                ("500", "  ", "a" + " ".join(dice.choices(WORDS, k=12))),
                ("650", " 4", f"a{words[3]}$x{words[4]}"),
                ("952", "  ", f"aAKM$bAKM$p{2_026_000_000_000 + number}$yBK"),
            ):
                parts = [pymarc.Subfield(cell[0], cell[1:]) for cell in cells.split("$")]
                record.add_field(pymarc.Field(tag, pymarc.Indicators(*indicators), parts))
            stream.write(record.as_marc())


def read_pymarc(source: Path) -> None:
    """Every record and its title, the shortest program there is."""
    import pymarc  # noqa: PLC0415

    with source.open("rb") as stream:
        found = sum(bool(record and record.title) for record in pymarc.MARCReader(stream, force_utf8=True))
    print(found)


def read_ours(source: Path) -> None:
    """Every record checked, described and folded into its keys; no ledger."""
    from catalog_link.records import describe, parse, read  # noqa: PLC0415
    from catalog_link.values import Flaw  # noqa: PLC0415
    from digitize.catalog import profile_named  # noqa: PLC0415

    profile = profile_named("marc21")
    found = 0
    with source.open("rb") as stream:
        for piece in read(stream):
            parsed = parse(piece.raw, piece.syntax)
            found += not isinstance(parsed, Flaw) and bool(describe(parsed, profile, piece.syntax).title)
    print(found)


def take_in(source: Path, ledger: Path) -> None:
    """What ``digitize catalog import`` does, into a new ledger."""
    from digitize.catalog import import_file, profile_named  # noqa: PLC0415
    from digitize.ledger.session import open_engine, transaction  # noqa: PLC0415

    with transaction(open_engine(f"sqlite:///{ledger}")) as session:
        done = import_file(session, source, profile_named("marc21"), datetime.now(UTC))
    print(done.read, len(done.broken))


def give_out(ledger: Path, target: Path) -> None:
    """What ``digitize catalog export --all`` does."""
    from catalog_link.values import Syntax  # noqa: PLC0415
    from digitize.catalog import export_file  # noqa: PLC0415
    from digitize.ledger.session import open_engine, transaction  # noqa: PLC0415

    with transaction(open_engine(f"sqlite:///{ledger}")) as session:
        done = export_file(session, target, Syntax.ISO2709, everything=True, now=datetime.now(UTC))
    print(done.written)


def step(*words: str | Path) -> Spent:
    """One step in a process of its own; it must end well."""
    log = Path(words[-1]).with_suffix(".log")
    spent = spend([sys.executable, str(HERE), "--step", *map(str, words)], HERE.parent.parent, os.environ, log)
    if spent.code:
        raise SystemExit(f"{words[0]} failed:\n{log.read_text(encoding='utf-8', errors='replace')}")
    return spent


def measure(count: int, folder: Path) -> Row:
    source, ledger, out = folder / f"{count}.mrc", folder / f"{count}.db", folder / f"{count}.out"
    step("make", str(count), source)
    row = Row(
        records=count,
        megabytes=source.stat().st_size / 1e6,
        pymarc=step("pymarc", source),
        read=step("read", source),
        imported=step("import", source, ledger),
        exported=step("export", ledger, out),
        identical=filecmp.cmp(source, out, shallow=False),
    )
    for path in folder.glob(f"{count}.*"):
        path.unlink()
    return row


def report(rows: Sequence[Row], machine: str) -> str:
    """Speeds in records a second of one core's processor time, and what each step had resident."""

    def speed(row: Row, spent: Spent) -> str:
        return f"{row.records / spent.cpu:,.0f}".replace(",", " ")

    speeds = [
        (
            f"{row.records:,}".replace(",", " "),
            f"{row.megabytes:.0f}",
            speed(row, row.pymarc),
            speed(row, row.read),
            speed(row, row.imported),
            f"{row.pymarc.cpu / row.imported.cpu:.2f}",
            speed(row, row.exported),
            "yes" if row.identical else "NO",
        )
        for row in rows
    ]
    heads = ("records", "MB", "pymarc", "describe", "import", "import / pymarc", "export", "identical")
    peaks = [
        (f"{row.records:,}".replace(",", " "), *(f"{one.peak_mb:.0f}" for one in _steps(row)), f"{_minutes(row):.1f}")
        for row in rows
    ]
    lines = [
        "# Catalogue: measured",
        "",
        f"`bench/catalog.py`, {machine}.",
        "",
        "Records a second of processor time, whole process with its start. *pymarc*: `MARCReader` over the file,",
        "each title asked for. *Describe*: ours, framing, checks, title, author, year and every folded key. *Import*:",
        "the same and into a new SQLite ledger with its indices, in one transaction. *Identical*: `export --all` gives",
        "the file back byte for byte.",
        "",
        table(heads, speeds),
        "",
        "The most each process had resident, in MB, and the import's minutes on the wall:",
        "",
        table(("records", "pymarc", "describe", "import", "export", "minutes"), peaks),
        "",
    ]
    return "\n".join(lines)


def _steps(row: Row) -> tuple[Spent, ...]:
    return row.pymarc, row.read, row.imported, row.exported


def _minutes(row: Row) -> float:
    return row.imported.wall / 60


STEPS = {
    "make": lambda count, target: make(int(count), Path(target)),
    "pymarc": lambda source: read_pymarc(Path(source)),
    "read": lambda source: read_ours(Path(source)),
    "import": lambda source, ledger: take_in(Path(source), Path(ledger)),
    "export": lambda ledger, target: give_out(Path(ledger), Path(target)),
}


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--records", type=int, nargs="+", default=SIZES)
    words.add_argument("--folder", type=Path, help="where the files are made; 4 GB for a million records")
    words.add_argument("-o", "--output", type=Path)
    words.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.step:
        STEPS[given.step[0]](*given.step[1:])
        return
    machine = described()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        rows = [measure(count, Path(folder)) for count in given.records]
    shown = report(rows, machine)
    tell(shown, given.output)


if __name__ == "__main__":
    main()
