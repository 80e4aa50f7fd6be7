"""How far a page leans: the angle at which the feet of its letters fall into the fewest, fullest rows.

The score is Postl's (1986) projection profile, taken over the lower edges of letters only, because baselines are
sharper than the tops of lines.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, Quad, as_pixels
from workers.picture import Pixels

LIMIT = 10.0
"""Degrees searched to either side; what leans more was not laid on the glass by a person who cared."""
_COARSE, _STEPS = 0.5, (0.1, 0.02)
_MIN_POINTS = 300
"""Fewer foot points than about four words have no direction."""

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lean:
    """The angle in degrees by which a page was turned (sign as getRotationMatrix2D), and how clear that is.

    *clarity* = best score over the median score of all angles tried; 1 = no direction at all.
    """

    angle: float
    clarity: float


def lean_of(letters: Mask) -> Lean:
    """Find the skew of a page from the mask of its letters (survey size)."""
    feet = letters.copy()
    feet[:-1] &= ~letters[1:]
    rows, columns = np.nonzero(feet)
    if len(rows) < _MIN_POINTS:
        return Lean(0.0, 1.0)
    points = np.stack([columns - columns.mean(), rows - rows.mean()]).astype(np.float64)
    angles = np.arange(-LIMIT, LIMIT + _COARSE / 2, _COARSE)
    scores = np.array([_score(points, angle) for angle in angles])
    best, clarity = float(angles[scores.argmax()]), float(scores.max() / np.median(scores))
    for step in _STEPS:
        best = _refine(points, best, step)
    return Lean(round(best, 3), round(clarity, 3))


def _refine(points: Points, around: float, step: float) -> float:
    angles = around + step * np.arange(-6, 7)
    scores = np.array([_score(points, angle) for angle in angles])
    smooth = np.convolve(np.pad(scores, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
    return float(angles[smooth.argmax()])


def _score(points: Points, angle: float) -> float:
    """Sum of squares of the row histogram after turning the points back by *angle*."""
    radians = np.deg2rad(angle)
    rows = points[1] * np.cos(radians) + points[0] * np.sin(radians)
    counts = np.bincount(np.floor(rows - rows.min()).astype(np.int64)).astype(np.float64)
    return float((counts * counts).sum())


def straighten(pixels: Pixels, angle: float) -> tuple[Pixels, npt.NDArray[np.float64]]:
    """Turn a survey back by *angle* degrees around its middle, and say with which matrix (2 x 3)."""
    height, width = pixels.shape[:2]
    matrix = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0), dtype=np.float64)
    turned = cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return as_pixels(turned), matrix


def moved(quad: Quad, matrix: npt.NDArray[np.float64]) -> Quad:
    """The points of *quad* after *matrix*."""
    return np.asarray(quad @ matrix[:, :2].T + matrix[:, 2], dtype=np.float64)
