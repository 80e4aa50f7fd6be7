"""The life of one page in a child process: the only entry the pool calls.

A bad page is a value (:class:`PageFailed`); an exception from here is a bug in the program.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workers.picture import Value


@dataclass(frozen=True, slots=True)
class PageJob:
    """Everything a worker gets: paths, numbers, strings; picklable."""

    master: Path
    frame: int
    out_dir: Path
    """An empty folder made for this attempt alone; results go nowhere else."""
    profile: Mapping[str, Value] = field(default_factory=dict)
    """Restoration parameters: a table of config/restore.toml with the item's overrides laid over it."""
    split: bool = False
    """The item's decision: its wide pictures are openings."""
    gutter: float | None = None
    """Where the item's openings are usually split, as a fraction of the width."""
    languages: tuple[str, ...] = ("uzb", "uzb_cyrl", "rus")
    prior: str = ""
    """The model the item has settled on, or the catalogue's language as a model name; empty = unknown."""
    low_confidence: float = 60.0
    jpeg_quality: int = 70
    max_pixels: int = 400_000_000
    timeout: float = 240.0
    """Seconds for one run of the recogniser; the pool's own limit lies above it."""


@dataclass(frozen=True, slots=True)
class SideDone:
    """One finished page; files lie in the job's folder as ``<side>.jpg .hocr .txt .json .pdf``."""

    side: str
    outcome: str
    confidence: float
    worst: float
    language: str
    script: str
    skew: float
    width: int
    height: int
    dpi: float
    text: str
    words: tuple[tuple[str, int, int, int, int], ...]
    """Normalised word and its box in pixels of the page picture, in reading order."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """Steps with their numbers, votes, tool versions; JSON."""


@dataclass(frozen=True, slots=True)
class PageDone:
    """One picture became one page, or two if it was a split opening (left first)."""

    sides: tuple[SideDone, ...]


@dataclass(frozen=True, slots=True)
class PageFailed:
    """This picture did not become a page; *retry* says whether another attempt may help."""

    kind: str
    reason: str
    retry: bool
