import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marcs import BOOK, book, fields, record

from catalog_link import iso2709
from catalog_link.iso2709 import TooLarge
from catalog_link.values import Field, Flaw


def pieces(data: bytes) -> list[bytes]:
    return list(iso2709.frames(io.BytesIO(data)))


@given(st.lists(st.sampled_from([b"\x1d", b"\r\n", b"\0", b"abc", b"00xx9", b"\x1e", b"\xef\xbb\xbf"])))
def test_the_pieces_of_any_file_joined_are_the_file(parts):
    data = b"".join(parts)
    assert b"".join(pieces(data)) == data
    assert all(pieces(data))


def test_line_ends_and_nuls_between_records_stay_with_the_record_before_them():
    one, two = book("A"), book("B")
    assert pieces(one + b"\r\n" + two + b"\0\0\x1a") == [one + b"\r\n", two + b"\0\0\x1a"]


def test_a_record_across_the_border_of_a_chunk_is_cut_in_the_right_place(monkeypatch):
    monkeypatch.setattr(iso2709, "_CHUNK", 7)
    one, two = book("A"), book("B")
    assert pieces(one + b"\r\n" + two) == [one + b"\r\n", two]


def test_a_foreign_file_without_terminators_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(iso2709, "_CHUNK", 10)
    monkeypatch.setattr(iso2709, "MAX_PIECE", 25)
    assert max(map(len, pieces(b"x" * 1000))) <= 35
    assert b"".join(pieces(b"x" * 1000)) == b"x" * 1000


def test_what_another_library_wrote_is_read_field_by_field():
    parsed = iso2709.parse(record(*BOOK))
    assert [field.tag for field in parsed.fields] == [tag for tag, _, _ in BOOK]
    assert parsed.fields[3].subfields() == [("a", b"78.3"), ("e", b"INV-1")]


def test_a_byte_order_mark_before_the_first_record_is_no_flaw():
    assert not isinstance(iso2709.parse(b"\xef\xbb\xbf" + book()), Flaw)


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda raw: b"00xx9" + raw[5:], "length"),
        (lambda raw: raw[:-1] + b"x\x1d", "size"),
        (lambda raw: raw[:-1], "terminator"),
        (lambda raw: raw[:20], "short"),
        (lambda raw: raw[:12] + b"00030" + raw[17:], "base"),
        (lambda raw: raw[:12] + b"99999" + raw[17:], "base"),
        (lambda raw: raw[:27] + b"x" + raw[28:], "directory"),
        (lambda raw: raw[:27] + b"9000" + raw[31:], "field"),
        (lambda raw: raw[:27] + b"0000" + raw[31:], "field"),
    ],
)
def test_every_damage_has_its_name(spoil, kind):
    flaw = iso2709.parse(spoil(book()))
    assert isinstance(flaw, Flaw)
    assert flaw.kind == kind


def test_a_record_built_here_is_read_by_another_library():
    built = iso2709.build(b"00000nam a2200000 a 4500", [Field("001", b"X1"), Field("245", b"10\x1faKitob")])
    assert fields(built) == ["=001  X1", "=245  10$aKitob"]


@pytest.mark.parametrize("size", [9_996, 9_997])
def test_a_field_of_more_than_9999_bytes_is_refused_with_its_size(size):
    built = iso2709.build(b"00000nam a2200000 a 4500", [Field("500", b"  \x1f" + b"a" * (size - 1))])
    assert (built == TooLarge("field", 10_000, 9_999)) is (size == 9_997)


@pytest.mark.parametrize("over", [0, 1])
def test_a_record_of_more_than_99999_bytes_is_refused_with_its_size(over):
    ten = [Field("500", b"  \x1fa" + b"x" * 9_900)] * 10
    leader = b"00000nam a2200000 a 4500"
    left = 99_999 - len(iso2709.build(leader, [*ten, Field("500", b"")]))
    built = iso2709.build(leader, [*ten, Field("500", b"x" * (left + over))])
    assert built == TooLarge("record", 100_000, 99_999) if over else len(built) == 99_999
