"""Rows 29 and 31-35: files that are too much, too little, or not what their name says."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from fakes import FakeClock
from faults.quick import picture, quick_desk
from faults.world import assert_says, check_invariants, digitize, make_home, sha256
from PIL import Image, ImageCms
from sqlalchemy import select

from digitize import pipeline
from digitize.desk import Desk
from digitize.inbox import Settled
from digitize.ingest import Taken
from digitize.ledger.models import Page, PageState, Refusal
from digitize.ledger.session import reading
from workers import page as page_module
from workers.page import PageDone, PageJob, process_page
from workers.picture import Probed, Refused, Restored, Scan
from workers.probe import probe
from workers.scan import load
from workers.text import Recognized

LIMIT = 400_000_000


def _rows(desk: Desk, kind: type[Page] | type[Refusal]) -> list:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(kind).order_by(kind.id)))


def _put(desk: Desk, name: str, content: bytes) -> str:
    path = desk.home.inbox / "A" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return sha256(path)


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


# --- 29: decompression bombs


def _fax(width: int, height: int) -> bytes:
    """A white page in G4: one bit a row, as small as a picture of that size can be."""
    data = np.packbits(np.ones(height, np.uint8)).tobytes() + b"\x00\x10\x01"
    tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 4), (262, 3, 0), (273, 4, 8), (277, 3, 1)]
    tags += [(278, 4, height), (279, 4, len(data)), (282, 5, 0), (283, 5, 0), (296, 3, 2)]
    rational = 8 + len(data) + 2 + 12 * len(tags) + 4
    entries = b"".join(
        struct.pack("<HHII", tag, kind, 1, rational if tag in (282, 283) else value) for tag, kind, value in tags
    )
    end = struct.pack("<H", len(tags)) + entries + bytes(4) + struct.pack("<II", 300, 1)
    return struct.pack("<2sHI", b"II", 42, 8 + len(data)) + data + end


@pytest.mark.fault(29)
def test_a_bomb_of_900_megapixels_in_a_few_kilobytes_is_refused_by_its_header_alone(tmp_path: Path):
    home = make_home(tmp_path / "home")
    bomb = home.inbox / "A" / "1.tif"
    bomb.parent.mkdir()
    bomb.write_bytes(_fax(30_000, 30_000))
    dropped = {sha256(bomb)}

    result = digitize(home, "--lang", "en", "ingest", DIGITIZE_WORKER_MEMORY_MB="768")

    assert_says(result, 3, "too large", "30000 x 30000")
    check_invariants(home, dropped)


@pytest.mark.fault(29)
def test_a_real_sheet_of_a0_in_black_and_white_is_taken(tmp_path: Path):
    path = tmp_path / "map.tif"
    path.write_bytes(_fax(9_000, 12_000))

    judged = probe(path, LIMIT)

    assert isinstance(judged, Probed)
    assert [(frame.width, frame.height, frame.dpi) for frame in judged.frames] == [(9_000, 12_000, 300)]


# --- 31: nothing in it


@pytest.mark.fault(31)
def test_an_empty_file_may_be_filled_within_its_grace_and_is_refused_after_it(tmp_path: Path):
    clock, memory = FakeClock(), Settled(5.0)
    desk = quick_desk(tmp_path, clock=clock, settle_seconds=5.0)
    _put(desk, "placeholder.png", b"")
    dropped = {_put(desk, "empty.png", b"")}

    def look() -> Taken:
        taken = Taken()
        pipeline.take_in(desk, taken, memory)
        clock.sleep(3)
        return taken

    assert not look()
    assert not look()
    dropped.add(sha256(picture(desk.home.inbox / "A" / "placeholder.png", 1)))

    first, second, third = look(), look(), look()

    assert (len(first.refused), second.files, third.files) == (1, 0, 1)
    [refusal] = _rows(desk, Refusal)
    assert (refusal.kind, refusal.name) == ("empty", "empty.png")
    assert "0 bayt" in refusal.reason
    check_invariants(desk.home, dropped)


# --- 32: not what the name says


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x", "y")
    return buffer.getvalue()


def _pdf() -> bytes:
    buffer = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(buffer)
    return buffer.getvalue()


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("name", "content", "kind", "detail"),
    [
        ("text.jpg", b"Bu rasm emas\n" * 20, "not_image", "text"),
        ("book.tif", _pdf(), "not_image", "PDF"),
        ("photo.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64), "unsupported", "HEIC"),
        ("letter.png", _zip(), "not_image", "ZIP"),
        ("moving.jpg", _saved(Image.new("L", (9, 9)), "GIF"), "unsupported", "GIF"),
        ("program.tif", b"MZ" + bytes(200), "not_image", "program"),
    ],
)
def test_a_file_is_judged_by_its_content_and_the_reason_says_what_it_is(
    tmp_path: Path, name: str, content: bytes, kind: str, detail: str
):
    desk = quick_desk(tmp_path)
    dropped = {_put(desk, name, content)}

    pipeline.take_in(desk, taken := Taken())

    assert len(taken.refused) == 1
    [refusal] = _rows(desk, Refusal)
    assert refusal.kind == kind
    judged = probe(desk.home.share / refusal.path, LIMIT)
    assert isinstance(judged, Refused)
    assert detail in judged.detail
    [note] = desk.home.refused.rglob("*.sabab.txt")
    assert note.read_bytes().startswith(b"\xef\xbb\xbf")
    check_invariants(desk.home, dropped)


@pytest.mark.fault(32)
def test_a_good_picture_with_a_wrong_ending_is_taken_and_kept_under_the_right_one(tmp_path: Path):
    desk = quick_desk(tmp_path)
    dropped = {_put(desk, "scan.jpg", _saved(Image.new("L", (9, 9), 200), "PNG"))}

    pipeline.run(desk)

    assert [page.state for page in _rows(desk, Page)] == [PageState.DONE]
    assert [path.suffix for path in (desk.home.archive / "masters").glob("??/??/*")] == [".png"]
    check_invariants(desk.home, dropped)


# --- 33: every kind of picture a scanner or a camera makes

SHADE = (200, 120, 40)
COLOUR = Image.new("RGB", (64, 64), SHADE)


def _lab() -> Image.Image:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    return ImageCms.profileToProfile(COLOUR, *profiles, outputMode="LAB")


def _half_clear() -> Image.Image:
    clear = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    clear.paste((*SHADE, 255), (0, 0, 32, 64))
    return clear


def _tiff(entries: dict[int, tuple[int, list[int]]], data: bytes, *, big: bool = False, place: int = 0) -> bytes:
    """A TIFF of one frame by hand: tag -> (kind, values); tag 273/324 gets the data's place *place* bytes into it."""
    size, form, count_form, inline = (20, "<HHQ", "<Q", 8) if big else (12, "<HHI", "<H", 4)
    start = 16 if big else 8
    codes = {3: "H", 4: "I", 16: "Q"}
    body, table = b"", b""
    after = start + len(data) + struct.calcsize(count_form) + size * len(entries) + (8 if big else 4)
    for tag, (kind, values) in sorted(entries.items()):
        shown = [start + value for value in values] if tag in (273, 324, 513) else values
        packed = struct.pack(f"<{len(shown)}{codes[kind]}", *shown)
        if len(packed) > inline:
            packed, body = struct.pack("<Q" if big else "<I", after + len(body)), body + packed
        table += struct.pack(form, tag, kind, len(shown)) + packed.ljust(inline, b"\0")
    head = struct.pack("<2sHHHQ", b"II", 43, 8, 0, start + len(data)) if big else None
    head = head or struct.pack("<2sHI", b"II", 42, start + len(data))
    return head + data + struct.pack(count_form, len(entries)) + table + bytes(8 if big else 4) + body


