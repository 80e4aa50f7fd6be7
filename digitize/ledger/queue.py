"""Every change of a page's or item's state. Callers own the transaction; nothing else writes these columns.

Workers are fenced: a result that names an older attempt than the row has is ignored (:class:`StaleClaim` never
reaches a page).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from digitize import __version__
from digitize.ledger.models import HISTORY, LIVE, WAITING, Event, Item, Master, Outcome, Page, PageState, Refusal, Side

TOOL = f"digitize {__version__}"


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on one page, until the lease ends or a later attempt begins."""

    page_id: int
    attempt: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that is safe in the archive and now enters its item."""

    slot: str
    raw_name: bytes
    sort_key: str
    sha256: str
    extension: str
    format: str
    size: int
    origin: str
    surveys: tuple[Mapping[str, Any], ...]
    """One per frame."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt gave no page, and whether another may."""

    kind: str
    reason: str
    retry: bool


@dataclass(frozen=True, slots=True)
class PageResult:
    """What the ledger keeps of one finished side."""

    side: Side
    outcome: Outcome
    confidence: float
    worst: float
    language: str
    script: str
    skew: float
    parameters: Mapping[str, Any]


def log(session: Session, what: str, *, who: str, at: datetime, item: Item | None = None, **detail: Any) -> None:
    """Append to the event table; *detail* must be JSON, ``page_id`` in it also fills the column."""
    session.add(
        Event(
            at=at,
            who=who,
            what=what,
            tool=TOOL,
            item_id=item.id if item else None,
            page_id=detail.get("page_id"),
            detail=detail,
        )
    )


def item_of(session: Session, folded_key: str) -> Item | None:
    """The item whose key folds to *folded_key*."""
    return session.scalars(select(Item).where(Item.folded_key == folded_key)).one_or_none()


def enter_item(session: Session, key: str, folded_key: str, raw_key: bytes, at: datetime) -> Item:
    """The item of that key, made now if it is new."""
    item = item_of(session, folded_key)
    if item is None:
        item = Item(key=key, folded_key=folded_key, raw_key=raw_key, created_at=at, changed_at=at, overrides={})
        session.add(item)
        session.flush()
        log(session, "item-new", who="intake", at=at, item=item)
    return item


def touch(item: Item, at: datetime) -> None:
    """Something came for the item: the quiet time starts again and a complete item opens."""
    item.changed_at = at
    item.complete = False


def enter_pages(session: Session, item: Item, arrival: Arrival, at: datetime) -> None:
    """A new file, or a new version of a known one: its places get new bytes; what was counted stays counted."""
    known = _places(session, item.id, arrival.slot) or _same_gap(session, item, arrival, at)
    _supersede_masters(session, known, at)
    master = _master(session, item, arrival, at)
    taken = {page.frame for page in known}
    fresh = [
        Page(item_id=item.id, slot=arrival.slot, sort_key=arrival.sort_key, frame=frame, received_at=at)
        for frame in range(len(arrival.surveys))
        if frame not in taken
    ]
    session.add_all(fresh)
    for page in (*known, *fresh):
        if page.frame >= len(arrival.surveys):
            page.state = PageState.SUPERSEDED
        elif page.side != Side.RIGHT or page.state in LIVE:
            page.master_id, page.survey = master.id, dict(arrival.surveys[page.frame])
            _requeue(page)
    resolve_refusals(session, item.key, arrival.slot, at)
    touch(item, at)
    renumber(session, item.id)
    what = "page-version" if known else "page-new"
    log(
        session,
        what,
        who="intake",
        at=at,
        item=item,
        slot=arrival.slot,
        sha256=arrival.sha256,
        frames=len(arrival.surveys),
    )


def _places(session: Session, item_id: int, slot: str) -> Sequence[Page]:
    return session.scalars(select(Page).where(Page.item_id == item_id, Page.slot == slot)).all()


def _same_gap(session: Session, item: Item, arrival: Arrival, at: datetime) -> Sequence[Page]:
    """The gap that a refused file of the same name with another ending has left; it gets the name that came.

    Windows hides endings: who was told to scan the page again "under the same name" may write 7.jpg for 7.tif.
    """
    gaps = select(Page).where(Page.item_id == item.id, Page.state == PageState.REJECTED, Page.master_id.is_(None))
    stem = _stem(arrival.slot)
    found = [page for page in session.scalars(gaps) if _stem(page.slot) == stem]
    for page in found[:1]:
        resolve_refusals(session, item.key, page.slot, at)
        page.slot, page.sort_key = arrival.slot, arrival.sort_key
    return found[:1]


