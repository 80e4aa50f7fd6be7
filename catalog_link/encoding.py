"""Which encoding a record is written in, and the way there and back.

The bytes decide before the leader does: text in Cyrillic or with diacritics that is valid UTF-8 is UTF-8 in
practice, and the leader's mark is missing in all UNIMARC and in many MARC21 files.
"""

import io
from contextlib import nullcontext, redirect_stderr

from pymarc.marc8 import marc8_to_unicode

from catalog_link.profile import Profile
from catalog_link.values import Parsed

UTF8 = "utf-8"
MARC8 = "marc8"

ESCAPE = b"\x1b"
"""Opens a change of alphabet in MARC-8 and ISO 2022."""
_APOSTROPHES = dict.fromkeys(map(ord, "‘’ʻʼ`´"), "'")
_DASHES = str.maketrans({"–": "-", "—": "-", "“": '"', "”": '"'})


def encoding_of(record: Parsed, profile: Profile) -> str:
    """``utf-8``, or the profile's fallback."""
    if profile.unicode_mark and record.leader[9:10] == b"a":
        return UTF8
    data = b"".join(field.body for field in record.fields)
    if profile.fallback == MARC8 and ESCAPE in data:
        return MARC8  # MARC-8 writes Cyrillic in seven bits, which is valid UTF-8 as well
    try:
        data.decode(UTF8)
    except UnicodeDecodeError:
        return profile.fallback
    return UTF8


def decode(data: bytes, encoding: str) -> str:
    """Text for people and for comparison; bytes that mean nothing become U+FFFD, never an error."""
    if encoding == MARC8:
        return _from_marc8(data)
    return data.decode(encoding, "replace")


def _from_marc8(data: bytes) -> str:
    """The text; an escape that is cut off at the end is left out."""
    with redirect_stderr(io.StringIO()) if ESCAPE in data else nullcontext():  # it complains of cut escapes there
        try:
            return str(marc8_to_unicode(data, hide_utf8_warnings=True))
        except UnicodeDecodeError:  # an escape cut off at the end
            return _from_marc8(data[: data.rindex(ESCAPE)])


def encode(text: str, encoding: str) -> bytes:
    """Bytes for a new field in the record's own encoding.

    What the encoding lacks is written with ASCII's signs, at worst with ``?``: a mixed record would be worse.
    """
    codec = "ascii" if encoding == MARC8 else encoding
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return text.translate(_APOSTROPHES).translate(_DASHES).encode(codec, "replace")
