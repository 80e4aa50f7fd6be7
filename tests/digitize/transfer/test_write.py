"""Items leave a home that a run has made, with the real recogniser on small pages."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytesseract
import pytest
from builders import drop, make_desk
from lxml import etree
from marcs import book, profile
from PIL import Image, ImageOps
from schemas import schema
from sqlalchemy import Engine, select

from digitize import pipeline, store
from digitize.catalog import import_file
from digitize.cli import run
from digitize.errors import NotPermitted, StorageFailed, UsageError
from digitize.home import Home, open_home
from digitize.ledger import queue
from digitize.ledger.models import Item, Master, Page
from digitize.ledger.session import open_engine, reading, transaction
from digitize.transfer import bagit, export_alto, export_bags, export_hocr, write
from digitize.transfer.contents import ItemContent, content_of
from workers.hocr import parse

METS, PREMIS = "{http://www.loc.gov/METS/}", "{http://www.loc.gov/premis/v3}"
XLINK = "{http://www.w3.org/1999/xlink}"


class World(NamedTuple):
    home: Home
    ledger: Engine
    out: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    desk = make_desk(root)
    (root / "katalog.mrc").write_bytes(book("UZ1", "INV-1"))
    with transaction(desk.ledger) as session:
        import_file(session, root / "katalog.mrc", profile(), desk.clock.now())
    for item, name, seed in (("INV-1", "1.png", 1), ("INV-1", "2.png", 2), ("B'2", "1.png", 3)):
        drop(desk, item, name, seed=seed)
    pipeline.run(desk)
    desk.ledger.dispose()
    return root / "home"


@pytest.fixture
def world(finished: Path, tmp_path: Path) -> World:
    shutil.copytree(finished, tmp_path / "home")
    home = open_home(tmp_path / "home")
    return World(home, open_engine(home.ledger_url), tmp_path / "out")


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_every_finished_page_becomes_a_valid_alto_document(world: World) -> None:
    done = export_alto(world.home, world.ledger, world.out)
    assert (done.pages, done.files, done.held) == (3, 3, ())
    assert tree(world.out) == ["B'2/0001.xml", "INV-1/0001.xml", "INV-1/0002.xml"]
    root = etree.parse(world.out / "INV-1" / "0002.xml")
    assert "Kutubxona" in {word.get("CONTENT") for word in root.iter("{*}String")}
    schema("alto-4-4.xsd").assertValid(root)


def test_the_box_of_a_hit_frames_its_word_on_the_page_picture(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(world.home.root), "search", "--json", "кутубхона", "item:INV-1"]) == 0
    hits = json.loads(capfd.readouterr().out)["hits"]
    assert hits
    for hit in hits:
        with Image.open(hit["picture"]["path"]) as picture:
            assert picture.size == (hit["picture"]["width"], hit["picture"]["height"])
            for word, *box in hit["boxes"]:
                framed = ImageOps.expand(picture.crop(box), 20, "white")
                assert pytesseract.image_to_string(framed, lang="uzb", config="--psm 8").strip(" .,\n") in word


def test_every_finished_page_becomes_hocr_with_the_words_where_they_stand_on_the_picture(world: World) -> None:
    done = export_hocr(world.home, world.ledger, world.out)

    assert (done.pages, done.files, done.held) == (3, 3, ())
    assert tree(world.out / "INV-1") == ["0001.hocr", "0002.hocr"]
    with reading(world.ledger) as session:
        page = session.scalars(select(Page).join(Item).where(Item.key == "INV-1", Page.number == 2)).one()
        record = json.loads((store.page_dir(world.home, "INV-1", page.result) / f"{page.side}.json").read_bytes())
    told = parse((world.out / "INV-1" / "0002.hocr").read_bytes())
    assert told.engine.startswith("tesseract")
    assert [(word.text, asdict(word.box)) for line in told.lines for word in line.words] == [
        (word["text"], word["box"]) for line in record["lines"] for word in line["words"]
    ]


def test_a_bag_holds_everything_of_an_item_and_proves_it(world: World) -> None:
    done = export_bags(world.home, world.ledger, world.out)
    assert (len(done.folders), done.pages, done.held) == (2, 3, ())
    bag = world.out / "INV-1"
    assert tree(bag / "data") == [
        "INV-1.pdf", "alto/0001.xml", "alto/0002.xml", "masters/0001.png", "masters/0002.png", "mets.xml", "record.xml",
        "text/0001.txt", "text/0002.txt",
    ]  # fmt: skip
    assert bagit.verify(bag) == 9
    assert "Kutubxona fondi 1" in (bag / "data/text/0001.txt").read_text(encoding="utf-8")
    assert "Pages-Missing" not in (bag / "bag-info.txt").read_text(encoding="utf-8")


def test_the_mets_is_valid_and_names_every_file_with_its_hash(world: World) -> None:
    export_bags(world.home, world.ledger, world.out)
    data = world.out / "INV-1" / "data"
    root = etree.parse(data / "mets.xml").getroot()
    named = {
        place.get(f"{XLINK}href"): file.get("CHECKSUM")
        for file in root.iter(f"{METS}file")
        for place in file.iter(f"{METS}FLocat")
    }
    assert sorted(named) == [path for path in tree(data) if path != "mets.xml"]
    assert named == {path: sha256(data / path) for path in named}
    leaves = [leaf.get("ORDER") for leaf in root.iter(f"{METS}div") if leaf.get("TYPE") == "page"]
    assert leaves == ["1", "2"]
    schema("mets.xsd").assertValid(root)


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_the_pages_of_the_mets_are_called_by_their_printed_numbers(world: World) -> None:
    with transaction(world.ledger) as session:
        session.scalars(select(Page).join(Item).where(Item.key == "INV-1", Page.number == 2)).one().label = "iv"
    export_bags(world.home, world.ledger, world.out)

    root = etree.parse(world.out / "INV-1" / "data" / "mets.xml").getroot()
    assert [leaf.get("ORDERLABEL") for leaf in root.iter(f"{METS}div") if leaf.get("TYPE") == "page"] == ["[1]", "iv"]


def test_the_history_of_the_item_travels_as_premis_events(world: World) -> None:
    export_bags(world.home, world.ledger, world.out)
    root = etree.parse(world.out / "INV-1" / "data" / "mets.xml")
    kinds = [kind.text for kind in root.iter(f"{PREMIS}eventType")]
    assert kinds.count("ingestion") == 2
    assert {"creation", "metadata modification"} <= set(kinds)


def test_the_record_is_marcxml_with_the_link_in_it(world: World) -> None:
    export_bags(world.home, world.ledger, world.out)
    root = etree.parse(world.out / "INV-1" / "data" / "record.xml")
    assert root.find("{*}record/{*}datafield[@tag='856']") is not None
    assert not (world.out / "B'2" / "data" / "record.xml").exists()


@pytest.mark.parametrize("export", [export_alto, export_bags])
def test_a_second_export_since_the_first_takes_only_items_with_news(
    world: World, export: Callable[..., write.Handed]
) -> None:
    first = export(world.home, world.ledger, world.out)
    assert first.until is not None
    before = (world.out / "INV-1").stat().st_ino
    assert export(world.home, world.ledger, world.out, since=first.until).folders == ()
    news(world, "B'2", first.until + timedelta(seconds=1))
    second = export(world.home, world.ledger, world.out, since=first.until)
    assert [folder.name for folder in second.folders] == ["B'2"]
    assert (world.out / "INV-1").stat().st_ino == before
    assert sorted(path.name for path in world.out.iterdir()) == ["B'2", "INV-1"]


def news(world: World, key: str, at: datetime) -> None:
    with transaction(world.ledger) as session:
        item = session.scalars(select(Item).where(Item.key == key)).one()
        queue.log(session, "item-set", who="person", at=at, item=item)


def test_an_item_with_a_spoilt_master_is_held_back_and_named_and_the_others_go(world: World) -> None:
    with transaction(world.ledger) as session:
        master = session.scalars(select(Master).join(Item).where(Item.key == "B'2")).one()
        path = store.master_path(world.home, master.sha256, master.extension)
    path.chmod(0o644)
    path.write_bytes(b"rot")
    done = export_bags(world.home, world.ledger, world.out)
    assert [folder.name for folder in done.folders] == ["INV-1"]
    assert [(held.item, "not what the ledger says" in str(held.reason)) for held in done.held] == [("B'2", True)]
    assert [path.name for path in world.out.iterdir()] == ["INV-1"]


@pytest.mark.parametrize("kind", [export_alto, export_hocr, export_bags])
@pytest.mark.parametrize("place", ["share/1_SKANERDAN", "archive/items", "out"])
def test_no_export_ever_takes_the_place_of_something_else(
    world: World, kind: Callable[..., write.Handed], place: str
) -> None:
    out = world.home.root / place
    if place == "out":
        (export_hocr if kind is export_alto else export_alto)(world.home, world.ledger, out)
    (out / "INV-1").mkdir(exist_ok=True)
    (out / "INV-1" / "0001.tif").write_bytes(b"a scan of today")
    before = {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}
    with pytest.raises(UsageError, match="something else than an older export of this kind"):
        kind(world.home, world.ledger, out)
    assert {path: path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()} == before


@pytest.mark.parametrize("kind", [export_alto, export_hocr, export_bags])
def test_an_older_export_of_the_same_kind_is_replaced(world: World, kind: Callable[..., write.Handed]) -> None:
    kind(world.home, world.ledger, world.out)
    first = tree(world.out)
    assert kind(world.home, world.ledger, world.out).pages == 3
    assert tree(world.out) == first


def test_an_item_that_a_run_changes_meanwhile_is_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rescan has replaced the page's folder between our look into the ledger and the copy."""
    old: list[ItemContent] = []

    def outdated_at_first(session: object, item_id: int) -> ItemContent:
        content = content_of(session, item_id)  # type: ignore[arg-type]
        if not old:
            old.append(content)
            rename_results(world, item_id)
        return content

    monkeypatch.setattr(write, "content_of", outdated_at_first)
    done = export_bags(world.home, world.ledger, world.out)
    assert (len(done.folders), done.held) == (2, ())


