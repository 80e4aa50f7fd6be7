"""What lies in the hot folder and what of it has settled."""

import os
from pathlib import Path

from builders import make_scan

from digitize.inbox import Settled, look


def _never_busy(path: Path) -> bool:
    return False


def test_pages_come_in_natural_order(tmp_path: Path):
    for name in ("10.png", "2.png", "1.png"):
        make_scan(tmp_path / "A" / name)

    assert [file.name for file in look(tmp_path).files] == ["1.png", "2.png", "10.png"]


def test_a_page_in_a_subfolder_belongs_to_the_item(tmp_path: Path):
    make_scan(tmp_path / "A" / "qism 1" / "1.png")

    [file] = look(tmp_path).files

    assert (file.item_key, file.name) == ("A", "qism 1/1.png")


def test_a_link_or_a_pipe_is_named_and_never_opened(tmp_path: Path):
    (tmp_path / "A").mkdir()
    (tmp_path / "A" / "1.tif").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "A" / "2.tif")

    found = look(tmp_path)

    assert found.files == ()
    assert sorted(odd.what for odd in found.odd) == ["pipe", "symbolic link"]


def test_the_sheet_and_the_ready_mark_are_no_pages(tmp_path: Path):
    make_scan(tmp_path / "A" / "1.png")
    (tmp_path / "A" / "item.toml").write_text("")
    (tmp_path / "A" / "Tayyor.TXT").write_text("")

    found = look(tmp_path)

    assert [len(found.files), len(found.sheets), len(found.ready)] == [1, 1, 1]


def test_a_file_is_taken_only_after_two_equal_looks_far_enough_apart(tmp_path: Path):
    make_scan(tmp_path / "A" / "1.png")
    settled = Settled(5.0, _never_busy)

    assert settled.observe(look(tmp_path).files, now=100.0) == []
    assert settled.observe(look(tmp_path).files, now=104.0) == []
    assert len(settled.observe(look(tmp_path).files, now=105.0)) == 1


def test_a_growing_file_waits_until_it_stops(tmp_path: Path):
    path = make_scan(tmp_path / "A" / "1.png")
    settled = Settled(5.0, _never_busy)
    settled.observe(look(tmp_path).files, now=100.0)
    with path.open("ab") as file:
        file.write(b"more")

    assert settled.observe(look(tmp_path).files, now=106.0) == []
    assert len(settled.observe(look(tmp_path).files, now=111.0)) == 1


def test_a_file_that_somebody_writes_is_not_settled(tmp_path: Path):
    path = make_scan(tmp_path / "A" / "1.png")
    settled = Settled(0.0)
    with path.open("ab"):
        settled.observe(look(tmp_path).files, now=100.0)

        assert settled.observe(look(tmp_path).files, now=101.0) == []

    assert len(settled.observe(look(tmp_path).files, now=102.0)) == 1
