"""PostgreSQL's own text search: the same query as a ``tsquery`` over one column of all keys (``page_text.keys``).

The database makes that column of the three keys itself, so it cannot be out of step. A digit before each word tells
the level, as the mark does in SQLite; positions make phrases.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Integer, Select, String, bindparam, cast, column, func, literal, select, text
from sqlalchemy.types import UserDefinedType

from digitize.fulltext.grammar import LEVELS, Column, Group, Pattern, Query
from digitize.ledger.migrations import LONGEST_WORD


class _Type(UserDefinedType[Any]):
    """A type of PostgreSQL by its name: its whole dialect is not loaded where the ledger lies in SQLite."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_options: Any) -> str:
        """As it stands in SQL."""
        return self.name


TSQUERY, TSVECTOR = _Type("TSQUERY"), _Type("TSVECTOR")

_BY_LOGARITHM_OF_LENGTH = 1
"""ts_rank's own number for it: a long page is not the better for being long."""


def select_matches(*, scored: bool) -> "Select[int, float]":
    """Rows ``page_id, score`` of the pages that match ``:expression``, newest first; smaller is better, if *scored*."""
    keys, asked = column("keys", TSVECTOR), cast(bindparam("expression", type_=String), TSQUERY)
    score = -func.ts_rank(keys, asked, _BY_LOGARITHM_OF_LENGTH) if scored else literal(0.0)
    return (
        select(column("page_id", Integer), score.label("score"))
        .select_from(text("page_text"))
        .where(keys.op("@@")(asked))
        .order_by(column("page_id", Integer).desc())
    )


def expression(query: Query, levels: Iterable[Column]) -> str:
    """What to look for, in the words of a ``tsquery``."""
    return " | ".join(f"({_group(group, level)})" for level in levels for group in query.groups)


def _group(group: Group, level: Column) -> str:
    """All wanted words at *level*; what is unwanted goes by its folded key in every alphabet."""
    found = " & ".join(_pattern(term.at(level)) for term in group.wanted)
    return found + "".join(f" & !{_pattern(term.folded)}" for term in group.unwanted)


def _pattern(pattern: Pattern) -> str:
    """Words side by side; keys hold letters and digits only, so that nothing can break the quotes."""
    level = LEVELS.index(pattern.column)
    words = [f"'{level}{word[:LONGEST_WORD]}'" for word in pattern.words]
    return f"({' <-> '.join(words)}{':*' if pattern.prefix else ''})"
