import io
import struct
from pathlib import Path

import numpy as np
import pytest
from pictures import DPI, on_bed, opening, save, text_page
from PIL import Image

from workers.picture import Probed, Refused
from workers.probe import probe

LIMIT = 400_000_000
PACK = Path(__file__).resolve().parents[3] / "shared" / "data" / "malformed"


def encoded(kind, pixels=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(text_page() if pixels is None else pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def judged(tmp_path, data):
    """The name says nothing: every file here is called scan.tif."""
    (tmp_path / "scan.tif").write_bytes(data)
    return probe(tmp_path / "scan.tif", LIMIT)


def refusal(tmp_path, data):
    result = judged(tmp_path, data)
    assert isinstance(result, Refused), result
    return result


@pytest.mark.parametrize(
    ("kind", "extension"), [("TIFF", ".tif"), ("JPEG", ".jpg"), ("PNG", ".png"), ("JPEG2000", ".jp2"), ("BMP", ".bmp")]
)
def test_a_picture_is_known_by_its_content(tmp_path, kind, extension):
    result = judged(tmp_path, encoded(kind, dpi=(300, 300)))
    assert isinstance(result, Probed)
    assert (result.format, result.extension) == (kind, extension)
    assert [(frame.index, frame.width, frame.height, frame.mode) for frame in result.frames] == [(0, 874, 1240, "L")]


def test_every_frame_of_a_tiff_is_a_page(tmp_path):
    pages = [Image.new("L", (200, 300), shade) for shade in (250, 200, 150)]
    path = save(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:], dpi=(200, 200))
    result = probe(path, LIMIT)
    assert isinstance(result, Probed)
    assert [(frame.index, frame.dpi) for frame in result.frames] == [(0, 200), (1, 200), (2, 200)]


def test_a_damaged_second_frame_refuses_the_file(tmp_path):
    pages = [Image.fromarray(text_page()) for _ in range(2)]
    data = save(
        tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:], compression="tiff_lzw"
    ).read_bytes()
    half = len(data) * 3 // 4
    assert refusal(tmp_path, data[:half] + bytes(2000) + data[half + 2000 :]).kind in ("half_empty", "truncated")


def test_nothing_at_all_is_called_empty(tmp_path):
    assert refusal(tmp_path, b"").kind == "empty"


@pytest.mark.parametrize(
    ("data", "kind", "name"),
    [
        (b"%PDF-1.7\n%...", "not_image", "PDF"),
        (b"\n\n  %PDF-1.4\n", "not_image", "PDF"),
        (b"PK\x03\x04" + bytes(100), "not_image", "ZIP"),
        (b"Assalomu alaykum\n" * 20, "not_image", "text"),
        (bytes(range(7, 200)) * 3, "not_image", "no known"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "unsupported", "HEIC"),
        (b"GIF89a" + bytes(100), "unsupported", "GIF"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "unsupported", "WebP"),
        (b"AT&TFORM" + bytes(50), "unsupported", "DjVu"),
    ],
)
def test_the_reason_says_what_a_wrong_file_really_is(tmp_path, data, kind, name):
    refused = refusal(tmp_path, data)
    assert refused.kind == kind
    assert name in refused.detail


@pytest.mark.parametrize(
    ("kind", "options"), [("TIFF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("JPEG", {}), ("PNG", {})]
)
@pytest.mark.parametrize("part", [0.5, 0.99])
def test_a_file_that_was_cut_is_refused(tmp_path, kind, options, part):
    data = encoded(kind, **options)
    assert refusal(tmp_path, data[: int(len(data) * part)]).kind in ("truncated", "unsupported")


def test_a_jpeg_whose_second_half_never_arrived_is_refused(tmp_path):
    data = encoded("JPEG")
    half = len(data) // 2
    assert refusal(tmp_path, data[:half] + bytes(len(data) - half)).kind == "half_empty"


def test_a_jpeg_padded_with_zeros_after_its_end_is_whole(tmp_path):
    assert isinstance(judged(tmp_path, encoded("JPEG") + bytes(4096)), Probed)


@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}])
def test_a_blank_jpeg_is_whole(tmp_path, options):
    assert isinstance(judged(tmp_path, encoded("JPEG", np.full((1240, 874), 255, np.uint8), **options)), Probed)


def test_an_uncompressed_tiff_whose_second_half_never_arrived_is_refused(tmp_path):
    data = encoded("TIFF")
    half = len(data) // 2 // 4096 * 4096
    refused = refusal(tmp_path, data[:half] + bytes(len(data) - half))
    assert refused.kind == "half_empty"


