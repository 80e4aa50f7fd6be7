"""One page from grey picture to words: which model, one reading, canonical spelling, how sure we are.

One model reads a page. The item's own model (*prior*) reads first; only when its result does not convince are the
others tried on a few lines. Without a prior they are tried before the page is read. Words in another script than the
page's are read once more by a model of that script.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from workers import cuts, engines, foreign, language, missed
from workers.engines import Layout
from workers.noise import without_noise
from workers.normalize import normalize
from workers.picture import Pixels, Restored
from workers.sample import Ink, find_ink, has_dark_ground, left_out, sample_lines
from workers.text import Box, Line, Reading, Recognized, Unread, Word
from workers.vote import Votes, vote

REGION = 10
"""Words in a region whose mean confidence is watched; a page's mean hides a spoilt corner."""

_TRUSTED = 50.0
"""Confidence from which a word counts as read at all, when the question is whether a page has text."""

_NEARLY_NO_LETTERS = 40
"""Pieces of a letter's size that dust, shine-through and a stamp's edge may leave on a blank page."""

_RIM = 0.04
"""Part of the page's width and height along its edges in which bed, leaves below and shadows look like letters, and
nothing but text that can be read counts as text: print keeps twice as far from the edges."""

_FEW, _MANY = 120, 480
"""Letters on the lines that are sampled for a vote, and for a second one."""

_BETTER_BY = 10.0
"""Points by which another model must win to overrule the one an item has settled on."""


@dataclass(frozen=True, slots=True)
class RecognizeOptions:
    """What the recogniser may use."""

    languages: tuple[str, ...] = ("uzb", "uzb_cyrl", "rus")
    """Tesseract models to choose from, at least one."""
    prior: str = ""
    """The model this item has settled on, or empty."""
    low_confidence: float = 60.0
    timeout: float = 240.0
    """Seconds for one run of the engine."""


Engine = Callable[[Path, str, float, float, Layout], Reading | Unread]
"""As :func:`workers.engines.read`."""


