"""Small records, made by another program's library, so that ours is never its own judge."""

from pathlib import Path

import pymarc

from catalog_link.profile import Profile, load
from digitize.resources import config_file

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

Cell = tuple[str, str, str]
"""Tag, indicators, subfields as ``$a…$b…``; a control field has empty indicators and its data."""

BOOK: tuple[Cell, ...] = (
    ("001", "", "UZ0001"),
    ("008", "", "240101s2024    uz            000 0 uzb d"),
    ("020", "  ", "$a978-9943-11-024-6"),
    ("090", "  ", "$a78.3$eINV-1"),
    ("100", "1 ", "$aQodiriy, Abdulla,"),
    ("245", "10", "$aOʻtkan kunlar :$broman /$cA. Qodiriy"),
    ("260", "  ", "$aToshkent :$bSharq,$c1995."),
    ("952", "  ", "$aAKM$p2026000001"),
)


def profile(name: str = "marc21") -> Profile:
    return load(config_file(f"catalog/{name}.toml"))


def record(*cells: Cell, marked: bool = True) -> bytes:
    """An ISO 2709 record in UTF-8; unmarked ones leave leader/09 blank, as UNIMARC does."""
    made = pymarc.Record(force_utf8=True)
    for tag, indicators, text in cells:
        if not indicators:
            made.add_field(pymarc.Field(tag=tag, data=text))
            continue
        subfields = [pymarc.Subfield(part[0], part[1:]) for part in text.split("$")[1:]]
        made.add_field(pymarc.Field(tag, pymarc.Indicators(*indicators), subfields))
    raw: bytes = made.as_marc()
    return raw if marked else raw[:9] + b" " + raw[10:]


def book(number: str = "UZ0001", inventory: str = "INV-1", title: str = "Oʻtkan kunlar", isbn: str = "") -> bytes:
    """A short MARC21 record."""
    cells: list[Cell] = [("001", "", number), ("090", "  ", f"$a78.3$e{inventory}"), ("245", "10", f"$a{title}")]
    if isbn:
        cells.insert(1, ("020", "  ", f"$a{isbn}"))
    return record(*cells, ("952", "  ", "$aAKM"))


def fields(raw: bytes) -> list[str]:
    """The fields as pymarc reads them."""
    (read,) = pymarc.MARCReader(raw, force_utf8=True)
    assert read is not None
    return [str(field) for field in read.fields]


XML = """<?xml version="1.0" encoding="UTF-8"?>
<marc:collection xmlns:marc="http://www.loc.gov/MARC21/slim">
  <!-- two <record>s -->
  <marc:record>
    <marc:leader>00000nam a2200000 a 4500</marc:leader>
    <marc:controlfield tag="001">UZ0001</marc:controlfield>
    <marc:datafield tag="090" ind1=" " ind2=" "><marc:subfield code="e">INV-1</marc:subfield></marc:datafield>
    <marc:datafield tag="245" ind1="1" ind2="0">
      <marc:subfield code="a">Oʻtkan kunlar &amp; boshqalar</marc:subfield>
    </marc:datafield>
    <marc:datafield tag="952" ind1=" " ind2=" "><marc:subfield code="a">AKM</marc:subfield></marc:datafield>
  </marc:record>
  <marc:record>
    <marc:leader>00000nam a2200000 a 4500</marc:leader>
    <marc:controlfield tag="001">UZ0002</marc:controlfield>
    <marc:datafield tag="245" ind1="1" ind2="0"><marc:subfield code="a">Ўткан кунлар</marc:subfield></marc:datafield>
  </marc:record>
</marc:collection>
""".encode()
