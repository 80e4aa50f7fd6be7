"""One page of the ``lossless`` PDF: the master as it was scanned, the words over their print.

The page shows all of the scan, bed and colour chart too, turned by quarters at most. An opening gives two pages that
share one image object; each crops to its side, so that every page of the item is a page of the file in every profile.
"""

from pathlib import Path
from typing import Literal

import numpy as np
from pikepdf import Array, Dictionary, Pdf

from workers.embedding import embed
from workers.glyphless import add_font, beyond_bmp
from workers.origin import frame_of, on_scan, origin_of
from workers.pagepdf import FONT, credible, save_pdf
from workers.picture import Restored
from workers.text import Line
from workers.textlayer import Place, Sheet, text_content

MASTER = "/ImMaster"
"""Resource name of the master on its page or pages."""

Kept = Literal["master", "decoded"]


def write_master_pdf(
    path: Path, master: Path, frame: int, page: Restored, lines: tuple[Line, ...], max_pixels: int
) -> Kept:
    """Write *frame* of *master*, from which *page* came, with the words of *lines* as a one-page PDF.

    Boxes of *lines* are in pixels of ``page.picture``; they are led back to the scan. The answer says whether the
    file holds the master's own pixels, or our decoding of a kind that PDF/A does not know.

    Raises:
        OSError: the file cannot be written, the master's disk fails.
    """
    origin, size = origin_of(page), (page.picture.shape[1], page.picture.shape[0])
    width, height = origin.size
    scale = 72 / credible(page.dpi, origin.size)

    def laid(place: Place) -> Place:
        left, right, foot = place
        (x0, y0), (x1, y1) = on_scan(origin, np.array([(left, foot), (right, foot)], dtype=np.float64), size)
        return float(x0), float(x1), float(y0 + y1) / 2

    def box(edges: tuple[float, float, float, float]) -> Array:
        left, top, right, bottom = edges
        corners = (left * scale, (height - bottom) * scale, right * scale, (height - top) * scale)
        return Array([round(corner, 4) for corner in corners])

    beyond = beyond_bmp("".join(word.text for line in lines for word in line.words))
    text = text_content(lines, Sheet(height, scale, laid), FONT, beyond)
    with Pdf.new() as pdf:
        kept = embed(pdf, master, frame, max_pixels)
        drawn = pdf.add_blank_page(page_size=(width * scale, height * scale)).obj
        drawn.MediaBox = box((0, 0, width, height))
        drawn.CropBox = box(origin.view)
        drawn.TrimBox = box(frame_of(origin, size))
        drawn.Resources = Dictionary(XObject=Dictionary({MASTER: kept.image}))
        if text:
            drawn.Resources.Font = Dictionary({FONT: add_font(pdf, beyond)})
        shown = _shown(kept.exif, origin.quarters, (width * scale, height * scale))
        drawn.Contents = pdf.make_stream(shown + text)
        save_pdf(pdf, path)
    return "master" if kept.exact else "decoded"


def _shown(exif: int, quarters: int, size: tuple[float, float]) -> bytes:
    """The content that paints the stored pixels over a page of *size*, upright."""
    low_left, low_right, high_left = (_upright(corner, exif, quarters) for corner in ((0, 1), (1, 1), (0, 0)))
    x, y = low_left
    across, up = ((corner[0] - x, corner[1] - y) for corner in (low_right, high_left))
    wide, high = size
    numbers = (across[0] * wide, -across[1] * high, up[0] * wide, -up[1] * high, x * wide, (1 - y) * high)
    return f"q {' '.join(f'{number:.4f}' for number in numbers)} cm {MASTER} Do Q\n".encode("ascii")


def _upright(corner: tuple[int, int], exif: int, quarters: int) -> tuple[int, int]:
    """Where a corner of the stored pixels, (0, 0) the left upper one, is once they are upright."""
    u, v = corner
    x, y = {
        2: (1 - u, v), 3: (1 - u, 1 - v), 4: (u, 1 - v), 5: (v, u), 6: (1 - v, u), 7: (1 - v, 1 - u), 8: (v, 1 - u),
    }.get(exif, (u, v))  # fmt: skip
    for _ in range(quarters):
        x, y = y, 1 - x
    return x, y
