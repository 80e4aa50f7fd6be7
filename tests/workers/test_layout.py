import numpy as np
import pytest
from pictures import colour, on_bed, shaded, text_page

from workers.ink import survey
from workers.layout import decide_split, find_page
from workers.picture import FrameInfo


def found(scan):
    seen = survey(scan)
    area = find_page(seen)
    return area, seen.full(area.quad)


def frame(width, height, gutter=None):
    return FrameInfo(0, width, height, "L", 300.0, gutter)


@pytest.mark.parametrize("angle", [-6.0, -1.5, 0.0, 2.5])
@pytest.mark.parametrize("bed", [0, 16, 40, 200, 237])
def test_a_page_is_found_on_a_dark_or_light_bed(bed, angle):
    scan, corners = on_bed(text_page(), angle=angle, bed=bed)
    area, quad = found(scan)
    assert all(area.sides)
    assert np.abs(quad - corners).max() < 5


def test_a_yellow_page_is_found_on_a_lid_as_bright_as_itself():
    scan, corners = on_bed(colour(text_page()), angle=1.0, bed=236)
    assert np.abs(found(scan)[1] - corners).max() < 6


@pytest.mark.parametrize("bed", [16, 225])
def test_a_shaded_page_is_found_to_its_dark_edge(bed):
    scan, corners = on_bed(shaded(text_page()), angle=-1.0, bed=bed)
    assert np.abs(found(scan)[1] - corners).max() < 12


def test_an_edge_shaded_to_the_colour_of_the_lid_is_taken_to_lean_as_the_others_do():
    page = text_page(paper=250).astype(np.float64)
    gone = 14 + 14 * np.sin(np.arange(len(page)) / 23)
    reach = np.clip((np.arange(page.shape[1]) - gone[:, None]) / 60, 0, 1)
    scan, corners = on_bed((page * (0.9 + 0.1 * reach)).astype(np.uint8), 2.5, bed=225)

    area, quad = found(scan)

    assert all(area.sides)
    assert np.abs(quad - corners).max() < 12


@pytest.mark.parametrize("side", ["top", "bottom"])
def test_an_edge_is_found_beyond_which_parts_of_the_lid_are_lit_otherwise(side):
    scan, corners = on_bed(text_page(), 1.7, bed=222)
    lit = slice(None, 30) if side == "top" else slice(-30, None)
    for left in (150, 400, 650):
        scan[lit, left : left + 125] = 244

    seen = survey(scan)
    area = find_page(seen)

    assert all(area.sides)
    assert np.abs(seen.full(area.quad) - corners).max() < 4


def test_a_page_without_a_bed_is_left_whole():
    area, quad = found(text_page())
    assert not area.found
    assert quad == pytest.approx(np.array([[0, 0], [874, 0], [874, 1240], [0, 1240]]))


def test_bed_on_two_sides_crops_these_sides_only():
    scan, _ = on_bed(text_page(), bed=16)
    area, quad = found(scan[60:, 60:])
    assert area.sides == (False, False, True, True)
    assert np.abs(quad - [[0, 0], [874, 0], [874, 1240], [0, 1240]]).max() < 5


def test_a_black_picture_is_left_whole():
    assert not found(np.zeros((400, 300), np.uint8))[0].found


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (40, 30, 3)])
def test_a_tiny_picture_does_no_harm(shape):
    found(np.full(shape, 200, np.uint8))


def test_an_item_whose_openings_agree_is_split():
    decision = decide_split([frame(3600, 2600, place) for place in (0.5, 0.49, 0.52, None)])
    assert decision.split
    assert decision.gutter == pytest.approx(0.5)


def test_single_pages_among_openings_do_not_count():
    frames = [frame(1800, 2600)] * 9 + [frame(3600, 2600, 0.5), frame(3600, 2600, 0.5)]
    assert decide_split(frames).split


def test_one_opening_alone_is_split():
    assert decide_split([frame(3600, 2600, 0.49)]).split


def test_one_wide_picture_in_a_book_of_pages_stays_whole():
    assert not decide_split([frame(1800, 2600)] * 9 + [frame(3600, 2600, 0.5)]).split


def test_wide_pictures_that_do_not_agree_stay_whole():
    assert not decide_split([frame(3600, 2600, place) for place in (0.37, 0.5, 0.62)]).split


@pytest.mark.parametrize("frames", [[], [frame(1800, 2600)], [frame(3600, 2600)] * 4])
def test_without_gutters_nothing_is_split(frames):
    assert decide_split(frames).split is False
