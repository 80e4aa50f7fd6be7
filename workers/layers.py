"""A text page as layers (mixed raster content): sharp ink over soft paper, a tenth of the bytes of one picture.

The mask says where ink is, at full resolution or above. Paper and ink are two small colour pictures: the paper with
the ink filled in from around, the tone of the ink spread over the page. A page that does not look like itself when
the layers are laid together again (photographs, halftones, strokes too fine for a mask) is not separated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from workers.ink import Mask, as_pixels, grey_of, shrunk
from workers.picture import Pixels

_PAPER_FACTOR = 2
"""Pixels of the half-size page per paper pixel: 75 dpi for a page of 300."""
_INK_FACTOR = 4
"""Half-size pixels per pixel of the ink's tone: less than a letter, so that coloured print stays apart."""
_FINE_DPI = 250.0
"""Pictures below it get a mask of twice their resolution, or thin strokes break."""
_LEAST_DPI, _MOST_DPI = 72.0, 1200.0
"""Outside them a stated resolution says nothing about the size of letters."""
_WINDOW_INCH = 0.2
_SAUVOLA_K, _SAUVOLA_R = 0.2, 128.0
"""Sauvola and Pietikäinen (2000): window wider than a letter, sensitivity, dynamic range. As where the recogniser's
picture is cleaned; with less, paper becomes ink (bench/binarize.py)."""
_EDGE = 0.4
"""Where between paper (0) and ink (1) a stroke ends; under one half, for thin strokes never get as dark as ink. With
0.42, pages scanned in black and white no longer look like themselves."""
_SPECK_INCH = 0.0105
"""Side of the smallest square of ink; a full stop of 8-point print is larger."""
_CORE_WEIGHT = 50.0
"""How much more the inside of strokes says about the ink's tone than their soft edges."""

_SHARED = 0.4
"""Pixels over which weights are shared, so that a cell beside the inside of a stroke has the tone of that."""
_ENOUGH = 4.0
"""A mean is fully trusted when a quarter of its pixels count."""

_PAPER_GRAIN, _INK_GRAIN = 1.0, 0.4
"""Pixels of the layers over which they are smoothed: grain would take most of the bytes and says nothing."""
_BAND = 256
"""Rows counted at a time."""
_MOST_FAINT = 0.05
"""Part of the page under faint marks from which they are a picture of its own, not what shows through."""
_GRID = 8
"""Sides are brought to a multiple of it, so that each smaller picture is an exact half of one: OpenCV's quick way."""

_BLOCK_INCH = 0.12
_CONTENT = 12.0
"""Standard deviation of grey in a block from which it has content."""
_UNLIKE = 0.6
"""Part of a block's contrast that may be lost; letters lose 0.2 to 0.4 at their edges."""
_TEXTURE = 8.0
"""Difference in grey away from all edges: paper and ink are flat there and stay under 4, photographs are not."""
_MIN_FLAT = 0.05
"""Part of a block that must be away from edges to be judged so."""
_SOLID = 0.6
"""Part of a block under ink; letters cover a third."""
_MAX_UNLIKE = 0.0037
"""Part of the page that may be unlike itself; pages of text measured up to 0.0036, a photograph of 25 mm on an A5
page more than 0.0038."""

Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layers:
    """Ink over paper; each stretched over the whole page."""

    mask: Mask
    paper: Pixels
    ink: Pixels
    size: tuple[int, int]
    """Width and height of what they cover in pixels of the page: some pixels beyond its right and lower edge."""


def strokes_of(picture: Pixels, dpi: float, printed: Mask | None = None) -> Mask:
    """Where ink is on *picture* (grey or RGB), for a page in black and white; photographs become what they may.

    *printed* as for :func:`separate`: what shows through is left out.
    """
    grey = _fine(grey_of(picture), dpi)
    half_dpi = min(max(dpi, _LEAST_DPI), _MOST_DPI) * grey.shape[0] / picture.shape[0] / 2
    half = grey_of(_half(picture, grey.shape))
    rough = _printed(grey, _threshold(half, half_dpi), half_dpi)
    if printed is not None:
        _faint(rough, printed, (1.0, 1.0))
    paper, ink = _tones(half, half, rough)
    mask = as_pixels(_printed(grey, _edge(paper, ink), half_dpi))
    return as_pixels(cv2.bitwise_and(mask, cv2.dilate(rough, np.ones((3, 3), np.uint8)))).view(np.bool_)


