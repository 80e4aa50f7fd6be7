"""The service."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from builders import drop, make_desk
from fakes import FakeClock
from sqlalchemy import select

from digitize import catalog, items, pipeline, publish, store, watch
from digitize.desk import Desk
from digitize.ledger import queue
from digitize.ledger.models import Item, Page, PageState
from digitize.ledger.session import reading, transaction
from digitize.watch import Unseen

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
    desk = make_desk(tmp_path, rescan_seconds=0.01)
    drop(desk, "A", "1.png")
    (desk.home.inbox / "A" / "TAYYOR").write_text("")

    watch.serve(replace(desk, stop=_stop_after(30)), print, ingest_only=False)

    assert (desk.home.ready / "A.pdf").is_file()


def test_an_item_that_is_not_complete_is_worked_on_but_not_published(tmp_path: Path):
    desk = make_desk(tmp_path, rescan_seconds=0.01)
    drop(desk, "A", "1.png")

    watch.serve(replace(desk, stop=_stop_after(30)), print, ingest_only=False)

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


def _two_items(tmp_path: Path) -> tuple[Desk, FakeClock]:
    clock = FakeClock()
    desk = make_desk(tmp_path, clock=clock)
    with transaction(desk.ledger) as session:
        for key in ("A", "B"):
            queue.enter_item(session, key, key, key.encode(), clock.now())
    return desk, clock


def _published(tmp_path: Path, *keys: str) -> Desk:
    desk = make_desk(tmp_path, rescan_seconds=0.01)
    for number, key in enumerate(keys, start=1):
        drop(desk, key, "1.png", seed=number)
        (desk.home.inbox / key / "TAYYOR").write_text("")
    pipeline.run(desk)
    return desk


def _come_to_an_end(unseen: Unseen) -> frozenset[int] | None:
    found = unseen.look()
    unseen.seen(found)
    return found


def test_a_round_looks_only_at_items_to_which_something_happened(tmp_path: Path):
    desk, _ = _two_items(tmp_path)
    unseen = Unseen(desk)
    assert _come_to_an_end(unseen) is None, "the first round looks at everything"
    assert _come_to_an_end(unseen) == frozenset()

    with transaction(desk.ledger) as session:
        item = items.find(session, "B")
        items.change(session, item, "title", "Kecha va kunduz", desk.clock.now())

    assert unseen.look() == {item.id}
    assert _come_to_an_end(unseen) == {item.id}, "a round that did not end well is looked at again"
    assert _come_to_an_end(unseen) == frozenset()


def test_a_new_catalogue_and_a_new_day_have_everything_looked_at(tmp_path: Path):
    desk, clock = _two_items(tmp_path)
    unseen = Unseen(desk)
    _come_to_an_end(unseen)

    with transaction(desk.ledger) as session:
        catalog.note(session, clock.now(), "catalog import", file="new.mrc")
    assert _come_to_an_end(unseen) is None
    assert _come_to_an_end(unseen) == frozenset()

    clock.sleep(watch.ALL_SECONDS)
    assert _come_to_an_end(unseen) is None


def test_a_title_changed_while_the_service_runs_is_in_the_pdf_after_the_next_round(tmp_path: Path):
    desk = _published(tmp_path, "A", "B")
    before = store.pdf_path(desk.home, "B").read_bytes(), store.pdf_path(desk.home, "A").read_bytes()
    rounds = [0]

    def stop() -> bool:
        rounds[0] += 1
        if rounds[0] == 20:
            with transaction(desk.ledger) as session:
                items.change(session, items.find(session, "B"), "title", "Kecha va kunduz", desk.clock.now())
        return rounds[0] > 40

    watch.serve(replace(desk, stop=stop), print, ingest_only=False)

    after = store.pdf_path(desk.home, "B").read_bytes(), store.pdf_path(desk.home, "A").read_bytes()
    assert (after[0] == before[0], after[1] == before[1]) == (False, True)


def test_a_book_that_could_not_be_built_is_left_alone_for_an_hour(tmp_path: Path):
    desk, clock = _two_items(tmp_path)
    with transaction(desk.ledger) as session:
        item = items.find(session, "A")
        item.unbuilt = "check_failed"
    unseen = Unseen(desk)
    _come_to_an_end(unseen)

    assert _come_to_an_end(unseen) == frozenset()
    clock.sleep(watch.AGAIN_SECONDS)

    assert _come_to_an_end(unseen) == {item.id}
    assert _come_to_an_end(unseen) == frozenset()


def test_a_copy_that_somebody_has_open_is_replaced_once_it_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = _published(tmp_path, "A")
    unseen = Unseen(desk)
    _come_to_an_end(unseen)
    with transaction(desk.ledger) as session:
        items.change(session, items.find(session, "A"), "title", "Kecha va kunduz", desk.clock.now())
    arriving = store.arriving

    def held(target: Path):
        if target.is_relative_to(desk.home.ready):
            raise PermissionError(target)
        return arriving(target)

    with monkeypatch.context() as opened:
        opened.setattr(store, "arriving", held)
        for _ in range(2):
            watch._books(desk, unseen)
            assert not publish.copied_out(desk, "A")
    watch._books(desk, unseen)

    assert publish.copied_out(desk, "A")
    assert unseen.held == {}
