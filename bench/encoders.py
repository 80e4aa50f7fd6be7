"""Which code for the paper under the ink? JPEG 2000 and JPEG at several qualities on the pages of a home.

    .venv/bin/python bench/encoders.py HOME [--pages N] [-o RESULT.md]

Each page picture of the home is taken apart into layers as page work does it; the mask stays, paper and ink tone are
coded in every way and laid together again. Told are bytes a page, how near the page comes to itself (PSNR of the whole
page as it is drawn, in decibels), how near the paper alone, and processor milliseconds of coding.
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

import cv2
import numpy as np
from machine import described
from PIL import Image
from tables import table, tell

from workers.layers import Layers, separate
from workers.pdfimage import _group4

Code = Callable[[Image.Image], bytes]


def jpeg2000(decibels: float) -> Code:
    return lambda image: _saved(
        image, "JPEG2000", irreversible=True, quality_mode="dB", quality_layers=[decibels], mct=int(image.mode == "RGB")
    )


def jpeg(quality: int) -> Code:
    return lambda image: _saved(image, "JPEG", quality=quality, optimize=True)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


WAYS: dict[str, tuple[Code, Code]] = {
    "JPEG 2000, 46 dB and 30 dB": (jpeg2000(46), jpeg2000(30)),
    "JPEG 2000, 44 dB and 30 dB": (jpeg2000(44), jpeg2000(30)),
    "JPEG 2000, 42 dB and 28 dB (in use)": (jpeg2000(42), jpeg2000(28)),
    "JPEG 2000, 40 dB and 28 dB": (jpeg2000(40), jpeg2000(28)),
    "JPEG 90 and 60": (jpeg(90), jpeg(60)),
    "JPEG 75 and 50": (jpeg(75), jpeg(50)),
    "JPEG 60 and 40": (jpeg(60), jpeg(40)),
    "JPEG 40 and 30": (jpeg(40), jpeg(30)),
}
"""Code of the paper and of the ink's tone."""


@dataclass(frozen=True)
class Coded:
    kilobytes: float
    page: float
    paper: float
    milliseconds: float


def coded(way: tuple[Code, Code], layers: Layers, picture: np.ndarray) -> Coded:
    started = time.process_time()
    paper, ink = way[0](Image.fromarray(layers.paper)), way[1](Image.fromarray(layers.ink))
    spent = time.process_time() - started
    size = picture.shape[1::-1]
    below, above = (cv2.resize(np.asarray(Image.open(io.BytesIO(data))), size) for data in (paper, ink))
    cover = cv2.resize(layers.mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_AREA) / np.float32(255)
    if picture.ndim == 3:
        cover = cover[..., None]
    drawn = below * (1 - cover) + above * cover
    kept = cv2.resize(layers.paper, size)
    return Coded(
        (len(paper) + len(ink) + len(_group4(layers.mask))) / 1000,
        psnr(drawn, picture),
        psnr(below.astype(np.float32), kept),
        1000 * spent,
    )


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = float(np.mean((one.astype(np.float32) - other.astype(np.float32)) ** 2))
    return 10 * np.log10(255**2 / max(error, 1e-9))


def pages(home: Path, count: int) -> Iterator[tuple[np.ndarray, float]]:
    found = sorted((home / "archive" / "items").glob("*/pages/*/*.jpg"))
    for path in found[:: max(1, len(found) // count)]:
        with Image.open(path) as image:
            yield np.asarray(image), float(image.info.get("dpi", (300, 300))[0])


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("home", type=Path)
    words.add_argument("--pages", type=int, default=12)
    words.add_argument("-o", "--output", type=Path)
    given = words.parse_args()
    results: dict[str, list[Coded]] = {name: [] for name in WAYS}
    taken = 0
    for picture, dpi in pages(given.home, given.pages):
        layers = separate(picture, dpi)
        if layers is None:
            continue
        taken += 1
        for name, way in WAYS.items():
            results[name].append(coded(way, layers, picture))
    means = {name: map(statistics.mean, zip(*map(astuple, all_), strict=True)) for name, all_ in results.items()}
    rows = [(name, size, page, paper, round(spent)) for name, (size, page, paper, spent) in means.items()]
    heads = ("paper and ink", "KB a page", "page, dB", "paper, dB", "CPU ms")
    lines = ["# Codes of the paper", "", f"{described()}, {taken} pages.", "", table(heads, rows), ""]
    tell("\n".join(lines), given.output)


if __name__ == "__main__":
    main()
