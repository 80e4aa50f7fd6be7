"""The values that travel between the parts: raw records, their flaws, their fields; frozen and pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

BLOCK_LIMIT = 300
"""Records under one key of title or author that are compared; a key with more of them never decides."""


class Syntax(StrEnum):
    """How a record is written down."""

    ISO2709 = "iso2709"
    MARCXML = "marcxml"


FlawKind = Literal[
    "short", "length", "size", "terminator", "base", "directory", "field", "too_large", "xml", "doctype", "encoding",
    "tag", "no_records", "dialect", "no_title", "overlap",
]  # fmt: skip
"""Each has a text for cataloguers in ``config/messages/catalog.toml``."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a record cannot be read; *detail* shows the evidence."""

    kind: FlawKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One piece of a catalogue file: a record with whatever stood between it and the next one.

    The pieces of a file joined in their order give the file back byte for byte, broken ones included.
    """

    ordinal: int
    """Place in the file, from 1."""
    raw: bytes
    syntax: Syntax
    broken: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``body`` as ISO 2709 keeps it, without the field terminator.

    A control field's body is its data; a data field's body is its indicators, then 0x1F, code and data of
    each subfield.
    """

    tag: str
    body: bytes

    @property
    def is_control(self) -> bool:
        """Control fields have no subfields; by content, because some systems put subfields below 010."""
        return b"\x1f" not in self.body

    def subfields(self) -> list[tuple[str, bytes]]:
        """Code and data in their order."""
        parts = self.body.split(b"\x1f")[1:]
        return [(part[:1].decode("ascii", "replace"), part[1:]) for part in parts if part]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A record taken apart: the 24 bytes of its leader (as they are) and its fields in their order."""

    leader: bytes
    fields: tuple[Field, ...]
