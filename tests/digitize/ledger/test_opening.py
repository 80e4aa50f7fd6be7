"""A ledger is opened, upgraded, looked at; a lost one is never replaced."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from builders import drop, make_desk, take_all
from sqlalchemy import select

from digitize.errors import StorageFailed
from digitize.ledger import opening
from digitize.ledger.models import Damage, Item, Master
from digitize.ledger.opening import TooLong
from digitize.ledger.session import reading, transaction


def _file(home: Path) -> Path:
    return home / "ledger.db"


def test_a_ledger_from_before_damage_was_kept_is_upgraded(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    desk.ledger.dispose()
    with closing(sqlite3.connect(_file(desk.home.root))) as old, old:
        old.execute("DROP TABLE damage")
        old.execute("ALTER TABLE master DROP COLUMN checked_at")
        old.execute("ALTER TABLE item DROP COLUMN pdf_checked_at")
        old.execute("UPDATE meta SET value = '2' WHERE key = 'version'")

    ledger = opening.open_ledger(desk.home)

    with transaction(ledger) as session:
        assert session.scalars(select(Master.checked_at)).all() == [None]
        assert session.scalars(select(Item.pdf_checked_at)).all() == [None]
        assert session.scalars(select(Damage)).all() == []


def test_a_home_without_scans_may_begin_with_an_empty_ledger(tmp_path: Path):
    desk = make_desk(tmp_path)
    desk.ledger.dispose()
    _file(desk.home.root).unlink()

    opening.open_ledger(desk.home).dispose()

    assert _file(desk.home.root).is_file()


def test_an_empty_file_beside_scans_is_a_lost_ledger(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    desk.ledger.dispose()
    _file(desk.home.root).write_bytes(b"")

    with pytest.raises(StorageFailed, match="lost"):
        opening.open_ledger(desk.home)


def test_damage_that_shows_in_the_middle_of_a_command_names_the_remedy(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    desk.ledger.dispose()
    file = _file(desk.home.root)
    with closing(sqlite3.connect(file)) as connection:
        [page] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'master'").fetchone()
    data = bytearray(file.read_bytes())
    data[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    file.write_bytes(data)
    ledger = opening.open_ledger(desk.home)

    with reading(ledger) as session, pytest.raises(StorageFailed, match="digitize rebuild"):
        session.scalars(select(Master)).all()


def test_the_quick_look_gives_up_on_a_large_file_in_time(tmp_path: Path):
    desk = make_desk(tmp_path)

    with closing(sqlite3.connect(_file(desk.home.root))) as connection, connection:
        connection.execute("CREATE TABLE large (a, b)")
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
            " INSERT INTO large SELECT i, hex(i) FROM n"
        )
        connection.execute("CREATE INDEX large_b ON large (b)")

    with pytest.raises(TooLong):
        opening.faults(_file(desk.home.root), seconds=0)
    opening.require_sound(desk.home, seconds=0)


def test_a_file_that_is_no_database_is_a_fault_not_an_exception(tmp_path: Path):
    (tmp_path / "x.db").write_bytes(b"no database at all" * 500)

    assert "not a database" in opening.faults(tmp_path / "x.db")


def test_a_ledger_that_cannot_be_looked_at_is_not_called_corrupt(tmp_path: Path):
    with pytest.raises(StorageFailed, match="cannot be opened") as refused:
        opening.faults(_file(tmp_path / "nowhere"))

    assert "rebuild" not in refused.value.hint
