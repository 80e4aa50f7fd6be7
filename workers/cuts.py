"""Pieces of a page stacked into one small picture for a second look, and what is read there put in its place again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from workers.picture import Pixels
from workers.text import Box, Line


@dataclass(frozen=True, slots=True)
class Strip:
    """Boxes cut from a page and stacked; ``tops[n]`` is where the picture of box *n* begins."""

    pixels: Pixels
    boxes: tuple[Box, ...]
    tops: tuple[int, ...]
    margin: int


def around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all *boxes*, at least one."""
    left, top = min(box.left for box in boxes), min(box.top for box in boxes)
    return Box(left, top, max(box.right for box in boxes), max(box.bottom for box in boxes))


def stacked(grey: Pixels, boxes: Sequence[Box]) -> Strip:
    """The pictures of *boxes* (in pixels of *grey*), one under the other on white, as far apart as lines of print."""
    margin = max(4, round(float(np.median([box.bottom - box.top for box in boxes])) / 3))
    cuts = [grey[_reach(box, margin, grey.shape)] for box in boxes]
    width = max(cut.shape[1] for cut in cuts) + 2 * margin
    tops = np.cumsum([margin, *(cut.shape[0] + margin for cut in cuts)])
    pixels = np.full((int(tops[-1]), width), 255, np.uint8)
    for cut, top in zip(cuts, tops, strict=False):
        pixels[top : top + cut.shape[0], margin : margin + cut.shape[1]] = cut
    return Strip(pixels, tuple(boxes), tuple(int(top) for top in tops[:-1]), margin)


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
    some, box = strip.margin // 2, strip.boxes[number]
    return max(0, box.left - some) - strip.margin, max(0, box.top - some) - strip.tops[number]


def moved(line: Line, right: int, down: int) -> Line:
    """*line* and its words so many pixels farther."""
    words = tuple(replace(word, box=_moved_box(word.box, right, down)) for word in line.words)
    return replace(line, words=words, box=_moved_box(line.box, right, down))


def _moved_box(box: Box, right: int, down: int) -> Box:
    return Box(box.left + right, box.top + down, box.right + right, box.bottom + down)
