"""Measures restoration against known geometry: skew, orientation, splits, crop; names every page that failed.

    .venv/bin/python bench/geometry.py [--data FOLDER] [--only TEXT] [-o RESULT.md] [--pictures FOLDER]

*data* is a development pack: ``dev/`` and ``real/`` with corners and angles, ``skew/`` with ``labels.tsv``. Angles are
those of OpenCV's getRotationMatrix2D. Letters cut off are counted where the page's corners are
known. PDFs are left out. Openings and wide single pages are also made of the pack's real scans (``spreads``).
"""

import argparse
import csv
import json
import statistics
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import machine
import numpy as np
import spreads
from PIL import Image
from tables import tell

from workers import ink, opening
from workers.layout import decide_split
from workers.picture import FrameInfo, Refused, Restored, Scan
from workers.probe import probe
from workers.restore import restore
from workers.scan import load

ROOT = Path(__file__).resolve().parent.parent
MOST_PIXELS = 400_000_000
PROFILE = tomllib.loads((ROOT / "config" / "restore.toml").read_text("utf-8"))["kitob"]
OPENING_WORD = "openings"
CUT = "crop: text would be cut off"
"""What a page's record says where the crop's guard undid it."""


@dataclass(frozen=True)
class Case:
    """One picture and what is known about it; None = not known."""

    name: str
    path: Path
    item: str
    """Pictures of one item are split, or not, together."""
    skew: float | None = None
    turned: int | None = None
    """Degrees counter-clockwise that set it upright."""
    corners: tuple[tuple[float, float], ...] | None = None
    two_pages: bool | None = None


@dataclass(frozen=True)
class Seen:
    """What restoration made of a case; None = nothing to compare with."""

    case: Case
    sides: int
    skew_error: float | None
    turned: int
    corner_error: float | None
    """Largest distance of a corner from the truth in pixels of the scan."""
    letters: int
    lost: int
    """Letters on the page and outside the crop."""
    undone: tuple[str, ...]
    cpu: float


def dev_cases(data: Path) -> Iterator[Case]:
    """The packs with their truth; odd formats carry no corners."""
    for item in sorted(path for path in (data / "dev" / "items").glob("*") if path.is_dir()):
        known = data / "dev" / "truth" / item.name / "truth.json"
        facts: dict[str, Any] = json.loads(known.read_text("utf-8")) if known.exists() else {}
        for path in sorted(item.iterdir()):
            fact = facts.get(path.name, {})
            if path.suffix != ".toml":
                yield Case(
                    f"{item.name}/{path.name}", path, item.name, fact.get("skew_deg"),
                    180 if "upside_down" in path.name else 0,
                    _corners(fact), bool(fact.get("spread", False)),
                )  # fmt: skip


def real_cases(data: Path) -> Iterator[Case]:
    """Single pages, each an item of its own: nothing here may be split."""
    listed = data / "real" / "manifest.json"
    for fact in json.loads(listed.read_text("utf-8")) if listed.exists() else []:
        path = data / "real" / fact["file"]
        yield Case(
            f"real/{path.name}",
            path,
            path.name,
            fact.get("skew_deg"),
            int(fact["rotation"]),
            _corners(fact),
            two_pages=False,
        )  # fmt: skip


def sample_cases(samples: Path) -> Iterator[Case]:
    """Our own samples; INV-2003 holds openings."""
    for path in sorted(samples.glob("items/*/*.*")):
        if path.suffix != ".toml":
            yield Case(f"{path.parent.name}/{path.name}", path, path.parent.name, None, 0, None, "2003" in str(path))


def skew_cases(data: Path) -> Iterator[Case]:
    """The mixed set: pages with angles that their sources' own tests expect, turned pages, an opening."""
    labels = data / "skew" / "labels.tsv"
    with labels.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            path = data / "skew" / row["file"]
            if path.exists() and path.suffix != ".pdf":
                yield from _skew_case(row, path)
    for path in sorted((data / "skew" / OPENING_WORD).glob("*.jpg")):
        yield Case(f"skew/{path.name}", path, path.name, None, 0, None, two_pages=True)


def _skew_case(row: dict[str, str], path: Path) -> Iterator[Case]:
    name, truth = f"skew/{path.name}", row["truth"]
    if row["task"] == "angle" and truth.lstrip("-").isdigit():
        # scikit-image turns the page upright by this angle; OpenCV's turn that made the lean is its opposite.
        yield Case(name, path, name, -float(truth), 0, None, two_pages=False)
    elif row["task"] == "orientation" and truth.isdigit():
        yield Case(name, path, name, None, int(truth), None, two_pages=False)
    elif row["task"] in ("angle", "dewarp"):
        turned = 0 if row["task"] == "angle" else None  # nobody says which way up the photographs lie
        yield Case(name, path, name, None, turned, None, two_pages=False)


