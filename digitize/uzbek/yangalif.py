"""The Latin alphabet of 1929-1940 (Yangalif) in the letters of 1995.

Many of its letters look like today's and sound otherwise (c was ch, j was y, a was o), so this reading is only for
texts known to be of those years. Values after the table of the New Turkic alphabet and the letters of its Uzbek form;
titles of the time bear them out: ``Qьzьl Ɵzʙekistan`` is Qizil Oʻzbekiston, ``Jaş leninci`` is Yosh leninchi. The
spelling of 1934, which gave up vowel harmony, is read rightly; before it ``a`` also stood for today's a (``balalar``),
and such words are found by their first letters at best.
"""

import re

from digitize.uzbek.letters import TURNED

YEARS = (1929, 1940)
"""First and last year in which books and newspapers were printed in it."""

_LETTERS = {
    "a": "o", "ə": "a", "o": "o" + TURNED, "ɵ": "o" + TURNED, "c": "ch", "ç": "j", "ş": "sh", "ƶ": "j", "j": "y",
    "y": "u", "ƅ": "i", "ı": "i", "ƣ": "g" + TURNED, "ꞑ": "ng", "ŋ": "ng", "ʙ": "b",
    "ә": "a", "ө": "o" + TURNED, "ь": "i", "ң": "ng", "в": "b",
}  # fmt: skip
"""In the last row Cyrillic letters that look alike and are typed, or recognised, in their places."""

_WORD = re.compile(r"[^\W\d_]+")


def from_yangalif(text: str) -> str:
    """*text* with every word read as Yangalif and spelled as in 1995; words with other letters stay. Never raises."""
    return _WORD.sub(lambda match: _spelled(match.group()), text)


def _spelled(word: str) -> str:
    if not all(letter in _KNOWN for letter in word.lower()):
        return word
    return "".join(_letter(letter, capitals=word.isupper() and len(word) > 1) for letter in word)


def _letter(letter: str, *, capitals: bool) -> str:
    spelled = _LETTERS.get(letter.lower(), letter.lower())
    if not letter.isupper():
        return spelled
    return spelled.upper() if capitals else spelled.capitalize()


_KNOWN = frozenset(_LETTERS) | frozenset("bdefghiklmnopqrstuvxz")
