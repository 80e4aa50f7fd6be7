"""Every MARC file of the development pack through import, link, undo and export: what is read, kept, given back.

    .venv/bin/python bench/marc_files.py [FOLDER ...] [-o bench/results/marc-files.md]

FOLDERS hold catalogue files; by default those of the development pack. Each file comes into a ledger of its own. *Read*
counts the records that could be taken apart, *broken* those kept byte for byte; *round trip* says whether ``export
--all`` gives the file back; *links on and off* whether every third record gets a link that a second pass leaves alone
and that comes off without a trace. Beside it the records that bare pymarc yields of the same file.
"""

import argparse
import io
import logging
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pymarc
from machine import described
from sqlalchemy.orm import Session
from tables import table, tell

from catalog_link.attach import Attached, LinkField, attach, detach
from catalog_link.profile import Profile
from catalog_link.records import read
from catalog_link.values import RawRecord, Syntax
from digitize.catalog import ImportSummary, export_file, import_file, profile_named
from digitize.errors import DigitizeError
from digitize.ledger.session import open_engine

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
FOLDERS = (DATA / "marc", DATA / "dev" / "marc")
PROFILES = ("marc21", "unimarc", "rusmarc", "uzmarc", "irbis")
"""In this order; the first under which the program agrees to read a file."""
NOW = datetime(2026, 11, 2, tzinfo=UTC)
_EVERY = 3


@dataclass(frozen=True)
class Row:
    """One file; *profile* is empty where it was refused, *why* says why."""

    name: str
    size: int
    profile: str = ""
    encoding: str = ""
    read: int = 0
    broken: int = 0
    same: bool = False
    whole: bool = False
    foreign: int | None = None
    why: str = ""


def measure(path: Path) -> Row:
    """Nothing of it stays: the file's ledger is thrown away."""
    data = path.read_bytes()
    foreign = _pymarc(data)
    why = ""
    for name in PROFILES:
        profile = profile_named(name)
        with tempfile.TemporaryDirectory() as folder, Session(open_engine(f"sqlite:///{folder}/ledger.db")) as session:
            try:
                done = import_file(session, path, profile, NOW)
            except DigitizeError as error:
                why = why or str(error).replace(str(path), "it").partition(". ")[0]
                continue
            return Row(
                name=path.name,
                size=len(data),
                profile=name,
                encoding=_encoding(done),
                read=done.read - len(done.broken),
                broken=len(done.broken),
                same=_exported(session, path, Path(folder) / "out") == data,
                whole=_others_whole(data, profile),
                foreign=foreign,
            )
    return Row(path.name, len(data), foreign=foreign, why=why, same=_joined(data) == data)


def _encoding(done: ImportSummary) -> str:
    return f"{done.evidence.encoding} ({done.evidence.kind})" if done.evidence else ""


def _exported(session: Session, path: Path, target: Path) -> bytes:
    starts = path.read_bytes()[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    if starts.startswith(b"<"):  # MARCXML leaves as a new collection; what must be the same are its records
        return _joined(path.read_bytes())
    export_file(session, target, Syntax.ISO2709, everything=True, now=NOW)
    return target.read_bytes()


def _joined(data: bytes) -> bytes:
    return b"".join(piece.raw for piece in read(io.BytesIO(data)))


def _others_whole(data: bytes, profile: Profile) -> bool:
    """Links on every third record: the others keep their bytes, and without the links so do these."""
    return all(_comes_back(piece, profile) for piece in read(io.BytesIO(data)) if not piece.broken)


def _comes_back(piece: RawRecord, profile: Profile) -> bool:
    if piece.ordinal % _EVERY:
        return True
    link = LinkField(f"INV-{piece.ordinal}", f"https://kutubxona.example/{piece.ordinal}.pdf", pages=10)
    hung = attach(piece.raw, piece.syntax, profile, link)
    if not isinstance(hung, Attached):
        return True  # too large or not to be changed: nothing was written
    again = attach(hung.raw, piece.syntax, profile, link)
    gone = detach(hung.raw, piece.syntax, profile, link.key)
    return (
        isinstance(again, Attached) and again.raw == hung.raw and isinstance(gone, Attached) and gone.raw == piece.raw
    )


def _pymarc(data: bytes) -> int | None:
    """Records that ``MARCReader`` yields before it stops; None for XML."""
    if data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return None
    logging.disable(logging.CRITICAL)
    found = 0
    with redirect_stderr(io.StringIO()):
        try:
            for record in pymarc.MARCReader(io.BytesIO(data)):
                found += record is not None
        except Exception:  # noqa: BLE001  (whatever it raises ends its reading)
            return found
    return found


def files(folders: Sequence[Path]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.suffix not in {".tsv", ".md"})


def report(rows: Sequence[Row], machine: str) -> str:
    taken = [row for row in rows if row.profile]
    refused = [row for row in rows if not row.profile]
    by_profile = Counter(row.profile for row in taken)
    iso = [row for row in taken if row.foreign is not None]
    lines = [
        "# Foreign catalogue files: measured",
        "",
        f"`bench/marc_files.py`, {machine}.",
        "",
        f"- {len(rows)} files; taken in {len(taken)}: {', '.join(f'{n} as {name}' for name, n in by_profile.items())}",
        f"- {_sum(taken, 'read')} records read, {_sum(taken, 'broken')} kept as broken",
        f"- given back byte for byte: {_sum(taken, 'same')} of {len(taken)} files",
        f"- links on and off without a trace: {_sum(taken, 'whole')} of {len(taken)} files",
        f"- refused with a reason, nothing of them kept: {len(refused)} files",
        f"- of {len(iso)} ISO 2709 files we read {_sum(iso, 'read')} records, bare pymarc {_sum(iso, 'foreign')}",
        "",
        "*Round trip* of ISO 2709: `export --all`; of MARCXML: the joined records. *Links on and off*: on every third.",
        "",
        table(_HEADS, map(_cells, taken)),
        "",
        "## Refused",
        "",
        table(
            ("file", "bytes", "pymarc", "why"), [(row.name[-60:], row.size, row.foreign, row.why) for row in refused]
        ),
        "",
    ]
    return "\n".join(lines)


_HEADS = ("file", "bytes", "profile", "encoding", "read", "broken", "round trip", "links on and off", "pymarc")


def _cells(row: Row) -> tuple[object, ...]:
    judged = (_yes(row.same), _yes(row.whole))
    return (row.name[-60:], row.size, row.profile, row.encoding, row.read, row.broken, *judged, row.foreign)


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(getattr(row, name) or 0 for row in rows)


def _yes(value: bool) -> str:  # noqa: FBT001
    return "yes" if value else "NO"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folders", type=Path, nargs="*", default=FOLDERS)
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    missing = [folder for folder in given.folders if not folder.is_dir()]
    if missing:
        sys.exit(f"There is no folder {missing[0]}; name one with catalogue files.")
    rows = [measure(path) for path in files(given.folders)]
    shown = report(rows, described())
    tell(shown, given.output)
    sys.exit(0 if all(row.same and (row.whole or not row.profile) for row in rows) else 1)


if __name__ == "__main__":
    main()
