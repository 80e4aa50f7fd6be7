"""A font without ink for the text that lies invisible over a scan: any character, one width, two kilobytes.

A character of the basic plane is its own code. Characters beyond it get codes from the surrogate range,
which no character has; a page that uses some has a font of its own, all other pages of a book share one.
"""

import io
import unicodedata
from functools import cache

import pikepdf
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib.tables._g_l_y_f import Glyph
from pikepdf import Array, Dictionary, Name, Pdf, String

WIDTH = 0.5
"""Advance of every character as a fraction of the font size."""
ASCENT = 0.75
DESCENT = -0.25
"""Reach of a line above and under its baseline, as fractions of the font size; what viewers highlight."""

_NAME = "Glyphless"
_UNITS = 1000
_FIRST_FREE = 0xD800
_LAST_FREE = 0xDFFF
_CMAP_BLOCK = 100
"""Adobe Technical Note 5014: a CMap block holds at most 100 ranges."""
_UNMAPPABLE = {0x0000, 0xFEFF, 0xFFFE, 0xFFFF}
"""ISO 19005-2, 6.2.11.7.2: values that no ToUnicode CMap may name (and one that is no character)."""


def beyond_bmp(text: str) -> str:
    """The characters of *text* that need codes of their own, each once, sorted."""
    return "".join(sorted({char for char in text if ord(char) > 0xFFFF})[: _LAST_FREE - _FIRST_FREE + 1])


def is_writable(char: str) -> bool:
    """Whether *char* is text: no control character, half of a surrogate pair or non-character."""
    return unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) not in _UNMAPPABLE


def encode(text: str, beyond: str = "") -> bytes:
    """*text*, all writable, as codes of two bytes of the font made with the same *beyond*."""
    places = {char: _FIRST_FREE + place for place, char in enumerate(beyond)}
    return b"".join(places.get(char, min(ord(char), 0xFFFD)).to_bytes(2, "big") for char in text)


def add_font(pdf: Pdf, beyond: str = "") -> pikepdf.Object:
    """Put the font into *pdf* and return its indirect object (Type0 over CIDFontType2, embedded)."""
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/" + _NAME),
        Flags=5,  # fixed pitch, symbolic: the codes follow no Latin encoding
        FontBBox=Array([0, round(DESCENT * _UNITS), round(WIDTH * _UNITS), round(ASCENT * _UNITS)]),
        ItalicAngle=0,
        Ascent=round(ASCENT * _UNITS),
        Descent=round(DESCENT * _UNITS),
        CapHeight=round(ASCENT * _UNITS),
        StemV=80,
        FontFile2=_stream(pdf, font_program(), Length1=len(font_program())),
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/" + _NAME),
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=round(WIDTH * _UNITS),
        CIDToGIDMap=_stream(pdf, b"\x00\x01" * 0x10000),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type0,
            BaseFont=Name("/" + _NAME),
            Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(descendant)]),
            ToUnicode=_stream(pdf, to_unicode(beyond)),
        )
    )


@cache
def font_program() -> bytes:
    """A TrueType file with .notdef and one empty glyph; the same bytes at every call and on every day."""
    names = [".notdef", "empty"]
    builder = FontBuilder(_UNITS, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "empty"})
    builder.setupGlyf({name: Glyph() for name in names})
    builder.setupHorizontalMetrics({name: (round(WIDTH * _UNITS), 0) for name in names})
    builder.setupHorizontalHeader(ascent=round(ASCENT * _UNITS), descent=round(DESCENT * _UNITS))
    builder.setupNameTable({"familyName": _NAME, "styleName": "Regular", "psName": _NAME})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.updateHead(created=0, modified=0)
    builder.font.recalcTimestamp = False
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


@cache
def to_unicode(beyond: str = "") -> bytes:
    """The CMap from codes to characters (Adobe Technical Note 5411)."""
    ranges = [_range(first, last, f"{first:04X}") for high in range(0x100) for first, last in _mappable(high)]
    for place, char in enumerate(beyond):
        ranges.append(_range(_FIRST_FREE + place, _FIRST_FREE + place, char.encode("utf-16-be").hex().upper()))
    blocks = (ranges[start : start + _CMAP_BLOCK] for start in range(0, len(ranges), _CMAP_BLOCK))
    body = "\n".join(f"{len(block)} beginbfrange\n" + "\n".join(block) + "\nendbfrange" for block in blocks)
    return _CMAP.replace("@", body).encode("ascii")


def _mappable(high: int) -> list[tuple[int, int]]:
    """The codes of one high byte that map to themselves; a range may not cross it."""
    first, last = high << 8, (high << 8) + 0xFF
    if _FIRST_FREE <= first <= _LAST_FREE:
        return []
    while first in _UNMAPPABLE:
        first += 1
    while last in _UNMAPPABLE:
        last -= 1
    return [(first, last)]


def _range(first: int, last: int, target: str) -> str:
    return f"<{first:04X}> <{last:04X}> <{target}>"


def _stream(pdf: Pdf, data: bytes, **keys: int) -> pikepdf.Stream:
    return pikepdf.Stream(pdf, data, **keys)


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
@
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
