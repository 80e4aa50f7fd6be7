"""Counting: the one place where it is decided what a number means, in words and in code.

The rules (design, counting):

1. One page is one side of a leaf. A scanned opening that was split is two page rows, so it counts two.
2. A page counts on ``counted_on``: the local day on which it first became done, set once by the queue.
3. A page counts once, however often it is rescanned or worked again: its row stays, only the bytes change.
   Rows that became history (superseded, duplicate) never count.
4. Blank pages count unless the library says ``count_blank = false``.
5. A title counts on ``first_published_on``: the local day on which its first PDF appeared. A resource of the
   full-text base is such a title too: its text goes into the index with its PDF.
6. A record with a macro-object counts on the day of its first link that still stands; two items on one record
   count one. An undone link counts nothing.
7. A delivery (masofadan xizmat) counts its pages or copies on its day if they were sent and nobody took it back; what
   a customer fetches in person is no remote service. Money counts on the day it came, returns below nought.
8. A resource with a QR code in public counts on the day of its first place that still stands.
9. What a person typed for a row counts on the day it was typed for, until it is taken back.
10. A total is always a query over these rows. :func:`explain` selects the same rows as :func:`count`, so the amounts
   of the list behind a number add up to the number; where things are counted, each line is 1.

Days are local calendar days, both ends included.
"""

import enum
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from digitize.ledger.behind import FIELDS, Batch, Behind, Line
from digitize.ledger.plain import ask, day, joining, number
from digitize.ledger.states import HISTORY, LIVE, LinkState, Outcome
from digitize.uzbek import fold

if TYPE_CHECKING:
    from digitize.ledger.plain import Source


