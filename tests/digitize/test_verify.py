"""Is everything in the archive as the ledger says?"""

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import drop, finished_desk, make_desk
from sqlalchemy import delete, select, text

from digitize import pipeline, report, store, verify
from digitize.desk import Desk
from digitize.errors import StorageFailed, Unavailable
from digitize.ledger import queue
from digitize.ledger.models import Event, Item, Master, Page, PageState, PageText
from digitize.ledger.session import reading, transaction
from digitize.verify import Depth, Verified

LOOK, READ = Depth(), Depth(data=True)


def _verify(desk: Desk, depth: Depth = LOOK, **more: object) -> Verified:
    return verify.verify(desk.home, desk.ledger, desk.clock, depth, **more)


def _masters(desk: Desk) -> list[Path]:
    return sorted((desk.home.archive / "masters").glob("??/??/*"))


def _flip(path: Path) -> None:
    """One changed bit in the middle; size and name stay."""
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _needs(desk: Desk) -> list[tuple[str, str, str]]:
    with reading(desk.ledger) as session:
        status = report.status(session, desk.home.settings, None, desk.clock.now())
    return [(need.kind, need.item, need.who) for need in status.attention]


def test_a_healthy_archive_has_no_findings_and_says_what_was_looked_at(tmp_path: Path):
    desk = finished_desk(tmp_path)

    found = _verify(desk, READ)

    assert found.open == []
    assert (found.masters, found.pdfs, found.pages, found.hashed) == (2, 1, 2, 3)
    files = (*_masters(desk), store.pdf_path(desk.home, "INV-1"))
    assert found.hashed_bytes == sum(path.stat().st_size for path in files)


def test_one_flipped_bit_in_a_master_is_found_noted_and_shown_until_it_is_repaired(tmp_path: Path):
    desk = finished_desk(tmp_path)
    master = _masters(desk)[0]
    good = master.read_bytes()
    _flip(master)

    assert _verify(desk).open == []
    found = _verify(desk, READ)

    assert [(one.kind, one.item) for one in found.open] == [("master_changed", "INV-1")]
    assert _needs(desk) == [("master_changed", "INV-1", "administrator")]
    with reading(desk.ledger) as session:
        [event] = session.scalars(select(Event).where(Event.what == "damage-found")).all()
    assert event.detail["path"].endswith(master.name)
    assert len(_verify(desk).open) == 1
    master.write_bytes(good)
    assert (_verify(desk).open, _needs(desk)) == ([], [])


def test_a_page_is_never_worked_on_from_a_damaged_master_and_its_pdf_stays(tmp_path: Path):
    desk = finished_desk(tmp_path)
    pdf = store.pdf_path(desk.home, "INV-1")
    before = pdf.read_bytes()
    for master in _masters(desk):
        _flip(master)
    _verify(desk, READ)
    with transaction(desk.ledger) as session:
        queue.retry(session, session.get_one(Item, 1), 1, desk.clock.now())

    summary = pipeline.run(desk)

    with reading(desk.ledger) as session:
        page = session.scalars(select(Page).where(Page.number == 1)).one()
    assert (summary.failed, page.state, page.kind) == (1, PageState.FAILED, "master_damaged")
    assert pdf.read_bytes() == before


def test_a_page_goes_on_after_its_master_came_back_from_the_backup(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=1)
    [master] = _masters(desk)
    good = master.read_bytes()
    _flip(master)
    _verify(desk, READ)
    with transaction(desk.ledger) as session:
        queue.retry(session, session.get_one(Item, 1), 1, desk.clock.now())
    pipeline.run(desk)
    master.write_bytes(good)
    assert _verify(desk).open == []
    with transaction(desk.ledger) as session:
        queue.retry(session, session.get_one(Item, 1), 1, desk.clock.now())

    summary = pipeline.run(desk)

    assert (summary.pages, summary.failed) == (1, 0)
    assert _verify(desk, READ).open == []


def test_a_master_that_is_gone_was_not_read(tmp_path: Path):
    desk = finished_desk(tmp_path)
    _masters(desk)[0].unlink()

    found = _verify(desk, READ)

    assert found.hashed == 2
    with reading(desk.ledger) as session:
        assert session.query(Master).filter(Master.checked_at.is_not(None)).count() == 1


