"""Finds the words of a page that made it a hit, in their original spelling: for snippets and for highlights."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from digitize.fulltext.grammar import LEVELS, Column, Pattern, Query
from digitize.fulltext.words import CONTEXT, Keys, continued, joined
from digitize.uzbek import fold, from_yangalif, ocr_key, strict_key

_KEYS: dict[Column, Callable[[str], str]] = {"strict": strict_key, "folded": fold, "ocr": ocr_key}
_PLAIN = re.compile(r"[^\w\s]{0,2}[A-Za-zА-Яа-яЁёЎўҚқҒғҲҳ]{2,}[.,;:!?)]{0,3}")
"""A word in its punctuation, which has one key."""
_BEFORE, _AFTER = 6, 14
"""Words of a snippet before and after its first marked word."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a snippet; *hit* if it is a word that was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class _Key:
    word: str
    first: int
    last: int
    """The original words it came from."""


def marked(
    query: Query, level: Column, words: Sequence[str], *, stored: Keys | None = None, yangalif: bool = False
) -> set[int]:
    """Places in *words* of every word that matches at *level*; both halves of one broken over a line.

    *stored*: the keys of the page in the index; with them only the words found are looked at and not the whole page.
    *yangalif*: the page is of 1929-1940, and its words also match in today's spelling.
    """
    found: set[int] = set()
    for column in LEVELS:
        patterns = [
            term.at(level) for group in query.groups for term in group.wanted if term.at(level).column == column
        ]
        if patterns:
            quick = None if stored is None or yangalif else _by_keys(patterns, words, column, stored)
            found |= _by_words(patterns, words, column, yangalif) if quick is None else quick
    return found


def _by_words(patterns: Sequence[Pattern], words: Sequence[str], column: Column, yangalif: bool) -> set[int]:  # noqa: FBT001
    """Every word of the page folded anew."""
    found: set[int] = set()
    for keys in _readings(words, column, yangalif):
        for pattern in patterns:
            found.update(_places(pattern, keys))
    return found


def _by_keys(patterns: Sequence[Pattern], words: Sequence[str], column: Column, stored: Keys) -> set[int] | None:
    """The same by the stored keys, which follow the words in order; None if the keys are not those of the words.

    After the keys of the page's last word come those of words that are broken over lines.
    """
    keys: list[str] = getattr(stored, column).split()
    starts = _starts(words, len(keys), column)
    found: set[int] = set()
    for first, last in {span for pattern in patterns for span in _spans(pattern, keys)}:
        if last >= starts[-1]:
            found |= _over_breaks(patterns, words, column)
            continue
        places = range(bisect_right(starts, first) - 1, bisect_right(starts, last))
        if keys[last] not in _split(words[places[-1]], column):
            return None
        found.update(places)
    return found


def _starts(words: Sequence[str], keys: int, column: Column) -> Sequence[int]:
    """Where the keys of each word begin, and where those of the page's last word end."""
    one_each = keys == len(words)  # most pages; where it is chance, the key found is not one of the word's
    return range(keys + 1) if one_each else list(accumulate([_count(word, column) for word in words], initial=0))


def _count(word: str, column: Column) -> int:
    """How many keys a word has; nearly all have one, and no key is needed to see it."""
    return 1 if (word.isalpha() and len(word) > 1) or _PLAIN.fullmatch(word) else len(_split(word, column))


def _over_breaks(patterns: Sequence[Pattern], words: Sequence[str], column: Column) -> set[int]:
    """Matches with a word that is broken over two lines, put together with its neighbours as in the index."""
    found: set[int] = set()
    wholes = continued(words)
    for place in (place for place, whole in enumerate(wholes) if whole):
        low, high = max(0, place - CONTEXT), place + 2 + CONTEXT
        keys = list(_whole(words[low:high], wholes[low:high], column))
        found.update(low + near for pattern in patterns for near in _places(pattern, keys))
    return found


