"""Title lists in and out: CSV or XLSX as a library keeps it, back with the address of each scanned book beside it.

Nothing in a cell is ever run: of a formula the value is read that was stored with it, and what is written is text.
"""

import csv
import io
import os
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from catalog_link import titles
from catalog_link.guess import Evidence, guess
from catalog_link.iso2709 import TooLarge
from catalog_link.records import describe, parse
from catalog_link.titles import Columns
from catalog_link.values import Field, Flaw, Parsed, Syntax
from digitize import formulas, names, store
from digitize.catalog import Broken, ExportSummary, ImportSummary, note, outgoing, profile_named
from digitize.errors import NotPermitted, UsageError
from digitize.ledger import catalog as ledger
from digitize.ledger.catalog import Arrived, NewRecord

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

SUFFIXES = (".csv", ".tsv", ".xlsx")
_BATCH = 500
_HEADING_ROWS = 60
"""The heading stands below the list's own title, but not farther down than this."""
_LARGEST = 256 << 20
"""Bytes, unpacked; a million titles have half of it."""
_DELIMITERS = ";\t,|"
_HINT = "The first line needs headings such as: Inventar raqami; Muallif; Nomi; Yili; Sahifa."
_DAMAGED = (zipfile.BadZipFile, KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, RuntimeError)
"""What openpyxl raises over a file that is cut short, locked or not what its name says."""

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class _List:
    """A list below its heading; rows with their numbers as a spreadsheet shows them."""

    heads: Cells
    known: Columns
    rows: Iterator[tuple[int, Cells]]
    evidence: Evidence | None = None


def import_list(session: Session, path: Path, now: datetime, encoding: str = "") -> ImportSummary:
    """Take a title list in; the caller's transaction makes it all or nothing.

    Raises:
        UsageError: there is no such file, it is no table, or no line of it has the headings of a list.
    """
    found = _opened(path, encoding)
    name = names.text(os.fsencode(path.name))[:255]
    arrival = ledger.Arrival(session, name, titles.PROFILE, now)
    broken: list[Broken] = []
    total, count, batch = Arrived(), 0, []
    for number, cells in found.rows:
        flaw = titles.flaw(cells, found.known)
        broken += [Broken(number, flaw)] if flaw else []
        batch.append(_new_record(number, cells, found, flaw))
        count += 1
        if len(batch) == _BATCH:
            total, batch = total + arrival.add(batch), []
    total += arrival.add(batch)
    note(session, now, "catalog import", file=name, profile="titles", read=count, broken=len(broken))
    return ImportSummary(count, total, tuple(broken), found.evidence)


def _new_record(number: int, cells: Cells, found: _List, flaw: Flaw | None) -> NewRecord:
    raw = titles.record(found.heads, cells, found.known)
    if isinstance(raw, TooLarge):
        raise UsageError(
            "Row {number} holds {size} bytes; that is no list of titles.",
            hint="Look at that row.",
            number=number,
            size=raw.size,
        )
    parsed = parse(raw, Syntax.ISO2709)
    if flaw or isinstance(parsed, Flaw):
        return NewRecord(Syntax.ISO2709.value, raw, broken=str(flaw or parsed))
    said = describe(parsed, profile_named(titles.PROFILE))
    return NewRecord(
        syntax=Syntax.ISO2709.value,
        raw=raw,
        number=said.number[:120],
        title=said.title,
        author=said.author,
        year=said.year,
        keys=tuple((key.kind, key.value) for key in said.keys),
    )


def _opened(path: Path, encoding: str) -> _List:
    try:
        data = path.read_bytes() if path.stat().st_size <= _LARGEST else None
    except (FileNotFoundError, IsADirectoryError) as error:
        raise UsageError("There is no file {path}.", hint="Name a list of titles.", path=path) from error
    except PermissionError as error:
        raise NotPermitted("{path} may not be read.", hint="Ask its owner for the right to read.", path=path) from error
    except OSError as error:
        raise store.disk_failed(error) from error
    if data is None:
        raise UsageError("{path} is too large for a list of titles.", hint="Part it.", path=path)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise UsageError(
            "{path} is an old or a locked office file.", hint="Save it as XLSX without a password.", path=path
        )
    found = _workbook(path, data) if data.startswith(b"PK") else _text(data, encoding)
    if found is None:
        raise UsageError("No line of {path} has the headings of a title list.", hint=_HINT, path=path)
    return found


def _headed(rows: Iterable[Cells], evidence: Evidence | None = None) -> _List | None:
    numbered = ((number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row))
    for number, row in numbered:
        if number > _HEADING_ROWS:
            return None
        if known := titles.columns(row):
            return _List([cell.strip() for cell in row], known, numbered, evidence)
    return None


