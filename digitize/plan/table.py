"""Reading a year plan from a text, workbook or document file, whatever the library's program made of it."""

import csv
import io
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from digitize.errors import UsageError
from digitize.plan.words import holds, word_key
from digitize.resources import config_file

COLUMNS = ("number", "name", "unit", "last_year", "planned", "mechanism", "deadline", "responsible")
_DELIMITERS = ";\t,|"
_LARGEST = 8 * 2**20
"""Bytes; the plans of libraries have some hundred rows."""
_HEADING_ROWS = 60
"""The heading stands below the titles and signatures, but not farther down than this."""
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_ROMAN = re.compile(r"[IVXLІХ1l|]{1,5}[.)\s]")
Cells = tuple[str, ...]
_TAG = re.compile(r"\s*</?(?:p|ul|ol|li|br|div|span|b|i|u|strong|em|sub|sup)\b[^<>]{0,80}/?>\s*", re.IGNORECASE)
"""Marks of web pages that programs leave in the cells of a table they read from a picture."""
_FORM = "№;Nomi;O‘lchov birligi;2025-yil (fakt);2026-yil (reja);mexanizm;muddat;mas’ullar"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row, every cell as its author wrote it, less the blanks around it."""

    section: str = ""
    number: str = ""
    name: str = ""
    unit: str = ""
    last_year: str = ""
    planned: str = ""
    mechanism: str = ""
    deadline: str = ""
    responsible: str = ""


@dataclass(frozen=True, slots=True)
class PlanTable:
    """A plan as it stands in a file; *year* is None when the heading names none."""

    year: int | None
    rows: tuple[TableRow, ...]


_Columns = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Heading:
    columns: _Columns
    year: int | None
    end: int
    """The first row below it."""


def read_table(path: Path) -> PlanTable:
    """Read a plan: XLSX, DOCX, or text (UTF-8, UTF-16, Windows-1251) parted by semicolon, tab, comma or bar.

    Raises:
        UsageError: the file cannot be read, or no heading of a plan is found in it.
    """
    data = _bytes(path)
    tables = _office(path) if data.startswith(b"PK") else _split(_decode(data), path)
    candidates = [(rows, heading) for rows in tables if (heading := _find_heading(rows))]
    if not candidates:
        raise UsageError(
            "No plan table is found in {path}: no line has the headings Nomi and reja.",
            hint="The table needs the heading: {form}",
            path=path,
            form=_FORM,
        )
    rows, heading = max(candidates, key=lambda found: len(found[1].columns))
    return PlanTable(heading.year, tuple(_rows(rows[heading.end :], heading)))


def _office(path: Path) -> list[list[Cells]]:
    """The readers of office files are loaded for whoever brings one; 'status' only looks at the plan."""
    from digitize.plan.office import office_tables  # noqa: PLC0415

    return office_tables(path)


def _bytes(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= _LARGEST else b""
    except OSError as error:
        raise UsageError(
            "The plan {path} cannot be read: {why}.", hint="Check the name.", path=path, why=error.strerror
        ) from error
    if size > _LARGEST:
        raise UsageError(
            "The plan {path} has {size} bytes; that is no year plan.", hint="Check the name.", path=path, size=size
        )
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise UsageError(
            "The plan {path} is an old office file or a PDF.",
            hint="Save the table as XLSX, DOCX or CSV first.",
            path=path,
        )
    return data


def _decode(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1251", "replace")


def _split(text: str, path: Path) -> Iterable[list[Cells]]:
    text = text.replace("\0", "")
    for delimiter in _DELIMITERS:
        try:
            lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise UsageError(
                "The plan {path} is not CSV: {error}.", hint="Save it as CSV again.", path=path, error=error
            ) from error
        yield [tuple(_TAG.sub(" ", cell).replace("\r\n", "\n").strip() for cell in line) for line in lines]


def _find_heading(rows: Sequence[Cells]) -> _Heading | None:
    for index, row in enumerate(rows[:_HEADING_ROWS]):
        below = rows[index + 1] if index + 1 < len(rows) else ()
        if "name" not in _columns(row):
            continue
        for height, cells in ((1, row), (2, _two_lines(row, below))):
            columns = _columns(cells)
            if "planned" in columns:
                return _Heading(columns, _year(cells, columns), index + height)
    return None


def _two_lines(upper: Cells, lower: Cells) -> Cells:
    """A heading of two rows: 'Miqdori' above '2025-yil (fakt)' and '2026-yil (reja)'."""
    width = max(len(upper), len(lower))
    return tuple(f"{a} {b}".strip() for a, b in zip(_pad(upper, width), _pad(lower, width), strict=True))


def _columns(cells: Cells) -> dict[str, int]:
    """The place of each column that is recognised; the first of two that look alike."""
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        column = _column(cell)
        if column and column not in found:
            found[column] = place
    return found


def _column(cell: str) -> str | None:
    words = _heading_words()
    if cell.casefold().strip(" .") in words["number"]:
        return "number"
    key = word_key(cell)
    # A heading is short; "Reja asosida …" in a long mechanism is none.
    if not key or len(key) > 60:
        return None
    return next((column for column in COLUMNS[1:] if holds(key, words[column])), None)


@cache
def _heading_words() -> Mapping[str, tuple[str, ...]]:
    table = tomllib.loads(config_file("plan/table.toml").read_text(encoding="utf-8"))["columns"]
    keyed = {column: tuple(word_key(word) for word in table[column]) for column in COLUMNS[1:]}
    return {"number": tuple(table["number"]), **keyed}


def _year(cells: Cells, columns: _Columns) -> int | None:
    if found := _YEAR.search(cells[columns["planned"]]):
        return int(found[0])
    if "last_year" in columns and (found := _YEAR.search(cells[columns["last_year"]])):
        return int(found[0]) + 1
    return None


def _rows(lines: Iterable[Cells], heading: _Heading) -> list[TableRow]:
    rows: list[TableRow] = []
    section = ""
    for line in lines:
        filled = [cell for cell in line if cell]
        if not filled or _is_heading(line) or _counts_columns(filled):
            continue
        row = _row(line, heading.columns, section)
        if _is_section(line, row, len(filled)):
            section = " ".join(filled[0].split())
        elif rows and _goes_on(row):
            rows[-1] = _continued(rows[-1], row)
        else:
            rows.append(row)
    return rows


def _is_heading(line: Cells) -> bool:
    return len(_columns(line).keys() & {"name", "planned", "last_year", "unit"}) >= 2


def _counts_columns(filled: Sequence[str]) -> bool:
    """The line '1 2 3 4 5 6 7 8' below a heading."""
    return len(filled) > 3 and list(filled) == [str(number) for number in range(1, len(filled) + 1)]


def _is_section(line: Cells, row: TableRow, filled: int) -> bool:
    """One cell alone in its line: a title if it stands first, has a Roman numeral or capitals."""
    if filled != 1 or "".join(line).endswith((",", ":")):  # "shundan," heads sub-rows
        return False
    if line[0]:
        return True
    letters = [letter for letter in row.name if letter.isalpha()]
    loud = sum(letter.isupper() for letter in letters) > 0.6 * len(letters)
    return bool(row.name) and (bool(_ROMAN.match(row.name)) or loud)


def _row(line: Cells, columns: _Columns, section: str) -> TableRow:
    width = max(columns.values()) + 1
    line = (*_pad(line, width)[: width - 1], " ".join(filter(None, _pad(line, width)[width - 1 :])))
    return replace(TableRow(section), **{column: line[place] for column, place in columns.items()})


def _goes_on(row: TableRow) -> bool:
    """The rest of a row that a page break cut in two: no number, and no name or one that begins inside a sentence."""
    if row.number or row.unit or row.last_year or row.planned:
        return not row.number and not row.name
    return not row.name or (not row.name[0].isupper() and not row.name.endswith((",", ":")))


def _continued(row: TableRow, more: TableRow) -> TableRow:
    """The row with its rest; a sentence goes on in the same line, what stands in other cells below."""
    joined = {column: f"{getattr(row, column)}\n{getattr(more, column)}".strip() for column in COLUMNS}
    return replace(row, **joined | {"name": f"{row.name} {more.name}".strip()})


def _pad(line: Cells, width: int) -> Cells:
    return line + ("",) * (width - len(line))
