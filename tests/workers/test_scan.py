import struct
import zlib

import numpy as np
import pytest
from pictures import save, text_page
from PIL import Image, ImageCms

from workers.picture import Refused, Scan
from workers.scan import load

LIMIT = 100_000_000
RAMP = np.tile(np.linspace(0, 255, 256).astype(np.uint8), (64, 1))


def opened(path, frame=0):
    scan = load(path, frame, LIMIT)
    assert isinstance(scan, Scan), scan
    return scan


def near(pixels, expected, tolerance=2):
    return np.abs(pixels.astype(int) - np.asarray(expected, dtype=int)).max() <= tolerance


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_deep_grey_is_scaled_and_not_clipped(tmp_path, suffix):
    deep = RAMP.astype(np.uint16) * 257
    assert near(opened(save(tmp_path / f"a{suffix}", deep)).pixels, RAMP)


def test_deep_grey_written_with_white_as_zero_is_not_a_negative(tmp_path):
    path = save(tmp_path / "a.tif", 65535 - RAMP.astype(np.uint16) * 257, tiffinfo={262: 0})
    assert near(opened(path).pixels, RAMP)


def test_twelve_bit_grey_fills_the_whole_range(tmp_path):
    values = np.arange(0, 4096, 16, dtype=np.uint16).reshape(16, 16)
    flat = values.reshape(-1, 2).astype(np.uint32)
    packed = np.stack([flat[:, 0] >> 4, ((flat[:, 0] & 15) << 4) | (flat[:, 1] >> 8), flat[:, 1] & 255], axis=1)
    path = tmp_path / "a.tif"
    path.write_bytes(tiff(16, 16, 12, packed.astype(np.uint8).tobytes()))
    assert near(opened(path).pixels, values // 16)


def tiff(width, height, bits, data):
    """The smallest uncompressed grey TIFF."""
    tags = [(256, 3, width), (257, 3, height), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 8)]
    tags += [(277, 3, 1), (278, 3, height), (279, 4, len(data))]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


@pytest.mark.parametrize("scale", [1.0 / 255, 1.0])
def test_floating_point_grey_is_read_in_either_range(tmp_path, scale):
    path = save(tmp_path / "a.tif", Image.fromarray(RAMP.astype(np.float32) * scale))
    assert near(opened(path).pixels, RAMP)


def test_whole_number_grey_is_read(tmp_path):
    path = save(tmp_path / "a.tif", Image.fromarray(RAMP.astype(np.int32) * 257))
    assert near(opened(path).pixels, RAMP)


def test_fax_coded_pages_are_black_on_white(tmp_path):
    path = save(tmp_path / "a.tif", Image.fromarray(text_page()).convert("1"), compression="group4")
    pixels = opened(path).pixels
    assert pixels.ndim == 2
    assert set(np.unique(pixels)) == {0, 255}
    assert pixels.mean() > 200


@pytest.mark.parametrize("name", ["a.tif", "a.jpg"])
def test_printing_colours_come_out_as_seen(tmp_path, name):
    """White, black and cyan in CMYK; a JPEG holds them inverted as Adobe writes it."""
    patches = np.zeros((48, 48, 4), np.uint8)
    patches[:, 16:32, 3] = 255
    patches[:, 32:, 0] = 255
    path = save(tmp_path / name, Image.fromarray(patches, "CMYK"), **({"quality": 100} if name == "a.jpg" else {}))
    pixels = opened(path).pixels
    assert near(pixels[24, 8], (255, 255, 255), 12)
    assert near(pixels[24, 24], (0, 0, 0), 12)
    assert near(pixels[24, 40], (0, 255, 255), 12)


