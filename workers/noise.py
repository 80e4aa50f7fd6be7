"""What the engine dreamt into ornaments, page edges and dirt, told from text by where it stands and how sure it is.

Only a page's text is spared these words: its hOCR keeps them, and they still count when a page is called ``low``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from workers.language import mean_confidence
from workers.text import Line, Word

_DREAM = 30.0
"""Mean confidence (0-100) of a line above or below all text under which it is an ornament or an edge: these give 0-26,
running titles 60 and more."""

_SURE = 80.0
"""Words of at least three letters read with this confidence show where the page's text stands."""

_DOUBTFUL = 75.0
"""A short word that stands outside and was read with less is dirt; folios and marginal numbers are read with more."""

_MOTE = 0.1
"""Part of its line's height under which a lone letter is none: a mote is 0.03, a hamza, the smallest letter, 0.2."""

_SHORT = 3
_FEW = 20
"""Under so many sure words a page has no block of text to stand outside of."""


def without_noise(lines: Sequence[Line]) -> tuple[Line, ...]:
    """*lines* (raw) less what is no text. A page without a clear block of text keeps all it has."""
    sure = [word.box for line in lines for word in line.words if _shows_text(word)]
    if len(sure) < _FEW:
        return tuple(lines)
    left, right = (
        float(np.percentile(edge, part)) for edge, part in (([b.left for b in sure], 2), ([b.right for b in sure], 98))
    )
    top, bottom = min(box.top for box in sure), max(box.bottom for box in sure)
    between = [line for line in lines if not _is_dream(line, top, bottom)]
    return tuple(_within(between, left, right))


def _is_dream(line: Line, top: int, bottom: int) -> bool:
    """A line outside the rows of text that is read without confidence; one of dashes or stars alone is a sign."""
    outside = line.box.bottom <= top or line.box.top >= bottom
    has_letters = any(map(str.isalnum, "".join(word.raw for word in line.words)))
    return outside and has_letters and mean_confidence(line.words) < _DREAM


def _within(lines: Sequence[Line], left: float, right: float) -> Iterator[Line]:
    for line in lines:
        words = tuple(word for word in line.words if not (_is_dirt(word, left, right) or _is_mote(word, line)))
        if words:
            yield line if len(words) == len(line.words) else replace(line, words=words)


def _shows_text(word: Word) -> bool:
    return word.confidence >= _SURE and sum(map(str.isalpha, word.raw)) >= _SHORT


def _is_mote(word: Word, line: Line) -> bool:
    flat = word.box.bottom - word.box.top < _MOTE * (line.box.bottom - line.box.top)
    return flat and len(word.raw) == 1 and word.raw.isalpha()


def _is_dirt(word: Word, left: float, right: float) -> bool:
    outside = word.box.right < left or word.box.left > right
    return outside and word.confidence < _DOUBTFUL and sum(map(str.isalnum, word.raw)) <= _SHORT
