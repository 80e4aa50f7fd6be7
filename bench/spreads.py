"""Openings and wide single pages made of real scans of single pages, to measure splitting on more than a few books.

An opening is two pages of one source side by side, every other one with the shadow of a gutter. A wide single page is
the upper half of a page: it has the shape of an opening, and its columns, tables and forms are those of real print.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from workers.ink import as_pixels, grey_of
from workers.picture import Pixels, Scan
from workers.scan import load

MOST_PIXELS = 400_000_000
HEIGHT = 1800
"""Pixels of a page in a made picture."""
SHADOW = 0.3
"""How much darker the paper is in the middle of a gutter's shadow."""
LEAST = 1.15
"""Width over height under which the half of a page has not the shape of an opening."""


@dataclass(frozen=True)
class Made:
    """One made picture."""

    name: str
    path: Path
    two_pages: bool


def made(pages: list[Path], folder: Path) -> Iterator[Made]:
    """Openings of neighbours and wide halves of *pages* (upright single pages), written into *folder*."""
    grey = {path: _page(path) for path in pages}
    for place, (left, right) in enumerate(pairwise(pages)):
        if _source(left) == _source(right):
            name = f"{left.stem}+{right.stem}"
            yield _kept(name, _opening(grey[left], grey[right], shaded=place % 2 == 0), folder, two_pages=True)
    for path in pages:
        half = grey[path][: grey[path].shape[0] // 2]
        if half.shape[1] > LEAST * half.shape[0]:
            yield _kept(f"half-{path.stem}", half, folder, two_pages=False)


def _source(path: Path) -> str:
    return path.stem.rpartition("_")[0]


def _page(path: Path) -> Pixels:
    scan = load(path, 0, MOST_PIXELS)
    if not isinstance(scan, Scan):
        raise SystemExit(f"{path} cannot be read: {scan.detail}")
    pixels = grey_of(scan.pixels)
    width = round(pixels.shape[1] * HEIGHT / pixels.shape[0])
    return as_pixels(cv2.resize(pixels, (width, HEIGHT), interpolation=cv2.INTER_AREA))


def _opening(left: Pixels, right: Pixels, *, shaded: bool) -> Pixels:
    spread = np.hstack([left, right]).astype(np.float32)
    if shaded:
        distance = (np.arange(spread.shape[1]) - left.shape[1]) / (0.02 * spread.shape[1])
        spread *= 1 - SHADOW * np.exp(-(distance**2)).astype(np.float32)
    return as_pixels(spread.clip(0, 255))


def _kept(name: str, pixels: Pixels, folder: Path, *, two_pages: bool) -> Made:
    path = folder / f"{name}.png"
    cv2.imwrite(str(path), pixels)
    return Made(name, path, two_pages)
