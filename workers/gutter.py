"""The gutter of an opening: the shadow or the empty band between two pages, found on a straightened survey."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, Quad, paper_of
from workers.picture import Pixels

_WINDOW = (0.36, 0.64)
"""Part of the page's width in which a gutter may lie; outside, one half would be a sliver."""
_SHADOW = 0.06
"""Paper at a gutter is darker than beside it by at least this part; flat pages vary by less."""
_EMPTY_BAND = 0.03
"""Without a shadow, two inner margins together are at least this part of the opening's width."""
_NARROWEST = 0.006
"""Part of the width that must be free of ink around the line: wider than the gap between two words."""
_CROSSING = 0.01
"""Part of the rows that may show ink on the dividing line (specks, a thread of the binding)."""

Profile = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Gutter:
    """Where to divide, in survey pixels of the straightened picture, and what spoke for it (0 = nothing)."""

    x: float
    shadow: float
    band: float
    """Width of the empty band around *x*, as a part of the page's width."""

    @property
    def clear(self) -> bool:
        """Whether the evidence is good enough to call the picture an opening."""
        return self.shadow >= _SHADOW or self.band >= _EMPTY_BAND


def find_gutter(grey: Pixels, letters: Mask, quad: Quad, expected: float | None = None) -> Gutter | None:
    """Look for the gutter of a straight page lying within *quad*; None when ink crosses every possible line.

    Args:
        grey: straightened survey.
        letters: its ink.
        quad: corners of the page (both pages of the opening) in it.
        expected: x near which the gutter must lie, from the item's decision.
    """
    left, right = float(quad[[0, 3], 0].mean()), float(quad[[1, 2], 0].mean())
    top, bottom = int(max(0, quad[:2, 1].max() + 4)), int(quad[2:, 1].min() - 4)
    width = right - left
    low, high = (left + part * width for part in _WINDOW)
    if expected is not None:
        low, high = max(low, expected - 0.06 * width), min(high, expected + 0.06 * width)
    low, high = int(max(0, low)), int(min(grey.shape[1], high))
    if high - low < 20 or bottom - top < 50:
        return None
    ink = letters[top:bottom, low:high].mean(axis=0)
    shade = _shade(grey[top:bottom, low:high], width)
    free = _wide_enough(ink <= _CROSSING, round(_NARROWEST * width))
    if not free.any():
        return None
    return _choose(free, shade, low, width)


def _wide_enough(free: npt.NDArray[np.bool_], least: int) -> npt.NDArray[np.bool_]:
    """Only the free bands of at least *least* columns."""
    row = free.astype(np.uint8).reshape(1, -1)
    kept = cv2.morphologyEx(row, cv2.MORPH_OPEN, np.ones((1, max(1, least)), np.uint8), borderValue=0)
    return np.asarray(kept.ravel() > 0, dtype=np.bool_)


def _choose(free: npt.NDArray[np.bool_], shade: Profile, low: int, width: float) -> Gutter:
    """The darkest free column if there is a shadow, else the middle of the widest free band."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    runs = edges.reshape(-1, 2)
    dark = np.where(free, shade, -1.0)
    if dark.max() >= _SHADOW:
        x = int(dark.argmax())
        run = next(run for run in runs if run[0] <= x < run[1])
    else:
        run = max(runs, key=lambda run: run[1] - run[0])
        x = int(run.sum()) // 2
    at_border = run[0] == 0 or run[1] == len(free)
    return Gutter(float(low + x), max(0.0, float(dark[x])), 0.0 if at_border else float(run[1] - run[0]) / width)


def _shade(window: Pixels, width: float) -> Profile:
    """How much darker the paper of each column is than the paper of the window at large (0 = as light)."""
    paper = paper_of(window, max(4, round(width / 100)))
    columns = np.percentile(paper, 60, axis=0)
    smooth = cv2.GaussianBlur(columns.reshape(1, -1), (0, 0), max(1.0, width / 300)).ravel()
    return np.asarray(1.0 - smooth / max(1.0, float(np.percentile(smooth, 80))), dtype=np.float64)
