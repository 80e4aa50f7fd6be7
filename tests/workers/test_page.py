import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from printed import LATIN, printed

from workers import page as page_module
from workers.page import PageDone, PageFailed, PageJob, SideDone, process_page
from workers.text import Unread

DATA = Path(__file__).parents[3] / "shared" / "data" / "dev"


@pytest.fixture
def job(tmp_path: Path) -> PageJob:
    return _job(tmp_path)


def _job(folder: Path) -> PageJob:
    master = folder / "master.png"
    Image.fromarray(printed(LATIN * 3)).save(master, dpi=(200, 200))
    out = folder / "out"
    out.mkdir()
    return PageJob(master, 0, out, prior="uzb")


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[PageJob, SideDone]:
    """A job that was done, and the one page that came of it."""
    job = _job(tmp_path_factory.mktemp("worked"))
    done = process_page(job)
    assert isinstance(done, PageDone)
    (side,) = done.sides
    return job, side


def test_a_scan_becomes_a_page_with_its_five_files(worked):
    job, side = worked

    assert sorted(path.name for path in job.out_dir.iterdir()) == [
        "whole.hocr",
        "whole.jpg",
        "whole.json",
        "whole.pdf",
        "whole.txt",
    ]
    assert (side.side, side.outcome, side.language, side.script) == ("whole", "ok", "uzb", "Latn")
    assert side.text.startswith("Kutubxona fondi bilan ishlash va oʻquvchilarga\n")
    assert (job.out_dir / "whole.txt").read_text(encoding="utf-8") == side.text
    with Image.open(job.out_dir / "whole.jpg") as picture:
        assert picture.size == (side.width, side.height)


@pytest.mark.parametrize("in_process", [False, True])
def test_a_page_that_is_worked_on_again_gives_the_same_bytes(job, in_process):
    job = replace(job, in_process=in_process)
    other = replace(job, out_dir=job.out_dir.parent / "again")
    other.out_dir.mkdir()

    assert process_page(job) == process_page(other)
    files = {path.name: path.read_bytes() for path in job.out_dir.iterdir()}
    assert {path.name: path.read_bytes() for path in other.out_dir.iterdir()} == files
    assert len(files) == 5


def test_words_are_given_with_their_places_in_reading_order(worked):
    _, side = worked

    assert [word[0] for word in side.words[:3]] == ["Kutubxona", "fondi", "bilan"]
    assert all(0 <= left < right <= side.width for _, left, _, right, _ in side.words)
    assert all(0 <= top < bottom <= side.height for _, _, top, _, bottom in side.words)


def test_what_was_done_is_recorded_as_json(worked):
    job, side = worked

    record = json.loads((job.out_dir / "whole.json").read_text(encoding="utf-8"))
    assert record["parameters"] == json.loads(json.dumps(side.parameters))
    assert record["parameters"]["engine"].startswith("tesseract ")
    assert {"name", "values", "undone"} <= record["parameters"]["steps"][0].keys()
    assert record["lines"][0]["words"][0]["raw"] == "Kutubxona"


def test_a_file_that_is_no_picture_is_a_failed_page_that_stays_failed(job):
    job.master.write_bytes(b"no picture")

    failed = process_page(job)

    assert isinstance(failed, PageFailed)
    assert not failed.retry
    assert not list(job.out_dir.iterdir())


def test_a_frame_that_is_not_there_is_a_failed_page(job):
    assert isinstance(process_page(PageJob(job.master, 3, job.out_dir)), PageFailed)


def test_a_page_the_engine_gave_up_on_is_a_failed_page_with_its_kind(job, monkeypatch):
    monkeypatch.setattr(page_module, "recognize", lambda *_: Unread("timeout", "after 240 s", retry=True))

    assert process_page(job) == PageFailed("timeout", "after 240 s", retry=True)


def test_a_page_too_large_for_the_worker_s_memory_is_a_failed_page(job, monkeypatch):
    def greedy(*_):
        raise MemoryError

    monkeypatch.setattr(page_module, "restore", greedy)

    failed = process_page(job)

    assert isinstance(failed, PageFailed)
    assert (failed.kind, failed.retry) == ("out_of_memory", True)


def test_a_disk_that_fails_is_not_the_page_s_fault(job):
    job.out_dir.rmdir()

    with pytest.raises(OSError, match="out"):
        process_page(job)


def test_a_worker_under_its_limits_reads_a_page(job):
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from workers.page import PageJob, limit_child, process_page\n"
        "limit_child(2048)\n"
        "assert resource.getrlimit(resource.RLIMIT_AS)[0] == 2048 * 1024 * 1024\n"
        "assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "done = process_page(PageJob(Path(sys.argv[1]), 0, Path(sys.argv[2])))\n"
        "print(done.sides[0].outcome, done.sides[0].language)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code, str(job.master), str(job.out_dir)], capture_output=True, text=True, check=False
    )

    assert (ran.stdout.split(), ran.returncode) == (["ok", "uzb"], 0), ran.stderr


def test_a_large_colour_page_becomes_a_pdf_in_little_memory(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "import cv2, numpy as np\n"
        "from workers.page import limit_child\n"
        "from workers.pagepdf import write_page_pdf\n"
        "limit_child(2048)\n"
        "a3 = np.full((6614, 4677, 3), (244, 236, 214), np.uint8)\n"
        "for row in range(500, 6000, 100):\n"
        "    cv2.putText(a3, 'kutubxona fondi ' * 6, (400, row), cv2.FONT_HERSHEY_TRIPLEX, 2.0, (40, 34, 30), 4)\n"
        "print(write_page_pdf(Path(sys.argv[1]), a3, (), 400.0, 70))\n"
        "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])\n"
    )

    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a3.pdf")], capture_output=True, check=True)

    build, kilobytes = ran.stdout.split()
    assert build == b"layers"
    assert int(kilobytes) / 1024 < 400


@pytest.mark.parametrize(("item", "name", "limit"), [("INV-1001", "0003", 0.01), ("INV-1002", "0004", 0.01)])
def test_flawed_scans_are_read_with_less_than_one_wrong_letter_in_a_hundred(tmp_path, item, name, limit):
    if not DATA.is_dir():
        pytest.skip(f"the measuring pages are not here ({DATA})")
    distance = pytest.importorskip("rapidfuzz").distance.Levenshtein.distance
    truth = plain((DATA / "truth" / item / f"{name}.txt").read_text(encoding="utf-8"))

    done = process_page(PageJob(DATA / "items" / item / f"{name}.jpg", 0, tmp_path))

    assert isinstance(done, PageDone)
    assert distance(truth, plain(done.sides[0].text)) < limit * len(truth)


def plain(text: str) -> str:
    """Without differences of white space and of the marks that are written in many ways."""
    marks = (
        dict.fromkeys(map(ord, "’ʼ‘ʻ`´′"), "'")
        | dict.fromkeys(map(ord, "“”„«»"), '"')
        | dict.fromkeys(map(ord, "–—"), "-")
    )
    return " ".join(text.translate(marks).split())
