"""The year plan (ISH REJASI): the library's table, its rows bound to measures, kept in the ledger."""

from digitize.plan.cells import Cell, read_cell
from digitize.plan.measures import Measure, Query, goal, propose, query_of, whole
from digitize.plan.rows import Author, Imported, change, find, identity, rows, store
from digitize.plan.table import PlanTable, TableRow, read_table

__all__ = [
    "Author",
    "Cell",
    "Imported",
    "Measure",
    "PlanTable",
    "Query",
    "TableRow",
    "change",
    "find",
    "goal",
    "identity",
    "propose",
    "query_of",
    "read_cell",
    "read_table",
    "rows",
    "store",
    "whole",
]
