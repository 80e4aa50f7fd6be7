import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marcs import BOOK, XML, Cell, book, fields, profile, record

from catalog_link import marcxml
from catalog_link.attach import Attached, LinkField, attach, detach
from catalog_link.iso2709 import TooLarge
from catalog_link.values import Flaw, Syntax

LINK = LinkField("INV-1", "https://kutubxona.example/INV-1.pdf", pages=12)
OTHER = LinkField("INV-2", "https://kutubxona.example/INV-2.pdf", pages=3)
ISO = Syntax.ISO2709


def attached(raw: bytes, link: LinkField = LINK, name: str = "marc21", syntax: Syntax = ISO) -> Attached:
    done = attach(raw, syntax, profile(name), link)
    assert isinstance(done, Attached)
    return done


def test_the_link_reads_as_marc21_wants_it():
    done = attached(record(*BOOK))
    assert done.action == "added"
    assert done.field_text == (
        "856 41 $3 To‘liq matn $u https://kutubxona.example/INV-1.pdf $q application/pdf"
        " $y To‘liq matn (PDF) $z 12 sahifa $x akmdigit:INV-1"
    )


def test_every_other_field_and_its_order_stay_as_another_library_reads_them():
    raw = record(*BOOK)
    new = [field for field in fields(attached(raw).raw) if not field.startswith("=856")]
    assert new == fields(raw)
    assert [field[1:4] for field in fields(attached(raw).raw)][-2:] == ["856", "952"]


def test_a_second_run_changes_not_one_byte():
    once = attached(record(*BOOK))
    twice = attached(once.raw)
    assert (twice.raw, twice.action) == (once.raw, "unchanged")


def test_a_changed_link_replaces_its_own_field_and_can_be_seen_before():
    once = attached(record(*BOOK))
    twice = attached(once.raw, LinkField("INV-1", LINK.url, pages=13))
    assert twice.action == "updated"
    assert "12 sahifa" in twice.before
    assert sum(field.startswith("=856") for field in fields(twice.raw)) == 1


def test_undoing_restores_the_record_byte_for_byte():
    raw = b"\xef\xbb\xbf" + record(*BOOK) + b"\r\n"
    gone = detach(attached(raw).raw, ISO, profile(), "INV-1")
    assert isinstance(gone, Attached)
    assert (gone.raw, gone.action) == (raw, "removed")


def test_two_scans_of_one_record_have_two_fields_in_either_order_of_work():
    both = attached(attached(record(*BOOK)).raw, OTHER)
    found = [field for field in fields(both.raw) if field.startswith("=856")]
    assert [field[-5:] for field in found] == ["INV-1", "INV-2"]
    assert attached(both.raw).raw == attached(both.raw, OTHER).raw == both.raw


def test_doubled_own_fields_become_one_again():
    raw = record(*BOOK, ("856", "41", "$uhttp://old$xakmdigit:INV-1"), ("856", "41", "$uhttp://older$xakmdigit:INV-1"))
    assert sum(field.startswith("=856") for field in fields(attached(raw).raw)) == 1


def test_a_link_of_somebody_else_is_left_alone_unless_it_has_the_same_address():
    foreign: Cell = ("856", "40", "$uhttps://elsewhere.example$yMuqova")
    same: Cell = ("856", "40", f"$u{LINK.url}")
    found = [field for field in fields(attached(record(*BOOK, foreign, same)).raw) if field.startswith("=856")]
    assert found[0] == "=856  40$uhttps://elsewhere.example$yMuqova"
    assert len(found) == 2


def test_unimarc_writes_its_link_text_into_2_and_leaves_its_leader_alone():
    raw = record(("001", "", "UN1"), ("200", "1 ", "$aЎткан кунлар"), marked=False)
    done = attached(raw, name="unimarc")
    assert "$2 To‘liq matn (PDF)" in done.field_text
    assert "$y" not in done.field_text
    assert done.raw[5:12] == raw[5:12]
    assert fields(done.raw)[1] == "=200  1\\$aЎткан кунлар"


