"""The SQL that differs between databases: which pages match a query, at which level, how well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    column,
    func,
    literal,
    not_,
    or_,
    select,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from digitize.fulltext.grammar import LEVELS, Column, Group, Pattern, Query
from digitize.ledger.migrations import FIRST_MARK, MARKS, SHELF_BITS
from digitize.ledger.models import PageText

_NO_LIMIT = -1
"""Keeps SQLite from pulling the subquery into a join, where it would search anew for every page of the ledger."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some neighbouring shelves of the index, both ends included; a database without shelves has one stretch."""

    first: int = 0
    last: int = 0


def stretches(session: Session) -> Iterator[Stretch]:
    """The whole index, newest pages first, in stretches that double: a rare word is found in a few queries.

    Whoever has found enough stops asking; a common word has enough after the first.
    """
    if not _has_shelves(session):
        yield Stretch()
        return
    newest = session.scalar(select(func.max(PageText.page_id)))
    last, width = -1 if newest is None else newest >> SHELF_BITS, 1
    while last >= 0:
        first = max(0, last - width + 1)
        yield Stretch(first, last)
        last, width = first - 1, min(2 * width, _WIDEST)


_WIDEST = 32
"""Shelves in one query: three levels of some terms for each, and FTS5 reads an expression of any length in its time."""


def _has_shelves(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def matches(
    session: Session, query: Query, levels: Sequence[Column], stretch: Stretch, *, scored: bool = False
) -> Subquery:
    """Rows ``page_id, score`` of the pages that satisfy *query* at one of *levels*, newest pages first.

    Smaller scores are better; they cost more than all the rest and are nothing unless *scored*.
    """
    if not _has_shelves(session):
        return _like(query, levels).subquery("matches")
    score = column("rank", Float) if scored else literal(0.0)
    return _fts5(query, levels, stretch, score).subquery("matches")


def refill(session: Session) -> None:
    """Build the database's own index anew from ``page_text``."""
    if _has_shelves(session):
        session.execute(text("INSERT INTO page_fts (page_fts) VALUES ('rebuild')"))


def not_indexed(session: Session) -> Sequence[int]:
    """Pages with a text that the database's own index does not know, by FTS5's table of document sizes."""
    return _ids(
        session,
        "SELECT page_id FROM page_text LEFT JOIN page_fts_docsize ON id = page_id WHERE id IS NULL ORDER BY page_id",
    )


def orphans(session: Session) -> Sequence[int]:
    """Pages that the database's own index knows, but whose text is gone."""
    return _ids(
        session, "SELECT id FROM page_fts_docsize LEFT JOIN page_text ON page_id = id WHERE page_id IS NULL ORDER BY id"
    )


def _ids(session: Session, sqlite: str) -> Sequence[int]:
    if not _has_shelves(session):
        return ()  # an index of PostgreSQL cannot be out of step
    return session.scalars(text(sqlite).columns(column("id", Integer))).all()


def finds(session: Session, page_id: int, words: Sequence[str]) -> bool:
    """Whether the index finds that page by the folded *words*, standing side by side."""
    if not _has_shelves(session):
        return True
    probe = text("SELECT 1 FROM page_fts WHERE page_fts MATCH :phrase AND rowid = :page")
    phrase = _fts5_pattern(Pattern("folded", tuple(words), prefix=False), page_id >> SHELF_BITS)
    return session.execute(probe, {"phrase": phrase, "page": page_id}).first() is not None


def _fts5(
    query: Query, levels: Sequence[Column], stretch: Stretch, score: ColumnElement[float]
) -> "Select[int, float]":
    groups = [
        _fts5_group(group, level, shelf)
        for shelf in range(stretch.first, stretch.last + 1)
        for level in levels
        for group in query.groups
    ]
    expression = " OR ".join(f"({group})" for group in groups)
    return (
        select(column("rowid", Integer).label("page_id"), score.label("score"))
        .select_from(text("page_fts"))
        .where(text("page_fts MATCH :expression").bindparams(bindparam("expression", expression)))
        .order_by(column("rowid", Integer).desc())
        .limit(_NO_LIMIT)
    )


def _fts5_group(group: Group, level: Column, shelf: int) -> str:
    """All wanted words at *level*; what is unwanted goes by its folded key in every alphabet."""
    found = " AND ".join(_fts5_pattern(term.at(level), shelf) for term in group.wanted)
    gone = " OR ".join(_fts5_pattern(term.folded, shelf) for term in group.unwanted)
    return f"({found}) NOT ({gone})" if gone else found


def _fts5_pattern(pattern: Pattern, shelf: int) -> str:
    """A phrase within one column; keys hold letters and digits only, so that nothing can break the quotes."""
    mark = chr(FIRST_MARK + MARKS * shelf + LEVELS.index(pattern.column))
    return f'{pattern.column} : "{" ".join(mark + word for word in pattern.words)}"' + (" *" if pattern.prefix else "")


def _like(query: Query, levels: Sequence[Column]) -> "Select[int, float]":
    """Plain SQL for databases whose own text search is not used yet; right, but it reads every row."""
    groups = [_like_group(group, level) for level in levels for group in query.groups]
    return select(PageText.page_id, literal(0.0).label("score")).where(or_(*groups))


def _like_group(group: Group, level: Column) -> ColumnElement[bool]:
    wanted = [_like_pattern(term.at(level)) for term in group.wanted]
    return and_(*wanted, *[not_(_like_pattern(term.folded)) for term in group.unwanted])


def _like_pattern(pattern: Pattern) -> ColumnElement[bool]:
    keys: InstrumentedAttribute[str] = getattr(PageText, pattern.column)
    words = " " + " ".join(pattern.words) + ("" if pattern.prefix else " ")
    return (literal(" ") + keys + literal(" ")).contains(words, autoescape=True)
