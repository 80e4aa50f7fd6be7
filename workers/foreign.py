"""Words in letters of another script on a page of one: addresses of the web, names, titles, quotations.

The page's model reads them as nonsense and is unsure of it. Runs of such words are cut out, stacked into one small
picture and read once more by a model of the other script; where that one is sure, its words take their place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workers.language import mean_confidence
from workers.picture import Pixels
from workers.text import Box, Line, Word

_DOUBTFUL = 60.0
"""Confidence (0-100) under which a word may be in letters that its model does not know."""
_SIGNS = 3
"""Letters and digits of a run of doubtful words, at least; less is dirt and punctuation."""
_WORTH = 8
"""Letters and digits in all runs of a page that are worth starting the engine for."""
_MOST = 60
"""Runs that are read again; a page with more is spoilt, not foreign."""
_SURE, _BETTER_BY = 70.0, 15.0
"""Confidence of the other model, and points by which it must win; it reads the page's own script with 20-50."""
_SHARE = 0.8
"""Part of the letters that must be of the other script."""
_LENGTHS = (0.5, 2.0)
"""Signs of the new reading per sign of the old one; outside, something else was read."""

_OWN = {
    "Latn": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Cyrl": re.compile(r"[\u0400-\u052f]"),
}
_UNLIKE = {
    "Latn": re.compile(r"[DFGIJLNQRSUVWYZbdf-nq-wz]"),
    "Cyrl": re.compile(r"[БГДЁЖЗИЙЛПУФЦЧШЩЪЫЬЭЮЯЎҚҒҲбвгдёжзийклмнптфцчшщъыьэюяўқғҳ]"),
}
"""Letters without a twin in the other script; a word that has none of them says nothing about its script."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words of one line: numbers of the line, of its first word and of the one after the last."""

    line: int
    first: int
    last: int
    box: Box


@dataclass(frozen=True, slots=True)
class Strip:
    """Runs cut from the page and stacked; ``tops[n]`` is where the picture of run *n* begins."""

    pixels: Pixels
    runs: tuple[Run, ...]
    tops: tuple[int, ...]
    margin: int


def doubtful(lines: Sequence[Line]) -> tuple[Run, ...]:
    """Runs of words that may be foreign; none where they are too few or too many to bother."""
    runs = tuple(run for number, line in enumerate(lines) for run in _runs(number, line))
    signs = sum(_signs(_words(lines, run)) for run in runs)
    return runs if signs >= _WORTH and len(runs) <= _MOST else ()


def _runs(number: int, line: Line) -> Iterator[Run]:
    first = None
    for place, word in enumerate([*line.words, None]):
        unsure = word is not None and word.confidence < _DOUBTFUL
        if unsure and first is None:
            first = place
        elif not unsure and first is not None:
            words = line.words[first:place]
            if _signs(words) >= _SIGNS:
                yield Run(number, first, place, _around(words))
            first = None


def _signs(words: Sequence[Word]) -> int:
    return sum(map(str.isalnum, "".join(word.raw for word in words)))


def _words(lines: Sequence[Line], run: Run) -> tuple[Word, ...]:
    return lines[run.line].words[run.first : run.last]


def _around(words: Sequence[Word]) -> Box:
    boxes = [word.box for word in words]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def stacked(grey: Pixels, runs: Sequence[Run]) -> Strip:
    """The pictures of *runs*, one under the other on white, as far apart as lines of print."""
    margin = max(4, round(float(np.median([run.box.bottom - run.box.top for run in runs])) / 3))
    cuts = [grey[_reach(run.box, margin, grey.shape)] for run in runs]
    width = max(cut.shape[1] for cut in cuts) + 2 * margin
    tops = np.cumsum([margin, *(cut.shape[0] + margin for cut in cuts)])
    pixels = np.full((int(tops[-1]), width), 255, np.uint8)
    for cut, top in zip(cuts, tops, strict=False):
        pixels[top : top + cut.shape[0], margin : margin + cut.shape[1]] = cut
    return Strip(pixels, tuple(runs), tuple(int(top) for top in tops[:-1]), margin)


def _reach(box: Box, margin: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a run, with a little more all around."""
    some = margin // 2
    return (
        slice(max(0, box.top - some), min(shape[0], box.bottom + some)),
        slice(max(0, box.left - some), min(shape[1], box.right + some)),
    )


def replaced(lines: Sequence[Line], strip: Strip, read: Sequence[Line], script: str) -> tuple[tuple[Line, ...], int]:
    """*lines* with those runs that *read* (the strip, by a model of *script*) gives better, and how many words."""
    found = _by_run(strip, read)
    changed, count = list(lines), 0
    for number in reversed(range(len(strip.runs))):  # from the end, so that places of earlier words stay
        run = strip.runs[number]
        old, new = _words(changed, run), found.get(number, ())
        if new and _is_better(old, new, script):
            words = changed[run.line].words
            changed[run.line] = replace(changed[run.line], words=(*words[: run.first], *new, *words[run.last :]))
            count += len(new)
    return tuple(changed), count


def _by_run(strip: Strip, read: Sequence[Line]) -> dict[int, tuple[Word, ...]]:
    """Number of a run -> its words in order, on their places in the page."""
    found: dict[int, list[Word]] = {}
    for line in read:
        for word in line.words:
            middle = (word.box.top + word.box.bottom) // 2
            number = int(np.searchsorted(strip.tops, middle, side="right")) - 1
            if number >= 0:
                found.setdefault(number, []).append(_back(word, strip, number))
    return {number: tuple(sorted(words, key=lambda word: word.box.left)) for number, words in found.items()}


def _back(word: Word, strip: Strip, number: int) -> Word:
    """*word* of the strip where it stands on the page."""
    some, box = strip.margin // 2, strip.runs[number].box
    right = max(0, box.left - some) - strip.margin
    down = max(0, box.top - some) - strip.tops[number]
    moved = Box(word.box.left + right, word.box.top + down, word.box.right + right, word.box.bottom + down)
    return replace(word, box=moved)


def _is_better(old: Sequence[Word], new: Sequence[Word], script: str) -> bool:
    text = "".join(word.raw for word in new)
    letters = sum(map(str.isalpha, text))
    before, after = _signs(old), _signs(new)
    return (
        mean_confidence(new) >= max(_SURE, mean_confidence(old) + _BETTER_BY)
        and bool(_UNLIKE[script].search(text))
        and len(_OWN[script].findall(text)) >= _SHARE * letters
        and _LENGTHS[0] * before <= after <= _LENGTHS[1] * before
    )