@dataclass(frozen=True, slots=True)
class _Desk:
    """What every step of one page shares."""

    page: Restored
    job_dir: Path
    options: RecognizeOptions
    engine: Engine
    ink: Ink
    layout: Layout = Layout.PAGE
    """Of the whole page."""
    readings: dict[tuple[str, int], Reading] = field(default_factory=dict)
    """By reader and sample: what two languages of one model read is read once."""

    @property
    def dpi(self) -> float:
        """Of the grey picture."""
        return self.page.dpi * self.page.scale

    def read_once(self, pixels: Pixels, model: str, layout: Layout, sample: int = 0) -> Reading | Unread:
        """Read *pixels*, always the same for one *sample*, unless the reader of *model* has read them already."""
        key = (engines.reader(model), sample)
        if key in self.readings:
            return self.readings[key]
        reading = self.read(pixels, model, layout)
        if isinstance(reading, Reading):
            self.readings[key] = reading
        return reading

    def read(self, pixels: Pixels, model: str, layout: Layout) -> Reading | Unread:
        """Run the engine on *pixels* through a file in the job's folder, which is removed again."""
        path = self.job_dir / f"{self.page.side}-{layout.name.lower()}.tif"
        try:
            path.write_bytes(engines.tiff(pixels))
            return self.engine(path, model, self.dpi, self.options.timeout, layout)
        finally:
            path.unlink(missing_ok=True)

    def look_again(self, strip: cuts.Strip, model: str, layout: Layout = Layout.BLOCK) -> Mapping[int, Sequence[Line]]:
        """What *model* reads in pieces of the page: number of the piece -> its lines in place; nothing if it fails."""
        reading = self.read(strip.pixels, model, layout)
        return {} if isinstance(reading, Unread) else cuts.returned(strip, reading.lines)

    def cut(self, *boxes: Box) -> cuts.Strip:
        """These pieces of the page, for a second look."""
        return cuts.stacked(self.page.grey, boxes)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A page read with the model that fits, and what was tried for it."""

    model: str
    reading: Reading
    votes: Votes
    foreign: int = 0
    """Words that were taken from the reading of another script."""
    missed: int = 0
    """Lines that the engine had passed over."""


def recognize(
    page: Restored, job_dir: Path, options: RecognizeOptions, engine: Engine = engines.read
) -> Recognized | Unread:
    """Read *page*; files for the engine lie in *job_dir* while it runs.

    Boxes of the result are in pixels of ``page.picture``. A page without text is ``blank``, a page of which some
    region was read with less than ``options.low_confidence`` is ``low``; what stops the engine is :class:`Unread`.

    Raises:
        OSError: *job_dir* cannot be written.
    """
    if max(page.grey.shape) > engines.LARGEST_SIDE:
        detail = f"{page.grey.shape[1]} x {page.grey.shape[0]} pixels are more than the recogniser takes."
        return Unread("too_large", detail, retry=False)
    dpi = page.dpi * page.scale
    dark = has_dark_ground(page.grey if page.uncleaned is None else page.uncleaned, dpi)
    layout = Layout.DARK_PAGE if dark else Layout.PAGE
    desk = _Desk(page, job_dir, options, engine, find_ink(page.grey, dpi), layout)
    if not len(desk.ink.letters):
        return _blank(desk)
    choice = _choose(desk)
    if isinstance(choice, Unread):
        return choice
    return _judge(desk, _with_folio(desk, _with_foreign(desk, _with_missed(desk, choice))))


def _choose(desk: _Desk) -> _Choice | Unread:
    """Read the page with the item's model or the vote's; if that does not convince, with a clearly better one."""
    first = _settled(desk.options)
    votes = {first: 0.0} if first else _vote(desk, desk.options.languages, {})
    if isinstance(votes, Unread):
        return votes
    model = max(votes, key=votes.__getitem__)
    reading = desk.read_once(desk.page.grey, model, desk.layout)
    if isinstance(reading, Unread):
        return reading
    return _challenge(desk, _Choice(model, reading, {} if first else votes))


def _settled(options: RecognizeOptions) -> str:
    """The model that needs no vote, or empty."""
    if len(options.languages) == 1:
        return options.languages[0]
    return options.prior if options.prior in options.languages else ""


def _challenge(desk: _Desk, choice: _Choice) -> _Choice | Unread:
    """*choice*, unless its text does not convince and another model does clearly better on the sample.

    Where *choice* found no text, another one has to convince: a dedication in the other script is, dust is not.
    """
    models = desk.options.languages
    score = language.fit(choice.reading.lines, choice.model, models).score
    if score >= language.CONVINCING or len(models) == 1:
        return choice
    votes = _vote(desk, models, choice.votes | {choice.model: score})
    if isinstance(votes, Unread):
        return votes
    best = max(votes, key=votes.__getitem__)
    least = score + _BETTER_BY if _has_text(choice.reading.lines, desk.ink) else language.CONVINCING
    if votes[best] < least:
        return replace(choice, votes=votes)
    reading = desk.read_once(desk.page.grey, best, desk.layout)
    return reading if isinstance(reading, Unread) else _Choice(best, reading, votes)


def _vote(desk: _Desk, models: Sequence[str], known: Mapping[str, float]) -> Votes | Unread:
    """Scores on a few lines; on many more where these convince nobody: half of a few may be addresses or names."""
    votes = _vote_on(desk, models, known, _FEW)
    if isinstance(votes, Unread) or max(votes.values()) >= language.CONVINCING:
        return votes
    return _vote_on(desk, models, {}, _MANY)


def _vote_on(desk: _Desk, models: Sequence[str], known: Mapping[str, float], letters: int) -> Votes | Unread:
    strip = sample_lines(desk.page.grey, desk.ink, letters)

    def trial(model: str) -> tuple[Line, ...] | Unread:
        reading = desk.read_once(strip, model, Layout.BLOCK, letters)
        return reading if isinstance(reading, Unread) else reading.lines

    return vote(models, trial, known)


def _has_text(lines: Iterable[Line], ink: Ink) -> bool:
    return _letters_inside(ink) >= _NEARLY_NO_LETTERS or any(_trusted(word) for line in lines for word in line.words)


def _letters_inside(ink: Ink) -> int:
    """Pieces of a letter's size that do not lie at the page's edges."""
    height, width = ink.mask.shape
    left, top, wide, high = ink.letters.T
    across, down = (left + wide / 2) / width, (top + high / 2) / height
    return int(np.count_nonzero((np.abs(across - 0.5) < 0.5 - _RIM) & (np.abs(down - 0.5) < 0.5 - _RIM)))


def _trusted(word: Word) -> bool:
    return word.confidence >= _TRUSTED and any(map(str.isalnum, word.raw))


def _with_foreign(desk: _Desk, choice: _Choice) -> _Choice:
    """*choice* with its doubtful words as another script's model reads them, where that one is sure."""
    lines = choice.reading.lines
    other = _other_script(choice.model, desk.options.languages)
    runs = foreign.doubtful(lines) if other else ()
    if not runs:
        return choice
    again = desk.look_again(desk.cut(*(run.box for run in runs)), other)
    lines, count = foreign.replaced(lines, runs, again, language.known(other).script)
    return replace(choice, reading=replace(choice.reading, lines=lines), foreign=count)


def _with_missed(desk: _Desk, choice: _Choice) -> _Choice:
    """*choice* with the lines that the engine passed over or ran together."""
    choice = _with_parted(desk, choice)
    rows = missed.missed(desk.ink, choice.reading.lines)
    if not rows:
        return choice
    again = {number: _read_row(desk, row, choice.model) for number, row in enumerate(rows)}
    lines, count = missed.put_back(choice.reading.lines, desk.ink, rows, again)
    return replace(choice, reading=replace(choice.reading, lines=lines), missed=choice.missed + count)


