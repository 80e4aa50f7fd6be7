"""Hang a link on a record: a link field and an action note of our own, every other byte where and as it was.

Own fields are known by their marker ``akmdigit:<item key>``, so a second run writes the same bytes, two
scans of one record keep one field each, and a link can be taken off again. The action note is marked alike. A
field with the same address and no marker was typed by a person for the same file and is replaced, not doubled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote

from catalog_link import iso2709, marcxml
from catalog_link.encoding import UTF8, decode, encode, encoding_of
from catalog_link.iso2709 import Layout, TooLarge
from catalog_link.profile import MARKER, LinkShape, Profile, words_of
from catalog_link.values import Field, Flaw, Parsed, Syntax

ADDED, UPDATED, UNCHANGED, REMOVED = "added", "updated", "unchanged", "removed"


@dataclass(frozen=True, slots=True)
class LinkField:
    """What the link says; an empty value leaves its subfield out."""

    key: str
    """The item's key; with it the field is found again."""
    url: str
    pages: int | None = None
    size: int | None = None
    """Of the file, in bytes."""
    ark: str = ""
    """Persistent identifier, e.g. ``ark:/99999/d1…``."""
    access: Literal["", "open", "restricted"] = ""
    """Who may open the file; nothing is claimed where nobody has said it."""
    date: str = ""
    """Day of digitization, ``yyyymmdd``."""
    agency: str = ""
    """Name of the library that digitized."""
    code: str = ""
    """Its code in the union catalogue."""
    part: str = ""
    """Which part of the book this is, where several scans hang on one record."""
    dead: bool = False
    """Nothing answers at the address any more."""


@dataclass(frozen=True, slots=True)
class Attached:
    """The record after the change; ``raw`` is the very same bytes when the action is ``unchanged``."""

    raw: bytes
    field_text: str
    """The fields of ours as a person reads MARC, a line each, the link first; empty when there is none any more."""
    action: str
    before: str = ""
    """The fields that were replaced or removed, as a person reads them."""


def attach(raw: bytes, syntax: Syntax, profile: Profile, link: LinkField) -> Attached | TooLarge | Flaw:
    """Write or replace the fields of ``link.key``, one of each shape of the profile.

    A record too large for ISO 2709's digits and a record that cannot be read come back as values; nothing is
    ever written that another program could not read.
    """
    return _change(raw, syntax, profile, link.key, link)


def detach(raw: bytes, syntax: Syntax, profile: Profile, key: str) -> Attached | TooLarge | Flaw:
    """Take the fields of *key* off, if the record has one; the rest stays byte for byte."""
    return _change(raw, syntax, profile, key, None)


def _change(
    raw: bytes, syntax: Syntax, profile: Profile, key: str, link: LinkField | None
) -> Attached | TooLarge | Flaw:
    done = _Done(raw)
    for shape in profile.shapes:
        editor: _Iso | _Xml | Flaw = _Iso.open(done.raw, profile) if syntax is Syntax.ISO2709 else _Xml.open(done.raw)
        if isinstance(editor, Flaw):
            return editor
        changed = _change_one(editor, shape, key, link)
        if isinstance(changed, TooLarge | Flaw):
            return changed
        done = done.then(changed)
    return done.attached()


@dataclass(frozen=True, slots=True)
class _Done:
    """A record on its way, and what became of each field of ours so far."""

    raw: bytes
    steps: tuple[Attached, ...] = ()

    def then(self, step: Attached) -> "_Done":
        return _Done(step.raw, (*self.steps, step))

    def attached(self) -> Attached:
        """The sum: the link's own action, unless only the note beside it changed."""
        actions = [step.action for step in self.steps]
        other = next((action for action in actions if action != UNCHANGED), UNCHANGED)
        action = UPDATED if actions[:1] == [UNCHANGED] and other != UNCHANGED else other
        texts = [step.field_text for step in self.steps if step.field_text]
        before = [step.before for step in self.steps if step.before]
        if not texts and action == UPDATED:
            action = REMOVED
        return Attached(self.raw, "\n".join(texts), action, "\n".join(before))


def _change_one(
    editor: "_Iso | _Xml", shape: LinkShape, key: str, link: LinkField | None
) -> Attached | TooLarge | Flaw:
    encoding = editor.encoding
    new = _field(shape, link, encoding) if link else None
    own = [place for place, field in enumerate(editor.fields) if _is_own(field, shape, key, link, encoding)]
    before = readable(editor.fields[own[0]], encoding) if own else ""
    text = readable(new, encoding) if new else ""
    if [editor.fields[place] for place in own] == ([new] if new else []):
        return Attached(editor.raw, text, UNCHANGED, before)
    changed = editor.replaced(own, new)
    if isinstance(changed, TooLarge | Flaw):
        return changed
    action = REMOVED if new is None else UPDATED if own else ADDED
    return Attached(changed, text, action, before)


def readable(field: Field, encoding: str = UTF8) -> str:
    """A field as people read MARC: ``856 41 $u https://… $q application/pdf``; a blank indicator is ``#``."""
    if field.is_control:
        return f"{field.tag} {decode(field.body, encoding)}"
    head, *_ = field.body.split(b"\x1f", 1)
    indicators = decode(head, encoding).replace(" ", "#")
    parts = [f"${code} {decode(data, encoding)}" for code, data in field.subfields()]
    return " ".join([field.tag, *filter(None, [indicators]), *parts])


ACCESS_DIGITS = {"open": "0", "restricted": "1"}
"""MARC21 856 $7, access status."""
ACCESS_NAMES = {"open": "ochiq", "restricted": "cheklangan"}


