"""The service."""

import threading
from dataclasses import replace
from pathlib import Path

from builders import drop, make_desk
from sqlalchemy import select

from digitize import watch
from digitize.ledger.models import Item, Page, PageState
from digitize.ledger.session import reading

MOUNTS = """/dev/sda1 / ext4 rw 0 0
//nas/skan /srv/scan\\040in cifs rw 0 0
"""


def test_a_network_mount_is_known_by_the_longest_mount_point():
    assert watch.file_system(Path("/srv/scan in/share"), MOUNTS) == "cifs"
    assert watch.file_system(Path("/srv/other"), MOUNTS) == "ext4"


def test_any_change_below_the_folder_wakes_the_watch(tmp_path: Path):
    wake = threading.Event()
    with watch.waking(tmp_path, "never", wake):
        (tmp_path / "A").mkdir()

        assert wake.wait(10)


def _stop_after(rounds: int):
    left = [rounds]

    def stop() -> bool:
        left[0] -= 1
        return left[0] < 0

    return stop


def test_files_present_at_start_are_taken_by_the_same_rule_and_a_ready_item_is_published(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    (desk.home.inbox / "A" / "TAYYOR").write_text("")

    watch.serve(replace(desk, stop=_stop_after(40)), print, ingest_only=False)

    assert (desk.home.ready / "A.pdf").is_file()


def test_an_item_that_is_not_complete_is_worked_on_but_not_published(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")

    watch.serve(replace(desk, stop=_stop_after(40)), print, ingest_only=False)

    with reading(desk.ledger) as session:
        assert [page.state for page in session.scalars(select(Page))] == [PageState.DONE]
        assert [item.published_at for item in session.scalars(select(Item))] == [None]


def test_intake_alone_leaves_the_pages_waiting(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")

    watch.serve(replace(desk, stop=_stop_after(8)), print, ingest_only=True)

    with reading(desk.ledger) as session:
        assert [page.state for page in session.scalars(select(Page))] == [PageState.RECEIVED]


def test_what_is_refused_or_no_plain_file_is_told_once(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.inbox / "A").mkdir()
    (desk.home.inbox / "A" / "1.png").write_bytes(b"")
    (desk.home.inbox / "A" / "link.png").symlink_to(tmp_path)
    told: list[str] = []
    looks: list[int] = []

    watch.serve(
        replace(desk, stop=lambda: len(looks) > 8 or looks.append(1) is not None), told.append, ingest_only=True
    )

    assert sorted(told) == [
        "Oddiy fayl emas, olinmadi: A/link.png (havola)",
        "Qaytarildi: A/1.png: “1.png” fayli bo‘sh (0 bayt).",
    ]


def test_a_share_that_vanishes_is_told_once_and_waited_for(tmp_path: Path, monkeypatch):
    desk = make_desk(tmp_path)
    monkeypatch.setattr(watch, "PAUSE_SECONDS", 0.0)
    told: list[str] = []
    marker = desk.home.share / ".digitize"

    def stop() -> bool:
        marker.unlink(missing_ok=True)  # the mount goes right after the start
        return len(calls) > 6 or calls.append(1) is not None

    calls: list[int] = []
    watch.serve(replace(desk, stop=stop, language="uz"), told.append, ingest_only=True)

    assert len(told) == 1
    assert "umumiy papka yoki disk uzilgan" in told[0]