def test_a_page_that_ends_in_a_black_bed_is_whole(tmp_path):
    scan, _ = on_bed(text_page(), angle=1.0, bed=0, margin=120)
    assert isinstance(judged(tmp_path, encoded("TIFF", scan)), Probed)
    assert isinstance(judged(tmp_path, encoded("TIFF", np.zeros((1000, 1024), np.uint8))), Probed)


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "tiff_adobe_deflate"])
def test_a_compressed_tiff_with_a_hole_is_refused(tmp_path, compression):
    picture = Image.fromarray(text_page()).convert("1") if compression == "group4" else Image.fromarray(text_page())
    buffer = io.BytesIO()
    picture.save(buffer, "TIFF", compression=compression)
    data = buffer.getvalue()
    half = len(data) // 2
    assert refusal(tmp_path, data[:half] + bytes(1024) + data[half + 1024 :]).kind in ("half_empty", "truncated")


def test_a_picture_of_ten_thousand_megapixels_is_refused_at_once(tmp_path):
    header = struct.pack("<2sIHHIIiiHHIIiiII", b"BM", 54, 0, 0, 54, 40, 100_000, 100_000, 1, 24, 0, 0, 0, 0, 0, 0)
    assert refusal(tmp_path, header).kind == "too_large"


def test_an_opening_tells_where_its_gutter_is(tmp_path):
    scan, _ = on_bed(opening(), angle=0.8)
    result = probe(save(tmp_path / "a.png", scan, dpi=(DPI, DPI)), LIMIT)
    assert isinstance(result, Probed)
    assert result.frames[0].gutter == pytest.approx(0.5, abs=0.01)


def _gutter(tmp_path, scan):
    result = probe(save(tmp_path / "a.png", scan, dpi=(DPI, DPI)), LIMIT)
    assert isinstance(result, Probed)
    return result.frames[0].gutter


def test_a_form_whose_rules_run_across_the_middle_is_one_page(tmp_path):
    form = opening(shadow=0.0)
    for row in (300, 340):
        form[row : row + 3, 150:1600] = 40

    assert _gutter(tmp_path, form) is None
    assert _gutter(tmp_path, on_bed(form, angle=1.5)[0]) is None


def test_an_opening_with_rules_on_both_pages_and_a_thread_in_its_fold_has_a_gutter(tmp_path):
    spread = opening()
    for left in (120, 1000):
        spread[300:303, left : left + 600] = 40
    spread[600:603, 865:885] = 90
    spread[1235:] = 60  # the lid's edge below both pages

    assert _gutter(tmp_path, spread) == pytest.approx(0.5, abs=0.01)


def test_some_words_to_the_left_and_to_the_right_make_no_opening(tmp_path):
    letterhead = opening(text_page(lines=1), text_page(lines=1), shadow=0.0)

    assert _gutter(tmp_path, letterhead) is None


def test_a_wide_picture_of_one_page_has_no_gutter(tmp_path):
    wide = text_page(width=1748)
    assert judged(tmp_path, encoded("PNG", wide)).frames[0].gutter is None


def test_a_failing_disk_is_not_the_files_fault(tmp_path):
    with pytest.raises(FileNotFoundError):
        probe(tmp_path / "gone.tif", LIMIT)


@pytest.mark.skipif(not PACK.is_dir(), reason="the pack of malformed pictures (../shared/data/malformed) is not here")
def test_rare_pictures_are_read_and_hostile_ones_do_no_harm():
    results = {path.name: probe(path, LIMIT) for path in sorted(PACK.glob("*.[tjp][ipn]*"))}
    odd = [name for name, result in results.items() if name.startswith("odd__") and isinstance(result, Probed)]
    assert len(odd) >= 48
    assert all(result.kind for result in results.values() if isinstance(result, Refused))


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
@pytest.mark.parametrize(
    ("maker", "model", "name"),
    [
        ("Canon", "DR-G2110", "Canon DR-G2110"),
        ("EPSON", "EPSON DS-50000\0\0junk", "EPSON DS-50000"),
        ("", "  Czur\n ET24 \x1b[31m ", "Czur ET24 [31m"),
        ("Plustek Inc.", "", "Plustek Inc."),
        ("", "", ""),
        ("M" * 80, "x", "M" * 60),
    ],
)
def test_the_scanner_is_read_from_the_header(tmp_path, kind, maker, model, name):
    tags = Image.Exif()
    if maker:
        tags[271] = maker
    if model:
        tags[272] = model
    result = judged(tmp_path, encoded(kind, exif=tags))
    assert isinstance(result, Probed)
    assert result.scanner == name


def test_a_picture_without_such_tags_names_no_scanner(tmp_path):
    assert [judged(tmp_path, encoded(kind)).scanner for kind in ("TIFF", "JPEG", "PNG", "BMP")] == [""] * 4
