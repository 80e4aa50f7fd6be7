"""Rows 38-40: what is no plain file, and names that are anything but names."""

import json
import os
import socket
import unicodedata
from pathlib import Path

import pytest
from faults.quick import desk_of, picture, quick_desk
from faults.world import assert_says, check_invariants, digitize, make_home, sha256
from sqlalchemy import select

from digitize import ingest, pipeline
from digitize.desk import Desk
from digitize.inbox import look
from digitize.ingest import Taken
from digitize.ledger.models import LIVE, Item, Master, Page, PageState, Refusal
from digitize.ledger.session import reading


def _rows(desk: Desk, column: object, *where: object) -> list:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(column).where(*where)))  # type: ignore[call-overload]


def _take(desk: Desk) -> Taken:
    taken = Taken()
    pipeline.take_in(desk, taken)
    return taken


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- 38: links, pipes, devices, loops


@pytest.mark.fault(38)
def test_what_is_no_plain_file_is_named_and_left_alone_and_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    desk = quick_desk(tmp_path)
    folder = desk.home.inbox / "A"
    dropped = {sha256(picture(folder / "1.png", 1))}
    secret = picture(tmp_path / "secret.png", 2)
    (folder / "link.png").symlink_to(secret)
    (folder / "up.png").symlink_to("../../../secret.png")
    (folder / "dangling.png").symlink_to("nowhere")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    if os.geteuid() == 0:
        os.mknod(folder / "device.png", 0o020666, os.makedev(1, 5))  # /dev/zero
    with socket.socket(socket.AF_UNIX) as listening:
        monkeypatch.chdir(folder)  # the address of a socket is short
        listening.bind("socket.png")
        before = _names(folder)

        taken = _take(desk)

    assert (taken.files, taken.refused) == (1, [])
    assert len(taken.odd) == len(before) - 1
    assert {odd.rpartition(" (")[2].rstrip(")") for odd in taken.odd} <= {"havola", "nomli kanal", "soket", "qurilma"}
    assert _names(folder) == [name for name in before if name != "1.png"]
    assert secret.exists()
    check_invariants(desk.home, dropped)


@pytest.mark.fault(38)
@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_file_that_becomes_a_pipe_or_a_link_between_look_and_taking_is_not_followed(tmp_path: Path, kind: str):
    desk = quick_desk(tmp_path)
    path = picture(desk.home.inbox / "A" / "1.png", 1)
    [found] = look(desk.home.inbox).files
    path.unlink()
    secret = picture(tmp_path / "secret.png", 2)
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(secret)

    taken = Taken()
    ingest.take(desk, [found], taken)

    assert not taken
    assert len(taken.waiting) == (kind == "link")
    assert not _take(desk)
    assert secret.exists()
    assert _rows(desk, Master.sha256) == []


@pytest.mark.fault(38)
def test_two_hard_links_to_one_scan_are_one_page_and_what_lies_outside_stays(tmp_path: Path):
    desk = quick_desk(tmp_path)
    outside = picture(tmp_path / "outside.png", 1)
    folder = desk.home.inbox / "A"
    folder.mkdir()
    for name in ("1.png", "2.png"):
        os.link(outside, folder / name)

    pipeline.run(desk)

    assert _rows(desk, Page.state, Page.state.in_(LIVE)) == [PageState.DONE]
    assert _rows(desk, Refusal.kind) == ["duplicate"]
    assert outside.exists()
    check_invariants(desk.home, {sha256(outside)})


@pytest.mark.fault(38)
def test_a_folder_that_leads_back_to_itself_ends(tmp_path: Path):
    desk = quick_desk(tmp_path)
    deep = desk.home.inbox / "A" / "b" / "c"
    dropped = {sha256(picture(deep / "1.png", 1))}
    (deep / "again").symlink_to(desk.home.inbox)

    assert _take(desk).files == 1
    check_invariants(desk.home, dropped)


# --- 39: names that are commands, formulas, markup

KEYS = (
    "-rf", "$(id)", "`id`", "; rm -rf *", "=cmd|' C calc'!A0", "+1-1", "@SUM(1)", "<img src=x onerror=alert(1)>",
    "CON", "nul.txt", "a. ", " lead", "%s %n {key} {0}", "a&b'\"c", "a..\\..\\up", "--help", "~", "*", "?",
)  # fmt: skip
FILES = ("-rf.png", "$(id).png", "=1+1.png", "<b>.png", "CON.png", "two  spaces .png", "%s{name}.png", "dot..png")


@pytest.mark.fault(39)
def test_folder_names_of_every_kind_go_the_whole_way_as_data(tmp_path: Path):
    home = make_home(tmp_path / "home", item_quiet_minutes=0.0)
    dropped = {sha256(picture(home.inbox / key / "1.png", seed)) for seed, key in enumerate(KEYS)}
    desk = desk_of(home)

    pipeline.run(desk)

    assert set(_rows(desk, Item.key)) == {key.strip() for key in KEYS}
    assert _rows(desk, Page.state) == [PageState.DONE] * len(KEYS)
    pdfs = list(home.ready.glob("*.pdf"))
    assert len(pdfs) == len(KEYS)
    assert all(path.resolve().is_relative_to(home.root) for path in (home.archive / "items").iterdir())
    assert "<img src=x" not in (home.share / "HOLAT.html").read_text(encoding="utf-8")
    check_invariants(home, dropped)
    for key in ("-rf", "<img src=x onerror=alert(1)>", "--help"):
        shown = digitize(home, "item", "show", "--json", "--", key)
        assert_says(shown, 0)
        assert json.loads(shown.stdout)["key"] == key
    assert_says(digitize(home, "verify", "--data"), 0)


