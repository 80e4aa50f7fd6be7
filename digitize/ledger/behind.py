"""What is behind a number: one line per counted thing, in the order of days, items and pages.

The pages of a year are two hundred thousand lines. Nobody looks at one of them alone, so those of one item on one day
stay together (:class:`Batch`) until a report prints them all at once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, overload

FIELDS = 4
"""Of a page in a batch: number, name, outcome and hash."""


class Line(NamedTuple):
    """One thing behind a number: a page, an item where titles or links are counted, an act of the desk."""

    day: date
    item: str
    title: str
    page: int | None = None
    name: str = ""
    outcome: str = ""
    sha256: str = ""
    amount: int = 1
    who: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """The pages of one item that count on one day."""

    day: date
    item: str
    title: str
    fields: tuple[bytes, ...]
    """Of each page its four, one after the other, as UTF-8."""

    def __len__(self) -> int:
        return len(self.fields) // FIELDS

    def lines(self) -> Iterator[Line]:
        """The same, page by page."""
        words = iter([field.decode() for field in self.fields])
        for number, name, outcome, sha256 in zip(words, words, words, words, strict=True):
            yield Line(self.day, self.item, self.title, int(number), name, outcome, sha256)

    def printed(self, form: bytes, clean: Callable[[str], str]) -> bytes:
        """*form* filled in for each page, with its four fields in the places of ``%b``; *clean* mends a file's name."""
        return form * len(self) % self._cleaned(clean).fields

    def _cleaned(self, clean: Callable[[str], str]) -> "Batch":
        """Names are looked at together first: hardly any has something to mend."""
        names = self.fields[1::FIELDS]
        together = b"".join(names).decode()
        if clean(together) == together:
            return self
        fields = list(self.fields)
        fields[1::FIELDS] = [clean(name.decode()).encode() for name in names]
        return replace(self, fields=tuple(fields))


class Behind(Sequence[Line]):
    """A list of lines, as long as the number it explains if things are counted; equal to any list of the same."""

    __slots__ = ("_length", "parts")

    def __init__(self, parts: Iterable[Line | Batch] = ()) -> None:
        self.parts = tuple(parts)
        self._length = sum(len(part) if isinstance(part, Batch) else 1 for part in self.parts)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Line]:
        for part in self.parts:
            if isinstance(part, Batch):
                yield from part.lines()
            else:
                yield part

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | Sequence[Line]:
        return tuple(self)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Behind({len(self)} lines)"
