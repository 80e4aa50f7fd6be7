"""Writes a contact sheet scan by scan: children make the small pictures, a few ahead, the parent writes them down."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

from pebble import ProcessExpired

from digitize import store
from digitize.contact.contents import Scan, Side
from digitize.contact.pictures import master_picture, missing_picture, page_picture
from digitize.contact.sheet import TAIL, Drawn, Heading, head, scan_section
from digitize.contact.words import read_words
from digitize.engine import Engine
from digitize.items import ItemView
from digitize.messages import Say
from workers.picture import Refused
from workers.thumbnail import Thumb, ThumbJob, thumbnail

MASTER_SIZE, MASTER_BYTES = (520, 600), 11_000
"""A scan is shown to see where the page lies on it; letters need not be legible."""
PAGE_SIZE, PAGE_BYTES = (760, 1000), 40_000
"""A page is shown to be read; with its master in base64, words and text some 70 KB."""


@dataclass(frozen=True, slots=True)
class SheetJob:
    """One contact sheet: what it shows, read before, and where it goes."""

    item: ItemView
    scans: Sequence[Scan]
    target: Path
    low: float
    """Certainty under which a word is drawn as poorly read: the setting ``low_confidence``."""
    max_pixels: int
    at: datetime
    """The local moment that stands on the sheet."""
    language: str
    """Of the sheet's own words, as a language tag."""


Made = Callable[[], Thumb | str]
"""Gives the small picture, or why there is none."""


def write_sheet(job: SheetJob, engine: Engine, say: Say) -> int:
    """Write the sheet; its size in bytes.

    Raises:
        NotPermitted: the folder may not be written to.
        StorageFailed: the disk does not take it; what stood there before stands.
    """
    sides = [side for scan in job.scans for side in scan.sides]
    with store.handing_out(job.target), store.arriving(job.target) as part, part.open("wb") as file:
        _put(file, head(Heading(job.item, job.low, job.at, job.language), sides, say))
        for scan, master, pages in _ahead(job, engine, say):
            _put(file, _section(job, scan, master, pages, say))
        _put(file, TAIL)
    return job.target.stat().st_size


def _put(file: BufferedWriter, text: str) -> None:
    """Names that are no text (lone surrogates) become question marks."""
    file.write(text.encode("utf-8", "replace"))


def _ahead(job: SheetJob, engine: Engine, say: Say) -> Iterator[tuple[Scan, Made, tuple[Made, ...]]]:
    """Every scan with its pictures; those of the next few are being made meanwhile."""
    waiting: deque[tuple[Scan, Made, tuple[Made, ...]]] = deque()
    for scan in job.scans:
        master = _ask(engine, _master(job, scan), say)
        waiting.append((scan, master, tuple(_ask(engine, _page(job, side), say) for side in scan.sides)))
        if len(waiting) > engine.capacity:
            yield waiting.popleft()
    yield from waiting


def _master(job: SheetJob, scan: Scan) -> ThumbJob | None:
    if scan.master is None:
        return None
    return ThumbJob(scan.master, scan.frame, scan.quarters, MASTER_SIZE, MASTER_BYTES, job.max_pixels)


def _page(job: SheetJob, side: Side) -> ThumbJob | None:
    if side.files is None:
        return None
    return ThumbJob(side.files.with_suffix(".jpg"), 0, 0, PAGE_SIZE, PAGE_BYTES, job.max_pixels)


def _ask(engine: Engine, wanted: ThumbJob | None, say: Say) -> Made:
    if wanted is None:
        return lambda: ""
    future = engine.submit(thumbnail, wanted)
    return lambda: _made(future, say)


def _made(future: "Future[Thumb | Refused]", say: Say) -> Thumb | str:
    """One picture that cannot be shown must not cost the sheet."""
    try:
        made = future.result()
    except (OSError, ProcessExpired, TimeoutError, CancelledError, MemoryError) as error:
        reason = say("contact.no_file") if isinstance(error, FileNotFoundError) else f"{type(error).__name__}: {error}"
        return say("contact.no_picture", reason=reason)
    return say("contact.no_picture", reason=made.detail) if isinstance(made, Refused) else made


def _section(job: SheetJob, scan: Scan, master: Made, pages: Sequence[Made], say: Say) -> str:
    drawn = [_drawn(job, side, made(), say) for side, made in zip(scan.sides, pages, strict=True)]
    picture = master()
    shown = missing_picture(picture) if isinstance(picture, str) else master_picture(picture, scan)
    return scan_section(scan, shown, drawn, say)


def _drawn(job: SheetJob, side: Side, made: Thumb | str, say: Say) -> Drawn:
    if side.files is None or isinstance(made, str):
        return Drawn(side, missing_picture(str(made)), _text(side))
    words = read_words(side.files.with_suffix(".json"))
    return Drawn(side, page_picture(made, words, job.low, say), _text(side))


def _text(side: Side) -> str:
    try:
        return side.files.with_suffix(".txt").read_text(encoding="utf-8") if side.files else ""
    except (OSError, ValueError):
        return ""
