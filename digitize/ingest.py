"""One settled file of the hot folder becomes a master and its pages, or a refusal with a reason.

The order is never changed: private copy, hash, fsync, full decode in a child, master under its final name, fsync of
the folder, COMMIT, and only then does the original leave the hot folder. Killed anywhere, the next pass finishes it.
"""

import errno
import hashlib
import re
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from types import MappingProxyType

from pebble import ProcessExpired
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitize import names, sidecar, store
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.inbox import Found, HotFile
from digitize.ledger import queue
from digitize.ledger.models import LIVE, Event, Item, Master, Page, Refusal
from digitize.ledger.session import reading, transaction
from digitize.messages import Say, known
from digitize.sheet import BadSheet, ItemSheet, parse
from workers.picture import Probed, Refused
from workers.probe import probe

SHEET_LIMIT = 64 * 1024
"""Bytes; an item.toml that is larger is not one."""

_NOT_WRITABLE = {errno.EACCES, errno.EPERM, errno.EROFS}
_TRY_LATER = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY, errno.ESTALE, errno.ELOOP}


@dataclass
class Taken:
    """What one pass did; names are as people see them."""

    pages: int = 0
    files: int = 0
    duplicates: int = 0
    refused: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    """Files that could not be opened now; they stay and are tried again."""
    odd: list[str] = field(default_factory=list)
    """Links, pipes and the like: left alone."""
    stuck: list[str] = field(default_factory=list)
    """Files that are safe in the archive or set aside, and cannot be removed from the hot folder."""
    kept: list[str] = field(default_factory=list)
    """Files that should be set aside, and ``3_QAYTARILGAN`` does not take them; they stay and are tried again."""

    def __bool__(self) -> bool:
        return bool(self.files or self.duplicates or self.refused)


def obstacles(say: Say, taken: Taken) -> list[str]:
    """Sentences about files that stand in the hot folder and should not, each with its cause."""
    return [
        *(say("run.odd", name=name) for name in taken.odd),
        *(say("run.waiting", name=name) for name in taken.waiting),
        *(say("run.stuck", name=name) for name in taken.stuck),
        *(say("run.kept", name=name) for name in taken.kept),
    ]


@dataclass(frozen=True, slots=True)
class _Pending:
    file: HotFile
    staged: store.Staged
    probed: "Future[Probed | Refused]"


def take(desk: Desk, files: Iterable[HotFile], taken: Taken) -> None:
    """Take settled files in their order, decoding a few at a time in children; *taken* is written up."""
    pending: deque[_Pending] = deque()
    keeper = sidecar.Keeper(desk.home, desk.ledger, desk.clock)
    try:
        for file in files:
            if desk.hurry():
                break
            _begin(desk, file, pending, taken)
            if len(pending) > 2 * desk.engine.capacity:
                _decide(desk, pending.popleft(), taken)
            keeper.tick()
        while pending:
            _decide(desk, pending.popleft(), taken)
    finally:
        for left in pending:
            left.staged.path.unlink(missing_ok=True)


def _begin(desk: Desk, file: HotFile, pending: deque[_Pending], taken: Taken) -> None:
    """Copy the file and send the copy to be judged."""
    store.check_mounted(desk.home)
    if _entered_before(desk, file):
        _remove(file, file.signature, taken)
        return
    store.check_space(desk.home)
    if names.bad_key(file.item_key):
        _refuse_unnamed(desk, file, taken)
    elif staged := _stage(desk, file, taken):
        limit = desk.home.settings.max_megapixels * 1_000_000
        pending.append(_Pending(file, staged, desk.engine.submit(probe, staged.path, limit)))


def _entered_before(desk: Desk, file: HotFile) -> bool:
    """Whether this very file was taken or refused before, and all that is missing is that it leaves the hot folder."""
    origin, slot = file.signature.origin, file.name
    taken = (
        select(Master)
        .join(Page, Page.master_id == Master.id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.folded_key == names.fold_key(file.item_key), Page.slot == slot)
        .where(Master.origin == origin, Master.raw_name == file.raw_name, Master.superseded_at.is_(None))
    )
    with reading(desk.ledger) as session:
        key = _known_key(session, file)
        refused = select(Refusal).where(Refusal.item_key == key, Refusal.name == slot, Refusal.origin == origin)
        safe = [(row.sha256, store.master_path(desk.home, row.sha256, row.extension)) for row in session.scalars(taken)]
        safe += [(row.sha256, desk.home.share / row.path) for row in session.scalars(refused)]
    hashes = {sha256 for sha256, path in safe if path.is_file()}
    return bool(hashes) and store.hash_in_place(file.path, file.signature) in hashes


