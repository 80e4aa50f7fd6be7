"""Reads a strip of text both ways up, so that a page is only turned when its letters then stand on their feet."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workers import engines
from workers.engines import Layout
from workers.language import known
from workers.picture import Pixels
from workers.text import Reading, Unread

_JUDGES = ("uzb", "rus", "ara")
"""One model a script: which letters stand on their feet, any language of the script can tell."""
_SETTLED = 70.0
"""Confidence from which nothing else need be tried: text on its head scored 43 at most."""
_FEW = 8
"""Letters under which nothing was read."""
_DPI, _SECONDS = 200.0, 30.0

Engine = Callable[[Path, str, float, float, Layout], Reading | Unread]
"""As :func:`workers.engines.read`."""


def read_both_ways(strip: Pixels, engine: Engine = engines.read, prior: str = "") -> tuple[float, float] | None:
    """Confidence, 0-100, of reading the grey *strip* as it is and upside down, with the model that reads it best.

    The script of *prior*, the model the item has settled on, is tried first. None where no model finds text in it, or
    none is there.
    """
    models = sorted(_JUDGES, key=lambda model: known(model).script != known(prior).script)
    upright: dict[str, float] = {}
    found: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="facing-") as folder:
        for model in models:  # all of them first as it is: most strips that are asked about stand on their feet
            as_is = _read(Path(folder), strip, model, engine)
            if as_is is None:
                continue  # the model is not installed, or the engine fails on this strip: no opinion
            if as_is >= _SETTLED:
                return as_is, 0.0
            upright[model] = as_is
        for model, as_is in upright.items():
            found.append((as_is, _read(Path(folder), _turned(strip), model, engine) or 0.0))
            if found[-1][1] >= _SETTLED:
                break
    best = max(found, key=max, default=(0.0, 0.0))
    return best if max(best) > 0 else None


def _turned(strip: Pixels) -> Pixels:
    return np.ascontiguousarray(strip[::-1, ::-1])


def _read(folder: Path, strip: Pixels, model: str, engine: Engine) -> float | None:
    """Mean confidence over the letters read; 0 = no text, None = the engine gave no answer."""
    path = folder / "strip.tif"
    path.write_bytes(engines.tiff(strip))
    reading = engine(path, model, _DPI, _SECONDS, Layout.BLOCK)
    if isinstance(reading, Unread):
        return None
    words = [word for line in reading.lines for word in line.words if any(map(str.isalpha, word.raw))]
    letters = sum(len(word.raw) for word in words)
    return sum(word.confidence * len(word.raw) for word in words) / letters if letters >= _FEW else 0.0
