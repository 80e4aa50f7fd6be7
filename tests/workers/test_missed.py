from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from printed import LATIN, printed, restored

from workers import cuts, engines
from workers.cuts import around
from workers.engines import Layout
from workers.recognize import RecognizeOptions, recognize
from workers.text import Box, Reading, Recognized, Word

PAGE = printed(LATIN * 2, folio="17")
OPTIONS = RecognizeOptions(("uzb",), timeout=60)


class Dropping:
    """The real engine, which passes over some lines of a page; single rows it reads."""

    def __init__(self, *dropped):
        self.dropped = dropped
        self.asked = []

    def __call__(self, path: Path, model, dpi, timeout, layout):
        self.asked.append(layout)
        reading = engines.read(path, model, dpi, timeout, layout)
        if layout is not Layout.PAGE:
            return reading
        kept = tuple(line for number, line in enumerate(reading.lines) if number not in self.dropped)
        return Reading(kept, reading.hocr, reading.engine)


class Scattering(Dropping):
    """An engine that drops a line from the page and from its own picture too; where it seeks letters alone it reads
    the line, and a full stop into the white at its end."""

    def __call__(self, path: Path, model, dpi, timeout, layout):
        reading = super().__call__(path, model, dpi, timeout, layout)
        if layout is Layout.LINE:
            return replace(reading, lines=())
        if layout is not Layout.RAW_LINE:
            return reading
        (line,) = reading.lines
        with Image.open(path) as row:
            width = row.width
        stop = Word(".", ".", Box(width - 4, 0, width, line.box.bottom), 40.0)
        return replace(reading, lines=(replace(line, words=(*line.words, stop)),))


def test_a_line_that_is_dropped_twice_is_read_alone_without_what_stands_over_no_ink(tmp_path):
    result = recognize(restored(PAGE), tmp_path, OPTIONS, Scattering(3))

    assert isinstance(result, Recognized)
    assert result.missed == 1
    assert result.text.split()[:-1] == " ".join(LATIN * 2).replace("‘", "ʻ").split()


def test_the_picture_of_a_row_alone_shows_its_marks_and_nothing_of_its_neighbours():
    page = np.full((300, 400), 255, np.uint8)
    page[60:105, 60:70] = 0  # a tail of the line above
    page[94:99, 100:105] = 0  # a mark above this row
    page[100:140, 90:110] = 0  # a letter of this row
    page[146:190, 200:210] = 0  # the line below

    strip = cuts.alone(page, 255 - page, Box(40, 100, 300, 140))

    left, top = strip.corners[0]
    wanted = np.full_like(strip.pixels, 255)
    wanted[94 - top : 99 - top, 100 - left : 105 - left] = 0
    wanted[100 - top : 140 - top, 90 - left : 110 - left] = 0
    assert np.array_equal(strip.pixels, wanted)


@pytest.mark.parametrize("dropped", [(2,), (0, 9), (3, 4)])
def test_lines_the_engine_passed_over_come_back_in_their_places(tmp_path, dropped):
    result = recognize(restored(PAGE), tmp_path, OPTIONS, Dropping(*dropped))

    assert isinstance(result, Recognized)
    assert result.missed == len(dropped)
    assert result.text.split()[:-1] == " ".join(LATIN * 2).replace("‘", "ʻ").split()
    assert not list(tmp_path.iterdir())


def test_a_page_that_was_read_whole_is_not_looked_at_again(tmp_path):
    engine = Dropping()

    result = recognize(restored(PAGE), tmp_path, OPTIONS, engine)

    assert isinstance(result, Recognized)
    assert (result.missed, engine.asked) == (0, [Layout.PAGE])


def test_an_ornament_below_the_text_is_not_read_into_it(tmp_path):
    page = PAGE.copy()
    for left in range(120, 1000, 24):
        page[1200:1216, left : left + 14] = 30

    result = recognize(restored(page), tmp_path, OPTIONS)

    assert isinstance(result, Recognized)
    assert result.missed == 0


def test_the_next_leaf_at_the_edge_is_no_line_of_this_page(tmp_path):
    engine = Dropping()
    page = PAGE.copy()
    page[700:1100, 1050:] = PAGE[150:550, 100:215]

    result = recognize(restored(page), tmp_path, OPTIONS, engine)

    assert isinstance(result, Recognized)
    assert (result.missed, Layout.LINE in engine.asked[1:]) == (0, False)


class Joining(Dropping):
    """The real engine, which takes two lines for one and reads nonsense there; cut out alone they are two."""

    def __call__(self, path: Path, model, dpi, timeout, layout):
        reading = super().__call__(path, model, dpi, timeout, layout)
        if layout is not Layout.PAGE:
            return reading
        first, second = reading.lines[3:5]
        word = replace(first.words[0], text="Poca", raw="Poca", confidence=32.0)
        both = replace(first, words=(word,), box=around([first.box, second.box]))
        return Reading((*reading.lines[:3], both, *reading.lines[5:]), reading.hocr, reading.engine)


def test_two_lines_run_together_are_taken_apart(tmp_path):
    result = recognize(restored(PAGE), tmp_path, OPTIONS, Joining())

    assert isinstance(result, Recognized)
    assert result.missed == 2
    assert result.text.split()[:-1] == " ".join(LATIN * 2).replace("‘", "ʻ").split()


def test_a_tall_line_that_is_one_stays_as_it_was(tmp_path):
    page = PAGE.copy()
    page[150:190, 100:900] = 250
    page[120:190, 100:900] = np.asarray(Image.fromarray(PAGE[150:185, 100:500]).resize((800, 70)))

    result = recognize(restored(page), tmp_path, OPTIONS)

    assert isinstance(result, Recognized)
    assert result.missed == 0
