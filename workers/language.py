"""Which language a page is in, judged by what the models made of it: their confidence, and the signs of each language.

Confidence alone tells scripts apart (a model of another script stays under 50 of 100). It does not tell Russian from
Uzbek in Cyrillic, where both models are sure of themselves and the Russian one silently loses қ ў ғ ҳ; there letters,
small words and endings decide.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workers.text import Line, Word

CONVINCING = 75.0
"""A score from which no other model is tried: right models give 75-96 on sampled lines, wrong ones stay under 65."""

_CONTRADICTED = 40.0
"""Points a model loses when every sign on the page speaks for another language of its script."""

_SURE = 60.0
"""Words read with less confidence show nothing: a model invents its own letters on lines of another script."""

_FEW_SIGNS = 3
"""Under this number of signs nothing is concluded from them."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What shows a language: letters no other language of the script has here, its smallest words, its endings."""

    letters: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    endings: tuple[str, ...] = ()

    def count(self, words: Iterable[str]) -> int:
        """Signs in *words*, which are casefolded."""
        return sum(self._in_word(word) for word in words)

    def _in_word(self, word: str) -> int:
        return (word in self.words) + word.endswith(self.endings) + sum(letter in self.letters for letter in word)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SIGNS = {
    "Cyrl": {
        "uz": Signs(frozenset("қўғҳ"), _words("ва билан учун бу ҳам хам бир бўлган булган эди эса"), ("нинг", "лари")),
        "ru": Signs(
            frozenset("ыщ"),
            _words("и в на не что с по как к из от для это или при у о а но их его"),
            ("ъ", "ть", "ого"),
        ),
    },
    "Latn": {
        "uz": Signs(frozenset("ʻ"), _words("va bilan uchun bu ham bir edi esa"), ("ning", "lari", "larni")),
        "en": Signs(frozenset("w"), _words("the of and that was for with his from which are not"), ("tion",)),
    },
}
"""By script and language. Small words are among each language's twenty most frequent; ы and щ are in no Uzbek word, and
no Uzbek word ends in ъ (the end of half the words in Russian print before 1918)."""


@dataclass(frozen=True, slots=True)
class Model:
    """A Tesseract model by what it reads."""

    language: str
    """ISO 639-1, or empty for models of a whole script."""
    script: str
    """ISO 15924, or empty when unknown."""


_MODELS = {
    "uzb": Model("uz", "Latn"),
    "uzb_cyrl": Model("uz", "Cyrl"),
    "rus": Model("ru", "Cyrl"),
    "eng": Model("en", "Latn"),
    "fra": Model("fr", "Latn"),
    "deu": Model("de", "Latn"),
    "tur": Model("tr", "Latn"),
    "tgk": Model("tg", "Cyrl"),
    "kaz": Model("kk", "Cyrl"),
    "kir": Model("ky", "Cyrl"),
    "ara": Model("ar", "Arab"),
    "fas": Model("fa", "Arab"),
    "Arabic": Model("", "Arab"),
    "Cyrillic": Model("", "Cyrl"),
    "Latin": Model("", "Latn"),
}

_LETTERS = {
    "Latn": re.compile(r"[A-Za-z\u00c0-\u024f]"),
    "Cyrl": re.compile(r"[\u0400-\u052f]"),
    "Arab": re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]"),
}


def known(model: str) -> Model:
    """What *model* reads; a model not known here has neither language nor script."""
    return _MODELS.get(model, Model("", ""))


def mean_confidence(words: Iterable[Word]) -> float:
    """Mean confidence (0-100), weighted by letters and digits; 0 without any."""
    total = weight = 0.0
    for word in words:
        size = sum(map(str.isalnum, word.raw))
        total += word.confidence * size
        weight += size
    return total / weight if weight else 0.0


def leaning(texts: Sequence[str], model: str, candidates: Iterable[str]) -> float:
    """From -1 (every sign speaks for the language of a rival) to 1 (for the language of *model*).

    Rivals are those *candidates* that read another language in the same script. 0 where there is none, where signs
    are few, or where there is no rule.
    """
    read = known(model)
    signs = _SIGNS.get(read.script, {})
    rivals = {known(other).language for other in rivals_of(model, candidates)} & signs.keys()
    if read.language not in signs or not rivals:
        return 0.0
    words = [text.casefold().strip('.,;:!?«»“”"()-–—') for text in texts]
    own = signs[read.language].count(words)
    others = max(signs[language].count(words) for language in rivals)
    return (own - others) / (own + others) if own + others >= _FEW_SIGNS else 0.0


def rivals_of(model: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Those *candidates* that read another language in the script of *model*; confidence does not tell them apart."""
    read = known(model)
    others = ((other, known(other)) for other in candidates)
    return tuple(other for other, it in others if it.script == read.script and it.language != read.language)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a model fits what it read."""

    score: float
    """0 to 100; comparable between models on the same lines."""
    leaning: float
    """As :func:`leaning`."""


def fit(lines: Iterable[Line], model: str, candidates: Iterable[str]) -> Fit:
    """Judge *model*, one of *candidates*, by the *lines* it read."""
    words = [word for line in lines for word in line.words]
    lean = leaning([word.raw for word in words if word.confidence >= _SURE], model, candidates)
    confident = mean_confidence(words) * _share_in_script(words, model)
    return Fit(round(max(0.0, confident + _CONTRADICTED * min(0.0, lean)), 1), lean)


def _share_in_script(words: Sequence[Word], model: str) -> float:
    """Share of the letters that belong to the script of *model*; 1 if there are no letters or no rule."""
    pattern = _LETTERS.get(known(model).script)
    text = "".join(word.raw for word in words)
    letters = sum(map(str.isalpha, text))
    return len(pattern.findall(text)) / letters if pattern and letters else 1.0
