"""One catalogue of everything an operator, a director or a reader is told.

The texts are data: ``config/messages/*.toml``, one table per message with ``uz``, ``ru`` and ``en``. Uzbek in
Cyrillic is made from the Latin text by the rules of the language unless ``uz-Cyrl`` is written down.
"""

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from digitize.resources import config_dir
from digitize.uzbek import to_cyrillic

LANGUAGES = ("uz", "uz-Cyrl", "ru", "en")

Say = Callable[..., str]
"""``say("intake.truncated", name="0007.tif")`` -> a sentence in the language it was made for."""

_PLACEHOLDER = re.compile(r"(\{[^{}]*\})")


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
        return "".join(part if part.startswith("{") else to_cyrillic(part) for part in _PLACEHOLDER.split(entry["uz"]))
    return entry["uz"]
