"""A finished page as the steps that look at the whole book see it: rows of text with their place, nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One line of print; lengths in pixels of the page picture."""

    text: str
    left: int
    top: int
    right: int
    bottom: int
    size: float
    """Height of the letters; 0 = unknown."""
    paragraph: int
    confidence: float
    """Mean over the words, 0-100."""

    @property
    def letters(self) -> int:
        """How many letters and digits it has."""
        return sum(map(str.isalnum, self.text))


@dataclass(frozen=True, slots=True)
class Leaf:
    """The rows of one page in reading order; a page without a record, or in whose place a notice stands, has none."""

    width: int = 0
    height: int = 0
    rows: tuple[Row, ...] = ()


def read_leaf(record: Path | None) -> Leaf:
    """The page whose worker left *record* (``<side>.json``); an empty one if it cannot be understood.

    A book is not refused for want of a page number, so damage is no error here.

    Raises:
        OSError: the disk or share fails.
    """
    if record is None:
        return Leaf()
    try:
        found = json.loads(record.read_bytes())
        rows = tuple(_row(line) for line in found["lines"] if line["words"])
        return Leaf(int(found["width"]), int(found["height"]), rows)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Leaf()


def _row(line: Any) -> Row:
    words, box = line["words"], line["box"]
    return Row(
        " ".join(word["text"] for word in words),
        int(box["left"]), int(box["top"]), int(box["right"]), int(box["bottom"]),
        float(line["size"]), int(line["paragraph"]),
        sum(float(word["confidence"]) for word in words) / len(words),
    )  # fmt: skip
