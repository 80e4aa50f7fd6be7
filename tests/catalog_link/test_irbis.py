from marcs import profile

from catalog_link import iso2709
from catalog_link.attach import Attached, LinkField, attach
from catalog_link.irbis import text
from catalog_link.records import describe
from catalog_link.values import Field, Parsed, Syntax

RAW = iso2709.build(
    b"00000nam  2200000   450 ",
    [
        Field("903", "84(5Oʻ)6/Q-56".encode()),
        Field("200", "\x1fAOʻtkan kunlar\x1fERoman".encode()),
        Field("700", b"\x1fAQodiriy\x1fBA."),
        Field("910", b"\x1fA0\x1fBINV-1"),
    ],
)
"""As IRBIS exports it: fields without indicators, codes in capitals."""
assert isinstance(RAW, bytes)


def test_a_linked_record_is_written_as_irbis_reads_it():
    done = attach(RAW, Syntax.ISO2709, profile("irbis"), LinkField("INV-1", "https://k.uz/1.pdf", pages=12))
    assert isinstance(done, Attached)
    parsed = iso2709.parse(done.raw)
    assert isinstance(parsed, Parsed)
    assert text(parsed, "utf-8").decode().split("\r\n") == [
        "#903: 84(5Oʻ)6/Q-56",
        "#200: ^AOʻtkan kunlar^ERoman",
        "#700: ^AQodiriy^BA.",
        "#910: ^A0^BINV-1",
        "#951: ^Ihttps://k.uz/1.pdf^TTo‘liq matn (PDF)^N12^HPDF^Pakmdigit:INV-1",
        "*****",
        "",
    ]


def test_an_irbis_record_is_found_by_its_shelf_code_and_its_inventory_number():
    parsed = iso2709.parse(RAW)
    assert isinstance(parsed, Parsed)
    said = describe(parsed, profile("irbis"))
    assert (said.number, said.title, said.author) == ("84(5Oʻ)6/Q-56", "Oʻtkan kunlar", "Qodiriy, A.")
    assert ("inventory", "inv-1") in {(key.kind, key.value) for key in said.keys}
