"""A copy taken while the house is at work, and the way back from it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builders import drop, finished_desk, make_desk
from fakes import InlineEngine
from faults.quick import SwitchedEngine, page_without_ocr
from filelock import FileLock

from digitize import backup, pipeline, report, restore, store, verify
from digitize.backup import Counts
from digitize.desk import Desk
from digitize.errors import Locked, NotFound, NotPermitted, StorageFailed, UsageError
from digitize.home import open_home
from digitize.ledger.models import PlanRow
from digitize.ledger.opening import open_ledger
from digitize.ledger.session import reading, transaction
from digitize.verify import Depth
from workers.assemble import assemble
from workers.page import process_page


def _world(tmp_path: Path, watched: InlineEngine) -> Desk:
    """A book of two pages that waits; each step of its work passes by *watched*."""
    desk = make_desk(tmp_path, SwitchedEngine(watched, {process_page: page_without_ocr}))
    for seed in (1, 2):
        drop(desk, "INV-1", f"{seed}.png", seed=seed)
    return desk


def _status(root: Path, desk: Desk) -> tuple[object, ...]:
    """What a director sees, without the disk."""
    home = open_home(root)
    with reading(open_ledger(home)) as session:
        found = report.status(session, home.settings, None, desk.clock.now())
    return found.pages, found.queue, found.items, found.rows


def _sound(root: Path, desk: Desk) -> bool:
    home = open_home(root)
    found = verify.verify(home, open_ledger(home), desk.clock, Depth(data=True))
    return found.open == []


def test_a_restored_home_counts_the_same_and_every_byte_is_right(tmp_path: Path):
    desk = finished_desk(tmp_path)
    with transaction(desk.ledger) as session:
        session.add(PlanRow(year=2026, position=1, name="Nashrlar", measure="titles"))

    done = backup.backup(desk.home, tmp_path / "copy", desk.clock)
    counts = restore.restore(tmp_path / "copy", tmp_path / "new", desk.clock)

    assert done.damaged == done.remade == []
    assert counts == Counts(items=1, pages=2, masters=2)
    assert _status(tmp_path / "new", desk) == _status(desk.home.root, desk)
    assert _sound(tmp_path / "new", desk)


def test_a_backup_taken_in_the_middle_of_every_page_and_book_is_whole(tmp_path: Path):
    """The copy is taken while a child works: after intake, after one page, before the book stands."""
    taken: list[Path] = []

    def take(fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if fn in (page_without_ocr, assemble):
            folder = tmp_path / f"copy{len(taken)}"
            backup.backup(desk.home, folder, desk.clock)
            taken.append(folder)

    desk = _world(tmp_path, InlineEngine(take))
    pipeline.run(desk)
    drop(desk, "INV-1", "3.png", seed=3)
    pipeline.run(desk)

    assert len(taken) == 5
    for number, folder in enumerate(taken):
        root = tmp_path / f"new{number}"
        restore.restore(folder, root, desk.clock)
        assert _sound(root, desk)


def test_a_home_restored_from_the_middle_of_a_run_finishes_the_work(tmp_path: Path):
    def take(fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        if fn is assemble:
            backup.backup(desk.home, tmp_path / "copy", desk.clock)

    desk = _world(tmp_path, InlineEngine(take))
    pipeline.run(desk)
    shutil.rmtree(desk.home.root)
    restore.restore(tmp_path / "copy", desk.home.root, desk.clock)
    again = make_desk(tmp_path)

    summary = pipeline.run(again)

    assert (summary.pages, [book.pages for book in summary.published]) == (0, [2])


def test_what_is_there_already_is_not_copied_again(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)

    again = backup.backup(desk.home, tmp_path / "copy", desk.clock)

    assert again.copied == 0
    assert again.files > 10


def test_a_book_that_moves_all_the_time_is_made_again_after_the_restore(tmp_path: Path):
    desk = finished_desk(tmp_path)
    store.pdf_path(desk.home, "INV-1").write_bytes(b"half")
    shutil.rmtree(next((store.item_dir(desk.home, "INV-1") / "pages").iterdir()))

    done = backup.backup(desk.home, tmp_path / "copy", desk.clock)
    shutil.rmtree(desk.home.root)
    restore.restore(tmp_path / "copy", desk.home.root, desk.clock)

    assert done.remade == ["INV-1"]
    assert _sound(desk.home.root, desk)
    summary = pipeline.run(make_desk(tmp_path))
    assert (summary.pages, [book.pages for book in summary.published]) == (1, [2])


def test_a_damaged_master_never_overwrites_its_good_copy(tmp_path: Path):
    desk = finished_desk(tmp_path)
    masters = sorted((desk.home.archive / "masters").glob("??/??/*"))
    backup.backup(desk.home, tmp_path / "copy", desk.clock)
    good = masters[0].read_bytes()
    for master in masters:
        master.chmod(0o644)
        master.write_bytes(b"x" + master.read_bytes()[1:])
    second = tmp_path / "second"

    assert backup.backup(desk.home, tmp_path / "copy", desk.clock).damaged == []
    assert len(backup.backup(desk.home, second, desk.clock).damaged) == 2
    assert (tmp_path / "copy/archive" / masters[0].relative_to(desk.home.archive)).read_bytes() == good


def test_a_corrupt_ledger_leaves_the_last_backup_as_it_was(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)
    before = (tmp_path / "copy" / "ledger.db").read_bytes()
    desk.ledger.dispose()
    file = desk.home.root / "ledger.db"
    file.write_bytes(file.read_bytes()[:8192] + b"\xa5" * 4096 + file.read_bytes()[12288:])

    with pytest.raises(StorageFailed):
        backup.backup(desk.home, tmp_path / "copy", desk.clock)

    assert (tmp_path / "copy" / "ledger.db").read_bytes() == before


def test_the_manifest_is_one_that_sha256sum_understands(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)

    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "manifest-sha256.txt"],
        cwd=tmp_path / "copy", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)


def test_a_home_that_is_not_empty_is_never_overwritten(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine", encoding="utf-8")

    for root in (desk.home.root, tmp_path / "full"):
        with pytest.raises(NotPermitted, match="not empty"):
            restore.restore(tmp_path / "copy", root, desk.clock)


def test_the_librarys_forms_and_its_calendar_come_back_with_the_home(tmp_path: Path):
    desk = make_desk(tmp_path)
    root = desk.home.root
    settings = (
        'calendar_overrides = "kunlar.csv"\nstaff = ["Lola"]\nabsences = "yoqlar.csv"\nprice_list = "narxlar.csv"\n'
    )
    files = {
        "digitize.toml": settings,
        "kunlar.csv": "2026-05-27,no,hayit\n",
        "yoqlar.csv": "Lola,2026-07-01,2026-07-24\n",
        "narxlar.csv": "A4 kitob sahifasi,500\n",
        "templates/oylik.docx": "a form",
        "templates/~$oylik.docx": "somebody has it open",
    }
    (root / "templates").mkdir()
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")

    backup.backup(open_home(root), tmp_path / "copy", desk.clock)
    restore.restore(tmp_path / "copy", tmp_path / "new", desk.clock)

    files.pop("templates/~$oylik.docx")
    assert {name: (tmp_path / "new" / name).read_text(encoding="utf-8") for name in files} == files
    assert [path.name for path in (tmp_path / "new" / "templates").iterdir()] == ["oylik.docx"]


def test_a_home_that_was_only_made_may_be_restored_into_with_its_own_settings(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)
    fresh = make_desk(tmp_path / "fresh")
    fresh.ledger.dispose()
    (fresh.home.root / "digitize.toml").write_text('library = "Yangi"\n', encoding="utf-8")

    restore.restore(tmp_path / "copy", fresh.home.root, desk.clock)

    assert open_home(fresh.home.root).settings.library == "Yangi"
    assert _sound(fresh.home.root, desk)


def test_a_restore_that_was_cut_off_starts_nowhere_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)

    def cut_off(source: Path, home: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restore, "_bring_ledger", cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore.restore(tmp_path / "copy", tmp_path / "new", desk.clock)
    with pytest.raises(StorageFailed, match="lost"):
        open_ledger(open_home(tmp_path / "new"))
    restore.restore(tmp_path / "copy", tmp_path / "new", desk.clock)

    assert _sound(tmp_path / "new", desk)


def test_a_damaged_master_in_the_backup_stops_the_restore_and_is_named(tmp_path: Path):
    desk = finished_desk(tmp_path)
    backup.backup(desk.home, tmp_path / "copy", desk.clock)
    master = next((tmp_path / "copy" / "archive" / "masters").glob("??/??/*"))
    master.chmod(0o644)
    master.write_bytes(b"x" + master.read_bytes()[1:])

    with pytest.raises(StorageFailed, match=master.stem):
        restore.restore(tmp_path / "copy", tmp_path / "new", desk.clock)


def test_two_backups_into_one_folder_do_not_mix(tmp_path: Path):
    desk = _world(tmp_path, InlineEngine())
    backup.backup(desk.home, tmp_path / "copy", desk.clock)

    with FileLock(tmp_path / "copy" / ".digitize-backup.lock"), pytest.raises(Locked):
        backup.backup(desk.home, tmp_path / "copy", desk.clock)


def test_half_a_backup_and_a_strange_folder_are_refused(tmp_path: Path):
    desk = _world(tmp_path, InlineEngine())
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").touch()

    with pytest.raises(NotFound):
        restore.restore(tmp_path / "photos", tmp_path / "new", desk.clock)
    with pytest.raises(NotPermitted):
        backup.backup(desk.home, tmp_path / "photos", desk.clock)
    for place in (desk.home.archive / "copy", desk.home.share, desk.home.root):
        with pytest.raises(UsageError):
            backup.backup(desk.home, place, desk.clock)
