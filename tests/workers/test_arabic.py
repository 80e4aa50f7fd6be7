import pytest
from printed import line

from workers.normalize import normalize


def spelled(*texts):
    return [[word.text for word in row.words] for row in normalize([line(*texts)], "ar", "Arab")]


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("شرقية»", "شرقية،"),
        ("المسجدء", "المسجد،"),
        ("خارجيةء", "خارجية،"),
        ("إلئ", "إلى"),
        ("وعلئ", "وعلى"),
        ("موسئ،", "موسى،"),
        ("\u200e(١)\u200f", "(١)"),
    ],
)
def test_what_the_engine_has_no_sign_for_is_put_back(read, meant):
    assert spelled(read) == [[meant]]


@pytest.mark.parametrize("word", ["خضراء", "جزء", "والجزء", "العبء", "شيء", "السماء", "شاطئ", "سوء", "قارئ"])
def test_words_that_end_so_stay(word):
    assert spelled(word) == [[word]]


def test_guillemets_around_a_quotation_stay_and_a_lone_one_is_a_comma():
    assert spelled("قال", "«كتاب", "كبير»", "شرقية»") == [["قال", "«كتاب", "كبير»", "شرقية،"]]


def test_a_word_of_marks_alone_is_no_word_and_raw_text_stays():
    (row,) = normalize([line("\u200f", "باب»")], "ar", "Arab")

    assert [(word.text, word.raw) for word in row.words] == [("باب،", "باب»")]
