"""What the pages of an item are to be made with, and which of them were made with something else.

A decision is taken for a whole item, from its settings, its type and all its pictures; every done page keeps what it
was made with. Only where the two differ is there anything to do again.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, get_args, get_type_hints

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitize.errors import BadConfig, Sentence, sentence, together
from digitize.ledger.models import LIVE, Item, Page, PageState, Side
from digitize.resources import config_file
from digitize.settings import Settings
from workers.layout import Split, decide_split
from workers.picture import FrameInfo, Value
from workers.restore import RANGES, misfit, profile_defaults

PROFILES = "restore.toml"
RESTORE = "restore."
"""Begins the name of an item's own setting that is about restoration."""

_ON_OFF = {"on": True, "off": False}
_SPLIT = RESTORE + "split"


@dataclass(frozen=True, slots=True)
class Decision:
    """What an item's pages are to be made with."""

    split: Split
    pdf: str
    profile: Mapping[str, Value]
    own: frozenset[str]
    """Names in *profile* that the item itself has set."""

    def made(self, page: Page) -> bool:
        """Whether *page*, a done one, was made with this."""
        wide = int(page.survey.get("width", 0)) > int(page.survey.get("height", 0))
        if wide and bool(page.parameters.get("asked_split", False)) != self.split.split:
            return False
        return page.parameters.get("pdf", "layers") == self.pdf and self._restored(page.parameters.get("profile", {}))

    def _restored(self, recorded: Mapping[str, Value]) -> bool:
        """Whether restoration would do the same again.

        A parameter that was not there yet when the page was made had its default then, and only a person's word about
        this item makes up for it: a new version of the program does not send a whole library back to work.
        """
        then = {**profile_defaults(), **recorded}
        names = self.own | (recorded.keys() & self.profile.keys())
        return all(self.profile[name] == then[name] for name in names)


