"""The text in which IRBIS exchanges records: a line per field, ``#951: ^Ihttps://…^TMatn``, five stars at the end."""

from catalog_link.encoding import decode
from catalog_link.values import Field, Parsed

PROFILE = "irbis"
"""Of the records that can be written so."""
END = "*****"


def text(record: Parsed, encoding: str) -> bytes:
    """One record in UTF-8 with the line ends of Windows, on which IRBIS runs."""
    lines = [f"#{field.tag.lstrip('0') or '0'}: {_value(field, encoding)}" for field in record.fields]
    return "".join(f"{line}\r\n" for line in (*lines, END)).encode()


def _value(field: Field, encoding: str) -> str:
    head, *parts = (_plain(decode(part, encoding)) for part in field.body.split(b"\x1f"))
    value = head if field.is_control else head.strip()  # two blanks are indicators, which IRBIS does not have
    return value + "".join(f"^{part[:1].upper()}{part[1:]}" for part in parts if part)


def _plain(text: str) -> str:
    """Without line ends, which would end the field."""
    return " ".join(text.splitlines())