def test_a_master_of_another_size_is_refused_at_work_before_anybody_verified(tmp_path: Path):
    desk = make_desk(tmp_path)
    for seed in range(1, 8):
        drop(desk, "INV-1", f"{seed}.png", seed=seed)
    pipeline.take_in(desk, pipeline.Taken())
    for master in _masters(desk)[:6]:
        master.chmod(0o644)
        master.write_bytes(b"short")

    summary = pipeline.run(desk)

    assert (summary.pages, summary.failed) == (1, 6)


def test_masters_behind_an_unmounted_archive_are_not_called_damaged(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    pipeline.take_in(desk, pipeline.Taken())
    desk.home.archive.rename(tmp_path / "elsewhere")
    desk.home.archive.mkdir()

    with pytest.raises(Unavailable):
        pipeline.work_on(desk, pipeline.RunSummary())
    with pytest.raises(Unavailable):
        _verify(desk)

    with reading(desk.ledger) as session:
        assert session.scalars(select(Page.state)).all() == [PageState.RECEIVED]


def test_every_kind_of_difference_is_named(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=3)
    masters = _masters(desk)
    masters[0].unlink()
    masters[1].chmod(0o644)
    masters[1].write_bytes(b"short")
    stranger = store.master_path(desk.home, "ff" * 32, ".tif")
    stranger.parent.mkdir(parents=True)
    stranger.write_bytes(b"x")
    os.utime(stranger, (0, 0))
    store.pdf_path(desk.home, "INV-1").unlink()
    next((store.item_dir(desk.home, "INV-1") / "pages").glob("*/whole.pdf")).unlink()
    with transaction(desk.ledger) as session:
        session.execute(delete(PageText).where(PageText.page_id == 2))
        session.execute(text("DELETE FROM page_fts_docsize WHERE id = 3"))

    kinds = {one.kind for one in _verify(desk).open}

    assert kinds == {
        "master_missing", "master_size", "master_unknown", "pdf_missing", "page_missing", "text_missing",
        "index_broken",
    }  # fmt: skip


def test_a_master_that_has_just_come_is_no_stranger(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=1)
    arriving = store.master_path(desk.home, "ab" * 32, ".tif")
    arriving.parent.mkdir(parents=True, exist_ok=True)
    arriving.write_bytes(b"x")
    os.utime(arriving, (desk.clock.now().timestamp(),) * 2)

    assert _verify(desk).open == []


def test_a_damaged_pdf_is_built_again_by_the_next_run(tmp_path: Path):
    desk = finished_desk(tmp_path)
    _flip(store.pdf_path(desk.home, "INV-1"))

    assert [one.kind for one in _verify(desk, READ).open] == ["pdf_changed"]
    summary = pipeline.run(desk)

    assert len(summary.published) == 1
    found = _verify(desk)
    assert (found.open, found.repaired) == ([], 1)


def test_a_reading_that_was_cut_off_goes_on_where_it_was(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=3)
    left = [2]

    def after_two() -> bool:
        left[0] -= 1
        return left[0] < 0

    first = _verify(desk, READ, stop=after_two)
    desk.clock.sleep(3600)
    second = _verify(desk, READ)
    desk.clock.sleep(3600)
    third = _verify(desk, READ)

    assert [(one.hashed, one.finished) for one in (first, second, third)] == [(2, False), (2, True), (4, True)]


def test_a_share_takes_those_that_were_not_read_for_the_longest_time(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=4)
    quarter = Depth(data=True, share=Fraction(1, 4))

    seen = []
    for _ in range(4):
        assert _verify(desk, quarter).hashed == 2
        desk.clock.sleep(3600)
        with reading(desk.ledger) as session:
            seen.append(session.query(Master).filter(Master.checked_at.is_not(None)).count())

    assert seen == [1, 2, 3, 4]


def test_reading_keeps_to_its_rate(tmp_path: Path):
    desk = finished_desk(tmp_path)
    begun = desk.clock.monotonic()

    found = _verify(desk, replace(READ, rate=0.5))

    assert desk.clock.monotonic() - begun == pytest.approx(found.hashed_bytes / 500_000)


def test_a_corrupt_ledger_is_named_not_searched(tmp_path: Path):
    desk = finished_desk(tmp_path, pages=1)
    desk.ledger.dispose()
    file = desk.home.root / "ledger.db"
    broken = bytearray(file.read_bytes())
    broken[8192:12288] = b"\xa5" * 4096
    file.write_bytes(broken)

    with pytest.raises(StorageFailed, match="corrupt"):
        _verify(desk)
