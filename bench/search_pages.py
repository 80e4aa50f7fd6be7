"""Generated pages with the statistics of real ones: words of our samples, words made of their syllables, endings.

A word's rank decides how often it comes (Zipf-Mandelbrot, 1 / (rank + 2.7)); most words carry an ending, as Uzbek words
do; half of the pages are Cyrillic, and on one page in ten the recogniser has misread letters.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
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
_MISREAD = str.maketrans("qkҳў", "gqху")


@dataclass(frozen=True)
class Text:
    """One page as the index gets it."""

    text: str
    keys: Keys
    script: str


@dataclass(frozen=True)
class _Form:
    text: str
    strict: str
    folded: str
    ocr: str


class Language:
    """A vocabulary and its frequencies, always the same; equal seeds make equal pages."""

    def __init__(self, seed: int = 0) -> None:
        self._dice = random.Random(seed)
        self._numbers = np.random.default_rng(seed)
        self.stems = _stems(random.Random(0))
        weights = 1 / (np.arange(len(self.stems)) + 2.7)
        self._stem_levels = np.cumsum(weights) / weights.sum()
        ending = 1 / (np.arange(len(ENDINGS)) + 2.7)
        self._ending_levels = np.cumsum(ending) / ending.sum()

    def pages(self, count: int) -> Iterator[Text]:
        """*count* pages, one after the other."""
        for _ in range(count):
            yield self._page()

    def _page(self) -> Text:
        script = self._dice.choice(("Latn", "Cyrl"))
        misread = self._dice.random() < 0.1
        stems = np.searchsorted(self._stem_levels, self._numbers.random(WORDS_PER_PAGE))
        endings = np.searchsorted(self._ending_levels, self._numbers.random(WORDS_PER_PAGE))
        forms = [
            _form(self.stems[stem] + ENDINGS[ending], script, misread)
            for stem, ending in zip(stems.tolist(), endings.tolist(), strict=True)
        ]
        starts = range(0, WORDS_PER_PAGE, WORDS_PER_LINE)
        text = "\n".join(" ".join(form.text for form in forms[start : start + WORDS_PER_LINE]) for start in starts)
        keys = Keys(*(" ".join(getattr(form, level) for form in forms) for level in ("strict", "folded", "ocr")))
        return Text(text, keys, script)


@lru_cache(500_000)
def _form(word: str, script: str, misread: bool) -> _Form:  # noqa: FBT001
    """A word with its keys; keys of a text are those of its words with blanks between (promise of ``fold``)."""
    text = to_cyrillic(word) if script == "Cyrl" else word
    text = text.translate(_MISREAD) if misread else text
    return _Form(text, strict_key(text), fold(text), ocr_key(text))


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
