"""Catalogue files in and out of the ledger, byte for byte."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal

from sqlalchemy.orm import Session

from catalog_link import convert, irbis
from catalog_link.attach import readable
from catalog_link.encoding import ESCAPE, UTF8, encoding_of
from catalog_link.guess import Evidence, guess
from catalog_link.iso2709 import TooLarge
from catalog_link.profile import Profile, ProfileError, load
from catalog_link.records import describe, fold_number, parse, read
from catalog_link.values import Flaw, Parsed, RawRecord, Syntax
from digitize import __version__, names, store
from digitize.errors import BadConfig, DigitizeError, NotFound, NotPermitted, UsageError
from digitize.ledger import catalog as ledger
from digitize.ledger.catalog import Arrived, NewRecord
from digitize.ledger.models import Event, Link, LinkState, Record
from digitize.resources import config_dir, profile_names

_BATCH = 500
_NOTED = 10_000
"""Record numbers kept with the note of an export; a month of a district library has some hundreds."""
_DIALECTS = ("marc21", "unimarc")
"""Named before the profiles that are kinds of them."""


Outgoing = Syntax | Literal["irbis"]
"""How records leave: in a syntax of MARC, or as the text of IRBIS."""


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
    evidence: Evidence | None = None
    """How the encoding was found of records that are no UTF-8; None where there are none."""


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """What an export wrote, and the numbers (or ordinals) of records that cannot be written in its syntax."""

    written: int
    left_out: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    """Numbers (or ordinals) of the first records written, to be noted."""


@cache
def profile_named(name: str) -> Profile:
    """The profile of ``config/catalog/<name>.toml``.

    Raises:
        BadConfig: there is no such profile, or its file is wrong.
    """
    if name not in profile_names():
        raise BadConfig(
            "There is no catalogue profile {name!r}.",
            hint="Known are: {known}.",
            name=name,
            known=", ".join(profile_names()),
        )
    try:
        return load(config_dir() / "catalog" / f"{name}.toml")
    except ProfileError as error:
        raise BadConfig(str(error)) from error


@cache
def profile_of(name: str, encoding: str) -> Profile:
    """The profile of a record that came from a file in that 8-bit encoding; empty: as the profile says."""
    profile = profile_named(name)
    return replace(profile, fallback=encoding) if encoding else profile


def import_file(session: Session, path: Path, profile: Profile, now: datetime, encoding: str = "") -> ImportSummary:
    """Take a file of records in; the caller's transaction makes it all or nothing.

    The *encoding* of records that are no UTF-8 is found in their text unless it is named.

    Raises:
        UsageError: there is no such file.
        DigitizeError: nothing in it can be read as a record, or its records are of another dialect.
    """
    broken: list[Broken] = []
    total = Arrived()
    count = 0
    name = names.text(os.fsencode(path.name))
    arrival = ledger.Arrival(session, name[:255], profile.name, now)
    evidence: Evidence | None = None
    try:
        with path.open("rb") as stream:
            pieces = read(stream)
            while batch := list(islice(pieces, _BATCH)):
                if not count:
                    _check_dialect(path, batch, profile)
                if evidence is None or evidence.kind == "little":
                    evidence = _evidence(batch, profile, encoding) or evidence
                known = profile_of(profile.name, evidence.encoding if evidence else "")
                count += len(batch)
                broken += [Broken(piece.ordinal, piece.broken) for piece in batch if piece.broken]
                total += arrival.add([_new_record(piece, known) for piece in batch])
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError("There is no file {path}.", hint="Name a file of MARC records.", path=path) from error
    except PermissionError as error:
        raise NotPermitted("{path} may not be read.", hint="Ask its owner for the right to read.", path=path) from error
    except OSError as error:
        raise store.disk_failed(error) from error
    if count == len(broken):
        raise _nothing_read(path, broken)
    found = evidence.encoding if evidence else UTF8
    note(
        session, now, "catalog import", file=name, profile=profile.name, encoding=found, read=count, broken=len(broken)
    )
    return ImportSummary(count, total, tuple(broken), evidence)


def _evidence(batch: Sequence[RawRecord], profile: Profile, named: str) -> Evidence | None:
    suspects = (piece for piece in batch if not piece.broken and piece.syntax is Syntax.ISO2709 and _is_8bit(piece.raw))
    parsed = (parse(piece.raw, piece.syntax) for piece in suspects)
    return guess((one for one in parsed if not isinstance(one, Flaw)), profile, named)


def _is_8bit(raw: bytes) -> bool:
    """Whether a record can be anything but UTF-8: most of a catalogue need not be taken apart to know."""
    if raw.isascii():
        return ESCAPE in raw
    try:
        raw.decode(UTF8)
    except UnicodeDecodeError:
        return True
    return ESCAPE in raw


def _nothing_read(path: Path, broken: list[Broken]) -> DigitizeError:
    remedy = "Export the records as ISO 2709 or MARCXML in UTF-8."
    if not broken:
        return DigitizeError("{path} is empty.", hint=remedy, path=path)
    fault = "No record of {path} can be read; the first one's fault is {flaw}."
    return DigitizeError(fault, hint=remedy, path=path, flaw=broken[0].flaw)


def _check_dialect(path: Path, batch: Sequence[RawRecord], profile: Profile) -> None:
    """Refuse UNIMARC under a MARC21 profile and the other way round.

    A link field of the wrong dialect is a silent error nobody would find again: $y and $2 change places.
    """
    if _titles(batch, profile):
        return
    known = sorted(profile_names(), key=lambda name: (name not in _DIALECTS, name))
    others = [name for name in known if _titles(batch, profile_named(name))]
    if others:
        raise DigitizeError(
            "No record of {path} has a title where the profile {profile!r} looks for it.",
            hint="The records look like {first}; import with --profile {first}.",
            path=path,
            profile=profile.name,
            first=others[0],
        )


def _titles(batch: Sequence[RawRecord], profile: Profile) -> int:
    return sum(bool(_new_record(piece, profile).title) for piece in batch if not piece.broken)


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
        encoding=_own_encoding(profile) if piece.syntax is Syntax.ISO2709 and _is_8bit(piece.raw) else "",
    )


def _own_encoding(profile: Profile) -> str:
    """What the ledger keeps: nothing where it is the profile's own."""
    return "" if profile.fallback == profile_named(profile.name).fallback else profile.fallback


