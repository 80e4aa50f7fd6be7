"""The way back from a page to its scan: what lies at a point of the page lies at its place in the scan."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from pictures import DPI, curled, on_bed, opening, text_page

from workers.origin import frame_of, half_turned, on_scan, origin_of
from workers.picture import Scan
from workers.restore import restore

AS_SCANNED = {"orientation": False, "even": False, "clean": False}


def restored(scan, profile=AS_SCANNED):
    (page,) = restore(Scan(scan, DPI), profile, False, None)
    return page


def fetched(scan, page):
    """The page as its origin says it lies in the scan."""
    height, width = page.picture.shape[:2]
    across, down = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    places = on_scan(page.origin, np.stack([across.ravel(), down.ravel()], axis=1), (width, height))
    x, y = places.reshape(height, width, 2).transpose(2, 0, 1).astype(np.float32)
    upright = np.ascontiguousarray(np.rot90(scan, page.origin.quarters))
    return cv2.remap(upright, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def unlike(one, other):
    """Mean difference in grey away from the edges, where bed was papered over."""
    inner = (slice(60, -60), slice(60, -60))
    return float(np.abs(one[inner].astype(int) - other[inner]).mean())


@pytest.mark.parametrize("angle", [0.0, 2.3, -4.0])
def test_every_point_of_a_straightened_page_is_found_on_its_bed(angle):
    scan, corners = on_bed(text_page(), angle)
    page = restored(scan)

    assert unlike(fetched(scan, page), page.picture) < 0.5
    assert page.origin.view == (0, 0, scan.shape[1], scan.shape[0])
    frame = frame_of(page.origin, page.picture.shape[1::-1])
    assert frame == pytest.approx((*corners.min(axis=0), *corners.max(axis=0)), abs=2 * page.picture.shape[0] / 40)


def test_curled_lines_are_found_where_they_curl():
    scan = curled(text_page(), 24)
    page = restored(scan)

    assert page.origin.curl is not None
    assert unlike(fetched(scan, page), page.picture) < 0.5


def test_a_scan_on_its_side_is_found_after_its_quarter_turn():
    scan = np.ascontiguousarray(np.rot90(on_bed(text_page(), 1.0)[0]))
    page = restored(scan, AS_SCANNED | {"orientation": True})

    assert page.origin.quarters == 3
    assert unlike(fetched(scan, page), page.picture) < 0.5


def test_both_sides_of_an_opening_know_their_part_of_the_scan():
    scan = opening()
    left, right = restore(Scan(scan, DPI), AS_SCANNED, True, 0.5)

    assert (left.side, right.side) == ("left", "right")
    assert max(unlike(fetched(scan, page), page.picture) for page in (left, right)) < 0.5
    assert (left.origin.view[0], right.origin.view[2]) == (0, scan.shape[1])
    assert left.origin.view[2] == pytest.approx(right.origin.view[0], abs=2)
    assert left.origin.view[2] == pytest.approx(scan.shape[1] / 2, abs=30)


@pytest.mark.parametrize("scan", [on_bed(text_page(), 2.0)[0], curled(text_page(), 24)], ids=["askew", "curled"])
def test_a_page_turned_by_its_reader_takes_its_way_back_along(scan):
    page = restored(scan)
    turned = replace(page, picture=np.ascontiguousarray(page.picture[::-1, ::-1]), origin=half_turned(page))

    assert turned.origin.quarters == 2
    assert unlike(fetched(scan, turned), turned.picture) < 1.0


def test_a_page_without_a_history_is_its_own_scan():
    page = replace(restored(text_page()), origin=None)
    size = page.picture.shape[1::-1]

    assert on_scan(origin_of(page), np.array([(7.0, 9.0)]), size).tolist() == [[7.0, 9.0]]
    assert frame_of(origin_of(page), size) == (0, 0, *size)