def _workbook(path: Path, data: bytes) -> _List | None:
    from openpyxl import load_workbook  # noqa: PLC0415  (half a second, for those who need it)

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _LARGEST:
                raise UsageError("{path} is too large for a list of titles.", hint="Part it.", path=path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about drop-down lists and colours that it does not keep
            book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            lists = (_headed(_sheet_rows(sheet)) for sheet in book.worksheets)
            return next((found for found in lists if found), None)
    except _DAMAGED as error:
        raise UsageError(
            "{path} is damaged or locked: {error}.", hint="Save it again as XLSX or CSV.", path=path, error=error
        ) from error


def _sheet_rows(sheet: "ReadOnlyWorksheet") -> Iterator[Cells]:
    sheet.reset_dimensions()  # some programs write a wrong one
    for row in sheet.iter_rows(values_only=True):
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """A cell as its author reads it: 2026.0 is 2026, a day is a day."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return f"{value:%d.%m.%Y}"
    return "" if value is None else str(value).replace("_x000D_", "")


def _text(data: bytes, encoding: str) -> _List | None:
    text, evidence = _decoded(data, encoding)
    best: _List | None = None
    for delimiter in _DELIMITERS:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        found = _headed(([formulas.rearmed(cell) for cell in row] for row in rows), evidence)
        if found and (best is None or len(found.known) > len(best.known)):
            best = found
    return best


def _decoded(data: bytes, encoding: str) -> tuple[str, Evidence | None]:
    """UTF-16 and UTF-8 by their marks and shape, else the 8-bit encoding whose words are whole."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), None
    try:
        return data.decode("utf-8-sig").replace("\0", ""), None
    except UnicodeDecodeError:
        profile = replace(profile_named(titles.PROFILE), fallback="cp1251", unicode_mark=False)
        lines = Parsed(b" " * 24, tuple(Field("245", b"  \x1fa" + line) for line in data.splitlines()))
        evidence = guess([lines], profile, encoding)
        codec = evidence.encoding if evidence and evidence.encoding != "marc8" else "cp1251"
        return data.decode(codec, "replace").replace("\0", ""), evidence


def export_list(session: Session, target: Path, head: str) -> ExportSummary:
    """Write every imported title list with one column more, *head*: the address of the scanned book.

    A list that has such a column already gets the addresses into it. CSV if the name ends so, XLSX otherwise.

    Raises:
        UsageError: no title list was imported.
        NotPermitted, StorageFailed: the file cannot be written.
    """
    heads: dict[str, None] = {}
    rows: list[dict[str, str]] = []
    for record, raw in outgoing(session, everything=True, since=None):
        parsed = parse(raw, Syntax(record.syntax))
        row = None if isinstance(parsed, Flaw) else titles.row_of(parsed)
        if row is not None and not isinstance(parsed, Flaw):
            named = {**_named(row, head), head: titles.addresses(parsed)}
            heads |= dict.fromkeys(named)
            rows.append(named)
    if not rows:
        raise UsageError("No title list was imported.", hint="First: digitize catalog import titles.xlsx")
    order = [*(one for one in heads if one != head), head]
    table = [[one.rstrip("\0") for one in order], *([row.get(one, "") for one in order] for row in rows)]
    content = formulas.as_csv(table) if target.suffix.lower() in {".csv", ".tsv"} else _as_xlsx(table)
    with store.handing_out(target):
        store.write_durable(target, content)
    return ExportSummary(len(rows), ())


def _named(row: titles.Row, head: str) -> dict[str, str]:
    """Cells by heading; a heading that comes again is told apart by a sign nobody sees, the old link column is left."""
    named: dict[str, str] = {}
    for heading, cell in row:
        if heading == head or titles.kind_of(heading) == "link":
            continue
        while heading in named:
            heading += "\0"  # noqa: PLW2901
        named[heading] = cell
    return named


def _as_xlsx(rows: Sequence[Cells]) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(content, options) as book:
        paper = book.add_worksheet()
        bold = book.add_format({"bold": True, "text_wrap": True})
        plain = book.add_format({"num_format": "@", "valign": "top"})
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                paper.write_string(line, column, text, plain if line else bold)
        widths = [max(len(row[column]) for row in rows[:200]) for column in range(len(rows[0]))]
        for column, width in enumerate(widths):
            paper.set_column(column, column, min(max(width + 2, 8), 60))
        paper.freeze_panes(1, 0)
        paper.set_landscape()
        paper.set_paper(9)  # A4
        paper.repeat_rows(0)
        paper.fit_to_pages(1, 0)
        paper.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
    return content.getvalue()
