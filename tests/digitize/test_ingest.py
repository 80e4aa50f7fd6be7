"""From the hot folder to the ledger."""

from datetime import timedelta
from pathlib import Path

import pytest
from builders import drop, make_desk, make_scan, take_all
from fakes import InlineEngine
from PIL import Image
from sqlalchemy import select

from digitize import names, store
from digitize.ingest import settle_refusals
from digitize.ledger.models import LIVE, Event, Item, Master, Page, PageState, Refusal
from digitize.ledger.session import reading


def _all(desk, kind):
    with reading(desk.ledger) as session:
        return session.scalars(select(kind)).all()


def _pages(desk):
    return sorted((page for page in _all(desk, Page) if page.state in LIVE), key=lambda page: page.number)


def _hot(desk) -> list[str]:
    return sorted(path.name for path in desk.home.inbox.rglob("*") if path.is_file())


def _refused(desk) -> list[str]:
    return sorted(path.name for path in desk.home.refused.rglob("*") if path.is_file())


def test_a_scan_becomes_a_master_and_a_page_and_leaves_the_hot_folder(tmp_path: Path):
    desk = make_desk(tmp_path)
    content = drop(desk, "INV-1", "0001.png").read_bytes()

    take_all(desk)

    [master], [page] = _all(desk, Master), _pages(desk)
    assert store.master_path(desk.home, master.sha256, master.extension).read_bytes() == content
    assert (page.number, page.state, page.slot) == (1, PageState.RECEIVED, "0001.png")
    assert _hot(desk) == []


def test_pages_are_numbered_in_natural_order_even_if_one_comes_late(tmp_path: Path):
    desk = make_desk(tmp_path)
    for seed, name in enumerate(("10.png", "2.png")):
        drop(desk, "A", name, seed=seed)
    take_all(desk)
    drop(desk, "A", "3.png", seed=7)

    take_all(desk)

    assert [(page.number, page.slot) for page in _pages(desk)] == [(1, "2.png"), (2, "3.png"), (3, "10.png")]


def test_every_frame_of_a_tiff_is_a_page(tmp_path: Path):
    desk = make_desk(tmp_path)
    frames = [Image.open(make_scan(tmp_path / f"{seed}.png", seed=seed)) for seed in range(3)]
    (desk.home.inbox / "A").mkdir()
    frames[0].save(desk.home.inbox / "A" / "1.tif", save_all=True, append_images=frames[1:], compression="tiff_lzw")

    take_all(desk)

    assert [page.frame for page in _pages(desk)] == [0, 1, 2]


def test_the_same_bytes_under_another_name_are_set_aside_and_not_counted(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    take_all(desk)
    drop(desk, "B", "9.png")

    taken = take_all(desk)

    assert taken.duplicates == 1
    assert len(_pages(desk)) == 1
    assert _refused(desk) == ["9.png", "9.png.sabab.txt"]
    assert _hot(desk) == []


def test_the_same_name_with_other_bytes_is_a_new_version_of_the_page(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png", seed=1)
    take_all(desk)
    drop(desk, "A", "1.png", seed=2)

    take_all(desk)

    assert len(_pages(desk)) == 1
    assert sorted(master.superseded_at is None for master in _all(desk, Master)) == [False, True]


def test_a_version_that_was_replaced_may_come_back(tmp_path: Path):
    desk = make_desk(tmp_path)
    for seed in (1, 2, 1):
        drop(desk, "A", "1.png", seed=seed)
        taken = take_all(desk)

    assert taken.duplicates == 0
    assert len(_all(desk, Master)) == 2


def test_an_original_that_could_not_be_removed_is_no_duplicate_at_the_next_look(tmp_path: Path, monkeypatch):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    with monkeypatch.context() as stuck:
        stuck.setattr(store, "remove_original", lambda path, signature: False)
        take_all(desk)
    assert _hot(desk) == ["1.png"]

    taken = take_all(desk)

    assert not taken
    assert _hot(desk) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 hello", "not_image"),
        (b"II*\x00garbage", "truncated"),
    ],
)
def test_a_bad_file_is_set_aside_with_a_reason_and_leaves_a_gap(tmp_path: Path, content: bytes, kind: str):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    (desk.home.inbox / "A" / "2.tif").write_bytes(content)

    taken = take_all(desk)

    [refusal] = _all(desk, Refusal)
    assert refusal.kind == kind
    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED, PageState.REJECTED]
    assert len(taken.refused) == 1
    assert (desk.home.share / refusal.path).read_bytes() == content
    assert "Nima qilish kerak" in (desk.home.share / (refusal.path + ".sabab.txt")).read_text(encoding="utf-8-sig")


def test_half_a_jpeg_is_refused_as_truncated(tmp_path: Path):
    desk = make_desk(tmp_path)
    path = make_scan(desk.home.inbox / "A" / "1.jpg")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    take_all(desk)

    assert [refusal.kind for refusal in _all(desk, Refusal)] == ["truncated"]


