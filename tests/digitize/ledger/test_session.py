"""The ledger's file: durable, migrated, never opened by an older program."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, text

from digitize.errors import BadConfig, StorageFailed
from digitize.ledger import migrations
from digitize.ledger.models import Event, Item, Meta, Record, RecordKey
from digitize.ledger.session import open_engine, reading, transaction


def _url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_sqlite_is_set_up_to_survive_a_power_cut(tmp_path: Path):
    with reading(open_engine(_url(tmp_path))) as session:
        pragmas = {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")}
        keys = session.execute(text("PRAGMA foreign_keys")).scalar()

    assert pragmas == {"journal_mode": "wal", "synchronous": 2}
    assert keys == 1


def test_opening_twice_migrates_once(tmp_path: Path):
    for _ in range(2):
        engine = open_engine(_url(tmp_path))

    with engine.connect() as connection:
        assert migrations.version(connection) == migrations.CURRENT


def test_a_ledger_of_a_newer_program_is_refused(tmp_path: Path):
    with transaction(open_engine(_url(tmp_path))) as session:
        session.get_one(Meta, "version").value = str(migrations.CURRENT + 1)

    with pytest.raises(BadConfig, match="newer"):
        open_engine(_url(tmp_path))


def test_an_older_ledger_is_copied_before_it_is_changed(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(migrations, "CURRENT", migrations.CURRENT - 1)
    open_engine(_url(tmp_path)).dispose()
    monkeypatch.undo()

    open_engine(_url(tmp_path))

    [copy] = tmp_path.glob("ledger-v*.db")
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT value FROM meta WHERE key='version'").fetchone() == (str(migrations.CURRENT - 1),)


def test_a_ledger_from_before_pdf_sizes_takes_them_from_what_was_logged(tmp_path: Path):
    engine = open_engine(_url(tmp_path))
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with transaction(engine) as session:
        item = Item(key="A", folded_key="A", raw_key=b"A", created_at=now, changed_at=now)
        session.add(item)
        session.flush()
        session.add(Event(at=now, who="", what="published", tool="", item_id=item.id, detail={"size": 4711}))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE item DROP COLUMN pdf_size"))
        connection.execute(text("ALTER TABLE item DROP COLUMN access"))
        connection.execute(text("UPDATE meta SET value = '4' WHERE key = 'version'"))
    engine.dispose()

    with reading(open_engine(_url(tmp_path))) as session:
        item = session.scalars(select(Item)).one()
        assert (item.pdf_size, item.access) == (4711, "")


def test_records_imported_before_titles_were_keys_get_them(tmp_path: Path):
    engine = open_engine(_url(tmp_path))
    now = datetime(2026, 11, 2, tzinfo=UTC)
    with transaction(engine) as session:
        row = Record(ordinal=1, file="", profile="", syntax="", raw=b"", imported_at=now, title="Ўткан кунлар")
        row.author, row.keys = "Қодирий, Абдулла", [RecordKey(kind="record", value="1")]
        session.add(row)
    with engine.begin() as connection:
        connection.execute(text("UPDATE meta SET value = '7' WHERE key = 'version'"))
    engine.dispose()

    with reading(open_engine(_url(tmp_path))) as session:
        keys = {key.kind: key.value for key in session.scalars(select(RecordKey))}
    assert keys == {"record": "1", "title": "otkankunlar", "author": "qodiriy"}


def test_what_raises_is_rolled_back(tmp_path: Path):
    engine = open_engine(_url(tmp_path))

    def fail_halfway() -> None:
        with transaction(engine) as session:
            session.add(Meta(key="x", value="y"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()

    with reading(engine) as session:
        assert session.get(Meta, "x") is None


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path):
    engine = open_engine(_url(tmp_path))

    with transaction(engine) as writer:
        writer.add(Meta(key="x", value="y"))
        writer.flush()
        with reading(engine) as session:
            assert session.get(Meta, "x") is None


def test_a_ledger_that_cannot_be_opened_is_one_sentence(tmp_path: Path):
    with pytest.raises(StorageFailed, match="cannot be opened"):
        open_engine(f"sqlite:///{tmp_path}/nowhere/ledger.db")
