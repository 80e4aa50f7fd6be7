"""What a library's MARC looks like: where numbers, titles and keys stand, and how its link field is written.

A profile is a TOML file, so that a dialect nobody here has seen is a new file and not a new program.
"""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY_KINDS = ("record", "inventory", "isbn")
"""By what a record can be found; the names stand in the ledger."""
FALLBACKS = ("marc8", "cp1251", "cp866", "ptcp154", "latin-1")
"""Encodings of records that are not UTF-8."""

MARKER = "akmdigit:"
"""Opens the staff note of every field this program wrote."""
WORDS = ("url", "pages", "bytes", "key")
"""What a subfield's template may ask for."""

_PLACE = re.compile(r"^(?P<tag>[0-9A-Za-z]{3})(?:\$(?P<codes>\w+))?(?:/(?P<start>\d+)-(?P<end>\d+))?$")
_PLACES = ("number", "title", "author", "year", "language")


class ProfileError(ValueError):
    """A profile file says something that cannot be followed; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: ``001``, ``245$ab``, ``008/35-37`` (characters from 0, last one included)."""

    tag: str
    codes: str = ""
    """Subfield codes; empty for a control field."""
    start: int = 0
    end: int | None = None
    """First character after the value; None for all of it."""


@dataclass(frozen=True, slots=True)
class LinkShape:
    """The link field: its tag, indicators and subfields in order, each a code and a template."""

    tag: str
    indicators: str
    subfields: tuple[tuple[str, str], ...]
    marker: str
    """Code of the subfield that says 'this field is ours' and for which item."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One dialect of MARC."""

    name: str
    fallback: str
    """Encoding of a record that is not UTF-8."""
    unicode_mark: bool
    """Leader/09 = ``a`` means UTF-8 (MARC21). In UNIMARC that byte says nothing, so only the bytes decide."""
    number: tuple[Place, ...]
    title: tuple[Place, ...]
    author: tuple[Place, ...]
    year: tuple[Place, ...]
    language: tuple[Place, ...]
    keys: Mapping[str, tuple[Place, ...]]
    link: LinkShape


def load(path: Path) -> Profile:
    """Read a profile.

    Raises:
        ProfileError: the file cannot be read or a key is missing or wrong; the sentence names both.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        return _profile(path.stem, data)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileError(f"The catalogue profile {path} cannot be read: {error}.") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ProfileError(f"The catalogue profile {path} is wrong at {error}.") from error


def _profile(name: str, data: Mapping[str, Any]) -> Profile:
    encoding = data["encoding"]
    if encoding["fallback"] not in FALLBACKS:
        raise ValueError(f"encoding.fallback: {encoding['fallback']!r} is none of {', '.join(FALLBACKS)}")
    where = {key: _places(data["where"][key]) for key in _PLACES}
    keys = {kind: _places(data["keys"].get(kind, [])) for kind in KEY_KINDS}
    return Profile(
        name=name,
        fallback=encoding["fallback"],
        unicode_mark=bool(encoding["unicode_mark"]),
        keys=keys,
        link=_link(data["link"]),
        **where,
    )


def _places(texts: list[str]) -> tuple[Place, ...]:
    return tuple(place(text) for text in texts)


def place(text: str) -> Place:
    """Read one place, e.g. ``090$e``; ValueError names the text that is none."""
    found = _PLACE.match(text)
    if not found:
        raise ValueError(f"{text!r}, which is no place such as 001, 245$ab or 008/35-37")
    start = int(found["start"] or 0)
    return Place(found["tag"], found["codes"] or "", start, int(found["end"]) + 1 if found["end"] else None)


def _link(data: Mapping[str, Any]) -> LinkShape:
    shape = LinkShape(
        tag=data["tag"],
        indicators=data["indicators"],
        subfields=tuple((str(code), str(template)) for code, template in data["subfields"]),
        marker=data["marker"],
    )
    if not re.fullmatch(r"[0-9]{3}", shape.tag) or len(shape.indicators) != 2:
        raise ValueError("link.tag or link.indicators: three digits and two characters are expected")
    if shape.marker not in dict(shape.subfields) or any(len(code) != 1 for code, _ in shape.subfields):
        raise ValueError("link.marker: it must be one of link.subfields, whose codes are one character each")
    if not dict(shape.subfields)[shape.marker].startswith(MARKER + "{key}"):
        raise ValueError(f"link.marker: its subfield must begin with {MARKER}{{key}}")
    asked = {word for _, template in shape.subfields for word in words_of(template)}
    if unknown := asked.difference(WORDS):
        raise ValueError(f"link.subfields: {', '.join(sorted(unknown))} is none of {', '.join(WORDS)}")
    return shape


def words_of(template: str) -> list[str]:
    """The words in braces a template asks for."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
