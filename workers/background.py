"""Evens the light on a page: the paper's shading is measured and divided out, its tint stays."""

import cv2
import numpy as np
from numpy.typing import NDArray

from workers.ink import as_pixels, shrunk
from workers.picture import Pixels

_SIDE = 420
"""Pixels of the longer side on which the paper is measured: about 2 a millimetre on a small book page."""
_REACH = 5
"""Half the width of the closing there: strokes up to 5 mm (A5) vanish, so that only paper is left."""
_NEAR, _FAR, _FAR_SHARE = 1.0, 41, 1e-3
"""Pixels there over which the paper beside bed is averaged, as a Gaussian's width and a box's side, and what the box
counts, whose share is felt only where nothing is near: 1 and 20 mm."""
_DARKEST = 0.3
"""Shading below this part of the paper's brightness is a picture or the bed, and is not brightened further."""
_LARGE = 48_000_000
"""Bytes from which a page is evened channel by channel: A3 at 300 dpi and more."""
_WASHED = 0.12
"""Part of the page with less than half the paper's light from which it is a picture that runs off the page, not
shadow; chosen by hand, a photograph of half a page is far above."""
_MIDDLE = 0.005
"""Part of a scan in tones between black and white, under which it has none; what JPEG adds beside letters is more."""
_BLACK = 0.12
"""Part of the paper's light under which nothing is printed: a copier's shadow, a dark bed that was not cropped away.
Evening makes it at most three times as bright (``_DARKEST``), so it stays black; the darkest photograph has more."""
_PICTURE_PART = 0.004
"""Area of one dark patch, as a part of the page, from which it is a printed picture rather than big letters."""


def shading(pixels: Pixels, bed: Pixels | None = None) -> Pixels:
    """The paper behind the print, small (see ``_SIDE``), grey or RGB like *pixels*.

    Printed pictures are bridged with the paper around them; otherwise they would be washed out. Where *bed*, as
    large as anything, is not 0, it is as beside it.
    """
    height, width = pixels.shape[:2]
    factor = min(1.0, _SIDE / max(height, width))
    size = (max(8, round(width * factor)), max(8, round(height * factor)))
    small = shrunk(pixels, size)
    if bed is None:
        paper = _bridge_pictures(_without_strokes(small))
        return as_pixels(cv2.GaussianBlur(paper, (0, 0), _REACH / 2, borderType=cv2.BORDER_REPLICATE))
    small = _filled(small, as_pixels(cv2.resize(bed, size, interpolation=cv2.INTER_AREA)))
    return _blurred(_bridge_pictures(_without_strokes(small)))


def _blurred(paper: Pixels) -> Pixels:
    """*paper* smoothed as if its slopes went on beyond its edges: a gutter's shadow is steepest there."""
    more = 2 * _REACH
    sides, edge = (
        cv2.copyMakeBorder(paper, more, more, more, more, kind).astype(np.float32)
        for kind in (cv2.BORDER_REFLECT_101, cv2.BORDER_REPLICATE)
    )
    smooth = cv2.GaussianBlur(2 * edge - sides, (0, 0), _REACH / 2)
    return as_pixels(smooth[more:-more, more:-more].clip(0, 255))


def _filled(small: Pixels, bed: Pixels) -> Pixels:
    """*small* with what lies beside it where any *bed* is."""
    known = as_pixels(bed == 0)
    weight = np.maximum(_averaged(known), 1e-9)
    paper = small.copy()
    paper[known == 0] = 0
    mean = _averaged(paper) / (weight if small.ndim == 2 else weight[..., None])
    filled = np.where(known if small.ndim == 2 else known[..., None], small, mean.clip(0, 255))
    return filled.astype(np.uint8) if known.any() else small


def _averaged(small: Pixels) -> NDArray[np.float32]:
    """Sums of what lies near each pixel and, where that is nothing, of what lies farther."""
    values = small.astype(np.float32)
    close = cv2.GaussianBlur(values, (0, 0), _NEAR)
    return np.asarray(close + _FAR_SHARE * cv2.blur(values, (_FAR, _FAR)), dtype=np.float32)


