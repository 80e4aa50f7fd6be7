"""From one Uzbek alphabet to the other by the rules of Cabinet resolution 339 (24 Aug 1995), word by word.

To Latin the rules decide nearly everything. Back to Cyrillic Latin has lost ц, ь, ъ after consonants and ў,
and э after consonants: lists of stems bring them back for the words they know.
"""

import re
import unicodedata
from functools import lru_cache

from digitize.uzbek.exceptions import CYRILLIC_STEMS, CYRILLIC_WORDS, FOREIGN, LATIN_STEMS
from digitize.uzbek.letters import CYRILLIC, TURNED, TUTUQ, canonical, one_alphabet

_WORDS_KEPT = 65_536
"""Word forms remembered per direction: a book has some 15 000."""

_CYRILLIC_WORD = re.compile(f"[{CYRILLIC}]+")
_CYRILLIC_VOWELS = frozenset("аеёиоуўэюяы")
_IOTATED = frozenset("еёюя")

_TO_LATIN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "j", "з": "z", "и": "i",
    "й": "y", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t",
    "у": "u", "ф": "f", "х": "x", "ц": "s", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": TUTUQ, "ы": "i", "ь": "",
    "э": "e", "ю": "yu", "я": "ya", "ў": "o" + TURNED, "қ": "q", "ғ": "g" + TURNED, "ҳ": "h",
}  # fmt: skip


def to_latin(text: str) -> str:
    """*text* with every Cyrillic word in the Latin alphabet of 1995, marks canonical (U+02BB, U+02BC).

    Everything else, Latin words too, stays as it is. ``ШАРҚ`` -> ``SHARQ``, ``Шарқ`` -> ``Sharq``. Never
    raises.
    """
    if text.isascii():
        return text
    text = one_alphabet(unicodedata.normalize("NFC", text))
    return _CYRILLIC_WORD.sub(lambda match: _latin_word(match.group()), text)


@lru_cache(_WORDS_KEPT)
def _latin_word(word: str) -> str:
    lower = word.lower()
    for stem, latin in LATIN_STEMS.items():
        if lower.startswith(stem):
            return _as_written(latin, word) + _latin_letters(word, len(stem))
    return _latin_letters(word, 0)


def _latin_letters(word: str, start: int) -> str:
    return "".join(_latin_letter(word, place) for place in range(start, len(word)))


def _latin_letter(word: str, place: int) -> str:
    letter = word[place]
    before, after = word[place - 1 : place] if place else "", word[place + 1 : place + 2]
    latin = _latin_sound(letter.lower(), before.lower(), after.lower())
    if not letter.isupper():
        return latin
    capitals = after.isupper() or (not after and before.isupper())
    return latin.upper() if capitals else latin.capitalize()


def _latin_sound(letter: str, before: str, after: str) -> str:
    after_vowel = before in _CYRILLIC_VOWELS
    match letter:
        case "е" if not before or after_vowel or before in "ъь":
            return "ye"
        case "ц" if after_vowel:
            return "ts"
        case "ъ" if before == "ў" or (not after_vowel and after in _IOTATED):
            return ""
        case "ь" if after == "о":
            return "y"
        case "с" if after == "ҳ":
            return "s" + TUTUQ
    return _TO_LATIN.get(letter, letter)


def _as_written(lower: str, model: str) -> str:
    """*lower* in capitals, with one capital, or small, as *model* is."""
    if len(model) > 1 and model.isupper():
        return lower.upper()
    return lower[0].upper() + lower[1:] if model[0].isupper() else lower


_EXTENSIONS = "tiff?|jpe?g|png|pdf|txt|toml|csv|xlsx|docx|html|mrc|xml|jsonl?|sqlite|db"
_CODE = rf"`[^`]*`|https?://\S+|\S*[_\\@]\S*|--[a-z-]+|[\w.-]*\.(?:{_EXTENSIONS})\b"
_NAMES = rf"(?:{'|'.join(sorted(FOREIGN.split(), key=len, reverse=True))})(?![A-Z])"
_ONES = "(?:IX|IV|V?I{0,3})"
_ROMAN = rf"\b(?:(?=[XVI]{{2}})X{{0,3}}{_ONES}|(?=[LC][XVI])C{{0,3}}(?:XC|XL|L?X{{0,3}}){_ONES}|[IVX](?!\w|\.))\b"
_LATIN_WORD = re.compile(rf"(?P<keep>{_CODE}|\b{_NAMES}|{_ROMAN})|[A-Za-z{TURNED}{TUTUQ}À-ɏ]+")
"""File names, addresses, options, abbreviations and Roman numerals stay; then come words."""

