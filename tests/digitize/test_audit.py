"""Is the machine fit to work?"""

import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import drop, make_desk, take_all
from fakes import FakeClock

from digitize import audit
from digitize.audit import Check
from digitize.cli import run
from digitize.desk import Desk
from digitize.home import open_home
from digitize.ledger.queue import log
from digitize.ledger.session import transaction
from digitize.lock import only_run


def _check(desk: Desk, name: str) -> list[Check]:
    return [line for line in audit.examine(desk.home, desk.clock) if line.check == name]


def _worst(desk: Desk, name: str) -> Check:
    return max(_check(desk, name), key=lambda line: ["ok", "warn", "fail"].index(line.state))


def test_a_healthy_home_is_all_right(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)

    lines = audit.examine(desk.home, desk.clock)

    assert {line.state for line in lines} == {"ok"}
    assert {line.check for line in lines} >= {
        "folder", "share", "space", "inodes", "settings", "program", "mail", "sqlite", "ledger", "clock", "lock",
        "tesseract", "fonts", "jbig2", "verapdf",
    }  # fmt: skip


def test_every_fault_names_its_remedy(tmp_path: Path):
    desk = make_desk(tmp_path, min_free_mb=1 << 40, ocr_languages=("uzb", "xyz"))
    (desk.home.share / ".digitize").unlink()
    (desk.home.root / "digitize.toml").chmod(0o666)

    lines = [line for line in audit.examine(desk.home, desk.clock) if line.state == "fail"]

    assert {line.check for line in lines} == {"folder", "space", "settings", "tesseract"}
    assert all(line.remedy for line in lines)
    assert "tesseract-ocr-xyz" in next(line.remedy for line in lines if line.check == "tesseract")


def test_the_doctor_speaks_the_language_of_the_house(tmp_path: Path):
    """Whoever is called to a broken server at a district library reads Uzbek."""
    desk = make_desk(tmp_path, ocr_languages=("uzb", "xyz"), mail_to="a@b.uz")
    (desk.home.share / ".digitize").unlink()

    told = {line.check: line for line in audit.examine(desk.home, desk.clock, "uz") if line.state == "fail"}

    assert told["folder"].detail == f"{desk.home.share} ichida .digitize yo‘q"
    assert told["tesseract"].remedy == "O‘rnating: sudo apt install tesseract-ocr-xyz"
    assert told["mail"].detail == "mail_to, mail_from va smtp_host uchalasi ham kerak"


def test_a_folder_that_is_gone_is_named(tmp_path: Path):
    desk = make_desk(tmp_path)
    desk.home.inbox.rmdir()

    assert "is missing" in _worst(desk, "folder").detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_rights_is_named(tmp_path: Path):
    desk = make_desk(tmp_path)
    desk.home.inbox.chmod(0o500)

    assert _worst(desk, "folder").state == "fail"


def test_a_read_only_share_is_named_also_to_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path)
    real = os.statvfs
    monkeypatch.setattr(os, "statvfs", lambda path: _read_only(real(path)) if path == desk.home.inbox else real(path))

    found = _worst(desk, "folder")

    assert (found.state, "read-only" in found.detail, "remount" in found.remedy) == ("fail", True, True)


def _read_only(status: os.statvfs_result) -> os.statvfs_result:
    fields = list(status)
    fields[8] |= os.ST_RDONLY
    return os.statvfs_result(fields)


def test_a_disk_without_inodes_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path)
    real = os.statvfs

    def few(path: Path) -> os.statvfs_result:
        fields = list(real(path))
        fields[5], fields[7] = 100_000, 0
        return os.statvfs_result(fields)

    monkeypatch.setattr(os, "statvfs", few)

    assert _worst(desk, "inodes").state == "fail"


@pytest.mark.parametrize(("polling", "state"), [("auto", "ok"), ("always", "ok"), ("never", "warn")])
def test_a_network_share_must_be_polled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, polling: str, state: str):
    desk = make_desk(tmp_path, polling=polling)
    monkeypatch.setattr(audit, "file_system", lambda path: "cifs" if path.name == "share" else "ext4")

    assert _worst(desk, "share").state == state


def test_a_ledger_on_a_network_disk_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path)
    monkeypatch.setattr(audit, "file_system", lambda path: "nfs4")

    assert _worst(desk, "ledger").state == "fail"


