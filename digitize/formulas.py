"""Other people's text in a table that a spreadsheet program opens: never a formula (OWASP, CSV injection)."""

import csv
import io
from collections.abc import Iterable, Sequence

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""A cell that begins with one of these, be it after blanks, is run as a formula by some spreadsheet program."""

_MARK = "'"


def _begins(text: str) -> bool:
    return text.startswith(BEGINNINGS) or text.lstrip().startswith(BEGINNINGS)


def disarmed(text: str) -> str:
    """The text as a cell that is only ever text."""
    return f"{_MARK}{text}" if _begins(text) else text


def rearmed(cell: str) -> str:
    """The text of a cell that :func:`disarmed` wrote, whether or not somebody's program took the mark away."""
    return cell[1:] if cell.startswith(_MARK) and _begins(cell[1:]) else cell


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Disarmed cells with semicolons and a byte order mark, as spreadsheets in this country expect it."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows(map(disarmed, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")
