"""Comparing words of people's tables: any alphabet, apostrophe, case; common reading errors do not matter."""

import re

from digitize.uzbek import ocr_key


def word_key(text: str) -> str:
    """The words of *text* in the tolerant key, one space between them."""
    return " ".join(re.findall(r"\w+", ocr_key(text)))


def holds(key: str, words: tuple[str, ...]) -> bool:
    """Whether the keyed text *key* contains one of the keyed *words*; a word may begin inside another."""
    return any(word in key for word in words)
