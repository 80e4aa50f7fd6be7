"""One page as a PDF of its own: the picture for people, the words invisible over it for search."""

import io
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf
from PIL import Image

from workers.glyphless import add_font, beyond_bmp
from workers.picture import Pixels
from workers.text import Line
from workers.textlayer import Sheet, text_content

FONT = "/FText"
"""Resource name of the invisible font on every page."""
_PICTURE = "/ImPage"
_MIN_POINTS, _MAX_POINTS = 3.0, 14400.0
"""ISO 32000-1, Annex C: limits of a page's side."""


def write_page_pdf(path: Path, picture: Pixels, lines: tuple[Line, ...], dpi: float, jpeg_quality: int) -> None:
    """Write *picture* (RGB or grey) with the words of *lines* as a one-page PDF; same input, same bytes.

    Boxes of *lines* are in pixels of *picture*. *dpi* gives the page its size; where that would pass PDF's
    limits (3 to 14 400 points a side) it is moved to the nearest that fits.

    Raises:
        OSError: the file cannot be written.
    """
    height, width = picture.shape[:2]
    scale = 72 / _credible(dpi, (width, height))
    beyond = beyond_bmp("".join(word.text for line in lines for word in line.words))
    with Pdf.new() as pdf:
        resources = Dictionary(XObject=Dictionary({_PICTURE: _jpeg(pdf, picture, jpeg_quality)}))
        content = f"q {width * scale:.4f} 0 0 {height * scale:.4f} 0 0 cm {_PICTURE} Do Q\n".encode("ascii")
        text = text_content(lines, Sheet(height, scale), FONT, beyond)
        if text:
            resources.Font = Dictionary({FONT: add_font(pdf, beyond)})
        page = pdf.add_blank_page(page_size=(width * scale, height * scale))
        page.obj.MediaBox = Array([0, 0, round(width * scale, 4), round(height * scale, 4)])
        page.obj.Resources = resources
        page.obj.Contents = pdf.make_stream(content + text)
        save_pdf(pdf, path)


def save_pdf(pdf: Pdf, path: Path, *, linearize: bool = False) -> None:
    """Save *pdf* always alike: PDF 1.7, an identifier made from the content.

    No object streams: they save 0.04 percent, and qpdf 11 finds fault with linearized files that have them and
    an outline.

    Raises:
        OSError: the file cannot be written.
    """
    pdf.save(
        path,
        min_version="1.7",
        object_stream_mode=ObjectStreamMode.disable,
        deterministic_id=True,
        linearize=linearize,
    )


def _credible(dpi: float, size: tuple[int, int]) -> float:
    """*dpi*, or the nearest with which both sides keep PDF's limits."""
    return min(max(dpi, 72 * max(size) / _MAX_POINTS), 72 * min(size) / _MIN_POINTS)


def _jpeg(pdf: Pdf, picture: Pixels, quality: int) -> pikepdf.Stream:
    file = io.BytesIO()
    image = Image.fromarray(picture)
    image.save(file, "JPEG", quality=quality, optimize=True)
    return pikepdf.Stream(
        pdf,
        file.getvalue(),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=image.width,
        Height=image.height,
        BitsPerComponent=8,
        ColorSpace=Name.DeviceGray if image.mode == "L" else Name.DeviceRGB,
        Filter=Name.DCTDecode,
    )
