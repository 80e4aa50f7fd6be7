"""A finished item becomes a PDF, a text and a copy for the operator; the old PDF stays until the new one is proved."""

import filecmp
import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pebble import ProcessExpired
from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from digitize import link, names, render, report, store
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.jobs import DAMAGED
from digitize.languages import tag_of
from digitize.ledger import queue
from digitize.ledger.models import LIVE, Item, Page, PageState, PageText
from digitize.ledger.session import reading, transaction
from workers.assemble import BookDone, BookFailed, BookJob, Notice, PageFile, PagePart, assemble
from workers.pdfa import Description

_GAPS = (PageState.FAILED, PageState.REJECTED)
"""States of pages in whose place the PDF says what is missing."""

OWN_EVENTS = ("published", "publish-failed")
"""Kinds of events by which a book is no more changed than before."""


@dataclass(frozen=True, slots=True)
class Published:
    """One PDF that now stands in its place."""

    item_id: int
    item: str
    path: Path
    pages: int
    size: int


@dataclass(frozen=True, slots=True)
class _Book:
    """Everything the PDF of an item is made of; equal fingerprints mean an equal PDF."""

    key: str
    title: str
    author: str
    printed: link.Printed
    complete: bool
    pages: tuple[Page, ...]
    texts: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        places = [
            (page.id, page.number, PageState.DONE if page.stands else page.state, page.side, page.result, page.kind)
            for page in self.pages
        ]
        return hashlib.sha256(repr((self.key, self.title, self.author, self.printed, places)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Begun:
    """A book that a child puts together; until :func:`finish` the old one stands. :func:`drop` forgets it."""

    item_id: int
    book: _Book
    work: Path
    made: "Future[BookDone | BookFailed]"


def publish(desk: Desk, item_id: int) -> Published | None:
    """Build the item's PDF and text if anything in them changed; None if there was nothing to do.

    Raises:
        Unavailable: share or archive are not mounted; nothing is written in their place.
    """
    begun = begin(desk, item_id)
    return finish(desk, begun) if begun else None


def begin(desk: Desk, item_id: int) -> Begun | None:
    """Give the item's book to a child if anything in it changed; None if there is nothing to do.

    Raises:
        Unavailable: share or archive are not mounted; nothing is written in their place.
    """
    store.check_mounted(desk.home)
    with reading(desk.ledger) as session:
        item = session.get_one(Item, item_id)
        book = _book(desk, session, item)
        stale = book.fingerprint != item.published_state
        dirty = stale or bool(item.unbuilt) or not store.pdf_path(desk.home, item.key).is_file()
        book = _with_texts(session, item, book) if dirty else book
    if not any(page.stands for page in book.pages):
        return None
    if _spoilt(desk, book):
        return None
    if not dirty:
        _copy_out(desk, book.key)
        return None
    work = store.new_work_dir(desk.home)
    return Begun(item_id, book, work, desk.engine.submit(assemble, _job(desk, book, work / "book.pdf")))


def _spoilt(desk: Desk, book: _Book) -> bool:
    """Whether a page was lost because its master is damaged: the good old PDF is then not replaced by a worse one."""
    damaged = any(page.state == PageState.FAILED and page.kind == DAMAGED for page in book.pages)
    return damaged and store.pdf_path(desk.home, book.key).is_file()


def _book(desk: Desk, session: Session, item: Item) -> _Book:
    """The item's book but for its texts, which only a build needs; nor is anything that pages were measured by."""
    live = select(Page).where(Page.item_id == item.id, Page.state.in_(LIVE)).order_by(Page.number)
    found = session.scalars(live.options(defer(Page.survey), defer(Page.parameters)))
    pages = tuple(page for page in found if _has_place(desk, item.key, page))
    title, author = link.title_of(session, item)
    return _Book(
        item.key,
        title or item.title or item.key,
        author,
        link.printed(session, item),
        item.complete,
        pages,
    )


def _with_texts(session: Session, item: Item, book: _Book) -> _Book:
    texts = dict(session.execute(select(PageText.page_id, PageText.text).where(PageText.item_id == item.id)).all())
    return replace(book, texts=tuple(texts.get(page.id, "") for page in book.pages))


def _has_place(desk: Desk, key: str, page: Page) -> bool:
    """Whether the PDF shows the page, or that it is missing; one still waiting comes with the next build.

    A page that is worked on again is shown as it was until that is through.
    """
    if page.state == PageState.DONE or page.state in _GAPS:
        return True
    return page.stands and _page_pdf(desk, key, page).is_file()


def _page_pdf(desk: Desk, key: str, page: Page) -> Path:
    return store.page_dir(desk.home, key, page.result) / f"{page.side}.pdf"


def finish(desk: Desk, begun: Begun) -> Published | None:
    """Wait for the child and let its book take the old one's place; None if it could not be made.

    Raises:
        Unavailable: share or archive are not mounted, or the engine lost the book.
        StorageFailed: the archive is full, read-only or broken.
    """
    book = begun.book
    try:
        built = _assembled(begun.made)
        if isinstance(built, BookFailed):
            _note_failure(desk, begun.item_id, built)
            return None
        store.check_mounted(desk.home)
        target = store.pdf_path(desk.home, book.key)
        with store.arriving(target) as part:
            os.replace(begun.work / "book.pdf", part)  # noqa: PTH105  (same file system: both lie in the archive)
        _write_texts(desk, book)
    except OSError as error:
        raise store.disk_failed(error) from error
    finally:
        drop(begun)
    _enter(desk, begun.item_id, book, built)
    _sweep(desk, begun.item_id, book.key)
    _copy_out(desk, book.key)
    return Published(begun.item_id, book.key, target, built.pages, built.size)


def drop(begun: Begun) -> None:
    """Forget a book that was begun; what stood in its place stands."""
    begun.made.cancel()
    store.drop_work(begun.work)


def _sweep(desk: Desk, item_id: int, key: str) -> None:
    """Clear away what no page refers to now; pages may have been made anew since the book was begun."""
    with reading(desk.ledger) as session:
        wanted = set(session.scalars(select(Page.result).where(Page.item_id == item_id, Page.state.in_(LIVE))))
    store.sweep_results(desk.home, key, wanted)


def _job(desk: Desk, book: _Book, out: Path) -> BookJob:
    about = Description(
        title=book.title,
        author=book.author,
        key=book.key,
        language=_language(book.pages),
        created=desk.clock.now(),
        creators=book.printed.creators,
        publisher=book.printed.publisher,
        year=book.printed.year,
        source=book.printed.source,
    )
    parts = tuple(_part(desk, book, page, text) for page, text in zip(book.pages, book.texts, strict=True))
    return BookJob(out=out, pages=parts, about=about)


def _part(desk: Desk, book: _Book, page: Page, text: str) -> PagePart:
    """The finished page, or a notice in its place: nothing is skipped silently."""
    if page.stands:
        pdf = _page_pdf(desk, book.key, page)
        return PageFile(pdf, has_text=bool(text.strip()), record=pdf.with_suffix(".json"))
    title = desk.say("publish.missing", number=page.number, name=page.slot)
    return Notice((title, *page.reason.splitlines()))


def _language(pages: Sequence[Page]) -> str:
    """What most pages were read in, as a tag (BCP 47)."""
    read = [page.language for page in pages if page.language]
    return (tag_of(max(set(read), key=read.count)) if read else "") or "uz"


def _assembled(made: "Future[BookDone | BookFailed]") -> BookDone | BookFailed:
    try:
        return made.result()
    except CancelledError as error:
        raise Unavailable("The engine gave back a book unmade.", hint="Start again when it is repaired.") from error
    except (ProcessExpired, TimeoutError, MemoryError) as error:
        return BookFailed("worker_died", f"{type(error).__name__}: {error}")


def _note_failure(desk: Desk, item_id: int, failed: BookFailed) -> None:
    """The old PDF stays; the failure is an event and stands in the attention list until a build succeeds."""
    with transaction(desk.ledger) as session:
        item = session.get_one(Item, item_id)
        item.unbuilt = failed.kind
        queue.log(
            session, "publish-failed", who="publish", at=desk.clock.now(), item=item,
            kind=failed.kind, reason=failed.reason,
        )  # fmt: skip


def _write_texts(desk: Desk, book: _Book) -> None:
    """One text a page and one for the item, pages apart by form feed."""
    folder = store.item_dir(desk.home, book.key)
    store.drop_parts(folder / "text")
    for page, text in zip(book.pages, book.texts, strict=True):
        store.write_durable(folder / "text" / f"{page.number:04d}.txt", text.encode())
    for old in (folder / "text").glob("[0-9]*.txt"):
        if int(old.stem) > len(book.pages):
            old.unlink()
    store.write_durable(folder / f"{names.folder_name(book.key)}.txt", "\f".join(book.texts).encode())


def _enter(desk: Desk, item_id: int, book: _Book, built: BookDone) -> None:
    with transaction(desk.ledger) as session:
        item = session.get_one(Item, item_id)
        item.published_state, item.published_at = book.fingerprint, desk.clock.now()
        item.pdf_sha256, item.pdf_pages, item.pdf_size = built.sha256, built.pages, built.size
        item.first_published_on = item.first_published_on or desk.today()
        item.unbuilt = ""
        for page, label in zip(book.pages, built.labels, strict=True):
            session.get_one(Page, page.id).label = label
        queue.log(
            session, "published", who="publish", at=desk.clock.now(), item=item,
            pages=built.pages, sha256=built.sha256, size=built.size, headings=built.headings,
        )  # fmt: skip


def copied_out(desk: Desk, key: str) -> bool:
    """Whether the copies for the operator's PC are those of the present PDF and text, or none is wanted."""
    return not any(_old_copies(desk, key))


def _copy_out(desk: Desk, key: str) -> None:
    """Copies for the operator's PC; a file that somebody holds open there is tried again later."""
    store.check_mounted(desk.home)
    for source, target in _old_copies(desk, key):
        with suppress(PermissionError), store.arriving(target) as part:
            shutil.copy2(source, part)


def _old_copies(desk: Desk, key: str) -> Iterator[tuple[Path, Path]]:
    """What is to be copied, and where to."""
    pdf = store.pdf_path(desk.home, key)
    for source in (pdf, pdf.with_suffix(".txt")):
        target = desk.home.ready / source.name
        if desk.home.settings.publish_copy and source.is_file() and not _same(source, target):
            yield source, target


def _same(source: Path, target: Path) -> bool:
    if not target.is_file():
        return False
    ours, theirs = source.stat(), target.stat()
    if ours.st_size != theirs.st_size:
        return False
    return ours.st_mtime_ns == theirs.st_mtime_ns or filecmp.cmp(source, target, shallow=False)


def status_page(desk: Desk) -> None:
    """HOLAT.html in the share: the same numbers as ``digitize status``."""
    store.check_mounted(desk.home)
    with reading(desk.ledger) as session:
        status = report.status(session, desk.home.settings, None, desk.clock.now(), desk.home.archive)
    with suppress(PermissionError):
        store.write_durable(desk.home.share / "HOLAT.html", render.status_html(status, desk.say).encode())
