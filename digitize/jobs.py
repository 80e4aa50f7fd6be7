"""From ledger rows to page jobs: profile, opening split and language prior are decided per item, here."""

import tomllib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, object_session

from digitize import store
from digitize.errors import BadConfig
from digitize.home import Home
from digitize.ledger.models import LIVE, Damage, Item, Page, PageState, Side
from digitize.resources import config_file
from digitize.settings import Settings
from workers import tools
from workers.layout import Split, decide_split
from workers.page import PageJob
from workers.picture import FrameInfo, Value

MODELS = {"uz": "uzb", "uz-Latn": "uzb", "uz-Cyrl": "uzb_cyrl", "ru": "rus", "ar": "ara", "uz-Arab": "ara"}
MODELS |= {"en": "eng", "fr": "fra", "de": "deu", "fa": "fas", "tr": "tur", "tg": "tgk", "kk": "kaz", "ky": "kir"}
"""Catalogue language -> Tesseract model; a prior only, the page itself decides. Names of models stand for themselves:
``eng``, ``rus`` and most others are the codes of ISO 639-2 that catalogues use."""

SETTLED_PAGES = 3
SETTLED_SHARE = 0.8
"""A book has settled on a language when this share of at least so many read pages agrees."""

_ON_OFF = {"on": True, "off": False}


def page_job(home: Home, page: Page, work: Path) -> PageJob:
    """The job of one claimed page; everything in it is recorded with the result, so that it can be repeated.

    *page* must belong to an open session.
    """
    item, settings = page.item, home.settings
    session = object_session(page)
    if session is None:
        raise ValueError(f"{page!r} is read outside a session")
    split = item_split(session, item, settings)
    master = page.master
    if master is None:
        raise ValueError(f"{page!r} was claimed without a master")
    wished = prior(session, item)
    return PageJob(
        master=store.master_path(home, master.sha256, master.extension),
        frame=page.frame,
        out_dir=work,
        profile=profile(item, settings),
        split=split.split,
        gutter=split.gutter,
        languages=languages(settings.ocr_languages, wished, _installed()),
        prior=wished,
        low_confidence=settings.low_confidence,
        jpeg_quality=settings.jpeg_quality,
        pdf=pdf_style(item, settings),
        max_pixels=settings.max_megapixels * 1_000_000,
        timeout=settings.page_timeout_seconds * 0.8,
        in_process=settings.recognizer == "auto" and not page.failures,
    )


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


def item_split(session: Session, item: Item, settings: Settings) -> Split:
    """Whether the item's wide pictures are openings: a person's word, else the agreement of its pictures."""
    wish = str(item.overrides.get("restore.split", settings.split))
    live = select(Page.survey).where(Page.item_id == item.id, Page.state.in_(LIVE), Page.side != Side.RIGHT)
    decided = decide_split([_frame(survey) for survey in session.scalars(live) if survey])
    return Split(split=_ON_OFF[wish], gutter=decided.gutter) if wish in _ON_OFF else decided


def _frame(survey: Mapping[str, Any]) -> FrameInfo:
    known = {field.name for field in fields(FrameInfo)}
    return FrameInfo(**{key: value for key, value in survey.items() if key in known})


@cache
def _profiles() -> Mapping[str, Mapping[str, Value]]:
    return tomllib.loads(config_file("restore.toml").read_text(encoding="utf-8"))


def profile(item: Item, settings: Settings) -> dict[str, Value]:
    """The restoration table of the item's type, else the default one, with the item's own ``restore.*`` over it."""
    tables = _profiles()
    if settings.restore_profile not in tables:
        raise BadConfig(
            f"restore_profile = {settings.restore_profile!r} is not in restore.toml ({', '.join(tables)}).",
            hint="Choose one of these in digitize.toml.",
        )
    chosen = dict(tables.get(item.type, tables[settings.restore_profile]))
    own = {key.removeprefix("restore."): value for key, value in item.overrides.items() if key.startswith("restore.")}
    return chosen | {key: value for key, value in own.items() if key != "split"}


def prior(session: Session, item: Item) -> str:
    """The model the book has settled on, else the one of the catalogue's language, else nothing."""
    read = select(Page.language, func.count()).where(
        Page.item_id == item.id, Page.state == PageState.DONE, Page.language != ""
    )
    votes = Counter(dict(session.execute(read.group_by(Page.language)).all()))
    if votes.total() >= SETTLED_PAGES:
        model, count = votes.most_common(1)[0]
        if count >= SETTLED_SHARE * votes.total():
            return model
    return MODELS.get(item.language, item.language)


def languages(usual: tuple[str, ...], wished: str, installed: Collection[str]) -> tuple[str, ...]:
    """The models tried on an item's pages: the *usual* ones, and the one *wished* for it if the machine has it."""
    return usual if wished in usual or wished not in installed else (*usual, wished)


@cache
def _installed() -> tuple[str, ...]:
    return tools.probe_tesseract().languages


def pdf_style(item: Item, settings: Settings) -> str:
    """How the item's pages stand in its PDF: the item's own wish, else the setting."""
    return str(item.overrides.get("pdf", settings.pdf))


def changed_minds(session: Session, item: Item, settings: Settings) -> list[Page]:
    """Done pages that were worked on under another decision, about openings or the PDF, than the item has now."""
    split, style = item_split(session, item, settings).split, pdf_style(item, settings)
    done = select(Page).where(Page.item_id == item.id, Page.state == PageState.DONE, Page.side != Side.RIGHT)
    return [
        page
        for page in session.scalars(done)
        if (_asked_split(page) != split and _wide(page)) or page.parameters.get("pdf", "layers") != style
    ]


def _asked_split(page: Page) -> bool:
    return bool(page.parameters.get("asked_split", False))


def _wide(page: Page) -> bool:
    return int(page.survey.get("width", 0)) > int(page.survey.get("height", 0))
