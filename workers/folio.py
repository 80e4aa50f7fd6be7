"""The numbers printed on the pages of a book, from what was read at their edges.

A number on one page says little: it may be misread, a year, a printer's signature. The numbers of a book form one
rising sequence, so every reading votes for "printed number minus place in the book", and the sequence that most
readings agree with is kept, with its jumps (missing leaves, plates that are not counted, Roman front matter). Pages
between two agreeing ones get their number from it; where too few agree nothing is claimed.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from workers.leaf import Leaf, Row

_EDGE = 0.16
"""Part of the page's height, above and below, in which page numbers stand."""
_ROWS = 2
"""Rows counted from either edge that may carry the number: it may have a footnote or a signature beside it."""
_LARGEST = 3000
_LARGEST_ROMAN = 60
"""Front matter is numbered in Roman; longer runs are readings of something else."""

_ALONE, _BESIDE = 1.0, 0.6
"""Weight of a number alone on its row, and of one at the end of a running head."""
_JUMP = 1.5
"""What a new run of numbers costs: two readings that agree by chance do not pay for it."""
_DISSENT = 0.1
"""What a page inside a run costs that reads as another number."""
_LEAST = 3
"""Readings that a run needs."""
_SHARE = 0.4
"""Part of the printed pages within a run that must agree with it."""
_OF_BOOK = 0.15
"""Part of the book's printed pages that must agree with the sequence, or it is none."""

