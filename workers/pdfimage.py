"""Pictures as image objects of a PDF; the encoders are those of OpenCV and Pillow."""

import io
import shutil
import subprocess
import tempfile
from typing import cast

import cv2
import img2pdf
import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, TiffImagePlugin

from workers.ink import Mask
from workers.picture import Pixels

_SECONDS = 60.0
"""A page takes a second; a program that hangs is done without."""
_ROWS_PER_STRIP = 278
_STRIP_OFFSETS = 273
_STRIP_BYTE_COUNTS = 279
"""Tags of TIFF 6.0."""


def jpeg(pdf: Pdf, picture: Pixels, quality: int) -> pikepdf.Stream:
    """A grey or RGB picture as JPEG; *quality* from 1 to 100 as libjpeg means it. img2pdf embeds the very bytes."""
    # OpenCV's encoder: Pillow's copies the picture with four bytes a pixel first, 120 MB on A3.
    swapped = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, code = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1])
    del swapped
    with pikepdf.open(io.BytesIO(img2pdf.convert(code.tobytes()))) as page:
        (image,) = page.pages[0].resources.XObject.values()
        return cast(pikepdf.Stream, pdf.copy_foreign(image))


def jpeg2000(pdf: Pdf, picture: Pixels, decibels: float) -> pikepdf.Stream:
    """A grey or RGB picture as JPEG 2000 with at least *decibels* of signal to noise, if it has any signal."""
    file = io.BytesIO()
    Image.fromarray(picture).save(
        file,
        "JPEG2000",
        irreversible=True,
        quality_mode="dB",
        quality_layers=[decibels],
        mct=int(picture.ndim == 3),
    )
    return _image(pdf, file.getvalue(), picture, BitsPerComponent=8, Filter=Name.JPXDecode, ColorSpace=_space(picture))


def stencil(pdf: Pdf, mask: Mask) -> pikepdf.Stream:
    """A mask that lets paint through where it is True."""
    return _strokes(pdf, mask, ImageMask=True)


def bitonal(pdf: Pdf, ink: Mask) -> pikepdf.Stream:
    """A picture in black, where *ink* is True, and white."""
    return _strokes(pdf, ink, ColorSpace=Name.DeviceGray)


def _strokes(pdf: Pdf, mask: Mask, **keys: object) -> pikepdf.Stream:
    """CCITT Group 4 (ITU-T T.6).

    Where a program ``jbig2`` is on the path and its code is shorter: JBIG2 (ITU-T T.88) in its lossless generic mode.
    """
    data = _group4(mask)
    shorter = _jbig2(mask)
    if shorter and len(shorter) < len(data):
        return _image(pdf, shorter, mask, BitsPerComponent=1, Filter=Name.JBIG2Decode, **keys)
    parameters = Dictionary(K=-1, Columns=mask.shape[1], Rows=mask.shape[0])
    return _image(pdf, data, mask, BitsPerComponent=1, Filter=Name.CCITTFaxDecode, DecodeParms=parameters, **keys)


def _jbig2(mask: Mask) -> bytes:
    """What ``jbig2 --pdf`` makes of *mask*; nothing where the program is not there or fails, for it is a mere saving.

    Without ``-s`` it codes pixel by pixel and never puts one letter in the place of another.
    """
    program = shutil.which("jbig2")
    if program is None:
        return b""
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Image.fromarray(~mask).save(file, "PNG")  # white paper, black strokes
        file.flush()
        try:
            done = subprocess.run([program, "--pdf", file.name], capture_output=True, timeout=_SECONDS, check=True)
        except (OSError, subprocess.SubprocessError):
            return b""
    return done.stdout


def _group4(mask: Mask) -> bytes:
    """The code of *mask* as one strip; True is the black of the fax world."""
    file = io.BytesIO()
    strip = {_ROWS_PER_STRIP: mask.shape[0]}
    Image.fromarray(mask).save(file, "TIFF", compression="group4", tiffinfo=strip)
    file.seek(0)
    with TiffImagePlugin.TiffImageFile(file) as written:
        (offset,) = written.tag_v2[_STRIP_OFFSETS]
        (length,) = written.tag_v2[_STRIP_BYTE_COUNTS]
    return file.getvalue()[offset : offset + length]


def _space(picture: Pixels) -> Name:
    return Name.DeviceGray if picture.ndim == 2 else Name.DeviceRGB


def _image(pdf: Pdf, data: bytes, pixels: Pixels | Mask, **keys: object) -> pikepdf.Stream:
    height, width = pixels.shape[:2]
    return pikepdf.Stream(pdf, data, Type=Name.XObject, Subtype=Name.Image, Width=width, Height=height, **keys)
