"""How text is scored: wrong characters and words, and what of the truth was found at all.

The rule of the development pack: NFC, every apostrophe one sign, likewise quotation marks and dashes, white space
folded.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

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


def total(scores: Iterable[Score]) -> Score:
    """All of *scores* as one text."""
    return sum(scores, Score())
