"""Items on their records: matched, written, shown before, undone after.

The imported bytes of a record are never altered. What goes out is made from them each time: own fields of undone
links taken off, one field for every item that hangs on the record and has a PDF.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal
from urllib.parse import quote

from sqlalchemy.orm import Session

from catalog_link.attach import UNCHANGED, UPDATED, Attached, LinkField, attach, detach
from catalog_link.iso2709 import TooLarge
from catalog_link.likeness import About, Likeness, compare
from catalog_link.match import Ambiguous, Match, NoMatch, Wanted, match
from catalog_link.records import describe, fold_number, is_deleted, parse
from catalog_link.values import Flaw, Syntax
from digitize import __version__, ark, names
from digitize.catalog import profile_of
from digitize.clock import local_day
from digitize.errors import NotFound, UsageError
from digitize.ledger import catalog as ledger
from digitize.ledger.models import LIVE, Event, Item, Link, LinkState, Record
from digitize.settings import Settings

FAILED = "failed"
"""Action of a link that cannot be written; the reason stands in its row."""


@dataclass(frozen=True, slots=True)
class LinkedRecord:
    """One link of a pass: what was done and how the field reads."""

    item: str
    record: str
    field: str
    action: str
    """``added``, ``updated``, ``unchanged`` or ``failed``."""
    before: str = ""
    """The field it replaced."""
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """What a link pass did, and how many items wait for a person."""

    records: tuple[LinkedRecord, ...]
    review: int

    @property
    def linked(self) -> int:
        """Links that were written or changed by this pass."""
        return len(self.records) - self.unchanged - self.failed

    @property
    def unchanged(self) -> int:
        """Links that stood already."""
        return sum(record.action == UNCHANGED for record in self.records)

    @property
    def failed(self) -> int:
        """Links that cannot be written."""
        return sum(record.action == FAILED for record in self.records)


def link_all(session: Session, settings: Settings, now: datetime) -> LinkSummary:
    """Match what hangs on nothing yet, then write every link."""
    match_items(session, settings, now)
    return attach_links(session, settings, now)


def dry_run(session: Session, settings: Settings, now: datetime) -> LinkSummary:
    """What :func:`link_all` would do; the ledger stays as it is."""
    with session.begin_nested() as trial:
        summary = link_all(session, settings, now)
        trial.rollback()
    session.expire_all()
    return summary


def match_items(session: Session, settings: Settings, now: datetime, among: Collection[int] | None = None) -> None:
    """Look for the record of every item that has pages and no link, or of those *among* these.

    Certain matches are linked; doubtful ones, and items no record describes once a catalogue is there, go to the
    review list. A link a person has undone never comes back by itself. A record number typed later moves a link
    that no person has set.
    """
    if not ledger.has_records(session):
        return
    for link in ledger.typed_links(session):
        _follow_typed(session, link, settings, now)
    session.flush()
    with session.no_autoflush:  # one write at the end instead of one per item
        for item in ledger.unlinked_items(session, among):
            _decide(session, item, settings, now)
    session.flush()


def _follow_typed(session: Session, link: Link, settings: Settings, now: datetime) -> None:
    """A number typed after the item was linked decides, if it names exactly one other record."""
    found = ledger.find(session, "record", fold_number(link.item.record_number))
    if len(found) == 1 and found[0] != link.record_id:
        item = link.item
        _take_off(session, link, settings, now, "digitize")
        session.refresh(item, ["links"])
        _hang(session, item, found[0], "record", settings, now)


@dataclass(frozen=True, slots=True)
class Followed:
    """A link that left its record because an import says otherwise."""

    item: str
    former: str
    """Number of the record it hung on."""
    record: str
    """Number of the record it hangs on now; empty where a person must decide."""


def follow(session: Session, settings: Settings, now: datetime) -> list[Followed]:
    """After the import at *now*: see to links whose record came in a new version, then write all.

    A copy that was moved in the catalogue takes its link along, unless a person set it. A link on a record marked as
    deleted goes to the review list: what is hung there, nobody finds.
    """
    renewed = ledger.renewed_links(session, now)
    for link in renewed:
        _note(session, now, "record", link.item, record=link.record.number if link.record else "")
    moved = [one for link in renewed if (one := _follow_copy(session, link, settings, now))]
    attach_links(session, settings, now)
    return moved


def _follow_copy(session: Session, link: Link, settings: Settings, now: datetime) -> Followed | None:
    item, record = link.item, session.get_one(Record, link.record_id)
    verdict = match(Wanted(item.key, item.record_number), partial(ledger.find, session))
    other = verdict.record if isinstance(verdict, Match) and verdict.record not in _undone(item) else record.id
    gone = is_deleted(record.raw, Syntax(record.syntax))
    moves = other != record.id and link.rule != "person"
    if not gone and not moves:
        return None
    _take_off(session, link, settings, now, "digitize")
    session.refresh(item, ["links"])
    if moves and isinstance(verdict, Match):
        _hang(session, item, other, verdict.rule, settings, now)
    else:
        _ask(session, item, Ambiguous(link.rule, "deleted", (other,) if other != record.id else ()), now)
    session.flush()
    return Followed(item.key, record.number, session.get_one(Record, other).number if moves else "")


def _undone(item: Item) -> set[int | None]:
    return {link.record_id for link in item.links if link.state == LinkState.UNDONE}


def _decide(session: Session, item: Item, settings: Settings, now: datetime) -> None:
    wanted = Wanted(item.key, item.record_number, about_item(item))
    verdict = match(wanted, partial(ledger.find, session), partial(_tell, session))
    undone = _undone(item)
    if isinstance(verdict, Match):
        if verdict.record not in undone:
            _hang(session, item, verdict.record, verdict.rule, settings, now)
    elif not undone:
        _ask(session, item, verdict, now)


def about_item(item: Item) -> About | None:
    """What was typed of a book, and its pages once there will be no more; None without a title."""
    if not item.title:
        return None
    pages = sum(page.state in LIVE for page in item.pages) if item.complete else None
    return About(item.title, item.author, str(item.year or ""), pages)


def about_record(record: Record) -> About | None:
    """What a record says of its book; None for one that cannot be read."""
    parsed = parse(record.raw, Syntax(record.syntax))
    if isinstance(parsed, Flaw):
        return None
    return describe(parsed, profile_of(record.profile, record.encoding), Syntax(record.syntax)).about


def _tell(session: Session, record_id: int) -> About | None:
    return about_record(session.get_one(Record, record_id))


def _hang(session: Session, item: Item, record_id: int, rule: str, settings: Settings, now: datetime) -> None:
    record = session.get_one(Record, record_id)
    link = _waiting(item) or Link(item=item)
    link.state, link.record, link.rule = LinkState.LINKED, record, rule
    link.reason, link.candidates, link.field, link.raw = "", [], "", b""
    link.at, link.linked_on, link.dead = now, local_day(now, settings.timezone), ""
    session.add(link)


def _ask(session: Session, item: Item, verdict: Ambiguous | NoMatch, now: datetime) -> None:
    """Put an item on the review list; one that waits there already keeps its date."""
    link = _waiting(item) or Link(item=item, state=LinkState.REVIEW, at=now)
    if isinstance(verdict, Ambiguous):
        link.rule, link.reason, link.candidates = verdict.rule, verdict.reason, list(verdict.candidates)
    else:
        link.rule, link.reason, link.candidates = "", "no_record", []
    session.add(link)


def _waiting(item: Item) -> Link | None:
    return next((link for link in item.links if link.state == LinkState.REVIEW), None)


def attach_links(
    session: Session, settings: Settings, now: datetime, among: Collection[int] | None = None
) -> LinkSummary:
    """Write the link field of every linked item that has a PDF; a second run changes nothing.

    With *among*, only the records on which one of these items hangs are looked at.
    """
    session.flush()
    done: list[LinkedRecord] = []
    for record, links in ledger.ever_linked(session, among):
        back = _came_back(record, links)
        done += _write(session, record, links, settings, now)
        for link in back:
            _note(session, now, "link undo", link.item, record=record.number, field="")
    session.flush()
    return LinkSummary(tuple(done), ledger.count_reviews(session))


def _write(
    session: Session, record: Record, links: Sequence[Link], settings: Settings, now: datetime
) -> list[LinkedRecord]:
    """Make one record as it goes out, and keep it with its links."""
    live = [link for link in links if link.state == LinkState.LINKED and link.item.pdf_sha256]
    undone = [link for link in links if link.state == LinkState.UNDONE]
    syntax, profile = Syntax(record.syntax), profile_of(record.profile, record.encoding)
    raw = _without(record, {link.item.key for link in undone} - {link.item.key for link in live})
    done = []
    for link in live:
        identify(session, link.item, now)
        result = attach(raw, syntax, profile, field_of(link, part_of(link.item, live), settings))
        raw = result.raw if isinstance(result, Attached) else raw
        entry = _entry(record, link, result)
        done.append(entry)
        link.field, link.reason = entry.field, entry.reason
        if entry.action != UNCHANGED:
            _note(session, now, "link", link.item, record=record.number, field=entry.field, action=entry.action)
    for link in live:
        link.raw = raw
    for link in undone:
        link.raw = raw if raw != record.raw else b""
    return done


def _came_back(record: Record, links: Sequence[Link]) -> list[Link]:
    """Undone links whose field a new version of the record brings along once more."""
    live = {link.item_id for link in links if link.state == LinkState.LINKED}
    gone = [link for link in links if link.state == LinkState.UNDONE and link.item_id not in live and not link.raw]
    return [link for link in gone if _without(record, {link.item.key}) != record.raw]


def _without(record: Record, keys: set[str]) -> bytes:
    """The record without the fields of undone items, which it has if it left this house and came back."""
    raw = record.raw
    for key in sorted(keys):
        result = detach(raw, Syntax(record.syntax), profile_of(record.profile, record.encoding), key)
        raw = result.raw if isinstance(result, Attached) else raw
    return raw


def part_of(item: Item, live: Sequence[Link]) -> str:
    """What tells one scan of a record from the others: its title if each has its own, else its key."""
    titles = {link.item.title for link in live}
    return "" if len(live) < 2 else item.title if "" not in titles and len(titles) == len(live) else item.key


def field_of(link: Link, part: str, settings: Settings) -> LinkField:
    """What the record shall say of a link."""
    item = link.item
    day = item.first_published_on
    return LinkField(
        item.key,
        address(item, settings),
        pages=item.pdf_pages or None,
        size=item.pdf_size or None,
        ark=ark.full(settings.ark_naan, item.ark) if settings.ark_naan != ark.TEST_NAAN else "",
        access=_ACCESS[item.access],
        date=day.strftime("%Y%m%d") if day else "",
        agency=settings.library,
        code=settings.library_code,
        part=part,
        dead=bool(link.dead),
    )


def address(item: Item, settings: Settings) -> str:
    """Where readers find the PDF of an item."""
    key = quote(names.folder_name(item.key), safe="")
    return settings.url_template.replace("{key}", key).replace("{ark}", ark.full(settings.ark_naan, item.ark))


def identify(session: Session, item: Item, now: datetime) -> None:
    """Mint the item's name, once; a name another item has is passed over."""
    attempt = 0
    while not item.ark:
        name = ark.mint(f"{item.key}\0{item.created_at.isoformat()}\0{attempt}")
        if not ledger.has_ark(session, name):
            item.ark = name
            _note(session, now, "ark", item, ark=name)
        attempt += 1


