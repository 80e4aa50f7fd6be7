"""The values that travel between the picture steps: frozen, pixels as uint8 arrays, lengths in pixels."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""Height x width (grey) or height x width x 3 (RGB), 0 = black."""

Value = float | int | str | bool
"""What a recorded parameter may be; goes into the ledger as JSON."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not taken; *kind* is one of the names in :data:`REFUSALS`, *detail* is for the administrator."""

    kind: str
    detail: str


REFUSALS = ("empty", "not_image", "truncated", "too_large", "unsupported", "half_empty", "decoder_crashed")
"""Why a picture file can be refused; each has an operator's text in ``config/messages/intake.toml``."""


@dataclass(frozen=True, slots=True)
class FrameInfo:
    """One picture of a file as intake saw it; sizes are upright (EXIF applied)."""

    index: int
    width: int
    height: int
    mode: str
    dpi: float | None
    """None when the file names none that is credible."""
    gutter: float | None = None
    """Place of a book's gutter as a fraction of the width, if the picture looks like an opening."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A picture file that decodes to its last pixel."""

    format: str
    extension: str
    """By content, with the dot: ``.tif``, ``.jpg``, ``.png``, …"""
    frames: tuple[FrameInfo, ...]
    scanner: str = ""
    """Maker and model as the file's header names them."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One decoded frame: 8-bit grey or RGB, upright as far as the file itself says."""

    pixels: Pixels
    dpi: float | None
    notes: Mapping[str, Value] = field(default_factory=dict)
    """What was converted on the way in, e.g. ``{"mode": "I;16", "exif": 6}``."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one restoration step did: its numbers, or why it was undone."""

    name: str
    values: Mapping[str, Value] = field(default_factory=dict)
    undone: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a page lies in its scan, for who shows the scan itself; in pixels of the scan once it is upright."""

    quarters: int
    """Quarter turns counter-clockwise by which the decoded scan was set upright."""
    size: tuple[int, int]
    """Width and height of the upright scan."""
    back: npt.NDArray[np.float64]
    """2 x 3: leads from the page's picture to the upright scan, but for the curl of its lines."""
    view: tuple[int, int, int, int]
    """Left, top, right and bottom of what belongs to the page: all of the scan, or its side of an opening."""
    curl: npt.NDArray[np.float64] | None = None
    """How far below its level place each point of the page lies, as in :class:`workers.dewarp.Warp`; None = flat."""


@dataclass(frozen=True, slots=True)
class Restored:
    """One page, ready to be read by people (*picture*) and by the recogniser (*grey*)."""

    side: str
    """``whole``, ``left`` or ``right``."""
    picture: Pixels
    grey: Pixels
    dpi: float
    """Of *picture*; estimated where the file had none. That of *grey* is ``dpi * scale``."""
    skew: float
    """Degrees by which the page was found turned (sign as OpenCV's getRotationMatrix2D); it was turned back."""
    steps: tuple[Step, ...]
    scale: float = 1.0
    """Pixels of *grey* per pixel of *picture*: the recogniser likes letters of one height."""
    origin: Origin | None = None
    """None = *picture* is the scan as it was decoded."""
    uncleaned: Pixels | None = None
    """*grey* before show-through and specks were taken away; None if that was not done."""
