import cv2
import numpy as np
import pytest
from pictures import HEIGHT, WIDTH, text_page

from workers import dewarp
from workers.dewarp import bend_of, straightened
from workers.ink import ink_of, letters_of, survey
from workers.picture import Scan
from workers.restore import restore


def curled(page, depth):
    """*page* with its lines sinking towards the left edge, as beside a gutter; *depth* pixels at the edge."""
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    sunk = depth * np.clip(1 - x / (0.6 * width), 0, 1) ** 2
    return cv2.remap(page, x, y - sunk, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def letters(page):
    return letters_of(ink_of(survey(page).grey))


def crowded(mask):
    """How much the feet of letters gather in the same rows."""
    rows = mask.sum(axis=1).astype(float)
    return float((rows**2).sum() / rows.sum() ** 2)


def step_of(page, **profile):
    scan = Scan(page, 150.0, {})
    (restored,) = restore(scan, {"orientation": False, "crop": False, **profile}, split=False, gutter=None)
    return restored, next(step for step in restored.steps if step.name == "dewarp")


def test_straight_lines_are_left_alone():
    assert bend_of(letters(text_page())).warp is None


def test_curled_lines_are_levelled():
    mask = letters(curled(text_page(), 28))

    found = bend_of(mask)

    assert found.warp is not None
    assert found.sag > 0.2
    assert crowded(straightened(mask, found.warp)) > 1.3 * crowded(mask)


def test_too_few_lines_say_nothing_about_the_page():
    assert bend_of(letters(curled(text_page(lines=3), 28))).warp is None


def test_a_field_that_loses_ink_is_not_used(monkeypatch):
    monkeypatch.setattr(dewarp, "straightened", lambda mask, warp: np.zeros_like(mask))

    found = bend_of(letters(curled(text_page(), 28)))

    assert found.warp is None
    assert found.undone == "ink would be lost"


def test_a_field_that_does_not_help_is_not_used(monkeypatch):
    monkeypatch.setattr(dewarp, "straightened", lambda mask, warp: mask)

    assert bend_of(letters(curled(text_page(), 28))).undone == "lines would not be straighter"


def test_the_page_comes_out_level_with_its_numbers_recorded():
    bent = curled(text_page(), 28)

    page, step = step_of(bent, deskew=False)

    assert step.undone == ""
    assert float(step.values["sag"]) > 0.2
    assert page.picture.shape == (HEIGHT, WIDTH)
    assert crowded(letters(page.picture)) > 1.3 * crowded(letters(bent))


def test_it_can_be_switched_off():
    bent = curled(text_page(), 28)

    page, step = step_of(bent, dewarp=False, deskew=False, even=False)

    assert step.undone == "switched off"
    assert np.array_equal(page.picture, bent)


@pytest.mark.parametrize("colour", [False, True])
def test_large_pages_are_resampled_in_strips_without_a_seam(colour):
    page = text_page()
    bent = curled(page, 28)
    found = bend_of(letters(bent))
    assert found.warp is not None
    picture = np.dstack([bent] * 3) if colour else bent

    whole = dewarp.unbent(picture, found.warp, np.eye(2, 3), (WIDTH, HEIGHT))

    seam = dewarp._STRIP
    rows = whole.reshape(HEIGHT, -1).astype(int)
    steps = np.abs(np.diff(rows, axis=0)).mean(axis=1)
    assert steps[seam - 1] < steps.max()
