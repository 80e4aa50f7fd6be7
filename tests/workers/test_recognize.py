import numpy as np
import pytest
from printed import CYRILLIC, LATIN, RUSSIAN, line, printed, restored

from workers import engines
from workers.engines import Layout
from workers.recognize import RecognizeOptions, recognize
from workers.text import Reading, Recognized, Unread

FIVE = RecognizeOptions(timeout=60)


class Watched:
    """The real engine, remembering what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, path, model, dpi, timeout, layout):
        self.asked.append((model, layout))
        return engines.read(path, model, dpi, timeout, layout)


def fixed(*lines):
    """An engine that reads *lines* whatever it is shown."""
    return lambda path, model, dpi, timeout, layout: Reading(lines, b"<html/>", "tesseract 5.3.0")


def failing(kind):
    return lambda path, model, dpi, timeout, layout: Unread(kind, "why", retry=True)


def flat(text):
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("lines", "model", "script"),
    [(LATIN, "uzb", "Latn"), (CYRILLIC, "uzb_cyrl", "Cyrl"), (RUSSIAN, "rus", "Cyrl")],
)
def test_a_page_is_read_with_the_model_of_its_language(tmp_path, lines, model, script):
    result = recognize(restored(printed(lines)), tmp_path, FIVE)

    assert isinstance(result, Recognized)
    assert (result.language, result.script, result.outcome) == (model, script, "ok")
    assert flat(result.text) == " ".join(lines).replace("‘", "ʻ")
    assert result.confidence > 85
    assert not list(tmp_path.iterdir())


def test_a_heading_white_on_black_is_read_and_costs_other_pages_nothing(tmp_path):
    page = printed(LATIN).copy()
    page[140:190, 60:1100] = 255 - page[140:190, 60:1100]
    engine = Watched()

    result = recognize(restored(page), tmp_path, RecognizeOptions(prior="uzb"), engine)

    assert isinstance(result, Recognized)
    assert flat(result.text).startswith(LATIN[0].replace("‘", "ʻ"))
    assert engine.asked[0] == ("uzb", Layout.DARK_PAGE)


def test_the_item_s_own_model_saves_the_vote(tmp_path):
    engine = Watched()

    result = recognize(restored(printed(LATIN)), tmp_path, RecognizeOptions(prior="uzb"), engine)

    assert engine.asked == [("uzb", Layout.PAGE)]
    assert isinstance(result, Recognized)
    assert result.votes == {}


@pytest.mark.parametrize(("prior", "lines", "model"), [("uzb_cyrl", RUSSIAN, "rus"), ("rus", LATIN, "uzb")])
def test_an_odd_page_in_a_book_is_read_in_its_own_language(tmp_path, prior, lines, model):
    result = recognize(restored(printed(lines)), tmp_path, RecognizeOptions(prior=prior))

    assert isinstance(result, Recognized)
    assert result.language == model
    assert result.votes[model] > result.votes[prior]


def test_a_catalogue_that_calls_an_uzbek_book_russian_is_overruled(tmp_path):
    result = recognize(restored(printed(CYRILLIC * 2)), tmp_path, RecognizeOptions(prior="rus"))

    assert isinstance(result, Recognized)
    assert result.language == "uzb_cyrl"


def test_a_prior_the_machine_was_not_given_is_passed_over(tmp_path):
    result = recognize(restored(printed(LATIN)), tmp_path, RecognizeOptions(prior="ara"))

    assert isinstance(result, Recognized)
    assert result.language == "uzb"


def test_clean_paper_is_blank_without_asking_the_engine(tmp_path):
    engine = Watched()

    result = recognize(restored(np.full((1600, 1100), 250, np.uint8)), tmp_path, FIVE, engine)

    assert isinstance(result, Recognized)
    assert (result.outcome, result.text, engine.asked) == ("blank", "", [])


def test_words_dreamt_into_dirt_do_not_make_a_page(tmp_path):
    page = np.full((1600, 1100), 250, np.uint8)
    page[300:320, 200:212] = 30
    page[700:716, 800:808] = 30

    result = recognize(restored(page), tmp_path, FIVE, fixed(line("ии", "ЛИ", confidence=21.0)))

    assert isinstance(result, Recognized)
    assert (result.outcome, result.lines) == ("blank", ())


def test_a_dedication_in_latin_letters_is_read_in_a_book_in_cyrillic(tmp_path):
    page = printed((), folio="Onamga")

    result = recognize(restored(page), tmp_path, RecognizeOptions(prior="uzb_cyrl"))

    assert isinstance(result, Recognized)
    assert (result.outcome, result.text, result.language) == ("ok", "Onamga\n", "uzb")


def test_letters_that_nobody_reads_are_no_text_at_the_edges_of_a_page_and_are_further_in(tmp_path):
    edge = np.full((1600, 1100), 250, np.uint8)
    rows = np.arange(1600) % 26 < 16
    edge[np.ix_(rows, np.arange(1070, 1084))] = 30
    moved = np.roll(edge, -100, axis=1)

    at_edge, inside = (recognize(restored(page), tmp_path, FIVE, fixed()) for page in (edge, moved))

    assert isinstance(at_edge, Recognized)
    assert isinstance(inside, Recognized)
    assert (at_edge.outcome, inside.outcome) == ("blank", "low")


def test_a_page_of_ink_without_a_readable_word_is_low_and_not_blank(tmp_path):
    result = recognize(restored(printed(LATIN)), tmp_path, FIVE, fixed())

    assert isinstance(result, Recognized)
    assert (result.outcome, result.worst) == ("low", 0.0)


def test_a_spoilt_corner_of_a_good_page_makes_it_low(tmp_path):
    good = [line(*["kitob"] * 10, confidence=96.0) for _ in range(20)]
    spoilt = line(*["kltob"] * 10, confidence=35.0)

    result = recognize(restored(printed(LATIN)), tmp_path, RecognizeOptions(prior="uzb"), fixed(*good, spoilt))

    assert isinstance(result, Recognized)
    assert (result.outcome, result.worst) == ("low", 35.0)
    assert result.confidence > 90


def test_one_doubtful_word_does_not_make_a_page_low(tmp_path):
    words = line(*["kitob"] * 19, confidence=96.0)
    doubtful = line("oʻquv", confidence=19.0)

    result = recognize(restored(printed(LATIN)), tmp_path, RecognizeOptions(prior="uzb"), fixed(words, doubtful))

    assert isinstance(result, Recognized)
    assert result.outcome == "ok"


def test_boxes_are_in_pixels_of_the_picture_people_see(tmp_path):
    page = restored(printed(LATIN), scale=0.5)

    result = recognize(page, tmp_path, FIVE)

    assert isinstance(result, Recognized)
    first = result.lines[0]
    assert abs(first.words[0].box.left - 200) < 10
    assert 300 < first.words[0].box.top < 330
    assert 40 < first.size < 80
    assert result.dpi == page.dpi * 0.5


def test_a_single_digit_at_the_foot_is_not_lost(tmp_path):
    result = recognize(restored(printed(LATIN, folio="7")), tmp_path, RecognizeOptions(prior="uzb"))

    assert isinstance(result, Recognized)
    assert result.text.endswith("\n\n7\n")
    folio = result.lines[-1].words[0].box
    assert 560 < folio.left < 590
    assert 1490 < folio.top < 1530


@pytest.mark.parametrize("kind", ["timeout", "engine_crashed", "engine_missing_language"])
@pytest.mark.parametrize("prior", ["", "uzb"])
def test_what_stops_the_engine_is_a_value(tmp_path, kind, prior):
    result = recognize(restored(printed(LATIN)), tmp_path, RecognizeOptions(prior=prior), failing(kind))

    assert result == Unread(kind, "why", retry=True)
    assert not list(tmp_path.iterdir())


def test_a_picture_larger_than_the_engine_takes_is_a_value(tmp_path):
    result = recognize(restored(np.full((8, 33_000), 250, np.uint8)), tmp_path, FIVE)

    assert isinstance(result, Unread)
    assert (result.kind, result.retry) == ("too_large", False)


def test_a_folder_that_cannot_be_written_is_an_error_of_the_machine(tmp_path):
    with pytest.raises(FileNotFoundError):
        recognize(restored(printed(LATIN)), tmp_path / "gone", FIVE)
