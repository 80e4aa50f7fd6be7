"""Title lists of libraries without MARC: a row becomes a MARC21 record that carries the row as it was.

The row itself, headings and cells, stands in 887 (information from a record that is no MARC), so the list can be
written out again with the address beside it, while matching, links, review and export know records alone.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from catalog_link import iso2709
from catalog_link.iso2709 import TooLarge
from catalog_link.values import Field, Flaw, Parsed
from digitize.uzbek import fold

PROFILE = "marc21"
ROW_MARK = "akmdigit-row"
"""887 $2: whose format the content of $a is."""
_LEADER = b"00000nam a2200000 a 4500"
_PIECE = 9_000
"""Bytes of a row in one field; a longer row goes on in the next one."""
_LONGEST = 1_000
"""Characters of a described value: even in four bytes each, two of them fit into one field."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_SEVERAL = re.compile(r"[;,\n]\s*")

_HEADINGS = {
    "link": r"havola|elektron (nusxa|resurs|manzil)|ssilka|elektronniy|url|link",
    "isbn": r"isbn",
    "issn": r"issn",
    "inventory": r"inv|invent\w*|shtrix\w*|barcode|bar code",
    "number": r"yozuv (raqami|no)|nomer zapisi|record( number)?|biblionumber",
    "pages": r"(sahifa|bet)(lar)?(i|soni|lari)?|hajmi?|str|strani\w+|kol vo stran\w*|obyom|obem|pages?|extent",
    "year": r"(nashr |chiqqan |chop etilgan )?yili?|god( \w+)?|ear",
    "publisher": r"nashriyot\w*|izdatelstv\w*|publisher",
    "author": r"(muallif|avtor)\w*|authors?",
    "title": r"\w* ?(nomi|nomlanishi|sarlavha\w*)|nom|nazvani\w+|zaglavi\w+|naimenovani\w+|title",
}
"""What a heading begins with, folded (year -> ear): Uzbek, Russian, English. The first kind that fits counts."""
_KINDS = {kind: re.compile(rf"(?:{pattern})\b") for kind, pattern in _HEADINGS.items()}

Columns = Mapping[str, int]
"""Kind of column -> its place."""
Row = Sequence[tuple[str, str]]
"""Heading and cell of each column."""


def columns(cells: Sequence[str]) -> Columns | None:
    """The columns of a heading line; None for a line that is none: it needs a title and one column more."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        kind = kind_of(cell)
        if kind and kind not in found:
            found[kind] = place
    return found if "title" in found and len(found) > 1 else None


def kind_of(heading: str) -> str:
    """What a column with this heading holds; empty for one that is only kept."""
    text = fold(heading)
    return next((kind for kind, pattern in _KINDS.items() if pattern.match(text)), "") if len(text) < 60 else ""


def record(heads: Sequence[str], cells: Sequence[str], known: Columns) -> bytes | TooLarge:
    """The record of a row; without a title it holds the row alone, see :func:`flaw`."""
    values = {kind: _clean(cells[place]) for kind, place in known.items() if place < len(cells)}
    described = sorted(_fields(values), key=lambda field: field.tag) if values.get("title") else []
    width = max(len(heads), len(cells))
    pairs = list(zip(_wide(heads, width), _wide(cells, width), strict=True))
    return iso2709.build(_LEADER, (*described, *_kept(pairs)))


def flaw(cells: Sequence[str], known: Columns) -> Flaw | None:
    """Why a row describes no book."""
    place = known["title"]
    return None if place < len(cells) and _clean(cells[place]) else Flaw("no_title")


def row_of(parsed: Parsed) -> Row | None:
    """The row a record was made of; None for any other record."""
    parts = [dict(field.subfields()) for field in parsed.fields if field.tag == "887"]
    text = b"".join(part.get("a", b"") for part in parts if part.get("2") == ROW_MARK.encode())
    return [(str(head), str(cell)) for head, cell in json.loads(text)] if text else None


def addresses(parsed: Parsed) -> str:
    """Where the scans of a row's book are found; empty where there is none, or none that answers."""
    links = (field for field in parsed.fields if field.tag == "856")
    return " ; ".join(data.decode() for field in links for code, data in field.subfields() if code == "u")


def _fields(values: Mapping[str, str]) -> Iterator[Field]:
    inventory = [one for one in _SEVERAL.split(values.get("inventory", "")) if one]
    yield Field("001", (values.get("number") or next(iter(inventory), "") or _minted(values)).encode())
    yield from (_data("020", "  ", ("a", one)) for one in _SEVERAL.split(values.get("isbn", "")) if one)
    yield from (_data("022", "  ", ("a", one)) for one in _SEVERAL.split(values.get("issn", "")) if one)
    if inventory:
        yield _data("090", "  ", *(("e", one) for one in inventory))
    if author := values.get("author"):
        yield _data("100", "1 ", ("a", author))
    yield _data("245", "10", ("a", values["title"]))
    if printed := [(code, values[kind]) for code, kind in (("b", "publisher"), ("c", "year")) if values.get(kind)]:
        yield _data("260", "  ", *printed)
    if pages := values.get("pages"):
        yield _data("300", "  ", ("a", f"{pages} b." if pages.isdecimal() else pages))


def _minted(values: Mapping[str, str]) -> str:
    """A number for a row that brings none: the same for the same book wherever it stands in the list."""
    said = "\0".join(fold(values.get(kind, "")) for kind in ("title", "author", "year", "pages", "publisher"))
    return "T" + hashlib.sha256(said.encode()).hexdigest()[:10]


def _kept(pairs: Sequence[tuple[str, str]]) -> Iterator[Field]:
    """The row as JSON in ASCII, so that it may be cut anywhere."""
    text = json.dumps(pairs)
    for start in range(0, len(text), _PIECE):
        yield _data("887", "  ", ("a", text[start : start + _PIECE]), ("2", ROW_MARK))


def _data(tag: str, indicators: str, *parts: tuple[str, str]) -> Field:
    return Field(tag, indicators.encode() + b"".join(b"\x1f" + code.encode() + text.encode() for code, text in parts))


def _clean(text: str) -> str:
    """A value as a record may hold it; what is longer is no title, and stands whole in the row."""
    return " ".join(_CONTROL.sub(" ", text).split())[:_LONGEST]


def _wide(cells: Sequence[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]