def _field(shape: LinkShape, link: LinkField, encoding: str) -> Field | None:
    """The field as it is to be; None where a word it needs has no value."""
    words = {
        "url": "" if link.dead else link.url,
        "dead": link.url if link.dead else "",
        "part": link.part,
        "pages": str(link.pages or ""),
        "bytes": str(link.size or ""),
        "key": _marked(link.key, encoding),
        "ark": link.ark,
        "access": ACCESS_DIGITS.get(link.access, ""),
        "access_name": ACCESS_NAMES.get(link.access, ""),
        "date": link.date,
        "agency": link.agency,
        "code": link.code,
    }
    if not all(words[word] for word in shape.needs):
        return None
    body = shape.indicators.encode("ascii")
    for code, templates in shape.subfields:
        template = next((one for one in templates if all(words[word] for word in words_of(one))), None)
        if template is not None:
            body += b"\x1f" + code.encode("ascii") + encode(template.format_map(words), encoding)
    return Field(shape.tag, body)


def _marked(key: str, encoding: str) -> str:
    """The key as the marker holds it: control and delimiter signs, and what the encoding lacks, as %XX."""
    clean = "".join(quote(sign) if sign in "%;" or not sign.isprintable() else sign for sign in key)
    try:
        clean.encode("ascii" if encoding == "marc8" else encoding)
    except UnicodeEncodeError:
        return quote(key, safe=" ")
    return clean


def _is_own(field: Field, shape: LinkShape, key: str, link: LinkField | None, encoding: str) -> bool:
    if field.tag != shape.tag:
        return False
    parts = [(code, decode(data, encoding)) for code, data in field.subfields()]
    markers = [value for code, value in parts if code == shape.marker and value.startswith(MARKER)]
    if markers:
        return any(unquote(value.removeprefix(MARKER).split(";")[0]) == key for value in markers)
    return link is not None and bool(shape.address) and (shape.address, link.url) in parts


def is_marked(field: Field, profile: Profile, encoding: str) -> bool:
    """Whether this program wrote a field, for whichever item."""
    return any(
        field.tag == shape.tag and code == shape.marker and decode(data, encoding).startswith(MARKER)
        for shape in profile.shapes
        for code, data in field.subfields()
    )


def _place_for(tags: Sequence[str], tag: str) -> int:
    """Behind the last field whose tag is not greater: fields keep their order, sorted or not."""
    return max((place for place, other in enumerate(tags, 1) if other <= tag), default=0)


class _Iso:
    """A record in ISO 2709 under the knife."""

    def __init__(self, raw: bytes, cut: Layout, profile: Profile) -> None:
        self._cut = cut
        self.raw = raw
        self.fields = tuple(Field(entry.tag, cut.body(entry)) for entry in cut.entries)
        self.encoding = encoding_of(Parsed(cut.leader, self.fields), profile)

    @classmethod
    def open(cls, raw: bytes, profile: Profile) -> "_Iso | Flaw":
        cut = iso2709.layout(raw)
        return cut if isinstance(cut, Flaw) else cls(raw, cut, profile)

    def replaced(self, own: Sequence[int], new: Field | None) -> bytes | TooLarge | Flaw:
        """The record without the fields at *own* and with *new* in place of the first of them."""
        cut = self._cut
        others = [field for place, field in enumerate(self.fields) if place not in own]
        for place in reversed(own):
            cut = iso2709.remove(cut, place)
        if new is not None:
            place = own[0] if own else _place_for([field.tag for field in self.fields], new.tag)
            cut = iso2709.insert(cut, place, new)
            others.insert(place, new)
        written = iso2709.write(cut)
        return written if isinstance(written, TooLarge) else _proven(written, others)


def _proven(written: bytes, expected: Sequence[Field]) -> bytes | Flaw:
    """Read back what was written: a record whose fields overlap is left alone rather than harmed."""
    again = iso2709.parse(written)
    if isinstance(again, Flaw) or list(again.fields) != list(expected):
        return Flaw("overlap")
    return written


class _Xml:
    """A record in MARCXML under the knife."""

    encoding = UTF8

    def __init__(self, raw: bytes, found: marcxml.Found) -> None:
        self.raw = raw
        self._found = found
        self.fields = tuple(Field(span.tag, span.body) for span in found.spans)

    @classmethod
    def open(cls, raw: bytes) -> "_Xml | Flaw":
        found = marcxml.locate(raw)
        return found if isinstance(found, Flaw) else cls(raw, found)

    def replaced(self, own: Sequence[int], new: Field | None) -> bytes:
        """The record without the elements at *own* and with *new* in place of the first of them."""
        raw, spans = self.raw, self._found.spans
        element = marcxml.datafield(new, self._found.prefix) if new else b""
        if own and new:
            first, *rest = own
        else:
            first, rest = -1, list(own)
        for place in reversed(rest):
            raw = raw[: self._indent(place)] + raw[spans[place].end :]
        if first >= 0:
            return raw[: spans[first].start] + element + raw[spans[first].end :]
        if new is None:
            return raw
        before = _place_for([span.tag for span in spans], new.tag) - 1
        if before < 0:
            return raw[: spans[0].start] + element + raw[spans[0].start :]
        indent = raw[self._indent(before) : spans[before].start]
        return raw[: spans[before].end] + indent + element + raw[spans[before].end :]

    def _indent(self, place: int) -> int:
        """Where the white space before an element begins."""
        start = self._found.spans[place].start
        return len(self.raw[:start].rstrip(b" \t\r\n"))
