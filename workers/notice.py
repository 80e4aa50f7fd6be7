"""A page that stands in a book's place of one that is missing: it says in plain words what is wrong."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from workers.pagepdf import write_page_pdf
from workers.picture import Pixels
from workers.text import Box, Line, Word
from workers.tools import FONTS

A5 = (419.5, 595.3)
"""Width and height in points (ISO 216); the size of a notice in a book that has no other page."""

_DPI = 150.0
_QUALITY = 60
_PLAIN = str.maketrans("ʻʼ—–", "‘’--")
"""For the font built into Pillow, which knows Latin only."""


def write_notice(path: Path, lines: tuple[str, ...], size: tuple[float, float] = A5) -> None:
    """Write a one-page PDF of *size* (points): the first of *lines* as a heading, the others as paragraphs.

    Raises:
        OSError: the file cannot be written.
    """
    width, height = (max(round(side * _DPI / 72), 200) for side in size)
    canvas = Image.new("L", (width, height), 255)
    draw = ImageDraw.Draw(canvas)
    margin = width // 10
    draw.rectangle((margin // 2, margin // 2, width - margin // 2, height - margin // 2), outline=0, width=3)
    written: list[Line] = []
    top = height // 5
    for number, text in enumerate(lines):
        letter = width // (18 if number == 0 else 26)
        font = _font(letter)
        for row in _wrapped(text, font, width - 2 * margin):
            written.append(_write(draw, row, (margin, top), font))
            top += round(letter * 1.5)
        top += letter
    write_page_pdf(path, _pixels(canvas), tuple(written), _DPI, _QUALITY)


def _write(draw: ImageDraw.ImageDraw, row: str, place: tuple[int, int], font: ImageFont.FreeTypeFont) -> Line:
    """Draw one row and return it as recognised text would look."""
    left, top = place
    height = round(font.size * 1.25)
    words: list[Word] = []
    for text in row.split():
        right = left + round(font.getlength(_drawable(text, font)))
        draw.text((left, top), _drawable(text, font), font=font, fill=0)
        words.append(Word(text, text, Box(left, top, right, top + height), 100.0))
        left = right + round(font.getlength(" "))
    return Line(tuple(words), Box(place[0], top, words[-1].box.right, top + height), size=float(height))


def _wrapped(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Rows that fit into *width* pixels; a word too long for a row (a file name) is cut."""
    longest = max(width // font.getlength("m"), 1)
    rows: list[str] = []
    for word in _cut(text, int(longest)):
        longer = f"{rows[-1]} {word}" if rows else word
        if rows and font.getlength(_drawable(longer, font)) <= width:
            rows[-1] = longer
        else:
            rows.append(word)
    return rows


def _cut(text: str, longest: int) -> list[str]:
    return [word[start : start + longest] for word in text.split() for start in range(0, len(word), longest)]


def _drawable(text: str, font: ImageFont.FreeTypeFont) -> str:
    return text if font.getname()[0] != "Aileron" else text.translate(_PLAIN)


def _font(size: int) -> ImageFont.FreeTypeFont:
    """A font of the system that has Uzbek in both alphabets, else the one in Pillow."""
    for name in FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    built_in = ImageFont.load_default(size)
    if not isinstance(built_in, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType.")
    return built_in


def _pixels(canvas: Image.Image) -> Pixels:
    return np.asarray(canvas, dtype=np.uint8)
