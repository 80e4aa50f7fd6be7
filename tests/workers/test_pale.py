from dataclasses import replace

import pytest
from printed import LATIN, printed, restored

from workers.pale import read_pale
from workers.picture import Step
from workers.text import Recognized, Unread

PAGE = replace(restored(printed(LATIN)), uncleaned=printed(LATIN, folio="7"), steps=(Step("clean", {"faint": 9}),))


def text(confidence, outcome="ok"):
    return Recognized((), outcome, confidence, confidence, "uzb", "Latn", b"", "tesseract 5.3.0", 200.0, {})


def never(page, model):
    raise AssertionError("read again")


@pytest.mark.parametrize("read", [text(75.0), text(93.0), text(0.0, "blank")])
def test_a_page_read_with_confidence_or_blank_is_read_once(read):
    assert read_pale(PAGE, read, never) == (PAGE, read)


def test_a_page_that_was_not_cleaned_is_read_once():
    page = replace(PAGE, uncleaned=None)

    assert read_pale(page, text(40.0), never) == (page, text(40.0))


def test_print_that_cleaning_took_away_comes_back_and_the_step_says_so():
    page, read = read_pale(PAGE, text(46.0), lambda page, model: text(86.0 if page.grey is PAGE.uncleaned else 0.0))

    assert read.confidence == 86.0
    assert page.grey is PAGE.uncleaned
    assert page.steps == (Step("clean", {"faint": 9}, "faint text would be lost"),)


@pytest.mark.parametrize("second", [text(45.0), text(46.5), Unread("timeout", "why", retry=True)])
def test_a_page_that_reads_no_better_uncleaned_stays_clean(second):
    assert read_pale(PAGE, text(46.0), lambda page, model: second) == (PAGE, text(46.0))
