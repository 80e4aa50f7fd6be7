import numpy as np
from printed import LATIN, printed, restored

from workers.text import Recognized, Unread
from workers.upright import read_upright


def text(confidence, outcome="ok"):
    return Recognized((), outcome, confidence, confidence, "uzb", "Latn", b"", "tesseract 5.3.0", 200.0, {})


class Reader:
    """Reads pages whose first row of print is at the top, and nonsense from others."""

    def __init__(self):
        self.readings = 0

    def __call__(self, page):
        self.readings += 1
        half = page.grey.shape[0] // 2
        return text(93.0 if page.grey[:half].mean() < page.grey[half:].mean() else 20.0)


UPRIGHT = restored(printed(LATIN))
TURNED = restored(np.ascontiguousarray(printed(LATIN)[::-1, ::-1]))


def test_an_upright_page_is_read_once():
    reader = Reader()

    ((page, _),) = read_upright((UPRIGHT,), reader)

    assert page is UPRIGHT
    assert reader.readings == 1


def test_a_page_upside_down_is_turned_and_says_so():
    ((page, read),) = read_upright((TURNED,), Reader())

    assert (page.grey == UPRIGHT.grey).all()
    assert read.confidence == 93.0
    assert (page.steps[-1].name, page.steps[-1].values["turned"]) == ("upright", 180)


def test_a_page_that_reads_badly_both_ways_stays_as_it_is():
    ((page, _),) = read_upright((UPRIGHT,), lambda page: text(35.0))

    assert page is UPRIGHT


def test_a_blank_page_is_not_turned():
    ((page, _),) = read_upright((TURNED,), lambda page: text(0.0, "blank"))

    assert page is TURNED


def test_an_opening_upside_down_changes_its_sides():
    left, right = (restored(TURNED.grey, side=side) for side in ("left", "right"))
    right.grey[0, 0] = 7

    (first, _), (second, _) = read_upright((left, right), Reader())

    assert (first.side, second.side) == ("left", "right")
    assert first.grey[-1, -1] == 7


def test_one_good_page_keeps_its_opening():
    left, right = restored(UPRIGHT.grey, side="left"), restored(TURNED.grey, side="right")

    assert [page for page, _ in read_upright((left, right), Reader())] == [left, right]


def test_an_engine_that_fails_is_a_value():
    stopped = Unread("timeout", "", retry=True)

    assert read_upright((UPRIGHT,), lambda page: stopped) == stopped
