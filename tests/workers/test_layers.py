import numpy as np
import pikepdf
import pytest
import sheets
from PIL import Image, ImageDraw

from workers.layers import separate
from workers.pagepdf import write_page_pdf

ROWS = tuple(f"{number}. Bu sahifada oddiy matn bor, rasm yoʻq, faqat satrlar." for number in range(1, 30))


def photograph(height: int, width: int) -> np.ndarray:
    """Soft shapes and grain in all tones, as photographs have."""
    rng = np.random.default_rng(3)
    coarse = Image.fromarray(rng.integers(20, 235, (height // 40, width // 40, 3), dtype=np.uint8))
    soft = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)
    return np.clip(soft + rng.normal(0, 14, soft.shape), 0, 255).astype(np.uint8)


def halftone(height: int, width: int) -> np.ndarray:
    """A grey ramp in printer's dots."""
    down, across = np.mgrid[0:height, 0:width]
    screen = np.cos((down + across) * 1.1) * np.cos((down - across) * 1.1)
    dots = np.where(screen > np.linspace(-0.9, 0.9, width), 245, 35).astype(np.uint8)
    return np.dstack([dots] * 3)


def with_picture(picture: np.ndarray, top: int = 900, left: int = 500) -> np.ndarray:
    page = sheets.printed(ROWS)
    page[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return page


@pytest.fixture(scope="module")
def page():
    return sheets.printed(ROWS)


def test_a_colour_page_of_text_takes_at_most_45_kilobytes(tmp_path, page):
    path = tmp_path / "page.pdf"

    assert write_page_pdf(path, page, sheets.lines(*ROWS), 300.0, 70) == "layers"
    assert path.stat().st_size < 45_000


def test_layers_show_the_page_as_it_was(tmp_path, page):
    path = tmp_path / "page.pdf"
    write_page_pdf(path, page, (), 300.0, 70)

    shown = sheets.rendered(path, 300.0)[: page.shape[0], : page.shape[1]].astype(np.float32)
    true = page[: shown.shape[0], : shown.shape[1]].astype(np.float32)
    assert np.abs(shown - true).mean() < 8  # the paper's grain alone is 3
    ink, paper = true.mean(axis=2) < 60, true.mean(axis=2) > 225
    assert np.percentile(shown.mean(axis=2)[ink], 75) < 90  # the renderer softens edges
    assert np.percentile(shown.mean(axis=2)[paper], 5) > 200
    assert shown[paper].mean(axis=0) == pytest.approx(true[paper].mean(axis=0), abs=4)


def test_the_ink_stays_sharp(page):
    layers = separate(page, 300.0)

    assert layers is not None
    mask = layers.mask[: page.shape[0], : page.shape[1]]
    strokes = page.mean(axis=2) < 90
    assert (mask & strokes).sum() > 0.98 * strokes.sum()
    assert mask.sum() < 1.6 * strokes.sum()


def test_coloured_print_keeps_its_colour(tmp_path):
    path = tmp_path / "page.pdf"
    page = sheets.printed(ROWS[:4])
    heading = Image.new("RGB", (1400, 300), (244, 236, 214))
    draw = ImageDraw.Draw(heading)
    for row in range(4):
        draw.rectangle((20, 20 + 60 * row, 1300, 32 + 60 * row), fill=(170, 30, 40))
    page[1200:1500, 180:1580] = np.asarray(heading)

    assert write_page_pdf(path, page, (), 300.0, 70) == "layers"
    shown = sheets.rendered(path, 300.0)
    assert shown[1226, 800].astype(int).tolist() == pytest.approx([170, 30, 40], abs=25)


@pytest.mark.parametrize(
    "picture", [photograph(500, 700), photograph(300, 300), halftone(400, 500)], ids=["large", "small", "halftone"]
)
def test_a_page_with_a_picture_stays_a_picture(tmp_path, picture):
    path = tmp_path / "page.pdf"

    assert write_page_pdf(path, with_picture(picture), (), 300.0, 70) == "picture"
    with pikepdf.open(path) as pdf:
        assert list(pdf.pages[0].Resources.XObject.keys()) == ["/ImPage"]


def test_a_photograph_over_the_whole_page_stays_a_picture(tmp_path):
    assert write_page_pdf(tmp_path / "page.pdf", photograph(1200, 900), (), 300.0, 70) == "picture"


def test_a_coarse_scan_gets_a_finer_mask():
    coarse = np.asarray(Image.fromarray(sheets.printed(ROWS)).resize((874, 1240), Image.Resampling.LANCZOS))
    layers = separate(coarse, 150.0)

    assert layers is not None
    assert layers.mask.shape == (2480, 1760)


def test_a_grey_page_has_grey_layers(page):
    layers = separate(np.ascontiguousarray(page[..., 1]), 300.0)

    assert layers is not None
    assert layers.paper.ndim == layers.ink.ndim == 2


def test_specks_smaller_than_a_full_stop_are_not_ink(page):
    flecked = page.copy()
    flecked[2300:2302, 200:1500:50] = 40

    layers = separate(flecked, 300.0)

    assert layers is not None
    assert not layers.mask[2290:2310].any()


def test_an_empty_page_has_paper_only(tmp_path):
    path = tmp_path / "page.pdf"

    assert write_page_pdf(path, sheets.printed(()), (), 300.0, 70) == "layers"
    with pikepdf.open(path) as pdf:
        assert list(pdf.pages[0].Resources.XObject.keys()) == ["/ImPaper"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (3, 2, 3), (17, 5, 3)])
def test_the_smallest_pictures_do_no_harm(tmp_path, shape):
    path = tmp_path / "page.pdf"
    write_page_pdf(path, np.full(shape, 200, np.uint8), (), 300.0, 70)

    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == 1


def test_the_layers_obey_the_rules_for_archival_pictures(tmp_path, page):
    path = tmp_path / "page.pdf"
    write_page_pdf(path, page, (), 300.0, 70)

    with pikepdf.open(path) as pdf:
        ink = pdf.pages[0].Resources.XObject.ImInk
        assert ink.Mask.ImageMask
        assert ink.Mask.Filter == "/CCITTFaxDecode"
        assert "/SMask" not in ink
        assert {str(image.ColorSpace) for image in pdf.pages[0].Resources.XObject.as_dict().values()} == {"/DeviceRGB"}


@pytest.fixture(scope="module")
def through():
    """A page on whose empty foot the mirrored text of another shows, and where its own print is."""
    page = sheets.printed(ROWS[:8])
    other = sheets.printed(ROWS)[300:900, ::-1].astype(np.float32)
    shown = page.copy()
    shown[1700:2300] = np.clip(page[1700:2300] - 0.3 * np.maximum(235 - other, 0), 0, 255)
    return shown, page.mean(axis=2) < 128


def test_what_shows_through_is_left_to_the_paper(through):
    shown, printed = through

    layers = separate(shown, 300.0, printed)

    assert layers is not None
    assert layers.mask[:1500].any()
    assert not layers.mask[1650:2350].any()
    assert np.ptp(layers.paper[440:560].astype(int)) > 20


def test_without_word_about_print_all_that_is_dark_is_ink(through):
    layers = separate(through[0], 300.0)

    assert layers is None or layers.mask[1700:2300].any()


def test_a_picture_taken_for_faint_marks_is_still_a_picture(page):
    printed = page.mean(axis=2) < 128
    shown = with_picture(photograph(800, 700))

    assert separate(shown, 300.0, printed) is None
