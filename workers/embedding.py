"""A master's own pixels as an image object of a PDF: JPEG byte by byte, everything else packed without loss."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import ExifTags, Image, ImageCms, ImageFile, ImageOps

from workers.pdfimage import bitonal
from workers.picture import Refused
from workers.scan import bits_of, check_frame, load, open_picture, quiet, white_is_zero

_MARKER, _START_OF_SCAN = 0xFF, 0xDA
_FRAMES = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive (ITU-T T.81, B.1.1.3); readers of PDF know no others."""
_ALL_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_CHANNELS = {"L": 1, "RGB": 3, "CMYK": 4}
_DEVICE = {1: Name.DeviceGray, 3: Name.DeviceRGB}
"""Colours that a file with an output intent of sRGB may use without saying more (ISO 19005-2, 6.2.4.3)."""
_SIGNATURES = {1: b"GRAY", 3: b"RGB ", 4: b"CMYK"}
_CLASSES = {b"scnr", b"mntr", b"prtr", b"spac"}
"""ICC.1: colour spaces and classes of profiles that a picture may carry."""
_NEWEST_ICC = 4
_PNG_HEAD = 8


@dataclass(frozen=True, slots=True)
class Embedded:
    """A master in a PDF."""

    image: pikepdf.Stream
    exif: int
    """How the stored pixels lie (EXIF, 1 to 8)."""
    exact: bool
    """False where PDF/A knows no such pixels (transparency, CMYK without a profile, CIELAB) and our decoding stands
    for them."""


def embed(pdf: Pdf, path: Path, frame: int, max_pixels: int) -> Embedded:
    """The *frame* of the master *path* as an image object of *pdf*.

    Raises:
        OSError: the disk fails.
        ValueError: the master does not decode; it did a moment ago.
    """
    with quiet(), open_picture(path) as picture:
        check_frame(picture, frame, max_pixels)
        found = _as_it_is(pdf, picture, path) if picture.format == "JPEG" else _packed(pdf, picture)
    if found is not None:
        return found
    scan = load(path, frame, max_pixels)
    if isinstance(scan, Refused):
        raise ValueError(f"{path.name}: {scan.detail}")  # noqa: TRY004  (a file of the wrong kind, no object)
    return Embedded(_flate(pdf, Image.fromarray(scan.pixels), ""), 1, exact=False)


def _as_it_is(pdf: Pdf, picture: ImageFile.ImageFile, path: Path) -> Embedded | None:
    """A JPEG file itself; None if readers of PDF would not know it."""
    code = path.read_bytes()
    channels = _CHANNELS.get(picture.mode)
    space = channels and _space(pdf, channels, picture.info.get("icc_profile"))
    if not space or next(_frame_markers(code), 0) not in _FRAMES:
        return None
    image = _image(pdf, code, picture.size, space, 8, Filter=Name.DCTDecode)
    if picture.mode == "CMYK" and "adobe" in picture.info:
        image.Decode = Array([1, 0] * 4)  # Adobe writes ink as light
    return Embedded(image, int(picture.getexif().get(ExifTags.Base.Orientation, 1)), exact=True)


def _frame_markers(code: bytes) -> Iterator[int]:
    """The kinds of frames in a JPEG file, up to the first scan."""
    at = 2
    while at + 4 <= len(code) and code[at] == _MARKER and code[at + 1] != _START_OF_SCAN:
        if code[at + 1] in _ALL_FRAMES:
            yield code[at + 1]
        at += 1 if code[at + 1] == _MARKER else 2 + int.from_bytes(code[at + 2 : at + 4], "big")


def _packed(pdf: Pdf, picture: ImageFile.ImageFile) -> Embedded | None:
    """Decoded pixels, packed without loss; None if a PDF/A cannot hold them as they are."""
    bits, inverted = bits_of(picture), white_is_zero(picture)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode == "1":
        return Embedded(bitonal(pdf, ~np.asarray(upright)), 1, exact=True)
    if upright.mode.startswith("I;16"):
        return Embedded(_deep(pdf, upright, bits, inverted=inverted), 1, exact=True)
    if upright.has_transparency_data or upright.mode not in (*_CHANNELS, "P"):
        return None
    plain = upright.convert("RGB") if upright.mode == "P" else upright
    profile = picture.info.get("icc_profile")
    if not _space(pdf, _CHANNELS[plain.mode], profile):
        return None
    return Embedded(_flate(pdf, plain, profile), 1, exact=bits <= 8 or picture.format != "TIFF")


def _deep(pdf: Pdf, picture: Image.Image, bits: int, *, inverted: bool) -> pikepdf.Stream:
    """Grey of up to 16 bits; the file's own numbers, with white where the scanner's white is."""
    image = _flate(pdf, Image.fromarray(np.asarray(picture).astype(np.uint16)), "")
    top = 65535 / (2 ** min(bits, 16) - 1)
    if inverted or top != 1:
        image.Decode = Array([top, 0] if inverted else [0, top])
    return image


def _flate(pdf: Pdf, picture: Image.Image, profile: object) -> pikepdf.Stream:
    """Packed by zlib; grey and RGB with PNG's row filters, which PDF knows as predictors (ISO 32000-1, 7.4.4.4)."""
    channels, bits = _CHANNELS.get(picture.mode, 1), 16 if picture.mode.startswith("I;16") else 8
    space = _space(pdf, channels, profile)
    if picture.mode == "CMYK":
        return _image(pdf, zlib.compress(picture.tobytes()), picture.size, space, bits, Filter=Name.FlateDecode)
    file = io.BytesIO()
    picture.save(file, "PNG")
    parameters = Dictionary(Predictor=15, Colors=channels, BitsPerComponent=bits, Columns=picture.width)
    data = b"".join(_pixel_chunks(file.getvalue()))
    return _image(pdf, data, picture.size, space, bits, Filter=Name.FlateDecode, DecodeParms=parameters)


def _pixel_chunks(png: bytes) -> Iterator[bytes]:
    """The contents of all IDAT chunks (PNG 1.2, 5.3)."""
    at = _PNG_HEAD
    while at < len(png):
        length, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        if kind == b"IDAT":
            yield png[at + 8 : at + 8 + length]
        at += length + 12


def _space(pdf: Pdf, channels: int, profile: object) -> pikepdf.Object | None:
    """The picture's own colours where it brings a profile that fits, else those of the device; None = CMYK without."""
    if isinstance(profile, bytes) and _fits(profile, channels):
        return Array([Name.ICCBased, pdf.make_indirect(pikepdf.Stream(pdf, profile, N=channels))])
    return _DEVICE.get(channels)


def _fits(profile: bytes, channels: int) -> bool:
    """Whether an ICC profile can be read and speaks of pictures of so many *channels*."""
    try:
        ImageCms.getOpenProfile(io.BytesIO(profile))
    except (ImageCms.PyCMSError, OSError):
        return False
    return profile[8] <= _NEWEST_ICC and profile[12:16] in _CLASSES and profile[16:20] == _SIGNATURES[channels]


def _image(pdf: Pdf, data: bytes, size: tuple[int, int], space: object, bits: int, **keys: object) -> pikepdf.Stream:
    return pikepdf.Stream(
        pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=size[0], Height=size[1],
        ColorSpace=space, BitsPerComponent=bits, **keys,
    )  # fmt: skip
