"""The run: intake, pages, books, links, until nothing is left. Every step starts from the ledger and ends in it."""

import os
import socket
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pebble import ProcessExpired
from sqlalchemy import select

from digitize import ingest, jobs, link, publish, store
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.fulltext import index
from digitize.inbox import Settled, look
from digitize.ingest import Taken
from digitize.ledger import queue
from digitize.ledger.models import Item, Outcome, Page, Side
from digitize.ledger.queue import Claim, PageResult
from digitize.ledger.session import transaction
from digitize.settings import Settings
from workers import tools
from workers.page import PageDone, PageFailed, SideDone, process_page

Stop = Callable[[], bool]
"""Asked before new work is claimed; work in hand is finished."""


class Progress(Protocol):
    """Whoever shows the run to a person."""

    def waiting(self, pages: int) -> None:
        """So many pages lie ahead."""
        ...

    def page(self, item: str, name: str, outcome: str) -> None:
        """One picture is through, with its outcome or the name of its failure."""
        ...

    def book(self, item: str, pages: int) -> None:
        """One PDF stands in its place."""
        ...


@dataclass
class RunSummary:
    """What a run did."""

    taken: Taken = field(default_factory=Taken)
    pages: int = 0
    failed: int = 0
    published: list[publish.Published] = field(default_factory=list)
    links: link.LinkSummary | None = None


@dataclass(frozen=True, slots=True)
class _Running:
    claim: Claim
    item_key: str
    name: str
    work: Path


def run(desk: Desk, stop: Stop, progress: Progress) -> RunSummary:
    """Take everything through; each round starts when the last one left something to do."""
    summary = RunSummary()
    recover(desk)
    while take_in(desk, summary) + work(desk, stop, progress, summary) + split_again(desk) and not stop():
        pass
    publish_books(desk, progress, summary, only_complete=False)
    summary.links = attach(desk)
    publish.status_page(desk)
    return summary


def check_tools(settings: Settings) -> None:
    """Before anything is claimed: is the recogniser there with its languages?

    Raises:
        Unavailable: with the command that installs what is missing.
    """
    try:
        tools.require_tesseract(settings.ocr_languages)
    except tools.MissingTool as error:
        raise Unavailable(str(error), hint=error.hint) from error


def recover(desk: Desk) -> None:
    """Start-up is resume: we hold the lock, so whatever is claimed belongs to a run that died."""
    store.check_mounted(desk.home)
    store.sweep(desk.home)
    with transaction(desk.ledger) as session:
        queue.release(session)


def take_in(desk: Desk, summary: RunSummary, settled: Settled | None = None) -> int:
    """One intake pass; without a memory of earlier looks it waits once for files to settle. How much it took."""
    store.check_mounted(desk.home)
    seconds = desk.home.settings.settle_seconds
    memory = settled or Settled(seconds)
    found = look(desk.home.inbox)
    ready = memory.observe((*found.files, *found.sheets), desk.clock.monotonic())
    if settled is None and (found.files or found.sheets):
        desk.clock.sleep(seconds)
        found = look(desk.home.inbox)
        ready = memory.observe((*found.files, *found.sheets), desk.clock.monotonic())
    before = _count(summary.taken)
    ingest.apply_sheets(desk, [file for file in ready if file in found.sheets], summary.taken)
    ingest.take(desk, [file for file in ready if file not in found.sheets], summary.taken)
    ingest.close_items(desk, look(desk.home.inbox))
    return _count(summary.taken) - before


def _count(taken: Taken) -> int:
    return taken.files + taken.duplicates + len(taken.refused)


