"""From one syntax into the other: ISO 2709 to MARCXML and back, always in UTF-8."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from catalog_link import iso2709, marcxml
from catalog_link.encoding import UTF8, decode, encoding_of
from catalog_link.iso2709 import TooLarge
from catalog_link.profile import Profile
from catalog_link.values import Field, Flaw, Parsed, Syntax

XML_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<collection xmlns="http://www.loc.gov/MARC21/slim">\n'
XML_TAIL = b"</collection>\n"

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1e\ufffe\uffff]")
"""Signs XML 1.0 has no way to write; 0x1F is kept until the subfields are cut."""


def convert(raw: bytes, syntax: Syntax, target: Syntax, profile: Profile) -> bytes | TooLarge | Flaw:
    """One record in *target*: a whole ISO 2709 record, or one ``<record>`` element and a line end.

    A record that already has the syntax keeps its bytes if it is ISO 2709; an XML record is written anew, because
    its name space may have stood outside it. A broken record comes back as its flaw.
    """
    if syntax is target is Syntax.ISO2709:
        return raw
    parse = iso2709.parse if syntax is Syntax.ISO2709 else marcxml.parse
    record = parse(raw)
    if isinstance(record, Flaw):
        return record
    encoding = encoding_of(record, profile) if syntax is Syntax.ISO2709 else UTF8
    if target is Syntax.MARCXML:
        return _element(record, encoding, profile)
    leader = record.leader.decode("ascii", "replace").ljust(24)[:24]
    leader = f"00000{_marked(leader, profile)[5:10]}2200000{leader[17:20]}4500"
    return iso2709.build(leader.encode("ascii", "replace"), record.fields)


def _marked(leader: str, profile: Profile) -> str:
    return f"{leader[:9]}a{leader[10:]}" if profile.unicode_mark else leader


def _element(record: Parsed, encoding: str, profile: Profile) -> bytes:
    leader = _NOT_IN_XML.sub(" ", _marked(record.leader.decode("ascii", "replace"), profile))
    return b"".join([f"<record><leader>{escape(leader)}</leader>".encode(), *_parts(record.fields, encoding), _END])


_END = b"</record>\n"


def _parts(fields: Iterable[Field], encoding: str) -> Iterable[bytes]:
    for field in fields:
        text = _NOT_IN_XML.sub("", _recoded(field, encoding))
        if field.is_control:
            yield f'<controlfield tag="{field.tag}">{escape(text)}</controlfield>'.encode()
        else:
            yield marcxml.datafield(Field(field.tag, text.encode()))


def _recoded(field: Field, encoding: str) -> str:
    """Part by part: a MARC-8 escape must not reach over a delimiter."""
    return "\x1f".join(decode(part, encoding) for part in field.body.split(b"\x1f"))
