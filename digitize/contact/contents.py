"""What a contact sheet shows of an item, read from the ledger in one snapshot; frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize import store
from digitize.home import Home
from digitize.ledger.models import LIVE, Item, Master, Outcome, Page, PageState

PROBLEMS = ("failed", "rejected", "waiting", "low", "undone", "blank")
"""What a person should look at first, in this order; every other page is ``ok``."""

HARMLESS = ("switched off", "a single page: not wide enough for two")
"""Reasons not to take a step that no guard gave."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of restoration as it was recorded: its numbers, or why it was undone."""

    name: str
    values: Mapping[str, Any]
    undone: str = ""

    @property
    def guarded(self) -> bool:
        """A guard undid the step."""
        return bool(self.undone) and self.undone not in HARMLESS


@dataclass(frozen=True, slots=True)
class Side:
    """One page of a scan."""

    number: int
    side: str
    state: str
    outcome: str
    confidence: float
    worst: float
    language: str
    script: str
    skew: float
    kind: str
    reason: str
    steps: tuple[Step, ...]
    votes: Mapping[str, float]
    engine: str
    read_at_dpi: float
    files: Path | None
    """Folder and stem of the derivatives (``….jpg .json .txt``); None until the page is done."""

    @property
    def verdict(self) -> str:
        """One of :data:`PROBLEMS`, or ``ok``."""
        if self.state in (PageState.FAILED, PageState.REJECTED):
            return self.state
        if self.state != PageState.DONE:
            return "waiting"
        if self.outcome == Outcome.LOW:
            return "low"
        if any(step.guarded for step in self.steps):
            return "undone"
        return "blank" if self.outcome == Outcome.BLANK else "ok"


@dataclass(frozen=True, slots=True)
class Scan:
    """One picture of the archive and the page, or the two, it became."""

    name: str
    frame: int
    master: Path | None
    """None for a refused file."""
    sides: tuple[Side, ...]

    @property
    def quarters(self) -> int:
        """Quarter turns counter-clockwise by which restoration set the scan upright."""
        turned = _value(self.sides[0], "orientation", "turned")
        return int(turned) // 90 % 4 if isinstance(turned, int | float) else 0

    @property
    def corners(self) -> tuple[float, ...]:
        """The page on its bed: x and y of four corners in pixels of the turned scan; empty if it was not looked for."""
        return _numbers(_value(self.sides[0], "crop", "corners"))

    @property
    def gutter(self) -> float | None:
        """Where an opening was divided, as a fraction of the page's width."""
        value = _value(self.sides[0], "split", "gutter")
        return float(value) if isinstance(value, int | float) and len(self.sides) > 1 else None


def scans_of(session: Session, home: Home, item: Item) -> tuple[Scan, ...]:
    """The live pages of *item* in order, those of one picture together."""
    rows = session.execute(
        select(Page, Master).outerjoin(Master, Page.master_id == Master.id)
        .where(Page.item_id == item.id, Page.state.in_(LIVE)).order_by(Page.number, Page.id)
    ).all()  # fmt: skip
    pictures = groupby(((page, master) for page, master in rows), key=lambda row: (row[0].slot, row[0].frame))
    return tuple(_scan(home, item.key, list(group)) for _, group in pictures)


def _scan(home: Home, key: str, rows: Sequence[tuple[Page, Master | None]]) -> Scan:
    page, master = rows[0]
    path = store.master_path(home, master.sha256, master.extension) if master else None
    return Scan(page.slot, page.frame, path, tuple(_side(home, key, row) for row, _ in rows))


def _side(home: Home, key: str, page: Page) -> Side:
    done = page.state == PageState.DONE and page.result
    told = page.parameters
    return Side(
        number=page.number, side=page.side, state=page.state, outcome=page.outcome or "",
        confidence=page.confidence or 0.0, worst=page.worst or 0.0, language=page.language, script=page.script,
        skew=page.skew or 0.0, kind=page.kind, reason=page.reason,
        steps=tuple(_step(step) for step in told.get("steps", ())) if done else (),
        votes=told.get("votes") or {}, engine=str(told.get("engine") or ""),
        read_at_dpi=float(told.get("read_at_dpi") or 0.0),
        files=store.page_dir(home, key, page.result) / page.side if done else None,
    )  # fmt: skip


def _step(told: Mapping[str, Any]) -> Step:
    return Step(str(told.get("name", "")), told.get("values") or {}, str(told.get("undone") or ""))


def _value(side: Side, step: str, name: str) -> Any:
    return next((found.values.get(name) for found in side.steps if found.name == step), None)


def _numbers(text: Any) -> tuple[float, ...]:
    """Eight numbers out of ``"67 57 1797 …"``, or nothing."""
    try:
        found = tuple(float(part) for part in str(text or "").split())
    except ValueError:
        return ()
    return found if len(found) == 8 else ()
