"""From a scan to one or two straight, even pages; every step records its numbers, and a guard can undo it.

Geometry is found on a small survey and applied to the full picture in one turn, so that pixels are
resampled once.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from workers import background, cleaning, dewarp
from workers.facing import read_both_ways
from workers.ink import Mask, Quad, Survey, as_pixels, grey_of
from workers.layout import PageArea
from workers.opening import Look, division, letters_within, look_at
from workers.orient import BothWays, Sheet, find_turn
from workers.picture import Origin, Pixels, Restored, Scan, Step, Value
from workers.skew import LIMIT, lean_of, moved

_FRINGE = 2.0
"""Survey pixels by which the bed is papered over beyond the page's edge, which is known no better: 0.4 mm on A5."""
_SLIT = 4
"""Pixels at a page's corners up to which what lies beyond the picture is left: nobody sees it."""
_BAND, _PIECE = 256, 64
"""Rows papered over at a time, and rows in which those columns are taken that need it."""
_GRID, _REACH = 16, 6.0
"""Pixels of a field in which paper is looked at, and fields over which it is averaged: 8 mm on A5 at 300 dpi."""
_FAINT = 1e-4
"""Weight of the page's usual paper, which is taken where none is near."""
_RIM, _RIM_FRINGE = 0.02, 3
"""Part of the page's longer side along its edges in which bed is looked for once more, for no sheet is cut quite
straight; and survey pixels around it in which bed and paper mix."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The parameters of restoration with their defaults; ``config/restore.toml`` explains them to people."""

    orientation: bool = True
    crop: bool = True
    deskew: bool = True
    deskew_clarity: float = 1.5
    dewarp: bool = True
    even: bool = True
    clean: bool = True
    speck_mm: float = 0.17
    letter_height: float = 14.0
    page_height_mm: float = 210.0
    min_side: float = 0.3


RANGES: Mapping[str, tuple[float, float]] = {
    "deskew_clarity": (1.0, 10.0),
    "speck_mm": (0.0, 1.0),
    "letter_height": (8.0, 40.0),
    "page_height_mm": (30.0, 2000.0),
    "min_side": (0.05, 0.5),
}
"""Least and most that a number may be. Chosen by hand: a speck of over a millimetre is a letter; half a page
is the most that the smaller side of an opening can have."""


def profile_defaults() -> dict[str, Value]:
    """Every parameter with its default, as a flat table."""
    return {field.name: field.default for field in fields(Profile)}  # type: ignore[misc]


def misfit(name: str, value: object) -> str:
    """Why *value* cannot be the restoration parameter *name*, to go on after "which"; empty where it can."""
    defaults = profile_defaults()
    if name not in defaults:
        return f"is no parameter of restoration ({', '.join(defaults)})"
    if isinstance(defaults[name], bool):
        return "" if isinstance(value, bool) else "must be true or false"
    least, most = RANGES[name]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
    return "" if fits else f"must be a number between {least:g} and {most:g}"


def profile_of(table: Mapping[str, Value]) -> Profile:
    """Read a table of parameters.

    Raises:
        ValueError: a key is unknown or its value cannot be; whoever reads people's input asks :func:`misfit` first.
    """
    for key, value in table.items():
        if why := misfit(key, value):
            raise ValueError(f"restoration parameter {key} = {value!r} {why}")
    return Profile(**table)  # type: ignore[arg-type]


def restore(
    scan: Scan,
    profile: Mapping[str, Value],
    split: bool,  # noqa: FBT001  (the item's decision, as PageJob has it)
    gutter: float | None,
    read: BothWays = read_both_ways,
) -> tuple[Restored, ...]:
    """Turn, crop, split, straighten, even and clean one scan.

    Args:
        scan: the decoded picture.
        profile: restoration parameters over the defaults; see :class:`Profile`.
        split: the item's wide pictures are openings.
        gutter: where they are usually divided, as a fraction of the picture's width.
        read: who reads a few lines to tell which way is up.

    Returns:
        One page, or two (left first) when the picture is an opening.
    """
    settings = profile_of(profile)
    pixels, look, turned, quarters = _upright(scan.pixels, settings, read)
    expected = {0: gutter, 2: None if gutter is None else 1 - gutter}.get(quarters)
    parts, divided = _divide(look, expected, settings) if split else (_whole(look), Step("split"))
    dpi = scan.dpi or _guess_dpi(look.seen.full(look.area.quad), settings)
    desk = _Desk(pixels, look, dpi, settings, (turned, _crop_step(look), divided), quarters)
    return tuple(_side(desk, part) for part in parts)


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a scan: which side it is, and its corners in survey pixels."""

    side: str
    quad: Quad


@dataclass(frozen=True, slots=True)
class _Desk:
    """What all pages of one scan share."""

    pixels: Pixels
    look: Look
    dpi: float
    settings: Profile
    steps: tuple[Step, ...]
    quarters: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a straight page lies in the picture: the matrix (2 x 3) from picture to page, and the page's size."""

    matrix: Quad
    size: tuple[int, int]
    """Width and height."""
    inner: Quad
    """The page's own corners in the frame; what lies beyond them is bed."""


