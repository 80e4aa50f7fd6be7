"""Lines of recognised words as invisible text of a PDF page: what search, copy and screen readers find.

Every line stands level on its baseline, every word is stretched to its box and written together with the space
after it: pdfium takes a lone letter without ink for nothing, and readers that do not measure gaps need the space.
Lines are never turned: pages are deskewed, and readers lose the order of words whose baselines drift apart by
half a letter. Words far apart are brought nearer by a wide last letter: poppler (pdftotext, Evince, Okular) leaves out
spaces and takes such gaps for columns. Right-to-left lines are written in visual order, from left to right, as
programs that draw such text do: readers turn them back by the rules of Unicode (UAX 9).
"""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workers.glyphless import DESCENT, WIDTH, encode, is_writable
from workers.text import Box, Line, Word

_STEEPEST = 0.1
"""Pages are deskewed; a steeper baseline is a misreading of a short line."""
_MIN_SIZE = 2.0
"""Pixels; smaller letters than any scan shows."""
_NEAR = 0.9
"""Heights of a letter between two words of a line, at most. From one height on (``minColSpacing2`` in its source)
poppler takes words for columns, which it reads one after the other."""
_RIGHT_TO_LEFT = {"R", "AL"}
_STRONG = {"L", *_RIGHT_TO_LEFT}
_LEFT_TO_RIGHT_RUN = {"L", "EN", "AN"}
"""What keeps its own order inside a right-to-left word."""


Place = tuple[float, float, float]
"""Left end, right end and height of a word's foot, in pixels from the sheet's left upper corner."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page under the text: its height in pixels and the points of one pixel."""

    height: int
    scale: float
    laid: Callable[[Place], Place] | None = None
    """Where words of the restored page stand on this sheet, if that is another picture; words stay level there, too."""


def text_content(lines: tuple[Line, ...], sheet: Sheet, font: str, beyond: str) -> bytes:
    """The part of a page's content that writes *lines* in the font resource *font* (with its slash).

    *beyond* as in :func:`workers.glyphless.encode`. Empty if no line has a word that can be written.
    """
    body = b"".join(_line(line, sheet, font, beyond) for line in lines)
    return b"BT\n3 Tr\n" + body + b"ET\n" if body else b""


def visual_words(words: tuple[Word, ...]) -> tuple[tuple[str, Box], ...]:
    """The words of a line with their boxes as they stand on paper from left to right."""
    pairs = [(text, word.box) for word in words if (text := _clean(word.text))]
    if _runs_left("".join(text for text, _ in pairs)):
        pairs.sort(key=lambda pair: pair[1].left)
    return tuple((visual(text), box) for text, box in pairs)


def visual(word: str) -> str:
    """A right-to-left word as it stands on paper; a word of another direction unchanged."""
    if not any(_direction(char) in _RIGHT_TO_LEFT for char in word):
        return word
    runs: list[str] = []
    for char in word:
        forward = _direction(char) in _LEFT_TO_RIGHT_RUN
        if forward and runs and _direction(runs[0][-1]) in _LEFT_TO_RIGHT_RUN:
            runs[0] += char
        else:
            runs.insert(0, char)
    return "".join(runs)


def _direction(char: str) -> str:
    """Bidirectional class; beyond the basic plane readers turn nothing back, so nothing may be turned."""
    return unicodedata.bidirectional(char) if ord(char) <= 0xFFFF else "L"


def _runs_left(text: str) -> bool:
    """Whether most letters that have a direction run from right to left."""
    strong = [direction for direction in map(_direction, text) if direction in _STRONG]
    return sum(direction in _RIGHT_TO_LEFT for direction in strong) * 2 > len(strong)


def _clean(text: str) -> str:
    """Without what the font has no code for and without spaces at the ends."""
    return "".join(char for char in text if is_writable(char)).strip()


def _line(line: Line, sheet: Sheet, font: str, beyond: str) -> bytes:
    words = visual_words(line.words)
    if not words:
        return b""
    size = _size(line)
    places = [_laid((box.left, box.right, _baseline(line)), sheet) for _, box in words]
    parts = [f"{font} {_number(size * sheet.scale)} Tf 1 0 0 1 0 {_number(_up(places[0], sheet))} Tm\n".encode("ascii")]
    at = (0.0, _up(places[0], sheet))
    for number, (text, _) in enumerate(words):
        left, right, _ = places[number]
        room = places[number + 1][0] - left if number + 1 < len(words) else None
        to = (left * sheet.scale, _up(places[number], sheet))
        parts.append(f"{_number(to[0] - at[0])} {_number(to[1] - at[1])} Td".encode("ascii"))
        for run, advance in _runs(text, right - left, room, _NEAR * size):
            stretch = _number(100 * advance / (WIDTH * size))
            parts.append(f" {stretch} Tz <{encode(run, beyond).hex()}> Tj".encode("ascii"))
        parts.append(b"\n")
        at = to
    return b"".join(parts)


def _laid(place: Place, sheet: Sheet) -> Place:
    return sheet.laid(place) if sheet.laid else place


def _up(place: Place, sheet: Sheet) -> float:
    """Points from the sheet's lower edge to the foot of a word."""
    return (sheet.height - place[2]) * sheet.scale


def _runs(text: str, width: float, room: float | None, near: float) -> Iterator[tuple[str, float]]:
    """A word *width* pixels wide and its space in pieces, with the pixels from letter to letter in each.

    The last letter reaches so far that at most *near* pixels stay free up to the next word, which begins *room* pixels
    from the beginning of this one.
    """
    advance = _advance(len(text), max(width, 1.0), room)
    spare = (room or 0.0) - advance * len(text) - near
    if spare <= 0:
        yield text + " ", advance
        return
    last = next((place for place in range(len(text) - 1, 0, -1) if not unicodedata.combining(text[place])), 0)
    if last:
        yield text[:last], advance
    yield text[last:] + " ", advance + spare / (len(text) - last)


def _advance(letters: int, width: float, room: float | None) -> float:
    """Pixels from letter to letter: the word fills its width, or with its space the *room* up to the next word."""
    advance = width / letters
    if room is not None and 0 < room < width + advance:
        return room / (letters + 1)
    return advance


def _baseline(line: Line) -> float:
    """Height of the baseline at the middle of the line, in pixels from the top."""
    box = line.box
    slope = line.slope if abs(line.slope) <= _STEEPEST else 0.0
    base = box.bottom + line.offset + slope * (box.right - box.left) / 2
    return base if box.top < base <= box.bottom + _size(line) else box.bottom + DESCENT * _size(line)


def _size(line: Line) -> float:
    """Font size in pixels: what the engine measured, else the height of the line's box."""
    return max(line.size or float(line.box.bottom - line.box.top), _MIN_SIZE)


def _number(value: float) -> str:
    """A PDF number: no exponent, no trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
