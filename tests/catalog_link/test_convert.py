import io
import re

import pymarc
import pytest
from marcs import BOOK, XML, book, fields, profile, record

from catalog_link import marcxml
from catalog_link.convert import XML_HEAD, XML_TAIL, convert
from catalog_link.values import Flaw, Syntax


def test_iso2709_becomes_marcxml_that_another_library_reads_alike():
    raw = record(*BOOK)
    done = convert(raw, Syntax.ISO2709, Syntax.MARCXML, profile())
    assert isinstance(done, bytes)
    (read,) = pymarc.parse_xml_to_array(io.BytesIO(XML_HEAD + done + XML_TAIL))
    assert [str(field) for field in read.fields] == fields(raw)


def test_marcxml_becomes_iso2709_that_another_library_reads_alike():
    for piece, known in zip(marcxml.frames(io.BytesIO(XML)), pymarc.parse_xml_to_array(io.BytesIO(XML)), strict=True):
        done = convert(piece[0], Syntax.MARCXML, Syntax.ISO2709, profile())
        assert isinstance(done, bytes)
        assert fields(done) == [str(field) for field in known.fields]


def test_there_and_back_again_the_fields_are_the_same():
    xml = convert(record(*BOOK), Syntax.ISO2709, Syntax.MARCXML, profile())
    assert isinstance(xml, bytes)
    assert convert(xml, Syntax.MARCXML, Syntax.ISO2709, profile()) == record(*BOOK)


def test_signs_xml_cannot_hold_are_left_out():
    raw = record(("001", "", "A"), ("245", "10", "$aBir\x07ikki"))
    assert b"Birikki" in convert(raw, Syntax.ISO2709, Syntax.MARCXML, profile())


def test_iso2709_stays_as_it_is_broken_or_not():
    broken = b"00xx9" + book()[5:]
    assert convert(broken, Syntax.ISO2709, Syntax.ISO2709, profile()) == broken
    assert isinstance(convert(broken, Syntax.ISO2709, Syntax.MARCXML, profile()), Flaw)


@pytest.mark.parametrize(("dialect", "sign"), [("marc21", "a"), ("unimarc", " ")])
def test_what_leaves_in_utf_8_says_so_where_its_dialect_can(dialect, sign):
    raw = record(*BOOK, marked=False)
    xml = convert(raw, Syntax.ISO2709, Syntax.MARCXML, profile(dialect))
    assert re.search(rb"<leader>(.{24})</leader>", xml)[1].decode()[9] == sign
    assert convert(xml, Syntax.MARCXML, Syntax.ISO2709, profile(dialect)).decode()[9] == sign
