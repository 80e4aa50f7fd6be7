"""The year plan (ISH REJASI): the library's table, its rows bound to measures, kept in the ledger."""

from digitize.plan.binding import Binding, bindings, confirm, open_ones
from digitize.plan.cells import Cell, read_cell
from digitize.plan.hand import enter, entries, last_author, take_back
from digitize.plan.likeness import nearest
from digitize.plan.measures import Measure, Query, goal, propose, query_of, whole
from digitize.plan.rows import Author, Imported, change, find, identity, rows, store
from digitize.plan.table import PlanTable, TableRow, read_table

__all__ = [
    "Author",
    "Binding",
    "Cell",
    "Imported",
    "Measure",
    "PlanTable",
    "Query",
    "TableRow",
    "bindings",
    "change",
    "confirm",
    "enter",
    "entries",
    "find",
    "goal",
    "identity",
    "last_author",
    "nearest",
    "open_ones",
    "propose",
    "query_of",
    "read_cell",
    "read_table",
    "rows",
    "store",
    "take_back",
    "whole",
]
