"""A table whose names are sentences: each name on lines of its own, the cells below it in columns.

Rows of a work plan are named in twenty words; beside six columns of numbers, 80 signs leave room for one of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

_GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of cells below the names."""

    title: str
    most: int
    """The most signs on one line; what is longer is broken."""
    right: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row; without cells it is a heading between rows."""

    number: str
    name: str
    cells: tuple[str, ...] = ()


def stacked(heads: Entry, columns: Sequence[Column], entries: Iterable[Entry]) -> RenderableType:
    """The table; *heads* has the titles of number and name."""
    rows = list(entries)
    indent = max(cell_len(row.number) for row in (heads, *rows)) + _GAP
    widths = [_width(column, [row.cells[place] for row in rows if row.cells]) for place, column in enumerate(columns)]
    titled = Entry(heads.number, heads.name, tuple(column.title for column in columns))
    parts: list[RenderableType] = [*_entry(titled, columns, widths, indent), Rule(style="")]
    for row in rows:
        parts += _entry(row, columns, widths, indent) if row.cells else [Text(row.name, "bold")]
    return Group(*parts)


def _width(column: Column, cells: Iterable[str]) -> int:
    words = max((cell_len(line) for text in (column.title, *cells) for line in text.split("\n")), default=1)
    return max(1, min(column.most, words))


def _entry(row: Entry, columns: Sequence[Column], widths: Sequence[int], indent: int) -> list[RenderableType]:
    name = Table.grid(expand=True)
    name.add_column(width=indent)
    name.add_column(ratio=1, overflow="fold")
    name.add_row(Text(row.number), Text(row.name))
    cells = Table.grid(padding=(0, _GAP, 0, 0))
    cells.add_column(width=indent - _GAP)
    for column, width in zip(columns, widths, strict=True):
        cells.add_column(width=width, justify="right" if column.right else "left", overflow="fold")
    cells.add_row("", *map(Text, row.cells))
    return [name, cells]