def _without_strokes(small: Pixels) -> Pixels:
    """*small* in which strokes of up to twice :data:`_REACH` pixels are closed with the paper around them.

    As if it went on beyond its edges: a shadow that grows towards the edge is paper to the last pixel.
    """
    more = 2 * _REACH
    around = cv2.copyMakeBorder(small, more, more, more, more, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(around, cv2.MORPH_CLOSE, np.ones((more + 1, more + 1), dtype=np.uint8))
    return as_pixels(closed[more:-more, more:-more])


def _bridge_pictures(paper: Pixels) -> Pixels:
    """Replace compact dark patches with the paper of their surroundings."""
    grey = paper if paper.ndim == 2 else paper.max(axis=2)
    wide = 2 * (max(grey.shape) // 6) + 1
    around = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, np.ones((wide, wide), np.uint8), borderType=cv2.BORDER_REPLICATE)
    dark = (grey < 0.62 * around).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark)
    height, width = grey.shape
    left, top = stats[:, cv2.CC_STAT_LEFT], stats[:, cv2.CC_STAT_TOP]
    touches = (left == 0) | (top == 0)
    touches |= (left + stats[:, cv2.CC_STAT_WIDTH] == width) | (top + stats[:, cv2.CC_STAT_HEIGHT] == height)
    picture = ~touches & (stats[:, cv2.CC_STAT_AREA] > _PICTURE_PART * height * width)
    picture[0] = False
    if count < 2 or not picture.any():
        return paper
    mask = cv2.dilate(picture[labels].astype(np.uint8), np.ones((7, 7), np.uint8))
    return as_pixels(cv2.inpaint(paper, mask, 3, cv2.INPAINT_TELEA))


def even(pixels: Pixels, paper: Pixels, white: float | None = None, *, in_place: bool = False) -> Pixels:
    """Divide *pixels* by the shading *paper*.

    Args:
        pixels: the page.
        paper: from :func:`shading`.
        white: brightness the paper shall have; None = as bright as its brightest part is now, tint kept.
        in_place: overwrite *pixels*; saves the memory of a whole page.
    """
    height, width = pixels.shape[:2]
    flat = paper.reshape(paper.shape[0] * paper.shape[1], -1).astype(np.float64)
    tint = np.maximum(np.percentile(flat, 90, axis=0), 1.0)
    floor = _DARKEST * tint
    target = tint if white is None else np.full_like(tint, white)
    levelled = np.clip(np.maximum(paper, floor.astype(np.uint8)) * (255.0 / target), 1, 255).astype(np.uint8)
    if in_place and pixels.ndim == 3 and pixels.size > _LARGE:
        return _even_channels(pixels, levelled)
    full = cv2.resize(levelled, (width, height), interpolation=cv2.INTER_LINEAR)
    return as_pixels(cv2.divide(pixels, full, dst=pixels if in_place else None, scale=255.0))


def _even_channels(pixels: Pixels, levelled: Pixels) -> Pixels:
    """One channel after the other, in place: half as slow again, and a third of the memory."""
    for channel in range(pixels.shape[2]):
        part = np.ascontiguousarray(levelled[..., channel])
        full = cv2.resize(part, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        cv2.divide(cv2.extractChannel(pixels, channel), full, dst=full, scale=255.0)
        cv2.insertChannel(full, pixels, channel)
    return pixels


def washes_out(paper: Pixels) -> bool:
    """Whether evening by this shading would bleach a printed picture that touches the page's edge."""
    grey = paper if paper.ndim == 2 else paper.max(axis=2)
    light = np.percentile(grey, 90)
    return bool(np.mean((grey < 0.5 * light) & (grey > _BLACK * light)) > _WASHED)


def two_tone(pixels: Pixels) -> bool:
    """Whether a scan is black and white: it has no light to even, and nothing in it can be bleached."""
    some = pixels[::7, ::7]
    return bool(np.mean((some > 20) & (some < 235)) < _MIDDLE)


def unevenness(paper: Pixels) -> float:
    """How much the light varies over the page: 0 = flat, 0.5 = the darkest tenth is half as bright."""
    grey = paper if paper.ndim == 2 else paper.max(axis=2)
    low, high = np.percentile(grey, (5, 95))
    return float(1.0 - low / max(1.0, high))
