"""Straightens lines of text that curl towards the gutter: the feet of all letters give one smooth field of heights.

Letters are gathered into pieces of lines. Every piece wants to lie level somewhere; how far the page lifts or sinks
there is one polynomial over the whole page, so that a few bad pieces decide nothing. Only heights are changed: what a
curl takes of the width of letters stays taken.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, as_pixels
from workers.picture import Pixels

_LEAST_LINES, _LEAST_LETTERS = 5, 6
"""Pieces of lines, and letters in each, from which the shape of a page can be told."""
_LONG = 0.2
"""Part of the width of the text that a piece must span; shorter ones say more about letters than about the page."""
_POWERS = [(p, q) for p in (1, 2, 3, 4) for q in (0, 1, 2)]
"""Powers of x and y in the field. None of y alone: the distance of lines from each other is the printer's, not ours."""
_ROUNDS, _OUTLIER = 8, 1.5
"""Rounds of reweighting, and pixels from which a foot counts less (descenders, commas)."""
_RIDGE = 0.02
"""Weight of staying flat where nothing is known."""
_CURVED = 0.2
"""Sag in heights of a letter from which lines are called curved; Tesseract follows less by itself."""
_STRAIGHTER = 0.75
"""What is left of the unevenness of line feet, at most, if the field describes the page."""
_STEEPEST = 0.3
"""Change of height per pixel from top to bottom; more would tear or squeeze lines of text."""
_FARTHEST = 0.08
"""Part of the page's height by which anything may be moved."""
_GRID = 32
"""Nodes of the field along each side."""
_STRIP = 256
"""Rows resampled at a time: the maps of a whole page of A3 would take 250 MB."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Warp:
    """How far below its level place each point lies, on a grid over the straightened page; parts of its height."""

    heights: Values
    sag: float
    """Greatest distance of a line from its chord, in heights of a letter."""

    def at(self, width: int, height: int, rows: slice) -> npt.NDArray[np.float32]:
        """Rows of the field in pixels of a picture of that size."""
        top, bottom = rows.start / height, rows.stop / height
        nodes = np.linspace(top, bottom, rows.stop - rows.start, endpoint=False) + 0.5 / height
        places = (np.clip(nodes * (len(self.heights) - 1), 0, len(self.heights) - 1)).astype(np.float32)
        across = np.linspace(0, self.heights.shape[1] - 1, width, dtype=np.float32)
        grid = np.meshgrid(across, places)
        field = cv2.remap(self.heights.astype(np.float32), *grid, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(field * np.float32(height), dtype=np.float32)


def below(heights: Values, points: Values, size: tuple[int, int]) -> Values:
    """How far below its level place each of *points* (n x 2) lies on a page of *size*, in its pixels."""
    last = np.array(heights.shape[::-1]) - 1
    node = np.clip(points / size, 0, 1) * last
    x, y = np.minimum(node.astype(np.int64), last - 1).T
    u, v = node[:, 0] - x, node[:, 1] - y
    above = heights[y, x] * (1 - u) + heights[y, x + 1] * u
    beneath = heights[y + 1, x] * (1 - u) + heights[y + 1, x + 1] * u
    return np.asarray((above * (1 - v) + beneath * v) * size[1], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Bent:
    """What was found: the field to undo, or why nothing is done, with the sag that was measured."""

    warp: Warp | None
    sag: float
    left: float = 1.0
    """Part of the unevenness of line feet that the field leaves."""
    undone: str = ""


@dataclass(frozen=True, slots=True)
class _Feet:
    """Feet of letters in pixels, the piece of a line each belongs to, and the usual height of a letter."""

    x: Values
    y: Values
    line: npt.NDArray[np.int64]
    letter: float


def bend_of(letters: Mask) -> Bent:
    """How the lines of a straightened page curve, from the mask of its letters (survey size)."""
    feet = _feet(letters)
    if feet is None:
        return Bent(None, 0.0)
    flat = _fitted(feet, [(1, 0)])
    full = _fitted(feet, _POWERS)
    sag = _sag(full, feet)
    left = full.unevenness / max(flat.unevenness, 1e-6)
    if sag < _CURVED or left > _STRAIGHTER:
        return Bent(None, sag, left)
    heights = _inverted(full, letters.shape)
    if heights is None:
        return Bent(None, sag, left, "the lines curve in a way no page does")
    warp = Warp(heights, sag)
    reason = _harm(letters, warp)
    return Bent(None if reason else warp, sag, left, reason)


def straightened(letters: Mask, warp: Warp) -> Mask:
    """The mask with its lines level."""
    whole = np.eye(2, 3)
    return np.asarray(unbent(as_pixels(letters) * 255, warp, whole, letters.shape[::-1]) > 127, dtype=np.bool_)


def unbent(pixels: Pixels, warp: Warp, back: Values, size: tuple[int, int]) -> Pixels:
    """The page of *size* (width, height) cut from *pixels* and levelled, resampled once.

    *back* (2 x 3) leads from the straight page to *pixels*, as the inverse of what ``cv2.warpAffine`` takes.
    """
    width, height = size
    page = np.empty((height, width, *pixels.shape[2:]), dtype=np.uint8)
    x = np.arange(width, dtype=np.float32)[None, :]
    a, b, c, d, e, f = (np.float32(value) for value in back.ravel())
    for top in range(0, height, _STRIP):
        rows = slice(top, min(height, top + _STRIP))
        y = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + warp.at(width, height, rows)
        maps = (a * x + b * y + c, d * x + e * y + f)
        page[rows] = cv2.remap(pixels, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return page


def _feet(letters: Mask) -> _Feet | None:
    """The feet of letters in pieces of lines; None where there are too few."""
    ink = letters.astype(np.uint8)
    _, _, found, centres = cv2.connectedComponentsWithStats(ink)
    stats = np.asarray(found, dtype=np.int32)
    height = stats[1:, cv2.CC_STAT_HEIGHT]
    if len(height) < _LEAST_LINES * _LEAST_LETTERS or not (height > 4).any():
        return None
    letter = float(np.median(height[height > 4]))
    pieces = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, round(1.6 * letter) | 1), np.uint8))
    count, labels = cv2.connectedComponents(pieces)
    usual = np.flatnonzero((height > 0.55 * letter) & (height < 2.5 * letter)) + 1
    bottom = (stats[usual, cv2.CC_STAT_TOP] + stats[usual, cv2.CC_STAT_HEIGHT]).astype(np.float64)
    x = centres[usual, 0]
    line = labels[(bottom - 1).astype(int), np.minimum(_column(stats, usual, letters), letters.shape[1] - 1)]
    line = _whole(line.astype(np.int64), x, count)
    kept = line >= 0
    if len(np.unique(line[kept])) < _LEAST_LINES:
        return None
    return _Feet(x[kept], bottom[kept], np.unique(line[kept], return_inverse=True)[1], letter)


def _column(stats: npt.NDArray[np.int32], usual: npt.NDArray[np.int64], letters: Mask) -> npt.NDArray[np.int64]:
    """A column in which each letter has ink in its lowest row."""
    left, top, width, height = stats[usual, :4].astype(np.int64).T
    across = left[:, None] + np.arange(width.max(initial=1))
    row = letters[(top + height - 1)[:, None], np.minimum(across, letters.shape[1] - 1)]
    return np.asarray(left + (row & (across < (left + width)[:, None])).argmax(axis=1), dtype=np.int64)


def _whole(line: npt.NDArray[np.int64], x: Values, count: int) -> npt.NDArray[np.int64]:
    """The piece of each letter, -1 where the piece is short or holds few letters."""
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, line, x)
    np.maximum.at(high, line, x)
    measure = np.percentile(x, 98) - np.percentile(x, 2)
    good = (np.bincount(line, minlength=count) >= _LEAST_LETTERS) & (high - low > _LONG * measure)
    good[0] = False
    return np.where(good[line], line, -1)


@dataclass(frozen=True, slots=True)
class _Field:
    """A polynomial over the part of the page that carries text, constant beyond it."""

    powers: list[tuple[int, int]]
    weights: Values
    box: tuple[float, float, float, float]
    """Left, right, top, bottom of the text."""
    unevenness: float
    """Usual distance of a foot from its line, in pixels."""

    def at(self, x: Values, y: Values) -> Values:
        return _terms(x, y, self.box, self.powers) @ self.weights


def _terms(x: Values, y: Values, box: tuple[float, float, float, float], powers: list[tuple[int, int]]) -> Values:
    left, right, top, bottom = box
    u = np.clip(2 * (x - left) / max(1.0, right - left) - 1, -1, 1)
    v = np.clip(2 * (y - top) / max(1.0, bottom - top) - 1, -1, 1)
    return np.stack([u**p * v**q for p, q in powers], axis=-1)


def _fitted(feet: _Feet, powers: list[tuple[int, int]]) -> _Field:
    """Least squares for the field and the level of every piece together, reweighted against outliers."""
    box = (float(feet.x.min()), float(feet.x.max()), float(feet.y.min()), float(feet.y.max()))
    terms = _terms(feet.x, feet.y, box, powers)
    trust = np.ones(len(feet.x))
    weights, off = np.zeros(len(powers)), feet.y
    for _ in range(_ROUNDS):
        level = _means(terms, trust, feet.line), _means(feet.y[:, None], trust, feet.line)
        inner, wanted = terms - level[0][feet.line], feet.y - level[1][feet.line, 0]
        normal = inner.T @ (trust[:, None] * inner) + _RIDGE * trust.sum() / 100 * np.eye(len(powers))
        weights = np.linalg.solve(normal, inner.T @ (trust * wanted))
        off = np.abs(wanted - inner @ weights)
        trust = 1.0 / np.maximum(off / _OUTLIER, 1.0)
    return _Field(powers, weights, box, float(np.median(off)))


def _means(values: Values, trust: Values, line: npt.NDArray[np.int64]) -> Values:
    """The weighted mean of *values* over each piece."""
    total = np.bincount(line, weights=trust)
    return np.stack([np.bincount(line, weights=trust * column) for column in values.T], axis=-1) / total[:, None]


def _sag(field: _Field, feet: _Feet) -> float:
    """How far lines across the text leave their chords, in heights of a letter; the worst of three heights."""
    left, right, top, bottom = field.box
    x = np.linspace(left, right, 21)
    worst = 0.0
    for y in np.linspace(top, bottom, 5)[1:-1]:
        line = field.at(x, np.full_like(x, y))
        worst = max(worst, float(np.abs(line - np.linspace(line[0], line[-1], 21)).max()))
    return worst / feet.letter


def _inverted(field: _Field, shape: tuple[int, ...]) -> Values | None:
    """For every node of the level page, how far below it its point lies; None where the page would fold."""
    height, width = shape
    x, level = np.meshgrid(np.linspace(0, width, _GRID), np.linspace(0, height, _GRID))
    y = level.copy()
    for _ in range(6):
        y = level + field.at(x, y)
    moved = y - level
    moved -= np.median(moved)
    steep = np.abs(np.diff(moved, axis=0)).max() / (height / (_GRID - 1))
    return None if steep > _STEEPEST or np.abs(moved).max() > _FARTHEST * height else moved / height


def _harm(letters: Mask, warp: Warp) -> str:
    """Why the field must not be used, from the letters before and after; empty if it does no harm."""
    after = straightened(letters, warp)
    ink, kept = np.count_nonzero(letters), np.count_nonzero(after)
    if kept < 0.93 * ink:
        return "ink would be lost"
    return "lines would not be straighter" if _order(after) <= _order(letters) else ""


def _order(letters: Mask) -> float:
    """How much the feet of letters gather in the same rows."""
    feet = letters.copy()
    feet[:-1] &= ~letters[1:]
    rows = feet.sum(axis=1).astype(np.float64)
    return float((rows * rows).sum() / max(1.0, rows.sum()) ** 2)