def _stem(slot: str) -> str:
    return str(PurePosixPath(slot).with_suffix("")).casefold()


def _supersede_masters(session: Session, pages: Iterable[Page], at: datetime) -> None:
    for master_id in {page.master_id for page in pages if page.master_id}:
        session.execute(
            update(Master).where(Master.id == master_id, Master.superseded_at.is_(None)).values(superseded_at=at)
        )


def _master(session: Session, item: Item, arrival: Arrival, at: datetime) -> Master:
    """The row of these bytes; bytes that were superseded once and come back are taken up again."""
    master = session.scalars(select(Master).where(Master.sha256 == arrival.sha256)).one_or_none()
    if master is None:
        master = Master(sha256=arrival.sha256, extension=arrival.extension, size=arrival.size, format=arrival.format)
        session.add(master)
    master.frames, master.item_id, master.origin = len(arrival.surveys), item.id, arrival.origin
    master.name, master.raw_name = arrival.slot, arrival.raw_name
    master.received_at, master.superseded_at = at, None
    session.flush()
    return master


def _requeue(page: Page) -> None:
    page.state = PageState.RECEIVED
    page.failures = 0
    page.kind = page.reason = page.lease_owner = ""
    page.lease_until = None


def _requeue_both(session: Session, page: Page) -> None:
    """The page and, if it is half of an opening, the other half that comes out of the same work."""
    _requeue(page)
    if (other := _right(session, page)) and other.state in LIVE:
        _requeue(other)


def resolve_refusals(session: Session, item_key: str, slot: str, at: datetime) -> None:
    """A good file took the place of refused ones."""
    session.execute(
        update(Refusal)
        .where(Refusal.item_key == item_key, Refusal.name == slot, Refusal.resolved_at.is_(None))
        .values(resolved_at=at)
    )


def lone_refusals(session: Session) -> list[tuple[int, str]]:
    """Number and path below the share of refused files that nobody resolved and no gap among the pages stands for."""
    gaps = (
        select(Page.id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.key == Refusal.item_key, Page.slot == Refusal.name, Page.state == PageState.REJECTED)
    )
    lone = select(Refusal.id, Refusal.path).where(Refusal.resolved_at.is_(None), ~gaps.exists())
    return [(number, path) for number, path in session.execute(lone)]


def settle_refusals(session: Session, numbers: Collection[int], at: datetime) -> None:
    """A person took these refused files away."""
    session.execute(update(Refusal).where(Refusal.id.in_(numbers)).values(resolved_at=at))
    log(session, "refused-taken-away", who="person", at=at, refusals=list(numbers))


def refuse(session: Session, refusal: Refusal, item: Item | None, sort_key: str) -> None:
    """Record a refused file. Where the item has no page under that name yet, a rejected page marks the gap."""
    session.add(refusal)
    if item is not None and sort_key:
        if not _places(session, item.id, refusal.name):
            session.add(
                Page(
                    item_id=item.id, slot=refusal.name, sort_key=sort_key, state=PageState.REJECTED,
                    kind=refusal.kind, reason=refusal.reason, received_at=refusal.at,
                )
            )  # fmt: skip
            session.flush()
        touch(item, refusal.at)
        renumber(session, item.id)
    log(
        session,
        "refused",
        who="intake",
        at=refusal.at,
        item=item,
        name=refusal.name,
        kind=refusal.kind,
        path=refusal.path,
    )


def renumber(session: Session, item_id: int) -> None:
    """Give the live pages of an item their numbers 1, 2, 3 … in natural order, and history the number 0."""
    history = (Page.item_id == item_id, Page.state.in_(HISTORY), Page.number != 0)
    session.execute(update(Page).where(*history).values(number=0))
    places = select(
        Page.id, Page.number, Page.sort_key, Page.slot, Page.frame, Page.side
    )  # whole rows of a book are slow
    pages = session.execute(places.where(Page.item_id == item_id, Page.state.in_(LIVE))).all()
    order = sorted(pages, key=lambda page: (page.sort_key, page.slot, page.frame, page.side == Side.RIGHT))
    _move(session, {page.id: number for number, page in enumerate(order, start=1) if page.number != number})


