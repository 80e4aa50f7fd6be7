import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marcs import BOOK, XML, book, profile, record

from catalog_link.attach import Attached, LinkField, attach
from catalog_link.encoding import encoding_of
from catalog_link.records import Described, describe, fold_isbn, fold_number, parse, read
from catalog_link.values import Field, Flaw, Parsed, Syntax


def told(raw: bytes, name: str = "marc21") -> Described:
    return describe(parse(raw, Syntax.ISO2709), profile(name))


def keys(said: Described, kind: str) -> list[str]:
    return [key.value for key in said.keys if key.kind == kind]


def test_a_broken_record_never_costs_its_neighbours():
    broken = b"00xx9" + book("B")[5:]
    found = list(read(io.BytesIO(book("A") + broken + b"\r\n" + book("C"))))
    assert [bool(one.broken) for one in found] == [False, True, False]
    assert [one.ordinal for one in found] == [1, 2, 3]


def test_the_syntax_is_seen_from_the_first_bytes():
    assert {one.syntax for one in read(io.BytesIO(b"\xef\xbb\xbf\n" + XML.split(b"?>\n", 1)[1]))} == {Syntax.MARCXML}
    assert {one.syntax for one in read(io.BytesIO(book()))} == {Syntax.ISO2709}
    assert list(read(io.BytesIO(b""))) == []


def test_a_marc21_record_is_described_without_its_punctuation():
    said = told(record(*BOOK))
    assert (said.number, said.title, said.author) == ("UZ0001", "Oʻtkan kunlar : roman", "Qodiriy, Abdulla")
    assert (said.year, said.language) == ("1995", "uzb")
    assert keys(said, "inventory") == ["inv-1", "2026000001"]
    assert keys(said, "isbn") == ["9789943110246"]
    assert keys(said, "record") == ["uz0001"]


@given(st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=6), st.booleans())
def test_no_damage_of_any_kind_brings_the_program_down(hits, as_xml):
    data = bytearray(XML if as_xml else record(*BOOK, marked=False) + book())
    for place, piece in hits:
        data[place : place + len(piece)] = piece
    found = list(read(io.BytesIO(bytes(data))))
    assert b"".join(one.raw for one in found) == data
    for one in found:
        parsed = parse(one.raw, one.syntax)
        assert isinstance(parsed, Flaw) is (one.broken is not None)
        if isinstance(parsed, Parsed):
            describe(parsed, profile(), one.syntax)
            done = attach(one.raw, one.syntax, profile(), LinkField("INV-1", "https://x.example/1.pdf"))
            assert isinstance(done, Attached | Flaw)


def test_a_record_marked_as_deleted_cannot_be_found():
    raw = record(*BOOK)
    said = told(raw[:5] + b"d" + raw[6:])
    assert (said.number, said.keys) == ("UZ0001", ())


def test_unimarc_with_a_blank_leader_and_cyrillic_is_not_garbage():
    cells = (
        ("001", "", "UN1"),
        ("101", "0 ", "$auzb"),
        ("200", "1 ", "$aЎткан кунлар$fҚодирий, А."),
        ("210", "  ", "$d1980"),
    )
    said = told(record(*cells, ("899", "  ", "$aAKM$pINV-7"), marked=False), "unimarc")
    assert (said.title, said.author, said.year, said.language) == ("Ўткан кунлар", "Қодирий, А.", "1980", "uzb")
    assert keys(said, "inventory") == ["inv-7"]
    assert said.encoding == "utf-8"


def test_records_in_cp1251_are_read_by_the_profile_that_says_so():
    cells = [("001", "", "R1"), ("200", "1 ", "$aZZZZZZ")]
    raw = record(*cells, marked=False).replace(b"ZZZZZZ", "Навоий".encode("cp1251"))
    said = told(raw, "unimarc")
    assert (said.title, said.encoding) == ("Навоий", "cp1251")


def test_marc8_cyrillic_is_seven_bit_and_still_understood():
    raw = record(("001", "", "M1"), ("245", "00", "$aZZZZZZZZZ"), marked=False)
    said = told(raw.replace(b"ZZZZZZZZZ", b"\x1b(N" + b"kNIG" + b"\x1b("[:2]), "marc21")
    assert said.encoding == "marc8"
    assert said.title.startswith("Книг")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("INV-1001", "inv-1001", True),
        ("INV 1001", "INV1001", True),
        ("Qo‘qon-5", "Qo'qon-5", True),
        ("INV-12", "INV-1-2", False),
        ("INV-1001", "INV-1002", False),
        ("0012", "12", False),
    ],
)
def test_numbers_are_folded_for_writing_habits_and_nothing_else(one, other, same):
    assert (fold_number(one) == fold_number(other)) is same


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("978-9943-11-024-6", "9789943110246"),
        ("9789943110246 (qattiq muqova)", "9789943110246"),
        ("ISBN 0-306-40615-2", "9780306406157"),
        ("0-306-40615-3", ""),
        ("202600001001", ""),
        ("INV-1001", ""),
    ],
)
def test_an_isbn_is_told_from_other_numbers(text, folded):
    assert fold_isbn(text) == folded


def test_what_the_leader_says_of_utf_8_counts_in_marc21_and_nowhere_else():
    fields = (Field("245", b"10\x1faNom \x1b(N"),)
    marked, unmarked = (Parsed(b"00000nam%s2200000 a 4500" % sign, fields) for sign in (b" a", b"  "))
    assert [encoding_of(one, profile()) for one in (marked, unmarked)] == ["utf-8", "marc8"]
    assert encoding_of(marked, replace(profile("unimarc"), fallback="marc8")) == "marc8"
