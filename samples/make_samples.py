"""Makes the scans, the catalogue and the truth of ``samples/`` from ``samples/texts``: printed here, flawed on purpose.

    .venv/bin/python samples/make_samples.py [FOLDER]

The same seed gives the same pictures. Needs DejaVu Serif (Debian: fonts-dejavu-core), which holds қ ғ ҳ ў and ‘.
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pymarc import Field, Indicators, Record, Subfield

HERE = Path(__file__).resolve().parent
FONTS = Path("/usr/share/fonts/truetype/dejavu")
A5_MM = (148, 210)
EXIF_ORIENTATION = 0x0112

Plane = npt.NDArray[np.float64]
"""Height x width, or height x width x 3; 0 = black, 1 = white."""

Colour = tuple[int, int, int]
WHITE_PAPER: Colour = (242, 239, 230)
YELLOW_PAPER: Colour = (228, 211, 170)
DARK_BED: Colour = (41, 38, 40)
LIGHT_BED: Colour = (222, 224, 225)


@dataclass(frozen=True)
class Flaws:
    """How one picture is spoilt; angles in degrees, positive = against the clock."""

    skew: float = 0.0
    paper: Colour = WHITE_PAPER
    bed: Colour = DARK_BED
    gutter: str = "left"
    """The side on which the book is bound."""
    shadow: float = 0.25
    """How dark the paper gets in the gutter, 0 to 1."""
    bleed: float = 0.0
    """Strength of the other side's ink, 0 to 1."""
    specks: int = 0
    mottle: float = 0.02


@dataclass(frozen=True)
class Sample:
    """One file of an item: which pages of its text it shows, and how it was scanned."""

    name: str
    pages: tuple[int, ...]
    dpi: int
    flaws: Flaws
    turned: bool = False
    """Stored lying on its side with an EXIF mark that says so."""


OLD = Flaws(paper=YELLOW_PAPER, mottle=0.05, shadow=0.4)

ITEMS: dict[str, tuple[Sample, ...]] = {
    "INV-2001": (
        Sample("0001.tif", (0,), 200, Flaws(skew=1.2, specks=25)),
        Sample("0002.jpg", (1,), 300, Flaws(skew=-2.3, gutter="right", shadow=0.45)),
        Sample("0003.jpg", (2,), 300, Flaws(skew=1.7, bed=LIGHT_BED, specks=60)),
        Sample("0004.jpg", (3,), 300, Flaws(skew=-0.6, gutter="right", bleed=0.22)),
    ),
    "INV-2002": (
        Sample("0001.jpg", (0,), 300, replace(OLD, skew=3.1)),
        Sample("0002.jpg", (1,), 300, replace(OLD, skew=-1.4, gutter="right", bleed=0.25)),
        Sample("0003.jpg", (2,), 300, replace(OLD, skew=0.9, specks=80), turned=True),
    ),
    "INV-2003": (
        Sample("1.jpg", (0, 1), 200, replace(OLD, skew=0.8)),
        Sample("2.jpg", (2, 3), 200, replace(OLD, skew=-1.1, bleed=0.15)),
    ),
}

SHEETS = {
    "INV-2002": 'type = "kitob"\nsource = "o‘lkashunoslik"\nlanguage = "uz-Cyrl"\npages = 3\n',
    "INV-2003": 'title = "Usta Karimning daftari"\nrecord = "NM00002003"\nsource = "buyurtma"\noperator = "skaner-1"\n',
}
"""What the operator wrote into item.toml; INV-2001 has none."""


# --- the printed page ---------------------------------------------------------------------------------------


def pages_of(key: str) -> list[str]:
    """The texts of an item's pages; a form feed stands between them."""
    return (HERE / "texts" / f"{key}.txt").read_text(encoding="utf-8").split("\f")


def printed(text: str, dpi: int) -> Plane:
    """A page of A5 with justified paragraphs, its first line as heading and its number at the foot."""
    size = [round(mm / 25.4 * dpi) for mm in A5_MM]
    sheet = Image.new("L", (size[0], size[1]), 255)
    draw = ImageDraw.Draw(sheet)
    left, right, y = round(0.12 * size[0]), round(0.88 * size[0]), round(0.09 * size[1])
    body = ImageFont.truetype(FONTS / "DejaVuSerif.ttf", round(12 / 72 * dpi))
    heading = ImageFont.truetype(FONTS / "DejaVuSerif-Bold.ttf", round(14.5 / 72 * dpi))
    *paragraphs, number = [part.strip() for part in text.strip().split("\n\n")]
    if len(paragraphs[0]) < 80:  # a heading, or a title with its subtitle
        for line in paragraphs.pop(0).splitlines():
            draw.text((size[0] / 2, y), line, 0, heading, anchor="ma")
            y += round(1.7 * heading.size)
            heading = body
        y += body.size
    for paragraph in paragraphs:
        y = _paragraph(draw, paragraph, body, (left, y, right))
    draw.text((size[0] / 2, 0.93 * size[1]), number, 0, body, anchor="ma")
    return np.asarray(sheet, dtype=np.float64) / 255


