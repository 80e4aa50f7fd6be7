"""What the bench measures in full, on two pages and without a clock: fewer errors, fewer bytes, straight lines."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from rapidfuzz.distance import Levenshtein

from workers.page import PageDone, PageJob, process_page

SAMPLES = Path(__file__).parents[2] / "samples"
ALIKE = str.maketrans(dict.fromkeys("’ʼ‘ʻ`´′", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("–—−", "-"))


@dataclass(frozen=True)
class Measured:
    ours: float
    plain: float
    pdf: int
    scan: int
    skew: float
    true_skew: float


def wrong(read: str, truth: str) -> float:
    """Percent of the truth's characters; white space, apostrophes, quotation marks and dashes folded."""
    given, wanted = (" ".join(text.translate(ALIKE).split()) for text in (read, truth))
    return 100 * Levenshtein.distance(given, wanted) / len(wanted)


@pytest.fixture(
    scope="module", params=[("INV-2001", "0003.jpg", 2, 1.7), ("INV-2002", "0002.jpg", 1, -1.4)], ids=lambda one: one[0]
)
def measured(request, tmp_path_factory):
    """A spoilt page through page work, and its scan read as it is with both Uzbek models at once."""
    item, name, place, angle = request.param  # the angle as samples/make_samples.py has it
    scan, out = SAMPLES / "items" / item / name, tmp_path_factory.mktemp("out")
    truth = (SAMPLES / "texts" / f"{item}.txt").read_text(encoding="utf-8").split("\f")[place]
    done = process_page(PageJob(scan, 0, out))
    assert isinstance(done, PageDone)
    command = ["tesseract", str(scan), "-", "-l", "uzb+uzb_cyrl"]
    plain = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pdf = (out / "whole.pdf").stat().st_size
    return Measured(
        wrong(done.sides[0].text, truth), wrong(plain, truth), pdf, scan.stat().st_size, done.sides[0].skew, angle
    )


def test_a_spoilt_page_is_read_with_a_quarter_of_the_errors_of_its_bare_scan(measured):
    assert measured.plain > 1.0
    assert measured.ours <= measured.plain / 4


def test_a_page_of_text_has_an_eighth_of_its_scan_s_bytes_and_fewer_than_45_kilobytes(measured):
    assert measured.pdf <= min(measured.scan / 8, 45_000)


def test_its_lines_are_level_to_a_tenth_of_a_degree(measured):
    assert measured.skew == pytest.approx(measured.true_skew, abs=0.1)