def _move(session: Session, numbers: Mapping[int, int]) -> None:
    """Give pages their new numbers, by their ids; those the session holds show them, too."""
    if not numbers:
        return
    rows = [{"page": page, "now": number} for page, number in numbers.items()]
    session.connection().execute(text("UPDATE page SET number = :now WHERE id = :page"), rows)
    for page in session.identity_map.values():
        if isinstance(page, Page) and page.id in numbers:
            set_committed_value(page, "number", numbers[page.id])


def claim(
    session: Session, owner: str, limit: int, now: datetime, lease_seconds: float, aside: Collection[int] = ()
) -> list[Claim]:
    """Take up to *limit* waiting pages, first those whose lease ran out, in the order of their arrival.

    Pages of the items *aside* (their ids) are left waiting.
    """
    others = (Page.item_id.not_in(aside),) if aside else ()
    overdue = _first(session, limit, Page.state == PageState.WORKING, Page.lease_until < now, *others)
    waiting = _first(session, limit - len(overdue), Page.state == PageState.RECEIVED, *others)
    claims = []
    for page in (*overdue, *waiting):
        page.state = PageState.WORKING
        page.attempt += 1
        page.lease_owner = owner
        page.lease_until = now + timedelta(seconds=lease_seconds)
        claims.append(Claim(page.id, page.attempt))
    return claims


def _first(session: Session, limit: int, *rules: ColumnElement[bool]) -> Sequence[Page]:
    """The first pages that fit *rules*: one state at a time, so that the index gives them in their order."""
    wanted = select(Page).where(*rules, Page.side != Side.RIGHT).order_by(Page.item_id, Page.number).limit(limit)
    return session.scalars(wanted.with_for_update(skip_locked=True)).all()


def waiting(session: Session) -> int:
    """How many pictures wait or are in work."""
    return session.scalar(select(func.count()).where(Page.state.in_(WAITING), Page.side != Side.RIGHT)) or 0


def drop_gap(session: Session, item: Item, number: int, who: str, at: datetime) -> str:
    """A refused file was no page of the book: the gap it left goes, and its name is returned; empty if there is none.

    The row stays as history. Should a good file of the name come after all, it takes the place up again.
    """
    gap = select(Page).where(Page.item_id == item.id, Page.number == number, Page.state == PageState.REJECTED)
    page = session.scalars(gap).one_or_none()
    if page is None:
        return ""
    page.state = PageState.SUPERSEDED
    resolve_refusals(session, item.key, page.slot, at)
    session.flush()
    renumber(session, item.id)
    log(session, "gap-dropped", who=who, at=at, item=item, page_id=page.id, slot=page.slot)
    return page.slot


def troubled(session: Session) -> int:
    """How many live pages failed or were refused, how many PDFs could not be built: with any, no run ends with 0."""
    bad = (PageState.FAILED, PageState.REJECTED)
    pages = session.scalar(select(func.count()).where(Page.state.in_(bad))) or 0
    return pages + (session.scalar(select(func.count()).where(Item.unbuilt > "")) or 0)


def release(session: Session, owner: str | None = None) -> int:
    """Give claimed pages back without charging an attempt; all of them when *owner* is None (we hold the lock)."""
    taken = update(Page).where(Page.state == PageState.WORKING)
    if owner is not None:
        taken = taken.where(Page.lease_owner == owner)
    result = session.execute(taken.values(state=PageState.RECEIVED, lease_owner="", lease_until=None))
    return int(result.rowcount)  # type: ignore[attr-defined]


def give_back(session: Session, claim: Claim) -> None:
    """The engine lost this page: it waits again and is charged nothing."""
    if page := held(session, claim):
        page.state, page.lease_owner, page.lease_until = PageState.RECEIVED, "", None


def held(session: Session, claim: Claim) -> Page | None:
    """The page if the claim still holds; None for a late worker's result."""
    page = session.get(Page, claim.page_id)
    if page is None or page.state != PageState.WORKING or page.attempt != claim.attempt:
        return None
    return page


