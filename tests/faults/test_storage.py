"""Rows 8-12: full disks, failing disks, files that cannot be removed, folders that cannot be written."""

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from faults.killing import CALLS, Copies, Tally, Zygote, inject
from faults.quick import desk_of, picture, quick_desk
from faults.world import check_invariants, examine, immutable, make_home, mounted, sha256, tmpfs
from sqlalchemy import select

from digitize import pipeline, store, watch
from digitize.home import Home
from digitize.ingest import Taken
from digitize.ledger.models import Event, Master, Page, PageState, Refusal
from digitize.ledger.session import open_engine, reading


def _fill(folder: Path) -> Path:
    """Take the last byte that the file system has."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return ballast


def _use_up_names(folder: Path) -> list[Path]:
    """Take the last inode."""
    made = []
    for number in count():
        path = folder / f"name-{number}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)
    return made


def _rows(home: Home, kind: type[Master | Refusal | Page | Event]) -> int:
    ledger = open_engine(home.ledger_url)
    try:
        with reading(ledger) as session:
            return len(session.scalars(select(kind)).all())
    finally:
        ledger.dispose()


def _pauses_then_resumes(zygote: Zygote, home: Home, dropped: Sequence[str], remedy: object, *arguments: str) -> None:
    """Exit 74 with a sentence, nothing refused or lost; after the *remedy* the same command ends well."""
    ended = zygote.run(home, *arguments)
    assert ended.status == 74, ended
    assert re.search(r"^digitize: .*(No space left|qabul qilmayapti|MB bo‘sh joy bor)", ended.said, re.MULTILINE)
    assert "Traceback" not in ended.said, ended.said
    remedy()  # type: ignore[operator]
    assert not list(home.refused.iterdir())
    check_invariants(home, dropped, settled=False)
    again = zygote.run(home, *arguments)
    assert again.status == 0, again
    assert not list(home.inbox.glob("*/*"))
    check_invariants(home, dropped)


@pytest.mark.fault(8)
def test_a_full_archive_pauses_the_intake_and_refuses_nobody(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home" / "archive", "size=1m") as archive:
        home = make_home(tmp_path / "home")
        dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
        ballast = _fill(archive)
        _pauses_then_resumes(zygote, home, dropped, ballast.unlink, "ingest")


@pytest.mark.fault(8)
def test_an_archive_without_a_free_inode_pauses_the_intake_and_refuses_nobody(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home" / "archive", "nr_inodes=60") as archive:
        home = make_home(tmp_path / "home")
        dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
        used = _use_up_names(archive)
        _pauses_then_resumes(zygote, home, dropped, lambda: [path.unlink() for path in used], "ingest")


@pytest.mark.fault(8)
def test_a_full_archive_during_page_work_charges_no_page(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home" / "archive", "size=1m") as archive:
        home = make_home(tmp_path / "home")
        dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
        assert zygote.run(home, "ingest").status == 0
        ballast = _fill(archive)
        _pauses_then_resumes(zygote, home, dropped, ballast.unlink, "run")
        ledger = open_engine(home.ledger_url)
        with reading(ledger) as session:
            [page] = session.scalars(select(Page))
        ledger.dispose()
        assert (page.state, page.failures) == (PageState.DONE, 0)


@pytest.mark.fault(8)
def test_a_full_disk_under_the_ledger_rolls_back_and_keeps_the_original(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home", "size=2m") as root:
        home = make_home(root, share=tmp_path / "share", archive=tmp_path / "archive")
        dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
        ballast = _fill(root)
        _pauses_then_resumes(zygote, home, dropped, ballast.unlink, "ingest")


@pytest.mark.fault(8)
def test_a_full_share_keeps_the_pdf_in_the_archive_and_copies_it_out_later(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home" / "share" / "2_TAYYOR", "size=64k") as ready:
        home = make_home(tmp_path / "home")
        dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
        ballast = _fill(ready)
        _pauses_then_resumes(zygote, home, dropped, ballast.unlink, "run")
        assert sha256(home.ready / "A.pdf") == sha256(home.archive / "items" / "A" / "A.pdf")


@pytest.mark.fault(8)
def test_the_service_says_once_that_space_is_short_and_goes_on_by_itself_above_the_watermark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch, "PAUSE_SECONDS", 0.0)
    with tmpfs(tmp_path / "home" / "archive", "size=8m") as archive:
        ballast = archive / "ballast"
        ballast.write_bytes(bytes(5 << 20))
        said: list[str] = []
        rounds: list[bool] = []
        desk = quick_desk(tmp_path, min_free_mb=5, polling="never")
        path = picture(desk.home.inbox / "A" / "1.png", 1)
        dropped = [sha256(path)]
        desk = desk_of(desk.home)
        desk = type(desk)(**{**vars(desk), "stop": lambda: not path.exists() or len(rounds) > 20})

        def after_round() -> None:
            rounds.append(path.exists())
            if len(rounds) == 3:
                ballast.unlink()

        watch.serve(desk, said.append, ingest_only=True, daily=after_round)

        assert rounds[:3] == [True, True, True]
        assert not path.exists()
        assert len(said) == 1
        assert "MB are free" in said[0]
        check_invariants(desk.home, dropped)


@pytest.mark.fault(9)
@pytest.mark.slow_fault
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_whatever_call_of_the_intake_fails_the_original_stays_until_a_good_run(
    tmp_path: Path, zygote: Zygote, tally: Tally, error: str
):
    home = make_home(tmp_path / "home")
    dropped = [sha256(picture(home.inbox / "A" / "1.png", 1))]
    homes = Copies(home)
    for call in (*CALLS, "close", "getdents64", "read", "pread64"):
        for number in count(1):
            home = homes.fresh()
            ended = zygote.run(home, "ingest", strace=inject(call, f"error={error}", number))
            if "(INJECTED)" not in ended.trace:
                break
            tally.failing_calls[error] += 1
            found = examine(home, dropped, settled=False)
            tally.lost += len(found.lost)
            assert not found, (call, number, ended, found)
            if call in ("fsync", "fdatasync", "write", "pwrite64", "rename", "link"):
                assert "Traceback" not in ended.said, (call, number, ended.said)
            again = zygote.run(home, "ingest")
            assert again.status == 0, (call, number, ended, again)
            found = examine(home, dropped)
            assert not found, (call, number, ended, found)


@pytest.mark.fault(9)
def test_a_failed_fsync_ends_the_command_with_74_drops_the_copy_and_is_not_tried_again(tmp_path: Path, zygote: Zygote):
    home = make_home(tmp_path / "home")
    path = picture(home.inbox / "A" / "1.png", 1)

    ended = zygote.run(home, "ingest", strace=("-y", *inject("fsync", "error=EIO", 1)))

    assert ended.status == 74, ended
    assert "Input/output error" in ended.said
    [call] = [line for line in ended.trace.splitlines() if ".incoming" in line]
    assert "EIO" in call
    assert path.exists()
    assert not list(home.archive.rglob("*.part"))
    assert _rows(home, Refusal) == _rows(home, Page) == 0


@pytest.mark.fault(10)
@pytest.mark.parametrize("way", ["immutable", "read-only"])
def test_an_original_that_cannot_be_removed_is_taken_once_and_named_at_every_pass(
    tmp_path: Path, zygote: Zygote, way: str
):
    home = make_home(tmp_path / "home")
    path = picture(home.inbox / "A" / "1.png", 1)
    dropped = [sha256(path)]
    inbox = home.inbox
    stuck = immutable(path) if way == "immutable" else mounted(inbox, "--bind", "-o", "ro", str(inbox))
    with stuck:
        for _ in range(3):
            ended = zygote.run(home, "run")
            assert ended.status in (0, 3), ended
            assert "A/1.png" in ended.said, ended.said
        assert (_rows(home, Master), _rows(home, Page), _rows(home, Refusal)) == (1, 1, 0)
        check_invariants(home, dropped)
    assert zygote.run(home, "run").status == 0
    assert not path.exists()
    check_invariants(home, dropped)


@pytest.mark.fault(10)
def test_a_refused_file_or_duplicate_that_cannot_be_removed_is_set_aside_once_and_ends_the_run(
    tmp_path: Path, zygote: Zygote
):
    home = make_home(tmp_path / "home")
    first = picture(home.inbox / "A" / "1.png", 1)
    double = picture(home.inbox / "B" / "1.png", 1)
    bad = home.inbox / "A" / "2.png"
    bad.write_bytes(first.read_bytes()[:150])
    dropped = [sha256(double), sha256(bad)]
    with immutable(double), immutable(bad):
        for _ in range(3):
            assert zygote.run(home, "run").status == 3
        assert (_rows(home, Master), _rows(home, Refusal)) == (1, 2)
        assert len([path for path in home.refused.rglob("*") if path.suffix == ".png"]) == 2
    check_invariants(home, dropped)


@pytest.mark.fault(11)
def test_a_file_that_cannot_be_set_aside_stays_is_named_and_holds_nobody_up(tmp_path: Path, zygote: Zygote):
    home = make_home(tmp_path / "home")
    bad = home.inbox / "A" / "1.png"
    bad.parent.mkdir()
    bad.write_bytes(b"no picture")
    good = picture(home.inbox / "A" / "2.png", 2)
    dropped = [sha256(bad), sha256(good)]
    with immutable(home.refused):
        ended = zygote.run(home, "ingest")
        assert bad.exists()
        assert not good.exists()
        assert ended.status == 3, ended
        assert "A/1.png" in ended.said
        assert "3_QAYTARILGAN" in ended.said
        ledger = open_engine(home.ledger_url)
        with reading(ledger) as session:
            assert "not-set-aside" in set(session.scalars(select(Event.what)))
        ledger.dispose()
        check_invariants(home, dropped)
    assert zygote.run(home, "ingest").status == 3
    assert not bad.exists()
    check_invariants(home, dropped)


@pytest.mark.fault(12)
def test_share_and_archive_on_different_file_systems_copy_prove_and_only_then_remove(tmp_path: Path, zygote: Zygote):
    with tmpfs(tmp_path / "home" / "archive", "size=8m") as archive:
        home = make_home(tmp_path / "home")
        path = picture(home.inbox / "A" / "1.png", 1)
        digest = sha256(path)
        assert path.stat().st_dev != archive.stat().st_dev

        ended = zygote.run(home, "ingest", strace=("-y", "-e", "trace=fsync,fdatasync,link,unlink,read"))

        assert ended.status == 0, ended
        assert not path.exists()
        assert sha256(store.master_path(home, digest, ".png")) == digest
        check_invariants(home, [digest])
        _in_order(
            ended.trace,
            rf"read\(\d+<{path}>", r"fsync\(\d+<.*/\.incoming/.*\.part>", r"read\(\d+<.*/\.incoming/.*\.part>",
            rf"link\(.*\.part\", \".*/{digest}\.png\"", rf"fsync\(\d+<.*/masters/{digest[:2]}/{digest[2:4]}>",
            r"fdatasync\(\d+<.*/ledger\.db-wal>", rf"unlink\(\"{path}\"",
        )  # fmt: skip


def _in_order(trace: str, *steps: str) -> None:
    """Each step is found after the one before it, and the last, the removal, happens once."""
    place = 0
    for step in steps:
        found = re.compile(step).search(trace, place)
        assert found, (step, trace[place:])
        place = found.end()
    assert len(re.findall(steps[-1], trace)) == 1


@pytest.mark.fault(12)
def test_a_copy_that_is_not_what_was_read_is_never_taken_for_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    desk = quick_desk(tmp_path)
    path = picture(desk.home.inbox / "A" / "1.png", 1)
    dropped = sha256(path)
    spoil(monkeypatch)
    with pytest.raises(store.StorageFailed):
        pipeline.take_in(desk, Taken())
    monkeypatch.undo()

    assert sha256(path) == dropped
    check_invariants(desk.home, [dropped], settled=False)


def spoil(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk gives back other bytes than it was given, once they are synced."""
    sync = store.os.fsync

    def rot(handle: int) -> None:
        sync(handle)
        name = Path(f"/proc/self/fd/{handle}").readlink()
        if name.suffix == ".part":
            content = bytearray(name.read_bytes())
            content[-1] ^= 1
            name.write_bytes(content)

    monkeypatch.setattr(store.os, "fsync", rot)
