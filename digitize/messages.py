"""One catalogue of everything an operator, a director or a reader is told.

The texts are data: ``config/messages/*.toml``, one table per message with ``uz``, ``ru`` and ``en``. Uzbek in
Cyrillic is made from the Latin text by the rules of the language unless ``uz-Cyrl`` is written down.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from digitize.errors import Cause, DigitizeError, Sentence, filled
from digitize.resources import config_dir
from digitize.uzbek import to_cyrillic

LANGUAGES = ("uz", "uz-Cyrl", "ru", "en")

Say = Callable[..., str]
"""``say("intake.truncated", name="0007.tif")`` -> a sentence in the language it was made for."""

_AS_TYPED = re.compile(
    r"(\{[^{}]*\}|'[^']*'|(?<![\w}])--?[a-z][\w-]*|\b\w+(?:[._=:/]\w+)+|\b\w+_\*?|\b(?:XLSX|JSON|UTF-8|SQLite|GIF|ZIP)\b)"
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


SENTENCES = ("errors", "doctor")
"""Domains whose keys are the English sentences themselves."""


def explained(error: DigitizeError, language: str) -> str:
    """What went wrong and what to do about it, in *language*; in English where the catalogue does not know it."""
    return " ".join(told(said, language) for said in (error.what, error.remedy) if said)


def told(said: Sentence, language: str) -> str:
    """A sentence in *language*, the sentences and errors among its values, too."""
    values = {name: _value(value, language) for name, value in said.values.items()}
    key = next((key for domain in SENTENCES if known(key := f"{domain}.{said.template}")), "")
    if language == "en" or not key:
        return filled(said.template, values)
    return template(key, language).format(**values)


def _value(value: object, language: str) -> object:
    if isinstance(value, Cause):
        value = value.why
    if isinstance(value, Sentence):
        return told(value, language)
    return explained(value, language) if isinstance(value, DigitizeError) else value
