"""From places on a restored page back to places in its scan, which the ``lossless`` PDF shows untouched."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from workers import dewarp
from workers.picture import Origin, Restored

Points = npt.NDArray[np.float64]
"""n x 2: x and y."""


def origin_of(page: Restored) -> Origin:
    """Where *page* lies; a page without a history is its scan."""
    height, width = page.picture.shape[:2]
    return page.origin or Origin(0, (width, height), np.eye(2, 3), (0, 0, width, height))


def on_scan(origin: Origin, points: Points, size: tuple[int, int]) -> Points:
    """Where *points* of a page of *size* (width, height) lie in the upright scan."""
    if origin.curl is not None:
        below = dewarp.below(origin.curl, points, size)
        points = np.stack([points[:, 0], points[:, 1] + below], axis=1)
    return np.asarray(points @ origin.back[:, :2].T + origin.back[:, 2], dtype=np.float64)


def frame_of(origin: Origin, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the page of *size* in the upright scan, as far as it shows it."""
    width, height = size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float64)
    low, high = (edge(on_scan(origin, corners, size), axis=0) for edge in (np.min, np.max))
    (left, top), (right, bottom) = np.clip([low, high], 0, origin.size)
    return float(left), float(top), float(right), float(bottom)


def half_turned(page: Restored) -> Origin:
    """Where *page* lies once it, and its scan with it, is turned by 180 degrees."""
    origin, (height, width) = origin_of(page), page.picture.shape[:2]
    wide, high = origin.size
    left, top, right, bottom = origin.view
    linear = origin.back[:, :2]
    moved = np.array([wide, high]) - origin.back[:, 2] - linear @ np.array([width, height])
    curl = None if origin.curl is None else -origin.curl[::-1, ::-1]
    return replace(
        origin,
        quarters=(origin.quarters + 2) % 4,
        back=np.column_stack([linear, moved]),
        view=(wide - right, high - bottom, wide - left, high - top),
        curl=curl,
    )
