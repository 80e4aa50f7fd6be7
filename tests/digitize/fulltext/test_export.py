import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fulltext_pages import NOON, add_page, link_record, make_ledger
from marcs import book
from shelves import SETTINGS, Shelf
from sqlalchemy import Engine, select

from digitize import link
from digitize.errors import NotPermitted, StorageFailed
from digitize.fulltext import export
from digitize.fulltext.export import Format, export_fulltext, export_text
from digitize.fulltext.rows import PageRow, newest, page_rows
from digitize.ledger.models import Item, PageState
from digitize.ledger.session import reading

FORMATS: tuple[Format, ...] = ("sqlite", "jsonl", "csv")


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    ledger = make_ledger(tmp_path)
    add_page(ledger, "A", "Qo‘rg‘ontepa tumani\n=1+1", title="=cmd|x")
    add_page(ledger, "A", "", indexed=False)
    add_page(ledger, "A", "buzilgan", state=PageState.FAILED)
    add_page(ledger, "B", 'Қўрғонтепа; "шаҳри"', script="Cyrl", done_at=NOON + timedelta(days=2))
    link_record(ledger, "B", number="77", title="Шаҳар", year="1975")
    return ledger


def write(ledger: Engine, path: Path, kind: Format, since: datetime | None = None) -> int:
    with reading(ledger) as session:
        return export_fulltext(session, path, kind, since=since).rows


@pytest.mark.parametrize("kind", FORMATS)
def test_every_done_page_is_a_row_and_nothing_else_lies_beside_the_file(
    ledger: Engine, tmp_path: Path, kind: Format
) -> None:
    folder = tmp_path / "out"
    assert write(ledger, folder / "x", kind) == 3
    assert [path.name for path in folder.iterdir()] == ["x"]


@pytest.mark.parametrize("kind", FORMATS)
def test_since_leaves_older_pages_out(ledger: Engine, tmp_path: Path, kind: Format) -> None:
    assert write(ledger, tmp_path / "x", kind, since=NOON + timedelta(days=1)) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_an_empty_ledger_makes_an_empty_file(tmp_path: Path, kind: Format) -> None:
    assert write(make_ledger(tmp_path), tmp_path / "x", kind) == 0


def test_the_database_answers_a_full_text_query_and_explains_itself(ledger: Engine, tmp_path: Path) -> None:
    write(ledger, tmp_path / "x.sqlite", "sqlite")
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as database:
        found = database.execute(
            "SELECT item, page FROM pages_fts WHERE pages_fts MATCH 'folded : qorgontepa*'"
        ).fetchall()
        readme = [line for (line,) in database.execute("SELECT text FROM readme")]
        examples = [line for line in readme if line.strip().startswith("SELECT")]
        assert sorted(found) == [("A", 1), ("B", 1)]
        assert len(examples) == 3
        for example in examples:
            database.execute(example).fetchall()


def test_json_lines_carry_record_link_and_hash(ledger: Engine, tmp_path: Path) -> None:
    write(ledger, tmp_path / "x.jsonl", "jsonl")
    rows = [json.loads(line) for line in (tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()]
    last = rows[-1]
    assert (last["item"], last["page"], last["record"], last["year"]) == ("B", 1, "77", "1975")
    assert last["url"] == "https://kutubxona.example/B.pdf"
    assert last["folded"] == "qorgontepa shahri"
    assert len(last["sha256"]) == 64
    assert (rows[1]["outcome"], rows[1]["text"], rows[1]["confidence"]) == ("blank", "", None)


def test_of_two_links_of_one_item_the_later_one_is_told_and_no_page_comes_twice(ledger: Engine, tmp_path: Path) -> None:
    link_record(ledger, "B", number="78", title="Keyingi", year="1980")
    assert write(ledger, tmp_path / "x.jsonl", "jsonl") == 3
    last = json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["item"], last["record"], last["year"]) == ("B", "78", "1980")


def test_a_table_opens_in_excel_without_a_formula(ledger: Engine, tmp_path: Path) -> None:
    write(ledger, tmp_path / "x.csv", "csv")
    raw = (tmp_path / "x.csv").read_bytes()
    assert raw.startswith("\ufeffitem;page;title;".encode())
    rows = list(csv.DictReader(raw.decode("utf-8-sig").splitlines(keepends=True), delimiter=";"))
    assert rows[0]["title"] == "'=cmd|x"
    assert rows[0]["text"] == "Qo‘rg‘ontepa tumani\n=1+1"
    assert rows[2]["text"] == 'Қўрғонтепа; "шаҳри"'


@pytest.mark.parametrize("start", [*"=+-@\t\r\n\0＝＋－＠", " =", "\u00a0@"])
def test_no_cell_starts_as_a_formula(start: str) -> None:
    assert str(export._cell(f"{start}1"))[0] == "'"


def test_a_page_too_long_for_a_cell_of_excel_ends_there_with_a_mark_and_is_whole_elsewhere(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    add_page(ledger, "A", "kitob " * 6000)
    write(ledger, tmp_path / "x.csv", "csv")
    write(ledger, tmp_path / "x.jsonl", "jsonl")
    csv.field_size_limit(1 << 20)
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file, delimiter=";")
    assert (len(row["text"]), row["text"][-1]) == (32_767, "…")
    assert len(json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["text"]) == 36_000


