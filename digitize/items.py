"""Items and pages as people ask for them: finding only, frozen values out; telling is the commands' business."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session, joinedload

from digitize import names, store
from digitize.errors import NotFound, UsageError
from digitize.home import Home
from digitize.ledger import queue
from digitize.ledger.models import LIVE, Item, Link, LinkState, Master, Page, PageState, Refusal
from digitize.sheet import SOURCES, TYPES


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item as ``item show`` and ``item list`` tell it."""

    key: str
    title: str
    type: str
    source: str
    state: str
    """``open``, ``complete``, ``published`` or ``attention`` (a page failed or was refused)."""
    pages: int
    done: int
    pdf: str
    """Path of the PDF, empty if there is none yet."""
    record: str
    """Control number of the linked record."""
    links: list[str]
    """856 fields as a person reads them."""
    language: str
    operator: str
    overrides: dict[str, Any]
    access: str = ""
    """``open``, ``restricted`` or empty."""
    ark: str = ""
    """Name in the shape of an ARK, without its NAAN."""
    scanner: str = ""


@dataclass(frozen=True, slots=True)
class PageView:
    """One page as ``page list`` tells it."""

    number: int
    name: str
    side: str
    state: str
    outcome: str | None
    confidence: float | None
    language: str
    script: str
    skew: float | None
    sha256: str
    master: str
    """Path of the original below the archive."""
    kind: str
    reason: str
    label: str = ""
    """The number printed on the page, empty if it is not known."""


@dataclass(frozen=True, slots=True)
class RefusalView:
    """One refused file."""

    id: int
    item: str
    name: str
    kind: str
    reason: str
    path: str
    at: datetime
    resolved: bool


def find(session: Session, key: str) -> Item:
    """The item of that key.

    Raises:
        NotFound: there is none.
    """
    item = queue.item_of(session, names.fold_key(key))
    if item is None:
        raise NotFound("No item {key!r}.", hint="See: digitize item list", key=key)
    return item


def view(session: Session, home: Home, item: Item) -> ItemView:
    """What there is to say about *item*."""
    states = dict(
        session.execute(
            select(Page.state, func.count()).where(Page.item_id == item.id, Page.state.in_(LIVE)).group_by(Page.state)
        ).all()
    )  # fmt: skip
    pdf = store.pdf_path(home, item.key)
    links = session.scalars(
        select(Link).where(Link.item_id == item.id, Link.state == LinkState.LINKED).options(joinedload(Link.record))
    ).all()
    return ItemView(
        key=item.key, title=item.title, type=item.type, source=item.source, state=_state(item, states),
        pages=sum(states.values()), done=states.get(PageState.DONE, 0), pdf=str(pdf) if pdf.is_file() else "",
        record=next((link.record.number for link in links if link.record), ""),
        links=[line for link in links for line in link.field.splitlines()], access=item.access, ark=item.ark,
        language=item.language, operator=item.operator, overrides=dict(item.overrides),
        scanner=item.scanner,
    )  # fmt: skip


def _state(item: Item, states: dict[PageState, int]) -> str:
    if states.get(PageState.FAILED) or states.get(PageState.REJECTED):
        return "attention"
    if item.published_at and states.keys() <= {PageState.DONE}:
        return "published"
    return "complete" if item.complete else "open"


def all_views(session: Session, home: Home) -> list[ItemView]:
    """Every item in natural order of the keys."""
    items = sorted(session.scalars(select(Item)), key=lambda item: names.sort_key(item.key))
    return [view(session, home, item) for item in items]


def pages(session: Session, home: Home, item: Item) -> list[PageView]:
    """The live pages of *item* in order."""
    rows = session.execute(
        select(Page, Master).outerjoin(Master, Page.master_id == Master.id)
        .where(Page.item_id == item.id, Page.state.in_(LIVE)).order_by(Page.number)
    )  # fmt: skip
    return [_page_view(home, page, master) for page, master in rows]


def _page_view(home: Home, page: Page, master: Master | None) -> PageView:
    path = store.master_path(home, master.sha256, master.extension) if master else Path()
    return PageView(
        number=page.number, name=page.slot, side=page.side, state=page.state, outcome=page.outcome,
        confidence=page.confidence, language=page.language, script=page.script, skew=page.skew,
        sha256=master.sha256 if master else "", master=str(path.relative_to(home.archive)) if master else "",
        kind=page.kind, reason=page.reason, label=page.label,
    )  # fmt: skip


