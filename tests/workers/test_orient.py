import numpy as np
import pytest
from pictures import text_page

from workers.facing import read_both_ways
from workers.ink import ink_of, letters_of, survey
from workers.orient import Sheet, Turn, ask_tesseract, find_turn
from workers.skew import lean_of


class Osd:
    """Answers in turn; notes what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    def __call__(self, grey, letters):
        self.asked.append(letters)
        return self.answers.pop(0)


class Reader:
    """Always reads with the same confidence; counts how often."""

    def __init__(self, found):
        self.found = found
        self.strips = []

    def __call__(self, strip):
        self.strips.append(strip)
        return self.found


def sheet(page):
    seen = survey(page)
    letters = letters_of(ink_of(seen.grey))
    return Sheet(seen.grey, letters, lean_of(letters), page)


def turn(page, osd=(), read=None) -> tuple[Turn, Osd, Reader]:
    asked, reader = Osd(*osd), Reader(read)
    return find_turn(sheet(page), asked, reader), asked, reader


def really_turned(page):
    return find_turn(sheet(page), ask_tesseract, read_both_ways).quarters


def on_its_head():
    return np.ascontiguousarray(text_page()[::-1, ::-1])


def test_a_page_that_is_plainly_upright_is_neither_asked_about_nor_read():
    found, osd, reader = turn(text_page())
    assert found.quarters == 0
    assert (osd.asked, reader.strips) == ([], [])


def test_a_page_that_the_detection_is_sure_of_is_not_read():
    found, osd, reader = turn(on_its_head(), [(0, 9.0)])
    assert found.quarters == 0
    assert (len(osd.asked), reader.strips) == (1, [])


def test_an_upside_down_page_is_turned_when_it_reads_better_the_other_way():
    found, _, reader = turn(on_its_head(), [(180, 1.0)], (12.0, 90.0))
    assert found.quarters == 2
    assert len(reader.strips) == 1
    assert found.values["read_turned"] == 90.0


def test_however_sure_the_detection_is_a_page_that_reads_well_is_not_turned():
    assert turn(on_its_head(), [(180, 20.0)], (88.0, 0.0))[0].quarters == 0


@pytest.mark.parametrize("read", [None, (20.0, 33.0), (60.0, 70.0)])
def test_where_neither_way_reads_clearly_better_a_page_stays_as_it_is(read):
    found = turn(on_its_head(), [(180, 9.0)], read)[0]
    assert found.quarters == 0
    assert found.undone


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_page_lying_on_its_side_is_set_upright(quarters):
    page = np.ascontiguousarray(np.rot90(text_page(), quarters))
    assert really_turned(page) == 4 - quarters


def test_an_upside_down_page_is_recognised_by_reading_it():
    assert really_turned(on_its_head()) == 2


def test_an_empty_page_stays_as_it_is():
    found, osd, reader = turn(np.full((1240, 874), 250, np.uint8), [(180, 30.0)], (0.0, 90.0))
    assert found.quarters == 0
    assert (osd.asked, reader.strips) == ([], [])


def test_one_line_is_too_little_to_turn_a_page():
    assert really_turned(text_page(lines=1)) == 0
