"""A month that was signed does not change; what changes later is said where it can still be said."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from counted import add_item, add_pages, make_ledger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from digitize.errors import StorageFailed, UsageError
from digitize.ledger.migrations import migrate
from digitize.ledger.models import Closing, Item, Page, PageState
from digitize.ledger.session import open_engine, transaction
from digitize.messages import speaker
from digitize.plan import Author, PlanTable, TableRow, store
from digitize.render import period_text
from digitize.report import Corrections, Kind, PeriodReport, close_month, period
from digitize.settings import Settings

SETTINGS = Settings(library="Arnasoy tumani")
ME = Author("Lola", datetime(2026, 11, 3, 6, 30, tzinfo=UTC))
MARCH, APRIL, MAY, JUNE = (date(2026, month, 15) for month in (3, 4, 5, 6))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def _month(session: Session, day: date, *, explain: bool = False) -> PeriodReport:
    return period(session, SETTINGS, Kind.MONTH, day, explain=explain)


def _close(session: Session, day: date) -> PeriodReport:
    return close_month(session, SETTINGS, day, ME)


def test_a_month_closed_in_the_night_bears_the_day_of_the_library(session: Session) -> None:
    night = Author("Lola", datetime(2026, 3, 31, 20, 30, tzinfo=UTC))
    closed = close_month(session, SETTINGS, MARCH, night)
    for report in (closed, _month(session, MARCH)):
        assert "Oy yopilgan: 2026-yil 1-aprel" in period_text(report, speaker("uz"))


def test_a_closed_month_says_the_same_whatever_happens_later(session: Session) -> None:
    store(session, PlanTable(2026, (TableRow(number="24.", name="Raqamlashtirish", unit="Sahifa", planned="19/3991"),)),
          None, ME)  # fmt: skip
    item = add_item(session, "A", first_published_on=MARCH)
    pages = add_pages(session, item, 5, MARCH)
    closed = _close(session, MARCH)
    session.delete(pages[-1])
    pages[0].state = PageState.SUPERSEDED
    add_pages(session, item, 7, MARCH)
    found = _month(session, MARCH, explain=True)
    assert found == closed
    assert (found.pages, len(found.explain), found.rows[0].done) == (5, 5, "1/5")
    assert _month(session, MARCH).explain == ()


def test_the_first_open_month_reports_what_was_corrected_and_no_other(session: Session) -> None:
    item = add_item(session, "A")
    add_pages(session, item, 5, MARCH)
    add_pages(session, item, 4, APRIL)
    _close(session, MARCH)
    add_pages(session, item, 2, MARCH)
    assert _month(session, APRIL).corrections == Corrections(pages=2)
    assert _month(session, MAY).corrections == Corrections()
    april = _close(session, APRIL)
    assert (april.pages, april.corrections.pages) == (4, 2)
    assert _month(session, APRIL).corrections.pages == 2
    assert not _month(session, MAY).corrections.any


def test_a_page_taken_back_is_a_negative_correction(session: Session) -> None:
    pages = add_pages(session, add_item(session, "A", first_published_on=MARCH), 5, MARCH)
    _close(session, MARCH)
    pages[0].state = PageState.SUPERSEDED
    assert _month(session, APRIL).corrections == Corrections(pages=-1)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.sampled_from([MARCH, APRIL, MAY]), st.integers(-3, 5)), max_size=6), data=st.data()
)
def test_reported_months_with_their_corrections_add_up_to_what_is_counted(
    session: Session, changes: list[tuple[date, int]], data: st.DataObject
) -> None:
    for table in (Closing, Page, Item):
        session.execute(delete(table))
    item = add_item(session, "A")
    turns = iter((MARCH, APRIL, MAY))
    said = 0
    for day, change in changes:
        if change > 0:
            add_pages(session, item, change, day)
        else:
            gone = session.query(Page).filter_by(counted_on=day, state=PageState.DONE).limit(-change).all()
            for page in gone:
                page.state = PageState.SUPERSEDED
        session.flush()
        if data.draw(st.booleans()) and (month := next(turns, None)):
            report = _close(session, month)
            said += report.pages + report.corrections.pages
    for month in turns:
        report = _close(session, month)
        said += report.pages + report.corrections.pages
    left = _month(session, JUNE)
    counted = session.query(Page).filter_by(state=PageState.DONE).count()
    assert said + left.pages + left.corrections.pages == counted


def test_months_are_closed_once_in_order_and_only_when_they_are_over(session: Session) -> None:
    _close(session, MARCH)
    with pytest.raises(UsageError, match="closed already"):
        _close(session, MARCH)
    with pytest.raises(UsageError, match="2026-04 comes before 2026-05"):
        _close(session, MAY)
    with pytest.raises(UsageError, match="is not over"):
        _close(session, date(2026, 11, 1))


def test_december_is_followed_by_january(session: Session) -> None:
    later = replace(ME, at=datetime(2027, 3, 1, tzinfo=UTC))
    close_month(session, SETTINGS, date(2026, 12, 1), later)
    assert close_month(session, SETTINGS, date(2027, 1, 1), later).closed is not None


def test_a_number_altered_behind_the_programs_back_is_found(session: Session) -> None:
    add_pages(session, add_item(session, "A"), 5, MARCH)
    _close(session, MARCH)
    altered = text("UPDATE closing SET numbers = replace(numbers, :old, :new)")
    session.execute(altered, {"old": '"pages":5', "new": '"pages":6'})
    session.expire_all()
    with pytest.raises(StorageFailed, match="2026-03 were altered"):
        _month(session, MARCH)


def test_a_ledger_of_before_gets_the_table(tmp_path: Path) -> None:
    engine = make_ledger(tmp_path)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE closing"))
        connection.execute(text("UPDATE meta SET value = '6' WHERE key = 'version'"))
    migrate(engine)
    engine.dispose()
    with transaction(open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")) as session:
        assert _close(session, MARCH).pages == 0


def test_the_paper_tells_corrections_and_the_closing(session: Session) -> None:
    item = add_item(session, "A")
    add_pages(session, item, 5, MARCH)
    _close(session, MARCH)
    add_pages(session, item, 2, MARCH)
    say = speaker("uz")
    assert "Oy yopilgan: 2026-yil 3-noyabr, Lola" in period_text(_month(session, MARCH), say)
    assert "Yopilgan oylarga tuzatish: Raqamlashtirilgan sahifalar" in period_text(_month(session, APRIL), say)