def _upright(pixels: Pixels, settings: Profile, read: BothWays) -> tuple[Pixels, Look, Step, int]:
    """The picture the right way up, surveyed."""
    look = look_at(pixels, crop=settings.crop)
    if not settings.orientation:
        return pixels, look, Step("orientation", undone="switched off"), 0
    turn = find_turn(Sheet(look.seen.grey, look.letters, look.lean, pixels), read)
    step = Step("orientation", {"turned": 90 * turn.quarters, **turn.values}, turn.undone)
    if turn.quarters:
        pixels = np.ascontiguousarray(np.rot90(pixels, turn.quarters))
        look = look_at(pixels, crop=settings.crop)
    return pixels, look, step, turn.quarters


def _crop_step(look: Look) -> Step:
    corners = look.seen.full(look.area.quad).round().astype(int).ravel().tolist()
    return Step("crop", {"corners": " ".join(map(str, corners)), "sides": sum(look.area.sides)}, look.area.undone)


def _whole(look: Look) -> tuple[Part, ...]:
    return (Part("whole", look.area.quad),)


def _divide(look: Look, expected: float | None, settings: Profile) -> tuple[tuple[Part, ...], Step]:
    """The opening's two pages, if this picture is wide enough and no text stands on the dividing line."""
    if not look.wide:
        return _whole(look), Step("split", undone="a single page: not wide enough for two")
    angle = look.lean.angle if look.lean.clarity >= settings.deskew_clarity else _edge_angle(look.area)
    found = division(look, angle, expected)
    if found is None:
        return _whole(look), Step("split", undone="text crosses the gutter")
    if not settings.min_side <= found.fraction <= 1 - settings.min_side:
        return _whole(look), Step("split", undone="one side would be a sliver")
    a, b, c, d = look.area.quad
    left, right = np.array([a, found.top, found.bottom, d]), np.array([found.top, b, c, found.bottom])
    values = {"gutter": found.fraction, "shadow": found.evidence.shadow, "band": found.evidence.band}
    step = Step("split", {name: round(value, 4) for name, value in values.items()})
    return (Part("left", left), Part("right", right)), step


def _edge_angle(area: PageArea) -> float:
    """The lean of the page's own edges, for pages without text; 0 when they do not agree."""
    top, bottom = area.quad[1] - area.quad[0], area.quad[2] - area.quad[3]
    angles = [-np.degrees(np.arctan2(side[1], side[0])) for side in (top, bottom)]
    agree = all(area.sides) and abs(angles[0] - angles[1]) < 0.3
    return float(np.mean(angles)) if agree else 0.0


def _guess_dpi(quad: Quad, settings: Profile) -> float:
    """Resolution of a picture that names none: a page of this profile is so many millimetres high."""
    height = float(np.linalg.norm(quad[3] - quad[0]))
    dpi = height / settings.page_height_mm * 25.4
    usual = min((100, 150, 200, 240, 300, 400, 600), key=lambda value: abs(value / dpi - 1))
    return float(usual) if abs(usual / dpi - 1) < 0.15 else float(np.clip(round(dpi), 70, 1200))


def _side(desk: _Desk, part: Part) -> Restored:
    """Straighten, level, even and clean one page."""
    settings, dpi = desk.settings, desk.dpi
    angle, turned = _lean(desk, part)
    frame = _frame(desk.look.seen.full(part.quad), angle)
    warp, levelled = _bend(desk, part, frame)
    picture = _cut(desk.pixels, frame, warp, papered=desk.look.area.found)
    bed = _bed_of(desk.look, frame, warp)
    if bed:
        _paper_over(picture, bed)
    paper = background.shading(picture)
    lit = _light(paper, desk)
    grey, as_it_was, scale, cleaned = _readable(grey_of(picture), grey_of(paper), dpi, settings)
    if not lit.undone:
        picture = _evened(picture, paper, bed, in_place=picture is not desk.pixels)
    beyond = None if bed else _beyond(desk.look, frame)
    if beyond:
        _paper_over(picture, beyond)
    steps = (*desk.steps, turned, levelled, lit, cleaned)
    return Restored(part.side, picture, grey, dpi, angle, steps, scale, _origin(desk, part, frame, warp), as_it_was)


