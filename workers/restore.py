"""From a scan to one or two straight, even pages; every step records its numbers, and a guard can undo it.

Geometry is found on a small survey and applied to the full picture in one turn, so that pixels are
resampled once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import cv2
import numpy as np
import numpy.typing as npt

from workers import background, cleaning
from workers.gutter import find_gutter, moved, straighten
from workers.ink import Quad, Survey, as_pixels, grey_of, ink_of, inside, letters_of, survey
from workers.layout import WIDE, PageArea, find_page
from workers.picture import Pixels, Restored, Scan, Step, Value
from workers.skew import LIMIT, Lean, lean_of

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """The parameters of restoration with their defaults; ``config/restore.toml`` explains them to people."""

    orientation: bool = True
    crop: bool = True
    deskew: bool = True
    deskew_clarity: float = 1.5
    even: bool = True
    clean: bool = True
    speck_mm: float = 0.17
    letter_height: float = 14.0
    page_height_mm: float = 210.0
    min_side: float = 0.3


def profile_defaults() -> dict[str, Value]:
    """Every parameter with its default, as a flat table."""
    return {field.name: field.default for field in fields(Profile)}  # type: ignore[misc]


def profile_of(table: Mapping[str, Value]) -> Profile:
    """Read a table.

    Raises:
        ValueError: a key is unknown; the caller checked the file before.
    """
    unknown = sorted(set(table) - {field.name for field in fields(Profile)})
    if unknown:
        raise ValueError(f"unknown restoration parameter: {', '.join(unknown)}")
    return Profile(**table)  # type: ignore[arg-type]


def restore(scan: Scan, profile: Mapping[str, Value], split: bool, gutter: float | None) -> tuple[Restored, ...]:  # noqa: FBT001
    """Turn, crop, split, straighten, even and clean one scan.

    Args:
        scan: the decoded picture.
        profile: restoration parameters over the defaults; see :class:`Profile`.
        split: the item's wide pictures are openings.
        gutter: where they are usually divided, as a fraction of the picture's width.

    Returns:
        One page, or two (left first) when the picture is an opening.
    """
    settings = profile_of(profile)
    seen = survey(scan.pixels)
    area, found = _page(seen, settings)
    parts, divided = _divide(seen, area, split, gutter, settings)
    dpi = scan.dpi or _guess_dpi(area.quad / seen.factor, settings)
    steps = (found, divided)
    return tuple(_side(scan, seen, area, part, dpi, settings, steps) for part in parts)


@dataclass(frozen=True, slots=True)
class Part:
    """One page of a scan: which side it is, and its corners in survey pixels."""

    side: str
    quad: Quad


def _page(seen: Survey, settings: Profile) -> tuple[PageArea, Step]:
    """The page on its bed, or the whole picture."""
    area = find_page(seen)
    height, width = seen.grey.shape
    if not settings.crop:
        whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
        return PageArea(whole, (False,) * 4, np.zeros_like(area.bed)), Step("crop", undone="switched off")
    corners = (area.quad / seen.factor).round().astype(int).ravel().tolist()
    return area, Step("crop", {"corners": " ".join(map(str, corners)), "sides": sum(area.sides)})


def _divide(
    seen: Survey, area: PageArea, split: bool, gutter: float | None, settings: Profile
) -> tuple[tuple[Part, ...], Step]:
    """The opening's two pages, when the item is split and this picture is wide enough."""
    whole = (Part("whole", area.quad),)
    if not split:
        return whole, Step("split")
    size = np.linalg.norm(area.quad[1] - area.quad[0]), np.linalg.norm(area.quad[3] - area.quad[0])
    if size[0] < WIDE * size[1]:
        return whole, Step("split", undone="a single page: not wide enough for two")
    letters = letters_of(ink_of(seen.grey, within=inside(area.quad, seen.grey.shape, 6)))
    lean = lean_of(letters)
    angle = lean.angle if lean.clarity >= settings.deskew_clarity else _edge_angle(area)
    grey, matrix = straighten(seen.grey, angle)
    inked, _ = straighten(as_pixels(letters) * 255, angle)
    quad = moved(area.quad, matrix)
    expected = None
    if gutter is not None:
        point = np.array([[gutter * seen.grey.shape[1], seen.grey.shape[0] / 2]])
        expected = float(moved(point, matrix)[0, 0])
    place = find_gutter(grey, np.asarray(inked > 127), quad, expected)
    if place is None:
        return whole, Step("split", undone="text crosses the gutter")
    fraction = (place.x - quad[0, 0]) / max(1.0, quad[1, 0] - quad[0, 0])
    if not settings.min_side <= fraction <= 1 - settings.min_side:
        return whole, Step("split", undone="one side would be a sliver")
    back = np.asarray(cv2.invertAffineTransform(matrix), dtype=np.float64)
    top, bottom = float(quad[:2, 1].mean()), float(quad[2:, 1].mean())
    ends = moved(np.array([[place.x, top], [place.x, bottom]]), back)
    left = np.array([area.quad[0], ends[0], ends[1], area.quad[3]])
    right = np.array([ends[0], area.quad[1], area.quad[2], ends[1]])
    values = {"gutter": round(fraction, 4), "shadow": round(place.shadow, 3), "band": round(place.band, 3)}
    return (Part("left", left), Part("right", right)), Step("split", values)


