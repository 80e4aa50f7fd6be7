"""How text is scored: wrong characters and words, and what of the truth was found at all.

The rule of the development pack: NFC, every apostrophe one sign, likewise quotation marks and dashes, white space
folded.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

_ALIKE = {
    **dict.fromkeys(map(ord, "’ʼ‘ʻ`´′'"), "'"),
    **dict.fromkeys(map(ord, "“”„«»″"), '"'),
    **dict.fromkeys(map(ord, "–—−‐"), "-"),
}


def plain(text: str) -> str:
    """Text as it is compared."""
    alike = unicodedata.normalize("NFC", text).translate(_ALIKE).replace("''", '"')
    return re.sub(r"\s+", " ", alike).strip()


@dataclass(frozen=True)
class Score:
    """Wrong and all characters, wrong and all words, characters of the truth that were found; scores add up."""

    wrong: int = 0
    letters: int = 0
    wrong_words: int = 0
    words: int = 0
    found: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.wrong + other.wrong,
            self.letters + other.letters,
            self.wrong_words + other.wrong_words,
            self.words + other.words,
            self.found + other.found,
        )

    @property
    def cer(self) -> float:
        """Character error rate, percent of the truth's characters."""
        return 100 * self.wrong / max(1, self.letters)

    @property
    def wer(self) -> float:
        """Word error rate, percent of the truth's words."""
        return 100 * self.wrong_words / max(1, self.words)

    @property
    def recall(self) -> float:
        """Percent of the truth's characters that were read; more than them (folios, footnotes) is no fault."""
        return 100 * self.found / max(1, self.letters)


def score(read: str, truth: str) -> Score:
    """Compare what was read with what stands on the page."""
    wanted, given = plain(truth), plain(read)
    lost = sum(edit.tag != "insert" for edit in Levenshtein.editops(wanted, given))
    words, said = wanted.split(), given.split()
    return Score(
        wrong=Levenshtein.distance(wanted, given),
        letters=len(wanted),
        wrong_words=Levenshtein.distance(words, said),
        words=len(words),
        found=len(wanted) - lost,
    )


def within(read: str, truth: str) -> Score:
    """As :func:`score`, but of the stretch of *read* that fits *truth* best; what stands before and after it is free.

    For truths that leave out folios and footnotes: Sellers (1980), row by row. Words are not counted.
    """
    wanted, given = plain(truth), plain(read)
    letters = np.frombuffer(given.encode("utf-32-le"), dtype=np.uint32)
    places = np.arange(len(letters) + 1)
    wrong = np.zeros(len(letters) + 1, dtype=np.int64)
    for letter in map(ord, wanted):
        put = np.concatenate([[wrong[0] + 1], np.minimum(wrong[1:] + 1, wrong[:-1] + (letters != letter))])
        wrong = np.minimum.accumulate(put - places) + places
    return Score(wrong=int(wrong.min()), letters=len(wanted))


def total(scores: Iterable[Score]) -> Score:
    """All of *scores* as one text."""
    return sum(scores, Score())
