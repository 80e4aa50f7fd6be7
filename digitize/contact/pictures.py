"""Pictures of a contact sheet as HTML: a small JPEG written into the page, what was found drawn over it as lines."""

from base64 import b64encode
from collections.abc import Iterable, Sequence

from digitize.contact.contents import Scan
from digitize.contact.words import PageWords, Placed
from digitize.messages import Say
from digitize.render.words import plain
from workers.thumbnail import Thumb

SURE = 85.0
"""Certainty from which a word is drawn as read; of such words one in a hundred is wrong on clean print."""


def escaped(text: str) -> str:
    """Foreign text on one line, harmless in HTML and in quoted attributes."""
    return "".join(_ESCAPES.get(sign, sign) for sign in plain(text))


_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def master_picture(thumb: Thumb, scan: Scan) -> str:
    """The scan with the page's corners and the gutter drawn on it."""
    size = thumb.full_width, thumb.full_height
    return _picture(thumb, _overlay("lines", size, _outline(scan.corners, scan.gutter)))


def page_picture(thumb: Thumb, words: PageWords | None, low: float, say: Say) -> str:
    """The restored page with its words framed in the colour of their certainty, the weakest region marked."""
    if words is None:
        return _picture(thumb, "")
    drawn = "".join((_sure(words.words, low), _unsure(words.words, low), _weakest(words, say)))
    return _picture(thumb, _overlay("words", (words.width, words.height), drawn))


def missing_picture(reason: str) -> str:
    """In place of a picture that cannot be shown; nothing where there is none to show."""
    return f'<p class="none">{escaped(reason)}</p>' if reason else ""


def _picture(thumb: Thumb, overlay: str) -> str:
    data = b64encode(thumb.jpeg).decode("ascii")
    image = f'<img src="data:image/jpeg;base64,{data}" width="{thumb.width}" height="{thumb.height}" alt="">'
    return f'<div class="pic" style="max-width:{thumb.width}px">{image}{overlay}</div>'


def _overlay(kind: str, size: tuple[int, int], drawn: str) -> str:
    """Lines in pixels of the large picture, stretched over the small one."""
    if not drawn:
        return ""
    return f'<svg class="{kind}" viewBox="0 0 {size[0]} {size[1]}" preserveAspectRatio="none">{drawn}</svg>'


def _outline(corners: Sequence[float], gutter: float | None) -> str:
    if not corners:
        return ""
    a, b, c, d = zip(corners[0::2], corners[1::2], strict=True)
    drawn = '<polygon points="' + " ".join(f"{x:g},{y:g}" for x, y in (a, b, c, d)) + '"/>'
    if gutter is not None:
        (x1, y1), (x2, y2) = _between(a, b, gutter), _between(d, c, gutter)
        drawn += f'<line class="cut" x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}"/>'
    return drawn


def _between(start: tuple[float, float], end: tuple[float, float], part: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part


def _sure(words: Iterable[Placed], low: float) -> str:
    """All words that were surely read as one shape: they are many, and there is nothing to say about them."""
    path = "".join(_box(word.box) for word in words if word.certainty >= max(SURE, low))
    return f'<path class="sure" d="{path}"/>' if path else ""


def _unsure(words: Iterable[Placed], low: float) -> str:
    """The others one by one; the pointer over one tells what was read and how surely."""
    return "".join(
        f'<path class="{"poor" if word.certainty < low else "doubt"}" d="{_box(word.box)}">'
        f"<title>{escaped(word.text)} {word.certainty:.0f}</title></path>"
        for word in words
        if word.certainty < max(SURE, low)
    )


def _weakest(words: PageWords, say: Say) -> str:
    boxes = [word.box for word in words.weakest]
    if not boxes:
        return ""
    left, top, right, bottom = zip(*boxes, strict=True)
    around = min(left) - 8, min(top) - 8, max(right) + 8, max(bottom) + 8
    return f'<path class="weak" d="{_box(around)}"><title>{escaped(say("contact.weakest"))}</title></path>'


def _box(box: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = box
    return f"M{left} {top}H{right}V{bottom}H{left}z"
