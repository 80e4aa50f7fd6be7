"""item.toml."""

import pytest

from digitize.messages import speaker
from digitize.sheet import PROBLEMS, BadSheet, ItemSheet, parse


def test_an_empty_sheet_is_a_plain_book_of_the_plan():
    assert parse(b"") == ItemSheet(type="kitob", source="reja")


@pytest.mark.parametrize("word", ["o'lkashunoslik", "O‘lkashunoslik", "oʻlkashunoslik"])
def test_words_are_understood_with_any_apostrophe(word: str):
    assert parse(f'source = "{word}"'.encode()).source == "o‘lkashunoslik"


def test_a_sheet_from_an_old_windows_editor_is_read():
    assert parse('title = "Китоб"'.encode("cp1251")).title == "Китоб"


def test_a_bom_is_no_error():
    assert parse(b"\xef\xbb\xbf" + b'title = "Kitob"').title == "Kitob"


@pytest.mark.parametrize(
    ("text", "problem", "field", "detail"),
    [
        ("titel = 'x'", "unknown_field", "titel", "title?"),
        ("pages = 'ten'", "number", "pages", ""),
        ("pages = 0", "number", "pages", ""),
        ("title = 5", "text", "title", ""),
        ("type = 'disk'", "choice", "type", "kitob"),
        ("language = 'xx'", "choice", "language", "uz-Cyrl"),
        (f"title = '{'x' * 1001}'", "value", "title", "1000"),
        ("title", "syntax", "", "1"),
        ('title = "a"\n\nyear x = 3', "syntax", "", "3"),
    ],
)
def test_a_wrong_sheet_says_which_field_and_why(text: str, problem: str, field: str, detail: str):
    bad = parse(text.encode())

    assert isinstance(bad, BadSheet)
    assert (bad.problem, bad.field) == (problem, field)
    assert detail in bad.detail


@pytest.mark.parametrize("problem", PROBLEMS)
def test_every_problem_has_its_sentence(problem: str):
    assert speaker("uz")(f"sheet.{problem}", field="pages", detail="?")
