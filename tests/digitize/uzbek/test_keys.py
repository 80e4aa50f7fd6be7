from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitize.uzbek import fold, ocr_key, strict_key, to_latin

PAIRS = [tuple(line.split()) for line in (Path(__file__).parent / "pairs.txt").read_text(encoding="utf-8").splitlines()]

SPELLINGS = [
    "O‘zbekiston", "O’zbekiston", "Oʻzbekiston", "Oʼzbekiston", "O'zbekiston", "O`zbekiston", "O´zbekiston",
    "O°zbekiston", "O“zbekiston", "Ozbekiston", "Ўзбекистон", "ЎЗБЕКИСТОН", "Õzbekiston", "Özbekiston",
    "O*zbekiston", "O\u00adʻz\u200bbekiston", "Ўзбeкистoн", "O°'zbekiston", "У\u0306збекистон",
]  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_all_spellings_of_a_word_share_one_key(spelling: str) -> None:
    assert fold(spelling) == "ozbekiston"


def test_there_are_at_least_three_hundred_different_pairs() -> None:
    assert len({latin for latin, _ in PAIRS}) == len({cyrillic for _, cyrillic in PAIRS}) == len(PAIRS) >= 300


@pytest.mark.parametrize(("latin", "cyrillic"), PAIRS)
def test_both_alphabets_share_one_key(latin: str, cyrillic: str) -> None:
    assert fold(latin) == fold(cyrillic) == fold(cyrillic.upper())
    assert ocr_key(latin) == ocr_key(cyrillic)


def test_the_keys_make_hardly_any_two_words_of_real_texts_one() -> None:
    texts = (Path(__file__).parents[3] / "samples" / "texts").rglob("*.txt")
    words = {word for text in texts for word in strict_key(to_latin(text.read_text(encoding="utf-8"))).split()}
    assert len(words) > 300
    assert len({fold(word) for word in words}) > 0.99 * len(words)
    assert len({ocr_key(word) for word in words}) > 0.97 * len(words)


@given(st.text())
@example("ᄀ\u0301ᅡ")
@example("ŉ İ ﬁ ΐ")
@example("ttsyyetyabrshchch")
def test_any_text_folds_and_folds_no_further(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="tsyecharbolm1ʻ'цьоёъеищй ", max_size=30))
def test_twin_spellings_fold_no_further(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert ocr_key(ocr_key(text)) == ocr_key(text)


@given(st.text(), st.text())
def test_words_fold_one_by_one(first: str, second: str) -> None:
    assert fold(f"{first} {second}").split() == [*fold(first).split(), *fold(second).split()]


@given(st.text())
def test_a_key_holds_nothing_but_letters_digits_and_single_spaces(text: str) -> None:
    for key in (fold(text), ocr_key(text)):
        assert key == " ".join(key.split())
        assert all(word.isalnum() for word in key.split())


@given(st.text())
def test_a_strict_key_can_be_quoted_in_a_query(text: str) -> None:
    assert '"' not in strict_key(text)
    assert strict_key(text) == " ".join(strict_key(text).split())


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("tagdim", "taqdim"),
        ("ragam", "raqam"),
        ("hagida", "haqida"),
        ("xugug", "huquq"),
        ("хакида", "ҳақида"),
        ("tadbirlami", "tadbirlarni"),
        ("yi1", "yil"),
        ("2025-vil", "2025-yil"),
        ("IImiy", "Ilmiy"),
        ("1jro", "ijro"),
        ("O'Ichov", "o‘lchov"),
    ],
)
def test_what_the_recogniser_confuses_shares_the_tolerant_key_only(read: str, meant: str) -> None:
    assert ocr_key(read) == ocr_key(meant)
    assert fold(read) != fold(meant)


@given(st.text(alphabet="qkxulyvm1rnai2", min_size=2, max_size=9), st.integers(2, 9))
@example("a21b", 3)
@example("tadbirlarni", 9)
def test_the_tolerant_key_of_a_beginning_begins_that_of_the_word(word: str, letters: int) -> None:
    beginning = fold(word[:letters])
    assert not beginning or beginning.isdigit() or ocr_key(word).startswith(ocr_key(beginning))


def test_a_number_of_its_own_is_never_misread() -> None:
    assert ocr_key("1995, 11-son, 1/2") == "1995 11 son 1 2"


@pytest.mark.parametrize(
    ("one", "other"),
    [("konstitutsiya", "konstitusiya"), ("obyekt", "obekt"), ("oktyabr", "oktabr"), ("Shchedrin", "Щедрин")],
)
def test_twin_spellings_share_one_key(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_the_strict_key_keeps_words_apart_that_only_a_mark_parts() -> None:
    assert strict_key("O't, ot") == "oʻt ot"
    assert strict_key("O‘T") == strict_key("oʻt")
