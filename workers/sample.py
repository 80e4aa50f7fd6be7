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


def sample_lines(grey: Pixels, ink: Ink, letters: int = 110) -> Pixels:
    """A strip with a few whole lines of *grey*, about *letters* letters, for trying models on.

    The fullest lines of usual height are taken, so headings, folios and half-empty lines stay out. A page without
    clear lines gives a band from its middle.
    """
    bands = _bands(ink)
    if not bands:
        middle, half = grey.shape[0] // 2, max(30, grey.shape[0] // 25)
        return grey[max(0, middle - half) : middle + half]
    usual = float(np.median([bottom - top for top, bottom, _ in bands]))
    normal = [band for band in bands if 0.6 * usual <= band[1] - band[0] <= 1.6 * usual]
    chosen: list[tuple[int, int, int]] = []
    for band in sorted(normal, key=lambda band: -band[2]):
        chosen.append(band)
        if sum(count for _, _, count in chosen) >= letters:
            break
    paper = np.full((int(usual) // 2 + 4, grey.shape[1]), int(np.median(grey[::4, ::4])), np.uint8)
    margin = max(2, int(usual) // 5)
    rows = [grey[max(0, top - margin) : bottom + margin] for top, bottom, _ in sorted(chosen)]
    return np.concatenate([part for row in rows for part in (paper, row)] + [paper])


def _bands(ink: Ink) -> list[tuple[int, int, int]]:
    """Text lines of a straight page as (top, bottom, letters), from the letters' vertical extents."""
    if len(ink.letters) < 8:
        return []
    heights = ink.letters[:, 3]
    usual = float(np.median(heights))
    body = ink.letters[(heights > 0.5 * usual) & (heights < 2.2 * usual)]
    covered = np.zeros(ink.mask.shape[0] + 1, np.int32)
    np.add.at(covered, body[:, 1], 1)
    np.add.at(covered, np.minimum(body[:, 1] + body[:, 3], len(covered) - 1), -1)
    filled = (np.cumsum(covered) > 2).astype(np.int8)
    edges = np.flatnonzero(np.diff(filled, prepend=0, append=0))
    centres = body[:, 1] + body[:, 3] // 2
    found = [(int(top), int(bottom)) for top, bottom in zip(edges[::2], edges[1::2], strict=True)]
    counted = [(top, bottom, int(((centres >= top) & (centres < bottom)).sum())) for top, bottom in found]
    return [band for band in counted if 0.7 * usual <= band[1] - band[0] <= 5 * usual and band[2] >= 5]


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
