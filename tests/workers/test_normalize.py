import pytest
from printed import line

from workers.normalize import normalize


def spelled(text, language="uz", script="Latn"):
    (result,) = normalize([line(*text.split())], language, script)
    return " ".join(word.text for word in result.words)


@pytest.mark.parametrize("mark", ["'", "`", "´", "‘", "’", "ʻ", '"', "“", "”", "°", "*", "‘'", "''"])
def test_every_sign_the_engine_gives_becomes_the_mark_of_o_and_g(mark):
    assert spelled(f"O{mark}zbekiston bog{mark}lash") == "Oʻzbekiston bogʻlash"


@pytest.mark.parametrize("mark", ["'", "’", "`", '"', "”"])
def test_the_tutuq_belgisi_has_its_own_sign(mark):
    assert spelled(f"ma{mark}lumot san{mark}at") == "maʼlumot sanʼat"


def test_quotation_marks_around_words_stay():
    assert spelled('"Kutubxona" fondi') == '"Kutubxona" fondi'


def test_what_the_engine_said_is_kept():
    (result,) = normalize([line('ma"lumot')], "uz", "Latn")

    assert (result.words[0].raw, result.words[0].text) == ('ma"lumot', "maʼlumot")


def test_ligatures_are_opened_in_every_language():
    assert spelled("ﬁlm ofﬂine", "", "") == "film offline"


def test_apostrophes_of_other_languages_stay():
    assert spelled("don't o'clock", "en", "Latn") == "don't o'clock"


def test_latin_twins_inside_a_cyrillic_word_are_turned():
    assert spelled("китoб Cамарқанд", "uz", "Cyrl") == "китоб Самарқанд"


@pytest.mark.parametrize("word", ["ISO-9001", "COM", "Windowsда"])
def test_words_that_are_latin_stay_latin_on_a_cyrillic_page(word):
    assert spelled(word, "uz", "Cyrl") == word


def test_a_letter_no_uzbek_word_has_is_its_twin():
    assert spelled("Ӱзбекистон бӱлди", "uz", "Cyrl") == "Ўзбекистон бўлди"


def test_a_double_quote_inside_a_cyrillic_word_is_an_apostrophe():
    assert spelled('та"минлаш "Китоб"', "uz", "Cyrl") == 'та’минлаш "Китоб"'


@pytest.mark.parametrize(("read", "printed"), [("1,7, Китоб", "1.7. Китоб"), ("- 2,1. Китоб", "- 2.1. Китоб")])
def test_section_numbers_have_points(read, printed):
    assert spelled(read, "uz", "Cyrl") == printed


@pytest.mark.parametrize("text", ["2,5 млн сўм", "2,5, 3,5 ва", "Жами 2,5, Китоб"])
def test_other_numbers_keep_their_commas(text):
    assert spelled(text, "uz", "Cyrl") == text


def test_an_equals_sign_as_flat_as_a_stroke_is_a_dash():
    flat, high = line("=", height=4), line("=", height=14)

    first, second = normalize([flat, high], "uz", "Cyrl")

    assert (first.words[0].text, second.words[0].text) == ("–", "=")


def test_a_broken_word_ends_in_a_hyphen_when_the_next_line_goes_on():
    first, second, last = normalize([line("ки="), line("тоб", "N="), line("Китоб")], "uz", "Cyrl")

    assert (first.words[0].text, second.words[-1].text, last.words[0].text) == ("ки-", "N=", "Китоб")


def test_nothing_read_is_nothing():
    assert normalize([], "uz", "Latn") == ()


@pytest.mark.parametrize(
    ("read", "meant"), [("Qog‘‘ozi", "Qogʻozi"), ("toʻg‘ʻri", "toʻgʻri"), ("maʼ’no", "maʼno"), ("Yong'‘oq", "Yongʻoq")]
)
def test_a_doubled_mark_is_one_mark(read: str, meant: str):
    assert spelled(read) == meant


OLD = "Потомъ Царь къ градЪ воиномЬ имЬ своихъ"


def test_tall_signs_of_print_before_1918_are_small_letters():
    assert spelled(f"{OLD} дБшей, БОГИНЯ", "ru", "Cyrl") == "Потомъ Царь къ градъ воиномъ имъ своихъ дѣшей, БОГИНЯ"


def test_a_russian_page_of_today_keeps_its_capitals():
    assert spelled("мощность в кВт и мБит подъезд", "ru", "Cyrl") == "мощность в кВт и мБит подъезд"


def test_an_uzbek_page_is_not_taken_for_old_russian():
    assert spelled(OLD, "uz", "Cyrl") == OLD
