"""The year plan (ISH REJASI): the library's table, its rows bound to measures, kept in the ledger."""

from digitize.plan.cells import Cell, read_cell
from digitize.plan.measures import QUERIES, Measure, goal, propose
from digitize.plan.rows import Author, Imported, change, find, rows, store
from digitize.plan.table import PlanTable, TableRow, read_table

__all__ = [
    "QUERIES",
    "Author",
    "Cell",
    "Imported",
    "Measure",
    "PlanTable",
    "TableRow",
    "change",
    "find",
    "goal",
    "propose",
    "read_cell",
    "read_table",
    "rows",
    "store",
]
