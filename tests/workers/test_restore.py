import json
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import DPI, HEIGHT, WIDTH, colour, on_bed, opening, shaded, text_page

from workers.picture import Scan
from workers.restore import profile_defaults, restore
from workers.scan import load

ROOT = Path(__file__).resolve().parents[2]
DEV = ROOT.parent / "shared" / "data" / "dev"
UPRIGHT = {"orientation": False}
"""Orientation has its own tests; asking Tesseract here would only cost time."""


def restored(pixels, profile=UPRIGHT, split=False, gutter=None, dpi=DPI):
    return restore(Scan(pixels, dpi), profile, split, gutter)


def whole(pixels, **options):
    (page,) = restored(pixels, **options)
    return page


def step(page, name):
    return next(step for step in page.steps if step.name == name)


def ink(pixels):
    return int(np.count_nonzero(pixels < 128))


@pytest.mark.parametrize("angle", [-9.0, -2.46, -0.3, 0.0, 0.75, 3.14, 8.5])
def test_a_leaning_page_is_straightened_to_a_tenth_of_a_degree(angle):
    page = whole(on_bed(text_page(), angle=angle)[0])
    assert page.skew == pytest.approx(angle, abs=0.1)


@pytest.mark.parametrize("bed", [16, 236])
def test_the_bed_is_cropped_and_no_text_with_it(bed):
    page = whole(on_bed(text_page(), angle=2.0, bed=bed)[0])
    assert page.picture.shape == pytest.approx((HEIGHT, WIDTH), abs=8)
    assert ink(page.picture) == pytest.approx(ink(text_page()), rel=0.06)
    assert page.picture[3:-3, 3:-3][:, [0, -1]].min() > 200


def test_no_bed_is_left_along_an_edge_that_was_not_cut_straight():
    page = text_page()
    page[300:900, -9:] = 16
    page[-7:, 200:600] = 16
    scan, _ = on_bed(page, 0.8)

    picture = whole(scan, profile=UPRIGHT | {"even": False}).picture

    assert min(picture[20:-20, -25:].min(), picture[-25:, 20:-20].min()) > 150
    assert ink(picture) == pytest.approx(ink(text_page()), rel=0.06)


def test_letters_that_the_picture_cuts_are_not_drawn_out_to_bars_beyond_it():
    scan = on_bed(text_page(), 1.2, bed=250, margin=0)[0][40:-40, 40:-40]
    scan[300:900:30, -12:] = 30
    scan[301:901:30, -12:] = 30
    scan[302:902:30, -12:] = 30

    picture = whole(scan).picture

    assert step(whole(scan), "crop").values["sides"] == 0
    assert np.count_nonzero(picture[200:500, -2:] < 128) == 0
    assert np.count_nonzero(picture[200:1000, -24:] < 128) > 400


@pytest.mark.parametrize("bed", [16, 225])
def test_the_shadow_of_the_gutter_is_evened_to_the_edge_and_no_frame_stays_around_it(bed):
    away = text_page(width=874)
    fall = np.clip((np.arange(874) - 724) / 150, 0, 1)
    scan, _ = on_bed((away * (1 - 0.45 * fall**2)).astype(np.uint8), 1.3, bed)

    (page,) = restore(Scan(scan, 150.0), {}, split=False, gutter=None)

    strips = page.picture[200:-200, -40:].mean(axis=0)
    assert np.abs(strips / np.median(page.picture) - 1).max() < 0.065


def test_an_opening_becomes_its_left_and_its_right_page():
    left, right = text_page(lines=10), text_page(lines=25)
    pages = restored(on_bed(opening(left, right), angle=-1.2)[0], split=True, gutter=0.5)
    assert [page.side for page in pages] == ["left", "right"]
    assert [page.picture.shape[1] for page in pages] == pytest.approx([WIDTH, WIDTH], abs=12)
    assert [ink(page.grey) for page in pages] == sorted(ink(page.grey) for page in pages)


def test_a_single_page_of_a_split_item_stays_whole():
    page = whole(on_bed(text_page())[0], split=True, gutter=0.5)
    assert page.side == "whole"
    assert "not wide enough" in step(page, "split").undone


def test_text_is_never_cut_by_a_split():
    page = whole(text_page(width=1748), split=True, gutter=0.5)
    assert "text crosses" in step(page, "split").undone


def test_a_headline_above_a_tinted_panel_is_not_cropped_away():
    page = text_page()
    page[40:62, 380:560] = text_page(lines=1)[106:128, 130:310]
    panel = (slice(90, HEIGHT - 25), slice(30, WIDTH - 30))
    page[panel] = (page[panel] * 0.85).astype(np.uint8)
    kept = whole(page)
    assert step(kept, "crop").undone == "text would be cut off"
    assert ink(kept.picture[:80]) == pytest.approx(ink(page[:80]), rel=0.1)