def made_cases(data: Path, folder: Path) -> Iterator[Case]:
    """Openings and wide single pages made of the real scans; each stands alone, which is the hardest to decide."""
    pages = [case.path for case in real_cases(data) if not case.turned]
    for made in spreads.made(sorted(pages), folder):
        yield Case(f"made/{made.name}", made.path, made.name, two_pages=made.two_pages)


def _corners(fact: dict[str, Any]) -> tuple[tuple[float, float], ...] | None:
    found = fact.get("page_corners")
    return tuple((float(x), float(y)) for x, y in found) if found else None


def measured(cases: Sequence[Case]) -> Iterator[Seen | str]:
    """Restore every case as the pipeline would: probe all pictures of an item, decide its split, restore each."""
    by_item: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_item[case.item].append(case)
    for group in by_item.values():
        frames: list[FrameInfo] = []
        for case in group:
            probed = probe(case.path, MOST_PIXELS)
            frames += [] if isinstance(probed, Refused) else probed.frames
        decided = decide_split(frames)
        for case in group:
            scan = load(case.path, 0, MOST_PIXELS)
            if isinstance(scan, Refused):
                yield f"{case.name}: refused ({scan.kind})"
                continue
            started = time.process_time()
            pages = restore(scan, PROFILE, decided.split, decided.gutter)
            yield _compared(case, scan, pages, time.process_time() - started)


def _compared(case: Case, scan: Scan, pages: tuple[Restored, ...], cpu: float) -> Seen:
    steps = {step.name: step for step in pages[0].steps}
    turned = int(steps["orientation"].values.get("turned", 0))
    quad = np.array(str(steps["crop"].values["corners"]).split(), dtype=float).reshape(4, 2)
    size = (scan.pixels.shape[1], scan.pixels.shape[0])
    original = _before_turning(quad, turned, size)
    letters, lost = _letters(scan, original, case.corners)
    error = None
    if case.corners is not None:
        error = float(max(np.linalg.norm(original - corner, axis=1).min() for corner in np.array(case.corners)))
    return Seen(
        case, len(pages), None if case.skew is None else abs(pages[0].skew - case.skew), turned, error, letters, lost,
        tuple(f"{step.name}: {step.undone}" for step in pages[0].steps if step.undone), cpu,
    )  # fmt: skip


def _before_turning(quad: np.ndarray, turned: int, size: tuple[int, int]) -> np.ndarray:
    """Corners in the scan as it came, from those in the picture that was turned by *turned* degrees."""
    width, height = size
    x, y = quad.T
    if turned == 90:
        return np.stack([width - y, x], axis=1)
    if turned == 180:
        return np.stack([width - x, height - y], axis=1)
    return np.stack([y, height - x], axis=1) if turned == 270 else quad


def _letters(scan: Scan, crop: np.ndarray, corners: tuple[tuple[float, float], ...] | None) -> tuple[int, int]:
    """Letters on the page and how many of them the crop cut off."""
    seen = ink.survey(scan.pixels)
    scale = np.array([seen.grey.shape[1] / seen.size[0], seen.grey.shape[0] / seen.size[1]])
    page = np.array(corners) * scale if corners else opening.whole_picture(seen).quad
    letters = opening.letters_within(seen, page)
    count, _, stats, centres = cv2.connectedComponentsWithStats(letters.astype(np.uint8), connectivity=8)
    big = [index for index in range(1, count) if stats[index, cv2.CC_STAT_HEIGHT] >= 5]
    contour = (crop * scale).astype(np.float32)
    lost = sum(cv2.pointPolygonTest(contour, tuple(map(float, centres[index])), measureDist=False) < 0 for index in big)
    return len(big), lost


