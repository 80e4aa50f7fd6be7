"""The words by which the ledger tells how things stand. No table here: who only looks loads no machinery."""

import enum

VERSION = 20
"""Of the tables: how many steps :mod:`digitize.ledger.migrations` has, known without loading them."""


class PageState(enum.StrEnum):
    """Where a page stands (design, states)."""

    RECEIVED = "received"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"


LIVE = (PageState.RECEIVED, PageState.WORKING, PageState.DONE, PageState.FAILED, PageState.REJECTED)
"""States of pages that belong to their item now; the other two are history."""

WAITING = (PageState.RECEIVED, PageState.WORKING)
"""States of pages that are still to be worked on, or again."""

HISTORY = (PageState.SUPERSEDED, PageState.DUPLICATE)
"""States of rows that are kept, never counted, and have the number 0."""


class Outcome(enum.StrEnum):
    """What a done page turned out to be; never null on a done page."""

    OK = "ok"
    LOW = "low"
    BLANK = "blank"


class Side(enum.StrEnum):
    """Which part of a picture a page is: all of it, or one half of an opening."""

    WHOLE = "whole"
    LEFT = "left"
    RIGHT = "right"


class LinkState(enum.StrEnum):
    """Whether an item hangs on a record."""

    LINKED = "linked"
    REVIEW = "review"
    UNDONE = "undone"


CUSTOMERS = ("mahalliy", "chet el", "akm", "tashkilot")
"""Whose order it is: local reader, reader abroad, library institution (the plan's three lines), other organization."""

HANG = "hang"
"""Key in ``meta`` while work hangs: the minutes without a finished page."""