def _spans(pattern: Pattern, keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The first and the last key of every match."""
    *whole, last = pattern.words
    for place, key in enumerate(keys):
        if (key.startswith(last) if pattern.prefix else key == last) and place >= len(whole):
            first = place - len(whole)
            if all(keys[first + step] == word for step, word in enumerate(whole)):
                yield first, place


def _places(pattern: Pattern, keys: Sequence[_Key]) -> Iterator[int]:
    length = len(pattern.words)
    for start in range(len(keys) - length + 1):
        if _fits(pattern, keys, start):
            yield from range(keys[start].first, keys[start + length - 1].last + 1)


def _fits(pattern: Pattern, keys: Sequence[_Key], start: int) -> bool:
    *whole, last = pattern.words
    word = keys[start + len(whole)].word
    if not (word.startswith(last) if pattern.prefix else word == last):
        return False
    return all(keys[start + place].word == word for place, word in enumerate(whole))


def _readings(words: Sequence[str], column: Column, yangalif: bool) -> Iterator[list[_Key]]:  # noqa: FBT001
    """The page as it stands, and, if words are broken over lines, with these put together."""
    yield [_Key(key, place, place) for place, word in enumerate(words) for key in _split(word, column)]
    wholes = continued(words)
    if any(wholes):
        yield list(_whole(words, wholes, column))
    if yangalif:
        yield from _readings([from_yangalif(word) for word in words], column, False)  # noqa: FBT003


def _whole(words: Sequence[str], wholes: Sequence[str | None], column: Column) -> Iterator[_Key]:
    taken = False
    for place, (word, whole) in enumerate(zip(words, wholes, strict=True)):
        if not taken:
            yield from (_Key(key, place, place + bool(whole)) for key in _split(whole or word, column))
        taken = bool(whole) and not taken


@lru_cache(65_536)
def _split(word: str, column: Column) -> tuple[str, ...]:
    return tuple(_KEYS[column](word).split())


def snippet(words: Sequence[str], hits: set[int]) -> tuple[Part, ...]:
    """Some words around the first hit, the hits among them marked; the page's beginning if there is none."""
    low = max(0, min(hits, default=0) - _BEFORE)
    near = words[low : low + 2 * (_BEFORE + _AFTER)]
    shown, places = _mended(near, {place - low for place in hits if place < low + len(near)})
    end = min(len(shown), min(places, default=0) + _AFTER)
    parts = [Part("… ", hit=False)] if low else []
    for place, word in enumerate(shown[:end]):
        gap = " " if place + 1 < end else ""
        parts += _bare(word, gap) if place in places else [Part(word + gap, hit=False)]
    if end < len(shown) or low + len(near) < len(words):
        parts.append(Part(" …", hit=False))
    return _merged(parts)


def _mended(words: Sequence[str], hits: set[int]) -> tuple[list[str], set[int]]:
    """Marked words that are broken over a line, shown whole."""
    shown: list[str] = []
    places: set[int] = set()
    wholes = continued(words)
    for place, word in enumerate(words):
        if place and wholes[place - 1] and {place - 1, place} <= hits:
            shown[-1] = joined(shown[-1], word)
            continue
        shown.append(word)
        if place in hits:
            places.add(len(shown) - 1)
    return shown, places


def _bare(word: str, gap: str) -> list[Part]:
    """The word as a hit without the punctuation around it."""
    start = next((place for place, sign in enumerate(word) if sign.isalnum()), 0)
    end = next((place for place in range(len(word), 0, -1) if word[place - 1].isalnum()), len(word))
    if word[end - 1 : end] in tuple("oOgG") and word[end : end + 1] in tuple("‘ʻ'`’"):
        end += 1
    return [Part(word[:start], hit=False), Part(word[start:end], hit=True), Part(word[end:] + gap, hit=False)]


def _merged(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Neighbours of one kind made one."""
    merged: list[Part] = []
    for part in parts:
        if merged and merged[-1].hit == part.hit:
            merged[-1] = Part(merged[-1].text + part.text, part.hit)
        elif part.text:
            merged.append(part)
    return tuple(merged)
