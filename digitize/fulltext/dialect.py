"""The SQL that differs between databases: which pages match a query, at which level, how well."""

from collections.abc import Iterator

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    SelectBase,
    Subquery,
    and_,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from digitize.fulltext.grammar import Group, Pattern, Query, Term
from digitize.ledger.models import PageText

LEVELS = ("strict", "folded", "ocr")
"""Columns of keys from the most to the least exact."""


def matches(session: Session, query: Query) -> Subquery:
    """Rows ``page_id, level, score`` (level 0-2 of :data:`LEVELS`, smaller scores are better), once per page."""
    make = _fts5 if session.get_bind().dialect.name == "sqlite" else _like
    found = union_all(*make(query)).subquery("found")
    level, score, page = found.c.level, found.c.score, found.c.page_id
    best = func.row_number().over(partition_by=page, order_by=(level, score)).label("place")
    numbered = select(page, level, score, best).subquery("numbered")
    columns = (numbered.c.page_id, numbered.c.level, numbered.c.score)
    return select(*columns).where(numbered.c.place == 1).subquery("matches")


def refill(session: Session) -> None:
    """Build the database's own index anew from ``page_text``."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("INSERT INTO page_fts (page_fts) VALUES ('rebuild')"))


def _fts5(query: Query) -> Iterator[SelectBase]:
    for number, level in enumerate(LEVELS):
        expression = " OR ".join(f"({part})" for group in query.groups if (part := _fts5_group(group, level)))
        if expression:
            yield (
                select(
                    column("rowid", Integer).label("page_id"),
                    literal(number).label("level"),
                    column("rank", Float).label("score"),
                )
                .select_from(text("page_fts"))
                .where(text(f"page_fts MATCH :query{number}").bindparams(**{f"query{number}": expression}))
            )


def _fts5_group(group: Group, level: str) -> str:
    """All wanted words at *level*; what is unwanted goes by its folded key in every alphabet."""
    wanted = [_pattern(term, level) for term in group.wanted]
    if not all(pattern.words for pattern in wanted):
        return ""
    found = " AND ".join(_fts5_pattern(pattern, level) for pattern in wanted)
    gone = " OR ".join(_fts5_pattern(term.folded, "folded") for term in group.unwanted)
    return f"({found}) NOT ({gone})" if gone else found


def _fts5_pattern(pattern: Pattern, level: str) -> str:
    """A phrase within one column; keys hold letters and digits only, so that nothing can break the quotes."""
    return f'{level} : "{" ".join(pattern.words)}"' + (" *" if pattern.prefix else "")


def _pattern(term: Term, level: str) -> Pattern:
    pattern: Pattern = getattr(term, level)
    return pattern if pattern.words or level != "ocr" else term.folded


def _like(query: Query) -> Iterator[SelectBase]:
    """Plain SQL for databases whose own text search is not used yet; right, but it reads every row."""
    for number, level in enumerate(LEVELS):
        keys: InstrumentedAttribute[str] = getattr(PageText, level)
        conditions = [_like_group(group, keys, level) for group in query.groups]
        yield select(PageText.page_id, literal(number).label("level"), literal(0.0).label("score")).where(
            or_(*conditions)
        )


def _like_group(group: Group, keys: InstrumentedAttribute[str], level: str) -> ColumnElement[bool]:
    wanted = [_like_pattern(_pattern(term, level), keys) for term in group.wanted]
    unwanted = [not_(_like_pattern(term.folded, PageText.folded)) for term in group.unwanted]
    return and_(*wanted, *unwanted)


def _like_pattern(pattern: Pattern, keys: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    if not pattern.words:
        return false()
    words = " " + " ".join(pattern.words) + ("" if pattern.prefix else " ")
    return (literal(" ") + keys + literal(" ")).contains(words, autoescape=True)
