from workers.noise import without_noise
from workers.text import Box, Line, Word


def words(*texts: tuple[str, int, float], top: int = 500) -> Line:
    """A line of (text, left edge, confidence) with letters 20 pixels wide."""
    made = tuple(Word(text, text, Box(left, top, left + 20 * len(text), top + 40), sure) for text, left, sure in texts)
    return Line(made, Box(made[0].box.left, top, made[-1].box.right, top + 40))


KITOB = (("kitob", 200, 95.0), ("fondi", 400, 95.0), ("bilan", 600, 94.0))
BODY = tuple(words(*KITOB, top=400 + 60 * row) for row in range(9))


def test_a_good_page_stays_as_it_is():
    assert without_noise(BODY) == BODY


def test_an_ornament_above_the_text_is_no_text():
    ornament = words(("СОЗСО", 220, 0.0), ("ехемел", 400, 12.0), top=100)

    assert without_noise((ornament, *BODY)) == BODY


def test_a_hard_line_between_good_ones_is_text():
    hard = words(("ktob", 200, 5.0), ("fondl", 400, 8.0), top=640)

    assert hard in without_noise((*BODY[:4], hard, *BODY[4:]))


def test_edges_read_as_letters_beside_the_block_are_dropped_and_the_line_stays():
    edged = words(("|", 40, 54.0), ("kitob", 200, 95.0), ("bilan", 600, 95.0), ("А", 900, 33.0), top=1000)

    kept = without_noise((*BODY, edged))[-1]

    assert [word.text for word in kept.words] == ["kitob", "bilan"]


def test_folios_and_marginal_numbers_read_with_confidence_stay():
    folio, margin = words(("110", 420, 90.0), top=100), words(("24", 60, 91.0), ("kitob", 200, 95.0), top=1000)

    assert without_noise((folio, *BODY, margin)) == (folio, *BODY, margin)


def test_a_row_of_stars_is_a_sign_and_stays():
    stars = words(("*", 300, 0.0), ("*", 400, 0.0), top=100)

    assert stars in without_noise((stars, *BODY))


def test_a_page_with_few_sure_words_keeps_everything():
    page = (words(("xet", 40, 20.0), ("kitob", 200, 95.0)),)

    assert without_noise(page) == page


def test_a_letter_read_into_a_mote_is_dropped_and_a_full_stop_stays():
    stop, mote = Word(".", ".", Box(310, 936, 314, 940), 60.0), Word("s", "s", Box(320, 920, 322, 922), 60.0)
    line = words(*KITOB, top=900)
    ending = Line((*line.words, stop, mote), line.box)

    assert without_noise((*BODY, ending))[-1].words == (*line.words, stop)
