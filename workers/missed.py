"""Lines of print that the engine passed over or ran together.

Passed over is ink in rows like those of text, under none of the lines it gave.
Its layout analysis can drop a whole line and say nothing; seen most on Arabic pages. What it left inside the block of
text is cut out and read once more, each row for itself, which drops less than reading several as a block; where the
engine is then sure, the lines are put back between their neighbours. Run together are lines set close, which it took
for one of double height and read as nonsense: cut out alone, they are two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from workers.cuts import around
from workers.language import mean_confidence
from workers.sample import Band, Ink, bands
from workers.text import Box, Line, Word

_LETTERS = 8
"""Letters in a row, at least; fewer are folios, dirt, the end of a rule."""
_FEW = 5
"""Lines under which no usual height can be named."""
_MOST = 20
"""Rows that are read again; a page with more is a picture, a drawing, handwriting."""
_TALL = 4.0
"""Usual heights of a letter that a row of text has, at most."""
_DOUBLE = 1.6
"""Usual heights of a line from which an unsure one may be two."""
_COVER = 0.25
"""A line covers what stands within so many heights of it: accents, commas, its own skew."""
_SURE = 65.0
"""Confidence from which a row is a line of text; ornaments and edges stay under 50."""
_READ = 0.4
"""Letters read per piece of ink, at least."""


def missed(ink: Ink, lines: Sequence[Line]) -> tuple[Box, ...]:
    """Rows of letters under no line, within the width of the text: the next leaf at the edge is not looked at.

    None where the page has no text to speak of, or too many of them.
    """
    boxes = [line.box for line in lines]
    if len(boxes) < 2 or not len(ink.letters):
        return ()
    left, right = np.percentile([box.left for box in boxes], 10), np.percentile([box.right for box in boxes], 90)
    usual = float(np.median(ink.letters[:, 3]))
    within = (ink.letters[:, 0] >= left - usual) & (ink.letters[:, 0] + ink.letters[:, 2] <= right + usual)
    rest = Ink(ink.mask, ink.letters[within & ~_covered(ink.letters, boxes)])
    many = [band for band in bands(rest) if band.letters >= _LETTERS and band.bottom - band.top < _TALL * usual]
    return tuple(_row(band, round(usual)) for band in many) if len(many) <= _MOST else ()


def _row(band: Band, more: int) -> Box:
    """The row with the stops and commas at its ends, which are no letters."""
    return Box(max(0, band.left - more), band.top, band.right + more, band.bottom)


def joined(lines: Sequence[Line]) -> tuple[int, ...]:
    """Numbers of lines that are taller than others and read without confidence."""
    if len(lines) < _FEW:
        return ()
    usual = float(np.median([line.box.bottom - line.box.top for line in lines]))
    tall = (number for number, line in enumerate(lines) if line.box.bottom - line.box.top >= _DOUBLE * usual)
    unsure = tuple(number for number in tall if mean_confidence(lines[number].words) < _SURE)
    return unsure if len(unsure) <= _MOST else ()


def parted(
    lines: Sequence[Line], numbers: Sequence[int], again: Mapping[int, Sequence[Line]]
) -> tuple[tuple[Line, ...], int]:
    """*lines* with those of *numbers* that turned out to be several sure lines *again*; and how many these are.

    *again* holds lines in place by place in *numbers*.
    """
    whole, count = list(lines), 0
    for place in reversed(range(len(numbers))):
        found, old = again.get(place, ()), lines[numbers[place]]
        if len(found) > 1 and all(mean_confidence(line.words) >= _SURE for line in found):
            parts = [replace(line, paragraph=old.paragraph) for line in found]
            whole[numbers[place] : numbers[place] + 1] = parts
            count += len(parts)
    return tuple(whole), count


def _covered(letters: npt.NDArray[np.int32], boxes: Sequence[Box]) -> npt.NDArray[np.bool_]:
    """Which letters have their middle in one of *boxes*, or close above or below."""
    across, down = letters[:, 0] + letters[:, 2] // 2, letters[:, 1] + letters[:, 3] // 2
    found = np.zeros(len(letters), dtype=np.bool_)
    for box in boxes:
        near = round(_COVER * (box.bottom - box.top))
        beside = (across >= box.left - near) & (across <= box.right + near)
        found |= beside & (down >= box.top - near) & (down <= box.bottom + near)
    return found


def put_back(
    lines: Sequence[Line], ink: Ink, rows: Sequence[Box], again: Mapping[int, Sequence[Line]]
) -> tuple[tuple[Line, ...], int]:
    """*lines* and those of *rows* that turned out to be text when they were read *again*; and how many these are.

    *again* holds lines in place by number of the row.
    """
    whole, count = list(lines), 0
    for number, found in sorted(again.items()):
        words = [word for line in found for word in line.words if _inked(ink, rows[number], word.box)]
        if _is_text(words, _letters_in(ink, rows[number])):
            line = replace(found[0], words=tuple(words), box=around([word.box for word in words]))
            place = _place(whole, line.box)
            whole.insert(place, replace(line, paragraph=whole[max(0, place - 1)].paragraph))
            count += 1
    return tuple(whole), count


def _inked(ink: Ink, row: Box, word: Box) -> bool:
    """Whether anything is printed where *word* stands in its *row*; at white ends the engine sees stops and bars."""
    return bool(ink.mask[row.top : row.bottom, max(0, word.left) : max(0, word.right)].any())


def _letters_in(ink: Ink, box: Box) -> int:
    left, top, _, height = ink.letters.T
    middle = top + height // 2
    return int(np.count_nonzero((left >= box.left) & (left < box.right) & (middle >= box.top) & (middle < box.bottom)))


def _is_text(words: Sequence[Word], pieces: int) -> bool:
    signs = sum(map(str.isalnum, "".join(word.raw for word in words)))
    return mean_confidence(words) >= _SURE and signs >= max(_LETTERS / 2, _READ * pieces)


def _place(lines: Sequence[Line], box: Box) -> int:
    """Before the first line that stands lower in the same column; else after the last."""
    for number, line in enumerate(lines):
        beside = min(line.box.right, box.right) - max(line.box.left, box.left)
        if beside > 0 and line.box.top + line.box.bottom > box.top + box.bottom:
            return number
    return len(lines)