_ACCESS: dict[str, Literal["", "open", "restricted"]] = {"": "", "open": "open", "restricted": "restricted"}


def _entry(record: Record, link: Link, result: Attached | TooLarge | Flaw) -> LinkedRecord:
    name = record.number or str(record.ordinal)
    if isinstance(result, TooLarge):
        reason = f"too_large: {result.what} {result.size} / {result.limit}"
        return LinkedRecord(link.item.key, name, "", FAILED, reason=reason)
    if isinstance(result, Flaw):
        return LinkedRecord(link.item.key, name, "", FAILED, reason=str(result))
    if not link.field:
        before = "" if result.action == UNCHANGED else result.before
        return LinkedRecord(link.item.key, name, result.field_text, result.action, before)
    if link.field == result.field_text:
        return LinkedRecord(link.item.key, name, result.field_text, UNCHANGED)
    return LinkedRecord(link.item.key, name, result.field_text, UPDATED, link.field)


def record_of(session: Session, item: Item) -> Record | None:
    """The record an item hangs on."""
    link = ledger.link_of(session, item.id)
    return session.get(Record, link.record_id) if link and link.record_id else None


def title_of(session: Session, item: Item) -> tuple[str, str]:
    """Title and author for the PDF: the record's, else what the operator typed, else the item's key."""
    record = record_of(session, item)
    if record is None:
        return item.title or item.key, item.author
    return record.title or item.title or item.key, record.author


