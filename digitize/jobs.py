"""From ledger rows to page jobs: what was decided for the item, and what its other pages say about this one."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from digitize import decisions, store
from digitize.decisions import Decision
from digitize.home import Home
from digitize.languages import model_of
from digitize.ledger.models import Damage, Item, Outcome, Page, standing
from digitize.settings import Settings
from workers import tools
from workers.page import PageJob

SETTLED_PAGES = 3
SETTLED_SHARE = 0.8
"""A book has settled on a language when this share of at least so many read pages agrees."""


Decide = Callable[[Session, Item, Settings], Decision]
""":func:`digitize.decisions.decide`, or somebody who remembers its answers."""


@dataclass(frozen=True, slots=True)
class _Circumstances:
    """What the item's other pages say about a page."""

    gutter: float | None
    prior: str


def page_job(home: Home, page: Page, work: Path, decide: Decide = decisions.decide) -> PageJob:
    """The job of one claimed page; everything in it is recorded with the result, so that it can be repeated.

    *page* must belong to an open session; *decide* may remember what it decided for the item's other pages.

    Raises:
        BadConfig: what is set for the item cannot be; see :func:`digitize.decisions.unfit`.
    """
    item, settings = page.item, home.settings
    session = object_session(page)
    if session is None:
        raise ValueError(f"{page!r} is read outside a session")
    decision = decide(session, item, settings)
    master = page.master
    if master is None:
        raise ValueError(f"{page!r} was claimed without a master")
    about = _circumstances(session, page, decision)
    return PageJob(
        master=store.master_path(home, master.sha256, master.extension),
        frame=page.frame,
        out_dir=work,
        profile=decision.profile,
        split=decision.split.split,
        gutter=about.gutter,
        languages=languages(settings.ocr_languages, about.prior, _installed()),
        prior=about.prior,
        low_confidence=settings.low_confidence,
        jpeg_quality=settings.jpeg_quality,
        pdf=decision.pdf,
        max_pixels=settings.max_megapixels * 1_000_000,
        timeout=settings.page_timeout_seconds * 0.8,
        in_process=settings.recognizer == "auto" and not page.failures,
    )


def _circumstances(session: Session, page: Page, decision: Decision) -> _Circumstances:
    """What the item's pages say now, or what they said when *page* was made, if nothing has changed for it since.

    So equal settings give equal bytes, in whatever order pages come. A page that was hard to read in another language
    than its book's is not held to it: it gets what the book knows by now.
    """
    now = _Circumstances(decision.split.gutter, prior(session, page.item))
    then, master = page.parameters, page.master
    same = master is not None and (then.get("master"), then.get("item_language")) == (master.sha256, page.item.language)
    odd = page.outcome == Outcome.LOW and page.language != now.prior
    if not same or odd or not decision.made(page):
        return now
    return _Circumstances(then.get("gutter"), str(then.get("prior", "")))


DAMAGED = "master_damaged"
"""Kind of the failure of a page whose master is not what came."""


def master_fault(session: Session, home: Home, page: Page) -> str:
    """The path of the page's master if it is missing, of another size, or was found damaged; else nothing.

    Raises:
        Unavailable: the archive is not mounted; nobody's page is at fault.
    """
    master = page.master
    if master is None:
        return ""
    path = store.master_path(home, master.sha256, master.extension)
    try:
        whole = path.stat().st_size == master.size
    except FileNotFoundError:
        store.check_mounted(home)
        whole = False
    open_damage = select(Damage.id).where(Damage.master_id == master.id, Damage.resolved_at.is_(None))
    if whole and session.scalars(open_damage.limit(1)).first() is None:
        return ""
    return str(path.relative_to(home.archive))


def prior(session: Session, item: Item) -> str:
    """The model the book has settled on, else the one of the catalogue's language, else nothing."""
    read = select(Page.language, func.count()).where(Page.item_id == item.id, standing(), Page.language != "")
    votes = Counter(dict(session.execute(read.group_by(Page.language)).all()))
    return settled(votes) or model_of(item.language)


def settled(votes: Counter[str]) -> str:
    """The model that most pages of a book were read with, *votes* for each, if they agree; else nothing."""
    model, count = next(iter(votes.most_common(1)), ("", 0))
    return model if votes.total() >= SETTLED_PAGES and count >= SETTLED_SHARE * votes.total() else ""


def languages(usual: tuple[str, ...], wished: str, installed: Collection[str]) -> tuple[str, ...]:
    """The models tried on an item's pages: the *usual* ones, and the one *wished* for it if the machine has it."""
    return usual if wished in usual or wished not in installed else (*usual, wished)


@cache
def _installed() -> tuple[str, ...]:
    return tools.probe_tesseract().languages
