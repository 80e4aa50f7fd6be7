"""What is behind a number: one line per counted thing, in the order of days, items and pages.

The pages of a year are two hundred thousand lines. Nobody looks at one of them alone, so those of one item on one day
stay one text as the database wrote it (:class:`Batch`), which a report changes into its own shape as a whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, overload

FIELDS = NAME, OUTCOME, SHA256, END = ("/n", "/o", "/s", "/.")
"""What stands before a page's name, outcome and hash and after them all; its number stands first. A file's name has
no slash, and JSON and the words of a report have nothing to say against one."""


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
    """The pages of one item that count on one day; *text* has the fields of each, parted by :data:`FIELDS`."""

    day: date
    item: str
    title: str
    pages: int
    text: str

    def lines(self) -> Iterator[Line]:
        """The same, page by page."""
        for page in self.text.split(END)[:-1]:
            number, name, outcome, sha256 = page.split("/")
            yield Line(self.day, self.item, self.title, int(number), name[1:], outcome[1:], sha256[1:])


class Behind(Sequence[Line]):
    """A list of lines, as long as the number it explains if things are counted; equal to any list of the same."""

    __slots__ = ("_length", "parts")

    def __init__(self, parts: Iterable[Line | Batch] = ()) -> None:
        self.parts = tuple(parts)
        self._length = sum(part.pages if isinstance(part, Batch) else 1 for part in self.parts)

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
