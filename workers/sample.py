"""Ink on a grey page: is anything printed here, which lines to try models on, what the engine left out."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.picture import Pixels
from workers.text import Box, Line

_DARKER = 0.65
"""Ink is darker than this share of the paper's own grey."""

_LETTER_MM = (0.9, 12.0)
"""Heights of printed letters: the smallest of 5-point type to headings."""

_MM_PER_INCH = 25.4

_GROUND_DARKER = 0.75
"""The ground of white print is darker than this share of the paper's own grey."""

_GROUND_INCHES = (0.1, 0.4)
"""Height and width of a piece of such ground: a line of 8-point print, some letters of it."""

_GROUND_COVER = 0.55
"""Part of that piece which is dark; bold print on paper covers less."""

_FEW_LETTERS = 8
"""Under this number of letters a page has no lines to choose from."""

Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink of one page."""

    mask: Mask
    """255 where there is ink."""
    letters: npt.NDArray[np.int32]
    """Connected pieces of a letter's size: one row of (left, top, width, height) each."""


def find_ink(grey: Pixels, dpi: float) -> Ink:
    """The ink of *grey* (0 = black), a page of *dpi*."""
    paper = float(np.median(grey[::4, ::4]))
    mask = cv2.threshold(grey, paper * _DARKER, 255, cv2.THRESH_BINARY_INV)[1]
    stats = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    low, high = (millimetres / _MM_PER_INCH * dpi for millimetres in _LETTER_MM)
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    solid = stats[:, cv2.CC_STAT_AREA] > 0.08 * width * height
    letters = stats[(height >= low) & (height <= high) & (width <= 4 * high) & (width >= low / 4) & solid, :4]
    return Ink(np.asarray(mask, np.uint8), np.asarray(letters, np.int32))


