"""Which way up a page is. Sideways is seen in its lines; upside down is asked of Tesseract, only when there is doubt.

Two cheap signs say "upright" for most pages and save the question: letters with ascenders outnumber those with
descenders (Latin), and lines end short more often than they begin late (any script written from the left).
Neither is ever a reason to turn a page; that takes Tesseract's orientation detection, confident on many letters.
"""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytesseract

from workers.ink import Mask, as_pixels, paper_of
from workers.picture import Pixels, Value
from workers.skew import Lean, lean_of, straighten

SIDEWAYS = 1.6
"""How many times clearer the lines must be across than along, before a page counts as lying on its side."""
_CLEAR = 1.5
"""Below this clarity there are no lines of text to judge by."""
_UPRIGHT_ASCENT, _UPRIGHT_ENDS = 4.0, 2.5
"""Standard errors from zero at which ascenders or line ends settle that a page is upright (0 of 60 pages misjudged)."""
_QUICK_LETTERS, _MANY_LETTERS = 12, 50
"""Tesseract's ``min_characters_to_try``: 12 answers in 0.2 s, 50 is its default and three times as slow."""
_SURE = 4.0
"""Orientation confidence on many letters from which a page is turned; text scores 4 to 35, handwriting less."""
_SECONDS = 30.0

Osd = Callable[[Pixels, int], tuple[int, float] | None]
"""(grey picture, letters to try) -> clockwise degrees to turn and confidence; None = no answer."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Quarter turns counter-clockwise (as ``numpy.rot90``) that set the page upright, and why."""

    quarters: int
    values: dict[str, Value]
    undone: str = ""


