"""Page work: claim waiting pages, send them to the children, record what comes back, one transaction a page."""

import os
import socket
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from pebble import ProcessExpired
from sqlalchemy.orm import Session

from digitize import decisions, jobs, sidecar, store
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.fulltext import index
from digitize.ledger import queue
from digitize.ledger.models import Outcome, Page, Side
from digitize.ledger.queue import Claim, Failure, PageResult
from digitize.ledger.session import lasting, transaction
from digitize.messages import explained
from workers.page import PageDone, PageFailed, PageJob, SideDone, process_page
from workers.text import ENVIRONMENT


@dataclass(slots=True)
class Worked:
    """What came back: pages that are done, attempts that failed, pictures that were through."""

    pages: int = 0
    failed: int = 0
    pictures: int = 0
    lost: int = 0
    """Pages in a row that the engine gave back unworked."""
    unfit: dict[int, str] = field(default_factory=dict)
    """Items that are left waiting because what is set for them cannot be: a sentence each, by their id."""


LOOK_SECONDS = 1.0
"""How often somebody who waits for pages looks whether he is asked to stop."""

_NOBODYS_FAULT = {"worker_died", "timeout"}
"""What happens to pages in hand while the machine shuts down around them."""

LOST_IN_A_ROW = 20
"""When the engine gives back so many pages and finishes none, it is away."""

HANGS = 2
"""A page that ran out of its time twice has failed; a third try would only hold up the others for as long again."""


@dataclass(frozen=True, slots=True)
class _Worker:
    """Under which name pages are claimed, and what was decided for their items so far."""

    name: str
    decide: decisions.Decided


@dataclass(frozen=True, slots=True)
class _Running:
    claim: Claim
    item_key: str
    name: str
    job: PageJob
    language: str
    """Of the item, as the catalogue or a person says it."""


@dataclass(frozen=True, slots=True)
class _Claimed:
    """What can be sent out, how many pages have failed at once, and the items whose pages were given back: why."""

    entries: list[_Running]
    refused: int
    unfit: dict[int, str]


def work(desk: Desk) -> Worked:
    """Send waiting pages to the children, a small window at a time, until none is left or a stop is asked for.

    What a stop finds in work is finished; in a hurry, what no child has begun goes back uncharged.
    """
    name = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"  # containers share names and process ids
    worker = _Worker(name, decisions.Decided())
    running: dict[Future[Any], _Running] = {}
    worked = Worked()
    keeper = sidecar.Keeper(desk.home, desk.ledger, desk.clock)
    try:
        while True:
            while not desk.stop() and _send(desk, worker, running, worked):
                pass  # claims that were refused left room for others
            if desk.hurry():
                _recall(running)
            if not running:
                return worked
            for future in wait(running, LOOK_SECONDS, FIRST_COMPLETED).done:
                _record(desk, running.pop(future), future, worked)
            keeper.tick()
    finally:
        desk.progress.waiting(0)
        _abandon(running)
        with transaction(desk.ledger) as session:
            queue.release(session, worker.name)


def _send(desk: Desk, worker: _Worker, running: dict[Future[Any], _Running], worked: Worked) -> int:
    """Claim what there is room for and send it out; how many claims came to nothing: damaged masters, unfit items."""
    room = _room(desk, len(running))
    if room <= 0:
        return 0
    store.check_space(desk.home)
    claimed = lasting(desk.ledger, desk.clock, lambda session: _claim(desk, session, worker, room, worked.unfit))
    for entry in claimed.entries:
        running[desk.engine.submit(process_page, entry.job)] = entry
    worked.failed += claimed.refused
    worked.pictures += claimed.refused
    worked.unfit |= claimed.unfit
    return claimed.refused + len(claimed.unfit)


def _claim(desk: Desk, session: Session, worker: _Worker, room: int, aside: Mapping[int, str]) -> _Claimed:
    """Claim pages of any items but those set *aside*, and see which of them can be worked on."""
    claims = queue.claim(session, worker.name, room, desk.clock.now(), desk.home.settings.lease_seconds, aside)
    pages = [(session.get_one(Page, claim.page_id), claim) for claim in claims]
    wrongs = {page.item_id: decisions.unfit(page.item) for page, _ in pages}
    unfit = {item: explained(wrong, desk.language) for item, wrong in wrongs.items() if wrong}
    entries = []
    for page, claim in pages:
        if page.item_id in unfit:
            queue.give_back(session, claim)
        elif not _refuse_damaged(desk, session, page):
            entries.append(_entry(desk, page, claim, worker))
    desk.progress.waiting(queue.waiting(session))
    given_back = sum(page.item_id in unfit for page, _ in pages)
    return _Claimed(entries, len(claims) - len(entries) - given_back, unfit)


def _refuse_damaged(desk: Desk, session: Session, page: Page) -> bool:
    """Whether the page's master is not what came; such a page fails at once and what was made of it before stays."""
    fault = jobs.master_fault(session, desk.home, page)
    if fault:
        failure = Failure(jobs.DAMAGED, f"The master {fault} is missing or not what came.", retry=False)
        queue.fail(session, page, failure, desk.clock.now(), desk.home.settings.max_attempts)
        desk.progress.page(page.item.key, page.slot, jobs.DAMAGED)
    return bool(fault)


