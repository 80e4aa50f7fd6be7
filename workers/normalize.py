"""What the engine wrote, put into the letters of the language. Only what can be proved from the page is changed.

Every word keeps what the engine said in ``Word.raw``; boxes and confidences stay.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from digitize.uzbek import canonical
from workers.arabic import respelled
from workers.text import Line, Word

_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})

_TURNED_COMMA = "\u02bb"
_TUTUQ = "\u02bc"

_MARKS = "'‘’ʻʼ\"“”„°˚*`´"

_READ_AS_TURNED_COMMA = re.compile(rf"(?<=[oOgG])(?:[{_MARKS}]{{2,}}|[\"“”„°˚*`´])(?=[^\W\d_])")
"""Signs the engine gives for the mark of oʻ and gʻ; none of them can stand inside a word."""

_READ_AS_TUTUQ = re.compile(r"(?<=[a-z])(?:[\"“”]|['‘’ʻʼ]{2,})(?=[a-z])")

_READ_AS_APOSTROPHE = re.compile(r"(?<=[а-яёўқғҳ])(?:[\"“”]|''|’’)(?=[а-яёўқғҳ])")

_LATIN_TWINS = str.maketrans("ABCEHKMOPTXaceopxy", "АВСЕНКМОРТХасеорху")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN_WITHOUT_TWIN = re.compile(r"[DFGIJLNQRSUVWYZbdf-nq-wz]")

_HARD_END = re.compile(r"[бвгджзклмнпрстфхцчшщ][ъЪЬ]$")
_OLD_ENDS, _OLD_SHARE = 5, 0.05
"""So many words, and such a part of all, end in a hard sign on a page printed before 1918; later none does."""

_RUSSIAN_WORD = re.compile(r"[А-Яа-яЁёІіѢѣ][А-Яа-яЁёІіїѣѢЪЬБ]*[А-Яа-яЁёіїѣ][А-Яа-яЁёіїѣЪЬБ]*")
_TALL = frozenset("ЪЬБ")
"""Capitals the engine gives inside small words of old print for ъ and ѣ, which stand as high as capitals there."""

_SECTION = re.compile(r"\d{1,2}(?:[.,]\d{1,2})+[.,]")
"""A section number read with commas: ``1,7,``."""

_FLAT = 0.2
"""A sign lower than this share of the letters' height is one stroke: a dash, not an equals sign."""

_BULLETS = frozenset("-–—•*")
_DASHES = {"=": "–", "==": "—"}


def normalize(lines: Sequence[Line], language: str, script: str) -> tuple[Line, ...]:
    """Put *lines* into canonical spelling.

    Ligatures are opened in every language. In Uzbek (*language* ``uz``) the marks of oʻ and gʻ become U+02BB and the
    tutuq belgisi U+02BC; in *script* ``Cyrl`` Latin look-alikes inside Cyrillic words become Cyrillic. For *script*
    ``Arab`` see :mod:`workers.arabic`.
    """
    if script == "Arab":
        return respelled(lines)
    spell = _before_1918 if language == "ru" and _is_old(lines) else _speller(language, script)
    spelled = [_respell(line, spell) for line in lines]
    return tuple(_punctuate(line, following) for line, following in zip(spelled, [*spelled[1:], None], strict=False))


def _speller(language: str, script: str) -> Callable[[str], str]:
    if script == "Cyrl":
        return _uzbek_cyrillic if language == "uz" else _cyrillic
    return _uzbek_latin if (language, script) == ("uz", "Latn") else _open_ligatures


def _open_ligatures(text: str) -> str:
    return text.translate(_LIGATURES)


def _uzbek_latin(text: str) -> str:
    text = _READ_AS_TURNED_COMMA.sub(_TURNED_COMMA, _open_ligatures(text))
    return canonical(_READ_AS_TUTUQ.sub(_TUTUQ, text))


def _cyrillic(text: str) -> str:
    """A word with Cyrillic letters and only such Latin ones as look like Cyrillic is a Cyrillic word."""
    text = _READ_AS_APOSTROPHE.sub("’", _open_ligatures(text))
    if _CYRILLIC.search(text) and not _LATIN_WITHOUT_TWIN.search(text):
        return text.translate(_LATIN_TWINS)
    return text


def _uzbek_cyrillic(text: str) -> str:
    """ӱ is in no Uzbek word; the models of the whole script give it for ў."""
    return _cyrillic(text).replace("ӱ", "ў").replace("Ӱ", "Ў")


def _is_old(lines: Sequence[Line]) -> bool:
    words = [word.raw.strip(".,;:()") for line in lines for word in line.words]
    ends = sum(bool(_HARD_END.search(word)) and not word.isupper() for word in words)
    return ends >= max(_OLD_ENDS, _OLD_SHARE * len(words))


def _before_1918(text: str) -> str:
    return _RUSSIAN_WORD.sub(lambda found: _lowered(found[0]), _cyrillic(text))


def _lowered(word: str) -> str:
    """*word* in which no capital stands among small letters: ``градЪ`` is градъ, ``имЬ`` имъ, ``дБшей`` дѣшей."""
    head, tail = word[0], word[1:]
    capitals = {letter for letter in tail if letter.isupper()}
    if not capitals or not capitals <= _TALL or not any(map(str.islower, word)):
        return word
    tail = tail[:-1] + "ъ" if tail[-1] in "ЪЬ" else tail
    return head + tail.replace("Ъ", "ъ").replace("Ь", "ь").replace("Б", "ѣ")


def _respell(line: Line, spell: Callable[[str], str]) -> Line:
    return replace(line, words=tuple(replace(word, text=spell(word.text)) for word in line.words))


def _punctuate(line: Line, following: Line | None) -> Line:
    words = _section_number([_dash(word, line.size) for word in line.words])
    words[-1] = _hyphen_at_end(words[-1], following)
    return replace(line, words=tuple(words))


def _dash(word: Word, size: float) -> Word:
    """An equals sign as flat as one stroke is a dash."""
    flat = size > 0 and word.box.bottom - word.box.top < _FLAT * size
    return replace(word, text=_DASHES[word.text]) if flat and word.text in _DASHES else word


def _section_number(words: list[Word]) -> list[Word]:
    """``1,7,`` before a capital at the start of a line, after a dash or not, is the number of a section."""
    at = 1 if words[0].text in _BULLETS else 0
    number, title = ([*words[at:], None, None])[:2]
    if number and title and _SECTION.fullmatch(number.text) and title.text[:1].isupper():
        words[at] = replace(number, text=number.text.replace(",", "."))
    return words


def _hyphen_at_end(word: Word, following: Line | None) -> Word:
    """``ло=`` at the end of a line that goes on in small letters is a word that was broken with a hyphen."""
    goes_on = following is not None and following.words[0].text[:1].islower()
    if goes_on and word.text.endswith("=") and word.text[:-1].isalpha():
        return replace(word, text=word.text[:-1] + "-")
    return word
