"""Rows 18-20: deep pictures, cut files, files of several pages."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from faults.quick import quick_desk
from faults.world import check_invariants, sha256
from PIL import Image
from sqlalchemy import select

from digitize import pipeline
from digitize.ledger.models import Page, PageState, Refusal
from digitize.ledger.session import reading
from workers.picture import Refused
from workers.scan import load

LIMIT = 1_000_000


@pytest.mark.fault(18)
@pytest.mark.parametrize("ending", [".tif", ".png"])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_become_eight_by_scale_and_never_white(tmp_path: Path, ending: str, channels: int):
    desk = quick_desk(tmp_path)
    ramp = np.linspace(0, 65535, 200 * 120).reshape(200, 120).astype(np.uint16)
    pixels = ramp if channels == 1 else np.dstack([ramp, ramp[::-1], ramp[:, ::-1]])
    path = desk.home.inbox / "A" / f"1{ending}"
    path.parent.mkdir()
    assert cv2.imwrite(str(path), pixels if channels == 1 else pixels[..., ::-1])
    dropped = [sha256(path)]

    scan = load(path, 0, LIMIT)

    assert not isinstance(scan, Refused)
    assert scan.pixels.dtype == np.uint8
    assert np.abs(scan.pixels.astype(float) - pixels / 257.0).max() <= 1.0
    pipeline.run(desk)
    with reading(desk.ledger) as session:
        [page] = session.scalars(select(Page))
    assert page.state == PageState.DONE
    check_invariants(desk.home, dropped)


def _write(path: Path, **options: object) -> bytes:
    pixels = np.random.default_rng(3).integers(1, 255, (300, 200), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path.read_bytes()


@pytest.mark.fault(19)
@pytest.mark.parametrize("share", [0.5, 0.99])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("raw.tif", {}),
        ("lzw.tif", {"compression": "tiff_lzw"}),
        ("deflate.tif", {"compression": "tiff_adobe_deflate"}),
        ("jpeg.tif", {"compression": "jpeg"}),
        ("big.tif", {"big_tiff": True}),
        ("baseline.jpg", {}),
        ("progressive.jpg", {"progressive": True}),
        ("plain.png", {}),
    ],
)
def test_a_cut_file_is_refused_as_cut_and_its_gap_is_shown(
    tmp_path: Path, name: str, options: dict[str, object], share: float
):
    desk = quick_desk(tmp_path)
    path = desk.home.inbox / "A" / name
    content = _write(path, **options)
    path.write_bytes(content[: int(len(content) * share)])
    dropped = [sha256(path)]

    summary = pipeline.run(desk)

    assert summary.pages == 0
    assert not path.exists()
    with reading(desk.ledger) as session:
        [refusal] = session.scalars(select(Refusal))
        [page] = session.scalars(select(Page))
    assert refusal.kind == "truncated"
    assert "to‘liq ko‘chirilmagan" in refusal.reason
    assert (page.state, page.counted_on) == (PageState.REJECTED, None)
    check_invariants(desk.home, dropped)


@pytest.mark.fault(20)
def test_three_frames_are_three_pages_in_order_and_count_three(tmp_path: Path):
    desk = quick_desk(tmp_path)
    path = desk.home.inbox / "A" / "1.tif"
    path.parent.mkdir()
    frames = [Image.new("L", (90 + 10 * number, 160), 60 * number + 40) for number in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    dropped = [sha256(path)]

    summary = pipeline.run(desk)

    assert (summary.taken.pages, summary.pages, summary.published[0].pages) == (3, 3, 3)
    with reading(desk.ledger) as session:
        pages = session.scalars(select(Page).order_by(Page.number)).all()
    assert [(page.frame, page.survey["width"], page.counted_on) for page in pages] == [
        (number, 90 + 10 * number, desk.today()) for number in range(3)
    ]
    check_invariants(desk.home, dropped)
