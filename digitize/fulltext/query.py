"""``search``: from what a reader typed to pages with the place marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Float, Integer, Row, Select, column, func, or_, select
from sqlalchemy.orm import Session

from digitize.fulltext import dialect, grammar, marks
from digitize.fulltext.grammar import Filters, Query
from digitize.fulltext.marks import Part
from digitize.ledger.models import Item, Link, LinkState, Page, PageState, PageText, Record
from digitize.names import fold_key

Match = Literal["exact", "folded", "ocr"]
_BEST_FIRST = (column("level", Integer), column("score", Float))
_MATCHES: tuple[Match, ...] = ("exact", "folded", "ocr")


@dataclass(frozen=True, slots=True)
class Hit:
    """One page that matches."""

    item: str
    page: int
    title: str
    parts: tuple[Part, ...]
    rank: int
    """Place in the whole result, from 1."""
    match: Match
    boxes: tuple[tuple[str, int, int, int, int], ...]
    """The marked words with left, top, right, bottom in pixels of the page picture."""

    @property
    def snippet(self) -> str:
        """The parts as one text, hits in square brackets."""
        return "".join(f"[{part.text}]" if part.hit else part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hits and the number of all pages that match."""

    query: str
    total: int
    hits: tuple[Hit, ...]


def search(session: Session, text: str, *, limit: int = 20, item: str | None = None) -> SearchResult:
    """Find done pages; exact spelling before other alphabets before what the recogniser may have misread.

    Raises:
        UsageError: *text* names no word to find, or a filter's value makes no sense.
    """
    query = grammar.parse(text)
    found = _matching(session, query, item)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    rows = session.execute(found.order_by(*_BEST_FIRST, Item.folded_key, Page.number, Page.id).limit(limit)).all()
    hits = tuple(_hit(session, query, place, row) for place, row in enumerate(rows, 1))
    return SearchResult(text, total, hits)


def _matching(session: Session, query: Query, item: str | None) -> "Select[Item, int, PageText, int]":
    matches = dialect.matches(session, query)
    found = (
        select(Item, Page.number, PageText, matches.c.level)
        .select_from(matches)
        .join(Page, Page.id == matches.c.page_id)
        .join(PageText, PageText.page_id == Page.id)
        .join(Item, Item.id == Page.item_id)
        .where(Page.state == PageState.DONE, *_conditions(query.filters))
    )
    return found if item is None else found.where(Item.folded_key == fold_key(item))


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    asked = (
        [Item.folded_key == fold_key(key) for key in filters.items],
        [func.lower(Item.type) == kind for kind in filters.types],
        [Page.script == script for script in filters.scripts],
        [_dated(first, last) for first, last in filters.years],
    )
    return [or_(*alternatives) for alternatives in asked if alternatives]


def _dated(first: int, last: int) -> ColumnElement[bool]:
    """The item's record bears a year between the two."""
    years = [Record.year.contains(str(year)) for year in range(first, last + 1)]
    linked = select(Link.item_id).join(Record, Record.id == Link.record_id)
    return Item.id.in_(linked.where(Link.state == LinkState.LINKED, or_(*years)))


def _hit(session: Session, query: Query, place: int, row: "Row[Item, int, PageText, int]") -> Hit:
    item, number, page, level = row
    keys = dialect.LEVELS[level]
    words = page.text.split()
    parts = marks.snippet(words, marks.marked(query, keys, words))
    boxes = _boxes(query, keys, page.words)
    return Hit(item.key, number, title_of(session, item), parts, place, _MATCHES[level], boxes)


def _boxes(query: Query, keys: str, words: Sequence[Sequence[object]]) -> tuple[tuple[str, int, int, int, int], ...]:
    hits = marks.marked(query, keys, [str(word[0]) for word in words])
    return tuple(_box(words[place]) for place in sorted(hits))


def _box(word: Sequence[object]) -> tuple[str, int, int, int, int]:
    left, top, right, bottom = (int(str(side)) for side in word[1:5])
    return str(word[0]), left, top, right, bottom


def title_of(session: Session, item: Item) -> str:
    """The item's own title, else that of its record, else its key."""
    return item.title or _record_title(session, item.id) or item.key


def _record_title(session: Session, item_id: int) -> str | None:
    linked = select(Record.title).join(Link, Link.record_id == Record.id)
    return session.scalar(linked.where(Link.item_id == item_id, Link.state == LinkState.LINKED).limit(1))
