"""Makes the picture the recogniser reads: the page's own grey where print is, white paper elsewhere.

Show-through and specks go; letters keep their soft edges, because a bitonal picture is read worse.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, as_pixels
from workers.picture import Pixels

_WINDOW_INCHES = 0.2
"""Sauvola's window: some letters wide, narrower than stains and shading."""
_REDUCED = 4
"""The local threshold is smooth, so that it is computed on a picture so many times smaller."""
_SAUVOLA_K, _SAUVOLA_R = 0.2, 128.0
"""Sauvola and Pietikäinen (2000): sensitivity and dynamic range; k lowered for faint print."""
_FIRM = 0.45
"""A component is print when some of it is at least this part as dark as the page's firm print."""
_MAX_FAINT = 0.35
"""Faint letters per firm letter from which they are the text itself (pencil, worn print), not show-through."""
_BAND = 1200
"""Most rows in which letters are measured: three inches of a page of 400 dpi; more would only take memory."""
_LETTERS = 30
"""Components below which no typical letter height can be named."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The page for the recogniser and what was found on it."""

    grey: Pixels
    ink: Mask
    """Where print is."""
    specks: int
    faint: int
    """Components taken away as show-through."""
    undone: str = ""
    """Why *grey* is the page as it came, if it is."""


def clean(grey: Pixels, dpi: float, speck: float) -> Cleaned:
    """Separate print from paper on an evened page (paper near white).

    Args:
        grey: evened grey page.
        dpi: its resolution.
        speck: components of fewer pixels than this are dirt.
    """
    ink = _sauvola(grey, max(3, round(_WINDOW_INCHES * dpi / _REDUCED)) | 1)
    count, labels = cv2.connectedComponents(ink, connectivity=8, ltype=cv2.CV_32S)
    inked = ink > 0
    pieces = labels[inked]  # ink is a tenth of a page: what is counted there costs a tenth
    areas = np.bincount(pieces, minlength=count)
    firm = as_pixels(cv2.bitwise_and(ink, as_pixels(grey <= 255 - _FIRM * (255 - _print_tone(grey, ink)))))
    has_firm = np.zeros(count, dtype=np.bool_)
    has_firm[labels[firm > 0]] = True
    specks = areas < speck
    specks[0] = False
    keep = has_firm & ~specks
    keep[0] = False
    faint = ~has_firm & ~specks
    faint[0] = False
    lost, firm_letters = int(np.count_nonzero(faint)), int(np.count_nonzero(keep))
    if lost > _MAX_FAINT * firm_letters:
        return Cleaned(grey, inked, 0, 0, "faint text would be lost")
    printed = np.zeros_like(ink)
    printed[inked] = keep[pieces]
    return Cleaned(_only(grey, printed), printed > 0, int(np.count_nonzero(specks)), lost)


def letter_height(grey: Pixels) -> float:
    """Median height of what can be small letters on an evened grey page, in pixels; 0 = too few to say.

    The band richest in contrast is enough to look at.
    """
    band = max(200, min(grey.shape[0] // 3, _BAND))
    dark = cv2.reduce(grey, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() / grey.shape[1]
    sums = np.concatenate([[0], np.cumsum(255.0 - dark)])
    top = int(np.argmax(sums[band:] - sums[:-band])) if len(dark) > band else 0
    part = np.ascontiguousarray(grey[top : top + band])
    _, ink = cv2.threshold(part, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    stats = cv2.connectedComponentsWithStats(ink, connectivity=8)[2][1:]
    height, width, area = (stats[:, at] for at in (cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH, cv2.CC_STAT_AREA))
    limit = max(grey.shape) / 25
    letters = height[(height > 4) & (height < limit) & (width < 3 * height) & (width > height / 4) & (area > 12)]
    return float(np.median(letters)) if len(letters) >= _LETTERS else 0.0


def _sauvola(grey: Pixels, window: int) -> Pixels:
    """Sauvola's local threshold; *window* in reduced pixels. 1 = ink."""
    height, width = grey.shape
    size = (max(1, width // _REDUCED), max(1, height // _REDUCED))
    mean = _local_mean(grey, size, window)
    square = _local_mean(_squares(grey), size, window)
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    threshold = as_pixels(mean * (1.0 - _SAUVOLA_K + (_SAUVOLA_K / _SAUVOLA_R) * deviation))
    full = cv2.resize(threshold, (width, height), interpolation=cv2.INTER_LINEAR)
    return as_pixels(as_pixels(cv2.compare(grey, full, cv2.CMP_LT)) & 1)


def _squares(grey: Pixels) -> npt.NDArray[np.uint16]:
    """The square of every pixel; 255 x 255 fits 16 bits."""
    return np.multiply(grey, grey, dtype=np.uint16)


def _local_mean(values: npt.NDArray[Any], size: tuple[int, int], window: int) -> npt.NDArray[np.float32]:
    whole = values[: size[1] * _REDUCED, : size[0] * _REDUCED]  # an exact quarter is made several times as fast
    small = cv2.resize(whole, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(cv2.blur(small, (window, window), borderType=cv2.BORDER_REPLICATE), dtype=np.float32)


def _print_tone(grey: Pixels, ink: Pixels) -> float:
    """How dark firm print is: the tone that a fifth of the ink is darker than."""
    counts = cv2.calcHist([grey], [0], ink, [256], [0, 256]).ravel().cumsum()
    return float(np.searchsorted(counts, 0.2 * counts[-1])) if counts[-1] else 0.0


def _only(grey: Pixels, printed: Pixels) -> Pixels:
    """White all but print and the pixels around it."""
    near = as_pixels(cv2.dilate(printed, np.ones((3, 3), np.uint8)))
    return as_pixels(cv2.bitwise_or(grey, as_pixels((near ^ 1) * 255)))