def test_a_good_rescan_fills_the_gap_of_a_refused_page(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.inbox / "A").mkdir()
    (desk.home.inbox / "A" / "1.png").write_bytes(b"not a picture")
    take_all(desk)
    drop(desk, "A", "1.png")

    take_all(desk)

    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED]
    assert all(refusal.resolved_at for refusal in _all(desk, Refusal))


def test_a_rescan_fills_the_gap_also_under_another_ending(tmp_path: Path):
    """Windows hides endings: to the operator both files are called "1"."""
    desk = make_desk(tmp_path)
    drop(desk, "A", "2.png", seed=2)
    (desk.home.inbox / "A" / "1.tif").write_bytes(b"")
    take_all(desk)
    drop(desk, "A", "1.PNG", seed=1)

    take_all(desk)

    assert [(page.slot, page.state) for page in _pages(desk)] == [
        ("1.PNG", PageState.RECEIVED), ("2.png", PageState.RECEIVED),
    ]  # fmt: skip
    assert all(refusal.resolved_at for refusal in _all(desk, Refusal))


def test_another_page_never_fills_a_gap(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.inbox / "A" / "b.1").mkdir(parents=True)
    (desk.home.inbox / "A" / "1.tif").write_bytes(b"")
    take_all(desk)
    for seed, name in enumerate(("11.png", "b.1/1.png")):
        drop(desk, "A", name, seed=seed)
    (desk.home.inbox / "A" / "11.png").rename(desk.home.inbox / "A" / "b.1" / "2")

    take_all(desk)

    assert [(page.slot, page.state) for page in _pages(desk)] == [
        ("1.tif", PageState.REJECTED), ("b.1/1.png", PageState.RECEIVED), ("b.1/2", PageState.RECEIVED),
    ]  # fmt: skip


def test_a_rescan_in_a_folder_with_another_apostrophe_resolves_the_refusal(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "O'zbekiston", "1.png")
    take_all(desk)
    (desk.home.inbox / "O‘zbekiston").mkdir()
    (desk.home.inbox / "O‘zbekiston" / "2.png").write_bytes(b"")
    take_all(desk)
    drop(desk, "O‘zbekiston", "2.png", seed=2)

    take_all(desk)

    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED] * 2
    assert all(refusal.resolved_at for refusal in _all(desk, Refusal))


def test_a_refused_file_that_was_taken_away_waits_for_nobody(tmp_path: Path):
    """What the note asks for: a file without an item moved into its folder, one that is no page thrown away."""
    desk = make_desk(tmp_path)
    make_scan(desk.home.inbox / "skan.png")
    (desk.home.inbox / "A").mkdir()
    (desk.home.inbox / "A" / "kitob.pdf").write_bytes(b"%PDF-1.7")
    (desk.home.inbox / "A" / "1.png").write_bytes(b"")
    take_all(desk)
    settle_refusals(desk)
    waiting = [refusal.name for refusal in _all(desk, Refusal) if not refusal.resolved_at]
    for refusal in _all(desk, Refusal):
        (desk.home.share / refusal.path).unlink()

    settle_refusals(desk)

    assert sorted(waiting) == ["1.png", "kitob.pdf", "skan.png"]
    assert [refusal.name for refusal in _all(desk, Refusal) if not refusal.resolved_at] == ["1.png"]  # still a gap
    assert "refused-taken-away" in {event.what for event in _all(desk, Event)}


def test_refusals_stay_where_their_folder_is_gone_as_a_whole(tmp_path: Path):
    desk = make_desk(tmp_path)
    make_scan(desk.home.inbox / "skan.png")
    take_all(desk)
    desk.home.refused.rename(desk.home.share / "away")

    settle_refusals(desk)

    assert not any(refusal.resolved_at for refusal in _all(desk, Refusal))


def test_a_bad_rescan_does_not_push_a_good_page_out(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    take_all(desk)
    (desk.home.inbox / "A" / "1.png").write_bytes(b"not a picture")

    take_all(desk)

    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED]