def separate(picture: Pixels, dpi: float, printed: Mask | None = None) -> Layers | None:
    """Take *picture* (grey or RGB) apart; None if the layers would not look like it.

    *printed*, of any size, is where the whole page has print: darkness elsewhere, as of letters that show through from
    the leaf's other side, is left to the paper. None = not known, everything dark is ink.

    Only the mask is made at full size. All else is judged on the page at half the mask's size, and nothing of full
    size is kept longer than it is needed: an A3 page of 400 dpi takes 150 MB beside the picture itself.
    """
    height, width = picture.shape[:2]
    grid = (height + -height % _GRID, width + -width % _GRID)
    grey = _fine(_grown(grey_of(picture), grid), dpi)
    half_dpi = min(max(dpi, _LEAST_DPI), _MOST_DPI) * grey.shape[0] / grid[0] / 2
    coarse = grey.shape[0] > grid[0]
    half = _coarser(picture, grid, coarse=coarse)
    dark, light = grey_of(half), grey_of(_sample(picture, half, coarse=coarse))
    del half
    rough = _printed(grey, _threshold(dark, half_dpi), half_dpi)
    faint = None if printed is None else _faint(rough, printed, (width / grid[1], height / grid[0]))
    paper, ink = _tones(dark, light, rough)
    del dark, light
    mask = _printed(grey, _edge(paper, ink), half_dpi)
    del grey
    near = cv2.dilate(rough, np.ones((3, 3), np.uint8), dst=rough)
    mask = as_pixels(cv2.bitwise_and(mask, near, dst=mask))
    del rough, near
    half = _coarser(picture, grid, coarse=coarse)
    paper, ink = _tones(half, _sample(picture, half, coarse=coarse), mask)
    layers = Layers(mask.view(np.bool_), _smooth(paper, _PAPER_GRAIN), _smooth(ink, _INK_GRAIN), grid[::-1])
    return layers if unlikeness(half, layers, half_dpi, faint) <= _MAX_UNLIKE else None


