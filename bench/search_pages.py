"""Generated pages with the statistics of real ones: words of our samples, words made of their syllables, endings.

A word's rank decides how often it comes (Zipf-Mandelbrot, 1 / (rank + 2.7)); most words carry an ending, as Uzbek words
do; half of the pages are Cyrillic, and on one page in ten the recogniser has misread letters.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from digitize.fulltext.words import Keys
from digitize.uzbek import fold, ocr_key, strict_key, to_cyrillic, to_latin

TEXTS = Path(__file__).resolve().parent.parent / "samples" / "texts"
STEMS = 40_000
WORDS_PER_PAGE = 250
WORDS_PER_LINE = 9
ENDINGS = (
    "", "", "", "ning", "ni", "ga", "da", "dan", "i", "si", "lar", "lari", "larning", "larini", "larga", "larda",
    "lardan", "ida", "idan", "iga", "imiz", "imizning", "lik", "chi", "dagi", "dir", "larimizdan",
)  # fmt: skip
_SYLLABLE = re.compile(r"[^aeiouʻ\W]*[aeiou]ʻ?[^aeiouʻ\W]?(?![aeiou])")
_AT_ONCE = 2000
_MISREAD = str.maketrans("qkҳў", "gqху")


@dataclass(frozen=True)
class Text:
    """One page as the index gets it."""

    text: str
    keys: Keys
    script: str


_Form = tuple[str, str, str, str]
"""A word as printed, and its strict, folded and OCR-tolerant keys."""


class Language:
    """A vocabulary and its frequencies, always the same; equal seeds make equal pages."""

    def __init__(self, seed: int = 0) -> None:
        self._numbers = np.random.default_rng(seed)
        self.stems = _stems(random.Random(0))
        self._stem_levels = _levels(len(self.stems))
        self._ending_levels = _levels(len(ENDINGS))
        self._forms: dict[int, _Form] = {}
        """Every form met so far; a million pages meet some three million."""

    def pages(self, count: int) -> Iterator[Text]:
        """*count* pages, one after the other."""
        for start in range(0, count, _AT_ONCE):
            yield from self._some(min(_AT_ONCE, count - start))

    def _some(self, count: int) -> Iterator[Text]:
        shape = (count, WORDS_PER_PAGE)
        cyrillic, misread = self._numbers.random(count) < 0.5, self._numbers.random(count) < 0.1
        stems = np.searchsorted(self._stem_levels, self._numbers.random(shape))
        endings = np.searchsorted(self._ending_levels, self._numbers.random(shape))
        codes = (stems * len(ENDINGS) + endings) * 4 + (2 * cyrillic + misread)[:, None]
        for missing in set(np.unique(codes).tolist()) - self._forms.keys():
            self._forms[missing] = self._form(missing)
        for row, in_cyrillic in zip(codes.tolist(), cyrillic.tolist(), strict=True):
            yield _page(list(map(self._forms.__getitem__, row)), "Cyrl" if in_cyrillic else "Latn")

    def _form(self, code: int) -> _Form:
        """A word with its keys; keys of a text are those of its words with blanks between (promise of ``fold``)."""
        stem, ending = divmod(code // 4, len(ENDINGS))
        word = self.stems[stem] + ENDINGS[ending]
        word = to_cyrillic(word) if code & 2 else word
        word = word.translate(_MISREAD) if code & 1 else word
        return word, strict_key(word), fold(word), ocr_key(word)


def _page(forms: Sequence[_Form], script: str) -> Text:
    words, strict, folded, ocr = zip(*forms, strict=True)
    starts = range(0, WORDS_PER_PAGE, WORDS_PER_LINE)
    text = "\n".join(" ".join(words[start : start + WORDS_PER_LINE]) for start in starts)
    return Text(text, Keys(" ".join(strict), " ".join(folded), " ".join(ocr)), script)


def _levels(count: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Cumulated frequencies by rank."""
    weights = 1 / (np.arange(count) + 2.7)
    return np.cumsum(weights) / weights.sum()


def _stems(dice: random.Random) -> Sequence[str]:
    """The samples' words, the most frequent first, then words put together from their syllables."""
    words: Counter[str] = Counter()
    for path in sorted(TEXTS.glob("*.txt")):
        words.update(strict_key(to_latin(path.read_text(encoding="utf-8"))).split())
    stems = dict.fromkeys(word for word, _ in words.most_common() if word.isalpha())
    syllables = [part for word in stems for part in _SYLLABLE.findall(word)]
    while len(stems) < STEMS:
        stems["".join(dice.choices(syllables, k=dice.choice((2, 2, 3))))] = None
    return list(stems)