def _origin(desk: _Desk, part: Part, frame: _Frame, warp: dewarp.Warp | None) -> Origin:
    """The way back to the scan. A side of an opening takes along what lies beyond its outer edges."""
    height, width = desk.pixels.shape[:2]
    x = desk.look.seen.full(part.quad)[:, 0]
    left = 0 if part.side != "right" else max(0, int(np.floor(x.min())))
    right = width if part.side != "left" else min(width, int(np.ceil(x.max())))
    back = np.asarray(cv2.invertAffineTransform(frame.matrix), dtype=np.float64)
    return Origin(desk.quarters, (width, height), back, (left, 0, right, height), warp.heights if warp else None)


def _light(paper: Pixels, desk: _Desk) -> Step:
    """Whether the light of the picture people read is evened; the recogniser's always is."""
    undone = "" if desk.settings.even else "switched off"
    if desk.settings.even and background.washes_out(paper) and not background.two_tone(desk.pixels):
        undone = "a picture would be washed out"
    return Step("even", {"unevenness": round(background.unevenness(paper), 3)}, undone)


def _evened(picture: Pixels, paper: Pixels, bed: "_Bed | None", *, in_place: bool) -> Pixels:
    """The picture that people read in even light.

    Where there was bed, its shading is that of the paper at the page's very edge, for shadows grow towards it; what was
    papered over is brighter than these, and has to be papered over once more.
    """
    if bed is None:
        return background.even(picture, paper, in_place=in_place)
    picture = background.even(picture, background.shading(picture, bed.shown()), in_place=in_place)
    _paper_over(picture, bed)
    return picture


def _bend(desk: _Desk, part: Part, frame: _Frame) -> tuple[dewarp.Warp | None, Step]:
    """How the page's lines curve, if they do and levelling them does no harm."""
    if not desk.settings.dewarp:
        return None, Step("dewarp", undone="switched off")
    letters = desk.look.letters if part.side == "whole" else letters_within(desk.look.seen, part.quad)
    bent = dewarp.bend_of(_laid(letters, desk.look.seen, frame))
    return bent.warp, Step("dewarp", {"sag": round(bent.sag, 2), "left": round(bent.left, 2)}, bent.undone)


def _readable(grey: Pixels, paper: Pixels, dpi: float, settings: Profile) -> tuple[Pixels, Pixels | None, float, Step]:
    """What the recogniser reads: evened, scaled to the letter height it likes, cleaned.

    Then the same before it was cleaned, the scale, and the step with its numbers.
    """
    height = cleaning.letter_height(background.even(grey, paper, white=255.0))
    scale = _scale(height, dpi, settings)
    reduced = min(scale, 1.0)
    small = background.even(_scaled(grey, reduced), paper, white=255.0)
    values: dict[str, Value] = {"x_height": round(height, 1), "scale": round(scale, 3)}
    if not settings.clean:
        return _scaled(small, scale / reduced), None, scale, Step("clean", values, "switched off")
    speck = max(2.0, (settings.speck_mm / 25.4 * dpi * reduced) ** 2)
    cleaned = cleaning.clean(small, dpi * reduced, speck)
    step = Step("clean", {**values, "specks": cleaned.specks, "faint": cleaned.faint}, cleaned.undone)
    as_it_was = None if cleaned.undone else _scaled(small, scale / reduced)
    return _scaled(cleaned.grey, scale / reduced), as_it_was, scale, step


