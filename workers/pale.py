"""The guard on cleaning: a page that was read without confidence is read once more as it was before it was cleaned.

Cleaning takes worn ribbon and thin ink for show-through where enough firm print stands beside it.
"""

from collections.abc import Callable
from dataclasses import replace

from workers.picture import Restored, Step
from workers.text import Recognized, Unread

_DOUBTFUL = 75.0
"""Mean confidence (0-100) from which nothing was lost; print of our own days is read with 85 and more."""
_BETTER_BY = 1.0
"""Points of confidence that the page as it was must be ahead: less is no difference, and cleaning stays."""

Page = tuple[Restored, Recognized]
Again = Callable[[Restored, str], Recognized | Unread]
"""Recognises a page of which the model is known."""


def read_pale(page: Restored, text: Recognized, again: Again) -> Page:
    """*page* with its *text*, or both as they are without cleaning if that reads better."""
    if page.uncleaned is None or text.outcome == "blank" or text.confidence >= _DOUBTFUL:
        return page, text
    pale = replace(page, grey=page.uncleaned, uncleaned=None, steps=tuple(map(_undone, page.steps)))
    found = again(pale, text.language)
    if isinstance(found, Unread) or found.confidence < text.confidence + _BETTER_BY:
        return page, text
    return pale, found


def _undone(step: Step) -> Step:
    return replace(step, undone="faint text would be lost") if step.name == "clean" else step
