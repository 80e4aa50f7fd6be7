"""Writes whole items to a folder of another archive, one after the other, while work may go on.

Each item is read from the ledger in one snapshot and built under a temporary name; it is read back and counted before
it takes the item's name. If a run replaces its files in between, the item is read again.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from lxml import etree
from sqlalchemy import Engine

from digitize import __version__, names, store
from digitize.errors import Cause, Sentence, StorageFailed, UsageError
from digitize.home import Home
from digitize.ledger.models import Item
from digitize.ledger.session import reading
from digitize.transfer import bagit
from digitize.transfer.alto import BadPage, alto, words_in
from digitize.transfer.bagit import Bag, Spoilt
from digitize.transfer.contents import ItemContent, PageContent, content_of, items_since, newest_event
from digitize.transfer.hocr import hocr
from digitize.transfer.mets import File, mets

_TRIES = 3
"""A run publishes an item in seconds; twice in one copy would be chance, three times a fault."""


@dataclass(frozen=True, slots=True)
class Held:
    """An item that could not be exported, and why."""

    item: str
    reason: Sentence


@dataclass(frozen=True, slots=True)
class Handed:
    """What an export wrote."""

    folders: tuple[Path, ...]
    """One per item."""
    pages: int
    files: int
    held: tuple[Held, ...]
    until: datetime | None
    """The newest event it knows of: what comes later is new to the next export."""


_Make = Callable[[Mapping[str, Any], PageContent], bytes]
"""A page's document from its worker's record."""

_IsOurs = Callable[[Path], bool]
"""Whether a folder is an older export of the same kind, which may be replaced."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way to write an item down."""

    build: Callable[[Path, ItemContent], int]
    """Fills an empty folder with an item and reads it back; how many files."""
    is_ours: _IsOurs


class _Moved(Cause):
    """A file went away under our hands: the item has changed."""


def export_alto(home: Home, ledger: Engine, out: Path, *, since: datetime | None = None) -> Handed:
    """One ALTO document per finished page: ``<out>/<item>/0007.xml``. With *since* only items with news after it.

    Raises:
        UsageError: *out* holds other things under an item's name.
        NotPermitted: *out* cannot be written to.
        StorageFailed: the disk is full, or gives back something else than was written.
    """
    kind = _Kind(lambda folder, content: _altos(home, folder, content), _pages_alone(".xml"))
    return _export(ledger, out, since, kind)


def export_hocr(home: Home, ledger: Engine, out: Path, *, since: datetime | None = None) -> Handed:
    """One hOCR document per finished page: ``<out>/<item>/0007.hocr``. Otherwise as :func:`export_alto`.

    Raises:
        UsageError: *out* holds other things under an item's name.
        NotPermitted: *out* cannot be written to.
        StorageFailed: the disk is full, or gives back something else than was written.
    """
    kind = _Kind(lambda folder, content: _hocrs(home, folder, content), _pages_alone(".hocr"))
    return _export(ledger, out, since, kind)


def export_bags(home: Home, ledger: Engine, out: Path, *, since: datetime | None = None) -> Handed:
    """One bag per item: ``<out>/<item>/`` with masters, PDF, text, ALTO, record and METS under ``data/``.

    An item whose archived files are not what the ledger says is held back and named; no other suffers.

    Raises:
        UsageError: *out* holds other things under an item's name.
        NotPermitted: *out* cannot be written to.
        StorageFailed: the disk is full, or gives back something else than was written.
    """
    kind = _Kind(lambda folder, content: _bag(home, folder, content), bagit.is_bag)
    return _export(ledger, out, since, kind)


def _pages_alone(ending: str) -> _IsOurs:
    """Of a folder that holds nothing but documents of pages."""
    return lambda folder: all(path.suffix == ending and path.stem.isdecimal() for path in folder.iterdir())


def _export(ledger: Engine, out: Path, since: datetime | None, kind: _Kind) -> Handed:
    with reading(ledger) as session:
        items, until = items_since(session, since), newest_event(session)
        targets = [out / names.folder_name(session.get_one(Item, item_id).key) for item_id in items]
    folders: list[Path] = []
    held: list[Held] = []
    pages = files = 0
    with store.handing_out(out):
        for target in targets:
            _require_ours(target, kind)
        out.mkdir(parents=True, exist_ok=True)
        _sweep(out)
        for item_id in items:
            done = _one(ledger, out, item_id, kind)
            if isinstance(done, Held):
                held.append(done)
            else:
                folders.append(done[0])
                pages, files = pages + done[1], files + done[2]
    return Handed(tuple(folders), pages, files, tuple(held), until)


def _sweep(out: Path) -> None:
    """What an export that was killed left half done (our own names only)."""
    for part in out.glob(".*.export"):
        shutil.rmtree(part, ignore_errors=True)


def _require_ours(target: Path, kind: _Kind) -> None:
    """The operator's scans, the archive, an export of another kind: nothing of these is ever replaced."""
    if target.is_symlink() or (target.exists() and not (target.is_dir() and kind.is_ours(target))):
        raise UsageError(
            "{target} holds something else than an older export of this kind.",
            hint="Name another folder with -o.",
            target=target,
        )