def _remove(file: HotFile, signature: store.Signature, taken: Taken) -> None:
    """Let a file leave the hot folder whose bytes are safe; one that cannot leave is named."""
    if not store.remove_original(file.path, signature) and store.same_file(file.path, signature):
        taken.stuck.append(_shown(file))


def _stage(desk: Desk, file: HotFile, taken: Taken) -> store.Staged | None:
    try:
        return store.stage(desk.home, file.path)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno not in _TRY_LATER:
            raise store.disk_failed(error) from error
        taken.waiting.append(f"{_shown(file)}: {error.strerror}")
        return None


def _decide(desk: Desk, pending: _Pending, taken: Taken) -> None:
    try:
        verdict = _verdict(pending.probed)
        if isinstance(verdict, Refused):
            _refuse(desk, pending.file, pending.staged, verdict, taken)
        else:
            _enter(desk, pending.file, pending.staged, verdict, taken)
    except OSError as error:
        raise store.disk_failed(error) from error
    finally:
        pending.staged.path.unlink(missing_ok=True)


def _verdict(probed: "Future[Probed | Refused]") -> Probed | Refused:
    try:
        return probed.result()
    except CancelledError as error:
        raise Unavailable(
            "The engine gave back a scan unopened.", hint="It stays where it is; start again when it is repaired."
        ) from error
    except (ProcessExpired, TimeoutError, MemoryError) as error:
        return Refused("decoder_crashed", _CRASHES.get(type(error), "the reader ended"))


_CRASHES: Mapping[type[Exception], str] = MappingProxyType(
    {TimeoutError: "it took too long", MemoryError: "it needs too much memory"}
)
"""Each has a text in ``config/messages/what.toml``, as "the reader ended" has."""


def _enter(desk: Desk, file: HotFile, staged: store.Staged, probed: Probed, taken: Taken) -> None:
    with reading(desk.ledger) as session:
        known = session.scalars(
            select(Master).where(Master.sha256 == staged.sha256, Master.superseded_at.is_(None))
        ).one_or_none()
        place = _place(session, known) if known else ("", "")
        clash = known is None and _clashes(session, file)
    if clash:
        _refuse(desk, file, staged, Refused("name_clash", ""), taken)
        return
    if known is None:
        store.keep_master(desk.home, staged, probed.extension)
        with transaction(desk.ledger) as session:
            item = _item(session, desk, file)
            item.scanner = item.scanner or probed.scanner
            queue.enter_pages(session, item, _arrival(file, staged, probed), desk.clock.now())
        taken.files += 1
        taken.pages += len(probed.frames)
    elif not _same_drop(known, file, staged) and not _set_aside_duplicate(desk, file, staged, place, taken):
        return
    elif not store.master_path(desk.home, known.sha256, known.extension).is_file():
        store.keep_master(desk.home, staged, known.extension)  # the archive lost its master, and here it is again
    _remove(file, staged.signature, taken)


def _same_drop(known: Master, file: HotFile, staged: store.Staged) -> bool:
    """Whether an interrupted pass took this very file, and it is not the same content dropped a second time."""
    return (known.name, known.origin) == (file.name, staged.signature.origin)


def _clashes(session: Session, file: HotFile) -> bool:
    """Whether a page of the item has a name that looks the same and is spelled with other bytes.

    A rescan comes under the very same name; taking this for one would put a page in another's place (bagit's
    FileNormalizationConflict).
    """
    same_looks = (
        select(Master.raw_name)
        .join(Page, Page.master_id == Master.id)
        .join(Item, Item.id == Page.item_id)
        .where(Item.folded_key == names.fold_key(file.item_key), Page.slot == file.name, Page.state.in_(LIVE))
    )
    return any(raw != file.raw_name for raw in session.scalars(same_looks))


def _place(session: Session, master: Master) -> tuple[str, str]:
    """Item and page number under which these bytes are already known."""
    item = session.get_one(Item, master.item_id)
    number = session.scalars(
        select(func.min(Page.number)).where(Page.master_id == master.id, Page.state.in_(LIVE))
    ).first()
    return item.key, str(number or master.name)


def _item(session: Session, desk: Desk, file: HotFile) -> Item:
    key = file.item_key.strip()
    return queue.enter_item(session, key, names.fold_key(key), file.raw_item, desk.clock.now())


def _arrival(file: HotFile, staged: store.Staged, probed: Probed) -> queue.Arrival:
    return queue.Arrival(
        slot=file.name,
        raw_name=file.raw_name,
        sort_key=names.sort_key(file.name),
        sha256=staged.sha256,
        extension=probed.extension,
        format=probed.format,
        size=staged.size,
        origin=staged.signature.origin,
        surveys=tuple(asdict(frame) for frame in probed.frames),
    )


