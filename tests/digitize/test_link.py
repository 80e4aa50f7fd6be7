from datetime import date
from pathlib import Path

import pymarc
import pytest
from marcs import book, fields, record
from shelves import NOW, SETTINGS, Shelf
from sqlalchemy import select

from digitize import items, link
from digitize.errors import NotFound, UsageError
from digitize.ledger.models import Event, Item, Link

A, B = book("UZ1", "INV-1"), book("UZ2", "INV-2", title="Kecha va kunduz")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def actions(summary: link.LinkSummary) -> list[tuple[str, str, str]]:
    return [(one.item, one.record, one.action) for one in summary.records]


def undo(shelf: Shelf, key: str) -> link.LinkedRecord:
    with shelf.open() as session:
        return link.undo(session, key, SETTINGS, NOW)


def choose(shelf: Shelf, key: str, number: str) -> list[str]:
    with shelf.open() as session:
        return [one.action for one in link.set_link(session, key, number, SETTINGS, NOW)]


def test_an_item_finds_its_record_by_its_inventory_number(shelf):
    shelf.item("INV-2", pages=3)
    shelf.bring(A + B)
    summary = shelf.link()
    assert actions(summary) == [("INV-2", "UZ2", "added")]
    assert summary.records[0].field.endswith("$z 3 sahifa $x akmdigit:INV-2")
    assert (summary.linked, summary.unchanged, summary.review, summary.failed) == (1, 0, 0, 0)


def test_a_second_pass_changes_nothing_and_exports_the_same_bytes(shelf):
    shelf.item("INV-2")
    shelf.bring(A + B)
    shelf.link()
    first = shelf.export()
    summary = shelf.link()
    assert (summary.linked, summary.unchanged) == (0, 1)
    assert shelf.export() == first
    assert first[: len(A)] == A


def test_only_changed_records_are_exported_by_default(shelf):
    shelf.item("INV-2")
    shelf.bring(A + B)
    shelf.link()
    assert fields(shelf.export(everything=False))[0] == "=001  UZ2"


def test_the_record_number_typed_by_the_operator_comes_first(shelf):
    shelf.item("INV-2", record="UZ1")
    shelf.bring(A + B)
    shelf.link()
    assert shelf.states() == [("INV-2", "linked", "record")]


def test_a_link_waits_for_the_pdf_but_is_made_before(shelf):
    shelf.item("INV-1", pdf=False)
    shelf.bring(A)
    assert shelf.link().records == ()
    assert shelf.export() == A
    with shelf.open() as session:
        session.scalars(select(Item)).one().pdf_sha256 = "ab"
    assert actions(shelf.link()) == [("INV-1", "UZ1", "added")]


