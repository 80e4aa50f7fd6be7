"""ISO 2709 at byte level: framing that survives broken records, the directory, a splice that moves nothing.

Sources: ISO 2709:2008 and the MARC 21 specification for record structure: 24-byte leader (0-4 record length,
12-16 base address of data), directory entries of 12 bytes (tag 3, length 4, start 5), field terminator 0x1E,
subfield delimiter 0x1F, record terminator 0x1D. UNIMARC shares all of it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from catalog_link.values import Field, Flaw, Parsed

MAX_FIELD = 9_999
"""Bytes of one field with its terminator: the directory has four digits for it."""
MAX_RECORD = 99_999
"""Bytes of one record: the leader has five digits for it."""
MAX_PIECE = 1 << 20
"""A longer stretch without record terminator is cut, so that a foreign file cannot fill the memory."""

_CHUNK = 1 << 20
_LEADER = 24
_ENTRY = 12
_FIELD_END = b"\x1e"
_RECORD_END = b"\x1d"
_BETWEEN = b"\r\n\0\x1a"
"""What transfers and tapes leave between records."""
_BOM = b"\xef\xbb\xbf"
_PIECE = re.compile(rb"[^\x1d]*\x1d[\r\n\0\x1a]*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One directory entry: where a field stands in the data area; *length* counts its terminator."""

    tag: str
    start: int
    length: int

    @property
    def end(self) -> int:
        """First byte after the field."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Layout:
    """A record cut at its joints; ``before + record + after`` is the piece it came from."""

    before: bytes
    leader: bytes
    entries: tuple[Entry, ...]
    data: bytes
    """The data area without the record terminator."""
    after: bytes

    def body(self, entry: Entry) -> bytes:
        """A field's bytes without its terminator."""
        return self.data[entry.start : entry.end - 1]


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The record or field would not fit into ISO 2709's digits; nothing was written."""

    what: str
    """``field`` or ``record``."""
    size: int
    limit: int


def frames(stream: BinaryIO) -> Iterator[bytes]:
    """Cut a file after each record terminator and the CR, LF, NUL and SUB behind it.

    Joining the pieces gives the file. Memory stays under a few MiB whatever comes.
    """
    rest = b""
    while chunk := stream.read(_CHUNK):
        rest += chunk
        done = 0
        for found in _PIECE.finditer(rest):
            if found.end() == len(rest):
                break  # what stands between two records may go on in the next chunk
            yield found.group()
            done = found.end()
        rest = rest[done:]
        if len(rest) > MAX_PIECE:
            yield rest
            rest = b""
    yield from re.findall(rb"[^\x1d]*\x1d[\r\n\0\x1a]*|[^\x1d]+", rest)


def layout(piece: bytes) -> Layout | Flaw:
    """Take a piece apart, or say exactly what is wrong with it."""
    before, record, after = _bare(piece)
    flaw = _check_leader(record)
    if flaw:
        return flaw
    base = int(record[12:17])
    entries = _directory(record[_LEADER : base - 1])
    if isinstance(entries, Flaw):
        return entries
    cut = Layout(before, record[:_LEADER], entries, record[base:-1], after)
    return _check_fields(cut) or cut


def _bare(piece: bytes) -> tuple[bytes, bytes, bytes]:
    stripped = piece.removeprefix(_BOM).lstrip(_BETWEEN)
    record = stripped.rstrip(_BETWEEN)
    before = len(piece) - len(stripped)
    return piece[:before], record, piece[before + len(record) :]


def _check_leader(record: bytes) -> Flaw | None:
    if not _LEADER + 2 <= len(record) <= MAX_PIECE:
        return Flaw("too_large" if len(record) > MAX_PIECE else "short", str(len(record)))
    if not record[:5].isdigit():
        return Flaw("length", record[:5].decode("latin-1"))
    if not record.endswith(_RECORD_END):
        return Flaw("terminator")
    if int(record[:5]) != len(record):
        return Flaw("size", f"{int(record[:5])} / {len(record)}")
    base = record[12:17]
    if not base.isdigit() or not _LEADER < int(base) < len(record) or record[int(base) - 1 : int(base)] != _FIELD_END:
        return Flaw("base", base.decode("latin-1"))
    return None


def _directory(directory: bytes) -> tuple[Entry, ...] | Flaw:
    if len(directory) % _ENTRY:
        return Flaw("directory", str(len(directory)))
    entries = []
    for place in range(0, len(directory), _ENTRY):
        entry = directory[place : place + _ENTRY]
        if not entry[3:].isdigit() or not entry[:3].isalnum():
            return Flaw("directory", entry.decode("latin-1"))
        entries.append(Entry(entry[:3].decode("ascii"), int(entry[7:]), int(entry[3:7])))
    return tuple(entries)


def _check_fields(cut: Layout) -> Flaw | None:
    for entry in cut.entries:
        if entry.length < 1 or cut.data[entry.end - 1 : entry.end] != _FIELD_END:
            return Flaw("field", entry.tag)
    return None


def parse(piece: bytes) -> Parsed | Flaw:
    """The leader and fields of a piece, in the order of its directory."""
    cut = layout(piece)
    if isinstance(cut, Flaw):
        return cut
    return Parsed(cut.leader, tuple(Field(entry.tag, cut.body(entry)) for entry in cut.entries))


def remove(cut: Layout, place: int) -> Layout:
    """Take out the field at *place*; every other field keeps its bytes and its order."""
    gone = cut.entries[place]
    kept = cut.entries[:place] + cut.entries[place + 1 :]
    moved = tuple(Entry(e.tag, e.start - gone.length, e.length) if e.start >= gone.end else e for e in kept)
    return Layout(cut.before, cut.leader, moved, cut.data[: gone.start] + cut.data[gone.end :], cut.after)


def insert(cut: Layout, place: int, field: Field) -> Layout:
    """Put *field* before the one at *place*; every other field keeps its bytes and its order."""
    data = field.body + _FIELD_END
    start = cut.entries[place].start if place < len(cut.entries) else len(cut.data)
    moved = [Entry(e.tag, e.start + len(data), e.length) if e.start >= start else e for e in cut.entries]
    moved.insert(place, Entry(field.tag, start, len(data)))
    return Layout(cut.before, cut.leader, tuple(moved), cut.data[:start] + data + cut.data[start:], cut.after)


def write(cut: Layout) -> bytes | TooLarge:
    """The piece's bytes, with a new record length and base address in the leader; the other 14 bytes stay."""
    for entry in cut.entries:
        if entry.length > MAX_FIELD:
            return TooLarge("field", entry.length, MAX_FIELD)
    directory = b"".join(f"{e.tag}{e.length:04}{e.start:05}".encode("ascii") for e in cut.entries) + _FIELD_END
    base = _LEADER + len(directory)
    size = base + len(cut.data) + 1
    if size > MAX_RECORD:
        return TooLarge("record", size, MAX_RECORD)
    leader = b"%05d" % size + cut.leader[5:12] + b"%05d" % base + cut.leader[17:]
    return cut.before + leader + directory + cut.data + _RECORD_END + cut.after


def build(leader: bytes, fields: Iterable[Field]) -> bytes | TooLarge:
    """A record from nothing; lengths in *leader* (24 bytes) are filled in."""
    entries: list[Entry] = []
    data = b""
    for field in fields:
        entries.append(Entry(field.tag, len(data), len(field.body) + 1))
        data += field.body + _FIELD_END
    return write(Layout(b"", leader, tuple(entries), data, b""))