def has_dark_ground(grey: Pixels, dpi: float) -> bool:
    """Whether *grey*, a page of *dpi*, has ground dark enough for white print: bars, panels, also photographs."""
    paper = float(np.median(grey[::4, ::4]))
    dark = cv2.threshold(grey, paper * _GROUND_DARKER, 255, cv2.THRESH_BINARY_INV)[1]
    rows, columns = grey.shape[0] // 4, grey.shape[1] // 4
    if not rows or not columns:
        return False
    small = cv2.resize(dark[: 4 * rows, : 4 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
    height, width = (max(1, round(inches * dpi / 4)) for inches in _GROUND_INCHES)
    return bool(cv2.blur(small, (width, height)).max() > 255 * _GROUND_COVER)


def sample_lines(grey: Pixels, ink: Ink, letters: int = 120) -> Pixels:
    """A strip with a few whole lines of *grey*, about *letters* letters, for trying models on.

    Lines of usual height and length are taken from all over the page, so that neither headings and folios nor the
    foreign words of one footnote decide. A page without clear lines gives the band where most of its letters stand.
    """
    rows = _usual(bands(ink))
    if not rows:
        middle, half = _fullest(ink, grey.shape[0]), max(30, grey.shape[0] // 25)
        return grey[max(0, middle - half) : middle + half]
    count = max(1, round(letters / (sum(row.letters for row in rows) / len(rows))))
    chosen = [rows[(2 * index + 1) * len(rows) // (2 * count)] for index in range(min(count, len(rows)))]
    height = max(band.bottom - band.top for band in chosen)
    margin = max(2, height // 5)
    left = max(0, min(band.left for band in chosen) - height)
    right = max(band.right for band in chosen) + height
    gap = np.full((height // 2, grey[:, left:right].shape[1]), int(np.median(grey[::4, ::4])), np.uint8)
    cuts = [grey[max(0, band.top - margin) : band.bottom + margin, left:right] for band in chosen]
    return np.concatenate([part for cut in cuts for part in (gap, cut)] + [gap])


def _fullest(ink: Ink, height: int) -> int:
    """The middle of the letter that has most others beside it; of the page, if there are none."""
    if not len(ink.letters):
        return height // 2
    top, tall = ink.letters[:, 1], ink.letters[:, 3]
    middles = np.sort(top + tall // 2)
    near = float(np.median(tall))
    beside = np.searchsorted(middles, middles + near, "right") - np.searchsorted(middles, middles - near)
    return int(middles[int(beside.argmax())])


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of the page that hold one text line (or one of each column)."""

    top: int
    bottom: int
    left: int
    right: int
    letters: int


def _usual(rows: list[Band]) -> list[Band]:
    """Those of about the median height and letters."""
    if not rows:
        return []
    height = float(np.median([band.bottom - band.top for band in rows]))
    letters = float(np.median([band.letters for band in rows]))
    normal = [band for band in rows if 0.6 * height <= band.bottom - band.top <= 1.6 * height]
    return [band for band in normal if band.letters >= 0.7 * letters]


def bands(ink: Ink) -> list[Band]:
    """Text lines of a straight page, from the letters' vertical extents."""
    if len(ink.letters) < _FEW_LETTERS:
        return []
    usual = float(np.median(ink.letters[:, 3]))
    body = ink.letters[(ink.letters[:, 3] > 0.5 * usual) & (ink.letters[:, 3] < 2.2 * usual)]
    changes = np.zeros(ink.mask.shape[0] + 1, np.int32)
    np.add.at(changes, body[:, 1], 1)
    np.add.at(changes, body[:, 1] + body[:, 3], -1)
    filled = (np.cumsum(changes) > 2).astype(np.int8)
    edges = np.flatnonzero(np.diff(filled, prepend=0, append=0))
    found = (_band(body, int(top), int(bottom)) for top, bottom in zip(edges[::2], edges[1::2], strict=True))
    return [band for band in found if band.letters >= 5 and 0.7 * usual <= band.bottom - band.top <= 5 * usual]


def _band(body: npt.NDArray[np.int32], top: int, bottom: int) -> Band:
    centres = body[:, 1] + body[:, 3] // 2
    inside = body[(centres >= top) & (centres < bottom)]
    if not len(inside):
        return Band(top, bottom, 0, 0, 0)
    left, right = int(inside[:, 0].min()), int((inside[:, 0] + inside[:, 2]).max())
    return Band(top, bottom, left, right, len(inside))


def left_out(ink: Ink, lines: Iterable[Line]) -> Box | None:
    """The box of a lone folio above or below *lines* that the engine passed over, in pixels of the grey page.

    Tesseract takes a single digit standing alone for dirt. Only a small group of pieces as high as the page's own
    letters is offered, and only outside all text.
    """
    read = [line.box for line in lines]
    if not read or not len(ink.letters):
        return None
    usual = float(np.median(ink.letters[:, 3]))
    first, last = min(box.top for box in read), max(box.bottom for box in read)
    for outside in (ink.letters[:, 1] > last, ink.letters[:, 1] + ink.letters[:, 3] < first):
        group = ink.letters[outside]
        if 1 <= len(group) <= 4 and _is_folio(group, usual):
            return _around(group, int(usual), ink.mask.shape)
    return None


def _is_folio(group: npt.NDArray[np.int32], usual: float) -> bool:
    tall = bool(((group[:, 3] > 0.8 * usual) & (group[:, 3] < 2 * usual)).any())
    left, right = int(group[:, 0].min()), int((group[:, 0] + group[:, 2]).max())
    top, bottom = int(group[:, 1].min()), int((group[:, 1] + group[:, 3]).max())
    return tall and right - left < 6 * usual and bottom - top < 2 * usual


def _around(group: npt.NDArray[np.int32], margin: int, shape: tuple[int, ...]) -> Box:
    left, top = group[:, 0].min() - margin, group[:, 1].min() - margin
    right = (group[:, 0] + group[:, 2]).max() + margin
    bottom = (group[:, 1] + group[:, 3]).max() + margin
    return Box(max(0, int(left)), max(0, int(top)), min(shape[1], int(right)), min(shape[0], int(bottom)))