def test_a_link_is_dated_on_the_local_day(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    with shelf.open() as session:
        assert session.scalars(select(Link)).one().linked_on == date(2026, 11, 3)


def test_without_a_catalogue_nobody_is_asked_anything(shelf):
    shelf.item("INV-1")
    assert shelf.link().review == 0
    assert shelf.states() == []


def test_an_item_without_a_record_waits_for_a_person_once(shelf):
    shelf.item("INV-77")
    shelf.bring(A)
    shelf.link()
    assert shelf.link().review == 1
    assert shelf.states() == [("INV-77", "review", "no_record")]


def test_an_item_without_pages_is_not_looked_for(shelf):
    shelf.item("INV-77", pages=0)
    shelf.bring(A)
    assert shelf.link().review == 0


def test_two_records_with_one_inventory_number_are_a_persons_choice(shelf):
    shelf.item("INV-1", title="Bir kitob")
    shelf.bring(A + book("UZ9", "inv- 1", title="Boshqa kitob"))
    shelf.link()
    with shelf.open() as session:
        (review,) = link.reviews(session)
    assert (review.item, review.title, review.reason) == ("INV-1", "Bir kitob", "several")
    assert [one.record for one in review.candidates] == ["UZ1", "UZ9"]


def test_what_waited_is_linked_when_its_record_arrives(shelf):
    shelf.item("INV-2")
    shelf.bring(A)
    shelf.link()
    shelf.bring(B, "yangi.mrc")
    shelf.link()
    assert shelf.states() == [("INV-2", "linked", "inventory")]


def test_a_dry_run_tells_the_change_and_leaves_the_ledger_alone(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    with shelf.open() as session:
        summary = link.dry_run(session, SETTINGS, NOW)
    assert actions(summary) == [("INV-1", "UZ1", "added")]
    assert summary.records[0].field.startswith("856 41 ")
    assert shelf.states() == []
    assert shelf.export() == A


def test_undo_gives_the_record_back_as_it_came_and_the_link_stays_away(shelf):
    shelf.item("INV-1")
    shelf.bring(A + B)
    shelf.link()
    done = undo(shelf, "INV-1")
    assert (done.action, done.record, done.before[:3]) == ("undone", "UZ1", "856")
    assert shelf.export() == A + B
    summary = shelf.link()
    assert (summary.linked, summary.review) == (0, 0)
    assert shelf.export() == A + B


def test_an_undone_link_can_be_made_again_by_a_person(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    linked = shelf.export()
    undo(shelf, "INV-1")
    assert choose(shelf, "INV-1", "uz1") == ["added"]
    assert shelf.export() == linked


def test_a_person_moves_a_link_and_both_records_are_right(shelf):
    shelf.item("INV-1")
    shelf.bring(A + B)
    shelf.link()
    choose(shelf, "INV-1", "UZ2")
    out = shelf.export()
    assert out.startswith(A)
    assert "akmdigit:INV-1" in fields(out[len(A) :])[-2]
    assert shelf.link().unchanged == 1


def test_choosing_the_same_record_again_changes_nothing(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    assert choose(shelf, "INV-1", "UZ1") == ["unchanged"]
    assert shelf.states() == [("INV-1", "linked", "inventory")]


def test_a_choice_takes_the_item_off_the_review_list(shelf):
    shelf.item("INV-77")
    shelf.bring(A)
    shelf.link()
    choose(shelf, "INV-77", "UZ1")
    assert shelf.states() == [("INV-77", "linked", "person")]


def test_a_number_typed_later_moves_the_link_but_never_one_a_person_set(shelf):
    shelf.item("INV-1")
    shelf.bring(A + B)
    shelf.link()
    with shelf.open() as session:
        session.scalars(select(Item)).one().record_number = "uz 2"
    assert actions(shelf.link()) == [("INV-1", "UZ2", "added")]
    assert shelf.export().startswith(A)
    choose(shelf, "INV-1", "UZ1")
    assert actions(shelf.link()) == [("INV-1", "UZ1", "unchanged")]


def test_a_typed_number_nobody_has_leaves_a_link_alone(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    with shelf.open() as session:
        session.scalars(select(Item)).one().record_number = "UZ404"
    assert actions(shelf.link()) == [("INV-1", "UZ1", "unchanged")]


def test_the_address_names_the_file_as_the_archive_does(shelf):
    shelf.item("o‘lka 1")
    shelf.item("a/b")
    shelf.bring(book("UZ1", "o‘lka 1") + book("UZ2", "a/b"))
    one, other = (entry.field for entry in shelf.link().records)
    assert "$u https://kutubxona.example/o%E2%80%98lka%201.pdf $q" in one
    assert "$x akmdigit:o‘lka 1" in one
    assert "$u https://kutubxona.example/a_b~" in other


def test_two_items_on_one_record_keep_one_field_each(shelf):
    shelf.item("INV-1")
    shelf.item("jild 2", record="UZ1")
    shelf.bring(A)
    assert shelf.link().linked == 2
    markers = [field[-6:] for field in fields(shelf.export()) if field.startswith("=856")]
    assert markers == [":INV-1", "jild 2"]
    undo(shelf, "INV-1")
    assert shelf.export().count(b"akmdigit:") == 1
    undo(shelf, "jild 2")
    assert shelf.export() == A


def test_a_link_moves_to_the_new_version_of_its_record(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    changed = book("UZ1", "INV-1", title="Tuzatilgan nom")
    shelf.bring(changed, "yangi.mrc")
    shelf.link()
    assert any("Tuzatilgan nom" in field for field in fields(shelf.export()))
    undo(shelf, "INV-1")
    assert shelf.export() == changed


def test_our_own_export_coming_back_is_no_change_and_can_still_be_undone(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    shelf.bring(shelf.export(), "qaytgan.mrc")
    assert shelf.link().unchanged == 1
    assert shelf.export(everything=False) == b""
    undo(shelf, "INV-1")
    assert shelf.export(everything=False) == A


def test_an_undone_link_that_a_later_version_brings_back_is_taken_off_and_sent_again(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    ours = shelf.export()
    undo(shelf, "INV-1")
    edited = ours.replace(b"tkan kunlar", b"TKAN KUNLAR")
    shelf.renew(edited)
    assert b"akmdigit" not in shelf.export()
    assert shelf.export(everything=False) == shelf.export() != b""
    with shelf.open() as session:
        events = list(session.scalars(select(Event.what).where(Event.what == "link undo")))
    shelf.link()
    with shelf.open() as session:
        assert list(session.scalars(select(Event.what).where(Event.what == "link undo"))) == events == ["link undo"] * 2


def test_what_a_cataloguer_changed_beside_our_link_stays_and_so_does_the_link(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    (theirs,) = pymarc.MARCReader(shelf.export(), force_utf8=True)
    theirs["245"]["a"] = "Tuzatilgan nom"
    theirs.add_ordered_field(pymarc.Field("856", pymarc.Indicators("4", "0"), [pymarc.Subfield("u", "https://a.uz/1")]))
    shelf.renew(theirs.as_marc())
    assert shelf.link().unchanged == 1
    assert shelf.export() == theirs.as_marc()
    undo(shelf, "INV-1")
    left = fields(shelf.export())
    assert "=856  40$uhttps://a.uz/1" in left
    assert not [field for field in left if "akmdigit" in field]


def deleted(raw: bytes) -> bytes:
    return raw[:5] + b"d" + raw[6:]


def test_a_link_on_a_record_that_was_deleted_waits_for_a_person(shelf):
    shelf.item("INV-1")
    shelf.bring(A + B)
    shelf.link()
    assert shelf.renew(deleted(A) + B) == [link.Followed("INV-1", "UZ1", "")]
    assert shelf.link().review == 1
    assert shelf.export() == deleted(A) + B
    with shelf.open() as session:
        (review,) = link.reviews(session)
    assert (review.item, review.reason) == ("INV-1", "deleted")
    assert choose(shelf, "INV-1", "UZ2") == ["added"]


def test_a_copy_that_moves_to_another_record_takes_its_link_along_unless_a_person_set_it(shelf):
    for key in ("INV-1", "INV-2"):
        shelf.item(key)
    shelf.bring(A + B)
    shelf.link()
    choose(shelf, "INV-2", "UZ1")
    choose(shelf, "INV-2", "UZ2")
    swapped = book("UZ1", "INV-2") + book("UZ2", "INV-1", title="Kecha va kunduz")
    assert shelf.renew(swapped) == [link.Followed("INV-1", "UZ1", "UZ2")]
    assert sorted(actions(shelf.link())) == [("INV-1", "UZ2", "unchanged"), ("INV-2", "UZ2", "unchanged")]
    assert shelf.export().startswith(swapped[: len(book("UZ1", "INV-2"))])


def test_a_book_whose_deleted_record_gave_its_copy_to_another_goes_there(shelf):
    shelf.item("INV-1")
    shelf.bring(A + B)
    shelf.link()
    merged = deleted(A) + book("UZ2", "INV-1", title="Kecha va kunduz")
    assert shelf.renew(merged) == [link.Followed("INV-1", "UZ1", "UZ2")]
    assert shelf.states()[-1] == ("INV-1", "linked", "inventory")


def test_a_record_that_would_grow_too_large_fails_alone(shelf):
    big = record(("001", "", "UZ1"), ("090", "  ", "$eINV-1"), *[("500", "  ", "$a" + "x" * 9_970)] * 10)
    shelf.item("INV-1")
    shelf.item("INV-2")
    shelf.bring(big + B)
    summary = shelf.link()
    assert actions(summary) == [("INV-1", "UZ1", "failed"), ("INV-2", "UZ2", "added")]
    assert summary.records[0].reason.startswith("too_large")
    assert shelf.export().startswith(big)


def test_the_title_for_the_pdf_is_the_records_else_the_operators_else_the_key(shelf):
    shelf.item("INV-2", title="yozilgan nom")
    shelf.item("INV-77", title="yozilgan nom")
    shelf.item("INV-78")
    shelf.bring(A + B)
    shelf.link()
    with shelf.open() as session:
        titles = {item.key: link.title_of(session, item) for item in session.scalars(select(Item))}
    assert titles == {"INV-2": ("Kecha va kunduz", ""), "INV-77": ("yozilgan nom", ""), "INV-78": ("INV-78", "")}


def test_every_change_of_a_link_is_in_the_event_log(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    shelf.link()
    undo(shelf, "INV-1")
    with shelf.open() as session:
        said = [(event.what, event.who) for event in session.scalars(select(Event).order_by(Event.id))]
    by_itself = [(what, "digitize") for what in ("catalog import", "ark", "link")]
    assert said == [*by_itself, ("link undo", "person")]


def test_unknown_items_and_records_are_named(shelf):
    shelf.item("INV-1")
    shelf.bring(A + book("UZ8", "INV-8") + book("UZ8", "INV-9"))
    with pytest.raises(NotFound, match="INV-5"):
        choose(shelf, "INV-5", "UZ1")
    with pytest.raises(NotFound, match="UZ5"):
        choose(shelf, "INV-1", "UZ5")
    with pytest.raises(UsageError, match="2 records"):
        choose(shelf, "INV-1", "UZ8")
    with pytest.raises(NotFound, match="hangs on no record"):
        undo(shelf, "INV-1")


def test_size_access_and_day_of_an_item_reach_its_record_with_the_next_pass(shelf):
    shelf.item("INV-1")
    shelf.bring(A)
    shelf.link()
    with shelf.open() as session:
        item = session.scalars(select(Item)).one()
        item.pdf_size, item.first_published_on = 4711, date(2026, 11, 3)
        items.change(session, item, "access", "open", NOW)
    (changed,) = shelf.link().records
    assert changed.action == "updated"
    assert "$s 4711 bytes" in changed.field
    assert "$7 0" in changed.field
    assert "583 1# $a raqamlashtirildi $c 20261103" in changed.field
    assert shelf.link().unchanged == 1
    undo(shelf, "INV-1")
    assert shelf.export() == A


def test_access_is_open_or_restricted_and_nothing_else(shelf):
    shelf.item("INV-1")
    with shelf.open() as session:
        item = session.scalars(select(Item)).one()
        with pytest.raises(UsageError, match="access"):
            items.change(session, item, "access", "hamma", NOW)


LATIN = record(
    ("001", "", "UZ5"),
    ("100", "1 ", "$aQodiriy, Abdulla,"),
    ("245", "10", "$aOʻtkan kunlar :$broman /"),
    ("260", "  ", "$c1995."),
    ("300", "  ", "$a4 b."),
)


def typed(shelf: Shelf, **values: object) -> None:
    with shelf.open() as session:
        item = session.scalars(select(Item)).one()
        for name, value in values.items():
            setattr(item, name, value)


def test_a_cyrillic_title_with_author_year_and_pages_finds_its_latin_record(shelf):
    shelf.item("papka-7", title="Ўткан кунлар", pages=6)
    typed(shelf, author="А. Қодирий", year=1995, complete=True)
    shelf.bring(B + LATIN)
    assert actions(shelf.link()) == [("papka-7", "UZ5", "added")]
    assert shelf.states() == [("papka-7", "linked", "title")]


@pytest.mark.parametrize(
    "values",
    [{"year": 1996}, {"author": "B. Qodiriy"}, {"year": None}, {"complete": False}, {"title": "Oʻtkan kunlar 2"}],
)
def test_whatever_is_missing_or_contradicts_sends_a_like_title_to_a_person(shelf, values):
    shelf.item("papka-7", title="Oʻtkan kunlar", pages=6)
    typed(shelf, **{"author": "A. Qodiriy", "year": 1995, "complete": True} | values)
    shelf.bring(LATIN)
    assert shelf.link().review == 1
    assert shelf.states() == [("papka-7", "review", "title")]
    with shelf.open() as session:
        (review,) = link.reviews(session)
    assert review.reason == "alike"
    assert [one.record for one in review.candidates] == ["UZ5"]


def test_the_pdf_is_told_what_the_record_says_of_the_printed_book(shelf):
    raw = record(
        ("001", "", "UZ9"),
        ("020", "  ", "$a978-9943-01-234-7"),
        ("090", "  ", "$eINV-9"),
        ("100", "1 ", "$aQodiriy, Abdulla,"),
        ("245", "10", "$aOʻtkan kunlar /"),
        ("260", "  ", "$aToshkent :$bSharq,$c1994."),
        ("700", "1 ", "$aOybek,"),
        ("700", "1 ", "$aHoshimov, Oʻtkir."),
    )
    shelf.item("INV-9")
    shelf.item("INV-8")
    shelf.bring(raw)
    shelf.link()

    with shelf.open() as session:
        linked, alone = (link.printed(session, link.item_named(session, key)) for key in ("INV-9", "INV-8"))
    assert linked.creators == ("Qodiriy, Abdulla", "Oybek", "Hoshimov, Oʻtkir")
    assert (linked.publisher, linked.year) == ("Sharq", "1994")
    assert linked.source.startswith("ISBN 978")
    assert alone == link.Printed()
