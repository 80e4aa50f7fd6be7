"""The grammar of names in the hot folder: item keys, page files, what is ignored, what comes before what.

Names are data: original bytes are kept beside the NFC text that people see (fault matrix, rows 39 and 40).
"""

import fnmatch
import hashlib
import re
import unicodedata
from dataclasses import dataclass

MAX_KEY = 120
"""Longest item key in characters (design, hot folder rules)."""

APOSTROPHES = frozenset("'`´‘’ʻʼ")
"""Signs that Windows, phones and library programs write for the one apostrophe of an item key."""

SHEET = "item.toml"
READY_MARKS = ("tayyor", "tayyor.txt")
"""Files by which the operator says that a folder is complete; compared without case."""

PICTURES = (".tif", ".tiff", ".jpg", ".jpeg", ".png", ".jp2", ".bmp")
"""Endings under which a page is expected; what a file is, is judged by its content."""

IGNORED = (
    *("~$*", ".*", "*.part", "*.filepart", "*.tmp", "*.crdownload", "*.sabab.txt"),
    *("Thumbs.db", "desktop.ini", "._*", "@eaDir"),
)
"""Left where they are: droppings of Windows, macOS, NAS boxes and copy programs."""

_DIGITS = re.compile(r"(\d+)")
_LOOSE = re.compile(r"(?P<item>.+)_(?P<number>\d+)\.[^.]+")


def text(raw: bytes) -> str:
    """A name's bytes as people see them: NFC; bytes that are no UTF-8 shown as backslash, x, two digits."""
    return unicodedata.normalize("NFC", raw.decode("utf-8", "backslashreplace"))


def fold_key(key: str) -> str:
    """For comparison of item keys: every apostrophe one sign, case and letters kept."""
    return unicodedata.normalize("NFC", "".join("'" if sign in APOSTROPHES else sign for sign in key)).strip()


def bad_key(key: str) -> bool:
    """Whether a folder name cannot be an item key: too long, empty, or with signs that cannot be printed."""
    return not 0 < len(key.strip()) <= MAX_KEY or not key.isprintable()


def sort_key(name: str) -> str:
    """A string whose order is the natural one: ``2.tif`` before ``10.tif``; digits padded to twelve places."""
    parts = _DIGITS.split(name.casefold())
    return "".join(part.rjust(12, "0") if part.isdigit() else part for part in parts)[:400]


def ignored(name: str) -> bool:
    """Whether a file or folder is none of our business."""
    return any(fnmatch.fnmatchcase(name.casefold(), pattern.casefold()) for pattern in IGNORED)


def is_ready_mark(name: str) -> bool:
    """Whether the file says "this item is complete"."""
    return name.casefold() in READY_MARKS


def is_picture_name(name: str) -> bool:
    """Whether the ending is one of a picture; decides only whether a refused file leaves a gap among the pages."""
    return name.casefold().endswith(PICTURES)


@dataclass(frozen=True, slots=True)
class LooseName:
    """A file outside any item folder that says itself where it belongs: ``INV-7_0012.tif``."""

    item: str
    number: int

    @classmethod
    def parse(cls, name: str) -> "LooseName | None":
        """None if the name is not ``<item>_<number>.<ending of a picture>``."""
        found = _LOOSE.fullmatch(name)
        if not found or not is_picture_name(name) or bad_key(found["item"]):
            return None
        return cls(found["item"], int(found["number"]))


def shown(name: str) -> str:
    """A name on one line of a terminal or letter: signs that cannot be printed as escapes."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in name)


def safe_name(name: str) -> str:
    """A name under which a refused file can be shown on any system: no separators, no control signs, <= 120."""
    shown = "".join(sign if sign.isprintable() and sign not in '/\\:*?"<>|' else "_" for sign in name)
    shown = shown.strip(". ") or "fayl"
    stem, dot, ending = shown.rpartition(".")
    return shown if len(shown) <= MAX_KEY else (stem or ending)[: MAX_KEY - 10] + (dot + ending)[:10] * bool(stem)


def folder_name(key: str) -> str:
    """The name of an item's folder and PDF in the archive; different keys never share one."""
    shown = safe_name(key)
    return shown if shown == key else f"{shown}~{hashlib.sha256(key.encode()).hexdigest()[:6]}"
