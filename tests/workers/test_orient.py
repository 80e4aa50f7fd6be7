import numpy as np
import pytest
from pictures import FONT, text_page
from PIL import Image, ImageDraw, ImageFont

from workers.facing import read_both_ways
from workers.ink import ink_of, letters_of, survey
from workers.orient import Sheet, find_turn
from workers.skew import lean_of


class Asked:
    """Answers in turn; counts what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.count = 0

    def __call__(self, *_):
        self.count += 1
        return self.answers.pop(0)


def sheet(page):
    seen = survey(page)
    letters = letters_of(ink_of(seen.grey))
    return Sheet(seen.grey, letters, lean_of(letters), page)


def turn(page, *answers):
    """What was found, and how often a few lines were read for it."""
    reading = Asked(*answers)
    return find_turn(sheet(page), reading), reading.count


def really_turned(page):
    return find_turn(sheet(page), read_both_ways).quarters


def upside_down():
    return np.ascontiguousarray(text_page()[::-1, ::-1])


def test_a_page_that_is_plainly_upright_is_not_asked_about():
    found, read = turn(text_page())
    assert (found.quarters, read) == (0, 0)


def test_a_page_is_turned_when_its_lines_read_better_upside_down():
    found, read = turn(upside_down(), (20.0, 80.0))
    assert (found.quarters, read) == (2, 1)


def test_a_page_that_reads_well_as_it_lies_is_not_turned():
    found, read = turn(upside_down(), (80.0, 0.0))
    assert (found.quarters, found.undone, read) == (0, "", 1)


@pytest.mark.parametrize("read", [None, (30.0, 34.0), (60.0, 70.0), (5.0, 30.0)])
def test_without_a_clear_reading_a_page_stays_as_it_is_and_says_so(read):
    found = turn(upside_down(), read)[0]
    assert found.quarters == 0
    assert found.undone


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_page_lying_on_its_side_is_set_upright(quarters):
    page = np.ascontiguousarray(np.rot90(text_page(), quarters))
    assert really_turned(page) == 4 - quarters


def test_tesseract_recognises_an_upside_down_page():
    assert really_turned(np.ascontiguousarray(text_page()[::-1, ::-1])) == 2


def test_an_empty_page_stays_as_it_is():
    found, read = turn(np.full((1240, 874), 250, np.uint8))
    assert (found.quarters, read) == (0, 0)


def test_one_line_is_too_little_to_turn_a_page():
    assert really_turned(text_page(lines=1)) == 0


def test_a_few_words_in_a_corner_never_turn_a_page_on_its_side():
    image = Image.new("L", (874, 1240), 250)
    for top in (90, 118):
        ImageDraw.Draw(image).text((120, top), "HHHH IIII", fill=30, font=ImageFont.truetype(FONT, 18))
    found, read = turn(np.asarray(image), (90.0, 10.0))
    assert (found.quarters, read) == (0, 0)
    assert "too few letters" in found.undone
