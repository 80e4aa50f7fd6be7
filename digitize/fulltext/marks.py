"""Finds the words of a page that made it a hit, in their original spelling: for snippets and for highlights."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from digitize.fulltext.grammar import LEVELS, Column, Pattern, Query
from digitize.fulltext.words import continued, joined
from digitize.uzbek import fold, from_yangalif, ocr_key, strict_key

_KEYS: dict[Column, Callable[[str], str]] = {"strict": strict_key, "folded": fold, "ocr": ocr_key}
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


def marked(query: Query, level: Column, words: Sequence[str], *, yangalif: bool = False) -> set[int]:
    """Places in *words* of every word that matches at *level*; both halves of one broken over a line.

    *yangalif*: the page is of 1929-1940, and its words also match in today's spelling.
    """
    found: set[int] = set()
    for column in LEVELS:
        patterns = [
            term.at(level) for group in query.groups for term in group.wanted if term.at(level).column == column
        ]
        for keys in _readings(words, column, yangalif) if patterns else ():
            for pattern in patterns:
                found.update(_places(pattern, keys))
    return found


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
    words, hits = _mended(words, hits)
    centre = min(hits, default=0)
    start, end = max(0, centre - _BEFORE), min(len(words), centre + _AFTER)
    parts = [Part("… ", hit=False)] if start else []
    for place in range(start, end):
        gap = " " if place + 1 < end else ""
        parts += _bare(words[place], gap) if place in hits else [Part(words[place] + gap, hit=False)]
    if end < len(words):
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
