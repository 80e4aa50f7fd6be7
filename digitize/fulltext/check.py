"""Do the index and the ledger agree? Looks only, and holds up nobody who writes."""

from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from digitize.ledger.models import Page, PageState, PageText

MOST = 1000


def without_text(session: Session) -> Sequence[int]:
    """Ids of done pages that have no text, at most :data:`MOST`; a blank page has an empty one."""
    query = select(Page.id).outerjoin(PageText, PageText.page_id == Page.id)
    query = query.where(Page.state == PageState.DONE, PageText.page_id.is_(None))
    return session.scalars(query.order_by(Page.id).limit(MOST)).all()


def index_differs(session: Session) -> str:
    """How the database's own index differs from the texts in number; empty where it does not."""
    if session.get_bind().dialect.name != "sqlite":
        return ""
    indexed = session.scalar(text("SELECT count(*) FROM page_fts_docsize")) or 0
    texts = session.scalar(select(func.count()).select_from(PageText)) or 0
    return "" if indexed == texts else f"{indexed} pages in the index, {texts} texts"
