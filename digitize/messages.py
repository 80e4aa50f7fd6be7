"""One catalogue of everything an operator, a director or a reader is told.

The texts are data: ``config/messages/*.toml``, one table per message with ``uz``, ``ru`` and ``en``. Uzbek in
Cyrillic is made from the Latin text by the rules of the language unless ``uz-Cyrl`` is written down.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from digitize.errors import DigitizeError, filled
from digitize.resources import config_dir
from digitize.uzbek import to_cyrillic

LANGUAGES = ("uz", "uz-Cyrl", "ru", "en")

Say = Callable[..., str]
"""``say("intake.truncated", name="0007.tif")`` -> a sentence in the language it was made for."""

_AS_TYPED = re.compile(
    r"(\{[^{}]*\}|'[^']*'|(?<!\w)--?[a-z][\w-]*|\b\w+(?:[._=:/]\w+)+|\b\w+_\*?|\b(?:XLSX|JSON|UTF-8|SQLite)\b)"
)
"""What stays as it is in every alphabet: placeholders, commands in quotes, options, names of files and settings."""


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every message by ``file.key``; the file name is the domain."""
    texts: dict[str, Mapping[str, str]] = {}
    for path in sorted((config_dir() / "messages").glob("*.toml")):
        for key, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            texts[f"{path.stem}.{key}"] = entry
    return texts


def speaker(language: str) -> Say:
    """The function that says a message in *language*; an unknown key is a bug and raises ``KeyError``."""

    def say(key: str, /, **values: Any) -> str:
        return template(key, language).format(**values)

    return say


def known(key: str) -> bool:
    """Whether there is a message of that name."""
    return key in catalogue()


@cache
def template(key: str, language: str) -> str:
    """The text of *key* in *language* with its ``{placeholders}`` still open."""
    entry = catalogue()[key]
    if language in entry:
        return entry[language]
    if language == "uz-Cyrl":
        parts = _AS_TYPED.split(entry["uz"])
        return "".join(part if place % 2 else to_cyrillic(part) for place, part in enumerate(parts))
    return entry["uz"]


def explained(error: DigitizeError, language: str) -> str:
    """What went wrong and what to do about it, in *language*; in English where the catalogue does not know it."""
    return " ".join(_in(language, text, error.values) for text in error.templates if text)


def _in(language: str, text: str, values: Mapping[str, object]) -> str:
    key = f"errors.{text}"
    if language == "en" or not known(key):
        return filled(text, values)
    return template(key, language).format(**values)
