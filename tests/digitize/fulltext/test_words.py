import pytest

from digitize.fulltext import words
from digitize.fulltext.words import continued, keys_of, rejoined


def test_a_word_broken_at_a_line_end_is_found_apart_and_whole() -> None:
    assert keys_of("katta kutub-\nxona fondi").folded == "katta kutub xona fondi katta kutubxona fondi"


def test_a_whole_word_has_three_words_of_its_neighbourhood_on_either_side() -> None:
    lines = "bir ikki uch tort kutub-\nxona besh olti yetti sakkiz"
    assert rejoined(lines) == ["ikki uch tort kutubxona besh olti yetti"]


def test_a_capital_or_a_number_after_the_hyphen_starts_a_new_word() -> None:
    assert rejoined("Oq-\nOltin 7-\n8") == []


def test_capitals_go_on_with_capitals() -> None:
    assert rejoined("KUTUB-\nXONA") == ["KUTUBXONA"]


def test_a_soft_hyphen_at_a_line_end_breaks_a_word_too() -> None:
    assert rejoined("kutub\u00ad\nxona") == ["kutubxona"]


def test_empty_lines_and_empty_texts_break_nothing() -> None:
    assert rejoined("kutub-\n\nxona") == ["kutubxona"]
    assert rejoined("") == []
    assert continued([]) == []
    assert continued(["a-", ""]) == [None, None]


@pytest.mark.parametrize("key", ["strict_key", "fold", "ocr_key"])
def test_a_change_of_any_key_gives_the_rules_another_name(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = words.rules.__wrapped__()
    real = getattr(words, key)
    monkeypatch.setattr(words, key, lambda text: real(text).replace("a", "e"))
    assert words.rules.__wrapped__() != before
