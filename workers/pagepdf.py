"""One page as a PDF of its own: the picture for people, the words invisible over it for search."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pikepdf import Array, Dictionary, ObjectStreamMode, Pdf, Stream

from workers.glyphless import add_font, beyond_bmp
from workers.ink import Mask
from workers.layers import Layers, separate, strokes_of
from workers.pdfimage import jpeg, jpeg2000, stencil
from workers.picture import Pixels
from workers.text import Line
from workers.textlayer import Sheet, text_content

FONT = "/FText"
"""Resource name of the invisible font on every page."""
_MIN_POINTS, _MAX_POINTS = 3.0, 14400.0
"""ISO 32000-1, Annex C: limits of a page's side."""
_PAPER_DECIBELS, _INK_DECIBELS = 42.0, 28.0
"""Signal to noise of the layers: paper keeps its tint to two levels of grey, ink is judged less closely. JPEG of the
same quality takes a tenth more of the whole page (bench/encoders.py)."""

Build = Literal["layers", "picture", "bitonal"]


def write_page_pdf(  # noqa: PLR0913  (a page is a picture, its words and how they are to look)
    path: Path,
    picture: Pixels,
    lines: tuple[Line, ...],
    dpi: float,
    jpeg_quality: int,
    style: str = "layers",
    *,
    printed: Mask | None = None,
) -> Build:
    """Write *picture* (RGB or grey) with the words of *lines* as a one-page PDF; same input, same bytes.

    A page of text becomes layers; one that would not look like itself in layers stays one JPEG of *jpeg_quality*.
    With *style* ``bitonal`` every page is black strokes on white and nothing else.
    *printed* is where print was found, as in :func:`workers.layers.separate`.
    The answer says which way was taken. Boxes of *lines* are in pixels of *picture*. *dpi* gives the page its
    size; where that would pass PDF's limits (3 to 14 400 points a side) it is moved to the nearest that fits.

    Raises:
        OSError: the file cannot be written.
    """
    height, width = picture.shape[:2]
    dpi = credible(dpi, (width, height))
    scale = 72 / dpi
    beyond = beyond_bmp("".join(word.text for line in lines for word in line.words))
    with Pdf.new() as pdf:
        shown = (
            _shown(pdf, separate(picture, dpi, printed), picture, jpeg_quality)
            if style == "layers"
            else _bitonal(pdf, picture, dpi, printed)
        )
        resources = Dictionary(XObject=Dictionary(shown.images))
        content = shown.painted(height, scale)
        text = text_content(lines, Sheet(height, scale), FONT, beyond)
        if text:
            resources.Font = Dictionary({FONT: add_font(pdf, beyond)})
        page = pdf.add_blank_page(page_size=(width * scale, height * scale))
        page.obj.MediaBox = Array([0, 0, round(width * scale, 4), round(height * scale, 4)])
        page.obj.Resources = resources
        page.obj.Contents = pdf.make_stream(content + text)
        save_pdf(pdf, path)
    return shown.build


@dataclass(frozen=True, slots=True)
class _Shown:
    """The pictures of a page by resource name, in the order in which they are painted."""

    images: dict[str, Stream]
    build: Build
    size: tuple[int, int]
    """Width and height in pixels of the page; what is more than the page's own lies beyond its right and lower edge."""

    def painted(self, height: int, scale: float) -> bytes:
        """The content that paints them on a page *height* pixels high, *scale* points to a pixel."""
        names = "".join(f"{name} Do " for name in self.images)
        width, low = self.size[0] * scale, (height - self.size[1]) * scale
        return f"q {width:.4f} 0 0 {self.size[1] * scale:.4f} 0 {low:.4f} cm {names}Q\n".encode("ascii")


def _shown(pdf: Pdf, layers: Layers | None, picture: Pixels, quality: int) -> _Shown:
    """Layers, or the picture as it is."""
    if layers is None:
        return _Shown({"/ImPage": jpeg(pdf, picture, quality)}, "picture", (picture.shape[1], picture.shape[0]))
    images = {"/ImPaper": jpeg2000(pdf, layers.paper, _PAPER_DECIBELS)}
    if layers.mask.any():
        images["/ImInk"] = jpeg2000(pdf, layers.ink, _INK_DECIBELS)
        images["/ImInk"].Mask = pdf.make_indirect(stencil(pdf, layers.mask))
    return _Shown(images, "layers", layers.size)


def _bitonal(pdf: Pdf, picture: Pixels, dpi: float, printed: Mask | None) -> _Shown:
    """The strokes alone; a stencil is painted in the colour that a page begins with, black."""
    return _Shown(
        {"/ImStrokes": stencil(pdf, strokes_of(picture, dpi, printed))}, "bitonal", (picture.shape[1], picture.shape[0])
    )


def credible(dpi: float, size: tuple[int, int]) -> float:
    """*dpi*, or the nearest with which both sides keep PDF's limits."""
    return min(max(dpi, 72 * max(size) / _MAX_POINTS), 72 * min(size) / _MIN_POINTS)


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
