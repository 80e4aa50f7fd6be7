"""Cells of a plan: the text as it stands, and the whole numbers in it where there can be no doubt.

Seen in plans of real libraries: ``61200``, ``-``, nothing, ``19/3991`` (titles/pages), ``231`` over ``4620``
in one cell, ``5509 / 1021 / 130``, ``2113 kartochokada``, ``10500 0`` and ``33 38`` (misread), ``Reja
asosida``.
"""

import re
from dataclasses import dataclass

_DASHES = frozenset("-–—−‐‑_")
_GROUPED = r"[0-9]{1,3}(?:[ .,\u00a0\u2009\u202f'][0-9]{3})+"
_NUMBER = re.compile(rf"({_GROUPED}|[0-9]{{1,12}})(?:[.,]0+)?(?:\s+[^0-9]*)?\.?")
_MOST = 12
"""Digits of the longest number that is taken for one."""


@dataclass(frozen=True, slots=True)
class Cell:
    """*raw* is never changed; *parts* is empty where the text is no number, or might be more than one."""

    raw: str
    parts: tuple[int, ...] = ()

    @property
    def number(self) -> int | None:
        """The number, if the cell holds exactly one."""
        return self.parts[0] if len(self.parts) == 1 else None

    @property
    def blank(self) -> bool:
        """Nothing, or a dash that says so."""
        return set(self.raw.split()) <= _DASHES

    @property
    def value(self) -> int | str | None:
        """The number; else the text; None for a blank cell."""
        if self.blank:
            return None
        return self.raw.strip() if self.number is None else self.number


def read_cell(raw: str) -> Cell:
    """Understand a cell as far as it is certain; never fails.

    Parts stand between slashes or on lines of their own; a dash among parts is a nought. ``10500 0`` stays
    text: it may be 105000.
    """
    pieces = [piece.strip() for piece in re.split(r"[/\n]", raw.strip())]
    if len(pieces) > 1:
        pieces = ["0" if piece in _DASHES else piece for piece in pieces]
    numbers = [_number(piece) for piece in pieces]
    parts = tuple(number for number in numbers if number is not None)
    return Cell(raw, parts if len(parts) == len(pieces) else ())


def _number(piece: str) -> int | None:
    match = _NUMBER.fullmatch(piece)
    digits = re.sub(r"[^0-9]", "", match[1]) if match else ""
    return int(digits) if 0 < len(digits) <= _MOST else None
