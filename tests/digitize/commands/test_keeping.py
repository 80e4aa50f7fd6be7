"""verify, backup, restore, rebuild and doctor as they are typed."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from builders import finished_desk

from digitize import store
from digitize.cli import run
from digitize.desk import Desk
from digitize.lock import only_run

SAMPLES = Path(__file__).resolve().parents[3] / "samples"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = finished_desk(tmp_path)
    desk.ledger.dispose()
    return desk


def _call(desk: Desk, *words: str) -> int:
    return run(["--home", str(desk.home.root), *words])


def _flip(desk: Desk) -> Path:
    master = next((desk.home.archive / "masters").glob("??/??/*"))
    master.chmod(0o644)
    data = bytearray(master.read_bytes())
    data[len(data) // 2] ^= 1
    master.write_bytes(data)
    return master


def test_a_sound_archive_is_zero_and_damage_is_three_with_the_file_named(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _call(desk, "verify", "--data") == 0
    assert "Hammasi joyida." in capfd.readouterr().out
    master = _flip(desk)
    assert _call(desk, "verify", "--share", "1/1", "--rate", "1000") == 3
    captured = capfd.readouterr()
    assert f"INV-1 · masters/{master.name[:2]}/{master.name[2:4]}/{master.name}" in captured.out
    assert "Shikast topildi: 1." in captured.err
    assert _call(desk, "--lang", "ru", "verify") == 3
    assert "байты исходного файла изменились" in capfd.readouterr().out


def test_verify_as_json_lists_what_is_open(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    store.pdf_path(desk.home, "INV-1").unlink()
    assert _call(desk, "verify", "--json") == 3
    [found] = json.loads(capfd.readouterr().out)["open"]
    assert (found["kind"], found["path"], found["item"]) == ("pdf_missing", "items/INV-1/INV-1.pdf", "INV-1")


def test_status_shows_damage_until_verify_finds_it_repaired(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    master = next((desk.home.archive / "masters").glob("??/??/*"))
    good = master.read_bytes()
    _flip(desk)
    _call(desk, "verify", "--data")
    _call(desk, "status")
    assert "asl faylning baytlari o‘zgargan" in capfd.readouterr().out
    master.write_bytes(good)
    assert _call(desk, "verify") == 0
    capfd.readouterr()
    _call(desk, "status")
    assert "asl faylning baytlari" not in capfd.readouterr().out


@pytest.mark.parametrize("share", ["13/12", "0", "half", "1/0", "-1/2"])
def test_a_share_that_is_none_is_a_usage_error(desk: Desk, share: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert _call(desk, "verify", f"--share={share}") == 2
    assert "--share 1/12" in capfd.readouterr().err


def test_backup_and_restore_as_typed(desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    copy, new = tmp_path / "copy", tmp_path / "new"
    assert _call(desk, "backup", str(copy)) == 0
    capfd.readouterr()
    assert _call(desk, "backup", str(copy), "--json") == 0
    assert json.loads(capfd.readouterr().out)["copied"] == 0
    assert run(["--home", str(new), "restore", str(copy)]) == 0
    assert f"digitize --home {new} verify --data" in capfd.readouterr().out
    assert run(["--home", str(new), "verify", "--data"]) == 0
    assert run(["--home", str(new), "restore", str(copy)]) == 12
    assert "bo‘sh emas" in capfd.readouterr().err


def test_a_backup_without_a_damaged_master_ends_with_three(
    desk: Desk, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    master = _flip(desk)
    assert _call(desk, "backup", str(tmp_path / "copy")) == 3
    assert master.name in capfd.readouterr().err


def test_a_lost_ledger_stops_every_command_with_74_and_both_ways_back(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    (desk.home.root / "ledger.db").unlink()
    for words in (["status"], ["ingest"], ["item", "list"], ["verify"], ["init"]):
        assert _call(desk, *words) == 74
        error = capfd.readouterr().err
        assert "digitize rebuild" in error
        assert "restore" in error
    assert not (desk.home.root / "ledger.db").exists()


def test_a_corrupt_ledger_is_rebuilt_and_the_person_told_what_to_bring_again(
    desk: Desk, capfd: pytest.CaptureFixture[str]
) -> None:
    file = desk.home.root / "ledger.db"
    file.write_bytes(b"\xa5" * 8192)
    assert _call(desk, "status") == 74
    assert _call(desk, "doctor") == 1
    assert _call(desk, "rebuild") == 0
    out = capfd.readouterr().out
    assert "digitize plan import" in out
    assert "ledger-broken-" in out
    assert _call(desk, "verify", "--data") == 0
    assert _call(desk, "rebuild") == 12


def test_the_index_alone_can_be_rebuilt(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    assert _call(desk, "rebuild", "--index") == 0
    assert _call(desk, "search", "kutubxona") == 0


def test_nothing_is_rebuilt_or_restored_beside_a_run(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    with only_run(desk.home, desk.clock):
        assert _call(desk, "rebuild", "--force") == 11
    assert str(os.getpid()) in capfd.readouterr().err


def test_doctor_as_json_has_state_detail_and_remedy(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    assert _call(desk, "doctor", "--json") == 0
    lines = json.loads(capfd.readouterr().out)
    assert {line["state"] for line in lines} == {"ok"}
    assert {tuple(line) for line in lines} == {("check", "state", "detail", "remedy")}


def test_a_backup_taken_while_the_real_program_runs_restores_to_a_sound_home(tmp_path: Path) -> None:
    """Three copies into one folder during `digitize run`; the last one is restored, counted and read byte by byte."""
    home, copy, new = tmp_path / "home", tmp_path / "copy", tmp_path / "new"
    assert run(["--home", str(home), "init"]) == 0
    book = home / "share" / "1_SKANERDAN" / "INV-2001"
    book.mkdir()
    for name in ("0002.jpg", "0003.jpg"):
        shutil.copy(SAMPLES / "items" / "INV-2001" / name, book)
    program = [sys.executable, "-m", "digitize", "--home"]
    environment = os.environ | {"DIGITIZE_SETTLE_SECONDS": "0.2", "OMP_THREAD_LIMIT": "1"}
    work = subprocess.Popen([*program, str(home), "-q", "run"], env=environment)
    try:
        _until(lambda: any((home / "archive" / "masters").glob("??/??/*")), work)
        for _ in range(3):
            assert run(["--home", str(home), "-q", "backup", str(copy)]) == 0
    finally:
        assert work.wait(timeout=240) == 0
    assert run(["--home", str(new), "-q", "restore", str(copy)]) == 0
    assert run(["--home", str(new), "-q", "verify", "--data"]) == 0
    copied = json.loads((copy / "digitize-backup.json").read_bytes())["counts"]
    assert copied["masters"] > 0
    assert _counts(new / "ledger.db") == copied


def _counts(ledger: Path) -> dict[str, int]:
    with closing(sqlite3.connect(ledger)) as database:
        tables = {"items": "item", "pages": "page", "masters": "master"}
        return {name: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for name, table in tables.items()}


def _until(happened: Callable[[], bool], work: subprocess.Popen[bytes]) -> None:
    """Look again and again while the program runs; no fixed wait."""
    end = time.monotonic() + 120
    while not happened() and work.poll() is None:
        assert time.monotonic() < end
        os.sched_yield()
