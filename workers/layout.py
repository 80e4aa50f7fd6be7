"""Where the page lies on the scanner's bed, and whether a picture shows two pages with a gutter between them.

Everything here looks at a surveyed (small) picture and answers in its pixels. Deciding is separate from looking:
:func:`decide_split` is pure and sees a whole item.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, Quad, Survey, as_pixels, inside
from workers.picture import FrameInfo, Pixels

_MIN_CONTRAST = 7.0
"""Grey levels between bed and paper below which nobody, man or machine, sees where the page ends."""
_MIN_PAGE = 0.2
"""A page covers at least this part of the picture; less is a scrap, and cropping to it would lose the rest."""
DARK = 100.0
"""A bed whose brightest channel lies below is the black one."""
_MAX_LEAK = 0.03
"""Part of the page that may have the bed's colour; more means that paper was taken for bed."""
_MAX_STRAYS = 0.25
"""Part of the surroundings that may be something else: fingers, the next leaf, a book's cover."""

Samples = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PageArea:
    """The page on its bed: corners in survey pixels, and for every side whether bed was seen beyond it."""

    quad: Quad
    sides: tuple[bool, ...]
    """Left, top, right, bottom."""
    bed: Mask
    """The pixels that show bed, joined to the border of the picture."""
    undone: str = ""
    """Why a page that was found is not cropped to; *quad* is then the whole picture."""

    @property
    def found(self) -> bool:
        """Whether any side has bed beyond it."""
        return any(self.sides)


def find_page(seen: Survey) -> PageArea:
    """Find the page on a dark or light bed; the whole picture when no bed can be told from the paper."""
    height, width = seen.grey.shape
    bed = _bed(seen.pixels)
    whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    if not bed.any():
        return PageArea(whole, (False,) * 4, bed)
    page = as_pixels(cv2.morphologyEx((~bed).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9))))
    edges = _edges(page)
    left, top = edges[0] or (0.0, 0.0), edges[1] or (0.0, 0.0)
    right, bottom = _from_far(edges[2], width), _from_far(edges[3], height)
    quad = np.array([_cross(left, top), _cross(right, top), _cross(right, bottom), _cross(left, bottom)])
    if not _believable(quad, bed):
        return PageArea(whole, (False,) * 4, np.zeros_like(bed), "what was found does not look like a page")
    return PageArea(quad, tuple(edge is not None for edge in edges), bed)


def _believable(quad: Quad, bed: Mask) -> bool:
    """The page is large enough, holds no bed, and leaves nothing but bed outside."""
    height, width = bed.shape
    corners_in = ((quad > -0.1 * max(width, height)) & (quad < 1.1 * max(width, height))).all()
    if not corners_in or cv2.contourArea(quad.astype(np.float32)) < _MIN_PAGE * width * height:
        return False
    core, page = inside(quad, bed.shape, 8), inside(quad, bed.shape)
    outside = ~page
    return _share(bed, core) < _MAX_LEAK and _share(~bed, outside) < _MAX_STRAYS


def _share(mask: Mask, region: Mask) -> float:
    """Part of *region* that *mask* covers."""
    return float(np.count_nonzero(mask & region)) / max(1.0, float(np.count_nonzero(region)))


def _from_far(edge: tuple[float, float] | None, size: int) -> tuple[float, float]:
    """An edge measured from the far side, as measured from the near one."""
    return (-edge[0], size - edge[1]) if edge else (0.0, float(size))


