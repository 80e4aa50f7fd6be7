"""Strokes of the PDF's mask beside the usual local thresholds, on pairs of scans and hand-made truths.

    .venv/bin/python bench/binarize.py [FOLDER] [-o bench/results/binarize.md]

*FOLDER* holds ``*_source.png`` and ``*_target.png`` (0 = ink). F-measure and PSNR are those of the DIBCO contests.
Published parameters: Sauvola and Pietikäinen 2000 (k 0.5, R 128), Wolf and Jolion 2004 (k 0.5); Sauvola also with the
lower k that is usual for print.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import machine
import numpy as np
import numpy.typing as npt
from packs import DATA
from tables import table, tell

from workers import background
from workers.cleaning import clean
from workers.ink import grey_of
from workers.layers import strokes_of
from workers.picture import Pixels

Ink = npt.NDArray[np.bool_]
_DPI = 300.0
_WINDOW = 61
"""Pixels of the local window at 300 dpi: a fifth of an inch, as in ours."""


def otsu(grey: Pixels) -> Ink:
    return np.asarray(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1] > 0)


def adaptive(grey: Pixels) -> Ink:
    kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
    return np.asarray(cv2.adaptiveThreshold(grey, 255, kind, cv2.THRESH_BINARY_INV, _WINDOW, 15) > 0)


def sauvola(grey: Pixels, k: float = 0.5) -> Ink:
    mean, deviation = _local(grey)
    return np.asarray(grey < mean * (1 + k * (deviation / 128 - 1)))


def wolf(grey: Pixels) -> Ink:
    mean, deviation = _local(grey)
    least, most = float(grey.min()), float(deviation.max())
    return np.asarray(grey < mean + 0.5 * (deviation / most - 1) * (mean - least))


def recogniser(grey: Pixels) -> Ink:
    """What ours keeps as print when it cleans the recogniser's picture."""
    levelled = background.even(grey, background.shading(grey), white=255.0)
    return clean(levelled, _DPI, 4.0).ink


def ours(grey: Pixels) -> Ink:
    """Strokes of the bitonal PDF, on the evened page as the program makes it."""
    paper = background.shading(grey)
    cleaned = clean(background.even(grey, paper, white=255.0), _DPI, 4.0)
    printed = None if cleaned.undone else cleaned.ink
    return np.asarray(strokes_of(background.even(grey, paper), _DPI, printed), dtype=np.bool_)


def _local(grey: Pixels) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    values = grey.astype(np.float64)
    mean = cv2.blur(values, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REPLICATE)
    square = cv2.blur(values * values, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REPLICATE)
    return mean, np.sqrt(np.maximum(square - mean * mean, 0))


METHODS: dict[str, Callable[[Pixels], Ink]] = {
    "Otsu": otsu,
    "adaptive (Gaussian)": adaptive,
    "Sauvola, k 0.5": sauvola,
    "Sauvola, k 0.2": lambda grey: sauvola(grey, 0.2),
    "Wolf": wolf,
    "ours, recogniser": recogniser,
    "ours, PDF": ours,
}


def rated(found: Ink, true: Ink) -> tuple[float, float]:
    """F-measure in percent, PSNR in decibels."""
    hit, wrong = np.count_nonzero(found & true), np.count_nonzero(found ^ true)
    f_measure = 200 * hit / max(1, np.count_nonzero(found) + np.count_nonzero(true))
    return f_measure, 10 * math.log10(true.size / max(1, wrong))


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path, nargs="?", default=DATA / "binarize")
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    sources = sorted(given.folder.glob("*_source.png"))
    if not sources:
        words.error(f"{given.folder} holds no *_source.png.")
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in METHODS}
    for source in sources:
        grey = grey_of(np.ascontiguousarray(cv2.imread(str(source))[:, :, ::-1]))
        truth = cv2.imread(str(source).replace("_source", "_target"), cv2.IMREAD_GRAYSCALE) < 128
        for name, method in METHODS.items():
            found[name].append(rated(method(grey), truth))
    heads = ("method", "F-measure %", "PSNR dB", *(source.name.removesuffix("_source.png") for source in sources))
    rows = [(name, *np.mean(rates, axis=0), *(rate[0] for rate in rates)) for name, rates in found.items()]
    lines = ["# Strokes beside local thresholds", "", machine.described() + ".", "", table(heads, rows)]
    lines += ["", "The columns of the single pictures are F-measure %.", ""]
    tell("\n".join(lines), given.output)


if __name__ == "__main__":
    main()