def _refuse(desk: Desk, file: HotFile, staged: store.Staged, refused: Refused, taken: Taken) -> None:
    words = {"name": names.shown(file.name), "item": names.shown(file.item_key), "detail": _in_words(desk, refused)}
    reason = desk.say(f"intake.{refused.kind}", **words)
    if _record_refusal(desk, file, staged, (refused.kind, reason), taken):
        taken.refused.append(f"{_shown(file)}: {reason.splitlines()[0]}")
        _remove(file, staged.signature, taken)


def _in_words(desk: Desk, refused: Refused) -> str:
    """The judge's remark in the operator's language where there is one; sizes as they are."""
    if size := re.search(r"\d+ x \d+", refused.detail):
        return size[0]
    return desk.say(f"what.{refused.detail}") if known(f"what.{refused.detail}") else refused.detail


def _shown(file: HotFile) -> str:
    """Item and name on one line."""
    return names.shown(f"{file.item_key}/{file.name}" if file.item_key else file.name)


def _refuse_unnamed(desk: Desk, file: HotFile, taken: Taken) -> None:
    """A file without an item: loose with a name that names none, or in a folder whose name cannot be a key."""
    staged = _stage(desk, file, taken)
    if staged is None:
        return
    try:
        _refuse(desk, file, staged, Refused("no_item" if file.loose else "bad_key", ""), taken)
    finally:
        staged.path.unlink(missing_ok=True)


def _set_aside_duplicate(desk: Desk, file: HotFile, staged: store.Staged, place: tuple[str, str], taken: Taken) -> bool:
    item, page = place
    words = {"name": names.shown(file.name), "item": names.shown(file.item_key)}
    reason = desk.say("intake.duplicate", other=item, page=page, **words)
    done = _record_refusal(desk, file, staged, ("duplicate", reason), taken)
    taken.duplicates += done
    return done


def _record_refusal(desk: Desk, file: HotFile, staged: store.Staged, verdict: tuple[str, str], taken: Taken) -> bool:
    """Set the file aside and enter why, *verdict* being kind and reason; False if it cannot be set aside now."""
    now = desk.clock.now()
    kind, reason = verdict
    try:
        name = file.name.replace("/", "_")
        target = store.set_aside(desk.home, staged.path, desk.today(), file.item_key, name, reason)
    except OSError as error:
        if error.errno not in _NOT_WRITABLE:
            raise
        _keep(desk, file, staged, error, taken)
        return False
    refusal = Refusal(
        item_key=file.item_key, name=file.name, kind=kind, reason=reason, at=now, sha256=staged.sha256,
        origin=staged.signature.origin, path=str(target.relative_to(desk.home.share)),
        resolved_at=now if kind == "duplicate" else None,
    )  # fmt: skip
    _enter_refusal(desk, file, refusal)
    return True


def _keep(desk: Desk, file: HotFile, staged: store.Staged, error: OSError, taken: Taken) -> None:
    """The file stays where it is, is named, and the ledger says once why."""
    taken.kept.append(f"{_shown(file)} ({desk.home.refused}: {error.strerror})")
    detail = {"name": file.name, "sha256": staged.sha256, "error": str(error.strerror)}
    with transaction(desk.ledger) as session:
        item = None if names.bad_key(file.item_key) else _item(session, desk, file)
        said = select(Event.detail).where(
            Event.what == "not-set-aside", Event.item_id == item.id if item else Event.item_id.is_(None)
        )
        if detail not in session.scalars(said).all():
            queue.log(session, "not-set-aside", who="intake", at=desk.clock.now(), item=item, **detail)


def _enter_refusal(desk: Desk, file: HotFile, refusal: Refusal) -> None:
    with transaction(desk.ledger) as session:
        refusal.item_key = _known_key(session, file)
        if _already_refused(session, refusal):
            return
        kind = refusal.kind
        named = not names.bad_key(file.item_key)
        is_page = kind != "duplicate" and named and names.is_picture_name(file.name)
        item = _item(session, desk, file) if named else None
        queue.refuse(session, refusal, item, names.sort_key(file.name) if is_page else "")


def _known_key(session: Session, file: HotFile) -> str:
    """The item's key as it was spelled first: O‘zbekiston and O'zbekiston are one folder to people."""
    item = queue.item_of(session, names.fold_key(file.item_key))
    return item.key if item else file.item_key.strip()


def settle_refusals(desk: Desk) -> None:
    """Refused files that stand for no page and were taken out of ``3_QAYTARILGAN`` wait for nobody any more.

    Who was told to put a file elsewhere has moved it, and a file that was no page is thrown away there; the operator
    has no other way to say so. A refused page keeps its gap until it comes.
    """
    if not desk.home.refused.is_dir():
        return
    with reading(desk.ledger) as session:
        waiting = queue.lone_refusals(session)
    gone = [number for number, path in waiting if not (desk.home.share / path).exists()]
    if gone:
        with transaction(desk.ledger) as session:
            queue.settle_refusals(session, gone, desk.clock.now())


