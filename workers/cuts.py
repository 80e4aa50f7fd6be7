"""Pieces of a page stacked into one small picture for a second look, and what is read there put in its place again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from workers.picture import Pixels
from workers.text import Box, Line

_ABOVE, _BELOW = 0.3, 0.2
"""Heights of a row that are cut out with it above and below: where its marks stand, and as much air as the recogniser's
own lines have. With three quarters of a height all around it gave 34 to 75 of 100 to four rows to which it gives 74 to
91 so."""
_NEAR = 1 / 3
"""Heights of a row within which above and below it the middle of a piece of ink may stand that belongs to it."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Pieces cut from a page and stacked; ``tops[n]`` is where the picture of piece *n* begins."""

    pixels: Pixels
    corners: tuple[tuple[int, int], ...]
    """Left and top of each piece in the page."""
    tops: tuple[int, ...]
    margin: int


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all *boxes*, at least one."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    return Box(left, top, max(box.right for box in boxes), max(box.bottom for box in boxes))


def stacked(grey: Pixels, boxes: Sequence[Box]) -> Strip:
    """The pictures of *boxes* (in pixels of *grey*), one under the other on white, as far apart as lines of print."""
    margin = max(4, round(float(np.median([box.bottom - box.top for box in boxes])) / 3))
    reaches = [_reach(box, margin, grey.shape) for box in boxes]
    cuts = [grey[reach] for reach in reaches]
    width = max(cut.shape[1] for cut in cuts) + 2 * margin
    tops = np.cumsum([margin, *(cut.shape[0] + margin for cut in cuts)])
    pixels = np.full((int(tops[-1]), width), 255, np.uint8)
    for cut, top in zip(cuts, tops, strict=False):
        pixels[top : top + cut.shape[0], margin : margin + cut.shape[1]] = cut
    corners = tuple((columns.start, rows.start) for rows, columns in reaches)
    return Strip(pixels, corners, tuple(int(top) for top in tops[:-1]), margin)


def alone(grey: Pixels, ink: Pixels, row: Box) -> Strip:
    """The picture of one *row* of print with nothing around it; what hangs into it from its neighbours is white.

    Args:
        grey: the page.
        ink: not 0 where the page has ink.
        row: from the top of its tallest letters to the foot of its lowest.
    """
    high, left = row.bottom - row.top, max(0, row.left)
    top, bottom = max(0, row.top - round(_ABOVE * high)), row.bottom + round(_BELOW * high)
    first = max(0, row.top - high)
    labels, middles = cv2.connectedComponentsWithStats(
        ink[first : row.bottom + high, left : row.right], connectivity=8
    )[1::2]
    strange = np.abs(middles[:, 1] + first - (row.top + row.bottom) / 2) > (0.5 + _NEAR) * high
    strange[0] = False
    others = cv2.dilate(strange[labels].astype(np.uint8), np.ones((5, 5), np.uint8))[top - first : bottom - first]
    pixels = np.where(others > 0, np.uint8(255), grey[top:bottom, left : row.right])
    return Strip(pixels, ((left, top),), (0,), 0)


def _reach(box: Box, margin: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of a box, with a little more all around."""
    some = margin // 2
    return (
        slice(max(0, box.top - some), min(shape[0], box.bottom + some)),
        slice(max(0, box.left - some), min(shape[1], box.right + some)),
    )


def returned(strip: Strip, read: Sequence[Line]) -> dict[int, tuple[Line, ...]]:
    """Number of a box -> the lines that were *read* in its picture, on their places in the page."""
    found: dict[int, list[Line]] = {}
    for line in read:
        middle = (line.box.top + line.box.bottom) // 2
        number = int(np.searchsorted(strip.tops, middle, side="right")) - 1
        if number >= 0:
            found.setdefault(number, []).append(moved(line, *_way_back(strip, number)))
    return {number: tuple(lines) for number, lines in found.items()}


def _way_back(strip: Strip, number: int) -> tuple[int, int]:
    """Pixels to the right and down from a place in the strip to the same place in the page."""
    left, top = strip.corners[number]
    return left - strip.margin, top - strip.tops[number]


def moved(line: Line, right: int, down: int) -> Line:
    """*line* and its words so many pixels farther."""
    words = tuple(replace(word, box=_moved_box(word.box, right, down)) for word in line.words)
    return replace(line, words=words, box=_moved_box(line.box, right, down))


def _moved_box(box: Box, right: int, down: int) -> Box:
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)