def _coarser(picture: Pixels, grid: tuple[int, int], *, coarse: bool) -> Pixels:
    """*picture* at half the size of the mask; made twice, for meanwhile it would only take memory."""
    return _grown(picture, grid) if coarse else _grown(_halved(picture), (grid[0] // 2, grid[1] // 2))


def _sample(picture: Pixels, half: Pixels, *, coarse: bool) -> Pixels:
    """Every other pixel of *picture*, as many as *half* has."""
    return half if coarse else _grown(picture[::2, ::2], half.shape)


def _faint(rough: Pixels, printed: Mask, part: tuple[float, float]) -> Pixels | None:
    """Take from *rough* what lies away from *printed*, which covers that *part* of its width and height.

    Gives what was taken and its surroundings, in half the size; None where it is so much that *rough* stays whole.
    """
    size = (round(rough.shape[1] * part[0]), round(rough.shape[0] * part[1]))
    near = np.zeros_like(rough)
    around = cv2.dilate(printed.view(np.uint8), np.ones((3, 3), np.uint8))
    near[: size[1], : size[0]] = cv2.resize(around, size, interpolation=cv2.INTER_NEAREST)
    taken = as_pixels(cv2.subtract(rough, near, dst=near))  # in place: on A3 each full picture is 31 MB
    np.multiply(taken, np.uint8(255), out=taken)
    half = as_pixels(cv2.resize(taken, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    if np.count_nonzero(half) > _MOST_FAINT * half.size:
        return None
    cv2.subtract(rough, taken, dst=rough)
    return as_pixels(cv2.dilate(half, np.ones((5, 5), np.uint8)))


def _grown(picture: Pixels, size: Sequence[int]) -> Pixels:
    """*picture* with its last row and column repeated until it is *size* (height first)."""
    down, right = size[0] - picture.shape[0], size[1] - picture.shape[1]
    if not down and not right:
        return np.ascontiguousarray(picture)
    return as_pixels(cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE))


def _halved(picture: Pixels) -> Pixels:
    """Means of four pixels each; an odd row or column at the end is left out."""
    height, width = picture.shape[0] // 2, picture.shape[1] // 2
    even = picture[: 2 * height, : 2 * width]
    return as_pixels(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))


def unlikeness(half: Pixels, layers: Layers, dpi: float, faint: Pixels | None = None) -> float:
    """The part of the page, 0 to 1, whose content is lost or changed in the layers, or is no print.

    *half* is the page at half the size of the mask, *dpi* its resolution. Light and dark are compared at that size,
    colours at half of it: the eye sees them no finer. What is not 0 in *faint*, of the size of *half*, was left to the
    paper knowingly and may be softer.
    """
    side = 2 * max(2, round(dpi * _BLOCK_INCH / 2))
    cover = _shrunk(layers.mask.view(np.uint8), half)
    flat = _flat(cover)
    true = _soft(grey_of(half))
    wrong = as_pixels(cv2.absdiff(true, _soft(_composed(cover, grey_of(layers.paper), grey_of(layers.ink)))))
    if faint is not None:
        wrong[faint > 0] = 0
    flat_part = _by_blocks(flat, np.full_like(flat, 255), side) / 255
    textured = (flat_part > _MIN_FLAT) & (_by_blocks(wrong, wrong * flat, side) > flat_part * _TEXTURE**2)
    solid = _block_means(cover, side) > 255 * _SOLID
    unlike = _changed(true, wrong, side) | textured | solid
    for true, wrong in _colours(half, cover, layers):
        unlike |= _changed(true, wrong, side // 2)
    inner = unlike[1:-1, 1:-1]  # the outermost blocks show where the page was cut out, not what is on it
    return float(inner.mean()) if inner.size else float(unlike.mean())


def _changed(true: Pixels, wrong: Pixels, side: int) -> Mask:
    """The blocks that have content of which too much is *wrong*."""
    content = _by_blocks(true, true, side) - _by_blocks(true, np.full_like(true, 255), side) ** 2 / 65025
    lost = _by_blocks(wrong, wrong, side)
    return np.asarray((content > _CONTENT**2) & (lost > content * _UNLIKE**2), dtype=np.bool_)


def _colours(half: Pixels, cover: Pixels, layers: Layers) -> Iterator[tuple[Pixels, Pixels]]:
    """Both colour differences of the page at half the size of *half*, and by how much the layers miss them."""
    if half.ndim == 2:
        return
    size = (cover.shape[1] // 2, cover.shape[0] // 2)
    small, paper, ink = (
        _planes(as_pixels(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)))[1:]
        for picture in (shrunk(half, size), layers.paper, layers.ink)
    )
    cover = shrunk(cover, size)
    for true, below, above in zip(small, paper, ink, strict=True):
        yield true, as_pixels(cv2.absdiff(true, _composed(cover, below, above)))


def _composed(cover: Pixels, paper: Pixels, ink: Pixels) -> Pixels:
    """One channel of the page as a viewer shows it; *cover* is 255 where there is nothing but ink."""
    size = cover.shape[::-1]
    below = cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR)
    above = cv2.resize(ink, size, interpolation=cv2.INTER_LINEAR)
    inked = cv2.multiply(above, cover, scale=1 / 255)
    return as_pixels(cv2.add(inked, cv2.multiply(below, cv2.bitwise_not(cover), scale=1 / 255)))


def _flat(cover: Pixels) -> Pixels:
    """1 where there is nothing but paper or nothing but ink around, else 0."""
    around = np.ones((3, 3), np.uint8)
    return as_pixels((cv2.dilate(cover, around) == 0) | (cv2.erode(cover, around) == 255))


def _smooth(tone: Pixels, grain: float) -> Pixels:
    return as_pixels(cv2.GaussianBlur(tone, (0, 0), grain))


def _soft(plane: Pixels) -> Pixels:
    """As the eye sees it: without the stairs of the mask and the grain of the paper."""
    return as_pixels(cv2.GaussianBlur(plane, (0, 0), 0.8))


def _by_blocks(first: Pixels, second: Pixels, side: int) -> Plane:
    """Means of the products in blocks; 16 bits on the way, for floats of a large page would not fit."""
    return _block_means(_product(first, second), side)


def _product(first: Pixels, second: Pixels) -> npt.NDArray[np.uint16]:
    """Pixel by pixel; numpy takes a tenth of OpenCV's time for it."""
    return np.multiply(first, second, dtype=np.uint16)


def _block_means(values: npt.NDArray[Any], side: int) -> Plane:
    """Means of whole blocks, with what is left over at the end added to none."""
    blocks = (max(1, values.shape[1] // side), max(1, values.shape[0] // side))
    whole = values[: blocks[1] * side, : blocks[0] * side]
    return _plane(cv2.resize(whole, blocks, interpolation=cv2.INTER_AREA))


def _shrunk(mask: Pixels, half: Pixels) -> Pixels:
    """How much of each pixel of *half* is ink, 0 to 255; *mask* is 0 or 1."""
    return _covered(mask, half.shape[1::-1])


def _covered(mask: Pixels, size: Sequence[int]) -> Pixels:
    """*mask* (0 or 1) made smaller to *size*, width first; means from 0 to 255."""
    if (mask.shape[1], mask.shape[0]) != (2 * size[0], 2 * size[1]):
        return as_pixels(cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA))
    cover = np.empty((size[1], size[0]), np.uint8)
    for band in _bands(cover):
        rows = mask[2 * band.start : 2 * band.stop] * np.uint8(255)
        cover[band] = cv2.resize(rows, (size[0], len(rows) // 2), interpolation=cv2.INTER_AREA)
    return cover


def _fine(grey: Pixels, dpi: float) -> Pixels:
    """Smooth grey in the size of the mask."""
    if dpi < _FINE_DPI:
        grey = as_pixels(cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC))
    return as_pixels(cv2.GaussianBlur(grey, (0, 0), 0.7))


def _half(picture: Pixels, shape: tuple[int, ...]) -> Pixels:
    """*picture* at half of *shape*; as it is where it has that size."""
    height, width = max(1, shape[0] // 2), max(1, shape[1] // 2)
    if picture.shape[:2] == (height, width):
        return picture
    return as_pixels(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA))


def _threshold(grey: Pixels, dpi: float) -> Pixels:
    """Sauvola's threshold, a quarter of the size: it changes slowly."""
    size = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    squares = _product(grey, grey)
    window = int(dpi * _WINDOW_INCH / 2) | 1
    mean, square = (
        cv2.blur(
            _plane(cv2.resize(values, size, interpolation=cv2.INTER_AREA)),
            (window, window),
            borderType=cv2.BORDER_REPLICATE,
        )
        for values in (grey, squares)
    )
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    return as_pixels(mean * (1 - _SAUVOLA_K + _SAUVOLA_K / _SAUVOLA_R * deviation))


def _edge(paper: Pixels, ink: Pixels) -> Pixels:
    """Grey at which strokes end, in the size of *paper*."""
    dark = cv2.resize(ink, paper.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return as_pixels(cv2.addWeighted(paper, 1 - _EDGE, dark, _EDGE, 0))


def _printed(grey: Pixels, limit: Pixels, half_dpi: float) -> Pixels:
    """1 where *grey* is darker than *limit* (a smaller picture), less specks; else 0."""
    height, width = grey.shape
    mask = cv2.resize(limit, (width, height), interpolation=cv2.INTER_LINEAR)
    mask = as_pixels(cv2.compare(grey, mask, cv2.CMP_LT, dst=mask))
    half = (max(1, width // 2), max(1, height // 2))
    cover = as_pixels(cv2.resize(mask, half, interpolation=cv2.INTER_AREA))
    bits = np.packbits(mask, axis=1)  # while pieces are numbered, which takes four bytes for each pixel of *cover*
    del mask
    count, labels = cv2.connectedComponents(as_pixels(cover > 0), connectivity=8)
    area = np.zeros(count)
    for band in _bands(cover):
        inked = cover[band] > 0  # a tenth of the page
        area += np.bincount(labels[band][inked], weights=cover[band][inked], minlength=count)
    keep = area >= 255 * (_SPECK_INCH * half_dpi) ** 2
    for band in _bands(cover):
        inked = cover[band] > 0
        cover[band][inked] = keep[labels[band][inked]]
    del labels
    printed = as_pixels(cv2.resize(cover, (width, height), interpolation=cv2.INTER_NEAREST))
    for band in _bands(printed):
        printed[band] &= np.unpackbits(bits[band], axis=1, count=width)
    return printed


def _bands(picture: npt.NDArray[Any]) -> Iterator[slice]:
    """Rows taken at a time: numpy counts in 64 bits, eight times the size of the page."""
    return (slice(top, top + _BAND) for top in range(0, picture.shape[0], _BAND))


def _tones(half: Pixels, sample: Pixels, mask: Pixels) -> tuple[Pixels, Pixels]:
    """Paper and ink of the page, small.

    The paper comes from *half*, the means of four pixels. The ink comes from *sample*, every other pixel, for a mean
    of four is never as dark as the inside of a thin stroke.
    """
    cover = _shrunk(mask, half)
    wide = as_pixels(cv2.dilate(cover, np.ones((3, 3), np.uint8), dst=cover) == 0)
    del cover
    core = _insides(mask)[: sample.shape[0], : sample.shape[1]]
    strokes = as_pixels(mask[::2, ::2][: sample.shape[0], : sample.shape[1]] + core * np.uint8(_CORE_WEIGHT))
    del core
    return _spread(half, wide, _PAPER_FACTOR), _spread(sample, np.ascontiguousarray(strokes), _INK_FACTOR)


def _insides(mask: Pixels) -> Pixels:
    """Every other pixel of *mask* without the edges of its strokes; some rows at a time."""
    inside = np.empty((-(-mask.shape[0] // 2), -(-mask.shape[1] // 2)), np.uint8)
    for band in _bands(inside):
        first = max(0, 2 * band.start - 1)
        eroded = cv2.erode(mask[first : 2 * band.stop], np.ones((3, 3), np.uint8))
        inside[band] = eroded[2 * band.start - first :: 2, ::2]
    return inside


def _spread(picture: Pixels, weights: Pixels, factor: int) -> Pixels:
    """*picture* made smaller by *factor*: weighted means; where nothing has weight, of what is around."""
    size = (-(-weights.shape[1] // factor), -(-weights.shape[0] // factor))
    total = _plane(_summed(np.broadcast_to(np.uint8(255), weights.shape), weights, size) / 255)
    filled = [_rounded_down(_filled(_summed(plane, weights, size), total)) for plane in _each_plane(picture)]
    return filled[0] if picture.ndim == 2 else as_pixels(np.dstack(filled))


def _rounded_down(plane: Plane) -> Pixels:
    return as_pixels(np.clip(plane, 0, 255, out=plane))


def _summed(plane: Pixels, weights: Pixels, size: tuple[int, int]) -> Plane:
    """Weighted means, without division by the weights; some rows at a time where they are an exact part."""
    scale = min(255, 65535 // (255 * int(max(weights.max(), 1))))
    times = weights.shape[0] // size[1]
    if weights.shape != (times * size[1], times * size[0]):
        small = _weighted(plane, weights * np.uint8(scale), size)
    else:
        small = np.empty(size[::-1], np.float32)
        for band in _bands(small):
            rows = slice(times * band.start, times * band.stop)
            part = (size[0], len(small[band]))
            small[band] = _weighted(plane[rows], weights[rows] * np.uint8(scale), part)
    return _plane(cv2.GaussianBlur(small / np.float32(scale), (0, 0), _SHARED))


def _weighted(plane: Pixels, weights: Pixels, size: tuple[int, int]) -> Plane:
    """Means of the weighted pixels; in 16 bits, of which nothing is left unused."""
    weighted = _product(plane, weights)
    half = (weighted.shape[1] // 2, weighted.shape[0] // 2)
    by_halves = half[0] >= 2 * size[0] and half[1] >= 2 * size[1]
    first = cv2.resize(weighted, half, interpolation=cv2.INTER_AREA) if by_halves else weighted
    return _plane(cv2.resize(_plane(first), size, interpolation=cv2.INTER_AREA))


def _each_plane(picture: Pixels) -> Iterator[Pixels]:
    """The channels of a picture, one at a time."""
    if picture.ndim == 2:
        yield np.ascontiguousarray(picture)
        return
    for channel in range(picture.shape[2]):
        yield as_pixels(cv2.extractChannel(picture, channel))


def _planes(picture: Pixels) -> list[Pixels]:
    """The channels of a picture."""
    return [as_pixels(plane) for plane in cv2.split(picture)]


def _plane(values: npt.ArrayLike) -> Plane:
    return np.asarray(values, dtype=np.float32)


def _filled(sums: Plane, weight: Plane) -> Plane:
    """Weighted means, in the place of *sums*; holes get the mean of ever wider surroundings."""
    if min(sums.shape) < 2:
        return _plane(sums / np.maximum(weight, np.float32(1e-6)))
    half = (-(-sums.shape[1] // 2), -(-sums.shape[0] // 2))
    small_sums, small_weight = (
        _plane(cv2.resize(plane, half, interpolation=cv2.INTER_AREA)) for plane in (sums, weight)
    )
    around = cv2.resize(_filled(small_sums, small_weight), sums.shape[::-1], interpolation=cv2.INTER_LINEAR)
    for band in _bands(sums):
        trust = np.minimum(weight[band] * np.float32(_ENOUGH), np.float32(1.0))
        sums[band] /= np.maximum(weight[band], np.float32(1e-6))
        sums[band] *= trust
        sums[band] += around[band] * (np.float32(1.0) - trust)
    return sums
