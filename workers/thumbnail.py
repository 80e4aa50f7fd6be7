"""A picture made small enough to stand in a page of HTML: a JPEG of so many bytes and no more."""

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile

from workers.picture import Pixels, Refused
from workers.scan import PAGE_ERRORS, check_frame, decode, open_picture, quiet, refusal

QUALITIES = (70, 55, 42, 32, 24)
"""JPEG qualities that are tried, the best first; under the last letters fall apart and a smaller picture is better."""

_TURNS = {1: Image.Transpose.ROTATE_90, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_270}
"""Pillow turns counter-clockwise, too."""

_SMALLER = 0.8
"""Factor of the sides when no quality keeps the picture within its bytes."""


@dataclass(frozen=True, slots=True)
class ThumbJob:
    """Which picture, how it is turned, and how large it may become; picklable."""

    path: Path
    frame: int
    quarters: int
    """Quarter turns counter-clockwise, as restoration turned the scan."""
    size: tuple[int, int]
    """Largest width and height in pixels."""
    most_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Thumb:
    """The small picture, and how large the large one is after turning."""

    jpeg: bytes
    width: int
    height: int
    full_width: int
    full_height: int


def thumbnail(job: ThumbJob) -> Thumb | Refused:
    """Make the small picture of *job*; what does not decode is a value.

    Raises:
        OSError: the file is not there, or the disk fails.
    """
    with quiet():
        try:
            with open_picture(job.path) as picture:
                check_frame(picture, job.frame, job.max_pixels)
                pixels, full = _decoded(picture, job)
        except PAGE_ERRORS as error:
            return refusal(error)
    if job.quarters % 2:
        full = full[::-1]
    image = Image.fromarray(pixels)
    if job.quarters % 4:
        image = image.transpose(_TURNS[job.quarters % 4])
    image.thumbnail(job.size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _within(image, job.most_bytes, full)


def _decoded(picture: ImageFile.ImageFile, job: ThumbJob) -> tuple[Pixels, tuple[int, int]]:
    """Pixels, upright as the file says, and the width and height they stand for.

    A JPEG is decoded at a half, a quarter, an eighth where that is still twice what is wanted: ten times as fast.
    """
    wide = picture.size[0]
    picture.draft(picture.mode, (2 * max(job.size), 2 * max(job.size)))
    shrunk = wide / picture.size[0]
    pixels = decode(picture).pixels
    height, width = pixels.shape[:2]
    return pixels, (round(width * shrunk), round(height * shrunk))


def _within(image: Image.Image, most_bytes: int, full: tuple[int, int]) -> Thumb:
    """The best quality that fits, else a smaller picture."""
    while True:
        for quality in QUALITIES:
            content = io.BytesIO()
            image.save(content, "JPEG", quality=quality, optimize=True)
            if content.tell() <= most_bytes or max(image.size) < 64:
                return Thumb(content.getvalue(), *image.size, *full)
        image = image.resize((round(image.width * _SMALLER), round(image.height * _SMALLER)), Image.Resampling.LANCZOS)
