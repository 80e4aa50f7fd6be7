"""Plain SQL on the ledger, for whoever only looks: SQLAlchemy alone takes as long to load as the rest of a command.

What is counted and what waits is asked here, in one text for both databases and for both who ask: a :class:`Look`,
which is SQLite's connection and nothing else, and a session, which has the ledger open anyway. Columns come as the
database keeps them; :func:`day`, :func:`moment` and :func:`made` read them.
"""

import json
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_NAME = re.compile(r":([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Look:
    """SQLite's ledger on one snapshot; made by :func:`digitize.ledger.looking.looking`."""

    connection: sqlite3.Connection


if TYPE_CHECKING:
    Source = Look | Session
    """Whoever has the ledger open."""


def ask(source: "Source", sql: str, **values: Any) -> Sequence[Any]:
    """The rows of a query. ``:name`` stands for a value, or for all values of a tuple with commas between them."""
    sql, flat = _spread(sql, values)
    if isinstance(source, Look):
        return source.connection.execute(sql, _kept(flat)).fetchall()
    from sqlalchemy import text  # noqa: PLC0415  (a session has loaded it)

    source.flush()
    connection = source.connection()
    return connection.execute(text(sql), _kept(flat) if connection.dialect.name == "sqlite" else flat).all()


def number(source: "Source", sql: str, **values: Any) -> int:
    """The one number that a query asks for; 0 where there is none. PostgreSQL sums large numbers as decimals."""
    ((found,),) = ask(source, sql, **values)
    return int(found or 0)


def joining(source: "Source") -> str:
    """The aggregate function that puts texts together, which the databases call differently.

    Both take the rows of a sorted subquery in their order, as long as nothing else happens to them on the way.
    """
    lite = isinstance(source, Look) or source.connection().dialect.name == "sqlite"
    return "group_concat" if lite else "string_agg"


def _spread(sql: str, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A name for each value of a tuple; what the query does not name is left out."""
    flat: dict[str, Any] = {}

    def names(match: re.Match[str]) -> str:
        name, value = match[1], values[match[1]]
        if not isinstance(value, tuple):
            flat[name] = value
            return match[0]
        flat.update({f"{name}_{place}": one for place, one in enumerate(value)})
        return ", ".join(f":{name}_{place}" for place in range(len(value))) or "NULL"

    return _NAME.sub(names, sql.strip()), flat


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    """Days and moments in the letters in which SQLite keeps them."""
    return {name: _letters(value) for name, value in values.items()}


def _letters(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, date) else value


def day(value: Any) -> date:
    """A day as either database gives it."""
    return value if isinstance(value, date) else _day_of(value)


@lru_cache(maxsize=4096)
def _day_of(letters: str) -> date:
    """Ten years of days: the pages of one day share it."""
    return date.fromisoformat(letters)


def moment(value: Any) -> datetime:
    """An aware moment in UTC; SQLite gives letters without a zone."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def made(value: Any) -> Any:
    """What a JSON column holds."""
    return json.loads(value) if isinstance(value, str) else value