@pytest.mark.fault(39)
def test_file_names_of_every_kind_go_the_whole_way_as_data(tmp_path: Path):
    desk = quick_desk(tmp_path)
    dropped = {sha256(picture(desk.home.inbox / "A" / name, seed)) for seed, name in enumerate(FILES)}

    pipeline.run(desk)

    assert sorted(_rows(desk, Page.slot)) == sorted(FILES)
    assert _rows(desk, Page.state) == [PageState.DONE] * len(FILES)
    check_invariants(desk.home, dropped)


@pytest.mark.fault(39)
def test_signs_that_cannot_be_shown_reach_no_terminal_and_lose_no_page(tmp_path: Path):
    home = make_home(tmp_path / "home")
    dropped = set()
    for seed, name in enumerate(("a\nb.png", "a\x1b[31mred.png", "\u202egnp.1.png", "x" * 251 + ".png")):
        dropped.add(sha256(picture(home.inbox / "A" / name, seed)))
        other = home.inbox / "A" / f"bad{name}"[:255]
        other.write_bytes(b"no picture %d" % seed)
        dropped.add(sha256(other))

    result = digitize(home, "ingest")

    assert_says(result, 3)
    for text in (result.stdout, result.stderr):
        assert not any(sign in text for sign in "\x1b\r\u202e")
    assert list(home.inbox.rglob("*.png")) == []
    check_invariants(home, dropped)


@pytest.mark.fault(39)
@pytest.mark.parametrize("key", ["a\nb", "x" * 255, "tab\there", "\u200e"])
def test_a_folder_whose_name_cannot_be_a_key_is_refused_with_its_files_kept(tmp_path: Path, key: str):
    desk = quick_desk(tmp_path)
    dropped = {sha256(picture(desk.home.inbox / key / "1.png", 1))}

    taken = _take(desk)

    assert len(taken.refused) == 1
    assert "\n" not in taken.refused[0]
    assert _rows(desk, Refusal.kind) == ["bad_key"]
    check_invariants(desk.home, dropped)


# --- 40: bytes that are no text, one name in two spellings


@pytest.mark.fault(40)
@pytest.mark.parametrize("raw", [b"\xff\xfe.png", b"caf\xe9.png", b"\xd0.png", b"\xed\xa0\x80.png"])
def test_names_that_are_no_utf8_are_kept_byte_for_byte_and_shown_in_text(tmp_path: Path, raw: bytes):
    desk = quick_desk(tmp_path)
    folder = desk.home.inbox / os.fsdecode(b"key-" + raw.removesuffix(b".png"))
    dropped = {sha256(picture(folder / os.fsdecode(raw), 1))}
    (folder / os.fsdecode(b"bad-" + raw)).write_bytes(b"no picture")
    dropped.add(sha256(folder / os.fsdecode(b"bad-" + raw)))

    summary = pipeline.run(desk)

    assert (summary.pages, len(summary.taken.refused)) == (1, 1)
    assert _rows(desk, Master.raw_name) == [raw]
    [item] = _rows(desk, Item)
    assert item.raw_key == os.fsencode(folder.name)
    json.dumps(item.key).encode()
    check_invariants(desk.home, dropped)


@pytest.mark.fault(40)
def test_one_folder_name_in_five_apostrophes_and_two_normal_forms_is_one_item(tmp_path: Path):
    desk = quick_desk(tmp_path)
    keys = [f"O{sign}zbek {form}" for sign in "'‘’ʻ`" for form in (unicodedata.normalize("NFD", "ўй"), "ўй")]
    dropped = {sha256(picture(desk.home.inbox / key / f"{seed}.png", seed)) for seed, key in enumerate(keys)}

    pipeline.run(desk)

    assert len(_rows(desk, Item)) == 1
    assert _rows(desk, Page.state) == [PageState.DONE] * len(keys)
    assert [path.name for path in desk.home.ready.glob("*.pdf")] == [f"{_rows(desk, Item.key)[0]}.pdf"]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(40)
def test_two_pages_whose_names_only_look_alike_do_not_take_each_others_place(tmp_path: Path):
    desk = quick_desk(tmp_path)
    names = [unicodedata.normalize(form, "бет й.png") for form in ("NFC", "NFD")]
    dropped = {sha256(picture(desk.home.inbox / "A" / name, seed)) for seed, name in enumerate(names)}

    summary = pipeline.run(desk)

    assert (summary.pages, len(summary.taken.refused)) == (1, 1)
    assert _rows(desk, Refusal.kind) == ["name_clash"]
    assert _rows(desk, Master.superseded_at) == [None]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(40)
def test_a_rescan_under_the_same_bytes_is_no_clash(tmp_path: Path):
    desk = quick_desk(tmp_path)
    name = unicodedata.normalize("NFD", "бет й.png")
    dropped = set()
    for seed in (1, 2):
        dropped.add(sha256(picture(desk.home.inbox / "A" / name, seed)))
        pipeline.run(desk)

    assert _rows(desk, Refusal) == []
    assert _rows(desk, Page.state) == [PageState.DONE]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(40)
def test_latin_and_cyrillic_names_that_look_alike_are_two_items(tmp_path: Path):
    desk = quick_desk(tmp_path)
    dropped = {sha256(picture(desk.home.inbox / key / "1.png", seed)) for seed, key in enumerate(("ACE", "АСЕ"))}

    pipeline.run(desk)

    assert sorted(_rows(desk, Item.key)) == ["ACE", "АСЕ"]
    check_invariants(desk.home, dropped)