@dataclass(frozen=True, slots=True)
class Printed:
    """What the catalogue says of the printed book, for the description inside its PDF; empty is unknown."""

    creators: tuple[str, ...] = ()
    publisher: str = ""
    year: str = ""
    source: str = ""
    """ISBN, else the record's number."""


def printed(session: Session, item: Item) -> Printed:
    """The printed book of an item: from its record, else what the operator typed."""
    record = record_of(session, item)
    if record is None:
        return Printed(creators=(item.author,) if item.author else (), year=str(item.year or ""))
    parsed = parse(record.raw, Syntax(record.syntax))
    if isinstance(parsed, Flaw):
        return Printed((record.author,) if record.author else (), year=record.year, source=record.number)
    found = describe(parsed, profile_of(record.profile, record.encoding), Syntax(record.syntax))
    isbn = next((f"ISBN {key.value}" for key in found.keys if key.kind == "isbn"), "")
    creators = found.creators or ((found.author,) if found.author else ())
    return Printed(creators, found.publisher, found.year, isbn or found.number)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record a person may choose."""

    record: str
    title: str
    author: str
    year: str
    likeness: Likeness | None = None
    """How it compares with what was typed of the book; None if no title was."""


@dataclass(frozen=True, slots=True)
class Review:
    """An item that waits for a person."""

    item: str
    title: str
    reason: str
    """``several``, ``typed_unknown``, ``alike``, ``other_issue``, ``deleted`` or ``no_record``."""
    rule: str
    candidates: tuple[Candidate, ...]


def reviews(session: Session) -> list[Review]:
    """Everything that waits for a person, with the best candidates."""
    return [
        Review(link.item.key, link.item.title, link.reason, link.rule, _candidates(session, link))
        for link in ledger.reviews(session)
    ]


def _candidates(session: Session, link: Link) -> tuple[Candidate, ...]:
    about = about_item(link.item)
    found = (session.get(Record, record_id) for record_id in link.candidates)
    return tuple(_candidate(record, about) for record in found if record is not None)


def _candidate(record: Record, about: About | None) -> Candidate:
    other = about_record(record) if about else None
    likeness = compare(about, other) if about and other else None
    return Candidate(record.number, record.title, record.author, record.year, likeness)


def set_link(
    session: Session, key: str, number: str, settings: Settings, now: datetime, who: str = "person"
) -> Sequence[LinkedRecord]:
    """Hang an item on the record a person names; a former link of the item is undone.

    Raises:
        NotFound: no such item, or no such record.
        UsageError: several records have that number.
    """
    item = item_named(session, key)
    found = ledger.find(session, "record", fold_number(number))
    if not found:
        raise NotFound(
            "No record has the number {number!r}.", hint="See 'digitize catalog show' and 'link review'.", number=number
        )
    if len(found) > 1:
        raise UsageError(
            "{count} records have the number {number!r}.",
            hint="Correct them in the catalogue.",
            count=len(found),
            number=number,
        )
    former = ledger.link_of(session, item.id)
    if former is not None and former.record_id != found[0]:
        _take_off(session, former, settings, now, who)
        former = None
    if former is None:
        session.refresh(item, ["links"])
        _hang(session, item, found[0], "person", settings, now)
        _note(session, now, "link set", item, who, record=number)
    return _write(session, *ledger.with_links(session, found[0]), settings, now)


def undo(session: Session, key: str, settings: Settings, now: datetime, who: str = "person") -> LinkedRecord:
    """Take an item off its record, which leaves again exactly as it came.

    Raises:
        NotFound: no such item, or it hangs on no record.
    """
    item = item_named(session, key)
    link = ledger.link_of(session, item.id)
    if link is None:
        raise NotFound("Item {key!r} hangs on no record.", key=item.key)
    return _take_off(session, link, settings, now, who)


def _take_off(session: Session, link: Link, settings: Settings, now: datetime, who: str) -> LinkedRecord:
    field, link.field = link.field, ""
    link.state, link.raw, link.at = LinkState.UNDONE, b"", now
    number = ""
    if link.record_id is not None:
        session.flush()
        record, links = ledger.with_links(session, link.record_id)
        number = record.number
        _write(session, record, links, settings, now)
    _note(session, now, "link undo", link.item, who, record=number, field=field)
    return LinkedRecord(link.item.key, number, "", "undone", before=field)


def item_named(session: Session, key: str) -> Item:
    """The item with this key.

    Raises:
        NotFound: there is none.
    """
    item = ledger.item_by_key(session, names.fold_key(key))
    if item is None:
        raise NotFound("There is no item {key!r}.", hint="See 'digitize item list'.", key=key)
    return item


def _note(session: Session, now: datetime, what: str, item: Item, who: str = "digitize", **detail: object) -> None:
    tool = f"digitize {__version__}"
    session.add(Event(at=now, who=who, what=what, tool=tool, item_id=item.id, detail=dict(detail)))