class Decided:
    """Remembers the decisions of one piece of work: an item's pictures are not all read again for each of its pages."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[object, Decision]] = {}

    def __call__(self, session: Session, item: Item, settings: Settings) -> Decision:
        """As :func:`decide`; taken again when the item, or which pictures it has, is not what it was.

        Raises:
            BadConfig: as there.
        """
        if wrong := unfit(item):
            raise wrong
        live = (Page.item_id == item.id, Page.state.in_(LIVE), Page.side != Side.RIGHT)
        pictures = session.execute(select(func.count(), func.sum(Page.master_id)).where(*live)).one()
        now = (fingerprint(item, settings), *pictures)
        known = self._known.get(item.id)
        if known is None or known[0] != now:
            known = self._known[item.id] = (now, decide(session, item, settings))
        return known[1]


def decide(session: Session, item: Item, settings: Settings) -> Decision:
    """The decision for *item* as things are now.

    Raises:
        BadConfig: a profile, or what the item itself has set, is no possible one; the sentence says which.
    """
    if wrong := unfit(item):
        raise wrong
    own = frozenset(_own(item.overrides))
    return Decision(item_split(session, item, settings), pdf_style(item, settings), profile(item, settings), own)


def made_otherwise(session: Session, item: Item, settings: Settings) -> list[Page]:
    """Done pages that were made with something else than is decided for the item now; first halves of openings only.

    Nothing where the item's settings are unfit: what stands is then better than what could be made.
    """
    if unfit(item):
        return []
    decision = decide(session, item, settings)
    done = select(Page).where(Page.item_id == item.id, Page.state == PageState.DONE, Page.side != Side.RIGHT)
    return [page for page in session.scalars(done.order_by(Page.number)) if not decision.made(page)]


def pages_again(session: Session, item: Item, settings: Settings) -> int:
    """How many pages the next run will work on again because of a decision; both halves of an opening count."""
    pictures = {(page.slot, page.frame) for page in made_otherwise(session, item, settings)}
    done = select(Page.slot, Page.frame).where(Page.item_id == item.id, Page.state == PageState.DONE)
    return sum((slot, frame) in pictures for slot, frame in session.execute(done))


def fingerprint(item: Item, settings: Settings) -> str:
    """Everything a decision depends on, but the item's pictures: those change only when something came for it.

    ``Item.made_with`` keeps it while all done pages agree, so that an item is looked through once, not at each run.
    """
    wish = item.overrides.get(_SPLIT, settings.split)
    asked = (wish, pdf_style(item, settings), sorted(profile(item, settings).items()), item.changed_at.isoformat())
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def item_split(session: Session, item: Item, settings: Settings) -> Split:
    """Whether the item's wide pictures are openings: a person's word, else the agreement of its pictures."""
    wish = str(item.overrides.get(_SPLIT, settings.split))
    live = select(Page.survey).where(Page.item_id == item.id, Page.state.in_(LIVE), Page.side != Side.RIGHT)
    decided = decide_split([_frame(survey) for survey in session.scalars(live) if survey])
    return Split(split=_ON_OFF[wish], gutter=decided.gutter) if wish in _ON_OFF else decided


def _frame(survey: Mapping[str, Any]) -> FrameInfo:
    known = {field.name for field in fields(FrameInfo)}
    return FrameInfo(**{key: value for key, value in survey.items() if key in known})


def pdf_style(item: Item, settings: Settings) -> str:
    """How the item's pages stand in its PDF: the item's own wish, else the setting."""
    return str(item.overrides.get("pdf", settings.pdf))


def profile(item: Item, settings: Settings) -> dict[str, Value]:
    """The restoration table of the item's type, else the default one, with the item's own ``restore.*`` over it.

    Raises:
        BadConfig: ``restore.toml`` is not as it should be.
    """
    tables = profiles(settings)
    return dict(tables.get(item.type, tables[settings.restore_profile])) | _own(item.overrides)


def _own(overrides: Mapping[str, Any]) -> dict[str, Value]:
    own = {key.removeprefix(RESTORE): value for key, value in overrides.items() if key.startswith(RESTORE)}
    return {name: value for name, value in own.items() if name != "split"}


def profiles(settings: Settings) -> Mapping[str, Mapping[str, Value]]:
    """The tables of ``restore.toml``, every parameter in its range.

    Raises:
        BadConfig: it cannot be read, a parameter cannot be what it says, or ``restore_profile`` is not in it.
    """
    tables = _tables()
    if settings.restore_profile not in tables:
        raise BadConfig(
            "restore_profile = {restore_profile!r} is not in {profiles} ({known}).",
            hint="Choose one of these in digitize.toml.",
            restore_profile=settings.restore_profile,
            profiles=PROFILES,
            known=", ".join(tables),
        )
    return tables


@cache
def _tables() -> Mapping[str, Mapping[str, Value]]:
    path = config_file(PROFILES)
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(
            "{path} cannot be read: {error}.", hint="Correct the line and try again.", path=path, error=error
        ) from error
    if wrong := list(_wrong(tables)):
        raise BadConfig(
            "{path}: {faults}.", hint="Correct it, or install digitize again.", path=path, faults=together(wrong, "; ")
        )
    return tables


def _wrong(tables: Mapping[str, Any]) -> Iterator[Sentence]:
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield sentence("{name!r} stands outside the tables", name=name)
            continue
        for key, value in table.items():
            if why := _misfit_parameter(key, value):
                yield sentence("[{name}] {key} = {value!r} {why}", name=name, key=key, value=value, why=why)


def unfit(item: Item) -> BadConfig | None:
    """What the item itself has set and cannot be, as the error to tell; None where all is well.

    ``digitize item set`` lets nothing of the kind in; an older version may have, or a hand in the ledger.
    """
    for key, value in item.overrides.items():
        if why := _misfit(key, value):
            return BadConfig(
                "Item {item!r} is set to {key}={value!r}, which {why}.",
                hint="Take it back: digitize item set {item!r} {key}=auto",
                item=item.key,
                key=key,
                value=value,
                why=why,
            )
    return None


def _misfit(key: str, value: Any) -> Sentence:
    """Why an item's own setting cannot be, or nothing."""
    if key in (_SPLIT, "pdf"):
        choices = ("on", "off", "auto") if key == _SPLIT else get_args(get_type_hints(Settings)["pdf"])
        return sentence() if value in choices else sentence("must be one of {choices}", choices=", ".join(choices))
    return _misfit_parameter(key.removeprefix(RESTORE), value) if key.startswith(RESTORE) else sentence()


def _misfit_parameter(name: str, value: object) -> Sentence:
    """What :func:`workers.restore.misfit` says, in a form that can be said in other languages."""
    if not misfit(name, value):
        return sentence()
    defaults = profile_defaults()
    if name not in defaults:
        return sentence("is no parameter of restoration ({known})", known=", ".join(defaults))
    if isinstance(defaults[name], bool):
        return sentence("must be true or false")
    least, most = RANGES[name]
    return sentence("must be a number between {least} and {most}", least=f"{least:g}", most=f"{most:g}")
