"""Do the index and the ledger agree? Looks only, and holds up nobody who writes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize.fulltext import dialect
from digitize.fulltext.index import batch, yangalif_items
from digitize.fulltext.words import keys_of
from digitize.ledger.models import Page, PageState, PageText

MOST = 1000
_PROBE = 4
"""Words at the beginning and at the end of a page by which the index is asked for it."""

Kind = Literal["no_text", "not_indexed", "orphan", "stale", "not_found"]
"""``no_text``: a done page has no row of text. ``not_indexed``: a text is not in the index. ``orphan``: the index knows
a text that is not there. ``stale``: the keys are not those that today's rules make of the text. ``not_found``: the
index has the page, but not under the words that stand on it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One way in which the index and the ledger disagree."""

    kind: Kind
    pages: int
    """How many pages it concerns."""
    page_id: int
    """The first of them."""


def without_text(session: Session) -> Sequence[int]:
    """Ids of done pages that have no text, at most :data:`MOST`; a blank page has an empty one."""
    query = select(Page.id).outerjoin(PageText, PageText.page_id == Page.id)
    query = query.where(Page.state == PageState.DONE, PageText.page_id.is_(None))
    return session.scalars(query.order_by(Page.id).limit(MOST)).all()


def index_differs(session: Session) -> str:
    """How the database's own index differs from the texts; empty where it does not."""
    missing, orphans = len(dialect.not_indexed(session)), len(dialect.orphans(session))
    return f"{missing} texts are not in the index, {orphans} pages in it have no text" if missing or orphans else ""


def problems(session: Session, *, data: bool = False) -> tuple[Problem, ...]:
    """Where the index and the ledger disagree, one line per kind; nothing if all is well. Reads only.

    Without *data* the sets of pages are compared (a second for a million pages); with it every text is folded anew
    and the index is asked for its first and its last words (some milliseconds a page). ``digitize reindex`` mends
    everything but ``no_text``: such a page must be worked on again (``digitize page retry``).
    """
    found: Counter[Kind] = Counter()
    first: dict[Kind, int] = {}
    for kind, page_id in (*_strays(session), *(_misfits(session) if data else ())):
        found[kind] += 1
        first.setdefault(kind, page_id)
    return tuple(Problem(kind, count, first[kind]) for kind, count in found.items())


def _strays(session: Session) -> Iterator[tuple[Kind, int]]:
    done = select(Page.id).outerjoin(PageText, PageText.page_id == Page.id)
    for page_id in session.scalars(done.where(Page.state == PageState.DONE, PageText.page_id.is_(None))):
        yield "no_text", page_id
    for page_id in dialect.not_indexed(session):
        yield "not_indexed", page_id
    for page_id in dialect.orphans(session):
        yield "orphan", page_id


def _misfits(session: Session) -> Iterator[tuple[Kind, int]]:
    last, old = 0, yangalif_items(session)
    while rows := batch(session, last):
        for row in rows:
            keys = keys_of(row.text, yangalif=row.item_id in old)
            if asdict(keys) != {"strict": row.strict, "folded": row.folded, "ocr": row.ocr}:
                yield "stale", row.page_id
            elif not all(dialect.finds(session, row.page_id, words) for words in _edges(row.folded)):
                yield "not_found", row.page_id
        last = rows[-1].page_id
        session.expunge_all()


def _edges(folded: str) -> Iterable[Sequence[str]]:
    """The first and the last words of a key, each to be found as a phrase."""
    words = folded.split()
    return (words[:_PROBE], words[-_PROBE:]) if words else ()
