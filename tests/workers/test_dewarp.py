import numpy as np
import pytest
from pictures import DPI, curled, text_page

from workers import dewarp
from workers.ink import ink_of, letters_of
from workers.picture import Scan
from workers.restore import restore
from workers.skew import lean_of

WITHOUT_OSD = {"orientation": False}


def letters(page):
    return letters_of(ink_of(page))


def whole(page, profile=WITHOUT_OSD):
    (found,) = restore(Scan(page, DPI), profile, False, None)
    return found, next(step for step in found.steps if step.name == "dewarp")


def test_curled_lines_are_levelled():
    page = curled(text_page(), 24)
    levelled, step = whole(page)
    assert step.values["sag"] > 0.3
    assert step.undone == ""
    assert lean_of(letters(levelled.picture)).clarity > 1.25 * lean_of(letters(page)).clarity
    assert dewarp.bend_of(letters(levelled.picture)).sag < 0.15


def test_no_ink_is_lost_by_levelling():
    page = curled(text_page(), 24)
    levelled, _ = whole(page)
    assert np.count_nonzero(levelled.picture < 128) == pytest.approx(np.count_nonzero(page < 128), rel=0.05)


def test_straight_lines_are_left_alone_to_the_pixel():
    page = text_page()
    assert dewarp.bend_of(letters(page)).warp is None
    kept, _ = whole(page, WITHOUT_OSD | {"even": False})
    plain, _ = whole(page, WITHOUT_OSD | {"even": False, "dewarp": False})
    assert np.array_equal(kept.picture, plain.picture)


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_few_lines_say_nothing_about_the_page(lines):
    assert dewarp.bend_of(letters(text_page(lines=lines))).warp is None


def test_a_field_that_loses_ink_is_undone():
    mask = letters(text_page())
    off = dewarp.Warp(np.full((4, 4), -0.5), 1.0)
    assert "ink" in dewarp._harm(mask, off)


def test_a_field_that_makes_lines_no_straighter_is_undone():
    mask = letters(text_page())
    tilt = np.tile(np.linspace(-0.01, 0.01, 8), (8, 1))
    assert "straighter" in dewarp._harm(mask, dewarp.Warp(tilt, 1.0))


def test_it_can_be_switched_off():
    _, step = whole(curled(text_page(), 24), WITHOUT_OSD | {"dewarp": False})
    assert step.undone == "switched off"