def test_a_text_file_is_refused_but_is_no_missing_page(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    (desk.home.inbox / "A" / "izoh.txt").write_text("eslatma")

    take_all(desk)

    assert len(_pages(desk)) == 1
    assert [refusal.kind for refusal in _all(desk, Refusal)] == ["not_image"]


def test_a_decoder_that_dies_costs_one_file(tmp_path: Path):
    def crash(fn, args):
        if "boom" in crash.armed:
            crash.armed.clear()
            raise MemoryError

    crash.armed = {"boom"}
    desk = make_desk(tmp_path, InlineEngine(crash))
    drop(desk, "A", "1.png", seed=1)
    drop(desk, "A", "2.png", seed=2)

    take_all(desk)

    assert [page.state for page in _pages(desk)] == [PageState.REJECTED, PageState.RECEIVED]


def test_a_loose_file_goes_to_the_item_in_its_name(tmp_path: Path):
    desk = make_desk(tmp_path)
    make_scan(desk.home.inbox / "INV-7_0012.png")

    take_all(desk)

    assert [item.key for item in _all(desk, Item)] == ["INV-7"]


def test_a_loose_file_without_an_item_is_refused(tmp_path: Path):
    desk = make_desk(tmp_path)
    make_scan(desk.home.inbox / "skan.png")

    take_all(desk)

    assert [refusal.kind for refusal in _all(desk, Refusal)] == ["no_item"]
    assert _hot(desk) == []


def test_a_folder_name_with_a_newline_is_refused_and_nothing_is_lost(tmp_path: Path):
    desk = make_desk(tmp_path)
    content = make_scan(desk.home.inbox / "bir\nikki" / "1.png").read_bytes()

    take_all(desk)

    [refusal] = _all(desk, Refusal)
    assert refusal.kind == "bad_key"
    assert (desk.home.share / refusal.path).read_bytes() == content


def test_folders_that_differ_in_the_apostrophe_are_one_item(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "O'zbek-1", "1.png", seed=1)
    drop(desk, "O‘zbek-1", "2.png", seed=2)

    take_all(desk)

    assert len(_all(desk, Item)) == 1
    assert len(_pages(desk)) == 2


def _sheet(desk, item: str, text: str) -> None:
    (desk.home.inbox / item).mkdir(exist_ok=True)
    (desk.home.inbox / item / names.SHEET).write_text(text, encoding="utf-8")


def test_item_toml_describes_the_item_and_is_kept(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    _sheet(desk, "A", 'title = "Nizom"\nrecord = "UZ01"\nsource = "buyurtma"\ntype = "qo\'lyozma"')

    take_all(desk)

    [item] = _all(desk, Item)
    assert (item.title, item.record_number, item.source, item.type) == ("Nizom", "UZ01", "buyurtma", "qo‘lyozma")
    assert (store.item_dir(desk.home, "A") / names.SHEET).is_file()


@pytest.mark.parametrize("text", ["pages = 'ko‘p'", "title = 5", "titel = 'x'", "title = ", "source = 'boshqacha'"])
def test_a_wrong_item_toml_is_set_aside_and_the_pages_go_on(tmp_path: Path, text: str):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    _sheet(desk, "A", text)

    taken = take_all(desk)

    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED]
    assert [refusal.kind for refusal in _all(desk, Refusal)] == ["bad_sheet"]
    assert taken.refused


def test_tayyor_completes_the_item_and_its_folder_goes(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")
    _sheet(desk, "A", 'title = "Nizom"')
    (desk.home.inbox / "A" / "TAYYOR.txt").write_text("")

    take_all(desk)

    assert [item.complete for item in _all(desk, Item)] == [True]
    assert not (desk.home.inbox / "A").exists()


def test_the_expected_number_of_pages_completes_the_item(tmp_path: Path):
    desk = make_desk(tmp_path)
    _sheet(desk, "A", "pages = 2")
    drop(desk, "A", "1.png", seed=1)
    take_all(desk)
    assert [item.complete for item in _all(desk, Item)] == [False]
    drop(desk, "A", "2.png", seed=2)

    take_all(desk)

    assert [item.complete for item in _all(desk, Item)] == [True]


def test_quiet_minutes_complete_the_item_and_a_late_page_opens_it(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png", seed=1)
    take_all(desk)
    desk.clock.moment += timedelta(minutes=11)
    take_all(desk)
    assert [item.complete for item in _all(desk, Item)] == [True]
    drop(desk, "A", "2.png", seed=2)

    take_all(desk)

    assert [item.complete for item in _all(desk, Item)] == [False]


def test_every_change_is_an_event_with_the_version_of_the_program(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")

    take_all(desk)

    assert [event.what for event in _all(desk, Event)] == ["item-new", "page-new"]
    assert all(event.tool.startswith("digitize ") for event in _all(desk, Event))


def _scan_of(desk, name: str, scanner: str, seed: int) -> None:
    tags = Image.Exif()
    tags[272] = scanner
    with Image.open(make_scan(desk.home.root / f"{seed}.png", seed=seed)) as picture:
        (desk.home.inbox / "A").mkdir(exist_ok=True)
        picture.save(desk.home.inbox / "A" / name, exif=tags)


def test_the_first_picture_says_on_which_scanner_an_item_was_scanned(tmp_path: Path):
    desk = make_desk(tmp_path)
    _scan_of(desk, "1.jpg", "CZUR ET24", 1)
    take_all(desk)
    _scan_of(desk, "2.jpg", "Canon LiDE", 2)
    take_all(desk)

    assert [item.scanner for item in _all(desk, Item)] == ["CZUR ET24"]


@pytest.mark.parametrize("first", ["sheet", "picture"])
def test_what_the_operator_calls_the_scanner_comes_before_what_the_picture_says(tmp_path: Path, first: str):
    desk = make_desk(tmp_path)
    (desk.home.inbox / "A").mkdir()
    acts = {
        "sheet": lambda: (desk.home.inbox / "A" / names.SHEET).write_text('scanner = "stol usti"\n', encoding="utf-8"),
        "picture": lambda: _scan_of(desk, "1.jpg", "CZUR ET24", 1),
    }
    for act in sorted(acts, key=lambda name: name != first):
        acts[act]()
        take_all(desk)

    assert [item.scanner for item in _all(desk, Item)] == ["stol usti"]