class Counted(enum.StrEnum):
    """What can be counted."""

    PAGES = "pages"
    TITLES = "titles"
    FULLTEXT = "fulltext"
    LINKED = "linked"
    DELIVERED_PAGES = "delivered_pages"
    DELIVERED_COPIES = "delivered_copies"
    PAID = "paid"
    """So‘m."""
    QR = "qr"
    BY_HAND = "by_hand"
    """Of one plan row: :attr:`Scope.row`."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days and which items a number is about; an empty filter lets everything through."""

    since: date
    until: date
    count_blank: bool = True
    sources: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of customers; only deliveries and money have one."""
    row: tuple[int, str] = (0, "")
    """Year and key of a plan row; only entries by hand have one."""

    def between(self, since: date, until: date) -> Self:
        """The same items on other days."""
        return replace(self, since=since, until=until)


def count(source: "Source", what: Counted, scope: Scope) -> int:
    """How many of *what* fall into *scope*."""
    if what is Counted.PAGES and _of_all(scope):
        return sum(_pages_per_day(source, scope).values())
    rows = _rows(source, what, scope)
    return number(source, f"SELECT {_amount(what)} FROM ({rows.sql}) AS counted", **rows.values)


def per_day(source: "Source", what: Counted, scope: Scope) -> dict[date, int]:
    """How many of *what* fell on each day of *scope* that had any."""
    if what is Counted.PAGES and _of_all(scope):
        return _pages_per_day(source, scope)
    rows = _rows(source, what, scope)
    sql = f"SELECT day, {_amount(what)} FROM ({rows.sql}) AS counted GROUP BY day ORDER BY day"
    return {day(found): int(amount) for found, amount in ask(source, sql, **rows.values)}


def _of_all(scope: Scope) -> bool:
    return not (scope.sources or scope.types or scope.collections)


_EACH_DAY = """
        WITH RECURSIVE days (day) AS (
            SELECT min(counted_on) FROM page WHERE counted_on BETWEEN :since AND :until
            UNION ALL
            SELECT (SELECT min(counted_on) FROM page WHERE counted_on > days.day AND counted_on <= :until)
            FROM days WHERE days.day IS NOT NULL)"""
"""The days on which pages counted, one after the other out of the index ``page_of_day``."""


def _pages_per_day(source: "Source", scope: Scope) -> dict[date, int]:
    """Day after day, the states one by one: half the work of looking at the state of every page."""
    blank = "" if scope.count_blank else f"AND {_NOT_BLANK}"
    sql = f"""{_EACH_DAY}
        SELECT day, (SELECT count(*) FROM page WHERE counted_on = days.day AND state IN (:live) {blank})
        FROM days WHERE day IS NOT NULL"""
    found = ask(source, sql, **_days(scope), live=LIVE, blank=Outcome.BLANK)
    return {day(on): pages for on, pages in found if pages}


def _amount(what: Counted) -> str:
    return "sum(amount)" if what in _DESK else "count(*)"


def pages(source: "Source", scope: Scope) -> int:
    """Counted pages (sahifa)."""
    return count(source, Counted.PAGES, scope)


def titles(source: "Source", scope: Scope) -> int:
    """Items whose first PDF appeared (nomda)."""
    return count(source, Counted.TITLES, scope)


def fulltext(source: "Source", scope: Scope) -> int:
    """Resources put into the full-text base."""
    return count(source, Counted.FULLTEXT, scope)


def linked(source: "Source", scope: Scope) -> int:
    """Records that got a macro-object."""
    return count(source, Counted.LINKED, scope)


_IN_ORDER = ("counted_on", "state", "outcome", "item_id")
"""The columns of the index ``page_of_day``: groups of them are read off it without looking at a page."""


class Bundle(NamedTuple):
    """Pages counted on one day that are alike, and so are their items."""

    day: date
    outcome: str
    source: str
    type: str
    operator: str
    scanner: str
    pages: int


def bundles(source: "Source", scope: Scope) -> tuple[Bundle, ...]:
    """All counted pages, alike ones together: the pages are walked over once for every division of a report."""
    rules = _page_rules(scope) + _among(_item_rules(source, scope), "page.item_id")
    groups = ", ".join(_IN_ORDER)
    parts = "counted_on, outcome, source, type, operator, scanner"
    sql = f"""
        SELECT sum(page.pages), {parts}
        FROM (SELECT {groups}, count(*) AS pages FROM page WHERE {rules.sql} GROUP BY {groups}) AS page
        JOIN item ON item.id = page.item_id GROUP BY {parts}"""
    found = ask(source, sql, **rules.values)
    return tuple(Bundle(day(row[1]), row[2] or "", row[3], row[4], row[5], row[6], int(row[0])) for row in found)


def largest_first(amounts: Mapping[str, int]) -> dict[str, int]:
    """Amounts by name, ordered as every division is."""
    return dict(sorted(amounts.items(), key=lambda one: (-one[1], one[0])))


def explain(source: "Source", what: Counted, scope: Scope) -> Behind:
    """The pages (or items) behind ``count(source, what, scope)``, by day, item and page."""
    if what is Counted.PAGES:
        return _explain_pages(source, scope)
    if what is Counted.LINKED:
        return _explain_links(source, scope)
    if what is Counted.QR:
        return _explain_places(source, scope)
    if what in _DESK:
        return _explain_desk(source, what, scope)
    rules = _published(scope) + _item_rules(source, scope)
    sql = f"SELECT first_published_on, key, title FROM item WHERE {rules.sql} ORDER BY first_published_on, key"
    return Behind(Line(day(on), key, title) for on, key, title in ask(source, sql, **rules.values))


def _explain_pages(source: "Source", scope: Scope) -> Behind:
    """The database writes the pages of a day one after the other; only batches of them are looked at here."""
    rules = _counted(scope) + _among(_item_rules(source, scope), "page.item_id")
    sql = f"""{_EACH_DAY}
        SELECT day, (SELECT {joining(source)}(one, '/') FROM (
            SELECT format('%s/%s/%s/%s/%s', page.item_id, page.number, page.slot, page.outcome, master.sha256) AS one
            FROM page LEFT JOIN master ON master.id = page.master_id
            WHERE page.counted_on = days.day AND {rules.sql} ORDER BY page.item_id, page.number, page.id) AS pages)
        FROM days WHERE day IS NOT NULL"""
    found = [
        (day(on), item, fields)
        for on, pages in ask(source, sql, **rules.values, **_days(scope))
        if pages
        for item, fields in _by_item(pages.encode().split(b"/"))
    ]
    names = _names(source, sorted({item for _, item, _ in found}))
    batches = [Batch(on, *names[item], fields) for on, item, fields in found]
    return Behind(sorted(batches, key=attrgetter("day", "item")))


def _by_item(words: list[bytes]) -> Iterator[tuple[int, tuple[bytes, ...]]]:
    """The fields of the pages of each item; before those of a page stands its item. No name of a file has a slash."""
    width = FIELDS + 1
    items = words[::width]
    first = 0
    while first < len(items):
        item = int(items[first])
        last = bisect_right(items, item, first, key=int)
        fields = words[first * width : last * width]
        del fields[::width]
        yield item, tuple(fields)
        first = last


def _names(source: "Source", items: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Key and title of each item, a thousand at a time: no database takes values without end."""
    sql = "SELECT id, key, title FROM item WHERE id IN (:some)"
    blocks = (tuple(items[first : first + 1000]) for first in range(0, len(items), 1000))
    return {item: (key, title) for some in blocks for item, key, title in ask(source, sql, some=some)}


