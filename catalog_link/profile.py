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

KEY_KINDS = ("record", "inventory", "isbn", "issn")
"""By what a record can be found; the names stand in the ledger."""
FALLBACKS = ("marc8", "cp1251", "cp866", "ptcp154", "koi8-r", "latin-1")
"""Encodings of records that are not UTF-8."""

MARKER = "akmdigit:"
"""Opens the staff note of every field this program wrote."""
WORDS = ("url", "dead", "part", "pages", "bytes", "key", "ark", "access", "access_name", "date", "agency", "code")
"""What a subfield's template may ask for. ``dead`` is the address once nothing answers there, and then ``url`` is
empty; ``part`` says which scan of several on one record this is. ``access`` is 0 or 1 as in MARC21's 856 $7,
``access_name`` the same in words, ``date`` the day of digitization as yyyymmdd, ``agency`` and ``code`` the library's
name and its code."""

_PLACE = re.compile(r"^(?P<tag>[0-9A-Za-z]{3})(?:\$(?P<codes>\w+))?(?:/(?P<start>\d+)-(?P<end>\d+))?$")
_PLACES = ("number", "title", "author", "year", "language")
_OPTIONAL_PLACES = ("extent", "creators", "publisher")


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
    """A field of ours: its tag, indicators and subfields in order, each a code and its templates.

    Of the templates the first one counts whose words all have a value.
    """

    tag: str
    indicators: str
    subfields: tuple[tuple[str, tuple[str, ...]], ...]
    marker: str
    """Code of the subfield that says 'this field is ours' and for which item."""
    needs: tuple[str, ...] = ()
    """Words without a value of which the whole field is left out."""

    @property
    def address(self) -> str:
        """Code of the subfield that holds the address alone; empty if none does."""
        return next((code for code, templates in self.subfields if "{url}" in templates), "")


KOHA_SCHEMAS = ("MARC21", "UNIMARC")
"""What ``x-record-schema`` of Koha's REST API may say (api/v1/swagger/swagger.yaml of Koha)."""


@dataclass(frozen=True, slots=True)
class KohaShape:
    """How a Koha keeps records of this dialect."""

    schema: str
    number: tuple[Place, ...]
    """Where its own number of the record stands (biblionumber)."""
    own: tuple[str, ...]
    """Tags of fields that it writes itself: time of change, copies, numbers."""


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
    extent: tuple[Place, ...]
    """Where the number of pages stands; may be empty."""
    creators: tuple[Place, ...]
    """Where everybody who made the book stands, for the file's own description; may be empty."""
    publisher: tuple[Place, ...]
    """May be empty."""
    keys: Mapping[str, tuple[Place, ...]]
    link: LinkShape
    action: LinkShape | None = None
    """The note that says when and by whom the book was digitized (MARC21 583), if the dialect has one."""
    koha: KohaShape | None = None

    @property
    def shapes(self) -> tuple[LinkShape, ...]:
        """Every field this program writes into a record, the link first."""
        return (self.link, self.action) if self.action else (self.link,)


def load(path: Path) -> Profile:
    """Read a profile; one that names a ``base`` says only in which sections it differs from that one beside it.

    Raises:
        ProfileError: the file cannot be read or a key is missing or wrong; the sentence names both.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        if "base" in data:
            base = tomllib.loads(path.with_name(f"{data['base']}.toml").read_text(encoding="utf-8-sig"))
            data = base | data
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
    where |= {key: _places(data["where"].get(key, [])) for key in _OPTIONAL_PLACES}
    keys = {kind: _places(data["keys"].get(kind, [])) for kind in KEY_KINDS}
    link = _shape("link", data["link"])
    action = _shape("action", data["action"]) if "action" in data else None
    if action and action.tag == link.tag:
        raise ValueError(f"action.tag: {action.tag} is the tag of the link already")
    koha = _koha(data["koha"]) if "koha" in data else None
    return Profile(
        name=name,
        koha=koha,
        fallback=encoding["fallback"],
        unicode_mark=bool(encoding["unicode_mark"]),
        keys=keys,
        link=link,
        action=action,
        **where,
    )


def _koha(data: Mapping[str, Any]) -> KohaShape:
    if data["schema"] not in KOHA_SCHEMAS:
        raise ValueError(f"koha.schema: {data['schema']!r} is none of {', '.join(KOHA_SCHEMAS)}")
    return KohaShape(data["schema"], _places(data["number"]), tuple(map(str, data["own"])))


def _places(texts: list[str]) -> tuple[Place, ...]:
    return tuple(place(text) for text in texts)


def place(text: str) -> Place:
    """Read one place, e.g. ``090$e``; ValueError names the text that is none."""
    found = _PLACE.match(text)
    if not found:
        raise ValueError(f"{text!r}, which is no place such as 001, 245$ab or 008/35-37")
    start = int(found["start"] or 0)
    return Place(found["tag"], found["codes"] or "", start, int(found["end"]) + 1 if found["end"] else None)


def _shape(section: str, data: Mapping[str, Any]) -> LinkShape:
    shape = LinkShape(
        tag=data["tag"],
        indicators=data["indicators"],
        subfields=tuple((str(code), tuple(map(str, templates))) for code, *templates in data["subfields"]),
        marker=data["marker"],
        needs=tuple(data.get("needs", ())),
    )
    if not re.fullmatch(r"[0-9]{3}", shape.tag) or len(shape.indicators) not in {0, 2}:
        raise ValueError(f"{section}.tag or .indicators: three digits and two characters (or none) are expected")
    if shape.marker not in dict(shape.subfields) or any(len(code) != 1 for code, _ in shape.subfields):
        raise ValueError(f"{section}.marker: it must be one of {section}.subfields, whose codes are one character each")
    if not all(one.startswith(MARKER + "{key}") for one in dict(shape.subfields)[shape.marker] or ("",)):
        raise ValueError(f"{section}.marker: its subfield must begin with {MARKER}{{key}}")
    asked = {word for _, templates in shape.subfields for one in templates for word in words_of(one)}
    if unknown := asked.union(shape.needs).difference(WORDS):
        raise ValueError(f"{section}.subfields: {', '.join(sorted(unknown))} is none of {', '.join(WORDS)}")
    return shape


def words_of(template: str) -> list[str]:
    """The words in braces a template asks for."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