def finish(
    session: Session, page: Page, results: Sequence[PageResult], stored: str, now: datetime, day: date
) -> list[Page]:
    """A claimed page becomes done: one row, or two if it was split; the rows come back in reading order."""
    rows = [page] if len(results) == 1 else [page, _right_of(session, page)]
    if len(results) == 1:
        _drop_right(session, page)
    for row, result in zip(rows, results, strict=True):
        row.master_id, row.survey, row.attempt = page.master_id, page.survey, page.attempt
        _requeue(row)
        row.state, row.side, row.outcome = PageState.DONE, result.side, result.outcome
        row.confidence, row.worst, row.skew = result.confidence, result.worst, result.skew
        row.language, row.script, row.parameters = result.language, result.script, dict(result.parameters)
        row.result, row.done_at = stored, now
        row.counted_on = row.counted_on or day
    page.item.made_with = ""
    session.flush()
    renumber(session, page.item_id)
    session.add(
        Event(at=now, who="pages", what="page-done", tool=TOOL, item_id=page.item_id, page_id=page.id, detail={})
    )
    return rows


def _right(session: Session, page: Page) -> Page | None:
    place = select(Page).where(
        Page.item_id == page.item_id,
        Page.slot == page.slot,
        Page.frame == page.frame,
        Page.side == Side.RIGHT,
    )
    return session.scalars(place).one_or_none()


def _right_of(session: Session, page: Page) -> Page:
    found = _right(session, page)
    if found is None:
        found = Page(
            item_id=page.item_id, slot=page.slot, sort_key=page.sort_key, frame=page.frame, side=Side.RIGHT,
            received_at=page.received_at, failures=0,
        )  # fmt: skip
        session.add(found)
    return found


def _drop_right(session: Session, page: Page) -> None:
    found = _right(session, page)
    if found is not None:
        found.state = PageState.SUPERSEDED


def fail(session: Session, page: Page, failure: Failure, now: datetime, max_attempts: int) -> None:
    """Charge an attempt; after *max_attempts*, or at once where another try cannot help, the page has failed."""
    page.failures += 1
    page.lease_owner, page.lease_until = "", None
    page.kind, page.reason = failure.kind, failure.reason
    page.state = PageState.RECEIVED if failure.retry and page.failures < max_attempts else PageState.FAILED
    if page.state == PageState.FAILED and (other := _right(session, page)) and other.state in LIVE:
        other.state, other.kind, other.reason = page.state, page.kind, page.reason
    detail = {"kind": failure.kind, "reason": failure.reason, "failures": page.failures}
    session.add(
        Event(at=now, who="pages", what="page-failed", tool=TOOL, item_id=page.item_id, page_id=page.id, detail=detail)
    )


def retry(session: Session, item: Item, number: int | None, now: datetime, *, failed: bool = False) -> int:
    """Put pages back in the queue: the one of that *number*, the *failed* ones, or all that are through; how many.

    What waits or is in work already stays as it is, unless it is asked for by its number.
    """
    wanted = select(Page).where(Page.item_id == item.id, Page.master_id.is_not(None), Page.state.in_(LIVE))
    if number is not None:
        wanted = wanted.where(Page.number == number)
    else:
        wanted = wanted.where(Page.state == PageState.FAILED if failed else Page.state.not_in(WAITING))
    pages = session.scalars(wanted.order_by(Page.number)).all()
    for page in {unit.id: unit for unit in (_work_unit(session, page) for page in pages)}.values():
        _requeue_both(session, page)
        log(session, "page-retry", who="person", at=now, item=item, page_id=page.id)
    return len(pages)


def _work_unit(session: Session, page: Page) -> Page:
    """The row that is claimed for *page*: itself, or the left half of its opening."""
    if page.side != Side.RIGHT:
        return page
    place = select(Page).where(
        Page.item_id == page.item_id,
        Page.slot == page.slot,
        Page.frame == page.frame,
        Page.side != Side.RIGHT,
    )
    return session.scalars(place).one()


def work_again(session: Session, pages: Iterable[Page], now: datetime) -> None:
    """What was decided for the item is not what these pages were made with: they are worked on again."""
    for page in pages:
        _requeue_both(session, page)
        session.add(
            Event(at=now, who="pages", what="page-again", tool=TOOL, item_id=page.item_id, page_id=page.id,
                  detail={"why": "settings of the item changed"})
        )  # fmt: skip