def test_a_file_that_reads_back_wrong_never_takes_its_name(
    ledger: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out" / "x.jsonl"
    target.parent.mkdir()
    target.write_text("old")
    monkeypatch.setitem(export._FORMATS, "jsonl", (export._write_jsonl, lambda path: 2))
    with pytest.raises(StorageFailed, match="3 pages were written, 2 could be read back"):
        write(ledger, target, "jsonl")
    assert target.read_text() == "old"
    assert len(list(target.parent.iterdir())) == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_the_disk_gives_back_damaged_never_takes_its_name(
    ledger: Engine, tmp_path: Path, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, read_back = export._FORMATS[kind]

    def spoilt(path: Path, rows: Iterable[PageRow]) -> int:
        count = whole(path, rows)
        broken = b"tumeni" if kind == "sqlite" else b"\n\xff"
        path.write_bytes(path.read_bytes().replace(b"tumani", broken, 1))
        return count

    monkeypatch.setitem(export._FORMATS, kind, (spoilt, read_back))
    with pytest.raises(StorageFailed):
        write(ledger, tmp_path / "x", kind)
    assert not (tmp_path / "x").exists()


def test_a_place_that_cannot_be_written_to_is_named(ledger: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotPermitted, match="cannot be written"):
        write(ledger, tmp_path / "file" / "x.csv", "csv")


def test_each_item_gets_one_text_with_its_pages_parted_by_form_feeds(ledger: Engine, tmp_path: Path) -> None:
    with reading(ledger) as session:
        done = export_text(session, tmp_path / "texts")
    assert [(file.path.name, file.rows) for file in done] == [("A.txt", 2), ("B.txt", 1)]
    assert (tmp_path / "texts" / "A.txt").read_text(encoding="utf-8") == "Qo‘rg‘ontepa tumani\n=1+1\f"


def test_texts_since_a_day_are_whole_items(ledger: Engine, tmp_path: Path) -> None:
    with reading(ledger) as session:
        done = export_text(session, tmp_path / "texts", since=datetime(2026, 3, 4, tzinfo=UTC))
    assert [file.path.name for file in done] == ["B.txt"]


@pytest.mark.parametrize("kind", FORMATS)
def test_an_export_is_one_moment_though_pages_are_finished_meanwhile(
    ledger: Engine, tmp_path: Path, kind: Format, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*args: object, **options: object) -> Iterator[PageRow]:
        rows = page_rows(*args, **options)  # type: ignore[arg-type]
        yield next(rows)
        add_page(ledger, "A", "keyin keldi")
        yield from rows

    monkeypatch.setattr(export, "page_rows", busy)
    assert write(ledger, tmp_path / "x", kind) == 3
    monkeypatch.undo()
    assert write(ledger, tmp_path / "y", kind) == 4


@pytest.mark.parametrize("kind", FORMATS)
def test_what_one_export_has_and_what_the_next_adds_are_all_pages_once(
    ledger: Engine, tmp_path: Path, kind: Format
) -> None:
    with reading(ledger) as session:
        until = newest(session)
    assert until is not None
    first = write(ledger, tmp_path / "x", kind)
    add_page(ledger, "B", "yangi", done_at=until + timedelta(seconds=1))
    assert write(ledger, tmp_path / "y", kind, since=until + timedelta(microseconds=1)) == 1
    assert write(ledger, tmp_path / "z", kind) == first + 1


def test_pages_whose_item_got_another_record_come_again_with_the_next_export_and_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.bring(book("UZ1", "INV-1") + book("UZ2", "INV-2", title="Kecha va kunduz"))
    add_page(shelf.engine, "INV-1", "matn")
    add_page(shelf.engine, "INV-2", "boshqa")
    with shelf.open() as session:
        for item in session.scalars(select(Item)):
            item.pdf_sha256 = "ab" * 32
        link.link_all(session, SETTINGS, NOON)
    with reading(shelf.engine) as session:
        until = newest(session)
    assert until == NOON
    later = until + timedelta(hours=1)
    with shelf.open() as session:
        link.set_link(session, "INV-1", "UZ2", SETTINGS, later)
    assert write(shelf.engine, tmp_path / "x.jsonl", "jsonl", since=until + timedelta(microseconds=1)) == 1
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["title"] == "Kecha va kunduz"
    with reading(shelf.engine) as session:
        assert newest(session) == later
    assert write(shelf.engine, tmp_path / "y.jsonl", "jsonl", since=later + timedelta(microseconds=1)) == 0


def test_a_corrected_record_brings_its_pages_along_again(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.bring(book("UZ1", "INV-1"))
    add_page(shelf.engine, "INV-1", "matn")
    shelf.link()
    shelf.renew(book("UZ1", "INV-1", title="Tuzatilgan nom"))
    assert write(shelf.engine, tmp_path / "x.jsonl", "jsonl", since=NOON + timedelta(seconds=1)) == 1
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["title"].startswith("Tuzatilgan nom")


def test_without_a_record_the_year_is_the_items_own(tmp_path: Path) -> None:
    ledger = make_ledger(tmp_path)
    add_page(ledger, "A", "matn", year=1932)
    write(ledger, tmp_path / "x.jsonl", "jsonl")
    assert json.loads((tmp_path / "x.jsonl").read_text(encoding="utf-8"))["year"] == "1932"