def _room(desk: Desk, running: int) -> int:
    """How many pages may be claimed now: two for each child, or one at a time while memory is short."""
    free = desk.free_memory()
    short = free is not None and free < desk.home.settings.worker_memory_mb / 2
    return (1 if short else 2 * desk.engine.capacity) - running


def _abandon(running: dict[Future[Any], _Running]) -> None:
    """What is still out when the work breaks off comes back to nobody."""
    for future, entry in running.items():
        future.cancel()
        store.drop_work(entry.job.out_dir)


def _recall(running: dict[Future[Any], _Running]) -> None:
    """Take back what waits for a child; its claim is released with the owner's."""
    for future, entry in list(running.items()):
        if not future.running() and future.cancel():
            del running[future]
            store.drop_work(entry.job.out_dir)


def _entry(desk: Desk, page: Page, claim: Claim, worker: _Worker) -> _Running:
    job = jobs.page_job(desk.home, page, store.new_work_dir(desk.home), worker.decide)
    return _Running(claim, page.item.key, page.slot, job, page.item.language)


def _record(desk: Desk, entry: _Running, future: Future[Any], worked: Worked) -> None:
    result = _result(desk, future)
    if result is None:
        _given_back(desk, entry, worked)
        return
    worked.lost = 0
    if desk.hurry() and isinstance(result, PageFailed) and result.kind in _NOBODYS_FAULT:
        store.drop_work(entry.job.out_dir)
        return  # the shutdown ended the child; the claim is given back uncharged
    worked.pictures += 1
    if isinstance(result, PageFailed):
        _failed(desk, entry, result)
        worked.failed += 1
        desk.progress.page(entry.item_key, entry.name, result.kind)
    else:
        _done(desk, entry, result)
        worked.pages += len(result.sides)
        desk.progress.page(entry.item_key, entry.name, " ".join(side.outcome for side in result.sides))
    store.drop_work(entry.job.out_dir)


def _given_back(desk: Desk, entry: _Running, worked: Worked) -> None:
    """The engine lost the page, a machine or its scheduler died: the page waits again and is charged nothing."""
    store.drop_work(entry.job.out_dir)
    lasting(desk.ledger, desk.clock, lambda session: queue.give_back(session, entry.claim))
    worked.lost += 1
    if worked.lost >= LOST_IN_A_ROW:
        raise Unavailable(
            "The engine gave back {lost} pages in a row unworked.",
            hint="No page was charged; start again when it is repaired.",
            lost=worked.lost,
        )


def _result(desk: Desk, future: Future[Any]) -> PageDone | PageFailed | None:
    """What came back, None if the engine did not keep the page.

    A dead or overdue child is the page's failure, a sick disk is nobody's.
    """
    try:
        result: PageDone | PageFailed = future.result()
    except CancelledError:
        return None
    except TimeoutError:
        return PageFailed("timeout", "The page took longer than page_timeout_seconds.", retry=True)
    except ProcessExpired as error:
        return PageFailed("worker_died", f"The worker process died (exit code {error.exitcode}).", retry=True)
    except MemoryError:
        return PageFailed("out_of_memory", "The page needs more than worker_memory_mb.", retry=True)
    except OSError as error:
        if store.is_disk_fault(error):
            raise store.disk_failed(error) from error
        store.check_mounted(desk.home)
        return PageFailed("io", str(error), retry=True)
    if isinstance(result, PageFailed) and result.kind in ENVIRONMENT:
        raise Unavailable(result.reason, hint="No page was charged; start again when it is repaired.")
    return result


def _failed(desk: Desk, entry: _Running, result: PageFailed) -> None:
    limit = desk.home.settings.max_attempts
    limit = min(limit, HANGS) if result.kind == "timeout" else limit
    failure = Failure(result.kind, result.reason, result.retry)

    def enter(session: Session) -> None:
        if page := queue.held(session, entry.claim):
            queue.fail(session, page, failure, desk.clock.now(), limit)

    lasting(desk.ledger, desk.clock, enter)


def _done(desk: Desk, entry: _Running, result: PageDone) -> None:
    stored = f"{entry.claim.page_id:08d}-{entry.claim.attempt}"
    store.keep_result(desk.home, entry.item_key, entry.job.out_dir, stored)
    sides = [_side(side, entry) for side in result.sides]

    def enter(session: Session) -> None:
        page = queue.held(session, entry.claim)
        if page is None:
            return  # a late worker: somebody else has the page
        rows = queue.finish(session, page, sides, stored, desk.clock.now(), desk.today())
        for row, side in zip(rows, result.sides, strict=True):
            index.put(session, row.id, row.item_id, side.text, side.words)

    lasting(desk.ledger, desk.clock, enter)


def _side(side: SideDone, entry: _Running) -> PageResult:
    job = entry.job
    asked: dict[str, object] = {
        "asked_split": job.split,
        "gutter": job.gutter,
        "profile": dict(job.profile),
        "prior": job.prior,
    }
    asked |= {"pdf": job.pdf, "master": job.master.stem, "item_language": entry.language}
    asked |= {"languages": list(job.languages), "low_confidence": job.low_confidence, "jpeg_quality": job.jpeg_quality}
    size = {"width": side.width, "height": side.height}
    return PageResult(
        side=Side(side.side),
        outcome=Outcome(side.outcome),
        confidence=side.confidence,
        worst=side.worst,
        language=side.language,
        script=side.script,
        skew=side.skew,
        parameters={**side.parameters, **asked, **size},
    )
