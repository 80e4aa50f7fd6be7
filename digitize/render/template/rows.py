"""Making room in a sheet: rows below a block move, and with them everything that names a row.

Spreadsheet programs do this by themselves when a person inserts a row; openpyxl moves the cells alone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.cell_range import CellRange, MultiCellRange
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

_REFERENCE = re.compile(r"(\$?[A-Z]{1,3})?(\$?)(\d{1,7})")
_WHOLE = re.compile(r"(\$?[A-Z]{1,3}\$?\d{1,7}|\$?\d{1,7})(?::(\$?[A-Z]{1,3}\$?\d{1,7}|\$?\d{1,7}))?")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows *first* to *last* of one sheet become *size* rows; what lies below moves."""

    first: int
    last: int
    size: int

    @property
    def by(self) -> int:
        """How far the rows below move; upwards if negative."""
        return self.size - (self.last - self.first + 1)

    def row(self, number: int) -> int:
        """Where a row is afterwards; the rows of the block itself are where they were."""
        return number + self.by if number > self.last else number

    def end(self, number: int) -> int:
        """Where a range ends afterwards: one that ended in the block ends with it."""
        return self.first + self.size - 1 if self.first <= number <= self.last else self.row(number)

    def reference(self, text: str) -> str:
        """``F5``, ``$F$5:F$9`` or ``5:9`` afterwards; anything else as it is."""
        found = _WHOLE.fullmatch(text)
        if not found:
            return text
        start, stop = found.groups()
        if stop is None:
            return _moved(start, self.row) if not start.lstrip("$").isdecimal() else text
        return f"{_moved(start, self.row)}:{_moved(stop, self.end)}"

    def cells(self, area: CellRange) -> CellRange:
        """A range of cells afterwards."""
        return CellRange(
            min_col=area.min_col, max_col=area.max_col, min_row=self.row(area.min_row), max_row=self.end(area.max_row)
        )


def _moved(text: str, where: Any) -> str:
    return _REFERENCE.sub(lambda match: f"{match[1] or ''}{match[2]}{where(int(match[3]))}", text, count=1)


def formula(text: str, sheet: str, stretch: Stretch, *, here: bool = False) -> str:
    """A formula after the rows of *sheet* moved; *here*: it stands in that sheet."""
    tokens = Tokenizer(text)
    for token in tokens.items:
        if token.type == Token.OPERAND and token.subtype == Token.RANGE:
            token.value = _operand(token.value, sheet, stretch, here=here)
    rendered: str = tokens.render()
    return rendered


def _operand(text: str, sheet: str, stretch: Stretch, *, here: bool) -> str:
    named, mark, reference = text.rpartition("!")
    means = named.strip("'").replace("''", "'") == sheet if mark else here
    return f"{named}{mark}{stretch.reference(reference)}" if means else text


def make_room(book: Workbook, sheet: Worksheet, stretch: Stretch) -> None:
    """Move the rows of *sheet* below the block, and everything in *book* that names them."""
    merged = [area for area in map(_range, sheet.merged_cells.ranges) if area.max_row >= stretch.first]
    for area in merged:
        sheet.unmerge_cells(area.coord)
    if stretch.by > 0:
        sheet.insert_rows(stretch.last + 1, stretch.by)
    elif stretch.by < 0:
        sheet.delete_rows(stretch.last + 1 + stretch.by, -stretch.by)
    for area in merged:
        if not stretch.first <= area.min_row <= area.max_row <= stretch.last:
            sheet.merge_cells(stretch.cells(area).coord)
    _move_heights(sheet, stretch)
    _move_formulas(book, sheet, stretch)
    _move_rules(sheet, stretch)
    _move_pictures(book, sheet, stretch)


def _move_heights(sheet: Worksheet, stretch: Stretch) -> None:
    below = {number: sheet.row_dimensions.pop(number) for number in list(sheet.row_dimensions) if number > stretch.last}
    for number, old in below.items():
        sheet.row_dimensions[stretch.row(number)] = height_of(sheet, stretch.row(number), old)


def height_of(sheet: Worksheet, number: int, like: RowDimension) -> RowDimension:
    """A row's height and visibility for another row."""
    return RowDimension(sheet, index=number, ht=like.ht, hidden=like.hidden, outlineLevel=like.outlineLevel)


def _move_formulas(book: Workbook, sheet: Worksheet, stretch: Stretch) -> None:
    for other in book.worksheets:
        here = other is sheet
        for row in other.iter_rows():
            for cell in row:
                if here and cell.hyperlink:
                    cell.hyperlink.ref = cell.coordinate
                if isinstance(cell.value, ArrayFormula):
                    cell.value.text = formula(cell.value.text, sheet.title, stretch, here=here)
                    cell.value.ref = stretch.reference(cell.value.ref) if here else cell.value.ref
                elif cell.data_type == "f" and isinstance(cell.value, str):
                    cell.value = formula(cell.value, sheet.title, stretch, here=here)
    for names in (book.defined_names, *(other.defined_names for other in book.worksheets)):
        for name in names.values():
            name.attr_text = formula(f"={name.attr_text}", sheet.title, stretch)[1:]


def _move_rules(sheet: Worksheet, stretch: Stretch) -> None:
    """Conditional formats, drop-down lists, the filter, the printed area."""
    moved = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        for rule in area.rules:
            rule.formula = [formula(f"={text}", sheet.title, stretch, here=True)[1:] for text in rule.formula]
            moved.add(str(_areas(area.sqref.ranges, stretch)), rule)
    sheet.conditional_formatting = moved
    for rule in sheet.data_validations.dataValidation:
        rule.sqref = _areas(rule.sqref.ranges, stretch)
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = stretch.reference(sheet.auto_filter.ref)
    if sheet.print_area:
        sheet.print_area = [stretch.reference(area.rpartition("!")[2]) for area in str(sheet.print_area).split(",")]
    for table in sheet.tables.values():
        table.ref = stretch.reference(table.ref)
        if table.autoFilter is not None:
            table.autoFilter.ref = stretch.reference(table.autoFilter.ref)


def _range(area: object) -> CellRange:
    return CellRange(str(area))


def _areas(areas: Iterable[CellRange], stretch: Stretch) -> MultiCellRange:
    return MultiCellRange([stretch.cells(_range(area)) for area in areas])


def _move_pictures(book: Workbook, sheet: Worksheet, stretch: Stretch) -> None:
    """Pictures and charts below the block, and what any chart of the book draws."""
    for drawing in (*sheet._images, *sheet._charts):
        for name in ("_from", "to"):
            corner = getattr(drawing.anchor, name, None)
            if corner is not None:
                corner.row = stretch.row(corner.row + 1) - 1
    for other in book.worksheets:
        for chart in other._charts:
            for reference, many in _drawn(chart):
                drawn = f"={reference.f}"
                if many and ":" not in drawn:
                    drawn += f":{drawn.rpartition('!')[2]}"  # the form has one row, and the chart draws all that come
                reference.f = formula(drawn, sheet.title, stretch)[1:]


def _drawn(chart: Any) -> Iterator[tuple[Any, bool]]:
    """Every place in which a chart names cells, and whether those are values, not a title."""
    for series in chart.series:
        for kind in ("tx", "cat", "val", "xVal", "yVal", "bubbleSize"):
            data = getattr(series, kind, None)
            for form in ("strRef", "numRef", "multiLvlStrRef"):
                if (reference := getattr(data, form, None)) is not None:
                    yield reference, kind != "tx"
