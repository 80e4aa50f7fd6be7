import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.uzbek import fold, from_yangalif


@pytest.mark.parametrize(
    ("then", "today"),
    [
        ("Qьzьl Ɵzʙekistan", "Qizil Oʻzbekiston"),
        ("Jaş leninci", "Yosh leninchi"),
        ("ədəbijat", "adabiyot"),
        ("çumhurijət", "jumhuriyat"),
        ("ƶurnal", "jurnol"),
        ("TOƢRI", "TOʻGʻRI"),
        ("Şəhər", "Shahar"),
        ("jəꞑi, jəŋi", "yangi, yangi"),
        ("Өзвекистан", "Өзвекистан"),
    ],
)
def test_words_of_the_thirties_in_todays_letters(then: str, today: str) -> None:
    assert from_yangalif(then) == today


def test_a_word_with_cyrillic_look_alikes_is_read_too() -> None:
    assert fold(from_yangalif("qьzьl")) == fold(from_yangalif("q\u044cz\u044cl")) == "qizil"
    assert from_yangalif("\u04d9d\u04d9bijat") == "adabiyot"


@given(st.text())
def test_no_text_is_an_error(text: str) -> None:
    from_yangalif(text)