def _one(ledger: Engine, out: Path, item_id: int, kind: _Kind) -> tuple[Path, int, int] | Held:
    """The item's folder, its pages and files; or why there is none."""
    reason, key = Sentence(""), ""
    for _ in range(_TRIES):
        with reading(ledger) as session:
            content = content_of(session, item_id)
        key = content.key
        part = out / f".{uuid4().hex}.export"
        part.mkdir()
        try:
            files = kind.build(part, content)
            _require_ours(out / names.folder_name(key), kind)
            return _name(part, out / names.folder_name(key)), len(content.pages), files
        except (_Moved, Spoilt) as changed:
            reason = changed.why
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return Held(key, reason)


def _name(part: Path, target: Path) -> Path:
    """Make the folder durable and give it the item's name; an older export of the item goes."""
    for folder in (part, *(path for path in part.rglob("*") if path.is_dir())):
        _sync(folder)
    old = target.with_name(f".{uuid4().hex}.export")
    if target.exists():
        target.rename(old)
    part.rename(target)
    store.fsync_dir(target.parent)
    shutil.rmtree(old, ignore_errors=True)
    return target


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    store.fsync_dir(folder)


def _altos(home: Home, folder: Path, content: ItemContent) -> int:
    for page in content.pages:
        (folder / f"{page.number:04d}.xml").write_bytes(_alto(home, content, page))
    return _read_back(folder, content)


def _hocrs(home: Home, folder: Path, content: ItemContent) -> int:
    for page in content.pages:
        (folder / f"{page.number:04d}.hocr").write_bytes(_page_document(home, content, page, hocr))
    return _read_back(folder, content)


def _read_back(folder: Path, content: ItemContent) -> int:
    """How many documents are there, each whole."""
    found = list(folder.iterdir())
    if len(found) != len(content.pages):
        raise _not_kept(folder, len(content.pages), len(found))
    for path in found:
        try:
            words_in(path.read_bytes())
        except etree.XMLSyntaxError as error:
            raise StorageFailed(
                "{path} was not kept: {error}.", hint="Check the disk and export again.", path=path, error=error
            ) from error
    return len(found)


def _not_kept(folder: Path, written: int, found: int) -> StorageFailed:
    return StorageFailed(
        "The export to {folder} was not kept: {written} files were written, {found} are there.",
        hint="Check the disk and export again.",
        folder=folder,
        written=written,
        found=found,
    )


def _alto(home: Home, content: ItemContent, page: PageContent) -> bytes:
    return _page_document(home, content, page, alto)


def _page_document(home: Home, content: ItemContent, page: PageContent, make: _Make) -> bytes:
    path = store.page_dir(home, content.key, page.result) / f"{page.side}.json"
    try:
        return make(json.loads(path.read_bytes()), page)
    except FileNotFoundError as error:
        store.check_mounted(home)
        raise _Moved("{path} is missing.", path=path) from error
    except (BadPage, ValueError) as error:
        raise Spoilt("{path} is damaged: {error}.", path=path, error=error) from error


def _bag(home: Home, folder: Path, content: ItemContent) -> int:
    bag = Bag(folder)
    made = max((event.at for event in content.events), default=None)
    try:
        files = [*_masters(home, bag, content), *_pdf(home, bag, content)]
    except FileNotFoundError as error:
        store.check_mounted(home)
        raise _Moved("{path} is missing.", path=error.filename) from error
    for page in content.pages:
        alto_file = bag.put(f"alto/{page.number:04d}.xml", _alto(home, content, page))
        text_file = bag.put(f"text/{page.number:04d}.txt", page.text.encode())
        files += [File(alto_file, "alto", (page.number,)), File(text_file, "text", (page.number,))]
    if content.marcxml:
        files.append(File(bag.put("record.xml", content.marcxml), "record"))
    bag.put("mets.xml", mets(content, files, made))
    bag.seal(_info(content))
    found = bagit.verify(folder)
    if found != len(bag.payload):
        raise _not_kept(folder, len(bag.payload), found)
    return found


def _masters(home: Home, bag: Bag, content: ItemContent) -> Iterator[File]:
    """Each scan once, named by the first of its pages; the name it came with stands in the METS."""
    of_master: dict[str, list[PageContent]] = {}
    for page in content.pages:
        of_master.setdefault(page.sha256, []).append(page)
    for sha256, pages in of_master.items():
        first = pages[0]
        source = store.master_path(home, sha256, first.extension)
        stored = bag.copy(f"masters/{first.number:04d}{first.extension}", source, sha256)
        yield File(stored, "master", tuple(page.number for page in pages), first.name)


def _pdf(home: Home, bag: Bag, content: ItemContent) -> Iterator[File]:
    if content.pdf_sha256:
        source = store.pdf_path(home, content.key)
        yield File(bag.copy(source.name, source, content.pdf_sha256), "pdf")


def _info(content: ItemContent) -> dict[str, str]:
    info = {
        "Bag-Software-Agent": f"digitize {__version__}",
        "External-Identifier": content.key,
        "External-Description": content.title,
        "Pages": str(len(content.pages)),
    }
    if content.missing:
        info["Pages-Missing"] = ", ".join(map(str, content.missing))
    return info
