"""Fonts of this machine that hold every letter of an Uzbek report in either alphabet."""

from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from digitize.errors import Unavailable

LETTERS = "oʻgʻʼ‘’“”№–—қғҳўҚҒҲЎщъёЁ%"
"""Liberation and many others lack қ and ҳ; a font without one of these prints boxes."""
_FOLDERS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/truetype/noto"),
    Path("/usr/share/fonts/dejavu-serif-fonts"),
    Path("/usr/share/fonts/google-noto"),
    Path("/usr/share/fonts/TTF"),
    Path("C:/Windows/Fonts"),
)
_PAIRS = (
    ("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf"),
    ("NotoSerif-Regular.ttf", "NotoSerif-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf"),
    ("times.ttf", "timesbd.ttf"),
)


@dataclass(frozen=True, slots=True)
class Face:
    """The files of one typeface."""

    regular: Path
    bold: Path


def face(folders: tuple[Path, ...] = _FOLDERS) -> Face:
    """The first typeface of *folders* that holds all :data:`LETTERS`.

    Raises:
        Unavailable: there is none.
    """
    for regular, bold in _PAIRS:
        for folder in folders:
            found = Face(folder / regular, folder / bold)
            if _holds_all(found.regular) and _holds_all(found.bold):
                return found
    raise Unavailable(
        "No font with the letters ʻ ʼ қ ғ ҳ ў is installed.", hint="Install one: sudo apt install fonts-dejavu-core"
    )


def _holds_all(path: Path) -> bool:
    try:
        with path.open("rb") as file, TTFont(file, lazy=True) as font:
            return all(ord(letter) in font.getBestCmap() for letter in LETTERS)
    except (OSError, TTLibError):
        return False
