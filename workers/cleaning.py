"""Makes the picture the recogniser reads: print in one tone on white paper, without show-through and specks."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, as_pixels
from workers.picture import Pixels

_WINDOW = 3.0
"""Sauvola's window in letter heights: wider than a letter, narrower than the shading."""
_SAUVOLA_K, _SAUVOLA_R = 0.2, 128.0
"""Sauvola and Pietikäinen (2000): sensitivity and dynamic range; k lowered for faint print."""
_FIRM = 0.45
"""A component is print when some of it is at least this part as dark as the page's darkest print."""
_MIN_LETTER = 6.0
"""Letters lower than this many pixels lose their shape in a mask; such pages are left grey."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The page for the recogniser and what was found on it."""

    grey: Pixels
    ink: Mask
    """Where print is; the basis of the text mask."""
    letter_height: float
    """Median height of small letters in pixels (x-height); 0 = not measurable."""
    specks: int
    faint: int
    """Components taken away as show-through."""


def clean(grey: Pixels, speck: float) -> Cleaned:
    """Separate print from paper on an evened page (paper near white).

    Args:
        grey: evened grey page.
        speck: components of fewer pixels than this are dirt.
    """
    rough = grey < _rough_threshold(grey)
    height = letter_height(rough)
    window = int(max(height, 10.0) * _WINDOW) | 1
    ink = _sauvola(grey, window)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    area = stats[:, cv2.CC_STAT_AREA]
    darkest = _darkest(grey, np.asarray(labels, dtype=np.int32), count)
    tone = _print_tone(grey, ink)
    faint = darkest > 255 - _FIRM * (255 - tone)
    specks = area < speck
    keep = ~(faint | specks)
    keep[0] = False
    print_mask = np.asarray(keep[labels], dtype=np.bool_)
    return Cleaned(
        _printed(grey, print_mask),
        print_mask,
        height,
        int(np.count_nonzero(specks & ~faint)),
        int(np.count_nonzero(faint)),
    )


def _rough_threshold(grey: Pixels) -> float:
    sample = np.ascontiguousarray(grey[::3, ::3])
    return float(cv2.threshold(sample, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0])


def letter_height(ink: Mask) -> float:
    """Median height of the components that can be small letters, in pixels; 0 when there are fewer than 30."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink.astype(np.uint8), connectivity=8)
    height, width, area = stats[1:, cv2.CC_STAT_HEIGHT], stats[1:, cv2.CC_STAT_WIDTH], stats[1:, cv2.CC_STAT_AREA]
    limit = max(ink.shape) / 25
    letters = height[(height > 4) & (height < limit) & (width < 3 * height) & (width > height / 4) & (area > 12)]
    if len(letters) < 30:
        return 0.0
    return float(np.median(letters))


def _sauvola(grey: Pixels, window: int) -> Mask:
    """Sauvola's local threshold with box filters."""
    values = grey.astype(np.float32)
    mean = cv2.boxFilter(values, cv2.CV_32F, (window, window), borderType=cv2.BORDER_REPLICATE)
    square = cv2.sqrBoxFilter(values, cv2.CV_32F, (window, window), borderType=cv2.BORDER_REPLICATE)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    threshold = mean * (1.0 - _SAUVOLA_K + (_SAUVOLA_K / _SAUVOLA_R) * deviation)
    return np.asarray(values < threshold, dtype=np.bool_)


def _darkest(grey: Pixels, labels: npt.NDArray[np.int32], count: int) -> Pixels:
    """The darkest pixel of every component."""
    darkest = np.full(count, 255, dtype=np.uint8)
    at = np.flatnonzero(labels)
    np.minimum.at(darkest, labels.ravel()[at], grey.ravel()[at])
    return darkest


def _print_tone(grey: Pixels, ink: Mask) -> float:
    """How dark firm print is on this page."""
    values = grey[ink]
    return float(np.percentile(values, 20)) if len(values) else 0.0


def _printed(grey: Pixels, ink: Mask) -> Pixels:
    """Keep the page's own grey at and beside print, white elsewhere."""
    near = cv2.dilate(ink.astype(np.uint8), np.ones((3, 3), np.uint8))
    return as_pixels(np.where(near > 0, grey, 255))
