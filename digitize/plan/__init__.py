"""The year plan (ISH REJASI): the library's table, its rows bound to measures, kept in the ledger."""

from typing import TYPE_CHECKING

from digitize.lazily import offering

if TYPE_CHECKING:
    from digitize.plan.binding import Binding, bindings, confirm, open_ones
    from digitize.plan.cells import read_cell
    from digitize.plan.hand import enter, entries, take_back
    from digitize.plan.likeness import nearest
    from digitize.plan.line import Author, chosen, identity, last_author, lines
    from digitize.plan.measures import Measure, goal, propose, query_of, whole
    from digitize.plan.stored import change, find, rows, store
    from digitize.plan.table import PlanTable, TableRow, read_table

__all__ = [
    "Author",
    "Binding",
    "Measure",
    "PlanTable",
    "TableRow",
    "bindings",
    "change",
    "chosen",
    "confirm",
    "enter",
    "entries",
    "find",
    "goal",
    "identity",
    "last_author",
    "lines",
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

__getattr__ = offering(
    __name__,
    {
        "binding": "Binding bindings confirm open_ones",
        "cells": "read_cell",
        "hand": "enter entries take_back",
        "likeness": "nearest",
        "line": "Author chosen identity last_author lines",
        "measures": "Measure goal propose query_of whole",
        "stored": "change find rows store",
        "table": "PlanTable TableRow read_table",
    },
)
