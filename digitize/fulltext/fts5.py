"""SQLite's FTS5: a query's expression for some shelves of the index, and the index beside its texts.

Every word of the index begins with a mark, one sign for the shelf of its page and its level of keys, so that an
expression reads the shelves it names and no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Integer, Select, column, func, literal, select, text
from sqlalchemy.orm import Session

from digitize.fulltext.grammar import LEVELS, Column, Group, Pattern, Query
from digitize.ledger.migrations import FIRST_MARK, MARKS, SHELF_BITS
from digitize.ledger.models import PageText

_NO_LIMIT = -1
"""Keeps SQLite from pulling the subquery into a join, where it would search anew for every page of the ledger."""
_BULK_MEMORY, _USUAL_MEMORY = 64 << 20, 1 << 20
"""Bytes of the index gathered before they are written: much for a whole index; the second is FTS5's default."""
_MOST_MERGED = 5_000
"""Leaves of 4 KB that one tidying may write: less than a second; what is left is the next one's."""


def newest_shelf(session: Session) -> int:
    """The shelf of the newest page; -1 if there is none."""
    newest = session.scalar(select(func.max(PageText.page_id)))
    return -1 if newest is None else newest >> SHELF_BITS


def select_matches(*, scored: bool) -> "Select[int, float]":
    """Rows ``page_id, score`` of the pages that match ``:expression``, newest first; ``score`` is bm25 if *scored*."""
    score = column("rank") if scored else literal(0.0)
    return (
        select(column("rowid", Integer).label("page_id"), score.label("score"))
        .select_from(text("page_fts"))
        .where(text("page_fts MATCH :expression"))
        .order_by(column("rowid", Integer).desc())
        .limit(_NO_LIMIT)
    )


def expression(query: Query, levels: Iterable[Column], shelves: Iterable[int]) -> str:
    """What to look for on *shelves*, in the words of FTS5."""
    groups = [_group(group, level, shelf) for shelf in shelves for level in levels for group in query.groups]
    return " OR ".join(f"({group})" for group in groups)


def _group(group: Group, level: Column, shelf: int) -> str:
    """All wanted words at *level*; what is unwanted goes by its folded key in every alphabet."""
    found = " AND ".join(_pattern(term.at(level), shelf) for term in group.wanted)
    gone = " OR ".join(_pattern(term.folded, shelf) for term in group.unwanted)
    return f"({found}) NOT ({gone})" if gone else found


def _pattern(pattern: Pattern, shelf: int) -> str:
    """A phrase within one column; keys hold letters and digits only, so that nothing can break the quotes."""
    mark = chr(FIRST_MARK + MARKS * shelf + LEVELS.index(pattern.column))
    return f'{pattern.column} : "{" ".join(mark + word for word in pattern.words)}"' + (" *" if pattern.prefix else "")


def finds(session: Session, page_id: int, words: Sequence[str]) -> bool:
    """Whether the index finds that page by the folded *words*, standing side by side."""
    probe = text("SELECT 1 FROM page_fts WHERE page_fts MATCH :phrase AND rowid = :page")
    phrase = _pattern(Pattern("folded", tuple(words), prefix=False), page_id >> SHELF_BITS)
    return session.execute(probe, {"phrase": phrase, "page": page_id}).first() is not None


@contextmanager
def refilling(session: Session) -> Iterator[None]:
    """Texts and keys may change without the index following; then it is made anew from them, in one segment.

    A word is looked for in each segment of its own, and the triggers would leave one for every batch.
    """
    connection = session.connection()
    triggers = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'page_text'")
    )
    orders: dict[str, str] = {name: order for name, order in triggers}  # noqa: C416
    for name in orders:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    session.flush()
    for order in orders.values():
        connection.exec_driver_sql(order)
    _gather(session, _BULK_MEMORY)
    for order in ("rebuild", "optimize"):
        session.execute(text("INSERT INTO page_fts (page_fts) VALUES (:order)"), {"order": order})
    _gather(session, _USUAL_MEMORY)


def _gather(session: Session, memory: int) -> None:
    _order(session, "hashsize", memory)


def tidy(session: Session) -> None:
    """Put the small segments that page after page left together; the large ones of earlier runs stay as they are.

    https://www.sqlite.org/fts5.html#the_merge_command
    """
    _order(session, "usermerge", 2)
    _order(session, "merge", _MOST_MERGED)


def _order(session: Session, order: str, value: int) -> None:
    asked = {"order": order, "value": value}
    session.execute(text("INSERT INTO page_fts (page_fts, rank) VALUES (:order, :value)"), asked)


def not_indexed(session: Session) -> Sequence[int]:
    """Pages with a text that the index does not know, by FTS5's table of document sizes."""
    return _ids(
        session,
        "SELECT page_id FROM page_text LEFT JOIN page_fts_docsize ON id = page_id WHERE id IS NULL ORDER BY page_id",
    )


def orphans(session: Session) -> Sequence[int]:
    """Pages that the index knows, but whose text is gone."""
    return _ids(
        session, "SELECT id FROM page_fts_docsize LEFT JOIN page_text ON page_id = id WHERE page_id IS NULL ORDER BY id"
    )


def _ids(session: Session, statement: str) -> Sequence[int]:
    return session.scalars(text(statement).columns(column("id", Integer))).all()