def _paragraph(draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, box: tuple[int, int, int]) -> int:
    """Print justified lines between left and right from *y* downwards; the y below them."""
    left, y, right = box
    indent = round(1.5 * font.size)
    lines = _lines(text.split(), font, right - left, indent)
    for index, words in enumerate(lines):
        x = left + (indent if index == 0 else 0)
        gap = font.getlength(" ")
        if index < len(lines) - 1:
            gap = (right - x - sum(map(font.getlength, words))) / max(len(words) - 1, 1)
        for word in words:
            draw.text((x, y), word, 0, font)
            x += font.getlength(word) + gap
        y += round(1.55 * font.size)
    return y + round(0.4 * font.size)


def _lines(words: list[str], font: ImageFont.FreeTypeFont, width: int, indent: int) -> list[list[str]]:
    lines: list[list[str]] = [[]]
    for word in words:
        room = width - (indent if len(lines) == 1 else 0)
        if lines[-1] and font.getlength(" ".join([*lines[-1], word])) > room:
            lines.append([])
        lines[-1].append(word)
    return lines


# --- what paper, book and scanner do to it ------------------------------------------------------------------


def _clouds(rng: np.random.Generator, shape: tuple[int, int], cells: int) -> Plane:
    """Smooth noise between -1 and 1, about *cells* hills across."""
    small = Image.fromarray(rng.uniform(-1, 1, (cells, cells)).astype(np.float32), "F")
    return np.asarray(small.resize((shape[1], shape[0]), Image.Resampling.BICUBIC), dtype=np.float64)


def _shadow(shape: tuple[int, int], side: str, depth: float) -> Plane:
    """Light left on the paper beside the binding: *1 - depth* at the edge, full after a sixth of the width."""
    distance = np.linspace(0, 1, shape[1])
    distance = distance if side == "left" else distance[::-1]
    return np.broadcast_to(1 - depth * np.exp(-distance / 0.05), shape)


def _soft(plane: Plane, radius: float) -> Plane:
    picture = Image.fromarray((plane * 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), dtype=np.float64) / 255


def _specks(rng: np.random.Generator, plane: Plane, count: int) -> Plane:
    """Dust and foxing: small dark dots of two to six hundredths of an inch at 300 dpi."""
    picture = Image.fromarray((plane * 255).astype(np.uint8))
    draw = ImageDraw.Draw(picture)
    height, width = plane.shape
    for _ in range(count):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.0005, 0.0016) * width
        draw.ellipse((x - r, y - r, x + r, y + r), fill=int(rng.uniform(60, 170)))
    return np.asarray(picture, dtype=np.float64) / 255


def on_paper(page: Plane, behind: Plane, flaws: Flaws, rng: np.random.Generator) -> Plane:
    """The printed page as paper: colour, mottling, shadow, the other side's ink, dust, uneven ink. RGB."""
    shape = (page.shape[0], page.shape[1])
    light = 1 + flaws.mottle * _clouds(rng, shape, 6) + 0.3 * flaws.mottle * _clouds(rng, shape, 60)
    light = light * _shadow(shape, flaws.gutter, flaws.shadow)
    light = light * (1 - flaws.bleed * (1 - _soft(behind[:, ::-1], page.shape[1] / 900)))
    ink = (1 - page) * (0.88 + 0.1 * _clouds(rng, shape, 12))
    if flaws.specks:
        light = light * _specks(rng, np.ones(shape), flaws.specks)
    paper = np.array(flaws.paper) / 255 * light[:, :, None]
    tone = np.array([0.13, 0.12, 0.14])
    return np.clip(paper * (1 - ink[:, :, None]) + tone * ink[:, :, None], 0, 1)


def on_bed(sheet: Plane, flaws: Flaws, rng: np.random.Generator) -> Image.Image:
    """The sheet lying crooked on the scanner's bed, seen through its lens."""
    height, width = sheet.shape[:2]
    margin = round(0.1 * width)  # more than is kept, so that no corner of the turned picture is empty
    size = (width + 2 * margin, height + 2 * margin)
    bed = np.empty((size[1], size[0], 3))
    bed[:] = np.array(flaws.bed) / 255 * (1 + 0.06 * _clouds(rng, (size[1], size[0]), 4))[:, :, None]
    bed[margin : margin + height, margin : margin + width] = sheet
    picture = Image.fromarray((np.clip(bed, 0, 1) * 255).astype(np.uint8))
    picture = picture.rotate(flaws.skew, Image.Resampling.BICUBIC, fillcolor=flaws.bed)
    cut = round(0.055 * width)
    picture = picture.crop((cut, cut, size[0] - cut, size[1] - cut))
    picture = picture.filter(ImageFilter.GaussianBlur(0.5))
    noise = rng.normal(0, 1.6, (picture.height, picture.width))[:, :, None]
    return Image.fromarray(np.clip(np.asarray(picture, dtype=np.float64) + noise, 0, 255).astype(np.uint8))


