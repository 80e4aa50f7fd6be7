"""The whole road with the real program on the shipped samples, also when it is killed on the way."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import archival
import pikepdf
import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LIMIT = 240.0


def _digitize(home: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "digitize", "--home", str(home), *words],
        capture_output=True, text=True, timeout=LIMIT, env=_environment(), check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


def _environment() -> dict[str, str]:
    return os.environ | {"DIGITIZE_SETTLE_SECONDS": "0.2", "OMP_THREAD_LIMIT": "1"}


def _fresh(home: Path) -> Path:
    _digitize(home, "init")
    shutil.copytree(SAMPLES / "items", home / "share" / "1_SKANERDAN", dirs_exist_ok=True)
    _digitize(home, "catalog", "import", str(SAMPLES / "catalog.mrc"))
    _digitize(home, "plan", "import", str(SAMPLES / "reja-2026.csv"))
    return home


def _state(home: Path) -> dict[str, object]:
    """What must be the same however the run went: pages with their masters, texts and links, PDFs and counts."""
    items = json.loads(_digitize(home, "item", "list", "--json").stdout)
    pages = {item["key"]: json.loads(_digitize(home, "page", "list", item["key"], "--json").stdout) for item in items}
    status = json.loads(_digitize(home, "status", "--json").stdout)
    return {
        "pages": {
            key: [(page["number"], page["name"], page["side"], page["outcome"], page["sha256"]) for page in rows]
            for key, rows in pages.items()
        },
        "texts": {path.name: path.read_text(encoding="utf-8") for path in (home / "share" / "2_TAYYOR").glob("*.txt")},
        "links": {item["key"]: item["links"] for item in items},
        "counted": status["pages"]["year"],
        "queue": status["queue"],
        "hot": sorted(path.name for path in (home / "share" / "1_SKANERDAN").rglob("*.jpg")),
    }


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = _fresh(tmp_path_factory.mktemp("road") / "home")
    _digitize(home, "run")
    return home


def test_every_sample_becomes_a_pdf_linked_to_its_record(done: Path):
    items = json.loads(_digitize(done, "item", "list", "--json").stdout)

    assert [item["state"] for item in items] == ["published"] * len(items)
    assert all(item["record"] and item["links"] for item in items)
    for item in items:
        with pikepdf.open(item["pdf"]) as pdf:
            assert len(pdf.pages) == item["pages"]


def test_every_pdf_is_archival_in_the_eyes_of_verapdf(done: Path):
    archival.assert_archival((done / "share" / "2_TAYYOR").glob("*.pdf"))


def test_every_pdf_is_whole_in_the_eyes_of_qpdf(done: Path):
    archival.assert_whole((done / "share" / "2_TAYYOR").glob("*.pdf"))


def test_the_pages_are_counted_against_the_plan(done: Path):
    status = json.loads(_digitize(done, "status", "--json").stdout)
    items = json.loads(_digitize(done, "item", "list", "--json").stdout)

    assert status["pages"]["year"] == sum(item["pages"] for item in items)
    assert status["queue"] == {"received": 0, "working": 0, "failed": 0, "rejected": 0}


def test_a_cyrillic_query_finds_latin_pages(done: Path):
    found = json.loads(_digitize(done, "search", "кутубхона", "--json").stdout)

    assert found["total"] > 0
    assert {"item", "page", "title", "snippet", "rank", "match"} <= found["hits"][0].keys()


def test_the_full_text_leaves_as_a_file_that_sqlite_opens(done: Path, tmp_path: Path):
    target = tmp_path / "x.sqlite"
    _digitize(done, "export", "fulltext", "-o", str(target))

    with sqlite3.connect(target) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        pages = database.execute("SELECT count(*) FROM pages").fetchone()[0]

    assert pages == json.loads(_digitize(done, "status", "--json").stdout)["pages"]["year"]
    assert any("fts" in name for name in tables)


def test_a_second_run_changes_no_file(done: Path):
    before = {path: path.stat().st_mtime_ns for path in (done / "archive").rglob("*.pdf")}

    _digitize(done, "run")

    assert {path: path.stat().st_mtime_ns for path in (done / "archive").rglob("*.pdf")} == before


def test_a_run_killed_at_random_moments_ends_like_one_that_was_not(done: Path, tmp_path: Path):
    home = _fresh(tmp_path / "home")
    moments = random.Random(7)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-m", "digitize", "--home", str(home), "run"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment(),
        ) as run:  # fmt: skip
            try:
                run.wait(moments.uniform(0.5, 5.0))
            except subprocess.TimeoutExpired:
                run.send_signal(signal.SIGKILL)

    _digitize(home, "run")

    assert _state(home) == _state(done)


def test_two_runs_at_once_are_one_run_and_exit_11(done: Path):
    with subprocess.Popen(
        [sys.executable, "-m", "digitize", "--home", str(done), "watch"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(),
    ) as first:  # fmt: skip
        assert first.stdout is not None
        first.stdout.readline()
        lock_taken = _wait_for_lock(done)

        second = _digitize(done, "run", check=False)
        first.terminate()

        assert (lock_taken, second.returncode, first.wait(30)) == (True, 11, 0)


def _wait_for_lock(home: Path) -> bool:
    """The holder's note appears right after the lock is taken."""
    note = home / ".digitize.holder"
    before = note.read_text(encoding="utf-8") if note.exists() else ""
    for _ in range(3000):
        if note.exists() and note.read_text(encoding="utf-8") != before:
            return True
        os.sched_yield()
        subprocess.run(["true"], check=True)
    return False
