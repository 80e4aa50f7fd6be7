"""What is counted and what waits is asked in one text: both databases answer it alike."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from counted import NOW, TODAY, add_everything
from faults.servers import Server
from sqlalchemy.orm import Session

from digitize.ledger import backlog
from digitize.ledger.session import open_engine, reading, transaction
from digitize.ledger.totals import Counted, Scope, bundles, count, explain, per_day
from digitize.plan import last_author, lines
from digitize.report import Kind, period
from digitize.report.overview import status
from digitize.settings import Settings

YEAR = Scope(date(TODAY.year, 1, 1), date(TODAY.year, 12, 31))
SCOPES = (
    YEAR,
    Scope(YEAR.since, YEAR.until, count_blank=False, kinds=("chet el",), row=(TODAY.year, "x")),
    Scope(YEAR.since, YEAR.until, sources=("o'lkashunoslik", "pullik"), types=("kitob",)),
)


@pytest.fixture(scope="module")
def sessions(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Session, Session]]:
    """The same rows in SQLite and in PostgreSQL."""
    file: Path = tmp_path_factory.mktemp("both") / "ledger.db"
    engines = [open_engine(url) for url in (f"sqlite:///{file}", server.fresh("counting"))]
    for engine in engines:
        with transaction(engine) as session:
            add_everything(session)
    with reading(engines[0]) as lite, reading(engines[1]) as great:
        yield lite, great
    for engine in engines:
        engine.dispose()


def _alike(sessions: tuple[Session, Session], ask: Callable[[Session], Any]) -> Any:
    lite, great = map(ask, sessions)
    assert lite == great
    return lite


@pytest.mark.parametrize("what", Counted)
@pytest.mark.parametrize("scope", SCOPES)
def test_everything_is_counted_alike(sessions: tuple[Session, Session], what: Counted, scope: Scope):
    number = _alike(sessions, lambda session: count(session, what, scope))
    days = _alike(sessions, lambda session: per_day(session, what, scope))
    behind = _alike(sessions, lambda session: explain(session, what, scope))

    assert number == sum(days.values()) == sum(line.amount for line in behind)
    assert number or what is Counted.BY_HAND or scope is not YEAR


def test_pages_are_divided_alike(sessions: tuple[Session, Session]):
    found = _alike(sessions, lambda session: sorted(bundles(session, YEAR)))

    assert sum(bundle.pages for bundle in found) == 10


def test_what_every_operator_and_scanner_brought_is_reported_alike(sessions: tuple[Session, Session]):
    report = _alike(sessions, lambda session: period(session, Settings(staff=("Lola",)), Kind.YEAR, TODAY))

    for part in ("operator", "scanner", "source"):
        assert sum(share.pages for share in report.shares if share.part == part) == report.pages == 10


def test_what_waits_is_found_alike(sessions: tuple[Session, Session]):
    _alike(sessions, backlog.queue)
    _alike(sessions, backlog.items)
    found = _alike(sessions, backlog.attention)

    assert {need.cause for need in found} == set(backlog.Cause)


def test_the_plan_and_the_status_read_alike(sessions: tuple[Session, Session], tmp_path: Path):
    (row,) = _alike(sessions, lambda session: lines(session, TODAY.year))
    author = _alike(sessions, lambda session: last_author(session, row))
    found = _alike(sessions, lambda session: status(session, Settings(), TODAY.year, NOW))

    assert (row.filters, author.who, author.at) == ({"kinds": ["chet el"]}, "rahbar", NOW)
    assert found.rows[0].done == 3
    months = [status(session, Settings(), None, NOW, tmp_path).disk.months for session in sessions]
    assert months[0] == pytest.approx(months[1], rel=0.1)
