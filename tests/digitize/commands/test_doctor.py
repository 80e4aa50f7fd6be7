"""``digitize doctor`` on a machine where something really is wrong: the line names it, with its remedy."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from faults.quick import picture
from faults.world import digitize, make_home, mounted, needs, service, tmpfs

from digitize.home import Home


def _doctor(home: Home, code: int, *wrap: str, **environ: str) -> list[dict[str, str]]:
    done = digitize(home, "--lang", "en", "doctor", "--json", wrap=wrap, **environ)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    lines: list[dict[str, str]] = json.loads(done.stdout)
    return lines


def _wrong(lines: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """The lines that are not in order, by the name of their check."""
    return {line["check"]: line for line in lines if line["state"] != "ok"}


def test_on_a_healthy_home_all_is_ok_and_the_exit_code_is_0(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home", min_free_mb=1)
    picture(home.inbox / "A" / "1.png", 1)
    assert digitize(home, "ingest").returncode == 0

    assert not _wrong(_doctor(home, 0))


def test_a_missing_language_of_the_recogniser_is_named_with_its_package(tmp_path: Path):
    needs("tesseract")
    home = make_home(tmp_path / "home")
    said = subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=True)
    folder = re.search(r'"(.+)"', said.stdout + said.stderr)
    assert folder, said
    shutil.copytree(folder[1], tmp_path / "models", ignore=shutil.ignore_patterns("uzb_cyrl*"), symlinks=True)

    found = _wrong(_doctor(home, 1, TESSDATA_PREFIX=str(tmp_path / "models")))["tesseract"]

    assert (found["state"], found["detail"]) == ("fail", "Tesseract has no language data for: uzb_cyrl.")
    assert "apt install tesseract-ocr-uzb-cyrl" in found["remedy"]


def test_no_recogniser_at_all_is_named_with_its_packages(tmp_path: Path):
    home = make_home(tmp_path / "home")

    found = _wrong(_doctor(home, 1, PATH=str(tmp_path)))["tesseract"]

    assert "apt install tesseract-ocr tesseract-ocr-uzb" in found["remedy"]


def test_a_share_that_is_mounted_read_only_is_named(tmp_path: Path):
    home = make_home(tmp_path / "home")
    with mounted(home.share, "--bind", str(home.share)):
        subprocess.run(["mount", "-o", "remount,ro,bind", str(home.share)], check=True)

        found = _wrong(_doctor(home, 1))["folder"]

    assert found["detail"].endswith("is mounted read-only")
    assert "remount,rw" in found["remedy"]


def test_a_clock_that_went_back_is_named(tmp_path: Path):
    needs("faketime")
    home = make_home(tmp_path / "home")
    picture(home.inbox / "A" / "1.png", 1)
    assert digitize(home, "ingest").returncode == 0

    found = _wrong(_doctor(home, 1, "faketime", "-f", "-30d"))["clock"]

    assert "is before what the ledger saw last" in found["detail"]
    assert "timedatectl" in found["remedy"]


@pytest.mark.parametrize(("floor", "state", "code"), [(1, "warn", 0), (500, "fail", 1)])
def test_a_disk_that_is_nearly_full_is_named(tmp_path: Path, floor: int, state: str, code: int):
    with tmpfs(tmp_path / "home" / "archive", "size=3m") as archive:
        home = make_home(tmp_path / "home", min_free_mb=floor)

        found = [line for line in _doctor(home, code) if str(archive) in line["detail"] and line["check"] == "space"]

    assert [line["state"] for line in found] == [state]
    assert f"work pauses below min_free_mb = {floor}" in found[0]["remedy"]


def test_a_daemon_that_is_at_work_is_named_with_its_process_and_what_ends_it(tmp_path: Path):
    home = make_home(tmp_path / "home")
    with service(home, tmp_path, "--ingest-only") as daemon:
        [found] = [line for line in _doctor(home, 0) if line["check"] == "lock"]

    assert found["detail"].startswith(f"scans are taken in: process {daemon.pid}, ")
    assert found["remedy"].endswith(f"kill {daemon.pid}'")
