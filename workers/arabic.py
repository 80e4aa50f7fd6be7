"""Arabic print as the engine gives it, put right where the page or the language proves it.

Tesseract's Arabic models have no sign for the Arabic comma: they write a closing guillemet, a hamza or nothing in its
place, and marks of direction that nobody printed.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from workers.text import Line

_DIRECTION = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"))
_COMMA = "\u060c"

_MARKS = re.compile(r"[\u064b-\u0652]")
_PREFIX = re.compile(r"[وف]?(?:ال|لل|بال|كال)?")
_CONSONANTS = frozenset("بتثجحخدذرزسشصضطظعغفقكلمنه")
_ROOT = 3
"""A hamza after a consonant ends only words of three root letters, itself among them (جزء, عبء)."""

_FINAL_YEH = {
    wrong: wrong[:-1] + "ى"
    for wrong in (
        "إلئ",
        "الئ",
        "علئ",
        "حتئ",
        "متئ",
        "بلئ",
        "لدئ",
        "أخرئ",
        "موسئ",
        "عيسئ",
        "يحيئ",
        "مصطفئ",
        "معنئ",
        "أعلئ",
    )
}
"""Words that end in ى; as the engine spells them, with the hamza it makes of a small alif above, they do not exist."""
_PUNCTUATION = ".,;:!?()[]«»\"'،؛؟"


def respelled(lines: Sequence[Line]) -> tuple[Line, ...]:
    """*lines* in the spelling of the page; raw text stays. Words of nothing but marks of direction go."""
    opened, found = 0, []
    for line in lines:
        words = []
        for word in line.words:
            text = word.text.translate(_DIRECTION).strip()
            text, opened = _commas(text, opened)
            if text:
                words.append(replace(word, text=_word(text)))
        if words:
            found.append(replace(line, words=tuple(words)))
    return tuple(found)


def _commas(text: str, opened: int) -> tuple[str, int]:
    """*text* in which a guillemet that closes nothing is a comma, and how many are open after it."""
    signs = []
    for sign in text:
        lone = sign == "»" and not opened
        opened += (sign == "«") - (sign == "»" and not lone)
        signs.append(_COMMA if lone else sign)
    return "".join(signs), opened


def _word(text: str) -> str:
    if text.endswith("ء") and _never_before_hamza(text[:-1]):
        return text[:-1] + _COMMA
    core = text.strip(_PUNCTUATION)
    stem = core.removeprefix("و")
    return text.replace(stem, _FINAL_YEH[stem]) if stem in _FINAL_YEH else text


def _never_before_hamza(text: str) -> bool:
    """Whether no word is *text* with a hamza after it: too long, or at its end already (ة, a nunation)."""
    stem = _MARKS.sub("", text)
    stem = stem[len(_PREFIX.match(stem)[0]) :]  # type: ignore[index]  # it matches nothing, too
    return text.endswith(("ة", "\u064b", "\u064d")) or (len(stem) > _ROOT and stem[-1] in _CONSONANTS)
