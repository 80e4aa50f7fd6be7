"""MARCXML at byte level: streamed, each record with its own bytes, DOCTYPE refused before it declares anything.

Expat is used as it stands in Python because it gives the byte place of every element; without them a record
could not be handed back unchanged. Names are compared without their prefix: files in the wild bind it to
``http://www.loc.gov/MARC21/slim``, ``info:lc/xmlns/marcxchange-v1`` or nothing at all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat  # entities need a DOCTYPE, and that is refused
from xml.sax.saxutils import escape, quoteattr

from catalog_link.values import Field, Flaw, Parsed

MAX_PIECE = 16 << 20
"""Bytes of one record with what stands around it; more is no bibliographic record."""

_CHUNK = 1 << 18
_MAX_DEPTH = 60
_UTF8 = {"utf-8", "utf8", "us-ascii", "ascii"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PARTS = {"leader", "controlfield", "datafield"}


@dataclass(slots=True)
class Span:
    """One element of a record: what it says and which bytes it takes; the leader has the tag ''."""

    tag: str
    body: bytes
    start: int
    end: int = -1


@dataclass(slots=True)
class Found:
    """One record as it is being read."""

    start: int
    prefix: str
    """Of its element's name, with the colon: ``marc:`` or nothing."""
    spans: list[Span] = field(default_factory=list)
    flaw: Flaw | None = None
    end: int = -1


class _Stop(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


class _Scanner:
    """Feeds Expat and keeps the records it has seen, with places counted from the first byte fed."""

    def __init__(self) -> None:
        self.done: list[Found] = []
        self.open: Found | None = None
        self._path: list[tuple[str, int]] = []
        self._ended: list[Found | Span] = []
        self._text: list[str] = []
        self._body = b""
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.DefaultHandler = self._other
        parser.StartDoctypeDeclHandler = self._doctype
        parser.XmlDeclHandler = self._declaration

    def feed(self, data: bytes, *, last: bool) -> Flaw | None:
        """Read on; the flaw that makes the rest unreadable, or None."""
        try:
            self._parser.Parse(data, last)
        except expat.ExpatError as error:
            self._place()
            return Flaw("xml", str(error))
        except _Stop as stop:
            self._place()
            return stop.flaw
        return None

    def _place(self) -> int:
        """Where the present event starts, which is also where elements that just closed end."""
        place: int = self._parser.CurrentByteIndex
        for closed in self._ended:
            closed.end = place
        self._ended.clear()
        return place

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place = self._place()
        prefix, colon, local = name.rpartition(":")
        if local in _PARTS and self._path and self._path[-1][0] == "record":
            self._open_part(local, attributes, place, prefix + colon)
        elif local == "subfield" and self.open:
            self._body += b"\x1f" + attributes.get("code", "?")[:1].encode()
            self._text.clear()
        self._path.append((local, place))
        if len(self._path) > _MAX_DEPTH:
            raise _Stop(Flaw("xml", f"more than {_MAX_DEPTH} elements inside each other"))

    def _open_part(self, local: str, attributes: dict[str, str], place: int, prefix: str) -> None:
        if self.open is None:
            self.open = Found(self._path[-1][1], prefix)
        tag = "" if local == "leader" else attributes.get("tag", "")
        if local != "leader" and not (len(tag) == 3 and tag.isascii() and tag.isalnum()):
            self.open.flaw = self.open.flaw or Flaw("tag", tag)
        indicators = (attributes.get(name, " ")[:1] or " " for name in ("ind1", "ind2"))
        self._body = "".join(indicators).encode() if local == "datafield" else b""
        self._text.clear()
        self.open.spans.append(Span(tag, b"", place))

    def _end(self, _name: str) -> None:
        self._place()
        local, start = self._path.pop()
        if self.open is None:
            return
        if local in _PARTS and self._path and self._path[-1][0] == "record":
            self._close_part(local)
        elif local == "subfield":
            self._body += "".join(self._text).encode()
        elif local == "record" and start == self.open.start:
            self.done.append(self.open)
            self._ended.append(self.open)
            self.open = None

    def _close_part(self, local: str) -> None:
        span = self.open.spans[-1] if self.open else None
        if span is not None:
            span.body = self._body if local == "datafield" else "".join(self._text).encode()
            self._ended.append(span)

    def _characters(self, text: str) -> None:
        self._place()
        if self.open:
            self._text.append(text)

    def _other(self, _text: str) -> None:
        self._place()

    def _doctype(self, *_arguments: object) -> None:
        raise _Stop(Flaw("doctype"))

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in _UTF8:
            raise _Stop(Flaw("encoding", encoding))


def frames(stream: BinaryIO) -> Iterator[tuple[bytes, Flaw | None]]:
    """Cut a file before each record but the first; what cannot be read is one more piece with its flaw.

    Joining the pieces gives the file. Memory holds one record and one chunk.
    """
    scanner = _Scanner()
    buffer, offset = b"", 0
    last: Found | None = None
    flaw: Flaw | None = None
    chunk = b"."
    while chunk and flaw is None:
        chunk = stream.read(_CHUNK)
        buffer += chunk
        flaw = scanner.feed(chunk, last=not chunk) or _too_much(buffer, offset)
        for found in scanner.done:
            if last is not None:
                yield buffer[: found.start - offset], last.flaw
                buffer, offset = buffer[found.start - offset :], found.start
            last = found
        scanner.done.clear()
    if last is not None:
        cut = len(buffer) if flaw is None else (scanner.open.start if scanner.open else last.end) - offset
        yield buffer[:cut], last.flaw
        buffer = buffer[cut:]
    yield from _unreadable(buffer, stream, flaw or Flaw("no_records"))


def _too_much(buffer: bytes, offset: int) -> Flaw | None:
    if not offset and buffer[:2] in _UTF16:
        return Flaw("encoding", "UTF-16")
    return Flaw("too_large", str(len(buffer))) if len(buffer) > MAX_PIECE + _CHUNK else None


def _unreadable(rest: bytes, stream: BinaryIO, flaw: Flaw) -> Iterator[tuple[bytes, Flaw]]:
    while rest:
        yield rest, flaw
        rest = stream.read(MAX_PIECE)


def locate(piece: bytes) -> Found | Flaw:
    """The first record of a piece with the places of its fields in the piece."""
    scanner = _Scanner()
    flaw = scanner.feed(piece, last=False)
    if scanner.done:
        return scanner.done[0].flaw or scanner.done[0]
    return flaw or Flaw("no_records")


def parse(piece: bytes) -> Parsed | Flaw:
    """The leader and fields of a piece; text as UTF-8."""
    found = locate(piece)
    if isinstance(found, Flaw):
        return found
    leader = next((span.body for span in found.spans if not span.tag), b"")
    return Parsed(leader, tuple(Field(span.tag, span.body) for span in found.spans if span.tag))


def datafield(field: Field, prefix: str = "") -> bytes:
    """A data field as a MARCXML element with the prefix its record uses."""
    head, *_ = field.body.decode().split("\x1f", 1)
    inner = "".join(
        f"<{prefix}subfield code={quoteattr(code)}>{escape(data.decode())}</{prefix}subfield>"
        for code, data in field.subfields()
    )
    place = f"tag={quoteattr(field.tag)} ind1={quoteattr(head[:1])} ind2={quoteattr(head[1:2])}"
    return f"<{prefix}datafield {place}>{inner}</{prefix}datafield>".encode()