def _scaled(grey: Pixels, scale: float) -> Pixels:
    if scale == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return as_pixels(cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def _scale(letter_height: float, dpi: float, settings: Profile) -> float:
    """Grey pixels per picture pixel, so that small letters get the height the recogniser reads best."""
    wanted = settings.letter_height / letter_height if letter_height else 200.0 / dpi
    return float(np.clip(wanted, 0.4, 2.5))


def _lean(desk: _Desk, part: Part) -> tuple[float, Step]:
    """The angle by which a page was turned; a page without clear lines is straightened by its edges, or not."""
    settings, look = desk.settings, desk.look
    if not settings.deskew:
        return 0.0, Step("deskew", undone="switched off")
    lean = look.lean if part.side == "whole" else lean_of(letters_within(look.seen, part.quad))
    values: dict[str, Value] = {"angle": lean.angle, "clarity": lean.clarity}
    if lean.clarity >= settings.deskew_clarity and abs(lean.angle) <= LIMIT:
        return lean.angle, Step("deskew", values)
    edge = _edge_angle(look.area)
    values["edges"] = round(edge, 3)
    return edge, Step("deskew", values, undone="" if edge else "no direction in the text")


def _frame(quad: Quad, angle: float) -> _Frame:
    """The upright box around a page of these corners, turned back by *angle* degrees."""
    middle = quad.mean(axis=0)
    turn = cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), -angle, 1.0)
    matrix = np.asarray(turn, dtype=np.float64)
    straight = moved(quad, matrix)
    low, high = np.floor(straight.min(axis=0) + 0.01), np.ceil(straight.max(axis=0) - 0.01)
    matrix[:, 2] -= low
    return _Frame(matrix, (max(1, int(high[0] - low[0])), max(1, int(high[1] - low[1]))), straight - low)


def _laid(letters: Mask, seen: Survey, frame: _Frame) -> Mask:
    """The surveyed letters as they stand on the straight page, as small as they were."""
    matrix = frame.matrix.copy()
    matrix[:, 2] *= seen.factor
    size = (max(1, round(frame.size[0] * seen.factor)), max(1, round(frame.size[1] * seen.factor)))
    laid = cv2.warpAffine(as_pixels(letters) * 255, matrix, size, flags=cv2.INTER_LINEAR)
    return np.asarray(laid > 127, dtype=np.bool_)


def _cut(pixels: Pixels, frame: _Frame, warp: dewarp.Warp | None, *, papered: bool) -> Pixels:
    """Turn and level the page and crop it, in one go; with *papered*, into a picture of its own."""
    if warp is not None:
        back = np.asarray(cv2.invertAffineTransform(frame.matrix), dtype=np.float64)
        page = dewarp.unbent(pixels, warp, back, frame.size)
    elif not papered and frame.size == pixels.shape[1::-1] and np.array_equal(frame.matrix, np.eye(2, 3)):
        return pixels
    else:
        # Linear takes a third of the time of cubic, and the development pack is read no worse.
        edge = cv2.BORDER_REPLICATE
        page = as_pixels(cv2.warpAffine(pixels, frame.matrix, frame.size, flags=cv2.INTER_LINEAR, borderMode=edge))
    return page


def _rim(look: Look, frame: _Frame, warp: dewarp.Warp | None) -> Pixels:
    """Where bed shows inside the edges of the straight page, not 0 there; as small as the page was surveyed."""
    matrix = frame.matrix.copy()
    matrix[:, 2] *= look.seen.factor
    size = (max(1, round(frame.size[0] * look.seen.factor)), max(1, round(frame.size[1] * look.seen.factor)))
    bed = as_pixels(look.area.bed) * np.uint8(255)
    if warp is not None:
        back = np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)
        bed = dewarp.unbent(bed, warp, back, size)
    else:
        bed = as_pixels(cv2.warpAffine(bed, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))
    side = 2 * _RIM_FRINGE + 1
    rim = as_pixels(cv2.dilate(as_pixels(bed > 127), np.ones((side, side), np.uint8)))
    deep = round(_RIM * max(size))
    rim[deep:-deep, deep:-deep] = 0
    return rim


@dataclass(frozen=True, slots=True)
class _Bed:
    """Where a straight page shows bed."""

    rim: Pixels
    """Not 0 where bed was seen along its edges; as small as the page was surveyed."""
    edges: tuple[NDArray[np.int32], NDArray[np.int32]]
    """Two outlines in pixels of the page, between which there is bed or what cannot be told from it."""
    size: tuple[int, int]
    """The page's width and height."""

    def shown(self) -> Pixels:
        """All of it, not 0, as small as the page was surveyed."""
        shown, factor = self.rim.copy(), self.rim.shape[1] / self.size[0]
        cv2.fillPoly(shown, [np.round(edge * factor).astype(np.int32) for edge in self.edges], 255)
        return shown


