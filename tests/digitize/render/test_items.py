"""Lists of items, pages and refused files as a person at a terminal reads them."""

from datetime import UTC, datetime

from digitize.items import ItemView, PageView, RefusalView
from digitize.messages import speaker
from digitize.render import item_text, items_text, outcome_word, pages_text, refusals_text

SAY = speaker("uz")


def _item(key: str, title: str, **facts: object) -> ItemView:
    known = {
        "type": "kitob", "source": "reja", "state": "published", "pages": 4, "done": 4, "pdf": "", "record": "",
        "links": [], "language": "", "operator": "", "overrides": {},
    }  # fmt: skip
    return ItemView(key, title, **known | facts)  # type: ignore[arg-type]


def _page(number: int, name: str, **facts: object) -> PageView:
    known = {
        "side": "whole", "state": "done", "outcome": "ok", "confidence": 91.25, "language": "", "script": "",
        "skew": None, "sha256": "", "master": "", "kind": "", "reason": "",
    }  # fmt: skip
    return PageView(number, name, **known | facts)  # type: ignore[arg-type]


def test_columns_are_as_wide_as_what_stands_in_them():
    shown = items_text([_item("INV-1", "Daftar"), _item("O‘zbek-12", "Kitob", state="attention", done=3)], SAY)

    assert shown.splitlines() == [
        "INV-1      tayyor         4/4  Daftar",
        "O‘zbek-12  e’tibor kerak  3/4  Kitob",
    ]


def test_an_item_is_told_in_words_of_the_house_and_without_what_is_not_known():
    shown = item_text(_item("INV-1", "Daftar", overrides={"restore.split": "off"}), SAY)

    assert shown.splitlines() == [
        "Kaliti            INV-1",
        "Sarlavha          Daftar",
        "Turi              kitob",
        "Manba             reja",
        "Holati            tayyor",
        "Tayyor sahifalar  4/4",
        "O‘z sozlamasi     restore.split=off",
    ]


def test_a_page_says_how_it_came_out_which_half_it_is_and_why_it_failed():
    views = [
        _page(1, "1.tif"),
        _page(2, "2.tif", side="left", outcome="low", confidence=40.0),
        _page(3, "3.tif", state="failed", outcome=None, confidence=None, reason="sabab\nikkinchi qator"),
    ]

    assert pages_text(views, SAY).splitlines() == [
        "   1  1.tif        tayyor                   91.2",
        "   2  2.tif  chap  tayyor, yomon o‘qilgan   40.0",
        "   3  3.tif        bajarilmadi                    sabab",
    ]


def test_both_halves_of_an_opening_and_a_failure_are_told_in_words():
    assert outcome_word("ok blank", SAY) == "tayyor / tayyor, bo‘sh"
    assert outcome_word("timeout", SAY) == "sahifa ajratilgan vaqtda tugamadi"


def test_a_refused_file_is_told_with_its_whole_note():
    moment = datetime(2026, 11, 2, tzinfo=UTC)
    view = RefusalView(1, "INV-1", "1.tif", "empty", "Bo‘sh.\nSababi.\nNima qilish kerak.", "3/1.tif", moment, False)

    assert refusals_text([view], SAY).splitlines() == ["3/1.tif", "    Bo‘sh.", "    Sababi.", "    Nima qilish kerak."]


def test_an_empty_list_says_so():
    assert "1_SKANERDAN" in items_text([], SAY)
    assert refusals_text([], SAY) == "Qaytarilgan fayl yo‘q."


def test_names_cannot_steer_the_terminal():
    assert "\x1b" not in items_text([_item("INV-1", "a\x1b[2Jb")], SAY) + pages_text([_page(1, "\x1b.tif")], SAY)
