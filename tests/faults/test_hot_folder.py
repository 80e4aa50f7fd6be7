"""Rows 3-7: files that still grow, change under the reader's hands, or come twice."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeClock, InlineEngine
from faults.quick import SwitchedEngine, page_without_ocr, picture, quick_desk
from faults.world import check_invariants, sha256
from PIL import Image
from sqlalchemy import select

from digitize import pipeline, store
from digitize.desk import Desk
from digitize.inbox import Settled
from digitize.ingest import Taken
from digitize.ledger.models import LIVE, Master, Page, PageState, Refusal
from digitize.ledger.session import reading
from workers.page import process_page
from workers.probe import probe


def _look(desk: Desk, memory: Settled, clock: FakeClock, seconds: float = 3.0) -> Taken:
    """One pass of the service, some seconds after the last."""
    clock.sleep(seconds)
    taken = Taken()
    pipeline.take_in(desk, taken, memory)
    return taken


def _rows(desk: Desk, kind: type[Any], *where: object) -> list[Any]:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(kind).where(*where).order_by(kind.id)))


def _noise(path: Path, **options: object) -> bytes:
    """The bytes of a scan of some 30 KB."""
    pixels = np.random.default_rng(5).integers(1, 255, (150, 200), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    content = path.read_bytes()
    path.unlink()
    return content


@pytest.mark.fault(3)
def test_a_file_that_still_grows_is_left_alone_until_it_is_still_and_then_is_one_page(tmp_path: Path):
    clock = FakeClock()
    desk = quick_desk(tmp_path, clock=clock, settle_seconds=5.0)
    memory, path = Settled(5.0), desk.home.inbox / "A" / "1.tif"
    content = _noise(path)
    for end in range(1024, len(content) + 1024, 1024):
        with path.open("ab") as writer:  # a copy program that opens the file anew for each piece holds no lease back
            writer.write(content[end - 1024 : end])
        assert not _look(desk, memory, clock)
    assert not _look(desk, memory, clock)

    taken = _look(desk, memory, clock)

    assert (taken.files, taken.pages, taken.refused) == (1, 1, [])
    assert not path.exists()
    check_invariants(desk.home, [sha256_of(content)])


def sha256_of(content: bytes) -> str:
    """Hash of bytes."""
    import hashlib  # noqa: PLC0415

    return hashlib.sha256(content).hexdigest()


@pytest.mark.fault(4)
def test_a_file_of_full_size_that_is_being_filled_is_not_taken_before_its_writer_lets_go(tmp_path: Path):
    clock = FakeClock()
    desk = quick_desk(tmp_path, clock=clock, settle_seconds=5.0)
    memory, path = Settled(5.0), desk.home.inbox / "A" / "1.tif"
    content = _noise(path)
    with path.open("wb", buffering=0) as writer:
        writer.truncate(len(content))
        if not store.in_use(path):
            pytest.skip("the file system of the temporary folder grants no leases")
        for start in range(0, len(content), len(content) // 3):
            for _ in range(4):  # half a minute without a byte: size and times are still, the writer is not gone
                assert not _look(desk, memory, clock)
            writer.seek(start)
            writer.write(content[start : start + len(content) // 3])
    while path.exists():
        taken = _look(desk, memory, clock)

    assert (taken.files, taken.refused) == (1, [])
    [master] = _rows(desk, Master)
    assert master.sha256 == sha256_of(content)
    check_invariants(desk.home, [sha256_of(content)])


@pytest.mark.fault(4)
@pytest.mark.parametrize("name", ["1.tif", "1.jpg"])
def test_a_picture_whose_second_half_is_zeros_is_refused_with_the_reason_and_never_worked_on(tmp_path: Path, name: str):
    desk = quick_desk(tmp_path)
    path = desk.home.inbox / "A" / name
    pixels = np.random.default_rng(5).integers(1, 255, (700, 500), dtype=np.uint8)
    path.parent.mkdir()
    Image.fromarray(pixels).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 1024 * 512].ljust(len(content), b"\0"))
    dropped = sha256(path)

    summary = pipeline.run(desk)

    [refusal] = _rows(desk, Refusal)
    assert refusal.kind in ("half_empty", "truncated")
    assert (summary.pages, _rows(desk, Master)) == (0, [])
    reason = (desk.home.share / refusal.path).with_name(name + ".sabab.txt").read_text(encoding="utf-8-sig")
    assert name in reason
    assert "Nima qilish kerak" in reason
    check_invariants(desk.home, [dropped])


class _During(InlineEngine):
    """Does something once, while a task of a given kind is under way."""

    def __init__(self, when: Callable[..., Any], act: Callable[[], object]) -> None:
        acts = [act]
        super().__init__(lambda fn, args: acts.pop()() if fn is when and acts else None)


@pytest.mark.fault(5)
@pytest.mark.parametrize("way", ["replaced", "appended"])
def test_a_file_that_changes_while_it_is_taken_stays_and_its_new_bytes_become_the_next_version(
    tmp_path: Path, way: str
):
    def change() -> None:
        if way == "replaced":
            os.replace(other, path)  # noqa: PTH105
        else:
            with path.open("ab") as writer:
                writer.write(b"more")

    desk = quick_desk(tmp_path, engine=_During(probe, change))
    path = picture(desk.home.inbox / "A" / "1.png", 1)
    other = picture(tmp_path / "other.png", 2)
    dropped = [sha256(path), sha256(other) if way == "replaced" else sha256_of(path.read_bytes() + b"more")]

    pipeline.take_in(desk, Taken())

    assert sha256(path) == dropped[1]
    assert [master.sha256 for master in _rows(desk, Master)] == [dropped[0]]
    check_invariants(desk.home, dropped)

    pipeline.take_in(desk, Taken())

    assert not path.exists()
    old, new = _rows(desk, Master)
    assert (new.sha256, new.superseded_at, old.superseded_at is None) == (dropped[1], None, False)
    assert len(_rows(desk, Page, Page.state.in_(LIVE))) == 1
    check_invariants(desk.home, dropped)


@pytest.mark.fault(5)
def test_a_rescan_that_comes_while_the_page_is_read_is_worked_on_anew_and_counts_once(tmp_path: Path):
    other = picture(tmp_path / "other.png", 2)
    seen: list[str] = []

    def read(job: Any) -> Any:
        seen.append(sha256(job.master))
        if len(seen) == 1:
            shutil.copy(other, path)
            pipeline.take_in(desk, Taken())
        return page_without_ocr(job)

    desk = quick_desk(tmp_path, engine=SwitchedEngine(InlineEngine(), {process_page: read}))
    path = picture(desk.home.inbox / "A" / "1.png", 1)
    dropped = [sha256(path), sha256(other)]

    pipeline.run(desk)

    assert seen == dropped
    [page] = _rows(desk, Page)
    assert (page.state, page.counted_on) == (PageState.DONE, desk.today())
    assert page.master_id == _rows(desk, Master, Master.sha256 == dropped[1])[0].id
    check_invariants(desk.home, dropped)


@pytest.mark.fault(6)
@pytest.mark.parametrize("again", ["A/1.png", "A/2.png", "B/7.png"])
def test_the_same_scan_again_under_any_name_is_set_aside_and_counts_once(tmp_path: Path, again: str):
    desk = quick_desk(tmp_path)
    first = picture(desk.home.inbox / "A" / "1.png", 1)
    dropped = sha256(first)
    pipeline.run(desk)
    path = picture(desk.home.inbox / again, 1)

    summary = pipeline.run(desk)

    assert summary.taken.duplicates == 1
    assert not path.exists()
    [refusal] = _rows(desk, Refusal)
    assert (refusal.kind, sha256(desk.home.share / refusal.path)) == ("duplicate", dropped)
    assert "A" in refusal.reason
    assert len(_rows(desk, Page, Page.counted_on.is_not(None))) == 1
    check_invariants(desk.home, [dropped])


@pytest.mark.fault(7)
def test_equal_names_with_other_bytes_are_both_kept_the_name_is_only_a_label(tmp_path: Path):
    desk = quick_desk(tmp_path)
    paths = [picture(desk.home.inbox / item / "1.png", seed) for seed, item in enumerate(("A", "B"))]
    paths.append(picture(desk.home.inbox / "A" / "sub" / "1.png", 9))
    dropped = [sha256(path) for path in paths]

    pipeline.run(desk)

    assert sorted(master.sha256 for master in _rows(desk, Master)) == sorted(dropped)
    assert len(_rows(desk, Page, Page.counted_on.is_not(None))) == 3
    check_invariants(desk.home, dropped)

    dropped.append(sha256(picture(desk.home.inbox / "A" / "1.png", 20)))
    pipeline.run(desk)

    assert len(_rows(desk, Master)) == 4
    assert len(_rows(desk, Page, Page.counted_on.is_not(None))) == 3
    check_invariants(desk.home, dropped)