def scan(sample: Sample, texts: list[str], seed: int) -> Image.Image:
    """One picture: a single page, or the two pages of an opening side by side."""
    rng = np.random.default_rng(seed)
    sheets = []
    for side, number in enumerate(sample.pages):
        flaws = sample.flaws
        if len(sample.pages) == 2:
            flaws = replace(flaws, gutter="right" if side == 0 else "left")
        other = texts[(number + 1) % len(texts)]
        sheets.append(on_paper(printed(texts[number], sample.dpi), printed(other, sample.dpi), flaws, rng))
    return on_bed(np.concatenate(sheets, axis=1), sample.flaws, rng)


def save(picture: Image.Image, sample: Sample, path: Path) -> None:
    """As a grey TIFF, or as a JPEG as scanners write it; with its resolution."""
    dpi = (sample.dpi, sample.dpi)
    if path.suffix == ".tif":
        grey = picture.convert("L").filter(ImageFilter.MedianFilter(3))
        grey.save(path, compression="tiff_deflate", dpi=dpi, tiffinfo={317: 2})
        return
    exif = Image.Exif()
    if sample.turned:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
        exif[EXIF_ORIENTATION] = 6
    picture.save(path, quality=62, dpi=dpi, exif=exif)


# --- the catalogue ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Book:
    """What a cataloguer wrote about one book."""

    number: str
    title: str
    author: str
    year: str
    inventory: str = ""
    barcode: str = ""
    isbn: str = ""
    extent: str = ""


BOOKS = (
    Book(
        "NM00002001",
        "Sahifadan ekrangacha",
        "Namunaviy, S.",
        "2024",
        "INV-2001",
        isbn="978-9943-00-201-4",
        extent="4 b.",
    ),
    Book("NM00002002", "Ўлка китоблари хазинаси", "Намунавий, С.", "1984", barcode="INV-2002", extent="3 б."),
    Book("NM00002003", "Usta Karimning daftari", "Namunaviy, S.", "1991", "INV-2999", extent="4 b."),
    # Near misses: the same title in another year, and an inventory number with two digits the other way round.
    Book("NM00002004", "Sahifadan ekrangacha", "Namunaviy, S.", "2019", "INV-1919", extent="96 b."),
    Book("NM00002005", "Usta Karimning bog‘i", "Namunaviy, S.", "1991", "INV-2030", extent="120 b."),
)
"""INV-2001 is found by 090$e, INV-2002 by 952$p, INV-2003 by the record number of its item.toml."""


def record(book: Book) -> Record:
    """The book as a MARC 21 record, without any link."""
    made = Record(force_utf8=True, leader="00000nam a2200000 a 4500")
    made.add_field(Field(tag="001", data=book.number))
    made.add_field(Field(tag="008", data=f"240101s{book.year}    uz            000 0 uzb d"))
    if book.isbn:
        made.add_field(_field("020", a=book.isbn))
    if book.inventory:
        made.add_field(_field("090", a="78.3", e=book.inventory))
    made.add_field(_field("100", "1 ", a=book.author))
    made.add_field(_field("245", "10", a=book.title))
    made.add_field(_field("260", a="Toshkent", b="Namuna", c=book.year))
    made.add_field(_field("300", a=book.extent))
    if book.barcode:
        made.add_field(_field("952", a="AKM", p=book.barcode))
    return made


def _field(tag: str, indicators: str = "  ", **subfields: str) -> Field:
    pairs = [Subfield(code, value) for code, value in subfields.items()]
    return Field(tag=tag, indicators=Indicators(*indicators), subfields=pairs)


# --- all of it ----------------------------------------------------------------------------------------------


def make(folder: Path) -> None:
    """Write ``items/`` and ``catalog.mrc`` into *folder*; files of the same name are replaced."""
    for order, (key, samples) in enumerate(ITEMS.items()):
        item = folder / "items" / key
        item.mkdir(parents=True, exist_ok=True)
        texts = pages_of(key)
        for number, sample in enumerate(samples):
            save(scan(sample, texts, seed=100 * order + number), sample, item / sample.name)
        if key in SHEETS:
            (item / "item.toml").write_text(SHEETS[key], encoding="utf-8")
    (folder / "catalog.mrc").write_bytes(b"".join(record(book).as_marc() for book in BOOKS))


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
