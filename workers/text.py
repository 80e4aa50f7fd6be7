"""What was read on a page: words with boxes and confidence; frozen and pure."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of the page picture, origin top left."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Word:
    """One word: the normalised text, what the engine said, where it stands, how sure (0-100) the engine is."""

    text: str
    raw: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class Line:
    """Words in reading order; the baseline runs through (box.left, box.bottom + offset) with *slope*, as in hOCR."""

    words: tuple[Word, ...]
    box: Box
    slope: float = 0.0
    offset: float = 0.0
    paragraph: int = 0
    """Lines of one paragraph share the number; blocks never share one."""
    size: float = 0.0
    """Height of the letters in pixels as the engine gives it (hOCR x_size); 0 = unknown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one run of the engine gave: raw words, boxes in pixels of the picture it read."""

    lines: tuple[Line, ...]
    hocr: bytes
    engine: str
    """Program and version, e.g. ``tesseract 5.3.0``."""


UnreadKind = Literal["timeout", "engine_crashed", "engine_missing", "engine_missing_language", "too_large"]
ENVIRONMENT: tuple[UnreadKind, ...] = ("engine_missing", "engine_missing_language")
"""Those that are the machine's fault and never the page's."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A page the engine did not read."""

    kind: UnreadKind
    detail: str
    """For the administrator, in English."""
    retry: bool
    """Another attempt may help."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """The text of one page."""

    lines: tuple[Line, ...]
    outcome: str
    """``ok``, ``low`` or ``blank``."""
    confidence: float
    """Mean over words, weighted by length, 0-100."""
    worst: float
    """The weakest region's mean; drives ``low``."""
    language: str
    """The Tesseract model that read the page."""
    script: str
    """``Latn``, ``Cyrl``, ``Arab`` (ISO 15924), or empty."""
    hocr: bytes
    engine: str
    """Program and version, e.g. ``tesseract 5.3.0``."""
    dpi: float
    """Of the picture that was read."""
    votes: dict[str, float]
    """Model -> score in the vote on sampled lines; empty if there was no doubt."""
    foreign: int = 0
    """Words that a model of another script read, since the page's own was unsure of them."""
    missed: int = 0
    """Lines that the engine had passed over or run together and a second look found."""

    @property
    def text(self) -> str:
        """The page as people read it: one line per line, a blank line between paragraphs."""
        parts: list[str] = []
        for number, line in enumerate(self.lines):
            if number and line.paragraph != self.lines[number - 1].paragraph:
                parts.append("")
            parts.append(" ".join(word.text for word in line.words))
        return "\n".join(parts) + "\n" if parts else ""