def _rgb_tags() -> dict[int, tuple[int, list[int]]]:
    return {256: (3, [64]), 257: (3, [64]), 258: (3, [8, 8, 8]), 259: (3, [1]), 262: (3, [2]), 277: (3, [3])}


def _planar() -> bytes:
    planes = b"".join(bytes([value]) * 4096 for value in SHADE)
    strips = {273: (4, [0, 4096, 8192]), 278: (3, [64]), 279: (4, [4096] * 3), 284: (3, [2])}
    return _tiff(_rgb_tags() | strips, planes)


def _tiled() -> bytes:
    tiles = {322: (3, [32]), 323: (3, [32]), 324: (4, [0, 3072, 6144, 9216]), 325: (4, [3072] * 4)}
    return _tiff(_rgb_tags() | tiles, bytes(SHADE) * 4096)


def _bigtiff() -> bytes:
    strips = {273: (16, [0]), 278: (3, [64]), 279: (16, [12288])}
    return _tiff(_rgb_tags() | strips, bytes(SHADE) * 4096, big=True)


def _old_jpeg() -> bytes:
    """Compression 6 as old scanners wrote it: a whole JPEG stream, named by tags 513 and 514."""
    data = _saved(COLOUR, "JPEG", quality=95, subsampling=0)
    tags = _rgb_tags() | {259: (3, [6]), 262: (3, [6]), 273: (4, [0]), 278: (3, [64]), 279: (4, [len(data)])}
    return _tiff(tags | {512: (3, [1]), 513: (4, [0]), 514: (4, [len(data)]), 530: (3, [1, 1])}, data)


