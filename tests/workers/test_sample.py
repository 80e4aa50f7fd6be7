import cv2
import numpy as np
from printed import DPI, LATIN, printed

from workers.sample import find_ink, has_dark_ground, left_out, sample_lines
from workers.text import Box, Line


def body(page, last=400):
    """The text block of printed pages as the engine would give it."""
    return Line((), Box(100, 150, 1000, last))


def test_clean_paper_and_dust_have_no_letters():
    paper = np.full((1600, 1100), 250, np.uint8)
    paper[::50, ::50] = 20

    assert len(find_ink(paper, DPI).letters) == 0


def test_letters_are_found_and_rules_are_not():
    page = printed(LATIN).copy()
    page[1200:1204, 100:1000] = 20
    page[50:1600, 1060:1063] = 20

    letters = find_ink(page, DPI).letters

    assert 120 < len(letters) < 300
    assert letters[:, 2].max() < 200


def test_a_sample_is_a_few_whole_lines_without_the_margins():
    page = printed(LATIN * 5)

    sample = sample_lines(page, find_ink(page, DPI))

    assert sample.shape[0] < 0.25 * page.shape[0]
    assert sample.shape[1] < page.shape[1]
    assert not (sample[[0, -1]] < 128).any()


def test_the_words_of_one_footnote_do_not_make_the_sample():
    page = printed(LATIN * 4).copy()
    footnote = printed(("Iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii",), points=8)
    page[1300:1340] = footnote[140:180]

    sample = sample_lines(page, find_ink(page, DPI))

    assert (
        not cv2.matchTemplate(sample, np.ascontiguousarray(page[1308:1330, 100:200]), cv2.TM_CCOEFF_NORMED).max() > 0.9
    )


def test_a_page_without_lines_gives_a_band_from_its_middle():
    paper = np.full((1600, 1100), 250, np.uint8)

    assert sample_lines(paper, find_ink(paper, DPI)).shape == (128, 1100)


def test_a_page_of_a_few_words_gives_the_band_they_stand_in():
    page = printed((), folio="Onamga").copy()
    page[300:310, 200:204] = 20

    sample = sample_lines(page, find_ink(page, DPI))

    words = page[1480:1560]
    assert np.count_nonzero(sample < 128) == np.count_nonzero(words < 128) > 0


def test_a_lone_folio_under_the_text_is_pointed_at():
    page = printed(LATIN, folio="7")

    box = left_out(find_ink(page, DPI), [body(page)])

    assert box is not None
    assert 540 < box.left < 580
    assert 1480 < box.top < box.bottom < 1560


def test_text_that_was_read_is_not_left_out():
    page = printed(LATIN, folio="7")

    assert left_out(find_ink(page, DPI), [body(page, last=1600)]) is None


def test_a_page_of_which_nothing_was_read_has_no_folio():
    page = printed((), folio="7")

    assert left_out(find_ink(page, DPI), []) is None


def test_a_stamp_below_the_text_is_no_folio():
    page = printed(LATIN, folio="Kutubxona").copy()

    assert left_out(find_ink(page, DPI), [body(page)]) is None


def test_boxed_print_on_paper_is_no_dark_ground():
    page = printed(LATIN, points=16).copy()
    cv2.rectangle(page, (60, 100), (1100, 1500), 20, 8)

    assert not has_dark_ground(page, DPI)


def test_a_heading_white_on_black_stands_on_dark_ground():
    page = printed(LATIN).copy()
    page[140:190, 60:700] = 255 - page[140:190, 60:700]

    assert has_dark_ground(page, DPI)
