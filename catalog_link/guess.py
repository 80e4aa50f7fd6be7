"""Which 8-bit encoding a file of records is in: every candidate reads the text, the one with the most whole words wins.

A word is whole where all its letters are of one alphabet, in a usual case, and among those that Uzbek, Russian or
the languages of Europe are written with. Being sure needs text: a file with less than :data:`LEAST` letters beyond
ASCII keeps the encoding its profile names, and says so.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from catalog_link.encoding import ESCAPE, MARC8, decode, encoding_of
from catalog_link.profile import FALLBACKS, Profile
from catalog_link.values import Parsed

LEAST = 12
"""Letters beyond ASCII; two words of a title."""
_MOST = 200_000
"""Bytes looked at: some thousand titles."""
_MARGIN = 0.01
"""By so much another encoding must read better than the profile's before it is taken."""
_SHORT = 60
"""Letters of the text that is shown as evidence."""

_CYRILLIC = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя" + "ўқғҳ" + "ҷӣӯәөүұңіїєґ")
"""Russian, Uzbek, then Tajik, Kazakh and Ukrainian, which our libraries hold as well."""
_WORD = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f\ufe20-\ufe23ʹʺ]*(?:[\u0300-\u036f\ufe20-\ufe23ʹʺ]+[^\W\d_]*)*")
"""Letters, with the marks that MARC-8 sets beside them."""
_MARKS = re.compile("[\u0300-\u036f\ufe20-\ufe23ʹʺ]")
_NEUTRAL = frozenset("«»„“”‘’‚–—…№§°·•©®±ʻʼ\u00a0\u00ad\u0088\u0089\u0098\u009c")
"""Signs beyond ASCII that stand between words in any of the encodings."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found, and what speaks for it."""

    encoding: str
    letters: int
    """Signs beyond ASCII that were looked at; 0 where everything is ASCII or UTF-8."""
    share: float
    """Of them, those that stand in whole words, 0 to 1."""
    sample: str
    """A piece of the text as this encoding reads it."""
    other: str = ""
    """The next best encoding, empty where none was compared."""
    other_share: float = 0.0
    kind: str = "read"
    """``read`` in the text; ``little`` text, so the profile's encoding stays; ``named`` by a person."""


def guess(records: Iterable[Parsed], profile: Profile, named: str = "") -> Evidence | None:
    """The encoding of those records that are no UTF-8; None where there are none. A *named* one is only weighed."""
    parts = _parts(records, profile)
    if not parts:
        return None
    order = (profile.fallback, *(one for one in FALLBACKS if one != profile.fallback))
    read = {one: _read(parts, one) for one in {*order, *filter(None, [named])}}
    best = max(order, key=lambda one: (read[one].share, -order.index(one)))
    if named:
        return _evidence(named, best if best != named else "", read, "named")
    if read[best].letters < LEAST:
        return _evidence(profile.fallback, "", read, "little")
    if read[best].share - read[profile.fallback].share < _MARGIN:
        best = profile.fallback
    rest = [one for one in order if one != best and read[one].text != read[best].text]  # alike is no rival
    return _evidence(best, max(rest, key=lambda one: read[one].share, default=""), read, "read")


@dataclass(frozen=True, slots=True)
class _Read:
    text: str
    letters: int
    share: float


def _evidence(encoding: str, other: str, read: dict[str, _Read], kind: str) -> Evidence:
    mine = read[encoding]
    share = read[other].share if other else 0.0
    return Evidence(encoding, mine.letters, mine.share, _sample(mine.text), other, share, kind)


def _parts(records: Iterable[Parsed], profile: Profile) -> list[bytes]:
    """Subfields that hold something beyond ASCII, of records that are no UTF-8."""
    parts: list[bytes] = []
    size = 0
    for record in records:
        if encoding_of(record, profile) == "utf-8" and not _escaped(record):
            continue
        for field in record.fields:
            found = [data for _, data in field.subfields() if not data.isascii() or ESCAPE in data]
            parts += found
            size += sum(map(len, found))
        if size > _MOST:
            break
    return parts


def _escaped(record: Parsed) -> bool:
    return any(ESCAPE in field.body for field in record.fields)


def _read(parts: Sequence[bytes], encoding: str) -> _Read:
    """The text, and how many of the signs beyond ASCII stand in whole words.

    MARC-8 leaves out what it does not know, so there the bytes are counted as well.
    """
    text = "\n".join(unicodedata.normalize("NFC", decode(part, encoding)) for part in parts)
    total = sum(not sign.isascii() and sign not in _NEUTRAL for sign in text) + text.count("\x1b")
    if encoding == MARC8:
        total = max(total, sum(byte > 0x80 for part in parts for byte in part) - sum(sign in _NEUTRAL for sign in text))
    good = sum(_weight(word) * count for word, count in Counter(_WORD.findall(text)).items())
    return _Read(text, total, min(good / total, 1.0) if total else 1.0)


def _weight(word: str) -> float:
    """Letters beyond ASCII of a whole word; half of them where it is all capitals, as a shifted alphabet would be."""
    beyond = sum(not sign.isascii() for sign in word)
    letters = _MARKS.sub("", word)
    if not beyond or not _is_whole(letters, sum(not sign.isascii() for sign in letters)):
        return 0.0
    return beyond * (0.5 if len(letters) > 1 and letters.isupper() else 1.0)


def _is_whole(word: str, beyond: int) -> bool:
    if not (word[1:].islower() or word.isupper() or len(word) == 1 or word.lower() == word.upper()):
        return False
    if any(sign.lower() in _CYRILLIC for sign in word):
        return all(sign.lower() in _CYRILLIC for sign in word)
    alphabets = {unicodedata.name(sign, "?").partition(" ")[0] for sign in word}
    if "LATIN" in alphabets:
        return alphabets == {"LATIN"} and beyond * 2 <= len(word)
    return len(alphabets) == 1 and "?" not in alphabets


def _sample(text: str) -> str:
    """The first line with a word beyond ASCII, shortened."""
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if any(not sign.isascii() for sign in line)]
    line = "".join(sign if sign.isprintable() else "?" for sign in max(lines[:20], key=len, default=""))
    return line if len(line) <= _SHORT else line[:_SHORT].rstrip() + "…"
