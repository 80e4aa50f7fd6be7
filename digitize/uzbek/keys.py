"""Search keys: one for all spellings of a word, one that forgives the recogniser, a strict one.

Of the 96 795 word forms of Debian's hunspell-uz ``fold`` makes 0.26 % one with another word (ош/ўш), ``ocr_key`` 1.20 %
(bench/keys.py, 2026-11-27); so the index ranks strict > folded > OCR-tolerant.
"""

import re
import unicodedata

from digitize.uzbek.letters import APOSTROPHES, INVISIBLE, canonical, invisible, misread_mark, one_alphabet

_WORD = re.compile(r"[^\W_]+")
_BEFORE_NFKC = re.compile("[\u00b4\uff07\uff40]+")
"""Apostrophes that NFKC would turn into a space with an accent, or into other signs."""

_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "x", "ц": "s", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "i", "ь": "",
    "э": "e", "ю": "yu", "я": "ya", "ў": "o", "қ": "q", "ғ": "g", "ҳ": "h",
    "ѐ": "e", "ѝ": "i", "і": "i", "ї": "i", "є": "e", "ґ": "g", "ѣ": "e", "ѳ": "f", "ѵ": "i",
    "ӣ": "i", "ӯ": "o", "ҷ": "j", "ң": "ng", "ү": "u", "ұ": "u", "ө": "o", "ә": "a", "һ": "h", "җ": "j",
}  # fmt: skip
"""Uzbek and Russian letters; below them old Russian, Tajik, Kazakh, Karakalpak and Tatar ones."""

_LATIN = {
    "ş": "sh",
    "ș": "sh",
    "ç": "ch",
    "ñ": "ng",
    "ŋ": "ng",
    "ı": "i",
    "ƣ": "g",
    "ə": "a",
    "ɵ": "o",
    "ƶ": "j",
}
"""Letters of the 2018-2023 proposals and of neighbours that are more than a letter with an accent."""

_ARABIC = {"ى": "ي", "ی": "ي", "ک": "ك", "ھ": "ه", "ە": "ه"}
"""Persian and Uyghur forms of the same letters."""


def _plain_latin() -> dict[str, str]:
    """Every Latin letter with an accent -> the letter: õ ō ö ŏ -> o, ğ ḡ ǵ -> g."""
    accented = map(chr, [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)])
    parts = {letter: unicodedata.normalize("NFD", letter) for letter in accented}
    return {letter: base[0] for letter, base in parts.items() if len(base) > 1 and base[0].isascii()}


_MARKS = [chr(code) for code in (*range(0x300, 0x370), *range(0x483, 0x488), 0x640, *range(0x64B, 0x660), 0x670)]
"""Combining accents, Cyrillic titla, Arabic tatweel and vowel signs."""

_TABLE = str.maketrans(
    dict.fromkeys([*APOSTROPHES, *INVISIBLE, *_MARKS], "") | _plain_latin() | _LATIN | _CYRILLIC | _ARABIC
)
_TWINS = (("ts", "s"), ("ye", "e"), ("tyabr", "tabr"), ("shch", "sh"))
"""Spellings that differ between alphabets and years: konstitutsiya/konstitusiya, obyekt/obekt, oktyabr."""

_MISREAD = str.maketrans("qkxuly", "gghoiv")
_ONE = re.compile(r"(?<=[a-z])1+|\b1(?=[a-z])")
"""A one beside a letter was an l or an I; what comes before it decides, so that beginnings stay beginnings."""


def fold(text: str) -> str:
    """The words of *text* in one spelling for all alphabets and marks, lower case, spaces between.

    ``O‘zbekiston``, ``O'zbekiston``, ``Õzbekiston``, ``O°zbekiston``, ``Ўзбекистон`` -> ``ozbekiston``.
    Idempotent; folds word by word, so that ``fold(a + " " + b)`` is the two keys with a space; never
    raises.
    """
    key = _once(text)
    while not key.isascii() and (again := _once(key)) != key:
        key = again  # deleted signs may bring letters together that compose (Hangul and the like)
    return key


def _once(text: str) -> str:
    if not text.isascii():
        text = _BEFORE_NFKC.sub("", misread_mark.sub("", invisible.sub("", text)))
        text = one_alphabet(unicodedata.normalize("NFKC", text)).casefold().replace("ьо", "ё")  # бульон, bulyon
    else:
        text = misread_mark.sub("", text).lower()
    key = " ".join(_WORD.findall(text.translate(_TABLE)))
    return _twins(key)


def _twins(key: str) -> str:
    for spelling, kept in _TWINS:
        while spelling in key:
            key = key.replace(spelling, kept)
    return key


def ocr_key(text: str) -> str:
    """``fold`` that also takes for one letter what recognisers confuse: q k g, x h, u o, l I 1, y v, rn m.

    Recognition with a model that does not know Uzbek reads g for half of all q (``tagdim`` for ``taqdim``), and
    ``2025-vil``, ``IImiy``, ``tadbirlami``.
    """
    key = fold(text)
    if "1" in key:
        key = _ONE.sub(lambda ones: "i" * len(ones[0]), key)
    return _twins(key.translate(_MISREAD).replace("m", "rn"))  # so a beginning's key begins the word's key


def strict_key(text: str) -> str:
    """The words of *text* in lower case with their alphabet and their canonical marks: oʻt and ot stay apart."""
    return " ".join(_WORD.findall(canonical(unicodedata.normalize("NFC", invisible.sub("", text))).lower()))