KINDS: dict[str, Callable[[], bytes]] = {
    "cmyk.tif": lambda: _saved(COLOUR.convert("CMYK"), "TIFF"),
    "cmyk.jpg": lambda: _saved(COLOUR.convert("CMYK"), "JPEG", quality=95),
    "lab.tif": lambda: _saved(_lab(), "TIFF"),
    "palette.png": lambda: _saved(COLOUR.quantize(4), "PNG"),
    "palette.tif": lambda: _saved(COLOUR.quantize(4), "TIFF"),
    "alpha.png": lambda: _saved(_half_clear(), "PNG"),
    "planar.tif": _planar,
    "tiled.tif": _tiled,
    "bigtiff.tif": _bigtiff,
    "jpeg_in_tiff.tif": lambda: _saved(COLOUR, "TIFF", compression="jpeg", quality=95),
    "old_jpeg.tif": _old_jpeg,
}


@pytest.mark.fault(33)
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_picture_is_taken_and_comes_out_in_its_colours(tmp_path: Path, name: str):
    desk = quick_desk(tmp_path)
    content = KINDS[name]()
    dropped = {_put(desk, name, content)}

    pipeline.take_in(desk, taken := Taken())

    assert (taken.files, taken.refused) == (1, [])
    [master] = (desk.home.archive / "masters").glob("??/??/*")
    scan = load(master, 0, LIMIT)
    assert isinstance(scan, Scan)
    assert np.abs(scan.pixels[32, 8].astype(int) - SHADE).max() <= 8
    if name == "alpha.png":
        assert (scan.pixels[32, 48] == 255).all(), "what is clear shows white paper"
    check_invariants(desk.home, dropped)


# --- 34: turned by the camera


@pytest.mark.fault(34)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_turned_any_way_is_measured_and_worked_on_upright_and_turned_once(tmp_path: Path, orientation: int):
    upright = Image.new("L", (40, 24), 255)
    upright.paste(0, (0, 0, 10, 6))
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(back[orientation])) if orientation > 1 else upright
    exif = Image.Exif()
    exif[274] = orientation
    desk = quick_desk(tmp_path)
    dropped = {_put(desk, "photo.jpg", _saved(stored, "JPEG", exif=exif, quality=95))}

    pipeline.take_in(desk, Taken())

    [page] = _rows(desk, Page)
    assert (page.survey["width"], page.survey["height"]) == (40, 24)
    [master] = (desk.home.archive / "masters").glob("??/??/*")
    scan = load(master, 0, LIMIT)
    assert isinstance(scan, Scan)
    assert scan.pixels.shape[:2] == (24, 40)
    assert scan.pixels[2, 3] < 60 < scan.pixels[21, 37]
    check_invariants(desk.home, dropped)


# --- 35: a resolution that cannot be


def _unread(restored: Restored, *_: object) -> Recognized:
    return Recognized((), "blank", 0.0, 0.0, "", "", b"", "none", restored.dpi, {})


@pytest.mark.fault(35)
@pytest.mark.parametrize("dpi", [None, 0, 1, 65_535])
@pytest.mark.parametrize("size", [(620, 880), (12, 9), (1600, 40)])
def test_an_incredible_resolution_is_estimated_recorded_and_never_makes_an_impossible_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dpi: int | None, size: tuple[int, int]
):
    monkeypatch.setattr(page_module, "recognize", _unread)
    master, out = tmp_path / "1.png", tmp_path / "out"
    out.mkdir()
    options = {} if dpi is None else {"dpi": (dpi, dpi)}
    Image.new("L", size, 240).save(master, **options)
    judged = probe(master, LIMIT)

    done = process_page(PageJob(master, 0, out))

    assert isinstance(judged, Probed)
    assert judged.frames[0].dpi is None
    assert isinstance(done, PageDone)
    assert 50 <= done.sides[0].dpi <= 2400
    with pikepdf.open(out / "whole.pdf") as pdf:
        box = [float(value) for value in pdf.pages[0].MediaBox]
    assert all(3 <= side <= 14_400 for side in box[2:])
