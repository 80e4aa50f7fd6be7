"""Small pictures: within their bytes, turned as the page was, and never the end of a process."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workers.picture import Refused
from workers.thumbnail import Thumb, ThumbJob, thumbnail

LIMIT = 10_000_000


def job(
    path: Path, *, frame: int = 0, quarters: int = 0, most_bytes: int = 20_000, max_pixels: int = LIMIT
) -> ThumbJob:
    return ThumbJob(path, frame, quarters, (300, 400), most_bytes, max_pixels)


def made(wanted: ThumbJob) -> Thumb:
    thumb = thumbnail(wanted)
    assert isinstance(thumb, Thumb)
    return thumb


def noise(path: Path, size: tuple[int, int] = (750, 1000)) -> Path:
    """The hardest picture to make small."""
    pixels = np.random.default_rng(3).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png"])
def test_even_noise_becomes_a_jpeg_of_so_many_bytes(tmp_path: Path, name: str) -> None:
    thumb = made(job(noise(tmp_path / name)))

    assert len(thumb.jpeg) <= 20_000
    assert Image.open(io.BytesIO(thumb.jpeg)).size == (thumb.width, thumb.height)
    assert (thumb.full_width, thumb.full_height) == (750, 1000)


def test_a_picture_smaller_than_wanted_is_not_made_larger(tmp_path: Path) -> None:
    Image.new("L", (90, 120), 200).save(tmp_path / "a.png")

    assert (made(job(tmp_path / "a.png")).width, made(job(tmp_path / "a.png")).height) == (90, 120)


@pytest.mark.parametrize(("quarters", "corner"), [(0, (0, 0)), (1, (0, -1)), (2, (-1, -1)), (3, (-1, 0))])
def test_it_is_turned_as_numpy_turned_the_scan(tmp_path: Path, quarters: int, corner: tuple[int, int]) -> None:
    pixels = np.full((200, 120), 255, np.uint8)
    pixels[:60, :60] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")

    thumb = made(job(tmp_path / "a.png", quarters=quarters))
    small = np.asarray(Image.open(io.BytesIO(thumb.jpeg)))

    expected = np.rot90(pixels, quarters)
    assert (thumb.full_height, thumb.full_width) == expected.shape
    dark = [(x, y) for y in (0, -1) for x in (0, -1) if expected[y, x] == 0]
    assert [(x, y) for y in (0, -1) for x in (0, -1) if small[y, x] < 100] == dark == [corner]


def test_a_frame_of_a_file_and_the_turn_written_in_it_are_respected(tmp_path: Path) -> None:
    frames = [Image.new("L", (60, 90), 255), Image.new("L", (60, 90), 0)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:])
    lying = Image.Exif()
    lying[0x0112] = 6
    Image.new("RGB", (600, 400), "white").save(tmp_path / "b.jpg", exif=lying)

    second = made(job(tmp_path / "a.tif", frame=1))
    turned = made(job(tmp_path / "b.jpg"))

    assert np.asarray(Image.open(io.BytesIO(second.jpeg))).max() < 20
    assert (turned.full_width, turned.full_height) == (400, 600)


def test_what_does_not_decode_and_what_is_too_large_are_values(tmp_path: Path) -> None:
    whole = noise(tmp_path / "a.jpg", (400, 400)).read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])

    cut, large = thumbnail(job(tmp_path / "cut.jpg")), thumbnail(job(tmp_path / "a.jpg", max_pixels=1000))

    assert isinstance(cut, Refused)
    assert cut.kind == "truncated"
    assert isinstance(large, Refused)
    assert large.kind == "too_large"


def test_a_file_that_is_gone_is_the_disks_fault(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        thumbnail(job(tmp_path / "none.jpg"))
