"""Opens one frame of a picture file as 8-bit grey or RGB, upright: right or refused, never wrong.

Pillow reads; where its own conversion is wrong (16-bit grey is clipped, CIELAB and premultiplied alpha are
not converted) the conversion is ours. A file that does not decode is a value
(:class:`~workers.picture.Refused`); a failing disk or share is an ``OSError``.
"""

import errno
import io
import os
import struct
import tempfile
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from workers.picture import Pixels, Refused, Scan, Value

FORMATS = ("TIFF", "JPEG", "PNG", "JPEG2000", "BMP")
"""What a scanner may write, by content. The names are Pillow's."""

CREDIBLE_DPI = (50.0, 2400.0)
"""Outside lie the placeholders (0, 1, 65535) that programs write when they know no resolution."""
_PLACEHOLDER_DPI = (72.0, 96.0)
_PLACEHOLDER_MAX_SIDE = 1500
"""Cameras and programs write 72 or 96 unmeasured; a text page really scanned so coarsely stays small."""

MAX_FRAMES = 2000
"""More frames in one file than any scanner's feeder holds is a damaged or hostile directory chain."""

PAGE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    AttributeError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    MemoryError,
    Image.DecompressionBombError,
)
"""Everything Pillow's decoders were seen to raise on damaged files (fuzzed and real)."""

_UPRIGHT = range(2, 9)
"""EXIF orientations that need turning or mirroring; 1 is upright."""

_LONGEST_NAME = 60
"""Signs of a scanner's name that the ledger keeps."""
_STDERR = 2
_STRIP_ROWS = 512
_BITS_PER_SAMPLE, _PHOTOMETRIC = 258, 262
"""TIFF 6.0 tags."""


class PixelLimitError(ValueError):
    """The header promises more pixels than we are willing to hold."""


def load(path: Path, frame: int, max_pixels: int) -> Scan | Refused:
    """Decode frame number *frame* (from 0) of *path*.

    Raises:
        OSError: the disk or share failed, or the file is not there; that is not the page's fault.
    """
    with quiet():
        try:
            with open_picture(path) as picture:
                check_frame(picture, frame, max_pixels)
                return decode(picture)
        except PAGE_ERRORS as error:
            return refusal(error)


@contextmanager
def quiet() -> Iterator[Callable[[], list[str]]]:
    """Keep the libraries' remarks about odd files out of the log, and give them to who asks.

    Pillow warns; libtiff writes to the standard error of the process, past Python, so that is turned aside too.
    """
    with warnings.catch_warnings(), tempfile.TemporaryFile() as aside:
        warnings.simplefilter("ignore")
        kept = os.dup(_STDERR)
        os.dup2(aside.fileno(), _STDERR)
        try:
            yield lambda: _lines(aside)
        finally:
            os.dup2(kept, _STDERR)
            os.close(kept)


def _lines(aside: IO[bytes]) -> list[str]:
    aside.seek(0)
    return aside.read(65536).decode(errors="replace").splitlines()


@contextmanager
def open_picture(path: Path) -> Iterator[ImageFile.ImageFile]:
    """Read the header of *path*; our own pixel limit (:func:`check_frame`) stands in for Pillow's.

    A file object is passed, not a name, because Pillow maps named files into memory: that kills the process when a
    share goes away, and it scrambles uncompressed TIFFs lying on their side (orientation 5 to 8, Pillow 13.0).
    """
    Image.MAX_IMAGE_PIXELS = None
    with path.open("rb") as file, Image.open(file, formats=FORMATS) as picture:
        yield picture


def check_frame(picture: ImageFile.ImageFile, frame: int, max_pixels: int) -> None:
    """Go to *frame* and compare the size its header names with *max_pixels*, before anything is decoded.

    Raises:
        PixelLimitError: the frame, or the number of frames, is beyond the limit.
        EOFError: there is no such frame.
    """
    if frame:
        picture.seek(frame)
    width, height = picture.size
    if width * height > max_pixels:
        raise PixelLimitError(f"{width} x {height} pixels, the limit is {max_pixels}")
    if frame >= MAX_FRAMES:
        raise PixelLimitError(f"more than {MAX_FRAMES} pictures in one file")


def frame_count(picture: ImageFile.ImageFile) -> int:
    """Pictures that are pages: all frames of a TIFF, one of anything else (a JPEG's others are previews)."""
    return int(getattr(picture, "n_frames", 1)) if picture.format == "TIFF" else 1


