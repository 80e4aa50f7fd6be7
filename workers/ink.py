"""Paper and ink: the two things every step asks about a page. Pure functions on 8-bit pictures."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from workers.picture import Pixels

Mask = npt.NDArray[np.bool_]
Quad = npt.NDArray[np.float64]
"""Four corners (x, y): top left, top right, bottom right, bottom left."""

SURVEY_SIDE = 1200
"""Pixels of the longer side on which pages are surveyed: letters stay legible as strokes, a step costs milliseconds."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A picture made small for looking at its layout."""

    pixels: Pixels
    grey: Pixels
    size: tuple[int, int]
    """Width and height of the full picture."""

    @property
    def factor(self) -> float:
        """Small pixels per full pixel, nearly: width and height are rounded each for itself."""
        return float(self.grey.shape[1]) / self.size[0]

    def full(self, points: Quad) -> Quad:
        """Places in the full picture, from places in this one."""
        height, width = self.grey.shape
        return np.asarray(points * (self.size[0] / width, self.size[1] / height), dtype=np.float64)


def as_pixels(array: Any) -> Pixels:
    """Say to the type checker what OpenCV returned."""
    return np.asarray(array, dtype=np.uint8)


def grey_of(pixels: Pixels) -> Pixels:
    """Luma of an RGB picture; a grey one as it is."""
    return pixels if pixels.ndim == 2 else as_pixels(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))


def shrunk(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """*pixels* as means of areas, *size* wide and high; by halves first, which OpenCV does ten times as fast."""
    height, width = pixels.shape[:2]
    while width >= 2 * size[0] and height >= 2 * size[1] and width > 1 and height > 1:
        height, width = height // 2, width // 2
        pixels = as_pixels(cv2.resize(pixels[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA))
    return pixels if (width, height) == size else as_pixels(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))


def survey(pixels: Pixels, side: int = SURVEY_SIDE) -> Survey:
    """Reduce *pixels* so that the longer side has at most *side* pixels."""
    factor = min(1.0, side / max(pixels.shape[:2]))
    small = pixels
    if factor < 1.0:
        height, width = pixels.shape[:2]
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = shrunk(pixels, size)
    return Survey(small, grey_of(small), (pixels.shape[1], pixels.shape[0]))


def paper_of(grey: Pixels, reach: int) -> Pixels:
    """The picture without its ink: brightest neighbour within *reach* pixels, smoothed."""
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * reach + 1, 2 * reach + 1))
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    return as_pixels(cv2.blur(closed, (reach | 1, reach | 1)))


def ink_of(grey: Pixels, *, within: Mask | None = None) -> Mask:
    """Where a surveyed page carries ink: darker than its paper by at least 0.4 of what its darkest print is."""
    reach = max(6, max(grey.shape) // 80)
    darkness = cv2.subtract(paper_of(grey, reach), grey)
    if within is not None:
        darkness[~within] = 0
    deepest = float(np.percentile(darkness[::2, ::2], 99.5))
    return np.asarray(darkness > max(24.0, 0.4 * deepest), dtype=np.bool_)


def letters_of(ink: Mask) -> Mask:
    """*ink* without what cannot be letters: pictures, bars, borders (taller or wider than a twentieth page), specks."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    limit = max(ink.shape) / 20
    height, width = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    keep = (height < limit) & (width < 3 * limit) & (stats[:, cv2.CC_STAT_AREA] > 2)
    keep[0] = False
    return np.asarray(keep[labels], dtype=np.bool_) if count > 1 else np.zeros_like(ink)


def inside(quad: Quad, shape: tuple[int, ...], shrink: int = 0) -> Mask:
    """The pixels within *quad*, less *shrink* pixels all around."""
    mask = np.zeros(shape[:2], dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.round(quad).astype(np.int32), 1)
    if shrink:
        mask = as_pixels(cv2.erode(mask, np.ones((2 * shrink + 1, 2 * shrink + 1)), borderValue=0))
    return np.asarray(mask, dtype=np.bool_)