def _explain_places(source: "Source", scope: Scope) -> Behind:
    """One line per resource, with its first place."""
    rules = _hanging() + _item_rules(source, scope)
    sql = f"""
        SELECT placement.item_id, placement.day, item.key, item.title, placement.place, placement.who
        FROM placement JOIN item ON item.id = placement.item_id
        WHERE {rules.sql} ORDER BY placement.day, placement.id"""
    first: dict[int, Line] = {}
    for item, on, key, title, place, who in ask(source, sql, **rules.values):
        first.setdefault(item, Line(day(on), key, title, name=place, who=who))
    return Behind(line for line in first.values() if scope.since <= line.day <= scope.until)


def _explain_desk(source: "Source", what: Counted, scope: Scope) -> Behind:
    """Deliveries and payments with their order and customer; entries by hand with their author."""
    rows = _desk_rows(source, what, scope)
    sql = f"SELECT day, year, number, title, note, amount, who FROM ({rows.sql}) AS acts ORDER BY day, id"
    return Behind(
        Line(day(on), f"{year}-{place}" if place else "", title, name=note, amount=amount, who=who)
        for on, year, place, title, note, amount, who in ask(source, sql, **rows.values)
    )


def _explain_links(source: "Source", scope: Scope) -> Behind:
    """One line per record, with the item that was hung on it first."""
    rules = _standing() + _item_rules(source, scope)
    sql = f"""
        SELECT link.record_id, link.linked_on, item.key, item.title FROM link JOIN item ON item.id = link.item_id
        WHERE {rules.sql} ORDER BY link.linked_on, item.key, link.id"""
    first: dict[int, Line] = {}
    for record, on, key, title in ask(source, sql, **rules.values):
        first.setdefault(record, Line(day(on), key, title))
    return Behind(line for line in first.values() if scope.since <= line.day <= scope.until)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A piece of SQL with the values it names."""

    sql: str
    values: Mapping[str, Any]

    def __add__(self, other: "_Asked") -> "_Asked":
        both = " AND ".join(filter(None, (self.sql, other.sql)))
        return _Asked(both, {**self.values, **other.values})


def _rows(source: "Source", what: Counted, scope: Scope) -> _Asked:
    """One row ``(day, id)`` per counted thing."""
    if what in _DESK:
        return _desk_rows(source, what, scope)
    items = _item_rules(source, scope)
    if what is Counted.PAGES:
        mine = _among(items, "page.item_id")
        rules = _page_rules(scope) + mine
        return _Asked(f"SELECT page.counted_on AS day, page.id FROM page WHERE {rules.sql}", rules.values)
    if what is Counted.LINKED:
        return _first_days("link", "linked_on", "record_id", _standing() + _among(items, "link.item_id"), scope)
    if what is Counted.QR:
        return _first_days("placement", "day", "item_id", _hanging() + _among(items, "placement.item_id"), scope)
    rules = _published(scope) + items
    return _Asked(f"SELECT item.first_published_on AS day, item.id FROM item WHERE {rules.sql}", rules.values)


def _first_days(table: str, column: str, owner: str, rules: _Asked, scope: Scope) -> _Asked:
    """What happens to an owner more than once counts on the first day of it."""
    sql = f"""
        SELECT min({table}.{column}) AS day, {table}.{owner} FROM {table} WHERE {rules.sql}
        GROUP BY {table}.{owner} HAVING min({table}.{column}) BETWEEN :since AND :until"""
    return _Asked(sql, {**rules.values, **_days(scope)})


_DESK = frozenset({Counted.DELIVERED_PAGES, Counted.DELIVERED_COPIES, Counted.PAID, Counted.BY_HAND})
"""What has an amount of its own; of everything else each row is one."""


def _desk_rows(source: "Source", what: Counted, scope: Scope) -> _Asked:
    """``day, id, amount`` and what tells a person which act it was."""
    if what is Counted.BY_HAND:
        sql = """
            SELECT day, id, amount, note, who, 0 AS year, 0 AS number, '' AS title FROM hand_entry
            WHERE year = :row_year AND row_key = :row_key AND undone_at IS NULL AND day BETWEEN :since AND :until"""
        return _Asked(sql, {**_days(scope), "row_year": scope.row[0], "row_key": scope.row[1]})
    if what is Counted.PAID:
        act, amount, note, rules = "payment", "amount", "document", _undisputed("payment", scope)
    else:
        act, note, rules = "delivery", "note", _undisputed("delivery", scope) + _Asked("delivery.remote", {})
        amount = "pages" if what is Counted.DELIVERED_PAGES else "copies"
    rules += _one_of(source, "scan_order", "kind", scope.kinds)
    rules += _one_of(source, "scan_order", "service", scope.sources)
    sql = f"""
        SELECT {act}.day, {act}.id, {act}.{amount} AS amount, {act}.{note} AS note, {act}.who,
            scan_order.year, scan_order.number, scan_order.customer AS title
        FROM {act} JOIN scan_order ON scan_order.id = {act}.order_id WHERE {rules.sql}"""
    return _Asked(sql, rules.values)


def _undisputed(act: str, scope: Scope) -> _Asked:
    return _Asked(f"{act}.undone_at IS NULL AND {act}.day BETWEEN :since AND :until", _days(scope))


def _days(scope: Scope) -> dict[str, date]:
    return {"since": scope.since, "until": scope.until}


_NOT_BLANK = "(page.outcome IS NULL OR page.outcome <> :blank)"


def _page_rules(scope: Scope) -> _Asked:
    return _Asked("page.counted_on BETWEEN :since AND :until", _days(scope)) + _counted(scope)


def _counted(scope: Scope) -> _Asked:
    """Of the pages of a day, those that count."""
    # not "in LIVE": SQLite would look the states up instead of the days
    rules = _Asked("page.state NOT IN (:history)", {"history": HISTORY})
    if not scope.count_blank:
        rules += _Asked(_NOT_BLANK, {"blank": Outcome.BLANK})
    return rules


def _published(scope: Scope) -> _Asked:
    return _Asked("item.first_published_on BETWEEN :since AND :until", _days(scope))


def _standing() -> _Asked:
    standing = "link.state = :linked AND link.linked_on IS NOT NULL AND link.record_id IS NOT NULL"
    return _Asked(standing, {"linked": LinkState.LINKED})


def _hanging() -> _Asked:
    return _Asked("placement.undone_at IS NULL", {})


def _item_rules(source: "Source", scope: Scope) -> _Asked:
    filters = (("source", scope.sources), ("type", scope.types), ("collection", scope.collections))
    rules = _Asked("", {})
    for column, wanted in filters:
        rules += _one_of(source, "item", column, wanted)
    return rules


def _among(items: _Asked, column: str) -> _Asked:
    """The same items, looked up once instead of with every row."""
    return _Asked(f"{column} IN (SELECT item.id FROM item WHERE {items.sql})", items.values) if items.sql else items


def _one_of(source: "Source", table: str, column: str, wanted: Sequence[str]) -> _Asked:
    """A column holds one of the *wanted* words, as the ledger spells them; no word lets everything through."""
    if not wanted:
        return _Asked("", {})
    return _Asked(f"{table}.{column} IN (:any_{column})", {f"any_{column}": _spellings(source, table, column, wanted)})


def _spellings(source: "Source", table: str, column: str, wanted: Sequence[str]) -> tuple[str, ...]:
    """How the ledger spells the *wanted* words: people write o‘lkashunoslik with five apostrophes."""
    keys = {fold(word) for word in wanted}
    found = ask(source, f"SELECT DISTINCT {column} FROM {table}")
    return tuple(value for (value,) in found if fold(value) in keys)