def refusals(session: Session, *, everything: bool) -> list[RefusalView]:
    """Refused files that still need a person, newest first; *everything* adds the settled ones and duplicates."""
    wanted = select(Refusal).order_by(Refusal.id.desc())
    if not everything:
        wanted = wanted.where(Refusal.resolved_at.is_(None))
    return [
        RefusalView(
            row.id,
            row.item_key,
            row.name,
            row.kind,
            row.reason,
            row.path,
            row.at,
            row.resolved_at is not None,
        )
        for row in session.scalars(wanted)
    ]


_TEXT_FIELDS = {"title": "title", "collection": "collection", "operator": "operator", "language": "language"}
_NUMBERS = {"pages": "expected_pages", "year": "year"}
_TEXT_FIELDS |= {"record": "record_number", "type": "type", "source": "source", "access": "access", "author": "author"}
_TEXT_FIELDS |= {"scanner": "scanner"}
_CHOICES = {"type": TYPES, "source": SOURCES, "restore.split": ("on", "off", "auto")}
_CHOICES["pdf"] = ("layers", "bitonal", "lossless", "auto")
_CHOICES["access"] = ("open", "restricted", "")


def change(session: Session, item: Item, key: str, value: str, now: datetime) -> None:
    """Set one field or one override (``pdf``, ``restore.*``) of an item.

    Raises:
        UsageError: no such field, or no such value.
    """
    if key in _CHOICES and value not in _CHOICES[key]:
        known = ", ".join(filter(None, _CHOICES[key]))
        raise UsageError(
            "{key}={value!r} is not possible.", hint="Choose one of: {known}.", key=key, value=value, known=known
        )
    if key in _NUMBERS:
        setattr(item, _NUMBERS[key], _whole(key, value))
    elif key in _TEXT_FIELDS:
        setattr(item, _TEXT_FIELDS[key], _short_enough(key, value))
    elif key == "pdf" or key.startswith("restore."):
        item.overrides = _overridden(item.overrides, key, value)
    else:
        known = ", ".join((*_TEXT_FIELDS, *_NUMBERS, "pdf", "restore.<step>"))
        raise UsageError("An item has no field {key!r}.", hint="Fields: {known}.", key=key, known=known)
    queue.log(session, "item-set", who="person", at=now, item=item, key=key, value=value)


def _short_enough(key: str, value: str) -> str:
    """A text that its column can hold on every database."""
    most = getattr(inspect(Item).columns[_TEXT_FIELDS[key]].type, "length", None)
    if most is not None and len(value) > most:
        raise UsageError(
            "{key} is {count} signs long.", hint="At most {most} fit.", key=key, count=len(value), most=most
        )
    return value


def _overridden(overrides: dict[str, Any], key: str, value: str) -> dict[str, Any]:
    rest = {name: old for name, old in overrides.items() if name != key}
    if value in ("", "auto"):
        return rest
    return rest | {key: value if key in _CHOICES else _parameter(key.removeprefix("restore."), value)}


def _parameter(name: str, value: str) -> bool | float:
    """The value of a restoration parameter, of the kind its default has."""
    from workers.restore import RANGES, profile_defaults  # noqa: PLC0415  (OpenCV is too heavy for commands that only list)

    defaults = profile_defaults()
    if name not in defaults:
        raise UsageError(
            "Restoration has no parameter {name!r}.",
            hint="Parameters: split, {known}.",
            name=name,
            known=", ".join(defaults),
        )
    switch = isinstance(defaults[name], bool)
    try:
        found = {"true": True, "on": True, "false": False, "off": False}[value] if switch else float(value)
    except (KeyError, ValueError):
        found = math.nan  # lies in no range
    least, most = RANGES.get(name, (False, True))
    if not least <= found <= most:
        hint = "It must be on or off." if switch else "It must be a number between {least} and {most}."
        raise UsageError(
            "restore.{name}={value!r} does not fit.",
            hint=hint, name=name, value=value, least=f"{least:g}", most=f"{most:g}",
        )  # fmt: skip
    return found


def _whole(key: str, value: str) -> int | None:
    if value and not value.isdecimal():
        raise UsageError(
            "{key}={value!r} is not a number.", hint="Write digits, or nothing to unset it.", key=key, value=value
        )
    return int(value) if value else None
