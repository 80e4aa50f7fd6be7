from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from printed import CYRILLIC, DPI, LATIN, printed
from pytesseract import pytesseract as runner

from workers import binding, tools
from workers.engines import Layout, read, reader, spelled, tiff
from workers.text import Reading, Unread
from workers.tools import Tool


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    path = tmp_path / "a page.pgm"
    assert cv2.imwrite(str(path), printed(LATIN[:2])[120:300])
    return path


def test_one_run_gives_words_places_and_the_hocr_itself(latin):
    reading = read(latin, "uzb", DPI, 60, Layout.BLOCK)

    assert isinstance(reading, Reading)
    assert [word.text for word in reading.lines[0].words][:3] == ["Kutubxona", "fondi", "bilan"]
    assert reading.hocr.startswith(b"<?xml")
    assert reading.engine.startswith("tesseract ")


def test_nothing_but_the_picture_stays_in_the_folder(latin):
    read(latin, "uzb", DPI, 60, Layout.BLOCK)

    assert list(latin.parent.iterdir()) == [latin]


def test_the_latin_model_does_not_bring_the_cyrillic_one_along(tmp_path):
    path = tmp_path / "page.pgm"
    assert cv2.imwrite(str(path), printed(CYRILLIC[:2])[120:300])

    reading = read(path, "uzb", DPI, 60, Layout.BLOCK)

    assert isinstance(reading, Reading)
    assert not any(
        "\u0400" <= letter <= "\u04ff" for line in reading.lines for word in line.words for letter in word.raw
    )
    assert spelled("uzb") == "uzb+~uzb_cyrl"
    assert spelled("uzb_cyrl") == "uzb_cyrl+~uzb"


@pytest.mark.parametrize(
    ("installed", "readers"),
    [(("Cyrillic", "rus", "uzb"), ("uzb", "Cyrillic", "Cyrillic")), (("rus", "uzb"), ("uzb", "uzb_cyrl", "rus"))],
)
def test_the_model_of_the_script_reads_cyrillic_where_it_is_installed(monkeypatch, installed, readers):
    found = Tool("tesseract", "/usr/bin/tesseract", "5.3.0", installed)
    monkeypatch.setattr(tools, "probe_tesseract", lambda: found)
    reader.cache_clear()
    try:
        assert tuple(map(reader, ("uzb", "uzb_cyrl", "rus"))) == readers
    finally:
        reader.cache_clear()


def test_signs_the_uzbek_cyrillic_model_does_not_know_are_read(tmp_path):
    if reader("uzb_cyrl") != "Cyrillic":
        pytest.skip("the model Cyrillic is not installed")
    path = tmp_path / "page.pgm"
    lines = ["Июль ойида «Маънавият» нашриёти нима чиқарди?", "Фильм ва альбомлар 25 фоиз арзон бўлди!"]
    assert cv2.imwrite(str(path), printed(lines)[120:300])

    reading = read(path, "uzb_cyrl", DPI, 60, Layout.BLOCK)

    assert isinstance(reading, Reading)
    assert [" ".join(word.raw for word in line.words) for line in reading.lines] == lines


def test_a_language_that_is_not_installed_is_a_value(latin):
    unread = read(latin, "tlh", DPI, 60, Layout.BLOCK)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_missing_language"
    assert "'tlh'" in unread.detail


def test_an_engine_that_takes_too_long_is_a_value(latin):
    unread = read(latin, "uzb", DPI, 0.001)

    assert isinstance(unread, Unread)
    assert (unread.kind, unread.retry) == ("timeout", True)


def test_an_engine_that_dies_of_a_picture_is_a_value(tmp_path):
    path = tmp_path / "page.pgm"
    path.write_bytes(b"no picture")

    unread = read(path, "uzb", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_crashed"


def test_a_program_that_is_not_there_is_a_value(latin, monkeypatch):
    monkeypatch.setattr(runner, "tesseract_cmd", "/nowhere/tesseract")

    unread = read(latin, "uzb", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_missing"


@pytest.mark.parametrize(("script", "kind"), [("exit 0", "engine_crashed"), ("kill -SEGV $$", "engine_crashed")])
def test_an_engine_that_ends_without_a_result_is_a_value(latin, tmp_path, monkeypatch, script, kind):
    program = tmp_path / "broken-engine"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(runner, "tesseract_cmd", str(program))

    unread = read(latin, "uzb", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == kind


def test_a_result_cut_short_is_not_taken_for_text(latin, tmp_path, monkeypatch):
    program = tmp_path / "full-disk-engine"
    program.write_text('#!/bin/sh\nprintf \'<?xml version="1.0"?><html>\' > "$2.hocr"\n')
    program.chmod(0o755)
    monkeypatch.setattr(runner, "tesseract_cmd", str(program))

    unread = read(latin, "uzb", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_crashed"


def test_the_picture_for_the_engine_holds_the_very_pixels(tmp_path):
    pixels = np.random.default_rng(5).integers(0, 256, (37, 53)).astype(np.uint8)
    path = tmp_path / "page.tif"

    path.write_bytes(tiff(pixels))

    with Image.open(path) as picture:
        assert (picture.mode, picture.size) == ("L", (53, 37))
        assert (np.asarray(picture) == pixels).all()


def test_program_and_process_read_that_picture_alike_and_as_any_other(latin):
    path = latin.with_suffix(".tif")
    path.write_bytes(tiff(printed(LATIN[:2])[120:300]))

    said = [
        read(latin, "uzb", DPI, 60, Layout.BLOCK),
        *(one(path, "uzb", DPI, 60, Layout.BLOCK) for one in (read, binding.read)),
    ]

    texts = {" ".join(word.text for line in reading.lines for word in line.words) for reading in said}
    assert len(texts) == 1, texts
