"""Alphabets and marks: which signs are one apostrophe, which letters look alike, and how to write them.

Uzbek Latin has two apostrophe-like letters: U+02BB in oʻ and gʻ, and U+02BC for the *tutuq belgisi* (Unicode
practice and the CLDR transform; no Uzbek rule fixes a code point). Scans, keyboards and state sites write a
dozen other signs in their places.
"""

import re

TURNED = "\u02bb"
"""ʻ of oʻ and gʻ."""
TUTUQ = "\u02bc"
"""ʼ, the tutuq belgisi."""

APOSTROPHES = (
    "\u0027\u0060\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb"
    "\u2018\u2019\u201b\u2032\u2035\uff07\uff40\u0312\u0313\u0314\u0315"
)
"""Every sign met where oʻ, gʻ or the tutuq belgisi was meant."""

OCR_MARKS = '°˚*“”"„'
"""What recognisers print for the ʻ of oʻ and gʻ; not apostrophes elsewhere."""

INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
"""Soft hyphen, zero-width signs and byte order marks: they part no words."""

_LATIN_LIKE_CYRILLIC = "ABCEHKMOPTXYaceopxy"
_CYRILLIC_LIKE_LATIN = "АВСЕНКМОРТХУасеорху"
_TO_CYRILLIC_LOOK = str.maketrans(_LATIN_LIKE_CYRILLIC, _CYRILLIC_LIKE_LATIN)
_TO_LATIN_LOOK = str.maketrans(_CYRILLIC_LIKE_LATIN, _LATIN_LIKE_CYRILLIC)

CYRILLIC = "\u0400-\u052f"
"""The Cyrillic blocks, for use inside a regular expression's brackets."""

_LETTER = r"[^\W\d_]"
_ANY = re.escape(APOSTROPHES)
_CONSONANT = "B-DFHJ-NP-TV-Zb-dfhj-np-tv-z"

invisible = re.compile(f"[{INVISIBLE}]+")
"""Finds what :data:`INVISIBLE` lists."""
misread_mark = re.compile(rf"[{re.escape(OCR_MARKS)}](?<=[oOgG].)[{_ANY}]?(?={_LETTER})")
"""Finds an OCR mark after o or g inside a word, with one apostrophe that may follow it."""

_MIXED = re.compile(rf"(?:[A-Za-z](?=[{CYRILLIC}])|[{CYRILLIC}](?=[A-Za-z]))")
_MIXED_WORD = re.compile(rf"[A-Za-z{CYRILLIC}]+")

_INSIDE_O_G = re.compile(rf"[{_ANY}]{{1,2}}(?<=[oOgG].)(?={_LETTER})|(?<=[oOgG])[{_ANY}]{{2}}(?={_LETTER})")
_TUTUQ = re.compile(
    rf"[{_ANY}](?:(?<=[aeiuAEIU].)(?=[A-Za-z])|(?<=[{_CONSONANT}].)(?=[aeiouAEIOU])|(?<=[sS].)(?=[hH]))"
)
"""After a vowel but o, between a consonant but g and a vowel, and in sʼh (rules of 1995)."""
_EDGE = re.compile(
    rf"(?<!\w)(?P<open>[{_ANY}])(?=\w)|(?<=[oOgG])(?P<turned>[{_ANY}])(?!\w)|(?<=\w)(?P<close>[{_ANY}])(?!\w)"
)


def canonical(text: str) -> str:
    """*text* with U+02BB in every oʻ and gʻ and U+02BC for the tutuq belgisi inside Latin words.

    Quotation marks stay: an apostrophe before a word, or after one when a quotation is open, is not a
    letter; nor is one between a consonant and another consonant ("don't"), which Uzbek has only in sʼh.
    Cyrillic words keep theirs. Idempotent; never raises.
    """
    if text.isascii() and "'" not in text and "`" not in text and '"' not in text and "*" not in text:
        return text
    text = misread_mark.sub(TURNED, text)
    text = _INSIDE_O_G.sub(TURNED, text)
    text = _TUTUQ.sub(TUTUQ, text)
    return _Edges().resolve(text)


class _Edges:
    """Decides at the ends of words what is a letter (bogʻ) and what closes a quotation (‘kino’)."""

    def __init__(self) -> None:
        self.opened = ""

    def resolve(self, text: str) -> str:
        return _EDGE.sub(self._decide, text)

    def _decide(self, match: re.Match[str]) -> str:
        sign = match.group()
        if match["open"]:
            self.opened = sign
        elif self.opened and sign == _CLOSING.get(self.opened, self.opened):
            self.opened = ""
        elif match["turned"]:
            return TURNED
        return sign


_CLOSING = {"\u2018": "\u2019", "\u201b": "\u2019", "\u2035": "\u2032", "\u0060": "\u0027"}
"""Quotation marks that come in pairs; any other sign closes what it opened."""


def one_alphabet(text: str) -> str:
    """Words mixed of both alphabets made whole where the odd letters only look like the right ones.

    ``Toшкент`` typed with Latin T and o becomes Cyrillic; ``сhiroyli`` with a Cyrillic с becomes Latin. A
    word that needs letters of both alphabets (``PDFни``) stays. Never raises.
    """
    return text if text.isascii() or not _MIXED.search(text) else _MIXED_WORD.sub(_whole, text)


def _whole(match: re.Match[str]) -> str:
    word = match.group()
    latin = {letter for letter in word if letter < "\u0400"}
    cyrillic = set(word) - latin
    if not latin or not cyrillic:
        return word
    if latin <= set(_LATIN_LIKE_CYRILLIC):
        return word.translate(_TO_CYRILLIC_LOOK)
    return word.translate(_TO_LATIN_LOOK) if cyrillic <= set(_CYRILLIC_LIKE_LATIN) else word
