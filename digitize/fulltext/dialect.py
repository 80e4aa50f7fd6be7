"""What differs between databases: which pages match a query, at which level, how well; and their index beside it."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from sqlalchemy import ColumnElement, SQLColumnExpression, Subquery
from sqlalchemy.orm import Session

from digitize.fulltext import fts5, tsearch
from digitize.fulltext.grammar import Column, Query
from digitize.ledger.migrations import SHELF_BITS


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some shelves of the index, newest first; a database without shelves has one stretch that names none."""

    shelves: tuple[int, ...] = ()


_WIDEST = 64
"""Shelves in one query: a term or more for each, and FTS5 reads an expression of any length in its time."""


def stretches(session: Session, among: Collection[int] | None = None, *, width: int = 1) -> Iterator[Stretch]:
    """The index (of *among*, some shelves of it), newest pages first, in stretches that double from *width*.

    Whoever has found enough stops asking: a common word has enough after the first, a rare one after a few. Who has
    to ask all of *among* names its size, and gets as few as may be.
    """
    if not _has_shelves(session):
        yield Stretch()
        return
    shelves = range(fts5.newest_shelf(session), -1, -1) if among is None else sorted(among, reverse=True)
    first, width = 0, max(1, min(width, _WIDEST))
    while first < len(shelves):
        yield Stretch(tuple(shelves[first : first + width]))
        first, width = first + width, min(4 * width, _WIDEST)


def shelf_of(page_id: SQLColumnExpression[int]) -> ColumnElement[int]:
    """SQL: the shelf on which a page stands."""
    return page_id.op(">>")(SHELF_BITS)


def _has_shelves(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def matches(session: Session, *, scored: bool = False) -> Subquery:
    """Rows ``page_id, score`` of the pages that satisfy the parameter ``expression``, newest pages first.

    Smaller scores are better; they cost more than all the rest and are nothing unless *scored*.
    """
    some = fts5.select_matches(scored=scored) if _has_shelves(session) else tsearch.select_matches(scored=scored)
    return some.subquery("matches")


def expression(session: Session, query: Query, levels: Sequence[Column], stretch: Stretch) -> str:
    """What to look for, in the database's own words: *query* at one of *levels* on these shelves."""
    if _has_shelves(session):
        return fts5.expression(query, levels, stretch.shelves)
    return tsearch.expression(query, levels)


def refilling(session: Session) -> AbstractContextManager[None]:
    """Change ``page_text`` within, then have the index anew; PostgreSQL's follows every row by itself."""
    return fts5.refilling(session) if _has_shelves(session) else nullcontext()


def tidy(session: Session) -> None:
    """Leave the index as quick to search as it was before the last pages; PostgreSQL's sees to that by itself."""
    if _has_shelves(session):
        fts5.tidy(session)


def not_indexed(session: Session) -> Sequence[int]:
    """Pages with a text that the database's own index does not know."""
    return fts5.not_indexed(session) if _has_shelves(session) else ()


def orphans(session: Session) -> Sequence[int]:
    """Pages that the database's own index knows, but whose text is gone."""
    return fts5.orphans(session) if _has_shelves(session) else ()


def finds(session: Session, page_id: int, words: Sequence[str]) -> bool:
    """Whether the index finds that page by the folded *words*, standing side by side."""
    return not _has_shelves(session) or fts5.finds(session, page_id, words)