def scanner_of(picture: ImageFile.ImageFile) -> str:
    """Maker and model of the machine, as the header of the first frame names them; empty where it does not.

    TIFF and JPEG (EXIF) have the same two tags. Many makers write their name into both.
    """
    tags = picture.getexif()
    maker, model = (_name(tags.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    known = model.casefold().startswith(maker.partition(" ")[0].casefold())
    return (model if maker and known else f"{maker} {model}".strip())[:_LONGEST_NAME].rstrip()


def _name(value: object) -> str:
    """A tag's text up to its first nought, on one line; anything that is no text is none."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in value.partition("\0")[0]).split())


def refusal(error: Exception) -> Refused:
    """Turn what a decoder raised into a refusal; pass on what the system raised.

    Raises:
        OSError: *error* itself, when it carries a system error number other than "invalid argument".
    """
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
        raise error
    if isinstance(error, UnidentifiedImageError):
        return Refused("unsupported", "the header is damaged or of a rare kind")
    detail = f"{type(error).__name__}: {error}"[:300]
    if isinstance(error, PixelLimitError | MemoryError | Image.DecompressionBombError):
        return Refused("too_large", detail)
    return Refused("truncated", detail)


def decode(picture: ImageFile.ImageFile) -> Scan:
    """Decode the frame *picture* stands on; raises whatever Pillow raises."""
    notes: dict[str, Value] = {"mode": picture.mode}
    dpi = _dpi(picture)
    bits, inverted = bits_of(picture), white_is_zero(picture)
    orientation = picture.getexif().get(ExifTags.Base.Orientation, 1)
    if orientation in _UPRIGHT:
        notes["exif"] = int(orientation)
    picture.load()
    turn = picture.getexif().get(ExifTags.Base.Orientation, 1) in _UPRIGHT  # TIFFs were turned on loading
    upright: Image.Image = ImageOps.exif_transpose(picture) if turn else picture
    profile = picture.info.get("icc_profile")
    if upright.mode.startswith("I") or upright.mode == "F":
        pixels = _deep_grey(upright, bits, inverted=inverted)
    else:
        pixels = _array(_eight_bit(upright, profile, notes))
    if dpi and dpi[0] != dpi[1]:
        pixels, dpi = _square(pixels, *dpi, turned=int(orientation) >= 5), (max(dpi), max(dpi))
        notes["anamorphic"] = True
    return Scan(np.ascontiguousarray(pixels), dpi[0] if dpi else None, notes)


def _array(image: Image.Image) -> Pixels:
    """Pixels of an L or RGB image, copied in strips: in one piece the copy is made twice over."""
    width, height = image.size
    pixels = np.empty((height, width, 3) if image.mode == "RGB" else (height, width), dtype=np.uint8)
    for top in range(0, height, _STRIP_ROWS):
        bottom = min(height, top + _STRIP_ROWS)
        pixels[top:bottom] = np.asarray(image.crop((0, top, width, bottom)))
    return pixels


def white_is_zero(picture: ImageFile.ImageFile) -> bool:
    """Whether a TIFF counts from white to black."""
    return bool(getattr(picture, "tag_v2", {}).get(_PHOTOMETRIC) == 0)


def bits_of(picture: ImageFile.ImageFile) -> int:
    """Significant bits of a sample; 12-bit scanners' values arrive in 16-bit words."""
    tags = getattr(picture, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE) or (16,)
    return int(bits[0]) if isinstance(bits, tuple) else int(bits)


def _deep_grey(image: Image.Image, bits: int, *, inverted: bool) -> Pixels:
    """Scale 12-, 16- and 32-bit grey to 8 bits: the whole range of the type, nothing clipped."""
    values = np.nan_to_num(np.asarray(image)).astype(np.float32)
    low, high = float(values.min()), float(values.max())
    if image.mode.startswith("I;16"):
        low, high = 0.0, float(2 ** min(bits, 16) - 1)
    else:
        low, high = min(low, 0.0), next((top for top in (1.0, 255.0, 65535.0) if high <= top), high)
    scaled = np.clip((values - low) * (255.0 / max(high - low, 1e-9)) + 0.5, 0, 255)
    grey: Pixels = scaled.astype(np.uint8)
    return np.asarray(255 - grey, dtype=np.uint8) if inverted else grey


def _eight_bit(image: Image.Image, profile: object, notes: dict[str, Value]) -> Image.Image:
    """Convert any 8-bit mode to L or RGB."""
    if image.mode in ("1", "L"):
        return image.convert("L")
    if image.mode in ("La", "RGBa"):
        image = image.convert("LA" if image.mode == "La" else "RGBA")
    if image.has_transparency_data or image.mode in ("LA", "PA", "RGBA"):
        notes["alpha"] = True
        image = _on_white(image.convert("RGBA"))
    elif image.mode == "P":
        image = image.convert("RGB")
    return _to_srgb(image, profile, notes)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a transparent picture on paper."""
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _to_srgb(image: Image.Image, profile: object, notes: dict[str, Value]) -> Image.Image:
    """Any colour mode to sRGB, through the file's colour profile if it has one."""
    source: ImageCms.ImageCmsProfile | None = None
    try:
        if image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        elif isinstance(profile, bytes) and image.mode in ("RGB", "CMYK"):
            source = ImageCms.getOpenProfile(io.BytesIO(profile))
        if source is not None and not _is_srgb(source):
            notes["icc"] = True
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
            return converted if converted is not None else image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
        if image.mode == "LAB":
            raise ValueError("CIELAB picture cannot be converted") from error
        notes["icc_broken"] = str(error)[:120]
    return image if image.mode == "RGB" else image.convert("RGB")


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    return "srgb" in ImageCms.getProfileDescription(profile).lower()


def _dpi(picture: ImageFile.ImageFile) -> tuple[float, float] | None:
    """Resolution (x, y) in dots per inch, or None when the file names none that can be believed."""
    named = picture.info.get("dpi")
    try:
        x, y = (float(value) for value in named)  # type: ignore[union-attr]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    low, high = CREDIBLE_DPI
    if not (low <= x <= high and low <= y <= high):
        return None
    if x in _PLACEHOLDER_DPI and max(picture.size) > _PLACEHOLDER_MAX_SIDE:
        return None
    return (x, y) if max(x, y) / min(x, y) > 1.02 else (x, x)


def _square(pixels: Pixels, x: float, y: float, *, turned: bool) -> Pixels:
    """Give a fax-like picture (204 x 98 dpi) square pixels by stretching its coarser direction."""
    if turned:
        x, y = y, x
    height, width = pixels.shape[:2]
    top = max(x, y)
    size = (round(width * top / x), round(height * top / y))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