def _bed(pixels: Pixels) -> Mask:
    """Pixels coloured like the bed seen at the picture's corners and sides, and joined to its border."""
    smooth = as_pixels(cv2.blur(pixels, (5, 5)))
    paper = _paper_colour(smooth)
    bed = np.zeros(smooth.shape[:2], dtype=np.uint8)
    taken: list[Samples] = []
    for patch in _patches(smooth):
        colours = patch.reshape(-1, *smooth.shape[2:]).astype(np.float64).reshape(len(patch) * patch.shape[1], -1)
        colour, spread = np.median(colours, axis=0), float(colours.std(axis=0).max())
        tolerance = _tolerance(colour, spread, float(np.abs(colour - paper).max()))
        if tolerance and all(np.abs(colour - other).max() > tolerance / 2 for other in taken):
            taken.append(colour)
            bed |= as_pixels(cv2.inRange(smooth, colour - tolerance, colour + tolerance))
    # Shading passes through the colour of a light lid in a thin line, by which bed would flow into the page.
    thick = cv2.morphologyEx(bed, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return _joined_to_border(as_pixels(thick))


def _tolerance(colour: Samples, spread: float, distance: float) -> float:
    """How far a pixel may be from the bed's colour; 0 = this colour is no bed.

    A dark bed shows lamp glow and dust; a light lid is even, and shaded paper comes close to its colour.
    """
    if distance < _MIN_CONTRAST:
        return 0.0
    if colour.max() < DARK:
        return min(distance / 2, 50.0) if spread < 20 else 0.0
    return min(distance / 2, max(2.0, 3 * spread)) if spread < 4 else 0.0


def _paper_colour(smooth: Pixels) -> Samples:
    """Median colour of the brighter part of the picture's middle."""
    height, width = smooth.shape[:2]
    middle = smooth[height // 5 : height - height // 5 : 4, width // 5 : width - width // 5 : 4]
    flat = middle.reshape(middle.shape[0] * middle.shape[1], -1).astype(np.float64)
    light = flat.sum(axis=1)
    return np.asarray(np.median(flat[light >= np.percentile(light, 60)], axis=0), dtype=np.float64)


def _patches(smooth: Pixels) -> list[Pixels]:
    """The four corners and the outermost strip of each side."""
    height, width = smooth.shape[:2]
    dy, dx = max(2, height // 60), max(2, width // 60)
    corners = [smooth[:dy, :dx], smooth[:dy, -dx:], smooth[-dy:, :dx], smooth[-dy:, -dx:]]
    ty, tx = max(1, dy // 3), max(1, dx // 3)
    return [*corners, smooth[:ty, ::4], smooth[-ty:, ::4], smooth[::4, :tx], smooth[::4, -tx:]]


def _joined_to_border(mask: Pixels) -> Mask:
    count, labels = cv2.connectedComponents(mask, connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    keep = np.zeros(count, dtype=np.bool_)
    keep[np.unique(border)] = True
    keep[0] = False
    return np.asarray(keep[labels], dtype=np.bool_)


_TURNS = (1, -1, -1, 1)
"""Sign of a side's slope where the page leans one way: left, top, right, bottom, each looked at as the left one is."""


def _edges(page: Pixels) -> tuple[tuple[float, float] | None, ...]:
    """The page's four edges, each as (slope, offset) from its side of the picture; None where the page runs out of it.

    A side along which paper and bed have one colour shows no line; it is taken to lean as the others do, for a page has
    right angles.
    """
    sides = [_outline(view) for view in (page, page.T, page[:, ::-1], page.T[:, ::-1])]
    fitted = [_line(*side[:2], 0.4 * side[2]) if side else None for side in sides]
    leans = [sign * line[0] for sign, line in zip(_TURNS, fitted, strict=True) if line]
    lean = median(leans) if leans else 0.0
    edges = [
        line or (_beyond(*side[:2], sign * lean) if side else None)
        for side, line, sign in zip(sides, fitted, _TURNS, strict=True)
    ]
    return tuple(edges)


def _outline(page: Pixels) -> tuple[Indices, Samples, int] | None:
    """Where the page begins: rows, its first pixel in each, and how many rows it has; None where it runs out.

    Rows without bed at the picture's border say nothing about the edge: the light of a lid varies, and parts of it are
    not known for bed.
    """
    rows = np.nonzero(page.any(axis=1))[0]
    if len(rows) < 20:
        return None
    first = page[rows].argmax(axis=1).astype(np.float64)
    seen = first > 1
    return (rows[seen], first[seen], len(rows)) if np.count_nonzero(seen) >= 0.5 * len(rows) else None


def _beyond(rows: Indices, first: Samples, slope: float) -> tuple[float, float]:
    """The line of this *slope* beyond which lies nearly nothing of the page."""
    return slope, float(np.percentile(first - slope * rows, 2))


def _line(rows: Indices, first: Samples, least: float) -> tuple[float, float] | None:
    """Slope and offset of the line through most of *first*; None if it passes by less than *least* of them."""
    parts = np.array_split(np.arange(len(rows)), 20)
    x = np.array([np.median(first[part]) for part in parts])
    y = np.array([np.median(rows[part]) for part in parts])
    dy = y[:, None] - y[None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = (x[:, None] - x[None, :]) / dy
    slope = float(np.nanmedian(np.where(dy > 0, slopes, np.nan)))
    offset = float(np.median(x - slope * y))
    near = np.abs(first - slope * rows - offset) < 3
    if np.count_nonzero(near) < least:
        return None
    fitted = np.polyfit(rows[near], first[near], 1)
    return float(fitted[0]), float(fitted[1])


def _cross(upright: tuple[float, float], level: tuple[float, float]) -> tuple[float, float]:
    """Where x = a*y + b meets y = c*x + d."""
    (a, b), (c, d) = upright, level
    x = (a * d + b) / (1 - a * c)
    return x, c * x + d


@dataclass(frozen=True, slots=True)
class Split:
    """What was decided for an item: whether its wide pictures are openings, and where they are usually divided."""

    split: bool
    gutter: float | None


_WHOLE = Split(split=False, gutter=None)


WIDE = 1.15
"""Width over height from which a picture may be an opening; two A5 pages give 1.41, a single page at most 1.0."""
_AGREE = 0.06
"""Gutters of one item lie within this part of the width of each other; the book stays put on the glass."""
_MOST = 0.6


def decide_split(frames: Sequence[FrameInfo]) -> Split:
    """Decide for a whole item: its wide pictures are openings when most of them show the same gutter.

    Single pages among them stay whole whatever is decided here. One wide picture alone needs a gutter near its
    middle. The rule is a book-level one because a single picture misleads: a table or a map may show a fold too.
    """
    wide = [frame for frame in frames if frame.width > WIDE * frame.height]
    gutters = [frame.gutter for frame in wide if frame.gutter is not None]
    if not gutters:
        return _WHOLE
    middle = median(gutters)
    agreeing = sum(abs(gutter - middle) <= _AGREE for gutter in gutters)
    if len(wide) == 1:
        return Split(split=True, gutter=middle) if abs(middle - 0.5) < 0.1 and len(frames) < 3 else _WHOLE
    return Split(split=True, gutter=middle) if agreeing >= _MOST * len(wide) else _WHOLE
