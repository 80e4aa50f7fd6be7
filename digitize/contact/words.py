"""The words of a page with their places and certainty, as the worker's record beside the page has them."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REGION = 10
"""Words of a region whose mean certainty is watched; as in ``workers.recognize``."""


@dataclass(frozen=True, slots=True)
class Placed:
    """One word: text, box (left, top, right, bottom) in pixels of the page picture, certainty 0-100."""

    text: str
    box: tuple[int, int, int, int]
    certainty: float


@dataclass(frozen=True, slots=True)
class PageWords:
    """All words of a page picture of so many pixels."""

    width: int
    height: int
    words: tuple[Placed, ...]

    @property
    def weakest(self) -> tuple[Placed, ...]:
        """The region that was read with the least certainty; empty on a page without words."""
        words = [word for word in self.words if any(map(str.isalnum, word.text))]
        last = max(0, len(words) // REGION - 1) * REGION
        regions = [words[start : start + REGION] for start in range(0, last, REGION)] + [words[last:]]
        return tuple(min(regions, key=_certainty)) if words else ()


def read_words(path: Path) -> PageWords | None:
    """The words of the record *path*; None if it is not there or cannot be understood."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        words = tuple(_placed(word) for line in record["lines"] for word in line["words"])
        return PageWords(int(record["width"]), int(record["height"]), words)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _placed(word: Mapping[str, Any]) -> Placed:
    box = word["box"]
    place = int(box["left"]), int(box["top"]), int(box["right"]), int(box["bottom"])
    return Placed(str(word["text"]), place, float(word["confidence"]))


def _certainty(words: Iterable[Placed]) -> float:
    """Mean weighted by length, as the recogniser's own."""
    weights = [(word.certainty, sum(map(str.isalnum, word.text))) for word in words]
    return sum(certainty * letters for certainty, letters in weights) / max(1, sum(letters for _, letters in weights))