def export_file(
    session: Session,
    target: Path,
    syntax: Outgoing,
    *,
    everything: bool = False,
    since: datetime | None = None,
    now: datetime,
) -> ExportSummary:
    """Write records in import order, the linked ones with their link; the file appears whole or not at all.

    Without *everything* only records that differ from what was imported are written, with *since* those whose links
    changed then or later, links that were taken off among them. What leaves is noted, see :func:`sent`. Broken
    records go out as they came; into the other syntax they cannot go and are named instead.
    """
    with store.handing_out(target), store.arriving(target) as part, part.open("wb") as stream:
        summary = _write_all(outgoing(session, everything=everything, since=since), syntax, stream)
    told = {
        "file": names.text(os.fsencode(target.name)),
        "written": summary.written,
        "syntax": str(syntax),
        "all": everything,
        "since": since.isoformat() if since else "",
        "records": [] if everything else list(summary.numbers),
    }
    note(session, now, "catalog export", **told)
    return summary


@dataclass(frozen=True, slots=True)
class Sent:
    """One export as it was noted."""

    at: datetime
    file: str
    written: int
    everything: bool
    since: str
    """The moment from which changes were wanted, or empty."""
    records: tuple[str, ...]
    """Control numbers of what was written; empty if that was everything."""


def sent(session: Session) -> list[Sent]:
    """What was exported when, oldest first."""
    return [
        Sent(
            at=event.at,
            file=event.detail.get("file", ""),
            written=event.detail.get("written", 0),
            everything=event.detail.get("all", False),
            since=event.detail.get("since", ""),
            records=tuple(event.detail.get("records", ())),
        )
        for event in ledger.exports(session)
    ]


