import io

import pytest
from marcs import XML

from catalog_link import marcxml
from catalog_link.values import Flaw


def frames(data: bytes) -> list[tuple[bytes, Flaw | None]]:
    return list(marcxml.frames(io.BytesIO(data)))


def kinds(data: bytes) -> list[str]:
    found = frames(data)
    assert b"".join(raw for raw, _ in found) == data
    return [flaw.kind if flaw else "" for _, flaw in found]


def test_each_record_keeps_its_own_bytes_and_all_of_them_are_the_file():
    first, second = frames(XML)
    assert first[0] + second[0] == XML
    assert second[0].startswith(b"<marc:record>")


def test_small_chunks_cut_in_the_same_places(monkeypatch):
    whole = frames(XML)
    monkeypatch.setattr(marcxml, "_CHUNK", 11)
    assert frames(XML) == whole


@pytest.mark.parametrize("piece", [0, 1])
def test_a_piece_is_read_without_the_rest_of_its_file(piece):
    parsed = marcxml.parse(frames(XML)[piece][0])
    assert parsed.fields[0].body == (b"UZ0001", b"UZ0002")[piece]
    assert parsed.fields[-2 + piece].subfields()[0][0] == "a"


def test_entities_of_xml_itself_are_resolved():
    parsed = marcxml.parse(frames(XML)[0][0])
    assert parsed.fields[2].subfields() == [("a", "Oʻtkan kunlar & boshqalar".encode())]


def test_a_doctype_is_refused_before_its_entities_mean_anything():
    bomb = b'<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "aaaa">]>' + XML.split(b"?>", 1)[1]
    assert kinds(bomb) == ["doctype"]


def test_a_file_cut_off_in_its_second_record_still_gives_the_first():
    assert kinds(XML[: XML.index("Ўткан".encode())]) == ["", "xml"]


def test_a_mistake_between_two_records_costs_what_follows_only():
    assert kinds(XML.replace(b"</marc:record>\n  <marc:record>", b"</marc:record></oops>\n  <marc:record>")) == [
        "",
        "xml",
    ]


def test_xml_in_another_encoding_is_refused_by_name():
    assert kinds(XML.replace(b"UTF-8", b"windows-1251")) == ["encoding"]
    assert kinds(XML.decode().replace("UTF-8", "UTF-16").encode("utf-16")) == ["encoding"]


def test_xml_without_a_record_says_so():
    assert kinds(b"<collection></collection>") == ["no_records"]


def test_a_field_without_a_proper_tag_breaks_its_own_record_only():
    assert kinds(XML.replace(b'tag="245" ind1="1" ind2="0">\n', b'tag="2 45" ind1="1" ind2="0">\n')) == ["tag", ""]


def test_elements_nested_without_end_are_stopped():
    assert kinds(b"<a>" * 500) == ["xml"]


def test_an_oai_envelope_is_not_taken_for_a_record():
    data = b"<OAI><record><header/><metadata>" + XML[XML.index(b"<marc:record>") : XML.index(b"</marc:coll")]
    assert kinds(data + b"</metadata></record></OAI>") == ["", ""]