def lines_of(seen: Sequence[Seen], refused: Sequence[str]) -> list[str]:
    """The report: one line per question, then what failed."""
    errors = sorted(one.skew_error for one in seen if one.skew_error is not None and one.case.corners)
    others = [one for one in seen if one.skew_error is not None and not one.case.corners]
    asked = [one for one in seen if one.case.turned is not None]
    right = [one for one in asked if one.turned == one.case.turned]
    given = [one for one in seen if not one.case.name.startswith("made/")]
    made = [one for one in seen if one.case.name.startswith("made/")]
    corners = [one.corner_error for one in seen if one.corner_error is not None]
    known = [one for one in seen if one.case.corners]
    return [
        "# Geometry",
        "",
        f"{machine.described()}. {len(seen)} pictures.",
        "",
        "| question | answer |",
        "|---|---|",
        f"| skew error, {len(errors)} pages with known angle: median / 95 % / max | {_spread(errors)} |",
        (
            f"| skew error under 1° where the angle is given in whole degrees | "
            f"{sum((one.skew_error or 0) < 1 for one in others)} of {len(others)} |"
        ),
        f"| orientation right | {len(right)} of {len(asked)} |",
        *_splits("", given),
        *_splits(", made of real scans", made),
        f"| farthest corner, pixels: median / 95 % / max | {_spread(corners)} |",
        (
            f"| letters cut off, {len(known)} pages with known corners | "
            f"{sum(one.lost for one in known)} of {sum(one.letters for one in known)} |"
        ),
        (
            f"| crop keeps all text | {sum(not one.lost for one in known)} of {len(known)} pages with known corners; "
            f"on {len(seen)} pages its guard fired {sum(CUT in one.undone for one in seen)} times |"
        ),
        (
            f"| processor time of restoration, seconds a picture: median / 95 % / max | "
            f"{_spread([one.cpu for one in seen])} |"
        ),
        "",
        "Not as they should be:",
        "",
        *(f"- {line}" for one in seen for line in complaints(one)),
        *(f"- {line}" for line in refused),
        "",
        "Steps undone by their guards:",
        "",
        *(f"- {one.case.name}: {'; '.join(one.undone)}" for one in seen if one.undone),
        "",
    ]


def _splits(which: str, seen: Sequence[Seen]) -> list[str]:
    openings = [one for one in seen if one.case.two_pages]
    singles = [one for one in seen if one.case.two_pages is False]
    return [
        f"| openings split in two{which} | {sum(one.sides == 2 for one in openings)} of {len(openings)} |",
        f"| single pages split by mistake{which} | {sum(one.sides != 1 for one in singles)} of {len(singles)} |",
    ]


def _spread(values: Sequence[float]) -> str:
    if not values:
        return "–"
    return f"{statistics.median(values):.2f} / {float(np.percentile(values, 95)):.2f} / {max(values):.2f}"


def complaints(one: Seen) -> Iterator[str]:
    """What is wrong with a page, a sentence each."""
    case = one.case
    if one.skew_error is not None and one.skew_error > (0.3 if case.corners else 1.0):
        yield f"{case.name}: skew is wrong by {one.skew_error:.2f}°"
    if case.turned is not None and one.turned != case.turned:
        yield f"{case.name}: turned by {one.turned}°, should be {case.turned}°"
    if case.two_pages is not None and (one.sides == 2) != case.two_pages:
        yield f"{case.name}: became {one.sides} page(s)"
    if one.corner_error is not None and one.corner_error > 25:
        yield f"{case.name}: a corner is off by {one.corner_error:.0f} pixels"
    if one.lost and case.corners:
        yield f"{case.name}: {one.lost} of {one.letters} letters are cut off"


def save_pictures(cases: Sequence[Case], folder: Path) -> None:
    """Small pictures of every restored page, to look at."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        scan = load(case.path, 0, MOST_PIXELS)
        if isinstance(scan, Scan):
            for page in restore(scan, PROFILE, bool(case.two_pages), None):
                small = ink.survey(page.picture, 900).pixels
                Image.fromarray(small).save(folder / f"{case.name.replace('/', '_')}-{page.side}.jpg")


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    words.add_argument("--samples", type=Path, default=ROOT / "samples")
    words.add_argument("-o", "--output", type=Path)
    words.add_argument("--pictures", type=Path)
    words.add_argument("--only", default="", help="only cases whose name contains this")
    given = words.parse_args()
    cases = list(sample_cases(given.samples))
    if given.data.is_dir():
        cases += [*dev_cases(given.data), *real_cases(given.data), *skew_cases(given.data)]
    else:
        print("geometry: the development pack is not here; only the samples are measured.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        cases += made_cases(given.data, Path(folder)) if given.data.is_dir() else []
        chosen = [case for case in cases if given.only in case.name]
        results = list(measured(chosen))
        if given.pictures:
            save_pictures(chosen, given.pictures)
    lines = lines_of(
        [one for one in results if isinstance(one, Seen)], [one for one in results if isinstance(one, str)]
    )
    tell("\n".join(lines), given.output)


if __name__ == "__main__":
    main()
