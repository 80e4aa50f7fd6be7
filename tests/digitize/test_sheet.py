"""item.toml."""

import pytest

from digitize.sheet import BadSheet, ItemSheet, parse


def test_an_empty_sheet_is_a_plain_book_of_the_plan():
    assert parse(b"") == ItemSheet(type="kitob", source="reja")


@pytest.mark.parametrize("word", ["o'lkashunoslik", "O‘lkashunoslik", "oʻlkashunoslik"])
def test_words_are_understood_with_any_apostrophe(word: str):
    assert parse(f'source = "{word}"'.encode()).source == "o‘lkashunoslik"


def test_a_sheet_from_an_old_windows_editor_is_read():
    assert parse('title = "Китоб"'.encode("cp1251")).title == "Китоб"


def test_a_bom_is_no_error():
    assert parse(b"\xef\xbb\xbf" + 'title = "Kitob"'.encode()).title == "Kitob"


@pytest.mark.parametrize(
    ("text", "key", "detail"),
    [
        ("titel = 'x'", "titel", "title?"),
        ("pages = 'ten'", "pages", "integer"),
        ("pages = 0", "pages", "greater"),
        ("type = 'disk'", "type", "kitob"),
        ("language = 'fr'", "language", "uz"),
        ("title", "", ""),
    ],
)
def test_a_wrong_sheet_says_which_field_and_why(text: str, key: str, detail: str):
    bad = parse(text.encode())

    assert isinstance(bad, BadSheet)
    assert bad.key == key
    assert detail in bad.detail