def test_a_record_in_cp1251_gets_its_link_in_cp1251():
    cells = [("001", "", "R1"), ("200", "1 ", "$aZZZZZZ")]
    raw = record(*cells, marked=False).replace(b"ZZZZZZ", "Навоий".encode("cp1251"))
    done = attached(raw, LinkField("қ-1", "https://x.example/1.pdf"), name="unimarc")
    assert "To‘liq".encode("cp1251") in done.raw
    assert attached(done.raw, LinkField("қ-1", "https://x.example/1.pdf"), name="unimarc").action == "unchanged"


def test_a_record_in_marc8_gets_plain_apostrophes():
    raw = record(("001", "", "M1"), ("245", "00", "$aZZZZZZZ"), marked=False).replace(b"ZZZZZZZ", b"\xe5oq\xe5oqZ")
    assert "To'liq matn" in attached(raw).field_text


def test_a_record_that_would_grow_too_large_is_not_written():
    raw = record(*BOOK, *[("500", "  ", "$a" + "x" * 9_940)] * 10)
    assert isinstance(attach(raw, ISO, profile(), LINK), TooLarge)
    long = LinkField("INV-1", "https://x.example/" + "a" * 10_000)
    assert attach(record(*BOOK), ISO, profile(), long) == TooLarge("field", 10_092, 9_999)


def test_a_broken_record_is_not_touched():
    assert isinstance(attach(b"00xx9" + book()[5:], ISO, profile(), LINK), Flaw)


def test_a_record_whose_fields_overlap_is_left_alone():
    raw = record(("001", "", "A"), ("900", "  ", "$aB$c\x1eD"))
    place = raw.index(b"900")
    length, start = int(raw[place + 3 : place + 7]), int(raw[place + 7 : place + 12])
    inside = b"950%04d%05d" % (2, start + length - 2)
    spoilt = raw[: place + 12] + inside + raw[place + 12 :]
    size, base = len(spoilt), int(raw[12:17]) + 12
    spoilt = b"%05d" % size + spoilt[5:12] + b"%05d" % base + spoilt[17:]
    done = attach(spoilt, ISO, profile(), LINK)
    assert isinstance(done, Flaw) or fields(done.raw)[-2:] == fields(spoilt)[-2:]


@given(
    st.lists(st.sampled_from(["020", "245", "500", "856", "900", "952"]), max_size=8),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="$"), min_size=1, max_size=20),
)
def test_attach_and_detach_are_each_others_undoing(tags, key):
    raw = record(("001", "", "A"), *[(tag, "  ", f"$a{place}") for place, tag in enumerate(tags)])
    link = LinkField(key, "https://x.example/1.pdf")
    done = attached(raw, link)
    assert attached(done.raw, link).action == "unchanged"
    gone = detach(done.raw, ISO, profile(), key)
    assert isinstance(gone, Attached)
    assert gone.raw == raw


def pieces() -> list[bytes]:
    return [raw for raw, _ in marcxml.frames(io.BytesIO(XML))]


@pytest.mark.parametrize("place", [0, 1])
def test_marcxml_gets_its_field_with_the_prefix_and_indent_of_its_record(place):
    raw = pieces()[place]
    done = attached(raw, syntax=Syntax.MARCXML)
    assert b'\n    <marc:datafield tag="856" ind1="4" ind2="1"><marc:subfield code="3">' in done.raw
    assert attached(done.raw, syntax=Syntax.MARCXML).raw == done.raw
    gone = detach(done.raw, Syntax.MARCXML, profile(), "INV-1")
    assert isinstance(gone, Attached)
    assert gone.raw == raw


def test_marcxml_replaces_its_own_field_in_place():
    once = attached(pieces()[0], syntax=Syntax.MARCXML)
    link = LinkField("INV-1", "https://x.example/?a=1&b=2", pages=12)
    twice = attached(once.raw, link, syntax=Syntax.MARCXML)
    assert twice.action == "updated"
    assert b"?a=1&amp;b=2" in twice.raw
    assert twice.raw.count(b"akmdigit:INV-1") == 1


TEXT, MARK = "To‘liq matn (PDF)", "akmdigit:INV-1"
FULL = LinkField(
    "INV-1", LINK.url, pages=12, size=34567, access="restricted", date="20261103", agency="Uzun AKM", code="UZN"
)


