"""``search``: from what a reader typed to pages with the place marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, Subquery, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from digitize.fulltext import dialect, grammar, marks
from digitize.fulltext.grammar import LEVELS, Column, Filters, Query
from digitize.fulltext.marks import Part
from digitize.fulltext.words import Keys
from digitize.ledger.migrations import SHELF_BITS
from digitize.ledger.models import Item, Link, LinkState, Page, PageText, Record, standing
from digitize.names import fold_key
from digitize.uzbek import fold
from digitize.uzbek.yangalif import YEARS

Match = Literal["exact", "folded", "ocr"]
_MATCHES: dict[Column, Match] = {"strict": "exact", "folded": "folded", "ocr": "ocr"}


WordBox = tuple[str, int, int, int, int]
"""A word as printed and its left, top, right, bottom in pixels of the page picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The page picture in whose pixels boxes are given."""

    result: str
    """Folder of the page's derivatives in its item's."""
    side: str
    width: int
    height: int
    """0, both, where the page was made before its size was kept."""


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
    boxes: tuple[WordBox, ...]
    """The marked words of the page, in reading order."""
    picture: Picture

    @property
    def snippet(self) -> str:
        """The parts as one text, hits in square brackets."""
        return "".join(f"[{part.text}]" if part.hit else part.text for part in self.parts)


MOST_COUNTED = 2_000
"""Beyond this many pages the total is "at least", and the best of the newest are shown: nobody reads further, and a
common word costs a tenth of a second for every fifty thousand pages."""
MOST_FILTERED = 500
"""The same where filters throw most matches of a common word away, and each has to be looked at for it."""
_FEW_SHELVES = 4
_FEW = 100
"""Items whose shelves are looked up before the search."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best hits and the number of all pages that match."""

    query: str
    total: int
    at_least: bool
    """More pages match than *total*; then the best of the newest are shown."""
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """The pages that match, as far as was counted."""

    pages: frozenset[int]
    most: int
    """Pages beyond which was not counted."""

    @property
    def at_least(self) -> bool:
        return len(self.pages) > self.most

    @property
    def shelves(self) -> frozenset[int]:
        """Where they stand in the index."""
        return frozenset(page >> SHELF_BITS for page in self.pages)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the filters ask of a page, and the only shelves on which such pages stand, if these are known."""

    conditions: tuple[ColumnElement[bool], ...]
    shelves: frozenset[int] | None = None

    @property
    def most(self) -> int:
        """How many pages are worth counting."""
        near = self.shelves is not None and len(self.shelves) <= _FEW_SHELVES
        return MOST_FILTERED if self.conditions and not near else MOST_COUNTED


def search(session: Session, text: str, *, limit: int = 20, item: str | None = None) -> SearchResult:
    """Find done pages; exact spelling before other alphabets before what the recogniser may have misread.

    Raises:
        UsageError: *text* names no word to find, or a filter's value makes no sense.
    """
    query = grammar.parse(text)
    wanted = _filtered(session, query.filters if item is None else replace(query.filters, items=(item,)))
    found = _count(session, query, wanted, max(wanted.most, limit))
    best = _best(session, query, wanted, limit, found)
    hits = _hits(session, query, best)
    return SearchResult(text, min(len(found.pages), found.most), found.at_least, hits)


def _count(session: Session, query: Query, wanted: _Wanted, most: int) -> _Found:
    counted = _pages(dialect.matches(session), wanted).limit(bindparam("most"))
    pages: set[int] = set()
    for stretch in dialect.stretches(session, wanted.shelves):
        asked = dialect.expression(session, query, query.widest, stretch)
        pages.update(session.scalars(counted, {"expression": asked, "most": most + 1 - len(pages)}))
        if len(pages) > most:
            break
    return _Found(frozenset(pages), most)


def _best(session: Session, query: Query, wanted: _Wanted, limit: int, found: _Found) -> list[tuple[int, Column]]:
    """Page ids with the most exact level at which they match; a looser level is asked only while room is left."""
    best: dict[int, Column] = {}
    for level in LEVELS:
        if room := limit - len(best):
            ranked = _ranked(session, query, level, wanted, found, (room, best.keys()))
            best |= dict.fromkeys([page_id for _, page_id in sorted(ranked)[:room]], level)
    return list(best.items())


def _ranked(
    session: Session, query: Query, level: Column, wanted: _Wanted, found: _Found, still: tuple[int, Collection[int]]
) -> list[tuple[float, int]]:
    """Scores and pages of one level, *still* wanting so many besides those; all, or enough of the newest."""
    room, known = still
    further = found.at_least and not wanted.conditions  # under a filter the rest may be looked at for nothing
    shelves = wanted.shelves if further else found.shelves
    statement = _scored(dialect.matches(session, scored=True), wanted, found)
    ranked: list[tuple[float, int]] = []
    for stretch in dialect.stretches(session, shelves, width=1 if found.at_least else len(shelves or ())):
        asked = dialect.expression(session, query, [level], stretch)
        rows = session.execute(statement, {"expression": asked, "most": found.most - len(ranked)})
        ranked += [(score, page_id) for page_id, score in rows if _is_new(page_id, found, known)]
        if len(ranked) >= (room if found.at_least else found.most):
            break
    return ranked


def _is_new(page_id: int, found: _Found, known: Collection[int]) -> bool:
    return page_id not in known and (found.at_least or page_id in found.pages)


def _scored(matches: Subquery, wanted: _Wanted, found: _Found) -> "Select[int, float]":
    """Matches with their scores; those counted to the last are not asked a second time whether they are done."""
    if found.at_least or wanted.conditions:
        return _pages(matches, wanted).add_columns(matches.c.score).limit(bindparam("most"))
    return select(matches.c.page_id, matches.c.score)


def _pages(matches: Subquery, wanted: _Wanted) -> "Select[int]":
    """Ids of the matches that can be read and are wanted; EXISTS, not JOIN: SQLite would gather all for a join."""
    to_read = exists().where(Page.id == matches.c.page_id, standing(), *wanted.conditions)
    return select(matches.c.page_id).where(to_read)


def _filtered(session: Session, filters: Filters) -> _Wanted:
    asked = (
        [Item.folded_key == fold_key(key) for key in filters.items],
        _types(session, filters.types),
        [_dated(first, last) for first, last in filters.years],
    )
    items = [or_(*alternatives) for alternatives in asked if alternatives]
    pages: list[ColumnElement[bool]] = [Page.script.in_(filters.scripts)] if filters.scripts else []
    pages += [Page.counted_on >= filters.since] if filters.since else []
    pages += [Page.counted_on <= filters.until] if filters.until else []
    return _of_items(session, items, pages) if items else _Wanted(tuple(pages))


def _types(session: Session, folded: Collection[str]) -> list[ColumnElement[bool]]:
    """Items whose type is one of these, however it is spelled; there are a handful of types."""
    if not folded:
        return []
    return [Item.type.in_([kind for kind in session.scalars(select(Item.type).distinct()) if fold(kind) in folded])]


def _of_items(session: Session, items: Sequence[ColumnElement[bool]], pages: Sequence[ColumnElement[bool]]) -> _Wanted:
    """A few items stand on a few shelves: a common word is sought on these alone."""
    ids = session.scalars(select(Item.id).where(*items).limit(_FEW + 1)).all()
    if len(ids) > _FEW:
        return _Wanted((*pages, Page.item_id.in_(select(Item.id).where(*items))))
    among = Page.item_id.in_(ids)
    shelves = session.scalars(select(dialect.shelf_of(Page.id)).where(among).distinct())
    return _Wanted((*pages, among), frozenset(shelves))


def _dated(first: int, last: int) -> ColumnElement[bool]:
    """The item, or its record, bears a year between the two."""
    years = [str(year) for year in range(first, last + 1)]
    linked = select(Link.item_id).join(Record, Record.id == Link.record_id).where(Link.state == LinkState.LINKED)
    on_record = Item.id.in_(linked.where(or_(*(Record.year.contains(year) for year in years))))
    return or_(on_record, Item.year.between(first, last))


def _hits(session: Session, query: Query, best: Sequence[tuple[int, Column]]) -> tuple[Hit, ...]:
    """The pages as a reader sees them; two queries, however many they are."""
    ids = [page_id for page_id, _ in best]
    wanted = (
        select(
            Page.id, Page.number, Item.id.label("item_id"), Item.key, Item.title, Item.year.between(*YEARS).label("old")
        )
        .add_columns(PageText.text, PageText.words, PageText.strict, PageText.folded, PageText.ocr)
        .add_columns(Page.result, Page.side, Page.parameters)
        .join(Item, Item.id == Page.item_id)
        .join(PageText, PageText.page_id == Page.id)
    )
    rows = {row.id: row for row in session.execute(wanted.where(Page.id.in_(ids)))}
    titles = _record_titles(session, {row.item_id for row in rows.values() if not row.title})
    hits = []
    for rank, (page_id, level) in enumerate(best, 1):
        row = rows[page_id]
        parts, boxes = _marked(query, level, row)
        title = row.title or titles.get(row.item_id) or row.key
        picture = Picture(row.result, row.side, *(int(row.parameters.get(size, 0)) for size in ("width", "height")))
        hits.append(Hit(row.key, row.number, title, parts, rank, _MATCHES[level], boxes, picture))
    return tuple(hits)


def _marked(query: Query, level: Column, row: "Row[Any]") -> tuple[tuple[Part, ...], tuple[WordBox, ...]]:
    """The snippet of one page and the places of its marked words."""
    words, old = row.text.split(), bool(row.old)
    places = marks.marked(query, level, words, stored=Keys(row.strict, row.folded, row.ocr), yangalif=old)
    printed = [str(word[0]) for word in row.words]
    on_page = places if printed == words else marks.marked(query, level, printed, yangalif=old)
    return marks.snippet(words, places), tuple(_box(row.words[place]) for place in sorted(on_page))


def _box(word: Sequence[object]) -> WordBox:
    left, top, right, bottom = (int(str(side)) for side in word[1:5])
    return str(word[0]), left, top, right, bottom


def _record_titles(session: Session, items: Collection[int]) -> dict[int, str]:
    """Titles of the records on which items hang that have none of their own."""
    linked = select(Link.item_id, Record.title).join(Record, Link.record_id == Record.id)
    rows = session.execute(linked.where(Link.item_id.in_(items), Link.state == LinkState.LINKED)) if items else ()
    return {item_id: title for item_id, title in rows if title}
