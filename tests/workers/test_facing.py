import numpy as np
from pictures import text_page

from workers.facing import read_both_ways
from workers.text import Box, Line, Reading, Unread, Word


def reading(text, confidence):
    words = tuple(Word(part, part, Box(0, 0, 10, 10), confidence) for part in text.split())
    return Reading((Line(words, Box(0, 0, 100, 10)),), b"", "fake 1.0")


class Engine:
    """Knows the upright strip by its first row; answers for each model, turned or not."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, path, model, dpi, timeout, layout):
        turned = bool(path.read_bytes()[-1] == 7)  # the mark of the first pixel is the last one of the turned strip
        self.asked.append((model, turned))
        return self.answers[model, turned]


def strip():
    pixels = np.full((60, 400), 255, np.uint8)
    pixels[0, 0] = 7
    return pixels


def test_a_strip_that_reads_well_is_not_tried_upside_down():
    engine = Engine({("uzb", False): reading("Kutubxona fondi bilan ishlash", 91.0)})

    assert read_both_ways(strip(), engine) == (91.0, 0.0)
    assert engine.asked == [("uzb", False)]


def test_the_model_that_reads_best_says_which_way_is_up():
    nothing = reading("", 0.0)
    engine = Engine({
        ("uzb", False): reading("qwrt lkjh vbnm", 21.0), ("uzb", True): reading("zxcv bnmk lpoi", 24.0),
        ("rus", False): reading("шгнек уцйъх зщ", 19.0), ("rus", True): reading("Библиотека имени Навои", 88.0),
        ("ara", False): nothing, ("ara", True): nothing,
    })  # fmt: skip

    assert read_both_ways(strip(), engine) == (19.0, 88.0)


def test_a_model_that_is_not_installed_has_no_opinion():
    missing = Unread("engine_missing_language", "no data", retry=True)
    engine = Engine({
        ("uzb", False): missing, ("rus", False): missing, ("ara", False): missing,
    })  # fmt: skip

    assert read_both_ways(strip(), engine) is None


def test_lines_of_print_are_read_on_their_feet_and_not_on_their_head():
    page = text_page()
    lines = np.ascontiguousarray(page[page.shape[0] // 10 : page.shape[0] // 4])

    up, head = read_both_ways(lines), read_both_ways(np.ascontiguousarray(lines[::-1, ::-1]))

    assert up is not None
    assert head is not None
    assert up[0] > 60
    assert head[1] > head[0] + 20
