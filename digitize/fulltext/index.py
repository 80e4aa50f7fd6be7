"""Puts page texts into the index and takes them out, in the caller's transaction.

On SQLite triggers carry every change of ``page_text`` into its FTS5 table, so that index and ledger commit together.
Whether they still agree says :mod:`digitize.fulltext.check`; what does not, :func:`rebuild` mends.
"""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digitize.fulltext import dialect
from digitize.fulltext.words import keys_of, rules
from digitize.ledger.models import Item, Meta, Page, PageText, standing
from digitize.uzbek.yangalif import YEARS

_BATCH = 500
_AT_ONCE = 2000
"""Keys renewed in one transaction: some seconds."""
_RULES, _REACHED = "keys", "keys_reached"
"""Under these the ledger says by what rules all keys in it were made, and by what rules those up to which page."""


def put(
    session: Session, page_id: int, item_id: int, text: str, words: Sequence[tuple[str, int, int, int, int]] = ()
) -> None:
    """Make *text* the text of the page, whatever it had before; an empty text of a blank page counts too."""
    boxes = [list(word) for word in words]
    keys = keys_of(text, yangalif=item_id in yangalif_items(session, item_id))
    session.merge(PageText(page_id=page_id, item_id=item_id, text=text, words=boxes, **asdict(keys)))
    session.flush()


def yangalif_items(session: Session, item_id: int | None = None) -> frozenset[int]:
    """Ids of items (or that one, if it is) whose year says that their Latin is that of 1929-1940.

    The year is the item's own, not its record's: links come and go, and a reading must not change with them.
    """
    query = select(Item.id).where(Item.year.between(*YEARS))
    return frozenset(session.scalars(query if item_id is None else query.where(Item.id == item_id)))


def drop(session: Session, page_id: int) -> None:
    """Forget the text of the page; one that has none is no error."""
    session.execute(delete(PageText).where(PageText.page_id == page_id))


def rebuild(session: Session) -> int:
    """Make all keys and the index anew from the stored texts; returns the number of pages in it.

    Needed after the rules of the keys change or the index is damaged; texts of pages that nobody can read any more go.
    """
    old = yangalif_items(session)
    kept = select(Page.id).where(standing())
    count = last = 0
    with dialect.refilling(session):
        session.execute(delete(PageText).where(PageText.page_id.not_in(kept)))
        while rows := batch(session, last):
            for row in rows:
                _renew(row, yangalif=row.item_id in old)
            session.flush()
            last, count = rows[-1].page_id, count + len(rows)
            session.expunge_all()
    session.merge(Meta(key=_RULES, value=rules()))
    return count


def keep_up(session: Session) -> int:
    """Renew some keys that were made by rules other than today's, as an update leaves them; 0 when none is left.

    Some at a time, and it is remembered how far it came: nobody waits long for the ledger, and a home of any size gets
    through however often it is interrupted.
    """
    known = session.get(Meta, _RULES)
    if known is not None and known.value == rules():
        return 0
    reached = session.get(Meta, _REACHED)
    of, last = reached.value.split(":") if reached else ("", "0")
    rows = batch(session, int(last) if of == rules() else 0, _AT_ONCE)
    old = yangalif_items(session)
    for row in rows:
        _renew(row, yangalif=row.item_id in old)
    session.merge(
        Meta(key=_REACHED, value=f"{rules()}:{rows[-1].page_id}") if rows else Meta(key=_RULES, value=rules())
    )
    return len(rows)


def tidy(session: Session) -> None:
    """What a run does when its pages are in: each left a segment, and a word is looked for in every one."""
    dialect.tidy(session)


def batch(session: Session, last: int, most: int = _BATCH) -> Sequence[PageText]:
    """The next texts by page id; small batches keep a million pages out of memory."""
    return session.scalars(select(PageText).where(PageText.page_id > last).order_by(PageText.page_id).limit(most)).all()


def _renew(row: PageText, *, yangalif: bool) -> None:
    keys = keys_of(row.text, yangalif=yangalif)
    row.strict, row.folded, row.ocr = keys.strict, keys.folded, keys.ocr
