"""Masters and derivatives on disk."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from digitize import store
from digitize.errors import StorageFailed, Unavailable
from digitize.home import MARKER, create_home


@pytest.fixture
def home(tmp_path: Path):
    return create_home(tmp_path / "home")


def _source(home, content: bytes = b"scan", name: str = "1.tif") -> Path:
    path = home.inbox / "A" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def test_a_master_is_named_by_its_content_and_read_only(home):
    staged = store.stage(home, _source(home))

    kept = store.keep_master(home, staged, ".tif")

    assert kept == store.master_path(home, staged.sha256, ".tif")
    assert kept.read_bytes() == b"scan"
    assert kept.stat().st_mode & 0o222 == 0


def test_keeping_the_same_bytes_twice_is_no_error_and_no_second_file(home):
    for _ in range(2):
        store.keep_master(home, store.stage(home, _source(home)), ".tif")

    assert len(list((home.archive / "masters").rglob("*.tif"))) == 1
    assert list((home.archive / "masters" / ".incoming").iterdir()) == []


def test_the_file_is_synced_before_it_gets_its_name_and_the_folder_after(home, monkeypatch):
    calls: list[str] = []
    real_fsync, real_link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda fd: (calls.append(f"fsync {_kind(fd)}"), real_fsync(fd)))
    monkeypatch.setattr(os, "link", lambda a, b: (calls.append("link"), real_link(a, b)))

    store.keep_master(home, store.stage(home, _source(home)), ".tif")

    assert calls[0] == "fsync file"
    assert calls.index("fsync file") < calls.index("link")
    assert calls[-1] == "fsync folder"


def _kind(fd: int) -> str:
    return "folder" if Path(f"/proc/self/fd/{fd}").resolve().is_dir() else "file"


def test_an_original_that_changed_after_the_copy_stays(home):
    source = _source(home)
    staged = store.stage(home, source)
    source.write_bytes(b"other bytes")

    assert not store.remove_original(source, staged.signature)
    assert source.read_bytes() == b"other bytes"


def test_a_symbolic_link_is_never_copied(home):
    source = home.inbox / "1.tif"
    source.symlink_to("/etc/hostname")

    with pytest.raises(OSError, match="symbolic"):
        store.stage(home, source)


def test_a_block_that_fails_leaves_the_old_file_and_no_rest(home):
    target = home.ready / "A.pdf"
    target.write_bytes(b"old")

    def fail_halfway() -> None:
        with store.arriving(target) as part:
            part.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()

    assert target.read_bytes() == b"old"
    assert list(home.ready.iterdir()) == [target]


def test_the_reason_beside_a_refused_file_opens_in_old_notepad(home):
    kept = store.set_aside(home, _source(home, name="x.txt"), date(2026, 11, 20), "A", "x.txt", "birinchi\nikkinchi")

    note = kept.with_name("x.txt.sabab.txt").read_bytes()
    assert note == "\ufeffbirinchi\r\nikkinchi\r\n".encode()
    assert kept.read_bytes() == b"scan"


def test_two_refused_files_of_one_name_are_both_kept(home):
    for content in (b"one", b"two"):
        store.set_aside(home, _source(home, content), date(2026, 11, 20), "A", "1.tif", "sabab")

    kept = (home.refused / "2026-11-20" / "A").glob("*.tif")
    assert sorted(path.read_bytes() for path in kept) == [b"one", b"two"]


@pytest.mark.parametrize("name", ["../../evil.tif", "a\nb.tif", "..", "=cmd|' /C calc'!A0.tif", "CON"])
def test_a_hostile_name_stays_inside_the_refused_folder(home, name: str):
    kept = store.set_aside(home, _source(home), date(2026, 11, 20), "../..", name, "sabab")

    assert kept.resolve().is_relative_to(home.refused.resolve())
    assert "\n" not in kept.name


def test_a_missing_marker_means_unmounted_not_empty(home):
    (home.share / MARKER).unlink()

    with pytest.raises(Unavailable, match="unmounted"):
        store.check_mounted(home)


def test_work_pauses_before_the_disk_is_full(home):
    settings = replace(home.settings, min_free_mb=1 << 40)
    object.__setattr__(home.loaded, "settings", settings)

    with pytest.raises(StorageFailed, match="nothing is lost"):
        store.check_space(home)
