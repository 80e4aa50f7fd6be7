from pathlib import Path

import numpy as np

from workers.facing import read_both_ways
from workers.text import Box, Line, Reading, Unread, Word

STRIP = np.full((40, 300), 255, np.uint8)


class Engine:
    """Gives each model its confidences in turn; a model without any is not installed."""

    def __init__(self, **confidences):
        self.confidences = {model: list(values) for model, values in confidences.items()}
        self.asked = []

    def __call__(self, picture: Path, model, dpi, timeout, layout):
        self.asked.append(model)
        if model not in self.confidences:
            return Unread("engine_missing_language", model, retry=True)
        box = Box(0, 0, 90, 20)
        word = Word("kutubxona", "kutubxona", box, self.confidences[model].pop(0))
        return Reading((Line((word,), box),), b"", "fake")


def test_lines_that_read_well_as_they_are_end_the_question():
    engine = Engine(uzb=[92.0])
    assert read_both_ways(STRIP, engine) == (92.0, 0.0)
    assert engine.asked == ["uzb"]


def test_the_script_of_the_item_is_tried_first():
    engine = Engine(uzb=[30.0, 20.0], rus=[91.0])
    assert read_both_ways(STRIP, engine, "uzb_cyrl") == (91.0, 0.0)
    assert engine.asked == ["rus"]


def test_a_strip_in_another_script_is_not_turned_before_its_own_model_was_asked():
    engine = Engine(uzb=[30.0], rus=[91.0])
    assert read_both_ways(STRIP, engine) == (91.0, 0.0)
    assert engine.asked == ["uzb", "rus"]


def test_the_model_that_reads_best_decides():
    assert read_both_ways(STRIP, Engine(uzb=[30.0, 20.0], rus=[15.0, 88.0])) == (15.0, 88.0)


def test_a_model_that_is_not_installed_has_no_opinion():
    assert read_both_ways(STRIP, Engine(ara=[40.0, 20.0])) == (40.0, 20.0)
    assert read_both_ways(STRIP, Engine()) is None


def test_paper_without_letters_is_no_answer():
    assert read_both_ways(STRIP) is None
