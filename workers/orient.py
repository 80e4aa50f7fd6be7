"""Which way up a page is. Sideways is seen in its lines; upside down is found by reading, only when there is doubt.

Two cheap signs say "upright" for most pages and save the question: letters with ascenders outnumber those with
descenders (Latin), and lines end short more often than they begin late (any script written from the left). Neither of
them is ever a reason to turn a page: that takes a few lines which are clearly better to read the other way up.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, as_pixels, grey_of, paper_of
from workers.picture import Pixels, Value
from workers.skew import Lean, lean_of, straighten

SIDEWAYS = 1.6
"""How many times clearer the lines must be across than along, before a page counts as lying on its side."""
_CLEAR = 1.5
"""Below this clarity there are no lines of text to judge by."""
_UPRIGHT_ASCENT, _UPRIGHT_ENDS = 4.0, 2.5
"""Standard errors from zero at which ascenders or line ends settle that a page is upright (0 of 60 pages misjudged)."""
_READABLE, _BETTER_BY = 33.0, 15.0
"""Confidence (0-100) of reading from which lines stand on their feet, and by how much the other way must be worse.
Print of all ages and scripts measured 35 to 96 on its feet and 9 to 38 on its head; closer than this lay only print of
the 18th century and handwriting, which then stay as they are."""
_LEAST_LETTERS = 40
"""Letters without which nobody can say that lines run across: two short ones in the corner of a page look like it."""
_READ_PART = 0.08
"""Part of the page's height that is read both ways."""
_READ_SIDE = 1500
"""Pixels to which the strip is reduced for reading: a line of a book page keeps 10-pixel letters."""

BothWays = Callable[[Pixels], tuple[float, float] | None]
"""Grey strip of text -> confidence of reading it as it is and upside down, 0-100 (0 also for a way that need not be
tried after the other); None = no text was read."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A surveyed page: its ink and skew in survey pixels, and the full picture to read a few lines from."""

    grey: Pixels
    letters: Mask
    lean: Lean
    pixels: Pixels

    def turned(self) -> "Sheet":
        """A quarter counter-clockwise, with the lean of the lines that run across."""
        letters = np.ascontiguousarray(np.rot90(self.letters))
        return Sheet(as_pixels(np.rot90(self.grey)), letters, lean_of(letters), np.rot90(self.pixels))


@dataclass(frozen=True, slots=True)
class Turn:
    """Quarter turns counter-clockwise (as ``numpy.rot90``) that set the page upright, and why."""

    quarters: int
    values: dict[str, Value]
    undone: str = ""


def find_turn(sheet: Sheet, read: BothWays) -> Turn:
    """Say how a surveyed page must be turned. Pages without lines of text stay as they are.

    Args:
        sheet: the page.
        read: who reads a few lines both ways when it is not plain, and before anything is turned.
    """
    lean = sheet.lean
    across = None if lean.clarity > 2.0 else sheet.turned()  # not looked for when the lines are plain already
    if max(lean.clarity, across.lean.clarity if across else 0.0) < _CLEAR:
        return Turn(0, {"clarity": lean.clarity}, "no lines of text")
    if across and across.lean.clarity > SIDEWAYS * lean.clarity:
        if cv2.connectedComponents(as_pixels(sheet.letters))[0] <= _LEAST_LETTERS:
            return Turn(0, {"clarity": lean.clarity}, "too few letters to tell which way they run")
        return _better_way(across, read, 1)
    ascent, ends = signs(_straight(sheet.letters, lean))
    values: dict[str, Value] = {"ascent": round(ascent, 1), "ends": round(ends, 1)}
    if (ascent >= _UPRIGHT_ASCENT and ends > -2) or (ends >= _UPRIGHT_ENDS and ascent > -5):
        return Turn(0, values)
    found = _better_way(sheet, read, 0)
    return Turn(found.quarters, {**values, **found.values}, found.undone)


def _better_way(sheet: Sheet, read: BothWays, quarters: int) -> Turn:
    """*quarters*, or two more if the lines read better upside down; 0 where neither way is clearly text."""
    found = read(_lines_to_read(sheet))
    if found is None:
        return Turn(0, {}, "no lines could be read to tell which way is up")
    as_is, upside_down = found
    values: dict[str, Value] = {"read": round(as_is, 1), "read_turned": round(upside_down, 1)}
    if max(found) < _READABLE or abs(as_is - upside_down) < _BETTER_BY:
        return Turn(0, values, "orientation is not certain")
    return Turn((quarters + 2 * (upside_down > as_is)) % 4, values)


def _straight(letters: Mask, lean: Lean) -> Mask:
    turned, _ = straighten(as_pixels(letters) * 255, lean.angle)
    return np.asarray(turned > 127, dtype=np.bool_)