def last_sent(session: Session) -> datetime | None:
    """When changes were exported last; None if never."""
    return next((one.at for one in reversed(sent(session)) if not one.everything), None)


def _write_all(outgoing: Iterable[tuple[Record, bytes]], syntax: Outgoing, stream: BinaryIO) -> ExportSummary:
    left_out: list[str] = []
    numbers: list[str] = []
    written = 0
    is_xml = syntax is Syntax.MARCXML
    stream.write(convert.XML_HEAD if is_xml else b"")
    for record, raw in outgoing:
        done = _converted(record, raw, syntax)
        if isinstance(done, bytes):
            stream.write(done)
            written += 1
            if len(numbers) < _NOTED:
                numbers.append(record.number or str(record.ordinal))
        else:
            left_out.append(record.number or str(record.ordinal))
    stream.write(convert.XML_TAIL if is_xml else b"")
    return ExportSummary(written, tuple(left_out), tuple(numbers))


def _converted(record: Record, raw: bytes, syntax: Outgoing) -> bytes | TooLarge | Flaw:
    profile = profile_of(record.profile, record.encoding)
    if isinstance(syntax, Syntax):
        return convert.convert(raw, Syntax(record.syntax), syntax, profile)
    if record.profile != irbis.PROFILE:
        return Flaw("dialect", record.profile)  # its field numbers mean something else in IRBIS
    parsed = parse(raw, Syntax(record.syntax))
    return parsed if isinstance(parsed, Flaw) else irbis.text(parsed, _encoding(parsed, record, profile))


def _encoding(parsed: Parsed, record: Record, profile: Profile) -> str:
    return encoding_of(parsed, profile) if record.syntax == Syntax.ISO2709 else UTF8


def outgoing(session: Session, *, everything: bool, since: datetime | None) -> Iterator[tuple[Record, bytes]]:
    """Records with the bytes that leave."""
    links = ledger.written(session)
    changed = ledger.changed_since(session, since) if since else set()
    for record in ledger.records(session):
        link = session.get(Link, links[record.id]) if record.id in links else None
        raw = link.raw if link else record.raw
        if everything or (record.id in changed if since else raw != record.raw):
            yield record, raw


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as a person looks at it; with its links in it, if it has any."""

    number: str
    title: str
    author: str
    year: str
    language: str
    file: str
    profile: str
    syntax: str
    broken: str
    items: tuple[str, ...]
    """Keys of the items that hang on it."""
    fields: tuple[str, ...]


def show(session: Session, key: str) -> RecordView:
    """The record with this number, or the one the item with this key hangs on.

    Raises:
        NotFound: neither is known.
    """
    found = ledger.find(session, "record", fold_number(key)) or _of_item(session, key)
    if not found:
        raise NotFound("There is no record and no linked item {key!r}.", hint="See 'digitize item list'.", key=key)
    record, hung = ledger.with_links(session, found[0])
    links = [link for link in hung if link.state == LinkState.LINKED]
    raw = next((link.raw for link in links if link.raw), record.raw)
    return RecordView(
        number=record.number,
        title=record.title,
        author=record.author,
        year=record.year,
        language=record.language,
        file=record.file,
        profile=record.profile,
        syntax=record.syntax,
        broken=record.broken,
        items=tuple(link.item.key for link in links),
        fields=_fields(raw, record),
    )


def _of_item(session: Session, key: str) -> list[int]:
    item = ledger.item_by_key(session, names.fold_key(key))
    link = ledger.link_of(session, item.id) if item else None
    return [link.record_id] if link and link.record_id else []


def _fields(raw: bytes, record: Record) -> tuple[str, ...]:
    parsed = parse(raw, Syntax(record.syntax))
    if isinstance(parsed, Flaw):
        return ()
    encoding = _encoding(parsed, record, profile_of(record.profile, record.encoding))
    return tuple(readable(field, encoding) for field in parsed.fields)


def note(session: Session, now: datetime, what: str, **detail: object) -> None:
    """Keep in the event log that a file came or left."""
    session.add(Event(at=now, who="digitize", what=what, tool=f"digitize {__version__}", detail=detail))
