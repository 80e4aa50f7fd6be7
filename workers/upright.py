"""The guard on turning: a page that reads like nonsense is read once more upside down, and the better way stays.

Catches both a page laid on the glass upside down that no earlier step noticed, and one that was turned by mistake.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from workers.origin import half_turned
from workers.picture import Pixels, Restored, Step
from workers.text import Recognized, Unread

_NONSENSE = 50.0
"""Mean confidence (0-100) under which the letters may stand on their heads: such pages give 10-35 with any model,
pages hard to read but upright 35-60."""

_BETTER_BY = 20.0
"""By this much the turned page must be read with more confidence."""

_SWAPPED = {"left": "right", "right": "left"}

Read = Callable[[Restored], Recognized | Unread]
"""Recognises one page."""

Page = tuple[Restored, Recognized]


def read_upright(pages: tuple[Restored, ...], read: Read) -> tuple[Page, ...] | Unread:
    """Read each of *pages*, turned by 180 degrees where that is clearly right; an opening turns as a whole."""
    results = _read_all(pages, read)
    if isinstance(results, Unread) or not all(_is_nonsense(text) for _, text in results):
        return results
    turned = _read_all(tuple(_turned(page) for page in reversed(pages)), read)
    better = not isinstance(turned, Unread) and _mean(turned) > _mean(results) + _BETTER_BY
    return turned if better else results


def _read_all(pages: tuple[Restored, ...], read: Read) -> tuple[Page, ...] | Unread:
    """Every page with its text, or why the first that failed was not read."""
    results: list[Page] = []
    for page in pages:
        text = read(page)
        if isinstance(text, Unread):
            return text
        results.append((page, text))
    return tuple(results)


def _is_nonsense(text: Recognized) -> bool:
    return text.outcome != "blank" and text.confidence < _NONSENSE


def _mean(results: tuple[Page, ...]) -> float:
    return sum(text.confidence for _, text in results) / len(results)


def _turned(page: Restored) -> Restored:
    step = Step("upright", {"turned": 180})
    side = _SWAPPED.get(page.side, page.side)
    before = None if page.uncleaned is None else _half_turn(page.uncleaned)
    return replace(
        page,
        side=side,
        picture=_half_turn(page.picture),
        grey=_half_turn(page.grey),
        steps=(*page.steps, step),
        origin=half_turned(page),
        uncleaned=before,
    )


def _half_turn(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[::-1, ::-1])
