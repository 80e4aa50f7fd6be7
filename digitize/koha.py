"""Links into a live Koha: each record fetched, changed as ``link`` changes it, shown or put back, read once more.

The fetched record is what is changed, so nothing that somebody did in Koha meanwhile is lost. A link is only hung on a
record that still says what the imported one said; taking a link off is always allowed. What was put is noted in the
event log, which is how a link undone later is known to stand there.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from catalog_link.attach import ADDED, REMOVED, UNCHANGED, UPDATED, Attached, LinkField, attach, detach
from catalog_link.changed import Difference, Version, difference
from catalog_link.profile import KohaShape, Profile
from catalog_link.records import first_value
from catalog_link.values import Flaw, Syntax
from digitize import __version__, link
from digitize.catalog import profile_of
from digitize.koharest import KohaRest, Refusal
from digitize.ledger import catalog as ledger
from digitize.ledger.models import Event, Link, LinkState, Record
from digitize.settings import Settings

CONFLICT = "conflict"
"""The record in Koha says something else than the imported one; nothing was written."""
DIFFERS = "differs"
"""It was put, but what Koha keeps is not what was put."""
FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Task:
    """One record and what is to become of it."""

    number: str
    """In the catalogue."""
    biblio: int | None
    """In Koha; None where the record does not say."""
    imported: Version
    links: tuple[LinkField, ...]
    undone: tuple[str, ...]
    """Keys of items whose link was put there and taken back."""
    noted: frozenset[str] = frozenset()
    """Keys of items whose link is known to stand there."""

    @property
    def koha(self) -> KohaShape | None:
        """What its profile says of Koha."""
        return self.imported.profile.koha


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the link of one item."""

    item: str
    action: str
    """``added``, ``updated``, ``unchanged`` or ``removed``."""
    field: str
    before: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one record."""

    record: str
    biblio: int | None
    changes: tuple[Change, ...] = ()
    problem: str = ""
    """``conflict``, ``differs``, ``failed`` or empty."""
    reason: str = ""
    """Why it failed: a kind of refusal or flaw; each has a text in ``config/messages/koha.toml``."""
    detail: str = ""
    lines: tuple[str, ...] = ()
    """The difference, where that is the problem."""
    items: tuple[str, ...] = ()
    """Keys of the items it is about."""
    sent: bytes = b""
    """The record as it was put; empty if none was."""

    @property
    def is_news(self) -> bool:
        """There is something to tell."""
        return bool(self.problem) or any(change.action != UNCHANGED for change in self.changes)


def tasks(session: Session, settings: Settings, keys: Collection[str] = ()) -> list[Task]:
    """Every record on which a written link hangs, and those from which one must be taken off again.

    With *keys* only the records of those items, and then whatever ever hung on them.

    Raises:
        NotFound: there is no such item.
    """
    named = {link.item_named(session, key).id for key in keys}
    standing = ledger.in_koha(session)
    found = []
    for record, links in ledger.ever_linked(session):
        if named and not any(one.item_id in named for one in links):
            continue
        live = [one for one in links if one.state == LinkState.LINKED and one.item.pdf_sha256 and one.field]
        kept = {one.item_id for one in live}
        undone = [one for one in links if one.item_id not in kept and one.state == LinkState.UNDONE]
        gone = [one for one in undone if one.item_id in named or (one.item_id, record.number) in standing]
        if live or gone:
            noted = frozenset(one.item.key for one in links if (one.item_id, record.number) in standing)
            found.append(_task(record, live, gone, noted, settings))
    return found


def _task(
    record: Record, live: Sequence[Link], gone: Sequence[Link], noted: frozenset[str], settings: Settings
) -> Task:
    version = Version(record.raw, Syntax(record.syntax), profile_of(record.profile, record.encoding))
    fields = tuple(link.field_of(one, link.part_of(one.item, live), settings) for one in live)
    undone = tuple(dict.fromkeys(one.item.key for one in gone))
    return Task(record.number, _biblio(version), version, fields, undone, noted)


def _biblio(version: Version) -> int | None:
    shape = version.profile.koha
    value = first_value(version.raw, version.syntax, version.profile, shape.number) if shape else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else None


def push(task: Task, koha: KohaRest, *, dry: bool) -> Pushed:
    """One record on its way; what Koha refuses is a value.

    Raises:
        Unavailable, NotPermitted: see :class:`KohaRest`.
    """
    items = (*(one.key for one in task.links), *task.undone)
    if task.koha is None or task.biblio is None:
        reason = "no_profile" if task.koha is None else "no_number"
        return Pushed(task.number, None, problem=FAILED, reason=reason, detail=task.imported.profile.name, items=items)
    done = _pushed(task, koha, task.koha, task.biblio, dry=dry)
    if isinstance(done, Pushed):
        return done
    kind, detail = done.kind, done.detail
    return Pushed(task.number, task.biblio, problem=FAILED, reason=kind, detail=detail, items=items)


def _pushed(task: Task, koha: KohaRest, shape: KohaShape, biblio: int, *, dry: bool) -> Pushed | Refusal:
    fetched = koha.get(biblio)
    if isinstance(fetched, Refusal):
        return fetched
    changed = _changed(fetched, task)
    if isinstance(changed, Refusal):
        return changed
    raw, changes = changed
    items = tuple(change.item for change in changes)
    found = Pushed(task.number, biblio, changes, items=items)
    if raw == fetched:
        return found
    if any(change.action in {ADDED, UPDATED} for change in changes):
        meanwhile = _compared(task.imported, _xml(fetched, task), shape, links=False)
        if meanwhile:
            return replace(found, changes=(), problem=CONFLICT, lines=meanwhile.lines)
    if dry:
        return found
    return koha.put(biblio, raw, shape.schema) or replace(found, sent=raw)


def read_back(task: Task, done: Pushed, koha: KohaRest) -> Pushed:
    """What Koha keeps, held against what was put, our own fields included; *done* as it is if nothing was put.

    Raises:
        Unavailable, NotPermitted: see :class:`KohaRest`.
    """
    if not done.sent or task.koha is None or task.biblio is None:
        return done
    kept = koha.get(task.biblio)
    if isinstance(kept, Refusal):
        return replace(done, problem=DIFFERS, reason=kept.kind, detail=kept.detail)
    other = _compared(_xml(done.sent, task), _xml(kept, task), task.koha, links=True)
    return replace(done, problem=DIFFERS, lines=other.lines) if other else done


def _xml(raw: bytes, task: Task) -> Version:
    return Version(raw, Syntax.MARCXML, task.imported.profile)


def _compared(one: Version, other: Version, shape: KohaShape, *, links: bool) -> Difference:
    found = difference(one, other, shape.own, links=links)
    return Difference(come=(str(found),)) if isinstance(found, Flaw) else found


def _changed(raw: bytes, task: Task) -> tuple[bytes, tuple[Change, ...]] | Refusal:
    """The record with the links it shall have and without those it shall not."""
    changes = []
    for key, done in _steps(raw, task.imported.profile, task):
        if not isinstance(done, Attached):
            return Refusal("unreadable", str(done))
        raw = done.raw
        changes.append(Change(key, done.action, done.field_text, done.before))
    return raw, tuple(changes)


def _steps(raw: bytes, profile: Profile, task: Task) -> Iterator[tuple[str, Attached | Flaw | object]]:
    for key in task.undone:
        gone = detach(raw, Syntax.MARCXML, profile, key)
        yield key, gone
        raw = gone.raw if isinstance(gone, Attached) else raw
    for field in task.links:
        hung = attach(raw, Syntax.MARCXML, profile, field)
        yield field.key, hung
        raw = hung.raw if isinstance(hung, Attached) else raw


def note(session: Session, task: Task, done: Pushed, now: datetime) -> None:
    """Keep in the event log which links stand in Koha now, those included that were found there."""
    for change in done.changes:
        action = REMOVED if change.item in task.undone else change.action
        if action == UNCHANGED and change.item in task.noted:
            continue
        item = link.item_named(session, change.item)
        event = Event(at=now, who="digitize", what=ledger.KOHA, tool=f"digitize {__version__}", item_id=item.id)
        event.detail = {"record": done.record, "biblio": done.biblio, "action": action, "field": change.field}
        session.add(event)