def rename_results(world: World, item_id: int) -> None:
    engine = open_engine(world.home.ledger_url)
    with transaction(engine) as session:
        for page in session.scalars(select(Page).where(Page.item_id == item_id)):
            folder = store.page_dir(world.home, page.item.key, page.result)
            page.result += "-new"
            folder.rename(folder.with_name(page.result))
    engine.dispose()


def test_an_unfinished_page_is_said_to_be_missing(world: World) -> None:
    with transaction(world.ledger) as session:
        session.scalars(select(Page).join(Item).where(Item.key == "INV-1", Page.number == 1)).one().state = "failed"
    export_bags(world.home, world.ledger, world.out)
    info = (world.out / "INV-1" / "bag-info.txt").read_text(encoding="utf-8")
    assert "Pages: 1\nPages-Missing: 1\n" in info


def test_what_a_killed_export_left_is_swept(world: World) -> None:
    (world.out / ".dead.export" / "data").mkdir(parents=True)
    export_bags(world.home, world.ledger, world.out)
    assert not [path for path in world.out.iterdir() if path.name.startswith(".")]


def test_a_disk_that_forgets_is_caught_before_the_name_is_given(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bagit, "verify", lambda folder: 8)
    with pytest.raises(StorageFailed, match="files were written, 8 are there"):
        export_bags(world.home, world.ledger, world.out)
    assert list(world.out.iterdir()) == []


def test_a_place_that_cannot_be_written_to_is_named(world: World) -> None:
    world.out.touch()
    with pytest.raises(NotPermitted, match="cannot be written"):
        export_alto(world.home, world.ledger, world.out)


@pytest.mark.parametrize("kind", ["alto", "bagit"])
def test_the_command_tells_what_it_wrote_and_where_the_next_one_begins(
    world: World, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    world.ledger.dispose()
    command = ["--home", str(world.home.root), "export", kind, "-o", str(world.out), "--json"]
    assert run(command) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["items"], said["rows"], said["held"]) == (2, 3, [])
    assert run([*command, "--since", said["until"]]) == 0
    assert json.loads(capfd.readouterr().out)["items"] == 0
    assert run([*command, "--since", "2026-11-02"]) == 0
    assert json.loads(capfd.readouterr().out)["items"] == 2
