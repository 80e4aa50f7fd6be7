import pytest
from printed import CYRILLIC, LATIN, RUSSIAN, line

from workers.language import CONVINCING, fit, known, leaning, mean_confidence, rivals_of

ALL = ("uzb", "uzb_cyrl", "rus", "ara")


def words(lines):
    return " ".join(lines).split()


def test_uzbek_letters_and_small_words_speak_for_uzbek():
    assert leaning(words(CYRILLIC), "uzb_cyrl", ALL) == 1.0


def test_russian_text_speaks_against_the_uzbek_model():
    assert leaning(words(RUSSIAN), "uzb_cyrl", ALL) < -0.8
    assert leaning(words(RUSSIAN), "rus", ALL) > 0.8


def test_uzbek_read_by_the_russian_model_shows_by_its_small_words():
    lost = [word.translate(str.maketrans("қўғҳ", "кугх")) for word in words(CYRILLIC)]

    assert leaning(lost, "rus", ALL) < 0


def test_latin_uzbek_does_not_lean_to_english():
    assert leaning(words(LATIN), "uzb", (*ALL, "eng")) > 0


def test_without_a_rival_in_the_script_nothing_leans():
    assert leaning(words(RUSSIAN), "uzb_cyrl", ("uzb", "uzb_cyrl")) == 0.0


def test_few_signs_prove_nothing():
    assert leaning(["ва"], "uzb_cyrl", ALL) == 0.0


@pytest.mark.parametrize(("model", "rivals"), [("uzb_cyrl", ("rus",)), ("rus", ("uzb_cyrl",)), ("uzb", ())])
def test_rivals_share_the_script_and_not_the_language(model, rivals):
    assert rivals_of(model, ALL) == rivals


def test_a_confident_model_of_the_wrong_language_does_not_convince():
    text = [line(*row.split(), confidence=90.0) for row in RUSSIAN]

    assert fit(text, "uzb_cyrl", ALL).score < CONVINCING <= fit(text, "rus", ALL).score


def test_letters_of_another_script_do_not_count_for_a_model():
    assert fit([line("Kutubxona", "fondi")], "ara", ALL).score == 0.0


def test_confidence_is_weighted_by_letters_so_that_a_speck_does_not_matter():
    text = line("kutubxonachi", confidence=90.0).words + line("|", confidence=0.0).words

    assert mean_confidence(text) == 90.0


def test_nothing_read_is_no_confidence():
    assert mean_confidence([]) == 0.0


def test_a_model_not_known_here_has_no_script():
    assert known("tlh").script == ""