def _bed_of(look: Look, frame: _Frame, warp: dewarp.Warp | None) -> _Bed | None:
    """The bed on a straight page, as far within its corners as these may err; None where none was found."""
    if not look.area.found:
        return None
    return _Bed(_rim(look, frame, warp), _outlines(frame, _FRINGE / look.seen.factor), frame.size)


def _beyond(look: Look, frame: _Frame) -> _Bed | None:
    """What a turned page without bed shows beyond the picture: its border drawn out, letters that it cuts to bars."""
    outer, inner = _outlines(frame, 1.0)
    if np.abs(outer - inner).max() <= _SLIT:
        return None
    return _Bed(np.zeros_like(look.seen.grey), (outer, inner), frame.size)


def _outlines(frame: _Frame, fringe: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Around all of a straight page, and *fringe* pixels within its corners."""
    width, height = frame.size
    box = np.array([(-1, -1), (width, -1), (width, height), (-1, height)], dtype=np.int32)
    inner = frame.inner + fringe * np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)])
    return box, np.round(inner).astype(np.int32)


def _paper_over(page: Pixels, bed: _Bed) -> None:
    """Give *page* the colour of the paper nearby where bed shows.

    One colour for all of it would draw a frame around a page that is lit unevenly, and the recogniser cuts lines there.
    """
    (width, height), rim = bed.size, bed.rim
    paper = _paper_nearby(page, bed.edges, rim)
    for top in range(0, height, _BAND):
        rows = min(_BAND, height - top)
        small = rim[top * len(rim) // height : -(-(top + rows) * len(rim) // height)]
        shown = as_pixels(cv2.resize(small, (width, rows), interpolation=cv2.INTER_NEAREST))
        cv2.fillPoly(shown, [edge - (0, top) for edge in bed.edges], 255)
        for down, across in _pieces(shown):
            mask, step = np.ascontiguousarray(shown[down, across]), 1 / _GRID
            back = np.array(
                [[step, 0, (across.start + 0.5) * step - 0.5], [0, step, (top + down.start + 0.5) * step - 0.5]]
            )
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            near = cv2.warpAffine(paper, back, mask.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
            cv2.copyTo(near, mask, page[top : top + rows][down, across])


def _pieces(mask: Pixels) -> Iterator[tuple[slice, slice]]:
    """Rows and columns outside which *mask* is 0: it runs along the edges, and most of a page is none of them."""
    for top in range(0, len(mask), _PIECE):
        rows = slice(top, min(top + _PIECE, len(mask)))
        filled = np.flatnonzero(cv2.reduce(mask[rows], 0, cv2.REDUCE_MAX))
        if len(filled):
            breaks = np.flatnonzero(filled[1:] - filled[:-1] > 1)
            starts, stops = filled[np.r_[0, breaks + 1]], filled[np.r_[breaks, -1]] + 1
            yield from ((rows, slice(int(start), int(stop))) for start, stop in zip(starts, stops, strict=True))


def _paper_nearby(page: Pixels, edges: Sequence[NDArray[np.int32]], rim: Pixels) -> Pixels:
    """The page in fields of _GRID pixels with the paper around each, taken from where no bed shows."""
    size = (-(-page.shape[1] // _GRID), -(-page.shape[0] // _GRID))
    even = page[: page.shape[0] // 2 * 2, : page.shape[1] // 2 * 2]
    half = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if even.size else page
    colours = cv2.resize(half, size, interpolation=cv2.INTER_AREA)  # in two steps, of which the large one is quick
    bed = cv2.resize(rim, size, interpolation=cv2.INTER_AREA)
    cv2.fillPoly(bed, [np.round(edge / _GRID).astype(np.int32) for edge in edges], 255)
    known = as_pixels(cv2.erode(as_pixels(bed == 0), np.ones((3, 3), np.uint8)))
    usual = np.percentile(colours.reshape(-1, *colours.shape[2:]), 70, axis=0)
    colours[known == 0] = 0
    paper = cv2.dilate(colours, np.ones((5, 5), np.uint8)).astype(np.float32)  # ink goes, as it is darker
    paper[known == 0] = 0
    weight = cv2.GaussianBlur(known.astype(np.float32), (0, 0), _REACH)
    weight = weight if page.ndim == 2 else weight[..., None]
    mean = (cv2.GaussianBlur(paper, (0, 0), _REACH) + _FAINT * usual) / (weight + _FAINT)
    return as_pixels(mean.clip(0, 255))
