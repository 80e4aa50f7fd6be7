"""Records in: a file cut into pieces, each read or named broken, and what each says of its book."""

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from stdnum import isbn as stdnum_isbn
from stdnum import issn as stdnum_issn

from catalog_link import iso2709, marcxml
from catalog_link.encoding import decode, encoding_of
from catalog_link.likeness import About, author_block, page_count, title_block
from catalog_link.profile import Place, Profile
from catalog_link.values import Field, Flaw, Parsed, RawRecord, Syntax

_SNIFF = 64
_DELETED = b"d"
"""Leader/05, record status, in MARC21 and UNIMARC alike."""
_XML_STARTS = (b"<", b"\xff\xfe", b"\xfe\xff")
_YEAR = re.compile(r"(?<!\d)(1[4-9]\d\d|20\d\d)(?!\d)")
_ISBN = re.compile(r"(?<![\d-])(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx](?![\d-])")
_ISSN = re.compile(r"(?<![\d-])\d{4}[-‐–]?\d{3}[\dXxХх](?![\d-])")
_SERIAL = b"s"
"""Leader/07, bibliographic level, in MARC21 and UNIMARC alike."""
_APOSTROPHES = dict.fromkeys(map(ord, "'`´ʹʻʼʽʿʾˈˊˋ‘’‛′‵＇"))
_NOT_TEXT = dict.fromkeys((*range(0x20), 0x7F, 0x88, 0x89, 0x98, 0x9C))
"""Control signs, among them the marks around a leading article (ISO 6630, as UNIMARC and MARC21 carry it)."""
_ENDINGS = " /:;,=."
_INITIAL = re.compile(r"(?:^|[\s.])\w\.$")


@dataclass(frozen=True, slots=True)
class Key:
    """One value by which a record can be found, folded for comparison."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Described:
    """What a record says about its book."""

    number: str
    """Control number as it stands, outer spaces removed; empty if there is none."""
    title: str
    author: str
    year: str
    """Four digits or empty."""
    language: str
    """MARC language code, three letters, or empty."""
    keys: tuple[Key, ...]
    """None for a record marked as deleted: nothing may be hung on it."""
    encoding: str
    """In which the record is written."""
    pages: int | None = None
    """Of the book, from the record's extent."""
    creators: tuple[str, ...] = ()
    """Everybody who made it, each once."""
    publisher: str = ""
    serial: bool = False
    """It describes a newspaper or a journal as a whole."""

    @property
    def about(self) -> About:
        """What can be held against a scan."""
        return About(self.title, self.author, self.year, self.pages, self.serial)


def read(stream: BinaryIO) -> Iterator[RawRecord]:
    """Every record of an ISO 2709 or MARCXML file in order; the joined pieces are the file, byte for byte.

    Memory stays flat. A piece that cannot be read costs nobody but itself and carries its :class:`Flaw`.
    """
    start = stream.read(_SNIFF)
    whole = io.BufferedReader(_Joined(start, stream))
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_XML_STARTS):
        for ordinal, (raw, flaw) in enumerate(marcxml.frames(whole), 1):
            yield RawRecord(ordinal, raw, Syntax.MARCXML, flaw)
        return
    for ordinal, raw in enumerate(iso2709.frames(whole), 1):
        cut = iso2709.layout(raw)
        yield RawRecord(ordinal, raw, Syntax.ISO2709, cut if isinstance(cut, Flaw) else None)