def _already_refused(session: Session, refusal: Refusal) -> bool:
    """An interrupted pass recorded it and only the removal of the original is missing."""
    same = select(Refusal.id).where(
        Refusal.item_key == refusal.item_key,
        Refusal.name == refusal.name,
        Refusal.sha256 == refusal.sha256,
        Refusal.path == refusal.path,
    )
    return session.scalars(same.limit(1)).first() is not None


def apply_sheets(desk: Desk, sheets: Sequence[HotFile], taken: Taken) -> None:
    """Read every settled item.toml whose content is new; a wrong one is set aside and the pages go on."""
    for file in sheets:
        if names.bad_key(file.item_key):
            continue
        if _entered_before(desk, file):
            _remove(file, file.signature, taken)
            continue
        staged = _stage(desk, file, taken)
        if staged is None:
            continue
        try:
            _apply_sheet(desk, file, staged, taken)
        finally:
            staged.path.unlink(missing_ok=True)


def _apply_sheet(desk: Desk, file: HotFile, staged: store.Staged, taken: Taken) -> None:
    raw = staged.path.read_bytes()[:SHEET_LIMIT]
    sheet = parse(raw)
    if isinstance(sheet, BadSheet):
        problem = desk.say(f"sheet.{sheet.problem}", field=sheet.field, detail=sheet.detail)
        _refuse(desk, file, staged, Refused("bad_sheet", problem), taken)
        return
    digest = hashlib.sha256(raw).hexdigest()
    with transaction(desk.ledger) as session:
        item = _item(session, desk, file)
        if item.sheet_sha256 == digest:
            return
        _describe(item, sheet)
        item.sheet_sha256 = digest
        queue.resolve_refusals(session, item.key, file.name, desk.clock.now())
        queue.log(session, "item-sheet", who=sheet.operator or "intake", at=desk.clock.now(), item=item)
    store.write_durable(store.item_dir(desk.home, file.item_key.strip()) / names.SHEET, raw)


def _describe(item: Item, sheet: ItemSheet) -> None:
    item.title, item.type, item.source = sheet.title, sheet.type, sheet.source
    item.author, item.year = sheet.author, sheet.year
    item.record_number, item.collection = str(sheet.record).strip(), sheet.collection
    item.operator, item.language, item.expected_pages = sheet.operator, sheet.language, sheet.pages
    item.scanner = sheet.scanner or item.scanner  # what the pictures say stands where the operator says nothing


def close_items(desk: Desk, found: Found, stuck: Collection[str] = ()) -> None:
    """Mark items complete: TAYYOR lies there, all expected pages came, or nothing changed for the quiet time.

    Nobody waits for files that are *stuck*: they are in already.
    """
    waiting = {names.fold_key(file.item_key) for file in found.files if _shown(file) not in stuck}
    ready = {names.fold_key(file.item_key): file for file in found.ready}
    with transaction(desk.ledger) as session:
        for item in session.scalars(select(Item).where(Item.complete.is_(False))):
            if item.folded_key not in waiting and (
                item.folded_key in ready or _filled(session, item) or _quiet(desk, item)
            ):
                item.complete = True
                queue.log(session, "item-complete", who="intake", at=desk.clock.now(), item=item)
    _clear_folders(desk, found, waiting, ready)


def _filled(session: Session, item: Item) -> bool:
    if not item.expected_pages:
        return False
    pages = session.scalar(select(func.count()).where(Page.item_id == item.id, Page.state.in_(LIVE))) or 0
    return pages >= item.expected_pages


def _quiet(desk: Desk, item: Item) -> bool:
    pause = timedelta(minutes=desk.home.settings.item_quiet_minutes)
    return desk.clock.now() - item.changed_at >= pause


def _clear_folders(desk: Desk, found: Found, waiting: set[str], ready: dict[str, HotFile]) -> None:
    """Tidy the folder of an item that the operator declared ready: its sheet is in the archive, its pages are safe."""
    for key, mark in ready.items():
        if key in waiting:
            continue
        with reading(desk.ledger) as session:
            item = queue.item_of(session, key)
        if item is None:
            continue
        sheets = [sheet for sheet in found.sheets if names.fold_key(sheet.item_key) == key]
        if all((store.item_dir(desk.home, item.key) / names.SHEET).exists() for _ in sheets):
            store.clear_folder(mark.path.parent, [file.path for file in (*sheets, mark)])
