import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from printed import CYRILLIC, DPI, LATIN, printed

from digitize.uzbek import canonical
from workers import binding, engines
from workers.engines import Layout
from workers.text import Reading, Unread


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    path = tmp_path / "a page.pgm"
    assert cv2.imwrite(str(path), printed(LATIN[:3])[100:420])
    return path


def words(reading: Reading | Unread) -> list[str]:
    assert isinstance(reading, Reading)
    return [canonical(word.raw) for line in reading.lines for word in line.words]


def test_it_reads_the_words_the_program_reads_and_leaves_nothing_behind(latin):
    inside, outside = binding.read(latin, "uzb", DPI, 60), engines.read(latin, "uzb", DPI, 60)

    assert words(inside) == words(outside)
    assert list(latin.parent.iterdir()) == [latin]


def test_the_hocr_is_a_whole_document_that_names_its_engine(latin):
    reading = binding.read(latin, "uzb", DPI, 60, Layout.BLOCK)

    assert isinstance(reading, Reading)
    assert reading.hocr.startswith(b"<?xml")
    assert reading.engine.startswith("tesseract 5.")


def test_a_page_reads_the_same_whatever_was_read_before(latin, tmp_path):
    other = tmp_path / "other.pgm"
    assert cv2.imwrite(str(other), printed(LATIN[3:5])[100:320])
    first = binding.read(latin, "uzb", DPI, 60)
    binding.read(other, "uzb", DPI, 60)
    binding.read(other, "uzb_cyrl", DPI, 60)

    assert binding.read(latin, "uzb", DPI, 60) == first


def test_each_layout_is_that_of_its_own_call(latin):
    page = binding.read(latin, "uzb", DPI, 60, Layout.PAGE)
    binding.read(latin, "uzb", DPI, 60, Layout.LINE)

    assert binding.read(latin, "uzb", DPI, 60, Layout.PAGE) == page


def test_the_latin_model_does_not_bring_the_cyrillic_one_along(tmp_path):
    path = tmp_path / "page.pgm"
    assert cv2.imwrite(str(path), printed(CYRILLIC[:2])[120:300])

    read = words(binding.read(path, "uzb", DPI, 60, Layout.BLOCK))

    assert not any("\u0400" <= letter <= "\u04ff" for word in read for letter in word)


def test_a_language_that_is_not_installed_is_a_value(latin):
    unread = binding.read(latin, "tlh", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_missing_language"


def test_an_engine_that_takes_too_long_is_a_value_and_the_next_page_is_read_all_the_same(latin):
    unread = binding.read(latin, "uzb", DPI, 0.001)

    assert isinstance(unread, Unread)
    assert (unread.kind, unread.retry) == ("timeout", True)
    assert words(binding.read(latin, "uzb", DPI, 60)) == words(engines.read(latin, "uzb", DPI, 60))


def test_a_file_that_is_no_picture_is_a_value(tmp_path):
    path = tmp_path / "page.pgm"
    path.write_bytes(b"no picture")

    unread = binding.read(path, "uzb", DPI, 60)

    assert isinstance(unread, Unread)
    assert unread.kind == "engine_crashed"


def test_nothing_is_said_beside_the_result(latin):
    code = "import sys, pathlib, workers.binding as b; b.read(pathlib.Path(sys.argv[1]), 'uzb', 300, 60)"

    done = subprocess.run([sys.executable, "-c", code, str(latin)], capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"", b"")
