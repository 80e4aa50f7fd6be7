"""Names in the hot folder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize import names


def test_page_two_comes_before_page_ten():
    listed = ["10.tif", "2.tif", "1.tif", "bet 3.jpg", "bet 12.jpg"]

    assert sorted(listed, key=names.sort_key) == ["1.tif", "2.tif", "10.tif", "bet 3.jpg", "bet 12.jpg"]


@pytest.mark.parametrize("apostrophe", ["'", "`", "‘", "’", "ʻ"])
def test_the_five_apostrophes_name_one_item(apostrophe: str):
    assert names.fold_key(f"O{apostrophe}zbek-1") == names.fold_key("O'zbek-1")


def test_composed_and_decomposed_letters_name_one_item():
    assert names.text("й".encode()) == names.text("и\u0306".encode())


def test_a_name_that_is_no_utf8_is_still_shown():
    assert names.text(b"kitob\xff") == "kitob\\xff"


@pytest.mark.parametrize("key", ["", "   ", "a" * 121, "bir\nikki", "tab\t"])
def test_a_key_that_nobody_can_print_is_bad(key: str):
    assert names.bad_key(key)


@pytest.mark.parametrize("key", ["INV-1001", "Ўзбек 5", "000123", "=1+1", "$(id)", "a" * 120])
def test_any_printable_key_is_good(key: str):
    assert not names.bad_key(key)


@pytest.mark.parametrize(
    "name", ["~$a.tif", ".x", "a.part", "Thumbs.db", "THUMBS.DB", "desktop.ini", "._1.tif", "@eaDir"]
)
def test_droppings_of_other_programs_are_ignored(name: str):
    assert names.ignored(name)


def test_a_loose_file_names_its_item_and_page():
    assert names.LooseName.parse("INV_7_0012.tif") == names.LooseName("INV_7", 12)


@pytest.mark.parametrize("name", ["0012.tif", "INV.tif", "INV_x.tif", "INV_3.pdf", "_3.tif"])
def test_a_loose_file_that_names_no_item_is_nobodys(name: str):
    assert names.LooseName.parse(name) is None


@given(st.text(min_size=1, max_size=300))
def test_a_shown_name_never_leaves_its_folder(name: str):
    shown = names.safe_name(name)

    assert shown not in ("", ".", "..")
    assert not set(shown) & set('/\\:*?"<>|\n\0')
    assert len(shown) <= names.MAX_KEY


def test_two_keys_never_share_a_folder():
    assert names.folder_name("a:b") != names.folder_name("a_b")
