"""The run: intake, pages, books, links, until nothing is left. Every step starts from the ledger and ends in it."""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from sqlalchemy import select

from digitize import decisions, ingest, link, names, publish, recogniser, sidecar, store
from digitize.desk import Desk
from digitize.fulltext import index
from digitize.inbox import Settled, look
from digitize.ingest import Taken
from digitize.ledger import opening, queue
from digitize.ledger.models import Item
from digitize.ledger.session import reading, transaction
from digitize.settings import Settings
from digitize.work import Worked, work

LOOK_SECONDS = 10.0
"""Most time for the look at the ledger's file at the start; ``verify`` looks at all of a large one."""


@dataclass
class RunSummary:
    """What a run did."""

    taken: Taken = field(default_factory=Taken)
    pages: int = 0
    failed: int = 0
    published: list[publish.Published] = field(default_factory=list)
    links: link.LinkSummary | None = None
    unfit: list[str] = field(default_factory=list)
    """Why pages of an item are left waiting: what is set for it cannot be."""


def run(desk: Desk, summary: RunSummary | None = None) -> RunSummary:
    """Take everything through; each round starts when the last one left something to do.

    *summary* is written up on the way, so that somebody who is cut off still knows what was done.
    """
    summary = summary or RunSummary()
    recover(desk)
    while _take_in_here(desk, summary.taken) + work_on(desk, summary) + decide_again(desk) and not desk.stop():
        pass
    if not desk.hurry():
        summary.published = publish_books(desk, only_complete=False)
        summary.links = attach(desk)
        while not desk.hurry() and renew_search(desk):
            pass
        publish.status_page(desk)
    return summary


def check_tools(settings: Settings) -> None:
    """Before anything is claimed: is the recogniser there with its languages, can the profiles be worked with?

    Raises:
        Unavailable: with the command that installs what is missing.
        BadConfig: with what is wrong in ``restore.toml``.
    """
    decisions.profiles(settings)
    recogniser.required(settings.ocr_languages)


def _take_in_here(desk: Desk, taken: Taken) -> int:
    """One intake pass, unless a watcher beside us sees to it; what it brings is worked on all the same."""
    return take_in(desk, taken) if desk.shift.intake() else 0


def recover(desk: Desk) -> None:
    """Start-up is resume: who holds the lock of the work knows that whatever is claimed belongs to a run that died.

    Raises:
        Unavailable: the share or the archive is not mounted.
        StorageFailed: the ledger is corrupt.
    """
    store.check_mounted(desk.home)
    opening.require_sound(desk.home, LOOK_SECONDS)
    shift = desk.shift
    store.sweep(desk.home, intake=shift.alone or shift.intake(), work=shift.alone or shift.work)
    if shift.work:
        with transaction(desk.ledger) as session:
            queue.release(session)
    shift.settle()


def take_in(desk: Desk, taken: Taken, settled: Settled | None = None) -> int:
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
    taken.odd = [
        f"{names.shown(str(odd.path.relative_to(desk.home.inbox)))} ({desk.say(f'what.{odd.what}')})"
        for odd in found.odd
    ]
    taken.waiting, taken.stuck, taken.kept = [], [], []  # what stands in the way now, not what stood there once
    before = _count(taken)
    ingest.apply_sheets(desk, [file for file in ready if file in found.sheets], taken)
    ingest.take(desk, [file for file in ready if file not in found.sheets], taken)
    ingest.settle_refusals(desk)
    ingest.close_items(desk, look(desk.home.inbox), taken.stuck)
    sidecar.refresh(desk.home, desk.ledger)
    return _count(taken) - before


def _count(taken: Taken) -> int:
    return taken.files + taken.duplicates + len(taken.refused)


def work_on(desk: Desk, summary: RunSummary) -> int:
    """Work until no page waits or a stop is asked for; how many pictures were through."""
    worked: Worked = work(desk)
    summary.pages += worked.pages
    summary.failed += worked.failed
    summary.unfit = list(worked.unfit.values())
    sidecar.refresh(desk.home, desk.ledger)
    return worked.pictures


def publish_books(desk: Desk, *, only_complete: bool, among: Collection[int] | None = None) -> list[publish.Published]:
    """Build every PDF whose pages, title or author changed, one in each child at a time; what was built.

    Only items *among* these are looked at.
    """
    items = select(Item.id).order_by(Item.id)
    if only_complete:
        items = items.where(Item.complete)
    if among is not None:
        items = items.where(Item.id.in_(among))
    with transaction(desk.ledger) as session:
        link.match_items(session, desk.home.settings, desk.clock.now(), among)
        waiting = session.scalars(items).all()
    built: list[publish.Published] = []
    begun: deque[publish.Begun] = deque()
    try:
        for item_id in waiting:
            if desk.hurry():
                break
            if book := publish.begin(desk, item_id):
                begun.append(book)
            if len(begun) > desk.engine.capacity:
                _finish_book(desk, begun.popleft(), built)
        while begun:
            _finish_book(desk, begun.popleft(), built)
    finally:
        for book in begun:
            publish.drop(book)
    if built:
        with transaction(desk.ledger) as session:
            index.tidy(session)
    return built


def _finish_book(desk: Desk, book: publish.Begun, built: list[publish.Published]) -> None:
    """Wait for a book and put it in its place, unless somebody waits for us to be gone and nobody has begun with it."""
    if desk.hurry() and not (book.made.running() or book.made.done()):
        publish.drop(book)
    elif done := publish.finish(desk, book):
        desk.progress.book(done.item, done.pages)
        built.append(done)


def decide_again(desk: Desk, among: Collection[int] | None = None) -> int:
    """Send back pages that were made with something else than is decided for their item now; how many.

    One transaction an item; an item found in agreement is not looked through again before something changes. Only
    items *among* these are looked at.
    """
    settings, count = desk.home.settings, 0
    items = select(Item).order_by(Item.id)
    if among is not None:
        items = items.where(Item.id.in_(among))
    with reading(desk.ledger) as session:
        found = session.scalars(items)
        changed = [item.id for item in found if item.made_with != decisions.fingerprint(item, settings)]
    for item_id in changed:
        with transaction(desk.ledger) as session:
            item = session.get_one(Item, item_id)
            pages = decisions.made_otherwise(session, item, settings)
            queue.work_again(session, pages, desk.clock.now())
            item.made_with = "" if pages else decisions.fingerprint(item, settings)
        count += len(pages)
    return count


def attach(desk: Desk, among: Collection[int] | None = None) -> link.LinkSummary:
    """Write the links of everything that is published, or of the items *among* these."""
    with transaction(desk.ledger) as session:
        done = link.attach_links(session, desk.home.settings, desk.clock.now(), among)
    sidecar.refresh(desk.home, desk.ledger)
    return done


def renew_search(desk: Desk) -> int:
    """After an update that changed the rules of search: renew the keys of some more pages; how many."""
    with transaction(desk.ledger) as session:
        if renewed := index.keep_up(session):
            index.tidy(session)
    return renewed
