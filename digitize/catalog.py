"""Catalogue files in and out of the ledger, byte for byte."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path

from sqlalchemy.orm import Session

from catalog_link import convert
from catalog_link.profile import Profile, ProfileError, load
from catalog_link.records import describe, parse, read
from catalog_link.values import Flaw, RawRecord, Syntax
from digitize import __version__, store
from digitize.errors import BadConfig, DigitizeError, NotPermitted, UsageError
from digitize.ledger import catalog as ledger
from digitize.ledger.catalog import Arrived, NewRecord
from digitize.ledger.models import Event, Link, Record
from digitize.resources import config_dir

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Broken:
    """A record of the file that cannot be read; it is kept and leaves again byte for byte."""

    number: int
    """Its place in the file, from 1."""
    flaw: Flaw


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did."""

    read: int
    arrived: Arrived
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export wrote, and the numbers (or ordinals) of records that cannot be written in its syntax."""

    written: int
    left_out: tuple[str, ...]


def profile_names() -> list[str]:
    """The dialects this program knows."""
    return sorted(path.stem for path in (config_dir() / "catalog").glob("*.toml"))


@cache
def profile_named(name: str) -> Profile:
    """The profile of ``config/catalog/<name>.toml``.

    Raises:
        BadConfig: there is no such profile, or its file is wrong.
    """
    if name not in profile_names():
        raise BadConfig(f"There is no catalogue profile {name!r}.", hint=f"Known are: {', '.join(profile_names())}.")
    try:
        return load(config_dir() / "catalog" / f"{name}.toml")
    except ProfileError as error:
        raise BadConfig(str(error)) from error


def import_file(session: Session, path: Path, profile: Profile, now: datetime) -> ImportSummary:
    """Take a file of records in; the caller's transaction makes it all or nothing.

    Raises:
        UsageError: there is no such file.
        DigitizeError: nothing in it can be read as a record.
    """
    broken: list[Broken] = []
    total = Arrived()
    count = 0
    arrival = ledger.Arrival(session, path.name[:255], profile.name, now)
    try:
        with path.open("rb") as stream:
            pieces = read(stream)
            while batch := list(islice(pieces, _BATCH)):
                count += len(batch)
                broken += [Broken(piece.ordinal, piece.broken) for piece in batch if piece.broken]
                total += arrival.add([_new_record(piece, profile) for piece in batch])
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError(f"There is no file {path}.", hint="Name a file of MARC records.") from error
    except PermissionError as error:
        raise NotPermitted(f"{path} may not be read.", hint="Ask its owner for the right to read.") from error
    if count == len(broken):
        raise DigitizeError(_nothing_read(path, broken), hint="Export the records as ISO 2709 or MARCXML in UTF-8.")
    _note(session, now, "catalog import", file=path.name, profile=profile.name, read=count, broken=len(broken))
    return ImportSummary(count, total, tuple(broken))


def _nothing_read(path: Path, broken: list[Broken]) -> str:
    if not broken:
        return f"{path} is empty."
    return f"No record of {path} can be read; the first one's fault is {broken[0].flaw}."


def _new_record(piece: RawRecord, profile: Profile) -> NewRecord:
    flaw = piece.broken or parse(piece.raw, piece.syntax)
    if isinstance(flaw, Flaw):
        return NewRecord(piece.syntax.value, piece.raw, broken=str(flaw))
    said = describe(flaw, profile, piece.syntax)
    return NewRecord(
        syntax=piece.syntax.value,
        raw=piece.raw,
        number=said.number[:120],
        title=said.title,
        author=said.author,
        year=said.year,
        language=said.language,
        keys=tuple((key.kind, key.value) for key in said.keys),
    )


def export_file(session: Session, target: Path, syntax: Syntax, *, everything: bool, now: datetime) -> ExportSummary:
    """Write records in import order, the linked ones with their link; the file appears whole or not at all.

    Without *everything* only records that differ from what was imported are written. Broken records go out as
    they came; into the other syntax they cannot go and are named instead.
    """
    left_out: list[str] = []
    written = 0
    with store.arriving(target) as part, part.open("wb") as stream:
        if syntax is Syntax.MARCXML:
            stream.write(convert.XML_HEAD)
        for record, raw in _outgoing(session, everything=everything):
            same = record.broken and record.syntax == syntax == Syntax.ISO2709
            done = raw if same else convert.convert(raw, Syntax(record.syntax), syntax, profile_named(record.profile))
            if isinstance(done, bytes):
                stream.write(done)
                written += 1
            else:
                left_out.append(record.number or str(record.ordinal))
        if syntax is Syntax.MARCXML:
            stream.write(convert.XML_TAIL)
    _note(session, now, "catalog export", file=target.name, written=written, left_out=left_out[:100])
    return ExportSummary(written, tuple(left_out))


def _outgoing(session: Session, *, everything: bool) -> Iterator[tuple[Record, bytes]]:
    """Records with the bytes that leave."""
    links = ledger.written(session)
    for record in ledger.records(session):
        link = session.get(Link, links[record.id]) if record.id in links else None
        raw = link.raw if link else record.raw
        if everything or raw != record.raw:
            yield record, raw


def _note(session: Session, now: datetime, what: str, **detail: object) -> None:
    session.add(Event(at=now, who="digitize", what=what, tool=f"digitize {__version__}", detail=detail))