def test_everything_known_of_the_scan_stands_in_link_and_action_note():
    assert attached(record(*BOOK), FULL).field_text.splitlines() == [
        f"856 41 $3 To‘liq matn $u {LINK.url} $q application/pdf $s 34567 bytes $y {TEXT} $z 12 sahifa $7 1 $x {MARK}",
        f"583 1# $a raqamlashtirildi $c 20261103 $k Uzun AKM $n 12 sahifa $x {MARK} $5 UZN",
    ]


@pytest.mark.parametrize(("name", "marked"), [("marc21", True), ("unimarc", False), ("makroobyekt", True)])
def test_link_and_note_are_written_once_and_taken_off_without_a_trace(name, marked):
    raw = record(*BOOK, marked=marked)
    once = attached(raw, FULL, name)
    assert attached(once.raw, FULL, name).raw == once.raw
    gone = detach(once.raw, ISO, profile(name), "INV-1")
    assert isinstance(gone, Attached)
    assert (gone.raw, gone.action, gone.field_text) == (raw, "removed", "")
    assert len(gone.before.splitlines()) == 2


def test_a_note_that_comes_later_is_an_update_of_the_link():
    once = attached(record(*BOOK))
    later = attached(once.raw, LinkField("INV-1", LINK.url, pages=12, date="20261103"))
    assert (once.action, later.action) == ("added", "updated")


def test_unimarc_says_access_in_words_and_keeps_its_note_in_318():
    raw = record(("001", "", "UN1"), ("200", "1 ", "$aЎткан кунлар"), marked=False)
    link, note = attached(raw, FULL, "unimarc").field_text.splitlines()
    assert "$z kirish: cheklangan" in link
    assert "$7" not in link
    assert note.startswith("318 ## $a raqamlashtirildi $c 20261103")


def test_a_macro_object_stands_in_900_and_replaces_the_one_a_person_typed():
    typed: Cell = ("900", "  ", f"$a{LINK.url}")
    found = fields(attached(record(*BOOK, typed), FULL, "makroobyekt").raw)
    assert [field for field in found if field[1:4] in {"856", "900"}] == [
        f"=900  \\\\$a{LINK.url}$bcheklangan$xakmdigit:INV-1"
    ]


def test_two_scans_of_one_record_say_in_subfield_3_which_they_are():
    one = attached(record(*BOOK), LinkField("INV-1", LINK.url, part="1-jild"))
    two = attached(one.raw, LinkField("INV-2", OTHER.url, part="2-jild"))
    links = [field for field in fields(two.raw) if field.startswith("=856")]
    assert [link.split("$")[1] for link in links] == ["3To‘liq matn: 1-jild", "3To‘liq matn: 2-jild"]


def test_a_dead_address_moves_to_subfield_h_and_back():
    once = attached(record(*BOOK))
    dead = attached(once.raw, LinkField("INV-1", LINK.url, pages=12, dead=True))
    assert f"$h {LINK.url}" in dead.field_text
    assert "$u" not in dead.field_text
    assert attached(dead.raw).raw == once.raw


def test_uzmarc_writes_only_what_means_the_same_in_both_its_parents():
    (field,) = attached(record(*BOOK), name="uzmarc").field_text.splitlines()
    assert field.startswith("856 4# $u ")
    assert not {"$y", "$2", "$3", "$7"} & set(field.split())
    assert "$z To‘liq matn (PDF) $z 12 sahifa" in field


def test_irbis_gets_951_without_indicators_and_goes_back_as_it_came():
    raw = record(("001", "", "1"), ("200", "  ", "$AOʻtkan kunlar"), ("910", "  ", "$A0$BINV-1"), marked=False)
    done = attached(raw, name="irbis")
    assert done.field_text.startswith("951 $I https://kutubxona.example/INV-1.pdf $T To‘liq matn (PDF) $N 12 $H PDF")
    gone = detach(done.raw, ISO, profile("irbis"), "INV-1")
    assert isinstance(gone, Attached)
    assert gone.raw == raw