class _Joined(io.RawIOBase):
    """A stream with its first bytes put back."""

    def __init__(self, start: bytes, rest: BinaryIO) -> None:
        super().__init__()
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._start[: len(buffer)] or self._rest.read(len(buffer))
        self._start = self._start[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def parse(raw: bytes, syntax: Syntax) -> Parsed | Flaw:
    """Take a record apart in either syntax."""
    return iso2709.parse(raw) if syntax is Syntax.ISO2709 else marcxml.parse(raw)


def describe(record: Parsed, profile: Profile, syntax: Syntax = Syntax.ISO2709) -> Described:
    """Title, author, numbers and keys of a record by the places its profile names."""
    encoding = "utf-8" if syntax is Syntax.MARCXML else encoding_of(record, profile)
    finder = _Finder(record, encoding)
    title, author = finder.sentence(profile.title), finder.name(profile.author)
    return Described(
        number=finder.first(profile.number),
        title=title,
        author=author,
        year=finder.year(profile.year),
        language=finder.first(profile.language)[:3].lower(),
        keys=() if record.leader[5:6] == _DELETED else (*_all_keys(finder, profile), *_blocks(title, author)),
        encoding=encoding,
        pages=page_count(finder.first(profile.extent)),
        creators=finder.names(profile.creators),
        publisher=_trimmed(finder.first(profile.publisher)),
        serial=record.leader[7:8] == _SERIAL,
    )


def is_deleted(raw: bytes, syntax: Syntax) -> bool:
    """Whether its library has taken the record out of the catalogue and says so in the record."""
    parsed = parse(raw, syntax)
    return not isinstance(parsed, Flaw) and parsed.leader[5:6] == _DELETED


def first_value(raw: bytes, syntax: Syntax, profile: Profile, places: tuple[Place, ...]) -> str:
    """The first value of the first place that has one; empty for a record that cannot be read."""
    parsed = parse(raw, syntax)
    if isinstance(parsed, Flaw):
        return ""
    return _Finder(parsed, "utf-8" if syntax is Syntax.MARCXML else encoding_of(parsed, profile)).first(places)


class _Finder:
    """The values of one record by place."""

    def __init__(self, record: Parsed, encoding: str) -> None:
        self._encoding = encoding
        self._by_tag: dict[str, list[Field]] = {}
        for field in record.fields:
            self._by_tag.setdefault(field.tag, []).append(field)

    def values(self, place: Place) -> Iterator[list[str]]:
        """Per field of the place's tag: its values, in the order in which they stand."""
        for field in self._by_tag.get(place.tag, ()):
            if field.is_control == bool(place.codes):
                continue
            parts = [data for code, data in field.subfields() if code in place.codes] if place.codes else [field.body]
            texts = (self._text(part)[place.start : place.end].strip() for part in parts)
            found = [text for text in texts if text]
            if found:
                yield found

    def all(self, places: tuple[Place, ...]) -> Iterator[str]:
        """Every value of every place."""
        for place in places:
            for found in self.values(place):
                yield from found

    def first(self, places: tuple[Place, ...]) -> str:
        """The first value of the first place that has one."""
        return next(self.all(places), "")

    def sentence(self, places: tuple[Place, ...]) -> str:
        """The first field's values as one line; between them the record's own punctuation or a colon."""
        for place in places:
            for found in self.values(place):
                line = found[0]
                for part in found[1:]:
                    line += (" " if line[-1] in ":;=/.," else " : ") + part
                return _trimmed(line)
        return ""

    def name(self, places: tuple[Place, ...], skip: int = 0) -> str:
        """The first field's values as one name, or a later one's: UNIMARC keeps surname and forename apart."""
        found = next(islice((found for place in places for found in self.values(place)), skip, None), [])
        return _trimmed(", ".join([*(part.rstrip(" ,") for part in found[:-1]), *found[-1:]]))

    def names(self, places: tuple[Place, ...]) -> tuple[str, ...]:
        """Every field of every place as a name, each once."""
        found = (self.name((place,), skip) for place in places for skip in range(len(list(self.values(place)))))
        return tuple(dict.fromkeys(filter(None, found)))

    def year(self, places: tuple[Place, ...]) -> str:
        """The first four digits that can be a year of printing."""
        for value in self.all(places):
            if found := _YEAR.search(value):
                return found[0]
        return ""

    def _text(self, data: bytes) -> str:
        return unicodedata.normalize("NFC", decode(data, self._encoding)).translate(_NOT_TEXT)


def _trimmed(text: str) -> str:
    """Without the punctuation ISBD puts before the next element; an initial keeps its full stop."""
    shorter = text.rstrip(_ENDINGS)
    return f"{shorter}." if _INITIAL.search(text[: len(shorter) + 1]) else shorter


def _all_keys(finder: _Finder, profile: Profile) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(key for kind in profile.keys for key in _keys(finder, kind, profile)))


def _blocks(title: str, author: str) -> Iterator[Key]:
    for kind, value in (("title", title_block(title)), ("author", author_block(author))):
        if value:
            yield Key(kind, value[:120])


def _keys(finder: _Finder, kind: str, profile: Profile) -> Iterator[Key]:
    for text in finder.all(profile.keys[kind]):
        value = _FOLD.get(kind, fold_number)(text)
        if value:
            yield Key(kind, value)


def fold_number(text: str) -> str:
    """A record, inventory or barcode number for comparison: case, spaces and every kind of apostrophe go.

    Nothing else does: ``INV-12`` and ``INV-1-2`` are two books.
    """
    folded = unicodedata.normalize("NFC", text).translate(_APOSTROPHES).casefold()
    return "".join(folded.split())[:120]


def fold_isbn(text: str) -> str:
    """The ISBN in *text* as 13 digits, or '' if there is none.

    A wrong check digit is kept in 13-digit numbers: publishers print them and cataloguers copy them faithfully, and
    two equal ones still mean the same book. Ten digits must check, since other numbers have ten digits too.
    """
    found = _ISBN.search(text)
    digits = stdnum_isbn.compact(found[0]) if found else ""
    if len(digits) == 10:
        return str(stdnum_isbn.to_isbn13(digits)) if stdnum_isbn.is_valid(digits) else ""
    return digits


def fold_issn(text: str) -> str:
    """The ISSN in *text* as 8 signs, or '' if there is none that checks."""
    found = _ISSN.search(text)
    number = found[0].translate({ord("Х"): "X", ord("х"): "X"}) if found else ""
    return str(stdnum_issn.compact(number)) if number and stdnum_issn.is_valid(number) else ""


_FOLD = {"isbn": fold_isbn, "issn": fold_issn}