def _edge_angle(area: PageArea) -> float:
    """The lean of the page's own edges, for pages without text; 0 when they do not agree."""
    top, bottom = area.quad[1] - area.quad[0], area.quad[2] - area.quad[3]
    angles = [-np.degrees(np.arctan2(side[1], side[0])) for side in (top, bottom)]
    agree = all(area.sides) and abs(angles[0] - angles[1]) < 0.3
    return float(np.mean(angles)) if agree else 0.0


def _guess_dpi(quad: Quad, settings: Profile) -> float:
    """Resolution of a picture that names none: a page of this profile is so many millimetres high."""
    height = float(np.linalg.norm(quad[3] - quad[0]))
    dpi = height / settings.page_height_mm * 25.4
    usual = min((100, 150, 200, 240, 300, 400, 600), key=lambda value: abs(value / dpi - 1))
    return float(usual) if abs(usual / dpi - 1) < 0.15 else float(np.clip(round(dpi), 70, 1200))


def _side(
    scan: Scan, seen: Survey, area: PageArea, part: Part, dpi: float, settings: Profile, steps: tuple[Step, ...]
) -> Restored:
    """Straighten, even and clean one page."""
    lean, turned = _lean(seen, area, part, settings)
    picture = _cut(scan.pixels, part, area, lean, seen.factor)
    paper = background.shading(picture)
    lit = Step("even", {"unevenness": round(background.unevenness(paper), 3)})
    grey = background.even(grey_of(picture), grey_of(paper) if paper.ndim == 3 else paper, white=255.0)
    if settings.even:
        picture = background.even(picture, paper)
    speck = max(3.0, (settings.speck_mm / 25.4 * dpi) ** 2)
    cleaned = cleaning.clean(grey, speck)
    wiped = Step(
        "clean",
        {"x_height": round(cleaned.letter_height, 1), "specks": cleaned.specks, "faint": cleaned.faint},
    )
    read = cleaned.grey if settings.clean else grey
    scale = _scale(cleaned.letter_height, dpi, settings)
    size = (max(1, round(read.shape[1] * scale)), max(1, round(read.shape[0] * scale)))
    read = as_pixels(cv2.resize(read, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))
    return Restored(part.side, picture, read, dpi, lean, (*steps, turned, lit, wiped), scale)


def _scale(letter_height: float, dpi: float, settings: Profile) -> float:
    """Grey pixels per picture pixel, so that small letters get the height the recogniser reads best."""
    wanted = settings.letter_height / letter_height if letter_height else 200.0 / dpi
    return float(np.clip(wanted, 0.4, 2.5))


def _lean(seen: Survey, area: PageArea, part: Part, settings: Profile) -> tuple[float, Step]:
    """The angle by which the page was turned."""
    if not settings.deskew:
        return 0.0, Step("deskew", undone="switched off")
    letters = letters_of(ink_of(seen.grey, within=inside(part.quad, seen.grey.shape, 6)))
    lean: Lean = lean_of(letters)
    values: dict[str, Value] = {"angle": lean.angle, "clarity": lean.clarity}
    if lean.clarity < settings.deskew_clarity or abs(lean.angle) > LIMIT:
        edge = _edge_angle(area)
        return edge, Step(
            "deskew", {**values, "edges": round(edge, 3)}, undone="" if edge else "no direction in the text"
        )
    return lean.angle, Step("deskew", values)


def _cut(pixels: Pixels, part: Part, area: PageArea, angle: float, factor: float) -> Pixels:
    """The page out of the full picture: turned straight, cropped to its corners, what is left of the bed papered over."""
    quad = part.quad / factor
    middle = quad.mean(axis=0)
    matrix = np.asarray(cv2.getRotationMatrix2D((float(middle[0]), float(middle[1])), -angle, 1.0), dtype=np.float64)
    straight = moved(quad, matrix)
    low, high = np.floor(straight.min(axis=0)), np.ceil(straight.max(axis=0))
    matrix[:, 2] -= low
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    page = as_pixels(cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE))
    if area.found:
        box = np.array([(-1, -1), (size[0], -1), size, (-1, size[1])])
        inner = np.round(straight - low).astype(np.int32)
        colour = np.percentile(page[::8, ::8].reshape(-1, page.shape[2] if page.ndim == 3 else 1), 70, axis=0)
        cv2.fillPoly(page, [box.astype(np.int32), inner], colour.tolist())
    return page
