"""Builders of pages for the PDF tests: pictures with ink where the words are, and the lines that were read there."""

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from workers.picture import Pixels
from workers.text import Box, Line, Word

LETTER = 22
"""Width of a letter in the made-up boxes, in pixels."""
HEIGHT = 44


def line(text: str, top: int = 100, left: int = 100, right: int | None = None, gap: int = LETTER) -> Line:
    """A line of words from *left* on, *gap* pixels apart; with *right*, a right-to-left line that begins there."""
    words = []
    at = left if right is None else right
    for word in text.split():
        width = LETTER * len(word)
        start = at if right is None else at - width
        words.append(Word(word, word, Box(start, top, start + width, top + HEIGHT), 95.0))
        at = start + width + gap if right is None else start - gap
    edges = [word.box.left for word in words] + [word.box.right for word in words]
    return Line(tuple(words), Box(min(edges), top, max(edges), top + HEIGHT), offset=-9.0, size=float(HEIGHT))


def lines(*texts: str, top: int = 100) -> tuple[Line, ...]:
    return tuple(line(text, top + number * 66) for number, text in enumerate(texts))


def blank(width: int = 1240, height: int = 1748) -> Pixels:
    """White paper, A5 at 212 dpi."""
    return np.full((height, width, 3), 255, np.uint8)


def printed(rows: tuple[str, ...], paper: tuple[int, int, int] = (244, 236, 214), size: int = 44) -> Pixels:
    """Toned, slightly noisy A5 paper at 300 dpi with *rows* in dark print."""
    image = Image.new("RGB", (1748, 2480), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for number, row in enumerate(rows):
        draw.text((180, 200 + number * round(size * 1.5)), row, fill=(38, 34, 30), font=font)
    noise = np.random.default_rng(7).normal(0, 3, (2480, 1748, 1))
    return np.clip(np.asarray(image, np.float32) + noise, 0, 255).astype(np.uint8)


def pdfium_text(path: Path, page: int = 0) -> str:
    """The text of a page as the engine of Chrome gives it."""
    with pypdfium2.PdfDocument(path) as document:
        return str(document[page].get_textpage().get_text_bounded())


def poppler_text(path: Path) -> str:
    """The text of a file as ``pdftotext`` gives it, without the marks of direction it adds."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not installed")
    done = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    return "".join(char for char in done.stdout.decode() if char not in "\u200e\u200f\u202a\u202b\u202c")


def rendered(path: Path, dpi: float, page: int = 0) -> Pixels:
    """The page as people see it: RGB."""
    with pypdfium2.PdfDocument(path) as document:
        image = document[page].render(scale=dpi / 72).to_pil().convert("RGB")
    return np.asarray(image, dtype=np.uint8)


def likeness(one: Pixels, other: Pixels) -> float:
    """Structural similarity of two pictures, 1 = the same (Wang and others 2004, windows of 11 pixels)."""
    height, width = (min(sides) for sides in zip(one.shape[:2], other.shape[:2], strict=True))
    x, y = (picture[:height, :width].astype(np.float32) for picture in (one, other))

    def local(values):
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mean_x, mean_y = local(x), local(y)
    spread_x, spread_y, shared = local(x * x) - mean_x**2, local(y * y) - mean_y**2, local(x * y) - mean_x * mean_y
    a, b = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    nearness = (2 * mean_x * mean_y + a) * (2 * shared + b)
    return float((nearness / ((mean_x**2 + mean_y**2 + a) * (spread_x + spread_y + b))).mean())


def placed_words(path: Path, page: int = 0) -> list[tuple[str, Box]]:
    """Every word of a page as pdfium finds it, with its box in pixels at 300 dpi of what the page shows."""
    with pypdfium2.PdfDocument(path) as document:
        sheet = document[page]
        text, scale = sheet.get_textpage(), 300 / 72
        start, _, _, high = sheet.get_cropbox()
        found: list[tuple[str, list[tuple[float, float, float, float]]]] = []
        apart = True
        for index in range(text.count_chars()):
            char = text.get_text_range(index, 1)
            if not char.strip():
                apart = True
                continue
            if apart:
                found.append(("", []))
            apart = False
            found[-1] = (found[-1][0] + char, [*found[-1][1], text.get_charbox(index, loose=True)])
    return [
        (word, Box(*(round(scale * value) for value in (
            min(box[0] for box in boxes) - start, high - max(box[3] for box in boxes),
            max(box[2] for box in boxes) - start, high - min(box[1] for box in boxes)))))
        for word, boxes in found
    ]  # fmt: skip
