"""The lossless profile: the scan as it was, the words over their print, every page of the item a page of the file."""

import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import archival
import numpy as np
import pictures
import pikepdf
import pytest
import sheets
from PIL import Image, ImageCms
from rapidfuzz.distance import Levenshtein

from workers.assemble import BookDone, BookJob, PageFile, assemble
from workers.masterpdf import write_master_pdf
from workers.page import PageDone, PageJob, process_page
from workers.pdfa import Description
from workers.picture import Restored
from workers.scan import load

SAMPLES = Path(__file__).parents[2] / "samples" / "items"
ABOUT = Description("Namuna", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), key="INV-1")
SCANS = {
    "askew": ("INV-2001/0003.jpg", False),
    "grey TIFF": ("INV-2001/0001.tif", False),
    "on its side by EXIF": ("INV-2002/0003.jpg", False),
    "opening": ("INV-2003/1.jpg", True),
}


class Made:
    """One scan in a book of its own."""

    def __init__(self, folder: Path, scan: Path, *, split: bool) -> None:
        self.scan = load(scan, 0, 10**9)
        self.master = scan
        out = folder / "out"
        out.mkdir()
        done = process_page(PageJob(scan, 0, out, split=split, in_process=True, pdf="lossless"))
        assert isinstance(done, PageDone)
        self.sides = done.sides
        parts = tuple(PageFile(out / f"{side.side}.pdf", True, out / f"{side.side}.json") for side in done.sides)
        self.pdf = folder / "book.pdf"
        assert isinstance(assemble(BookJob(self.pdf, parts, ABOUT)), BookDone)


@pytest.fixture(scope="module", params=SCANS.values(), ids=SCANS)
def made(request, tmp_path_factory):
    name, split = request.param
    return Made(tmp_path_factory.mktemp("book"), SAMPLES / name, split=split)


def test_the_file_holds_the_master_once_with_its_own_pixels(made):
    with pikepdf.open(made.pdf) as pdf:
        images = {page.Resources.XObject.ImMaster.objgen: page.Resources.XObject.ImMaster for page in pdf.pages}
        (image,) = images.values()
        if made.master.suffix == ".jpg":
            assert image.read_raw_bytes() == made.master.read_bytes()
        else:
            with Image.open(made.master) as picture:
                assert np.array_equal(pikepdf.PdfImage(image).as_pil_image(), picture)
        assert len(pdf.pages) == len(made.sides)


def test_the_page_shows_the_whole_scan_the_right_way_up(made):
    dpi = made.scan.dpi
    shown = [sheets.rendered(made.pdf, dpi, number) for number in range(len(made.sides))]
    true = made.scan.pixels if made.scan.pixels.ndim == 3 else np.dstack([made.scan.pixels] * 3)

    assert all(abs(picture.shape[0] - true.shape[0]) <= 1 for picture in shown)
    assert true.shape[1] <= sum(picture.shape[1] for picture in shown) < 1.02 * true.shape[1]  # a gutter that leans
    assert unlike(shown[0], true) < 2
    assert unlike(shown[-1][:, ::-1], true[:, ::-1]) < 2


def unlike(drawn, true):
    """Mean difference in grey of what both have, counted from the left upper corner."""
    height, width = (min(sides) for sides in zip(drawn.shape[:2], true.shape[:2], strict=True))
    return np.abs(drawn[:height, :width].astype(int) - true[:height, :width]).mean()


