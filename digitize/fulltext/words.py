"""A page's text as words: cut at white space, put together again over line ends, turned into the index's keys."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from digitize.uzbek import fold, from_yangalif, ocr_key, strict_key

_HYPHENS = "-\u2010\u00ad\u00ac"
_BROKEN_END = re.compile(rf"[^\W\d_][{_HYPHENS}]$")
CONTEXT = 3
"""Words kept before and after a rejoined word, so that phrases find it too."""


_PROBE = (
    "O‘zbekiston g'isht taʼlim SHAHAR Shahar isʼhoq ts sentabr sentyabr oktyabr konstitutsiya obyekt yo'l 1995-yil l1m "
    "qalam kitob xalq hukm burun Ilmiy IImiy tadbirlami vaqt yil uyg‘onish cho‘l ming\n"
    "Ўзбекистон ғишт таълим ШАҲАР сентябрь октябрь конституция объект йўл 1995-йил қалам китоб халқ ҳукм борщ эъзоз "
    "ёзув юз яхши циркул жуда\n"
    "qьzьl ƣalaba ɵzbek şəhər ҫьl çiroq xalƣь kitob-\nlari õzbek ğalaba şahar naşr"
)
"""Every letter, mark and doubtful spelling that the keys have a rule for."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the index knows of a text, at its three levels."""

    strict: str
    folded: str
    ocr: str


def keys_of(text: str, *, yangalif: bool = False) -> Keys:
    """The keys of *text*; words broken over line ends stand in them as parts, and whole at the end.

    A text in the alphabet of 1929-1940 can also be found by today's spelling of its words.
    """
    whole = "\n".join([text, *rejoined(text)])
    today = f"{whole}\n{from_yangalif(whole)}" if yangalif else whole
    return Keys(strict_key(whole), fold(today), ocr_key(today))


@cache
def rules() -> str:
    """A name for the rules of today, which is another one when a rule changes that any of these words shows."""
    keys = (keys_of(_PROBE, yangalif=yangalif) for yangalif in (False, True))
    return hashlib.sha256(repr(tuple(keys)).encode()).hexdigest()[:16]


def rejoined(text: str) -> list[str]:
    """Every word broken by a hyphen at a line's end, put together, with some words before and after it."""
    lines = [words for line in text.splitlines() if (words := line.split())]
    return [
        " ".join([*first[-CONTEXT - 1 : -1], joined(first[-1], second[0]), *second[1 : CONTEXT + 1]])
        for first, second in pairwise(lines)
        if is_broken(first[-1], second[0])
    ]


def is_broken(first: str, second: str) -> bool:
    """Whether *second* goes on with the word that *first* begins; a capital starts a new word (Oq-Oltin)."""
    if first[-1:] not in _HYPHENS or not _BROKEN_END.search(first) or not second[:1].isalpha():
        return False
    return not second[0].isupper() or (first.isupper() and second.isupper())


def joined(first: str, second: str) -> str:
    """The word without the hyphen between its parts."""
    return first[:-1] + second


def continued(words: Sequence[str]) -> list[str | None]:
    """For each of *words* the whole word it begins if the next one goes on with it, else None."""
    pairs = [
        joined(first, second) if first[-1:] in _HYPHENS and is_broken(first, second) else None
        for first, second in pairwise(words)
    ]
    return [*pairs, None] if words else []