def test_a_tinted_table_within_text_is_not_taken_for_the_page():
    page = text_page()
    panel = (slice(HEIGHT // 4, HEIGHT * 7 // 8), slice(WIDTH // 20, WIDTH * 19 // 20))
    page[panel] = (page[panel] * 0.85).astype(np.uint8)
    kept = whole(page)
    assert step(kept, "crop").undone == "what was found does not look like a page"
    assert kept.picture.shape == pytest.approx(page.shape, abs=8)


def test_a_picture_that_runs_off_the_page_is_not_bleached():
    page = colour(text_page(lines=6))
    page[HEIGHT // 2 :] = (90, 70, 60)
    kept = whole(page, profile=UPRIGHT | {"crop": False})
    assert step(kept, "even").undone == "a picture would be washed out"
    assert kept.picture[-300:].mean(axis=(0, 1)) == pytest.approx((90, 70, 60), abs=1)


def test_the_black_of_a_copier_beside_the_page_is_no_picture():
    page = colour(shaded(text_page(lines=6)))
    page[HEIGHT * 3 // 4 :] = 4
    kept = whole(page, profile=UPRIGHT | {"crop": False})
    assert step(kept, "even").undone == ""
    assert kept.picture[-200:].max() < 40


def test_the_streaks_of_a_black_and_white_copy_are_no_picture():
    page = np.where(text_page(lines=6) < 128, 0, 255).astype(np.uint8)
    page[:, : WIDTH // 4] = np.where(np.arange(WIDTH // 4) % 16 < 13, 0, 255)
    assert step(whole(page, profile=UPRIGHT | {"crop": False}), "even").undone == ""


def test_no_page_is_torn_off_as_a_sliver():
    scan = opening(text_page(lines=10), text_page(lines=25))[:, 280:]
    (page,) = restored(scan, profile=UPRIGHT | {"crop": False, "min_side": 0.45}, split=True, gutter=0.4)
    assert (page.side, step(page, "split").undone) == ("whole", "one side would be a sliver")


def test_uneven_light_is_evened_and_the_paper_keeps_its_tint():
    page = whole(on_bed(shaded(colour(text_page(lines=8))))[0])
    paper = page.picture[700:1200:20, 60:-60:20].reshape(-1, 3)
    assert page.picture.ndim == 3
    assert np.ptp(np.percentile(paper, (5, 95), axis=0), axis=0).max() < 12
    assert paper.mean(axis=0)[0] > paper.mean(axis=0)[2] + 20


def test_show_through_goes_and_text_stays():
    front, back = text_page(), text_page()[:, ::-1]
    page = whole(np.minimum(front, 250 - (250 - back.astype(int)) // 8).astype(np.uint8))
    clean = whole(front)
    assert ink(page.grey) == pytest.approx(ink(clean.grey), rel=0.05)
    assert np.count_nonzero(page.grey < 245) < 1.1 * np.count_nonzero(clean.grey < 245)


def test_specks_go_and_full_stops_stay():
    page = cv2.resize(text_page(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    places = np.random.default_rng(5).integers(0, min(page.shape), (2, 400))
    speckled = page.copy()
    speckled[places[0], places[1]] = 60
    assert ink(whole(speckled, dpi=300.0).grey) == pytest.approx(ink(whole(page, dpi=300.0).grey), rel=0.03)


def test_pale_text_is_not_taken_for_show_through():
    page = text_page(ink=20)
    page[620:] = text_page(ink=195)[620:]
    kept = whole(page)
    assert "faint" in step(kept, "clean").undone
    assert np.count_nonzero(kept.grey[kept.grey.shape[0] // 2 :] < 225) > 10_000


def test_letters_come_out_at_the_height_the_recogniser_likes():
    small, large = whole(text_page(size=18)), whole(text_page(size=34))
    assert small.scale > large.scale
    assert small.grey.shape[0] == pytest.approx(small.picture.shape[0] * small.scale, abs=2)


def test_a_printed_picture_is_not_washed_out():
    page = colour(text_page(lines=6))
    page[600:1000, 200:700] = (90, 70, 60)
    assert whole(page).picture[650:950, 250:650].mean() < 95


@pytest.mark.parametrize("shade", [0, 128, 250])
def test_an_empty_page_comes_through(shade):
    page = whole(np.full((HEIGHT, WIDTH), shade, np.uint8))
    assert page.skew == 0.0
    assert page.picture.shape == (HEIGHT, WIDTH)


@pytest.mark.parametrize("shape", [(1, 1), (2, 300), (30, 40, 3)])
def test_a_tiny_picture_comes_through(shape):
    assert restored(np.full(shape, 200, np.uint8))


def test_a_picture_without_resolution_gets_the_one_its_page_size_suggests():
    page = whole(on_bed(text_page())[0], dpi=None)
    assert page.dpi == 150.0


def test_every_step_can_be_switched_off():
    off = {"orientation": False, "crop": False, "deskew": False, "dewarp": False, "even": False, "clean": False}
    scan = on_bed(text_page(), angle=2.0)[0]
    page = whole(scan, profile=off)
    assert np.array_equal(page.picture, scan)
    assert [step.name for step in page.steps] == ["orientation", "crop", "split", "deskew", "dewarp", "even", "clean"]


@pytest.mark.parametrize(
    "table",
    [
        {"colour": 1},
        {"deskew": "yes"},
        {"letter_height": True},
        {"crop": 1.0},
        {"speck_mm": -1.0},
        {"letter_height": float("nan")},
    ],
)
def test_a_wrong_parameter_is_named(table):
    with pytest.raises(ValueError, match=next(iter(table))):
        restored(text_page(), profile=table)


def test_the_shipped_profiles_agree_with_the_defaults():
    tables = tomllib.loads((ROOT / "config" / "restore.toml").read_text(encoding="utf-8"))
    assert tables["kitob"] == profile_defaults()
    for table in tables.values():
        restored(np.full((30, 20), 200, np.uint8), profile=table | UPRIGHT)


@pytest.mark.skipif(not DEV.is_dir(), reason="the development pack (../shared/data/dev) is not here")
@pytest.mark.parametrize("name", ["INV-1001/0002.jpg", "INV-1001/0006.jpg", "INV-1002/0003.jpg"])
def test_pages_of_the_development_pack_are_straightened(name):
    item, file = name.split("/")
    truth = json.loads((DEV / "truth" / item / "truth.json").read_text())[file]
    page = whole(load(DEV / "items" / name, 0, 100_000_000).pixels, dpi=300.0)
    assert page.skew == pytest.approx(truth["skew_deg"], abs=0.3)
    assert page.picture.shape[:2] == pytest.approx((2480, 1748), abs=20)
