"""Who only looks into the ledger sees what a session sees, and says what is wrong in the same words."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from counted import TODAY, add_everything, add_item, add_pages, make_ledger
from sqlalchemy import Engine, text

from digitize.errors import StorageFailed
from digitize.home import Home, create_home
from digitize.ledger import backlog, migrations, states, totals
from digitize.ledger.looking import looking
from digitize.ledger.opening import open_ledger
from digitize.ledger.plain import Look, ask, day, made, moment
from digitize.ledger.session import reading, transaction
from digitize.ledger.totals import Counted, Scope
from digitize.plan import lines
from digitize.report.overview import status

YEAR = Scope(date(TODAY.year, 1, 1), date(TODAY.year, 12, 31))
SCOPES = (
    YEAR,
    Scope(YEAR.since, YEAR.until, count_blank=False),
    Scope(YEAR.since, YEAR.until, count_blank=False, sources=("o'lkashunoslik",)),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home")


@pytest.fixture
def ledger(home: Home) -> Iterator[Engine]:
    """A little of everything that is counted or waits."""
    engine = open_ledger(home)
    with transaction(engine) as session:
        add_everything(session)
    yield engine
    engine.dispose()


def test_looking_needs_nothing_but_sqlite(home: Home, ledger: Engine):
    with looking(home) as source:
        assert isinstance(source, Look)


def test_a_look_sees_what_a_session_sees(home: Home, ledger: Engine):
    with looking(home) as look, reading(ledger) as session:
        assert backlog.queue(look) == backlog.queue(session) != backlog.Queue(0, 0, 0, 0)
        assert backlog.items(look) == backlog.items(session)
        assert backlog.attention(look) == backlog.attention(session)
        assert {need.cause for need in backlog.attention(look)} >= {"hang", "rejected", "failed", "missing", "review"}
        assert lines(look, TODAY.year) == lines(session, TODAY.year)
        for what in Counted:
            for scope in SCOPES:
                assert totals.per_day(look, what, scope) == totals.per_day(session, what, scope)
                assert totals.explain(look, what, scope) == totals.explain(session, what, scope)


@pytest.mark.parametrize("what", [Counted.PAGES, Counted.TITLES, Counted.FULLTEXT, Counted.LINKED])
@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_counted_is_the_rows_that_explain_it(home: Home, ledger: Engine, what: Counted, scope: Scope):
    with looking(home) as look:
        behind = totals.explain(look, what, scope)

        assert behind
        assert totals.count(look, what, scope) == len(behind) == sum(totals.per_day(look, what, scope).values())


def test_the_year_of_the_status_is_the_rows_of_its_pages(home: Home, ledger: Engine):
    now = datetime(TODAY.year, 12, 31, 7, 0, tzinfo=UTC)
    with looking(home) as look:
        found = status(look, home.settings, None, now, home.archive)

        assert found.pages.year == len(totals.explain(look, Counted.PAGES, YEAR)) == 10


def test_a_look_cannot_write(home: Home, ledger: Engine):
    with pytest.raises(StorageFailed, match="readonly"), looking(home) as source:
        ask(source, "DELETE FROM page")


def test_a_look_holds_one_snapshot_while_others_write(home: Home, ledger: Engine):
    with looking(home) as source:
        before = backlog.items(source)
        with transaction(ledger) as session:
            add_item(session, "D")

        assert backlog.items(source) == before
    with looking(home) as source:
        assert backlog.items(source).open == before.open + 1


def test_a_home_without_a_ledger_gets_one(home: Home):
    with looking(home) as source:
        assert backlog.items(source) == backlog.Items(0, 0, 0, 0)
    with looking(home) as source:
        assert isinstance(source, Look)


def test_an_older_ledger_is_brought_up_to_date_before_anybody_looks(home: Home, ledger: Engine):
    with transaction(ledger) as session:
        session.execute(text("DROP INDEX item_published"))
        step = str(migrations.MIGRATIONS.index(migrations._item_indices))
        session.execute(text("UPDATE meta SET value = :step WHERE key = 'version'"), {"step": step})

    with looking(home) as source:
        assert not isinstance(source, Look)
    with looking(home) as source:
        assert ask(source, "SELECT count(*) FROM sqlite_master WHERE name = 'item_published'")[0][0] == 1


def test_a_corrupt_ledger_is_named_with_the_way_back(home: Home, ledger: Engine):
    ledger.dispose()
    (home.root / "ledger.db").write_bytes(b"no database at all" * 999)

    with pytest.raises(StorageFailed, match=r"is corrupt.*digitize rebuild"), looking(home):
        pass


def test_a_ledger_that_breaks_under_the_eyes_is_named_too(home: Home, ledger: Engine):
    error = sqlite3.DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT

    with pytest.raises(StorageFailed, match=r"ledger\.db is corrupt"), looking(home):
        raise error


def test_the_version_that_is_known_without_loading_the_steps_is_theirs():
    assert migrations.CURRENT == states.VERSION


def test_values_are_read_as_either_database_gives_them():
    at = datetime(2026, 11, 2, 6, 0, 0, 7, tzinfo=UTC)

    assert (day("2026-11-02"), day(at.date())) == (at.date(), at.date())
    assert (moment("2026-11-02 06:00:00.000007"), moment(at)) == (at, at)
    assert (made('{"a": 1}'), made({"a": 1})) == ({"a": 1}, {"a": 1})


def test_a_tuple_stands_for_all_its_values_and_an_empty_one_for_none(tmp_path: Path):
    with transaction(make_ledger(tmp_path)) as session:
        add_pages(session, add_item(session, "A"), 2)
        sql = "SELECT count(*) FROM page WHERE state IN (:states)"

        assert ask(session, sql, states=("done", "failed"))[0][0] == 2
        assert ask(session, sql, states=())[0][0] == 0