def ask_tesseract(grey: Pixels, letters: int) -> tuple[int, float] | None:
    """Tesseract's orientation and script detection on a small picture; failures are no answer."""
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    with tempfile.TemporaryDirectory(prefix="orient-") as folder:
        path = Path(folder) / "page.png"
        cv2.imwrite(str(path), grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        options = f"--psm 0 --dpi 150 -c min_characters_to_try={letters}"
        try:
            said = pytesseract.image_to_osd(
                str(path), config=options, output_type=pytesseract.Output.DICT, timeout=_SECONDS
            )
        except (pytesseract.TesseractError, pytesseract.TesseractNotFoundError, RuntimeError, ValueError, IndexError):
            return None
    return int(said["rotate"]), float(said["orientation_conf"])


def find_turn(grey: Pixels, letters: Mask, lean: Lean, osd: Osd = ask_tesseract) -> Turn:
    """Say how a surveyed page must be turned. Pages without lines of text stay as they are.

    Args:
        grey: the survey.
        letters: its ink.
        lean: the skew found in it.
        osd: whom to ask when it is not plain.
    """
    across = _across(letters, lean)
    if max(across.clarity, lean.clarity) < _CLEAR:
        return Turn(0, {"clarity": lean.clarity}, "no lines of text")
    if across.clarity > SIDEWAYS * lean.clarity:
        turned, inked = as_pixels(np.rot90(grey)), np.ascontiguousarray(np.rot90(letters))
        return _ask(turned, _straight(inked, across), across, osd, 1)
    straight = _straight(letters, lean)
    ascent, ends = signs(straight)
    values: dict[str, Value] = {"ascent": round(ascent, 1), "ends": round(ends, 1)}
    if (ascent >= _UPRIGHT_ASCENT and ends > -2) or (ends >= _UPRIGHT_ENDS and ascent > -5):
        return Turn(0, values)
    found = _ask(grey, straight, lean, osd, 0)
    return Turn(found.quarters, {**values, **found.values}, found.undone)


def _across(letters: Mask, lean: Lean) -> Lean:
    """The skew along the other axis; not looked for when the lines are plain already."""
    return Lean(0.0, 1.0) if lean.clarity > 2.0 else lean_of(np.ascontiguousarray(np.rot90(letters)))


def _straight(letters: Mask, lean: Lean) -> Mask:
    turned, _ = straighten(as_pixels(letters) * 255, lean.angle)
    return np.asarray(turned > 127, dtype=np.bool_)


def _ask(grey: Pixels, straight: Mask, lean: Lean, osd: Osd, quarters: int) -> Turn:
    """Ask about 0 or 180 degrees on the band richest in text: quickly first, thoroughly before turning.

    *quarters* is the turn already made; alone (without an answer) it is not trusted.
    """
    band = _band(grey, straight, lean)
    quick = osd(band, _QUICK_LETTERS)
    if quick is None:
        return Turn(0, {}, "no answer about the orientation" if quarters else "")
    values: dict[str, Value] = {"osd": quick[0], "confidence": round(quick[1], 2)}
    if quick[0] == 0 and quarters == 0:
        return Turn(0, values)
    sure = osd(band, _MANY_LETTERS)
    if sure is None or sure[0] not in (0, 180):
        return Turn(0, values, "no answer about the orientation")
    values |= {"osd": sure[0], "confidence": round(sure[1], 2)}
    if sure[1] < _SURE:
        return Turn(0, values, "orientation is not certain")
    return Turn((quarters + sure[0] // 90) % 4, values)


def _band(grey: Pixels, straight: Mask, lean: Lean) -> Pixels:
    """The third of the page with most ink, straight, on even white paper."""
    turned, _ = straighten(grey, lean.angle)
    height = max(60, turned.shape[0] * 3 // 10)
    rows = straight.sum(axis=1).cumsum()
    top = int(np.argmax(rows[height:] - rows[:-height])) if len(rows) > height else 0
    columns = np.nonzero(straight[top : top + height].any(axis=0))[0]
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, turned.shape[1])
    part = np.ascontiguousarray(turned[top : top + height, left:right])
    even = as_pixels(cv2.divide(part, paper_of(part, 12), scale=255.0))
    return as_pixels(cv2.copyMakeBorder(even, 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=(255.0,)))


def signs(straight: Mask) -> tuple[float, float]:
    """How surely ascenders prevail, and line ends fall short, in standard errors from zero; 0 = cannot say."""
    ink = straight.astype(np.uint8)
    stats = cv2.connectedComponentsWithStats(ink)[2][1:]
    heights = stats[stats[:, cv2.CC_STAT_HEIGHT] > 4, cv2.CC_STAT_HEIGHT]
    if len(heights) < 30:
        return 0.0, 0.0
    letter = float(np.median(heights))
    boxes = _lines(ink, letter)
    return _significance(_ascents(ink, boxes, letter)), _significance(_ends(boxes, letter))


def _lines(ink: Pixels, letter: float) -> npt.NDArray[np.int32]:
    """Boxes (left, top, width, height, area) of pieces of text lines."""
    reach = np.ones((1, int(2 * letter) | 1), dtype=np.uint8)
    blobs = cv2.morphologyEx(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, reach), cv2.MORPH_OPEN, reach)
    stats = np.asarray(cv2.connectedComponentsWithStats(blobs)[2][1:], dtype=np.int32)
    return stats[(stats[:, 2] > 6 * letter) & (stats[:, 3] < 4 * letter) & (stats[:, 3] > 0.6 * letter)]


def _ascents(ink: Pixels, boxes: npt.NDArray[np.int32], letter: float) -> list[float]:
    """Per line: ink above the small letters against ink below them, -1 … 1."""
    reach, margin = int(0.8 * letter), int(letter)
    found = []
    for left, top, width, height, _ in boxes:
        first = max(0, top - margin)
        rows = ink[first : top + height + margin, left : left + width].sum(axis=1, dtype=np.float64)
        core = np.nonzero(rows >= 0.5 * np.percentile(rows, 95))[0]
        above = rows[max(0, core[0] - reach) : core[0]].sum()
        below = rows[core[-1] + 1 : core[-1] + 1 + reach].sum()
        if above + below:
            found.append(float((above - below) / (above + below)))
    return found


def _ends(boxes: npt.NDArray[np.int32], letter: float) -> list[float]:
    """Per row of text: how far it stops short of the right margin, less how far it begins after the left one."""
    rows: list[list[float]] = []
    for left, top, width, height, _ in boxes[np.argsort(boxes[:, 1] + boxes[:, 3] / 2)]:
        middle = top + height / 2
        if rows and middle - rows[-1][2] < letter:
            rows[-1][:2] = [min(rows[-1][0], left), max(rows[-1][1], left + width)]
        else:
            rows.append([float(left), float(left + width), float(middle)])
    if len(rows) < 6:
        return []
    begins, ends, _ = np.array(rows).T
    left, right = np.percentile(begins, 20), np.percentile(ends, 80)
    measure = max(1.0, right - left)
    short = np.clip((right - ends) / measure, 0, 1) - np.clip((begins - left) / measure, 0, 1)
    return [float(value) for value in short]


def _significance(values: list[float]) -> float:
    """Mean over its standard error."""
    if len(values) < 6:
        return 0.0
    sample = np.array(values)
    return float(sample.mean() / (sample.std() / np.sqrt(len(sample)) + 1e-6))