def test_a_clock_before_the_newest_event_is_wrong(tmp_path: Path):
    desk = make_desk(tmp_path)
    with transaction(desk.ledger) as session:
        log(session, "x", who="test", at=desk.clock.now())
    early = replace(desk, clock=FakeClock(desk.clock.now() - timedelta(days=1)))
    factory = replace(desk, clock=FakeClock(datetime(1970, 1, 1, tzinfo=UTC)))

    assert _worst(desk, "clock").state == "ok"
    assert [_worst(one, "clock").state for one in (early, factory)] == ["fail", "fail"]
    assert "timedatectl" in _worst(early, "clock").remedy


def test_another_run_at_work_is_named_with_its_process_and_start(tmp_path: Path):
    desk = make_desk(tmp_path)

    with only_run(desk.home, desk.clock):
        found = _worst(desk, "lock")
    after = _worst(desk, "lock")

    assert f"process {os.getpid()}, 2026-11-02 06:00 UTC" in found.detail
    assert f"kill {os.getpid()}" in found.remedy
    assert after.detail == "no run is at work"


def test_a_corrupt_and_a_lost_ledger_name_both_ways_back(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    desk.ledger.dispose()
    file = desk.home.root / "ledger.db"
    file.write_bytes(file.read_bytes()[:8192] + b"\xa5" * 4096 + file.read_bytes()[12288:])
    corrupt = _worst(desk, "ledger")
    file.unlink()
    lost = _worst(desk, "ledger")

    for found in (corrupt, lost):
        assert found.state == "fail"
        assert "digitize rebuild" in found.remedy
        assert "restore" in found.remedy
    assert not file.exists()


def test_a_home_without_ledger_and_scans_only_wants_init(tmp_path: Path):
    desk = make_desk(tmp_path)
    desk.ledger.dispose()
    (desk.home.root / "ledger.db").unlink()

    assert "digitize init" in _worst(desk, "ledger").remedy


def test_a_letter_that_could_not_be_sent_is_named_before_the_night(tmp_path: Path):
    wanted = {"mail_to": "rahbar@example.uz", "mail_from": "skaner@example.uz", "smtp_host": "mail.example.uz"}
    desks = [
        make_desk(tmp_path / str(number), **settings)
        for number, settings in enumerate((
            {}, {"mail_to": "rahbar@example.uz"}, wanted | {"smtp_user": "skaner"}, wanted,
            wanted | {"smtp_user": "skaner", "smtp_password_file": "word", "smtp_tls": "none"},
        ))
    ]  # fmt: skip

    found = [_worst(desk, "mail") for desk in desks]

    assert [line.state for line in found] == ["ok", "fail", "fail", "ok", "fail"]
    assert ["in clear" in line.detail for line in found] == [False, False, False, False, True]


def test_a_secret_that_others_may_read_or_that_is_missing_is_named(tmp_path: Path):
    desk = make_desk(tmp_path, smtp_password_file="word")  # noqa: S106  (the name of a file)
    missing = _worst(desk, "secret")
    word = desk.home.root / "word"
    word.write_text("secret\n", encoding="utf-8")
    word.chmod(0o640)
    readable = _worst(desk, "secret")
    word.chmod(0o600)

    assert (missing.state, readable.state, _worst(desk, "secret").state) == ("fail", "fail", "ok")
    assert readable.remedy == f"chmod 600 {word}"


def test_a_program_that_scanner_users_could_change_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path)
    fit = _worst(desk, "program").state
    monkeypatch.setattr(sys, "prefix", str(desk.home.share / "venv"))

    assert (fit, _worst(desk, "program").state) == ("ok", "fail")


def test_a_home_into_which_everybody_may_write_is_named(tmp_path: Path):
    desk = make_desk(tmp_path)
    desk.home.root.chmod(0o777)

    assert "chmod o-w" in _worst(desk, "settings").remedy


def test_a_password_in_the_settings_file_is_named_when_others_may_read_it_and_never_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    desk = make_desk(tmp_path)
    file = desk.home.root / "digitize.toml"
    file.write_text('ledger_url = "postgresql+psycopg://u:hushhush@127.0.0.1:1/x"\n', encoding="utf-8")
    file.chmod(0o644)
    desk = replace(desk, home=open_home(desk.home.root))
    readable = _worst(desk, "secret")
    file.chmod(0o600)

    assert run(["--home", str(desk.home.root), "config", "show"]) == 0
    printed = capfd.readouterr().out

    assert readable.state == "fail"
    assert "pgpass" in readable.remedy
    assert not _check(desk, "secret")
    assert "hushhush" not in printed + "".join(line.detail for line in audit.examine(desk.home, desk.clock))
    assert "postgresql+psycopg://u:***@127.0.0.1" in printed
