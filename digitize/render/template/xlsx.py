"""Filling in a form made in Excel or Calc: a placeholder alone in its cell becomes a number that can be added up.

What comes from the report is never a formula; the form's own formulas stay, and go on pointing at their cells.
"""

import io
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.formula.tokenizer import TokenizerError
from openpyxl.formula.translate import Translator
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.worksheet import Worksheet

from digitize.errors import UsageError, sentence
from digitize.plan.office import DAMAGED
from digitize.render.template.rows import Stretch, formula, make_room
from digitize.render.template.values import Filling, Line, Value, repeated, text_of
from digitize.render.template.words import Placeholder, Problems, placeholders, several

_LINE, _AROUND = 15.0, 5.0
"""Points: a line of letters of the usual size, and what stays free around them."""
_WIDTH = 8.43
"""Signs in a column whose width nobody set."""
_LONGEST = 32_767
"""Signs in one cell, the format's limit."""


def fill_xlsx(template: Path, filling: Filling) -> bytes:
    """The workbook *template* with the values of *filling* in the places of its placeholders.

    Raises:
        UsageError: it is no XLSX, or a placeholder in it is wrong; all that are wrong are named.
    """
    problems = Problems(template)
    try:
        with template.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what it does not keep
            book = load_workbook(file, rich_text=True)
        for sheet in book.worksheets:
            _Filler(book, sheet, filling, problems).fill()
    except (TokenizerError, *DAMAGED) as error:
        raise UsageError(
            "The template {template} is no workbook that can be filled in: {error}.",
            hint="Save it as XLSX, without a password.",
            template=template,
            error=error,
        ) from error
    problems.raise_if_any()
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that is repeated, as the form has it."""

    number: int
    cells: tuple[tuple[int, object, Any], ...]
    """Column, value and looks."""
    merged: tuple[CellRange, ...]
    """Cells of this row alone that are one."""
    height: float | None


class _Filler:
    """One sheet of the workbook."""

    def __init__(self, book: Workbook, sheet: Worksheet, filling: Filling, problems: Problems) -> None:
        self._book = book
        self._sheet = sheet
        self._filling = filling
        self._problems = problems

    def fill(self) -> None:
        """What stands once, then the repeated rows, the last ones first, so that no place moves under us."""
        blocks = list(self._blocks())
        repeated = {number for block, _ in blocks for number in block}
        for row in self._sheet.iter_rows():
            for cell in row:
                if cell.row not in repeated:
                    self._write(cell, cell.value, {})
        for block, group in reversed(blocks):
            self._repeat([self._row(number) for number in block], group)
        self._margins()

    def _blocks(self) -> Iterator[tuple[list[int], str]]:
        """Neighbouring rows that are repeated for the same lines, with their group."""
        found = [(row[0].row, self._group(row)) for row in self._sheet.iter_rows()]
        for group, rows in groupby(found, key=lambda one: one[1]):
            if group:
                yield [number for number, _ in rows], group

    def _group(self, row: Sequence[Cell]) -> str:
        groups = sorted({one.group for one in self._found(row) if one.group})
        if len(groups) > 1:
            place = {"row": row[0].row, "sheet": self._sheet.title}
            said = sentence(
                "row {row} of the sheet {sheet} has placeholders of {groups}", groups=several(groups), **place
            )
            self._problems.other(said)
        return groups[0] if groups else ""

    def _found(self, row: Iterable[Cell]) -> tuple[Placeholder, ...]:
        return tuple(one for cell in row for one in placeholders(_text(cell.value), self._problems))

    def _row(self, number: int) -> _Row:
        cells = [cell for cell in self._sheet[number] if isinstance(cell, Cell)]
        areas = [CellRange(str(area)) for area in self._sheet.merged_cells.ranges]
        return _Row(
            number,
            tuple((cell.column, cell.value, copy(cell._style)) for cell in cells),
            tuple(area for area in areas if area.min_row == area.max_row == number),
            self._sheet.row_dimensions[number].height,
        )

    def _repeat(self, block: Sequence[_Row], group: str) -> None:
        """Write *block* once for each line."""
        titles = [self._only_section(row) for row in block]
        lines = repeated(self._filling.groups[group], titles, group)
        stretch = Stretch(block[0].number, block[-1].number, len(lines))
        make_room(self._book, self._sheet, stretch)
        for place, (model, line) in enumerate(lines, start=stretch.first):
            row = block[model]
            for column, value, style in row.cells:
                cell = self._sheet.cell(place, column)
                cell._style = copy(style)
                cell.value = self._model(value, stretch, row.number, place, column)
                self._write(cell, value, line)
            for area in row.merged:
                self._sheet.merge_cells(
                    start_row=place, end_row=place, start_column=area.min_col, end_column=area.max_col
                )
            self._sheet.row_dimensions[place].height = self._height(place, row)

    def _only_section(self, row: _Row) -> bool:
        return all(found.field == "section" for found in self._found(self._sheet[row.number]))

    def _model(self, value: object, stretch: Stretch, source: int, place: int, column: int) -> object:
        """What the form has in a cell, for the same cell of another line: a formula names the cells of that line."""
        if not isinstance(value, str) or not value.startswith("="):
            return value
        letter = get_column_letter(column)
        moved = formula(value, self._sheet.title, stretch, here=True)
        return Translator(moved, origin=f"{letter}{source}").translate_formula(f"{letter}{place}")

    def _write(self, cell: Cell, value: object, line: Line) -> None:
        """Put the values into *cell*, in which the form has *value*."""
        text = _text(value)
        found = placeholders(text, self._problems)
        if found and text.startswith("="):
            place = f"{self._sheet.title}!{cell.coordinate}"
            self._problems.other(sentence("the formula in {place} has a placeholder in it", place=place))
        elif found:
            _put(cell, self._filled(text, found, line))

    def _filled(self, text: str, found: Sequence[Placeholder], line: Line) -> Value:
        values = [self._filling.value(one, line, self._problems) for one in found]
        if len(found) == 1 and len(text.strip()) == found[0].end - found[0].start:
            return values[0]
        for one, value in zip(reversed(found), reversed(values), strict=True):
            text = text[: one.start] + text_of(value) + text[one.end :]
        return text

    def _height(self, place: int, row: _Row) -> float | None:
        """At least what the form says, and room for the longest text: not every program makes it by itself."""
        wide = {area.min_col: range(area.min_col, area.max_col + 1) for area in row.merged}
        lines = 1
        for cell in self._sheet[place]:
            if isinstance(cell, Cell) and isinstance(cell.value, str) and cell.alignment.wrap_text:
                width = sum(map(self._width, wide.get(cell.column, (cell.column,))))
                lines = max(lines, math.ceil(1.1 * len(cell.value) / width))
        return max(row.height or 0, _LINE * lines + _AROUND) if lines > 1 else row.height

    def _width(self, column: int) -> float:
        letter = get_column_letter(column)
        known = letter in self._sheet.column_dimensions
        return float(self._sheet.column_dimensions[letter].width or _WIDTH) if known else _WIDTH

    def _margins(self) -> None:
        """What is printed above and below every sheet."""
        for margin in (self._sheet.oddHeader, self._sheet.oddFooter, self._sheet.evenHeader, self._sheet.evenFooter):
            for part in (margin.left, margin.center, margin.right):
                if found := placeholders(part.text or "", self._problems):
                    part.text = text_of(self._filled(part.text, found, {}))


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | CellRichText) else ""


def _put(cell: Cell, value: Value) -> None:
    """A number as a number, text as text whatever it begins with."""
    if isinstance(value, str):
        cell.value = value[:_LONGEST] or None
        cell.data_type = "s" if cell.value else "n"
    else:
        cell.value = value
