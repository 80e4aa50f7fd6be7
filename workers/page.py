"""The life of one page in a child process: the only entry the pool calls.

A bad page is a value (:class:`PageFailed`). An ``OSError`` from here is a disk or share that fails, nobody's page is
at fault; any other exception is a bug in the program.
"""

import ctypes
import json
import os
import resource
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from workers import binding, engines
from workers.facing import read_both_ways
from workers.ink import Mask
from workers.masterpdf import write_master_pdf
from workers.pagepdf import write_page_pdf
from workers.pale import read_pale
from workers.picture import Refused, Restored, Value
from workers.recognize import RecognizeOptions, recognize
from workers.restore import restore
from workers.scan import load
from workers.text import Line, Recognized, Unread, Word
from workers.upright import read_upright

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Names of the options in GNU's malloc.h."""
_LARGE_BLOCK = 4 * 1024 * 1024
"""Bytes from which memory goes back to the system at once. Left to itself the library raises the limit to 32 MB, and
pieces of large pages stay behind: 50 MB on A3 in colour."""


_LARGE_PAGE = 64 * 1024 * 1024
"""Bytes of pictures from which models and page do not stay in memory together: A3 in colour at 350 dpi."""


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
    pdf: str = "layers"
    """How the page stands in the PDF: ``layers`` or ``bitonal`` (see :func:`workers.pagepdf.write_page_pdf`), or
    ``lossless`` (:func:`workers.masterpdf.write_master_pdf`)."""
    max_pixels: int = 400_000_000
    timeout: float = 240.0
    """Seconds for one run of the recogniser; the pool's own limit lies above it."""
    in_process: bool = False
    """Read inside this process where the machine can; otherwise a program is started for each reading."""


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


LARGEST_FILE = 4 << 30
"""Bytes; no page and no book makes a larger one, a picture that unpacks without end would."""
MOST_FILES = 1024
"""Open at a time, the usual limit of a program."""


def limit_child(memory_mb: int) -> None:
    """Make this process a worker: *memory_mb* of address space for it and each child, no core files, one thread.

    Called once by the pool in every new process. A page that needs more fails with ``out_of_memory``.
    """
    limit = memory_mb * 1024 * 1024
    limits = ((resource.RLIMIT_AS, limit), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, LARGEST_FILE))
    for which, value in (*limits, (resource.RLIMIT_NOFILE, MOST_FILES)):
        hard = resource.getrlimit(which)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))
    engines.tie()
    os.environ["OMP_THREAD_LIMIT"] = "1"  # read by Tesseract, which is started from here
    cv2.setNumThreads(1)
    with suppress(AttributeError):  # a system without GNU's C library
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _LARGE_BLOCK)
        library.mallopt(_TRIM_THRESHOLD, 4 * _LARGE_BLOCK)


def process_page(job: PageJob) -> PageDone | PageFailed:
    """Bring one frame of a master to one page, or two if it is an opening; files go into ``job.out_dir``.

    Raises:
        OSError: the master's disk or the folder of the job fails.
    """
    try:
        return _process(job)
    except MemoryError:
        return PageFailed("out_of_memory", "The page needs more memory than a worker may use.", retry=True)
    except cv2.error as error:
        if error.code != cv2.Error.StsNoMem:
            raise
        return PageFailed("out_of_memory", "The page needs more memory than a worker may use.", retry=True)


def _process(job: PageJob) -> PageDone | PageFailed:
    scan = load(job.master, job.frame, job.max_pixels)
    if isinstance(scan, Refused):
        return PageFailed(scan.kind, scan.detail, retry=False)
    engine = binding.read if job.in_process and binding.available() else engines.read
    both_ways = partial(read_both_ways, engine=engine, prior=job.prior)
    pages, notes = restore(scan, job.profile, job.split, job.gutter, both_ways), scan.notes
    del scan  # on a large page a hundred megabytes that nobody looks at again
    results = read_upright(pages, lambda page: recognize(page, job.out_dir, _options(job), engine))
    if isinstance(results, Unread):
        return PageFailed(results.kind, results.detail, results.retry)

    def again(page: Restored, model: str) -> Recognized | Unread:
        return recognize(page, job.out_dir, replace(_options(job), prior=model), engine)

    read = [read_pale(page, text, again) for page, text in results]
    if engine is binding.read and sum(page.picture.nbytes for page in pages) > _LARGE_PAGE:
        binding.rest()
    return PageDone(tuple(_finish(job, page, text, notes) for page, text in read))


def _options(job: PageJob) -> RecognizeOptions:
    return RecognizeOptions(job.languages, job.prior, job.low_confidence, job.timeout)


def _finish(job: PageJob, page: Restored, text: Recognized, notes: Mapping[str, Value]) -> SideDone:
    """Write the files of one page and say what it became."""
    height, width = page.picture.shape[:2]
    parameters: dict[str, object] = {
        "scan": dict(notes),
        "steps": [asdict(step) for step in page.steps],
        "engine": text.engine,
        "votes": text.votes,
        "foreign": text.foreign,
        "missed": text.missed,
        "read_at_dpi": round(text.dpi, 1),
        "built": _write_pdf(job, page, text),
    }
    side = SideDone(
        side=page.side,
        outcome=text.outcome,
        confidence=text.confidence,
        worst=text.worst,
        language=text.language,
        script=text.script,
        skew=page.skew,
        width=width,
        height=height,
        dpi=page.dpi,
        text=text.text,
        words=tuple(_placed(word) for line in text.lines for word in line.words),
        parameters=parameters,
    )
    _write(job, page, text, side)
    return side


def _placed(word: Word) -> tuple[str, int, int, int, int]:
    return (word.text, word.box.left, word.box.top, word.box.right, word.box.bottom)


def _write(job: PageJob, page: Restored, text: Recognized, side: SideDone) -> None:
    stem = job.out_dir / page.side
    dpi = (round(page.dpi), round(page.dpi))
    Image.fromarray(page.picture).save(stem.with_suffix(".jpg"), quality=job.jpeg_quality, dpi=dpi)
    stem.with_suffix(".hocr").write_bytes(text.hocr)
    stem.with_suffix(".txt").write_text(text.text, encoding="utf-8")
    stem.with_suffix(".json").write_text(_json(side, text.lines), encoding="utf-8")


def _write_pdf(job: PageJob, page: Restored, text: Recognized) -> str:
    """Write the page as PDF, and say which way it took."""
    path = job.out_dir / f"{page.side}.pdf"
    if job.pdf == "lossless":
        return write_master_pdf(path, job.master, job.frame, page, text.lines, job.max_pixels)
    return write_page_pdf(path, page.picture, text.lines, page.dpi, job.jpeg_quality, job.pdf, printed=_printed(page))


def _printed(page: Restored) -> Mask | None:
    """Where cleaning left anything but white paper; None where it was switched off or undone."""
    cleaned = any(step.name == "clean" and not step.undone for step in page.steps)
    return np.less(page.grey, 255) if cleaned else None


def _json(side: SideDone, lines: tuple[Line, ...]) -> str:
    """Everything known about a page but its plain text, which lies beside it."""
    record = {key: value for key, value in _fields(side).items() if key not in {"text", "words"}}
    record["lines"] = lines
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=_fields)


def _fields(record: Any) -> dict[str, object]:
    """A dataclass as JSON has it; without the copies that ``asdict`` makes of each of a page's thousand values."""
    return {field.name: getattr(record, field.name) for field in fields(record)}
