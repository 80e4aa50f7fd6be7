import numpy as np
import pytest
from pictures import text_page

from workers.ink import ink_of, letters_of, survey
from workers.orient import find_turn
from workers.skew import lean_of


class Osd:
    """Answers in turn; notes what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, grey, letters):
        self.asked.append(letters)
        return self.answers.pop(0)


def turn(page, *answers):
    osd = Osd(*answers)
    seen = survey(page)
    letters = letters_of(ink_of(seen.grey))
    return find_turn(seen.grey, letters, lean_of(letters), osd), osd


def really_turned(page):
    seen = survey(page)
    letters = letters_of(ink_of(seen.grey))
    return find_turn(seen.grey, letters, lean_of(letters)).quarters


def test_a_page_that_is_plainly_upright_is_not_asked_about():
    found, osd = turn(text_page())
    assert found.quarters == 0
    assert osd.asked == []


def test_an_upside_down_page_is_turned_when_the_second_thorough_answer_is_sure():
    found, osd = turn(text_page()[::-1, ::-1], (180, 1.0), (180, 12.0))
    assert found.quarters == 2
    assert osd.asked == [12, 50]


@pytest.mark.parametrize(
    "answers", [((180, 9.0), (180, 1.5)), ((180, 9.0), None), ((180, 9.0), (90, 20.0)), (None,), ((0, 0.5),)]
)
def test_without_a_sure_answer_a_page_stays_as_it_is(answers):
    assert turn(text_page()[::-1, ::-1], *answers)[0].quarters == 0


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_page_lying_on_its_side_is_set_upright(quarters):
    page = np.ascontiguousarray(np.rot90(text_page(), quarters))
    assert really_turned(page) == 4 - quarters


def test_tesseract_recognises_an_upside_down_page():
    assert really_turned(np.ascontiguousarray(text_page()[::-1, ::-1])) == 2


def test_an_empty_page_stays_as_it_is():
    found, osd = turn(np.full((1240, 874), 250, np.uint8), (180, 30.0), (180, 30.0))
    assert found.quarters == 0
    assert osd.asked == []


def test_one_line_is_too_little_to_turn_a_page():
    assert really_turned(text_page(lines=1)) == 0
