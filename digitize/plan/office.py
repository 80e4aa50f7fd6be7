"""Tables in office files: the sheets of a workbook (XLSX), the tables of a document (DOCX), cell by cell as text."""

import warnings
import zipfile
import zlib
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from digitize.errors import UsageError

if TYPE_CHECKING:
    from docx.table import Table, _Cell

Cells = tuple[str, ...]

_ROWS, _COLUMNS = 5_000, 60
"""No plan is larger; a sheet may have a million formatted, empty rows."""
_UNPACKED = 128 * 2**20
"""Bytes; a file that is larger unpacked is no plan but a bomb."""
DAMAGED = (
    zipfile.BadZipFile, zlib.error, etree.XMLSyntaxError, KeyError, ValueError, TypeError, IndexError, AttributeError,
    OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What the readers of office files raise over a file that is cut short, encrypted or not what its name says."""


def office_tables(path: Path) -> list[list[Cells]]:
    """Every table of the file; the tables of a document that have equal columns are one, cut by page ends.

    Raises:
        UsageError: the file is damaged, locked by a password, or neither a workbook nor a document.
    """
    try:
        names = _members(path)
        if "xl/workbook.xml" in names:
            return _sheets(path)
        if "word/document.xml" in names:
            return _document(path)
    except DAMAGED as error:
        raise UsageError(
            "The plan {path} is damaged or locked: {error}.",
            hint="Open it, save it again without a password.",
            path=path,
            error=error,
        ) from error
    raise UsageError(
        "The plan {path} is neither a workbook (XLSX) nor a document (DOCX).",
        hint="Save the table as XLSX, DOCX or CSV first.",
        path=path,
    )


def _members(path: Path) -> frozenset[str]:
    with zipfile.ZipFile(path) as packed:
        size = sum(member.file_size for member in packed.infolist())
        if size > _UNPACKED:
            raise ValueError(f"unpacked it has {size} bytes")
        return frozenset(packed.namelist())


def _sheets(path: Path) -> list[list[Cells]]:
    from openpyxl import load_workbook  # noqa: PLC0415  (0.2 s, for those who need it)

    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about drop-down lists and colours that it does not keep
        book = load_workbook(file, data_only=True)
    return [
        [
            tuple(map(_text, row))
            for row in sheet.iter_rows(
                max_row=min(sheet.max_row, _ROWS), max_col=min(sheet.max_column, _COLUMNS), values_only=True
            )
        ]
        for sheet in book.worksheets
    ]


def _text(value: object) -> str:
    """A cell as its author reads it: 61200.0 is 61200, a day is a day."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.%Y}"
    return str(value).replace("\r\n", "\n").replace("_x000D_", "").strip()


def _document(path: Path) -> list[list[Cells]]:
    from docx import Document  # noqa: PLC0415

    tables = [_table_rows(table) for table in Document(str(path)).tables]
    groups = groupby((rows for rows in tables if rows), key=lambda rows: len(rows[0]))
    return [[row for rows in group for row in rows][:_ROWS] for _, group in groups]


def _table_rows(table: "Table") -> list[Cells]:
    """The rows; a merged cell says its text once, at its first place."""
    seen: set[object] = set()
    return [tuple(_once(cell, seen) for cell in row.cells[:_COLUMNS]) for row in table.rows]


def _once(cell: "_Cell", seen: set[object]) -> str:
    if cell._tc in seen:
        return ""
    seen.add(cell._tc)
    return _text(cell.text)
