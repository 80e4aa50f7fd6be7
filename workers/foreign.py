"""Words in letters of another script on a page of one: addresses of the web, names, titles, quotations.

The page's model reads them as nonsense and is unsure of it. Runs of such words are cut out, stacked into one small
picture and read once more by a model of the other script; where that one is sure, its words take their place.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from workers.cuts import around
from workers.language import mean_confidence
from workers.text import Box, Line, Word

_FAMILIAR = 75.0
"""Median confidence (0-100) of a page's words from which its model knows the print."""
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
_LETTERS = 5
"""Letters of the new reading, at least: three worn ones can look like any others."""
_SHARE = 0.8
"""Part of the letters that must be of the other script."""
_LENGTHS = (0.5, 2.0)
"""Signs of the new reading per sign of the old one; outside, something else was read."""

_OWN = {
    "Latn": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Cyrl": re.compile(r"[\u0400-\u052f]"),
}
_TELLING = {
    "Latn": re.compile(r"[DFGIJLQRSUVWZbdfgijlqstvwz]"),
    "Cyrl": re.compile(r"[БДЖЗЙЛФЦЧШЩЪЫЬЭЮЯЎҚҒҲбджзйлфцчшщъыьэюяўқғҳ]"),
}
"""Letters that look like none of the other script, not in italics or worn either (т and m, г and r, п and n)."""
_TOLD = 0.2
"""Part of the letters, and never under two, that must tell."""


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring words of one line: numbers of the line, of its first word and of the one after the last."""

    line: int
    first: int
    last: int
    box: Box


def doubtful(lines: Sequence[Line]) -> tuple[Run, ...]:
    """Runs of words that may be foreign; none where they are too few or too many to bother.

    A page on which the model is unsure of most words is hard to read, not foreign.
    """
    sure = [word.confidence for line in lines for word in line.words]
    if not sure or median(sure) < _FAMILIAR:
        return ()
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
                yield Run(number, first, place, around([word.box for word in words]))
            first = None


def _signs(words: Sequence[Word]) -> int:
    return sum(map(str.isalnum, "".join(word.raw for word in words)))


def _words(lines: Sequence[Line], run: Run) -> tuple[Word, ...]:
    return lines[run.line].words[run.first : run.last]


def replaced(
    lines: Sequence[Line], runs: Sequence[Run], again: Mapping[int, Sequence[Line]], script: str
) -> tuple[tuple[Line, ...], int]:
    """*lines* with those of *runs* that were read better *again* by a model of *script*, and how many words.

    *again* holds lines in place by number of the run.
    """
    changed, count = list(lines), 0
    for number in reversed(range(len(runs))):  # from the end, so that places of earlier words stay
        run = runs[number]
        words = [word for line in again.get(number, ()) for word in line.words]
        old, new = _words(changed, run), sorted(words, key=lambda word: word.box.left)
        if new and _is_better(old, new, script):
            row = changed[run.line]
            changed[run.line] = replace(row, words=(*row.words[: run.first], *new, *row.words[run.last :]))
            count += len(new)
    return tuple(changed), count


def _is_better(old: Sequence[Word], new: Sequence[Word], script: str) -> bool:
    text = "".join(word.raw for word in new)
    letters = sum(map(str.isalpha, text))
    before, after = _signs(old), _signs(new)
    return (
        letters >= _LETTERS
        and mean_confidence(new) >= max(_SURE, mean_confidence(old) + _BETTER_BY)
        and len(_TELLING[script].findall(text)) >= max(2, _TOLD * letters)
        and len(_OWN[script].findall(text)) >= _SHARE * letters
        and _LENGTHS[0] * before <= after <= _LENGTHS[1] * before
    )