def _lines_to_read(sheet: Sheet) -> Pixels:
    """The strip richest in ink, straight, cut from the full picture at most at ``_READ_SIDE`` pixels wide."""
    grey, angle = sheet.grey, sheet.lean.angle
    top, bottom, left, right = _richest(_straight(sheet.letters, sheet.lean), _READ_PART)
    scale = sheet.pixels.shape[1] / grey.shape[1]
    scale = min(scale, _READ_SIDE / max(1, right - left))
    middle = (grey.shape[1] / 2, grey.shape[0] / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, -angle, 1.0), dtype=np.float64)
    matrix[:, 2] -= (left, top)
    matrix *= scale
    matrix[:, :2] *= grey.shape[1] / sheet.pixels.shape[1]
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    cut = cv2.warpAffine(sheet.pixels, matrix, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    part = grey_of(as_pixels(cut))
    even = as_pixels(cv2.divide(part, paper_of(part, max(12, round(12 * scale))), scale=255.0))
    return as_pixels(cv2.copyMakeBorder(even, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=(255.0,)))


def _richest(straight: Mask, part: float) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of the *part* of the page's height with most ink."""
    height = max(60, round(straight.shape[0] * part))
    rows = straight.sum(axis=1).cumsum()
    top = int(np.argmax(rows[height:] - rows[:-height])) if len(rows) > height else 0
    columns = np.nonzero(straight[top : top + height].any(axis=0))[0]
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, straight.shape[1])
    return top, min(straight.shape[0], top + height), left, right


def signs(straight: Mask) -> tuple[float, float]:
    """How surely ascenders prevail, and line ends fall short, in standard errors from zero; 0 = cannot say."""
    ink = straight.astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink)[2][1:]
    heights = stats[stats[:, cv2.CC_STAT_HEIGHT] > 4, cv2.CC_STAT_HEIGHT]
    if len(heights) < 30:
        return 0.0, 0.0
    letter = float(np.median(heights))
    boxes = _lines(ink, letter)
    return _significance(_ascents(ink, boxes, letter)), _significance(_ends(boxes, letter))


def _lines(ink: Pixels, letter: float) -> npt.NDArray[np.int32]:
    """Boxes (left, top, width, height, area) of pieces of text lines."""
    reach = np.ones((1, int(2 * letter) | 1), dtype=np.uint8)
    blobs = cv2.morphologyEx(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, reach), cv2.MORPH_OPEN, reach)
    stats = np.asarray(cv2.connectedComponentsWithStats(blobs)[2][1:], dtype=np.int32)
    return stats[(stats[:, 2] > 6 * letter) & (stats[:, 3] < 4 * letter) & (stats[:, 3] > 0.6 * letter)]


def _ascents(ink: Pixels, boxes: npt.NDArray[np.int32], letter: float) -> list[float]:
    """Per line: ink above the small letters against ink below them, -1 … 1."""
    reach, margin = int(0.8 * letter), int(letter)
    found = []
    for left, top, width, height, _ in boxes:
        first = max(0, top - margin)
        rows = ink[first : top + height + margin, left : left + width].sum(axis=1, dtype=np.float64)
        core = np.nonzero(rows >= 0.5 * np.percentile(rows, 95))[0]
        above = rows[max(0, core[0] - reach) : core[0]].sum()
        below = rows[core[-1] + 1 : core[-1] + 1 + reach].sum()
        if above + below:
            found.append(float((above - below) / (above + below)))
    return found


def _ends(boxes: npt.NDArray[np.int32], letter: float) -> list[float]:
    """Per row of text: how far it stops short of the right margin, less how far it begins after the left one."""
    rows: list[list[float]] = []
    for left, top, width, height, _ in boxes[np.argsort(boxes[:, 1] + boxes[:, 3] / 2)]:
        middle = top + height / 2
        if rows and middle - rows[-1][2] < letter:
            rows[-1][:2] = [min(rows[-1][0], left), max(rows[-1][1], left + width)]
        else:
            rows.append([float(left), float(left + width), float(middle)])
    if len(rows) < 6:
        return []
    begins, ends, _ = np.array(rows).T
    left, right = np.percentile(begins, 20), np.percentile(ends, 80)
    measure = max(1.0, right - left)
    short = np.clip((right - ends) / measure, 0, 1) - np.clip((begins - left) / measure, 0, 1)
    return [float(value) for value in short]


def _significance(values: list[float]) -> float:
    """Mean over its standard error."""
    if len(values) < 6:
        return 0.0
    sample = np.array(values)
    return float(sample.mean() / (sample.std() / np.sqrt(len(sample)) + 1e-6))