def test_cielab_becomes_rgb(tmp_path):
    patch = Image.new("RGB", (16, 16), (200, 120, 40))
    lab = ImageCms.profileToProfile(
        patch, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert near(opened(save(tmp_path / "a.tif", lab)).pixels, (200, 120, 40), 4)


def test_a_profile_that_is_rubbish_is_noted_and_ignored(tmp_path):
    path = save(
        tmp_path / "a.jpg", Image.new("RGB", (16, 16), (200, 120, 40)), icc_profile=b"rubbish" * 40, quality=100
    )
    scan = opened(path)
    assert near(scan.pixels, (200, 120, 40), 4)
    assert "icc_broken" in scan.notes


def test_palette_pictures_keep_their_colours(tmp_path):
    path = save(tmp_path / "a.tif", Image.new("RGB", (16, 16), (200, 120, 40)).quantize(4))
    assert near(opened(path).pixels, (200, 120, 40))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparency_shows_white_paper(tmp_path, mode):
    clear = Image.new("RGBA", (16, 16), (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), (0, 0, 8, 16))
    path = save(tmp_path / "a.png", clear if mode == "PA" else clear.convert(mode))
    pixels = opened(path).pixels
    assert near(pixels[:, 12], (255, 255, 255))
    assert near(pixels[:, 4], (0, 0, 0))


def test_video_colours_become_rgb(tmp_path):
    path = save(tmp_path / "a.tif", Image.new("RGB", (32, 32), (200, 120, 40)).convert("YCbCr"), compression="raw")
    assert near(opened(path).pixels, (200, 120, 40), 4)


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.png"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_camera_turned_any_way_gives_the_upright_picture_once(tmp_path, name, orientation):
    upright = Image.new("L", (40, 24), 255)
    upright.paste(0, (0, 0, 10, 6))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[274] = orientation
    options = {"tiffinfo": {274: orientation}} if name == "a.tif" else {"exif": exif}
    pixels = opened(save(tmp_path / name, stored, **options)).pixels
    assert pixels.shape == (24, 40)
    assert pixels[2, 3] < 60
    assert min(pixels[21, 37], pixels[2, 37], pixels[21, 3]) > 200


def test_every_frame_of_a_file_can_be_opened(tmp_path):
    frames = [Image.new("L", (20 + number, 30), 50 * number) for number in range(3)]
    path = save(tmp_path / "a.tif", frames[0], save_all=True, append_images=frames[1:])
    assert [opened(path, number).pixels.shape[1] for number in range(3)] == [20, 21, 22]
    assert [int(opened(path, number).pixels[0, 0]) for number in range(3)] == [0, 50, 100]


def test_a_frame_that_is_not_there_is_refused(tmp_path):
    assert isinstance(load(save(tmp_path / "a.tif", RAMP), 5, LIMIT), Refused)


@pytest.mark.parametrize(("named", "believed"), [(300, 300), (1, None), (0, None), (65535, None), (50, 50)])
def test_only_credible_resolutions_are_believed(tmp_path, named, believed):
    assert opened(save(tmp_path / "a.png", RAMP, dpi=(named, named))).dpi == (
        None if believed is None else pytest.approx(believed, abs=0.1)
    )


def test_a_file_without_resolution_has_none(tmp_path):
    assert opened(save(tmp_path / "a.tif", RAMP)).dpi is None
    assert opened(save(tmp_path / "a.jpg", RAMP)).dpi is None


def test_a_cameras_72_dpi_is_not_believed(tmp_path):
    assert opened(save(tmp_path / "a.jpg", np.full((1600, 1200), 255, np.uint8), dpi=(72, 72))).dpi is None


def test_oblong_fax_pixels_become_square(tmp_path):
    scan = opened(save(tmp_path / "a.tif", np.full((98, 204), 255, np.uint8), dpi=(204, 98)))
    assert scan.pixels.shape == (204, 204)
    assert scan.dpi == 204


def test_a_picture_beyond_the_limit_is_refused_by_its_header_alone(tmp_path):
    header = b"IHDR" + struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (tmp_path / "a.png").write_bytes(bomb + b"\0\0\0\0IDAT\x35\xaf\x06\x1e")
    refused = load(tmp_path / "a.png", 0, 400_000_000)
    assert isinstance(refused, Refused)
    assert refused.kind == "too_large"


def test_a_missing_file_is_the_disks_fault_and_not_the_pages(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "gone.tif", 0, LIMIT)
