import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.uzbek.letters import canonical, one_alphabet


@pytest.mark.parametrize("mark", "'`´ʹʻʼʽʾʿˈˊˋ‘’‛′‵＇｀°˚*“”\"„")
def test_every_sign_between_o_and_a_letter_becomes_the_turned_comma(mark: str) -> None:
    assert canonical(f"O{mark}zbekiston, to{mark}g{mark}ri") == "Oʻzbekiston, toʻgʻri"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("ma'no san’at mas`ul Is'hoq", "maʼno sanʼat masʼul Isʼhoq"),
        ("bog' tog‘ sog’", "bogʻ togʻ sogʻ"),
        ("mo''jiza", "moʻjiza"),
        ("‘so‘z’", "‘soʻz’"),
        ("'so'z'", "'soʻz'"),
        ("‘bog‘’", "‘bogʻ’"),
        ("‘kino’ va ‘katta kino’", "‘kino’ va ‘katta kino’"),
        ("it's, don't", "it's, don't"),
        ("5' va 7\"", "5' va 7\""),
        ("“O“zbekiston”", "“Oʻzbekiston”"),
        ("Ўзбекистон, санъат", "Ўзбекистон, санъат"),
    ],
)
def test_letters_get_their_marks_and_quotation_marks_stay(written: str, kept: str) -> None:
    assert canonical(written) == kept


@given(st.text())
def test_canonical_takes_any_text_and_changes_nothing_twice(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once


@given(st.text(alphabet="aogsbh'‘’ʻʼ`“\" ", max_size=20))
def test_canonical_is_idempotent_among_apostrophes(text: str) -> None:
    once = canonical(text)
    assert canonical(once) == once


@pytest.mark.parametrize(
    ("mixed", "whole"),
    [
        ("Toшкент", "Тошкент"),
        ("Ўзбeкистoн", "Ўзбекистон"),
        ("сhiroyli", "chiroyli"),
        ("рaxta", "paxta"),
        ("PDFни", "PDFни"),
        ("Toshkent Тошкент", "Toshkent Тошкент"),
    ],
)
def test_letters_of_the_wrong_alphabet_are_mended_where_they_look_alike(mixed: str, whole: str) -> None:
    assert one_alphabet(mixed) == whole
