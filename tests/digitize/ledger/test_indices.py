"""Ten million pages are counted and claimed through indices; older ledgers get them, too."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from counted import add_item, add_pages
from sqlalchemy import Connection, Engine, event, inspect, select, text

from digitize import report
from digitize.ledger import backlog, migrations, queue
from digitize.ledger.models import Outcome, Page, PageState
from digitize.ledger.session import open_engine, reading, transaction
from digitize.settings import Settings

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/ledger.db")
    with transaction(engine) as session:
        for key in ("INV-1", "INV-2"):
            add_pages(session, add_item(session, key), 20, date(2026, 10, 1))
    yield engine
    engine.dispose()


@contextmanager
def _steps(ledger: Engine) -> Iterator[list[str]]:
    """SQLite's own plan of every statement in the block."""
    steps: list[str] = []

    def explain(connection: Connection, _cursor, statement: str, parameters, _context, _many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "WITH")):
            raw = connection.connection.cursor()
            raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps.extend(row[3] for row in raw.fetchall())
            raw.close()

    event.listen(ledger, "before_cursor_execute", explain)
    try:
        yield steps
    finally:
        event.remove(ledger, "before_cursor_execute", explain)


def _walks(steps: list[str]) -> list[str]:
    """Steps that read a whole table of pages or masters."""
    return [step for step in steps if step.startswith(("SCAN page", "SCAN master"))]


def test_status_walks_through_no_table_of_pages(ledger: Engine, tmp_path: Path):
    with _steps(ledger) as steps, reading(ledger) as session:
        report.status(session, Settings(), None, NOW, tmp_path)

    assert steps
    assert _walks(steps) == []
    assert any("page_of_day" in step for step in steps)
    assert any("page_low" in step for step in steps)
    assert any("master_received" in step for step in steps)


def test_a_claim_takes_pages_from_the_index_in_their_order(ledger: Engine):
    with _steps(ledger) as steps, transaction(ledger) as session:
        queue.claim(session, "me", 5, NOW, 900)

    assert _walks(steps) == []
    assert not any("ORDER BY" in step for step in steps)


def test_a_page_whose_lease_ran_out_goes_before_pages_nobody_had(ledger: Engine):
    with transaction(ledger) as session:
        session.execute(text("UPDATE page SET state = 'received'"))
        (lost,) = queue.claim(session, "gone", 1, NOW, -1)
        found = queue.claim(session, "me", 3, NOW, 900)

    assert found[0].page_id == lost.page_id
    assert len(found) == 3


def test_an_older_ledger_gets_the_indices_and_history_the_number_0(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/ledger.db"
    engine = open_engine(url)
    wanted = {index["name"] for table in ("page", "master") for index in inspect(engine).get_indexes(table)}
    with transaction(engine) as session:
        page = add_pages(session, add_item(session, "INV-1"), 2, date(2026, 10, 1))[0]
        page.state = PageState.SUPERSEDED
        for name in ("page_waiting", "page_of_day", "page_low", "master_received"):
            session.execute(text(f"DROP INDEX {name}"))
        session.execute(text("CREATE INDEX page_queue ON page (state, lease_until)"))
        step = str(migrations.MIGRATIONS.index(migrations._indices))
        session.execute(text("UPDATE meta SET value = :step WHERE key = 'version'"), {"step": step})
    engine.dispose()

    engine = open_engine(url)

    present = {index["name"] for table in ("page", "master") for index in inspect(engine).get_indexes(table)}
    assert present == wanted
    with reading(engine) as session:
        history = select(Page.number).where(Page.state == PageState.SUPERSEDED)
        assert session.scalars(history).all() == [0]
    engine.dispose()


def test_items_with_hard_pages_are_listed_once_with_their_number(ledger: Engine):
    with transaction(ledger) as session:
        for page in session.scalars(select(Page).limit(3)):
            page.outcome = Outcome.LOW
    with reading(ledger) as session:
        low = [(need.item, need.number) for need in backlog.attention(session) if need.cause == backlog.Cause.LOW]

    assert low == [("INV-1", 3)]
