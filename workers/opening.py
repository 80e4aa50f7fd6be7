"""A first look at a scan: the page on its bed, its letters and their lean, and the gutter if it is an opening."""

from dataclasses import dataclass

import cv2
import numpy as np

from workers.gutter import Gutter, find_gutter
from workers.ink import Mask, Quad, Survey, as_pixels, ink_of, inside, letters_of, survey
from workers.layout import DARK, WIDE, PageArea, find_page
from workers.picture import Pixels
from workers.skew import Lean, lean_of, moved, straighten

_LINES = 1.5
"""Clarity of the lean from which a picture shows lines of text; a photograph of a landscape has none."""
_SHARE = 0.1
"""Part of all letters that each page of an opening carries at least."""
_PAGE_LETTERS = 100
"""Letters on a page that shows by itself that it is one: two or three lines. Sides of a letter's head had 47 and 113,
those of real openings 174 to 3863; an emptier opening is divided with its item."""
_CUT = 0.004
"""Part of all letters that may stand beyond a crop: dust on the lid. A short headline is a hundredth of its page."""
_FRINGE = 6
"""Survey pixels in which paper turns into bed."""
_RULE_ARM = 0.05
"""Part of the page's width by which a printed rule reaches beyond the gutter on both sides; a thread of the binding and
the shadow of a fold do not."""
_RULE_LINE = 0.006
"""Most height of a rule as a part of the page's: what is thicker is a picture, a bed, the edge of a leaf."""
_RULE_EDGE = 0.04
"""Part of the page's height at its top and bottom where the edges of leaves and lids lie as lines across both pages."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a survey shows; places are in survey pixels."""

    seen: Survey
    area: PageArea
    letters: Mask
    lean: Lean

    @property
    def wide(self) -> bool:
        """Whether the page itself, without the bed, is wide enough to be two."""
        quad = self.area.quad
        return bool(np.linalg.norm(quad[1] - quad[0]) > WIDE * np.linalg.norm(quad[3] - quad[0]))


@dataclass(frozen=True, slots=True)
class Division:
    """Where an opening is divided: the ends of the line, and the place as a fraction of the page's width."""

    top: tuple[float, float]
    bottom: tuple[float, float]
    fraction: float
    evidence: Gutter


def look_at(pixels: Pixels, *, crop: bool = True) -> Look:
    """Survey a picture; with *crop* off, all of it counts as page."""
    seen = survey(pixels)
    area = _guarded(seen, find_page(seen)) if crop else whole_picture(seen)
    letters = letters_within(seen, area.quad)
    return Look(seen, area, letters, lean_of(letters))


def _guarded(seen: Survey, area: PageArea) -> PageArea:
    """*area*, or the whole picture when text stands beyond it: a tinted panel was taken for the page."""
    if not area.found:
        return area
    bed = area.bed & (seen.grey < DARK)
    near = np.ones((2 * _FRINGE + 1, 2 * _FRINGE + 1), np.uint8)
    paper = ~np.asarray(cv2.dilate(as_pixels(bed), near), dtype=np.bool_)
    letters = letters_of(ink_of(seen.grey, within=paper))
    page = np.asarray(cv2.dilate(as_pixels(inside(area.quad, seen.grey.shape)), near), dtype=np.bool_)
    if np.count_nonzero(letters & ~page) <= _CUT * np.count_nonzero(letters):
        return area
    return whole_picture(seen, "text would be cut off")


def whole_picture(seen: Survey, undone: str = "") -> PageArea:
    """All of the picture, no bed."""
    height, width = seen.grey.shape
    quad = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    return PageArea(quad, (False,) * 4, np.zeros((height, width), dtype=np.bool_), undone)


def letters_within(seen: Survey, quad: Quad) -> Mask:
    """The letters inside *quad*, away from its edges."""
    return letters_of(ink_of(seen.grey, within=inside(quad, seen.grey.shape, 6)))