_ARABIC = re.compile(r"\d{1,4}")
_ROMAN = re.compile(r"(?=[ivxlc])(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
_ROMAN_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_LOOK_ALIKES = str.maketrans("lI|!OoОоЗзбSВB", "11110000336588")
"""What recognisers give for a digit; taken only beside a true digit."""
_CYRILLIC_TWINS = str.maketrans("ІіХхСс", "IiXxCc")
_ORNAMENT = " \t-–—−_~=•·*.,:;|[](){}<>«»\"“”'’ʻʼ"


@dataclass(frozen=True, slots=True)
class Label:
    """The number of a page as it is printed: *style* as PDF names it, ``D`` (1, 2), ``r`` (i, ii) or ``R`` (I, II)."""

    style: str
    value: int

    def __str__(self) -> str:
        if self.style == "D":
            return str(self.value)
        return roman(self.value) if self.style == "r" else roman(self.value).upper()


@dataclass(frozen=True, slots=True)
class _Vote:
    """A reading: on the page at *place* a number is printed that is *offset* more than the place."""

    place: int
    roman: bool
    offset: int
    weight: float


_State = tuple[bool, int]
"""Roman or not, and the offset."""


@dataclass(slots=True)
class _Track:
    """The best ways to end on each reading of one state, in order of their places."""

    places: list[int] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    before: list[tuple[_State, int] | None] = field(default_factory=list)
    best: list[int] = field(default_factory=list)
    """Index of the best score up to here."""


def labels(leaves: Sequence[Leaf]) -> tuple[Label | None, ...]:
    """The printed number of every page of a book, None where nothing can be said."""
    votes = [vote for place, leaf in enumerate(leaves) for vote in _votes(place, leaf)]
    found: list[Label | None] = [None] * len(leaves)
    runs = [run for run in _sequence(votes, len(leaves)) if _is_firm(run, leaves)]
    if sum(len(places) for _, places in runs) < _OF_BOOK * sum(bool(leaf.rows) for leaf in leaves):
        return tuple(found)
    capitals = _in_capitals(leaves)
    for (is_roman, offset), places in runs:
        style = "D" if not is_roman else "R" if capitals else "r"
        for place in range(places[0], places[-1] + 1):
            found[place] = Label(style, place + offset)
    return tuple(found)


def roman(value: int) -> str:
    """*value*, from 1 to 399, in small Roman numerals."""
    ones = ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix")
    tens = ("", "x", "xx", "xxx", "xl", "l", "lx", "lxx", "lxxx", "xc")
    return "c" * (value // 100) + tens[value // 10 % 10] + ones[value % 10]


def _is_firm(run: tuple[_State, list[int]], leaves: Sequence[Leaf]) -> bool:
    places = run[1]
    printed = sum(bool(leaf.rows) for leaf in leaves[places[0] : places[-1] + 1])
    return len(places) >= _LEAST and len(places) >= _SHARE * printed


# --- readings ------------------------------------------------------------------------------------------------------


def edge_rows(leaf: Leaf) -> tuple[Row, ...]:
    """The rows in which a page number, a running head or a signature may stand."""
    rows = sorted(leaf.rows, key=lambda row: row.top + row.bottom)
    high, low = leaf.height * _EDGE, leaf.height * (1 - _EDGE)
    above = [row for row in rows[:_ROWS] if row.top + row.bottom < 2 * high]
    below = [row for row in rows[-_ROWS:] if row.top + row.bottom > 2 * low and row not in above]
    return (*above, *below)


def _votes(place: int, leaf: Leaf) -> Iterator[_Vote]:
    """Every number at the page's edges, each once."""
    seen: dict[_State, float] = {}
    for row in edge_rows(leaf):
        for is_roman, value, weight in _numbers(row.text):
            state = (is_roman, value - place)
            seen[state] = max(weight, seen.get(state, 0.0))
    yield from (_Vote(place, is_roman, offset, weight) for (is_roman, offset), weight in seen.items())


def _numbers(text: str) -> Iterator[tuple[bool, int, float]]:
    words = text.split()
    alone = "".join(words).strip(_ORNAMENT)
    value = _arabic(alone)
    if value:
        yield False, value, _ALONE
    elif len(words) > 1:
        for word in (words[0], words[-1]):
            beside = word.strip(_ORNAMENT)
            if _ARABIC.fullmatch(beside) and 0 < int(beside) <= _LARGEST:
                yield False, int(beside), _BESIDE
    value = _roman(alone)
    if value:
        yield True, value, _ALONE


def _arabic(text: str) -> int:
    """The number that *text* is, whatever digits it is written in; 0 if it is none."""
    plain = "".join(str(unicodedata.digit(char)) if char.isdigit() else char for char in text)
    if any(char.isdigit() for char in plain):
        plain = plain.translate(_LOOK_ALIKES)
    return int(plain) if _ARABIC.fullmatch(plain) and int(plain) <= _LARGEST else 0


def _roman(text: str) -> int:
    """The Roman numeral that *text* is; 0 if it is none."""
    small = text.translate(_CYRILLIC_TWINS).lower()
    if not _ROMAN.fullmatch(small):
        return 0
    digits = [_ROMAN_DIGITS[char] for char in small]
    value = sum(-one if one < after else one for one, after in zip(digits, [*digits[1:], 0], strict=True))
    return value if value <= _LARGEST_ROMAN else 0


def _in_capitals(leaves: Sequence[Leaf]) -> bool:
    texts = ["".join(row.text.split()).strip(_ORNAMENT) for leaf in leaves for row in edge_rows(leaf)]
    cases = Counter(text.isupper() for text in texts if _roman(text))
    return cases[True] > cases[False]


# --- the sequence --------------------------------------------------------------------------------------------------


def _sequence(votes: Sequence[_Vote], pages: int) -> list[tuple[_State, list[int]]]:
    """The runs of the best rising sequence, each with the places that were read as it says."""
    support: Counter[_State] = Counter((vote.roman, vote.offset) for vote in votes)
    votes = [vote for vote in votes if support[(vote.roman, vote.offset)] >= _LEAST]
    read = {vote.place for vote in votes if vote.weight == _ALONE}
    dissent = [0, *accumulate(int(place in read) for place in range(pages))]
    tracks: dict[_State, _Track] = defaultdict(_Track)
    end: tuple[float, tuple[_State, int]] | None = None
    for vote in votes:
        state = (vote.roman, vote.offset)
        track = tracks[state]
        score, before = _best_way(vote, tracks, dissent)
        place = len(track.places)
        track.places.append(vote.place)
        track.scores.append(score)
        track.before.append(before)
        track.best.append(place if not place or score >= track.scores[track.best[-1]] else track.best[-1])
        if end is None or score > end[0]:
            end = score, (state, place)
    return _unrolled(tracks, end[1]) if end else []


def _best_way(
    vote: _Vote, tracks: dict[_State, _Track], dissent: Sequence[int]
) -> tuple[float, tuple[_State, int] | None]:
    """How good a sequence can be that ends on *vote*, and on what reading before it."""
    best, before = vote.weight - _JUMP, None
    own = (vote.roman, vote.offset)
    for state, track in tracks.items():
        if state == own:
            last = len(track.places) - 1
            if last < 0:
                continue
            between = dissent[vote.place] - dissent[track.places[last] + 1]
            score = track.scores[last] + vote.weight - _DISSENT * between
        else:
            earlier = _last_before(vote, state, track)
            if earlier is None:
                continue
            last, score = earlier, track.scores[earlier] + vote.weight - _JUMP
        if score > best:
            best, before = score, (state, last)
    return best, before


def _last_before(vote: _Vote, state: _State, track: _Track) -> int | None:
    """The best reading of another run after which *vote* may follow: numbers rise, and Roman ones come first."""
    is_roman, offset = state
    if vote.roman and not is_roman:
        return None
    limit = vote.place if is_roman != vote.roman else min(vote.place, vote.place + vote.offset - offset)
    count = bisect_left(track.places, limit)
    return track.best[count - 1] if count else None


def _unrolled(tracks: dict[_State, _Track], last: tuple[_State, int]) -> list[tuple[_State, list[int]]]:
    runs: list[tuple[_State, list[int]]] = []
    at: tuple[_State, int] | None = last
    while at is not None:
        state, index = at
        if not runs or runs[-1][0] != state:
            runs.append((state, []))
        runs[-1][1].insert(0, tracks[state].places[index])
        at = tracks[state].before[index]
    return runs[::-1]
