"""Items, pages and refused files as lines: columns as wide as what stands in them, the longest last."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len

from digitize.ledger.states import PageState
from digitize.messages import Say, known
from digitize.names import shown

if TYPE_CHECKING:
    from digitize.items import ItemView, PageView, RefusalView


def items_text(views: "Sequence[ItemView]", say: Say) -> str:
    """Key, state, pages done, record and title of each."""
    if not views:
        return say("items.none")
    return _columns(
        (view.key, say(f"items.{view.state}"), f"{view.done}/{view.pages}", view.record, view.title) for view in views
    )


def item_text(view: "ItemView", say: Say) -> str:
    """What is known about one item, a line each."""
    sides = f"{view.done}/{view.pages}"
    wishes = [f"{key}={value}" for key, value in view.overrides.items()]
    facts = (
        ("key", view.key), ("title", view.title), ("type", view.type), ("source", view.source),
        ("state", say(f"items.{view.state}")), ("pages", sides), ("pdf", view.pdf), ("record", view.record),
        *(("link", link) for link in view.links), ("language", view.language), ("operator", view.operator),
        ("scanner", view.scanner), ("access", view.access), ("ark", view.ark), *(("wish", wish) for wish in wishes),
    )  # fmt: skip
    return _columns((say(f"items.field_{name}"), value) for name, value in facts if value)


def pages_text(views: "Sequence[PageView]", say: Say) -> str:
    """Number, name, side, state, outcome, confidence and reason of each page."""
    if not views:
        return say("items.no_pages")
    return _columns(_page(view, say) for view in views)


def _page(view: "PageView", say: Say) -> tuple[str, ...]:
    side = say(f"contact.side_{view.side}") if known(f"contact.side_{view.side}") else ""
    sure = "" if view.confidence is None else f"{view.confidence:.1f}"
    state = outcome_word(view.outcome, say) if view.state == PageState.DONE else say(f"items.page_{view.state}")
    reason = view.reason.splitlines()[0] if view.reason else ""
    return (f"{view.number:>4}", view.name, side, state, f"{sure:>5}", reason)


def outcome_word(outcome: str | None, say: Say) -> str:
    """How a page or both halves of an opening came out, or the kind of a failure, in the reader's language."""
    return " / ".join(_outcome(word, say) for word in (outcome or "").split())


def _outcome(outcome: str, say: Say) -> str:
    for key in (f"items.outcome_{outcome}", f"failure.{outcome}"):
        if known(key):
            return say(key)
    return outcome


def refusals_text(views: "Sequence[RefusalView]", say: Say) -> str:
    """Where each refused file lies and what its note says."""
    if not views:
        return say("items.none_refused")
    return "\n".join(line for view in views for line in (shown(view.path), *_note(view.reason)))


def _note(reason: str) -> list[str]:
    return [f"    {line}" for line in reason.splitlines()]


def _columns(rows: Iterable[Sequence[str]]) -> str:
    """The rows as lines, each column as wide as its widest cell."""
    lines = [tuple(map(shown, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (text + " " * (width - cell_len(text)) for text, width in zip(cells, widths, strict=True) if width)
    return "  ".join(padded).rstrip()
