"""Which encoding a record is written in, and the way there and back.

The bytes decide before the leader does: text in Cyrillic or with diacritics that is valid UTF-8 is UTF-8 in
practice, and the leader's mark is missing in all UNIMARC and in many MARC21 files.
"""

from pymarc.marc8 import marc8_to_unicode

from catalog_link.profile import Profile
from catalog_link.values import Parsed

UTF8 = "utf-8"
MARC8 = "marc8"

_ESCAPE = b"\x1b"
_APOSTROPHES = dict.fromkeys(map(ord, "‘’ʻʼ`´"), "'")
_DASHES = str.maketrans({"–": "-", "—": "-", "“": '"', "”": '"'})


def encoding_of(record: Parsed, profile: Profile) -> str:
    """``utf-8``, or the profile's fallback."""
    if profile.unicode_mark and record.leader[9:10] == b"a":
        return UTF8
    data = b"".join(field.body for field in record.fields)
    if profile.fallback == MARC8 and _ESCAPE in data:
        return MARC8  # MARC-8 writes Cyrillic in seven bits, which is valid UTF-8 as well
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return profile.fallback
    return UTF8


def decode(data: bytes, encoding: str) -> str:
    """Text for people and for comparison; bytes that mean nothing become U+FFFD, never an error."""
    if encoding == MARC8:
        return str(marc8_to_unicode(data, hide_utf8_warnings=True))
    return data.decode(encoding, "replace")


def encode(text: str, encoding: str) -> bytes:
    """Bytes for a new field in the record's own encoding.

    What the encoding lacks is written with ASCII's signs, at worst with ``?``: a mixed record would be worse.
    """
    codec = "ascii" if encoding == MARC8 else encoding
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return text.translate(_APOSTROPHES).translate(_DASHES).encode(codec, "replace")