def work(desk: Desk, stop: Stop, progress: Progress, summary: RunSummary) -> int:
    """Send waiting pages to the workers, a small window at a time, and record each result; how many came back."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    running: dict[Future[Any], _Running] = {}
    through = 0
    try:
        while True:
            if not stop():
                _send(desk, owner, running, progress)
            if not running:
                return through
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                _record(desk, running.pop(future), future, progress, summary)
                through += 1
    finally:
        with transaction(desk.ledger) as session:
            queue.release(session, owner)


def _send(desk: Desk, owner: str, running: dict[Future[Any], _Running], progress: Progress) -> None:
    room = 2 * desk.engine.capacity - len(running)
    if room <= 0:
        return
    store.check_space(desk.home)
    lease = desk.home.settings.lease_seconds
    with transaction(desk.ledger) as session:
        claims = queue.claim(session, owner, room, desk.clock.now(), lease)
        sent = []
        for claim in claims:
            page = session.get_one(Page, claim.page_id)
            folder = store.new_work_dir(desk.home)
            sent.append(
                (
                    jobs.page_job(session, desk.home, page, folder),
                    _Running(claim, page.item.key, page.slot, folder),
                )
            )
        progress.waiting(queue.waiting(session))
    for job, entry in sent:
        running[desk.engine.submit(process_page, job)] = entry


def _record(desk: Desk, entry: _Running, future: Future[Any], progress: Progress, summary: RunSummary) -> None:
    result = _result(future)
    if isinstance(result, PageFailed):
        _failed(desk, entry, result)
        summary.failed += 1
        progress.page(entry.item_key, entry.name, result.kind)
    else:
        _done(desk, entry, result)
        summary.pages += len(result.sides)
        progress.page(entry.item_key, entry.name, " ".join(side.outcome for side in result.sides))
    store.drop_work(entry.work)


def _result(future: Future[Any]) -> PageDone | PageFailed:
    """What came back; a dead or overdue child is the page's failure, a sick disk is nobody's."""
    try:
        result: PageDone | PageFailed = future.result()
    except TimeoutError:
        return PageFailed("timeout", "The page took longer than page_timeout_seconds.", retry=True)
    except ProcessExpired as error:
        return PageFailed("worker_died", f"The worker process died (exit code {error.exitcode}).", retry=True)
    except MemoryError:
        return PageFailed("out_of_memory", "The page needs more than worker_memory_mb.", retry=True)
    except OSError as error:
        if store.is_disk_fault(error):
            raise store.disk_failed(error) from error
        return PageFailed("io", str(error), retry=True)
    if isinstance(result, PageFailed) and result.kind in ENVIRONMENT:
        raise Unavailable(result.reason, hint="No page was charged; start again when it is repaired.")
    return result


ENVIRONMENT = {"engine_missing", "language_missing"}
"""Failures of the machine, not of the page."""


def _failed(desk: Desk, entry: _Running, result: PageFailed) -> None:
    limit = desk.home.settings.max_attempts
    with transaction(desk.ledger) as session:
        if page := queue.held(session, entry.claim):
            queue.fail(
                session,
                page,
                result.kind,
                result.reason,
                desk.clock.now(),
                retry=result.retry,
                max_attempts=limit,
            )


def _done(desk: Desk, entry: _Running, result: PageDone) -> None:
    stored = f"{entry.claim.page_id:08d}-{entry.claim.attempt}"
    store.keep_result(desk.home, entry.item_key, entry.work, stored)
    with transaction(desk.ledger) as session:
        page = queue.held(session, entry.claim)
        if page is None:
            return  # a late worker: somebody else has the page
        sides = [_side(side) for side in result.sides]
        rows = queue.finish(session, page, sides, stored, desk.clock.now(), desk.today())
        for row, side in zip(rows, result.sides, strict=True):
            index.put(session, row.id, row.item_id, side.text, side.words)


def _side(side: SideDone) -> PageResult:
    return PageResult(
        side=Side(side.side), outcome=Outcome(side.outcome), confidence=side.confidence, worst=side.worst,
        language=side.language, script=side.script, skew=side.skew, parameters=side.parameters,
    )  # fmt: skip


def publish_books(desk: Desk, progress: Progress, summary: RunSummary, *, only_complete: bool) -> None:
    """Build every PDF whose pages or title changed; pages whose opening split is decided anew go back first."""
    with transaction(desk.ledger) as session:
        link.match_items(session, desk.home.settings, desk.clock.now())
        waiting = [
            item for item in session.scalars(select(Item).order_by(Item.id)) if item.complete or not only_complete
        ]
    for item in waiting:
        if done := publish.publish(desk, item.id):
            summary.published.append(done)
            progress.book(done.item, done.pages)


def split_again(desk: Desk) -> int:
    """Send back pages that were split, or not, against what the whole item says now; how many."""
    count = 0
    with transaction(desk.ledger) as session:
        for item in session.scalars(select(Item)):
            pages = jobs.changed_minds(session, item, desk.home.settings)
            queue.requeue_split(session, pages, desk.clock.now())
            count += len(pages)
    return count


def attach(desk: Desk) -> link.LinkSummary:
    """Write the links of everything that is published."""
    with transaction(desk.ledger) as session:
        return link.attach_links(session, desk.home.settings, desk.clock.now())
