"""What waits and what needs a person: the queue, the items, the attention list; queries over present rows."""

import enum
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from digitize.ledger.plain import ask, moment, number
from digitize.ledger.states import HANG, LinkState, PageState

if TYPE_CHECKING:
    from digitize.ledger.plain import Source

_OPEN = (PageState.RECEIVED, PageState.WORKING, PageState.FAILED, PageState.REJECTED)

_NEWEST, _FEWEST = 500, 10
"""Events that are looked at for the speed of the work, and the fewest pages that tell one."""
_PAUSE = timedelta(minutes=10)
"""Nobody was at work when no page was through for longer."""

MOST = 1000
"""Most lines of one cause in the attention list; the queue's numbers are always complete."""


class Cause(enum.StrEnum):
    """Why something is on the attention list."""

    HANG = "hang"
    DAMAGED = "damaged"
    FAILED = "failed"
    REJECTED = "rejected"
    UNBUILT = "unbuilt"
    MISSING = "missing"
    REVIEW = "review"
    LOW = "low"


@dataclass(frozen=True, slots=True)
class Queue:
    """Live pages that are not done, and refused files nobody has replaced yet."""

    received: int
    working: int
    failed: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Items:
    """How far the items are; an item can be in several of the last three."""

    open: int
    """More pages may come."""
    complete: int
    published: int
    linked: int


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for a person. *number* is how many pages it is about."""

    cause: Cause
    item: str
    page: int | None = None
    kind: str = ""
    reason: str = ""
    name: str = ""
    number: int = 1


_LONE = """
    refusal.resolved_at IS NULL AND (refusal.item_key, refusal.name) NOT IN (
        SELECT item.key, page.slot FROM page JOIN item ON item.id = page.item_id WHERE page.state = 'rejected')"""
"""A refusal nobody has resolved and no rejected page stands for."""


def queue(source: "Source") -> Queue:
    """Pages by state; a refused file counts once, be it a page row, a refusal or both."""
    sql = "SELECT state, count(*) FROM page WHERE state IN (:open) GROUP BY state"
    states: dict[str, int] = dict(ask(source, sql, open=_OPEN))
    lone = number(source, f"SELECT count(*) FROM refusal WHERE {_LONE}")
    return Queue(
        states.get(PageState.RECEIVED, 0),
        states.get(PageState.WORKING, 0),
        states.get(PageState.FAILED, 0),
        states.get(PageState.REJECTED, 0) + lone,
    )


def minutes_left(source: "Source", pages: int) -> int | None:
    """How long the machine will be at work on so many *pages*, at the speed of the last ones; None if none tells it."""
    sql = """
        SELECT at FROM (SELECT id, at, what FROM event ORDER BY id DESC LIMIT :newest) AS happened
        WHERE what = 'page-done' ORDER BY id"""
    through = [moment(at) for (at,) in ask(source, sql, newest=_NEWEST)]
    gaps = [later - earlier for earlier, later in pairwise(through)]
    worked = [gap for gap in gaps if timedelta() <= gap <= _PAUSE]
    if not pages or len(worked) < _FEWEST:
        return None
    return math.ceil(pages * (sum(worked, timedelta()) / len(worked)) / timedelta(minutes=1))


def items(source: "Source") -> Items:
    """Items by how far they are."""
    sql = "SELECT count(*) FILTER (WHERE complete), count(published_at), count(*) FROM item"
    ((complete, published, everything),) = ask(source, sql)
    linked = "SELECT count(DISTINCT item_id) FROM link WHERE state = :linked"
    return Items(everything - complete, complete, published, number(source, linked, linked=LinkState.LINKED))


def attention(source: "Source") -> tuple[Need, ...]:
    """Everything that waits for a person, the most urgent cause first."""
    return (
        *_hang(source),
        *_damaged(source),
        *_bad_pages(source, PageState.REJECTED, Cause.REJECTED),
        *_lone_refusals(source),
        *_bad_pages(source, PageState.FAILED, Cause.FAILED),
        *_unbuilt(source),
        *_missing(source),
        *_reviews(source),
        *_low(source),
    )


def _hang(source: "Source") -> Iterator[Need]:
    """No page was finished for a while although pages were in work, and none has been since."""
    for (minutes,) in ask(source, "SELECT value FROM meta WHERE key = :hang", hang=HANG):
        yield Need(Cause.HANG, "", kind=Cause.HANG, number=int(minutes))


def _damaged(source: "Source") -> Iterator[Need]:
    """What the last looks at the archive found and nobody has repaired."""
    sql = """
        SELECT damage.kind, damage.path, item.key FROM damage LEFT JOIN item ON item.id = damage.item_id
        WHERE damage.resolved_at IS NULL ORDER BY damage.id LIMIT :most"""
    for kind, path, key in ask(source, sql, most=MOST):
        yield Need(Cause.DAMAGED, key or "", kind=kind, name=path)


def _bad_pages(source: "Source", state: PageState, cause: Cause) -> Iterator[Need]:
    sql = """
        SELECT item.key, page.number, page.kind, page.reason, page.slot
        FROM page JOIN item ON item.id = page.item_id
        WHERE page.state = :state ORDER BY item.key, page.sort_key LIMIT :most"""
    for key, place, kind, reason, slot in ask(source, sql, state=state, most=MOST):
        yield Need(cause, key, place or None, kind or cause.value, reason, slot)


def _lone_refusals(source: "Source") -> Iterator[Need]:
    sql = f"SELECT item_key, kind, reason, name FROM refusal WHERE {_LONE} ORDER BY item_key, name LIMIT :most"
    for key, kind, reason, name in ask(source, sql, most=MOST):
        yield Need(Cause.REJECTED, key, None, kind, reason, name)


def _unbuilt(source: "Source") -> Iterator[Need]:
    """Items whose PDF could not be built the last time; an older one stands, or none."""
    sql = "SELECT key FROM item WHERE unbuilt > '' ORDER BY key LIMIT :most"  # the comparison an index answers
    for (key,) in ask(source, sql, most=MOST):
        yield Need(Cause.UNBUILT, key, kind=Cause.UNBUILT)


def _missing(source: "Source") -> Iterator[Need]:
    """Items that count as complete with fewer pages than item.toml promised."""
    sql = """
        SELECT key, expected_pages - coalesce((SELECT max(number) FROM page WHERE page.item_id = item.id), 0)
        FROM item WHERE complete AND expected_pages > 0 AND NOT EXISTS (
            SELECT 1 FROM page WHERE page.item_id = item.id AND page.number >= item.expected_pages)
        ORDER BY key LIMIT :most"""  # that there is such a number is seen quicker than which is the largest
    for key, pages in ask(source, sql, most=MOST):
        yield Need(Cause.MISSING, key, kind=Cause.MISSING, number=pages or 0)


def _reviews(source: "Source") -> Iterator[Need]:
    sql = """
        SELECT item.key, max(link.reason) FROM link JOIN item ON item.id = link.item_id
        WHERE link.state = :review AND link.item_id NOT IN (SELECT item_id FROM link WHERE state = :linked)
        GROUP BY item.id, item.key ORDER BY item.key LIMIT :most"""
    for key, reason in ask(source, sql, review=LinkState.REVIEW, linked=LinkState.LINKED, most=MOST):
        yield Need(Cause.REVIEW, key, kind=Cause.REVIEW, reason=reason or "")


def _low(source: "Source") -> Iterator[Need]:
    """The newest items with pages that were hard to read, one line an item, the hardest first.

    All of twenty years are not sorted for a list that nobody reads to its end: the book on the table is a new one.
    """
    sql = """
        SELECT item.key, hard.pages FROM (
            SELECT item_id, count(*) AS pages FROM page WHERE state = 'done' AND outcome = 'low'
            GROUP BY item_id ORDER BY item_id DESC LIMIT :most) AS hard
        JOIN item ON item.id = hard.item_id ORDER BY hard.pages DESC, item.key"""  # words the partial index knows
    for key, pages in ask(source, sql, most=MOST):
        yield Need(Cause.LOW, key, kind=Cause.LOW, number=pages)