_PROPOSED = str.maketrans({"õ": "oʻ", "ō": "oʻ", "ö": "oʻ", "ğ": "gʻ", "ş": "sh", "ç": "ch"})
_UZBEK_WORD = re.compile(rf"(?:[abd-vx-z{TURNED}{TUTUQ}]|ch)+")

_DIGRAPHS = {
    f"yo{TURNED}": "йў", f"o{TURNED}": "ў", f"g{TURNED}": "ғ", f"s{TUTUQ}h": "сҳ",
    "sh": "ш", "ch": "ч", "yo": "ё", "yu": "ю", "ya": "я",
}  # fmt: skip
_SINGLE = {latin: cyrillic for cyrillic, latin in _TO_LATIN.items() if cyrillic not in "цщыьэ" and latin}
_LATIN_VOWELS = "aeiou" + TURNED
_TS = r"ts(?=iy|io|ia|iu|ion|ist|ikl|ept|er|en|ey|es|izm)"
"""Endings and roots in which ts after a vowel was ц; not ketsin, aytsa."""
_S = r"(?<=[nkp])s(?=iya)"
"""konferensiya, leksiya, korrupsiya."""
_UNIT = re.compile(
    rf"(?P<ts>(?<=[{_LATIN_VOWELS}]){_TS})|(?P<s>{_S})|(?P<ye>ye)|(?P<e>(?:^|(?<=[aeiou{TURNED}]))e)"
    rf"|{'|'.join(_DIGRAPHS)}|."
)


def to_cyrillic(text: str) -> str:
    """*text* with every Uzbek Latin word in Cyrillic, however its apostrophes are written.

    Words with letters Uzbek lacks (w, c without h), file names, addresses, Roman numerals and abbreviations
    such as PDF stay. Never raises.
    """
    return _LATIN_WORD.sub(_cyrillic_match, canonical(text))


def _cyrillic_match(match: re.Match[str]) -> str:
    return match.group() if match["keep"] else _cyrillic_word(match.group())


@lru_cache(_WORDS_KEPT)
def _cyrillic_word(word: str) -> str:
    lower = word.lower().translate(_PROPOSED)
    if not _UZBEK_WORD.fullmatch(lower):
        return word
    if lower in _words():
        return _as_written(_words()[lower], word)
    stem = next((lower[:end] for end in range(len(lower), 2, -1) if lower[:end] in _stems()), "")
    return _as_written(_stems()[stem], word) + _letters(word, len(stem)) if stem else _letters(word, 0)


def _letters(word: str, start: int) -> str:
    """The rest of *word* letter by letter; capitals follow the first letter of each unit."""
    spelled = word[:start] + "".join(_spell(letter) for letter in word[start:])
    lower = spelled.lower()
    return "".join(_unit_as_written(match, spelled) for match in _UNIT.finditer(lower, start))


def _unit_as_written(match: re.Match[str], spelled: str) -> str:
    cyrillic = _unit(match, match.string)
    latin = spelled[match.start() : match.end()]
    if latin == TUTUQ:  # it has no capital of its own
        neighbours = spelled[match.end() : match.end() + 1] or spelled[: match.start()][-1:]
        return cyrillic.upper() if neighbours.isupper() else cyrillic
    if not latin[0].isupper():
        return cyrillic
    return cyrillic.upper() if len(cyrillic) == 1 or latin[1:].isupper() else cyrillic.capitalize()


def _spell(letter: str) -> str:
    proposed = letter.lower().translate(_PROPOSED)
    return proposed.upper() if letter.isupper() else proposed


def _unit(match: re.Match[str], word: str) -> str:
    kind = match.lastgroup
    if kind in ("ts", "s"):
        return "ц"
    if kind == "e":
        return "э"
    if kind == "ye":
        before = word[: match.start()][-1:]
        return "е" if not before or before in _LATIN_VOWELS else "ье"
    return _DIGRAPHS.get(match.group()) or _SINGLE.get(match.group(), match.group())


@lru_cache(1)
def _words() -> dict[str, str]:
    """Latin spelling -> Cyrillic, for whole words."""
    return {to_latin(word): word for word in CYRILLIC_WORDS.split()}


@lru_cache(1)
def _stems() -> dict[str, str]:
    """Latin spelling -> Cyrillic, for beginnings of words."""
    return {to_latin(stem): stem for stem in CYRILLIC_STEMS.split()}