def division(look: Look, angle: float, expected: float | None = None) -> Division | None:
    """Find where an opening is divided; None when text stands on every line that could divide it.

    Args:
        look: the survey.
        angle: its lean in degrees.
        expected: the item's usual place, as a fraction of the picture's width.
    """
    grey, matrix = straighten(look.seen.grey, angle)
    inked, _ = straighten(as_pixels(look.letters) * 255, angle)
    quad = moved(look.area.quad, matrix)
    place = None
    if expected is not None:
        height, width = grey.shape
        place = float(moved(np.array([[expected * width, height / 2]]), matrix)[0, 0])
    gutter = find_gutter(grey, np.asarray(inked > 127, dtype=np.bool_), quad, place)
    if gutter is None:
        return None
    back = np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)
    ends = moved(np.array([[gutter.x, quad[:2, 1].mean()], [gutter.x, quad[2:, 1].mean()]]), back)
    left, right = quad[[0, 3], 0].mean(), quad[[1, 2], 0].mean()
    top, bottom = ((float(x), float(y)) for x, y in ends)
    return Division(top, bottom, float((gutter.x - left) / max(1.0, right - left)), gutter)


def opening_gutter(look: Look) -> float | None:
    """The gutter as a fraction of the picture's width, if the picture looks like an opening by itself."""
    if not look.wide or look.lean.clarity < _LINES:
        return None
    found = division(look, look.lean.angle)
    if found is None or not found.evidence.clear or not _text_on_both_sides(look, found) or ruled_across(look, found):
        return None
    return round(float(found.top[0] + found.bottom[0]) / 2 / int(look.seen.grey.shape[1]), 4)


def ruled_across(look: Look, found: Division) -> bool:
    """Whether a printed rule runs across the gutter: a form or a table, which is one page however wide.

    A rule is thin, straight and level with the lines of text; it ends on the page.
    """
    grey, matrix = straighten(look.seen.grey, look.lean.angle)
    quad = moved(look.area.quad, matrix)
    left, right = quad[[0, 3], 0].mean(), quad[[1, 2], 0].mean()
    top, bottom = quad[:2, 1].max(), quad[2:, 1].min()
    arm, thick = round(_RULE_ARM * (right - left)), max(3, round(_RULE_LINE * (bottom - top)))
    edge = round(_RULE_EDGE * (bottom - top))
    x = round(float(moved(np.array([found.top, found.bottom]), matrix)[:, 0].mean()))
    rows = slice(max(0, round(top) + edge), max(0, round(bottom) - edge))
    part = as_pixels(ink_of(np.ascontiguousarray(grey[rows])))
    joined = cv2.morphologyEx(part, cv2.MORPH_CLOSE, np.ones((1, 7), np.uint8))
    strokes = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, max(3, arm // 2)), np.uint8))
    boxes = cv2.connectedComponentsWithStats(strokes, connectivity=8)[2][1:]
    begin, end = boxes[:, cv2.CC_STAT_LEFT], boxes[:, cv2.CC_STAT_LEFT] + boxes[:, cv2.CC_STAT_WIDTH]
    across = (begin <= x - arm) & (end >= x + arm) & (boxes[:, cv2.CC_STAT_HEIGHT] <= thick)
    return bool((across & (begin > left + arm / 2) & (end < right - arm / 2)).any())


def _text_on_both_sides(look: Look, found: Division) -> bool:
    """Whether either side carries text enough to be a page of its own."""
    gutter = (found.top[0] + found.bottom[0]) / 2
    columns = look.letters.sum(axis=0)
    left = columns[: int(gutter)].sum() / max(1, columns.sum())
    middles = cv2.connectedComponentsWithStats(as_pixels(look.letters), connectivity=8)[3][1:, 0]
    fewest = min(np.count_nonzero(middles < gutter), np.count_nonzero(middles >= gutter))
    return bool(_SHARE <= left <= 1 - _SHARE and fewest >= _PAGE_LETTERS)