def test_words_lie_on_their_print(made):
    for number, side in enumerate(made.sides):
        words = [(word, box) for word, box in sheets.placed_words(made.pdf, number) if len(word) > 2]
        drawn = sheets.rendered(made.pdf, 300.0, number).mean(axis=2)
        dark = drawn < np.percentile(drawn, 75) - 60
        letter = int(np.median([box.bottom - box.top for _, box in words]))
        on, above = [], []
        for _, box in words:
            middle = (box.top + box.bottom) // 2
            band = slice(middle - letter // 5, middle + letter // 5)
            on.append(dark[band, box.left : box.right].mean())
            above.append(dark[box.top - letter // 3 : box.top - letter // 6, box.left : box.right].mean())
        assert len(words) > 20
        assert np.mean(np.array(on) > 0.12) > 0.97, side.side
        assert np.median(above) < np.median(on) / 4


def test_poppler_finds_them_in_the_same_places(made):
    for number in range(len(made.sides)):
        ours = {word: box for word, box in sheets.placed_words(made.pdf, number) if len(word) > 5}
        theirs = dict(poppler_words(made.pdf, number + 1))
        both = ours.keys() & theirs.keys()

        assert len(both) > 0.9 * len(ours)
        far = [word for word in both if not near(theirs[word], ours[word])]
        assert len(far) <= 0.1 * len(both), far  # words that stand twice on the page


def poppler_words(path, number):
    """Words with left, top and bottom edge in pixels at 300 dpi; `-cropbox` counts from what is shown."""
    command = ["pdftotext", "-cropbox", "-bbox", "-f", str(number), "-l", str(number), str(path), "-"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.findall(r'xMin="([-.0-9]+)" yMin="([-.0-9]+)" xMax="[-.0-9]+" yMax="([-.0-9]+)">([^<]+)<', said)
    return [(word, tuple(float(edge) * 300 / 72 for edge in edges)) for *edges, word in found]


def near(edges, box):
    return np.abs(np.array(edges) - (box.left, box.top, box.bottom)).max() < 8


def test_text_comes_in_its_order_from_a_scan_that_lies_askew(made):
    for number, side in enumerate(made.sides):
        wanted = " ".join(side.text.split())
        read = " ".join(sheets.pdfium_text(made.pdf, number).split())
        assert Levenshtein.normalized_similarity(read, wanted) > 0.995


def test_the_book_is_archival_and_whole(made):
    archival.assert_whole([made.pdf])
    with pikepdf.open(made.pdf) as pdf:
        assert pdf.is_linearized
    archival.assert_archival([made.pdf])


def masters(folder):
    """A small scan of every kind that a scanner or a camera writes."""
    grey = pictures.text_page(width=300, height=400)
    colour = Image.fromarray(pictures.colour(grey))
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield pictures.save(folder / "bitonal.tif", Image.fromarray(grey).convert("1"), compression="group4")
    yield pictures.save(folder / "deep.tif", grey.astype(np.uint16) * 257)
    yield pictures.save(folder / "colour.tif", colour, compression="tiff_lzw", icc_profile=profile)
    yield pictures.save(folder / "palette.png", colour.quantize(16))
    yield pictures.save(folder / "see-through.png", colour.convert("RGBA"))
    yield pictures.save(folder / "ink.jpg", colour.convert("CMYK"))
    yield pictures.save(folder / "grey.jpg", grey, icc_profile=profile)
    yield pictures.save(folder / "colour.jpg", colour, icc_profile=profile, progressive=True)


def test_masters_of_every_kind_make_an_archival_book(tmp_path):
    parts = []
    for master in masters(tmp_path):
        scan, page = load(master, 0, 10**9), tmp_path / f"{master.stem}-{master.suffix[1:]}.pdf"
        restored = Restored("whole", scan.pixels, scan.pixels, 72.0, 0.0, ())
        write_master_pdf(page, master, 0, restored, (sheets.line("matn", 40, 20),), 10**9)
        parts.append(PageFile(page, has_text=True))
        shown = sheets.rendered(page, 72.0).astype(int)
        true = scan.pixels if scan.pixels.ndim == 3 else np.dstack([scan.pixels] * 3)
        assert np.abs(shown[:390, :290] - true[:390, :290]).mean() < 6, master.name
    book = tmp_path / "book.pdf"

    assert isinstance(assemble(BookJob(book, tuple(parts), ABOUT)), BookDone)
    archival.assert_whole([book])
    archival.assert_archival([book])
