"""The outside programs a page needs: is it there, which version, which languages. One probe, asked by all."""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from PIL import ImageFont

TESSERACT = "tesseract"

FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf")
"""Fonts of the system that have Uzbek in both alphabets, the likeliest first."""

_SECONDS = 20.0
"""A program that does not say its version in this time is as good as missing."""

_SCRIPT_PACKAGES = {"Arabic": "tesseract-ocr-script-arab", "Cyrillic": "tesseract-ocr-script-cyrl"}
_SCRIPT_PACKAGES |= {"Latin": "tesseract-ocr-script-latn"}


class MissingTool(Exception):
    """An outside program or its data is not installed; *hint* is the remedy. Nobody's page is at fault."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Tool:
    """One outside program as found on this machine."""

    name: str
    path: str = ""
    """Empty when it was not found or does not run."""
    version: str = ""
    languages: tuple[str, ...] = ()
    """Model names as the program lists them, sorted; script models without their folder."""
    data: str = ""
    """The folder of these models."""

    @property
    def found(self) -> bool:
        """It is there and runs."""
        return bool(self.path)


Run = Callable[[Sequence[str]], str]
"""Runs a program and gives what it printed; raises ``OSError`` or ``subprocess.SubprocessError``."""


def _run(arguments: Sequence[str]) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=_SECONDS, check=True)
    return done.stdout + done.stderr


def probe_tesseract(which: Callable[[str], str | None] = shutil.which, run: Run = _run) -> Tool:
    """Look for Tesseract; a program that is missing or does not answer is a :class:`Tool` that is not found."""
    path = which(TESSERACT)
    if path is None:
        return Tool(TESSERACT)
    try:
        version = _version(run([path, "--version"]))
        listed = run([path, "--list-langs"])
    except (OSError, subprocess.SubprocessError):
        return Tool(TESSERACT)
    return Tool(TESSERACT, path, version, _languages(listed), _data(listed))


def _version(printed: str) -> str:
    words = printed.split()
    return words[1] if words[:1] == [TESSERACT] and len(words) > 1 else ""


def _data(printed: str) -> str:
    """The folder the list begins with: ``List of available languages in "/usr/share/…/tessdata/" (7):``."""
    found = re.search(r'^List of available languages in "(.+)"', printed, re.MULTILINE)
    return found[1] if found else ""


def _languages(printed: str) -> tuple[str, ...]:
    lines = [line.strip() for line in printed.splitlines()]
    return tuple(sorted({line for line in lines if line and " " not in line}))


def missing_languages(tool: Tool, wanted: Sequence[str]) -> tuple[str, ...]:
    """The models of *wanted* that *tool* does not have, in the order wanted."""
    return tuple(name for name in wanted if name not in tool.languages)


def require_tesseract(wanted: Sequence[str], tool: Tool | None = None) -> Tool:
    """Tesseract with every model of *wanted*; *tool* saves a second look.

    Raises:
        MissingTool: with the command that installs what is missing.
    """
    tool = tool or probe_tesseract()
    if not tool.found:
        message = "The recogniser 'tesseract' is not installed or does not run."
        raise MissingTool(message, hint=remedy(["tesseract-ocr", *map(_package, wanted)]))
    missing = missing_languages(tool, wanted)
    if missing:
        names = ", ".join(missing)
        raise MissingTool(f"Tesseract has no language data for: {names}.", hint=remedy(map(_package, missing)))
    return tool


def find_font() -> str:
    """The first of :data:`FONTS` that the system has; empty if none."""
    for name in FONTS:
        with suppress(OSError):
            ImageFont.truetype(name, 10)
            return name
    return ""


def remedy(packages: Iterable[str]) -> str:
    """The sentence that tells an administrator of Debian what to install."""
    return f"Install it with: sudo apt install {' '.join(packages)}"


def _package(language: str) -> str:
    """Debian's package of a Tesseract model: ``uzb_cyrl`` is in ``tesseract-ocr-uzb-cyrl``."""
    return _SCRIPT_PACKAGES.get(language) or "tesseract-ocr-" + language.lower().replace("_", "-")
