"""QR codes that lead from the printed book to its scan: one as a picture, many as a sheet; where they hang."""

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import segno
from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize import ark, link, names, store
from digitize.clock import Clock
from digitize.errors import NotFound, UsageError
from digitize.ledger import queue
from digitize.ledger.models import Item
from digitize.ledger.service import Placement
from digitize.settings import Settings

_ERROR = "m"
"""Level of error correction: 15 % of the code may be worn off."""
_BORDER = 4
"""Modules of white around a code, as ISO/IEC 18004 asks for."""
_SCALE = 10
"""Pixels of a module in PNG: 37 modules with their border are 3 cm at 300 dpi."""
_SHEET = """<!doctype html>
<html lang="uz"><head><meta charset="utf-8"><title>{title}</title><style>
@page {{ size: A4; margin: 10mm }}
body {{ font: 9pt sans-serif; display: grid; grid-template-columns: repeat(4, 1fr); gap: 4mm; margin: 0 }}
figure {{ margin: 0; padding: 2mm; border: 0.2mm dashed #999; text-align: center; break-inside: avoid }}
svg {{ width: 34mm; height: 34mm }}
figcaption {{ overflow-wrap: anywhere }}
</style></head><body>
{figures}
</body></html>
"""


@dataclass(frozen=True, slots=True)
class Label:
    """What a code leads to and what is printed below it."""

    key: str
    title: str
    url: str
    ark: str


def labels(session: Session, keys: Sequence[str], settings: Settings, clock: Clock) -> list[Label]:
    """Labels of the items with these keys, or of every published one if none is named; names are minted here.

    Raises:
        NotFound: there is no such item.
    """
    if keys:
        found = [link.item_named(session, key) for key in keys]
    else:
        found = list(session.scalars(select(Item).where(Item.pdf_sha256 != "")))
        found.sort(key=lambda item: names.sort_key(item.key))
    return [_label(session, item, settings, clock) for item in found]


def _label(session: Session, item: Item, settings: Settings, clock: Clock) -> Label:
    link.identify(session, item, clock.now())
    title, _ = link.title_of(session, item)
    return Label(item.key, title, link.address(item, settings), ark.full(settings.ark_naan, item.ark))


def write(found: Sequence[Label], target: Path) -> None:
    """Write one code as ``.svg`` or ``.png``, or any number as an ``.html`` sheet of A4 pages.

    Raises:
        UsageError: the name ends otherwise, or a picture is wanted of several items.
        NotPermitted: the folder may not be written to.
        StorageFailed: the disk does not take it.
    """
    kind = target.suffix.lower()
    if kind not in {".svg", ".png", ".html"}:
        raise UsageError(
            "{target} is no kind of picture that is known.", hint="End it in .svg, .png or .html.", target=target
        )
    if kind != ".html" and len(found) != 1:
        raise UsageError("A picture holds the code of one item.", hint="Name one item, or write a sheet: .html.")
    content = sheet(found).encode() if kind == ".html" else picture(found[0].url, kind[1:])
    with store.handing_out(target):
        store.write_durable(target, content)


def place(session: Session, keys: Sequence[str], where: str, day: date, who: str, at: datetime) -> int:
    """The codes of these items hang in public since *day*; how many items had none there before.

    Raises:
        NotFound: there is no such item.
    """
    fresh = 0
    for key in keys:
        item = link.item_named(session, key)
        standing = (Placement.item_id == item.id, Placement.undone_at.is_(None))
        fresh += session.scalars(select(Placement.id).where(*standing).limit(1)).first() is None
        session.add(Placement(item_id=item.id, day=day, place=where.strip(), who=who, at=at))
        session.flush()
        queue.log(session, "qr-placed", who=who, at=at, item=item, place=where.strip(), day=str(day))
    return fresh


def take_down(session: Session, keys: Sequence[str], who: str, at: datetime) -> int:
    """What was entered last about the codes of these items was a mistake; how many items it was about.

    Raises:
        NotFound: there is no such item, or its code hangs nowhere.
    """
    for key in keys:
        item = link.item_named(session, key)
        standing = (Placement.item_id == item.id, Placement.undone_at.is_(None))
        last = session.scalars(select(Placement).where(*standing).order_by(Placement.id.desc()).limit(1)).first()
        if last is None:
            raise NotFound(
                "The code of {key!r} hangs nowhere.", hint="Enter it: digitize item placed KEY", key=item.key
            )
        last.undone_at = at
        queue.log(session, "qr-taken-down", who=who, at=at, item=item, place=last.place)
    return len(keys)


def picture(url: str, kind: str) -> bytes:
    """The code of an address as ``svg`` or ``png``."""
    content = io.BytesIO()
    segno.make_qr(url, error=_ERROR).save(content, kind=kind, scale=_SCALE, border=_BORDER)
    return content.getvalue()


def sheet(found: Sequence[Label]) -> str:
    """A page to print; four codes in a row, each with title and key."""
    figures = "\n".join(_figure(label) for label in found)
    return _SHEET.format(title="QR", figures=figures)


def _figure(label: Label) -> str:
    code = segno.make_qr(label.url, error=_ERROR).svg_inline(border=_BORDER, omitsize=True)
    lines = "<br>".join(html.escape(text) for text in dict.fromkeys((label.title[:80], label.key, label.ark)))
    return f"<figure>{code}<figcaption>{lines}</figcaption></figure>"
