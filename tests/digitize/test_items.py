"""Items and pages as people ask for them."""

from pathlib import Path

import pytest
from builders import drop, make_desk, take_all

from digitize import items
from digitize.cli import run
from digitize.errors import NotFound, UsageError
from digitize.ledger.session import reading, transaction


@pytest.fixture
def desk(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "O'z-1", "1.png")
    (desk.home.inbox / "O'z-1" / "2.png").write_bytes(b"no picture")
    take_all(desk)
    return desk


def test_an_item_is_found_under_any_apostrophe(desk):
    with reading(desk.ledger) as session:
        assert items.find(session, "O‘z-1").key == "O'z-1"


def test_an_unknown_item_is_one_sentence_with_the_way_on(desk):
    with reading(desk.ledger) as session, pytest.raises(NotFound, match="item list"):
        items.find(session, "yo‘q")


def test_an_item_with_a_refused_page_needs_a_person(desk):
    with reading(desk.ledger) as session:
        [view] = items.all_views(session, desk.home)

    assert (view.state, view.pages, view.done) == ("attention", 2, 0)


def test_pages_tell_their_master_and_their_reason(desk):
    with reading(desk.ledger) as session:
        good, bad = items.pages(session, desk.home, items.find(session, "O'z-1"))

    assert (desk.home.archive / good.master).is_file()
    assert (bad.state, bad.kind, bad.master) == ("rejected", "not_image", "")
    assert "rasm fayli emas" in bad.reason


def test_the_gap_of_a_refused_file_can_be_given_up_and_comes_back_with_a_good_file(desk, capfd):
    home = ["--home", str(desk.home.root)]

    assert run([*home, "page", "drop", "O‘z-1", "1"]) == 1  # a scan is never dropped
    assert run([*home, "page", "drop", "O‘z-1", "2"]) == 0
    assert "2-o‘rin (“2.png”) olib tashlandi" in capfd.readouterr().out
    with reading(desk.ledger) as session:
        assert [page.name for page in items.pages(session, desk.home, items.find(session, "O'z-1"))] == ["1.png"]
        assert items.refusals(session, everything=False) == []
    drop(desk, "O'z-1", "2.png", seed=2)
    take_all(desk)
    with reading(desk.ledger) as session:
        pages = items.pages(session, desk.home, items.find(session, "O'z-1"))
    assert [(page.number, page.name, page.state) for page in pages] == [
        (1, "1.png", "received"),
        (2, "2.png", "received"),
    ]


def test_refusals_are_listed_with_the_path_of_the_bytes(desk):
    with reading(desk.ledger) as session:
        [refusal] = items.refusals(session, everything=False)

    assert (desk.home.share / refusal.path).read_bytes() == b"no picture"


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [("title", "Nizom", "Nizom"), ("type", "gazeta", "gazeta"), ("source", "retro", "retro")],
)
def test_a_field_of_an_item_can_be_set(desk, field: str, value: str, shown: str):
    with transaction(desk.ledger) as session:
        item = items.find(session, "O'z-1")
        items.change(session, item, field, value, desk.clock.now())

        assert getattr(items.view(session, desk.home, item), field) == shown


def test_a_restore_override_is_kept_and_taken_back(desk):
    with transaction(desk.ledger) as session:
        item = items.find(session, "O'z-1")
        items.change(session, item, "restore.split", "off", desk.clock.now())
        assert item.overrides == {"restore.split": "off"}

        items.change(session, item, "restore.split", "auto", desk.clock.now())

        assert item.overrides == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("type", "disk"),
        ("restore.split", "maybe"),
        ("pages", "x"),
        ("colour", "1"),
        ("restore.glow", "1"),
        ("restore.crop", "5"),
        ("restore.speck_mm", "-1"),
        ("restore.speck_mm", "nan"),
        ("restore.letter_height", "0"),
        ("restore.min_side", "0.9"),
    ],
)
def test_what_cannot_be_set_is_a_usage_error_that_names_the_choices(desk, field: str, value: str):
    with transaction(desk.ledger) as session, pytest.raises(UsageError):
        items.change(session, items.find(session, "O'z-1"), field, value, desk.clock.now())


def test_a_restoration_parameter_has_the_kind_of_its_default(desk):
    with transaction(desk.ledger) as session:
        item = items.find(session, "O'z-1")
        items.change(session, item, "restore.crop", "off", desk.clock.now())
        items.change(session, item, "restore.speck_mm", "0.2", desk.clock.now())

        assert item.overrides == {"restore.crop": False, "restore.speck_mm": 0.2}