def _with_parted(desk: _Desk, choice: _Choice) -> _Choice:
    """*choice* with every line that was two taken apart."""
    lines = choice.reading.lines
    numbers = missed.joined(lines)
    if not numbers:
        return choice
    pieces = [desk.cut(lines[number].box) for number in numbers]
    again = {at: desk.look_again(piece, choice.model).get(0, ()) for at, piece in enumerate(pieces)}
    lines, count = missed.parted(lines, numbers, again)
    return replace(choice, reading=replace(choice.reading, lines=lines), missed=count)


def _other_script(model: str, models: Iterable[str]) -> str:
    """The first of *models* that reads the other of the two scripts an Uzbek page may hold, or empty."""
    wanted = {"Latn": "Cyrl", "Cyrl": "Latn"}.get(language.known(model).script)
    return next((other for other in models if language.known(other).script == wanted), "")


def _read_row(desk: _Desk, row: Box, model: str) -> Sequence[Line]:
    """The line in *row* as the surer of two readings has it; none if both fail.

    What drops it from a page may drop it here again, but not where letters alone are sought in a picture of the row
    alone.
    """
    found = desk.look_again(desk.cut(row), model, Layout.LINE)
    alone = desk.look_again(cuts.alone(desk.page.grey, desk.ink.mask, row), model, Layout.RAW_LINE)
    return max(found.get(0, ()), alone.get(0, ()), key=_confidence)


def _confidence(lines: Sequence[Line]) -> float:
    return language.mean_confidence(word for line in lines for word in line.words)


def _with_folio(desk: _Desk, choice: _Choice) -> _Choice:
    """*choice* with the lone folio the engine passed over, if there is one and it reads as a number."""
    box = left_out(desk.ink, choice.reading.lines)
    if box is None:
        return choice
    clip = desk.page.grey[box.top : box.bottom, box.left : box.right]
    found = desk.read(clip, choice.model, Layout.LINE)
    if isinstance(found, Unread) or not _is_number(found.lines):
        return choice
    lines = choice.reading.lines
    above = box.bottom <= min(line.box.top for line in lines)
    number = -1 if above else max(line.paragraph for line in lines) + 1
    folio = replace(cuts.moved(found.lines[0], box.left, box.top), paragraph=number)
    return replace(choice, reading=replace(choice.reading, lines=(folio, *lines) if above else (*lines, folio)))


def _is_number(lines: Sequence[Line]) -> bool:
    """One word of digits the engine is sure of."""
    words = [word for line in lines for word in line.words]
    return len(words) == 1 and words[0].raw.isdecimal() and _trusted(words[0])


def _judge(desk: _Desk, choice: _Choice) -> Recognized:
    """Put the outcome on what was read."""
    raw = choice.reading.lines
    if not _has_text(raw, desk.ink):
        return replace(_blank(desk), engine=choice.reading.engine, hocr=choice.reading.hocr, votes=choice.votes)
    read = language.known(choice.model)
    spelled = normalize(without_noise(raw), read.language, read.script)
    lines = tuple(_scaled(line, 1 / desk.page.scale) for line in spelled)
    worst = min(_regions(raw))
    return Recognized(
        lines=lines,
        outcome="low" if worst < desk.options.low_confidence else "ok",
        confidence=round(language.mean_confidence(word for line in raw for word in line.words), 2),
        worst=round(worst, 2),
        language=choice.model,
        script=read.script,
        hocr=choice.reading.hocr,
        engine=choice.reading.engine,
        dpi=desk.dpi,
        votes=choice.votes,
        foreign=choice.foreign,
        missed=choice.missed,
    )


def _regions(lines: Iterable[Line]) -> Iterator[float]:
    """Mean confidence of every :data:`REGION` words in reading order; the last region takes the rest."""
    words = [word for line in lines for word in line.words if any(map(str.isalnum, word.raw))]
    last = max(0, len(words) // REGION - 1) * REGION
    for start in range(0, last, REGION):
        yield language.mean_confidence(words[start : start + REGION])
    yield language.mean_confidence(words[last:])


def _blank(desk: _Desk) -> Recognized:
    return Recognized((), "blank", 0.0, 0.0, "", "", b"", "", desk.dpi, {})


def _scaled(line: Line, factor: float) -> Line:
    """*line* in pixels that are *factor* times as many; slopes do not change."""
    words = tuple(replace(word, box=_scaled_box(word.box, factor)) for word in line.words)
    box = _scaled_box(line.box, factor)
    return replace(line, words=words, box=box, offset=line.offset * factor, size=line.size * factor)


def _scaled_box(box: Box, factor: float) -> Box:
    left, top, right, bottom = (round(value * factor) for value in (box.left, box.top, box.right, box.bottom))
    return Box(left, top, max(right, left + 1), max(bottom, top + 1))
