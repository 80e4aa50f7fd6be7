from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from counted import NOW, TODAY, add_item, add_link, add_master, add_pages, add_record, make_ledger
from sqlalchemy.orm import Session

from digitize.calendar import Calendar
from digitize.errors import NotFound, UsageError
from digitize.ledger.models import Outcome, PageState
from digitize.ledger.session import transaction
from digitize.messages import speaker
from digitize.plan import Author, PlanTable, TableRow, change, read_cell, store
from digitize.render.sentences import pace_sentences
from digitize.report import Kind, Row, bounds, close_month, explain_row, period, status
from digitize.settings import Settings

SETTINGS = Settings()
ME = Author("Lola", NOW)
ROWS = (
    TableRow(number="18.", name="Tadbirlar", unit="Tadbir", last_year="175", planned="180"),
    TableRow(number="23.", name="To‘liq ma’lumotlar bazasini shakllantirish", unit="Resurs", planned="22"),
    TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", last_year="18/3982", planned="19/3991"),
    TableRow(number="32.", name="Buyurtma bo‘yicha raqamlashtirish", unit="Sahifa", planned="10500 0"),
    TableRow(number="13.", name="Yozuvga makroobyektlarni ulash", unit="Resurs", planned="-"),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def _plan(session: Session, *rows: TableRow, year: int = 2026) -> None:
    store(session, PlanTable(year, rows or ROWS), None, ME)


def _rows(session: Session, now: datetime = NOW, settings: Settings = SETTINGS) -> dict[str, Row]:
    return {row.number: row for row in status(session, settings, None, now).rows}


def test_status_works_without_a_plan(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 3)
    found = status(session, SETTINGS, None, NOW)
    assert (found.year, found.rows, found.pace, found.pages.year) == (2026, (), None, 3)


def test_the_json_keys_are_the_promised_ones(session: Session) -> None:
    _plan(session)
    add_pages(session, add_item(session, "INV-1"), 1, None, state=PageState.FAILED, kind="timeout", reason="late")
    data = asdict(status(session, SETTINGS, None, NOW))
    assert data.keys() >= {"year", "rows", "pages", "queue", "items", "attention"}
    assert data["rows"][0].keys() >= {
        "number", "name", "unit", "measure", "last_year", "planned", "done", "percent",
        "per_workday_needed", "forecast",
    }  # fmt: skip
    assert data["pages"].keys() == {"today", "week", "month", "year"}
    assert data["queue"] == {"received": 0, "working": 0, "failed": 1, "rejected": 0}
    assert data["items"].keys() == {"open", "complete", "published", "linked"}
    assert (
        data["attention"][0].items()
        >= {"item": "INV-1", "page": 1, "kind": "timeout", "reason": speaker("uz")("failure.timeout")}.items()
    )


def test_titles_and_pages_are_shown_as_the_plan_writes_them(session: Session) -> None:
    _plan(session)
    item = add_item(session, "INV-1", first_published_on=TODAY)
    add_pages(session, item, 399)
    row = _rows(session)["24."]
    assert (row.last_year, row.planned, row.done) == ("18/3982", "19/3991", "1/399")
    assert (row.percent, row.planned_parts, row.done_parts) == (10.0, (19, 3991), (1, 399))


def test_each_measure_counts_its_own(session: Session) -> None:
    _plan(session)
    ordered = add_item(session, "B", source="buyurtma", first_published_on=TODAY)
    add_pages(session, ordered, 4)
    add_pages(session, add_item(session, "A"), 3)
    add_link(session, ordered, add_record(session, "1"))
    rows = _rows(session)
    done = {number: row.done for number, row in rows.items()}
    assert done == {"18.": None, "23.": 1, "24.": "1/7", "32.": 4, "13.": 1}


def test_text_and_blanks_in_number_cells_stay_as_they_are(session: Session) -> None:
    _plan(session)
    rows = _rows(session)
    assert (rows["32."].planned, rows["32."].percent, rows["32."].per_workday_needed) == ("10500 0", None, None)
    assert (rows["13."].planned, rows["13."].last_year) == (None, None)


def test_a_row_filled_in_by_hand_has_a_percent_but_no_forecast(session: Session) -> None:
    _plan(session)
    change(session, 2026, "18", {"value": "90"}, ME)
    row = _rows(session)["18."]
    assert (row.done, row.percent, row.forecast) == (90, 50.0, None)
    assert row.per_workday_needed is not None


def test_needed_and_forecast_follow_the_working_calendar(session: Session) -> None:
    _plan(session, TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="3000"))
    item = add_item(session, "INV-1")
    for day in Calendar().working_days(TODAY - timedelta(days=40), TODAY - timedelta(days=1)):
        add_pages(session, item, 10, day)
    row = _rows(session)["24."]
    done = 10 * len(Calendar().working_days(TODAY - timedelta(days=40), TODAY - timedelta(days=1)))
    left = Calendar().working_days(TODAY, date(2026, 12, 31))
    assert row.per_workday_needed == round((3000 - done) / len(left), 2)
    assert row.per_workday == 10
    assert row.forecast == Calendar().nth(TODAY, (3000 - done) // 10)


def test_a_goal_that_is_reached_shows_the_day_it_was(session: Session) -> None:
    _plan(session, TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="5"))
    item = add_item(session, "INV-1")
    for day in (date(2026, 2, 2), date(2026, 3, 3), date(2026, 4, 4)):
        add_pages(session, item, 3, day)
    row = _rows(session)["24."]
    assert (row.per_workday_needed, row.forecast, row.percent) == (0.0, date(2026, 3, 3), 180.0)


def test_a_year_that_is_over_has_neither_need_nor_forecast(session: Session) -> None:
    _plan(session, year=2025)
    add_pages(session, add_item(session, "INV-1"), 3, date(2025, 6, 2))
    found = status(session, SETTINGS, 2025, NOW)
    row = found.rows[2]
    assert (row.done, row.per_workday_needed, row.forecast, found.pages.year) == ("0/3", None, None, 3)
    assert found.pace is not None
    assert found.pace.days_left == 0


def test_the_local_day_decides_what_today_is(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 2, date(2026, 11, 4))
    late_evening = datetime(2026, 11, 3, 19, 30, tzinfo=UTC)
    assert status(session, SETTINGS, None, late_evening).pages.today == 2
    assert status(session, SETTINGS, None, NOW).pages.today == 0


def test_week_and_month_reach_from_their_first_day_to_today(session: Session) -> None:
    item = add_item(session, "INV-1")
    for day in (date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)):
        add_pages(session, item, 1, day)
    pages = status(session, SETTINGS, None, NOW).pages
    assert (pages.today, pages.week, pages.month, pages.year) == (1, 2, 3, 4)


def test_blank_pages_follow_the_setting(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 2, outcome=Outcome.BLANK)
    assert status(session, SETTINGS, None, NOW).pages.year == 2
    assert status(session, Settings(count_blank=False), None, NOW).pages.year == 0


def test_the_pace_line_says_what_the_days_before_today_should_have_brought(session: Session) -> None:
    _plan(session, TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="2480"))
    add_pages(session, add_item(session, "INV-1"), 100)
    pace = status(session, SETTINGS, None, NOW).pace
    assert pace is not None
    passed = len(Calendar().working_days(date(2026, 1, 1), TODAY - timedelta(days=1)))
    assert (pace.working_days, pace.days_passed, pace.expected) == (248, passed, 10 * passed)
    assert pace.ahead == 100 - 10 * passed


def test_attention_says_who_must_act_in_the_readers_language(session: Session) -> None:
    add_pages(session, add_item(session, "A"), 2, outcome=Outcome.LOW)
    (uz,) = status(session, SETTINGS, None, NOW).attention
    (en,) = status(session, Settings(language="en"), None, NOW).attention
    assert (uz.who, uz.item, uz.number) == ("operator", "A", 2)
    assert uz.reason != en.reason == "pages that were hard to read: 2"


def test_failed_and_refused_pages_are_trouble_and_low_ones_are_not(session: Session) -> None:
    item = add_item(session, "A")
    add_pages(session, item, 2, outcome=Outcome.LOW)
    assert not status(session, SETTINGS, None, NOW).troubled
    add_pages(session, item, 1, None, state=PageState.FAILED)
    assert status(session, SETTINGS, None, NOW).troubled


def test_the_disk_lasts_as_long_as_the_last_weeks_say(session: Session, tmp_path: Path) -> None:
    item = add_item(session, "A")
    add_master(session, item, 10**15, NOW - timedelta(days=30))
    disk = status(session, SETTINGS, None, NOW, tmp_path).disk
    assert disk is not None
    assert disk.months is not None
    assert disk.months < 12
    assert status(session, SETTINGS, None, NOW, tmp_path / "gone").disk is None


@pytest.mark.parametrize(
    ("kind", "since", "until"),
    [
        (Kind.WEEK, date(2026, 11, 2), date(2026, 11, 8)),
        (Kind.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (Kind.QUARTER, date(2026, 10, 1), date(2026, 12, 31)),
        (Kind.YEAR, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_its_calendar_bounds(kind: Kind, since: date, until: date) -> None:
    assert bounds(kind, TODAY) == (since, until)


def test_a_period_counts_its_days_and_the_year_so_far(session: Session) -> None:
    _plan(session)
    item = add_item(session, "INV-1", first_published_on=date(2026, 11, 2))
    for day in (date(2026, 9, 30), date(2026, 10, 30), date(2026, 11, 2), date(2026, 12, 1)):
        add_pages(session, item, 3, day)
    add_pages(session, item, 1, date(2026, 11, 2), outcome=Outcome.BLANK)
    found = period(session, SETTINGS, Kind.MONTH, TODAY)
    assert (found.pages, found.previous_pages, found.blank, found.titles) == (4, 3, 1, 1)
    row = next(row for row in found.rows if row.number == "24.")
    assert (row.done, row.done_year, row.percent) == ("1/4", "1/10", 0.3)
    assert sum(day.pages for day in found.days) == found.pages
    assert found.explain == ()


def test_the_explained_pages_are_as_many_as_the_report_says(session: Session) -> None:
    item = add_item(session, "INV-1")
    add_pages(session, item, 3)
    add_pages(session, item, 2, outcome=Outcome.BLANK)
    for settings in (SETTINGS, Settings(count_blank=False)):
        found = period(session, settings, Kind.WEEK, TODAY, explain=True)
        assert len(found.explain) == found.pages > 0


def test_a_week_over_new_year_takes_the_plan_of_the_day_asked_for(session: Session) -> None:
    _plan(session)
    add_pages(session, add_item(session, "INV-1"), 5, date(2027, 1, 2))
    found = period(session, SETTINGS, Kind.WEEK, date(2026, 12, 30))
    row = next(row for row in found.rows if row.number == "24.")
    assert (found.pages, row.done, row.done_year) == (5, "0/5", "0/0")


@pytest.mark.parametrize("number", ["23", "24", "32", "13"])
@pytest.mark.parametrize("kind", Kind)
def test_the_list_behind_a_row_is_as_long_as_its_number(session: Session, number: str, kind: Kind) -> None:
    _plan(session)
    ordered = add_item(session, "B", source="buyurtma", first_published_on=TODAY)
    add_pages(session, ordered, 4)
    add_pages(session, add_item(session, "A"), 3, date(2026, 5, 6))
    add_link(session, ordered, add_record(session, "1"))
    row = next(row for row in period(session, SETTINGS, kind, TODAY).rows if row.number == f"{number}.")
    lines = explain_row(session, SETTINGS, kind, TODAY, number)
    assert len(lines) == sum(read_cell(str(row.done)).parts)


def test_rows_filled_in_by_hand_and_closed_months_have_no_list_of_their_own(session: Session) -> None:
    _plan(session)
    change(session, 2026, "18", {"value": "90"}, ME)
    with pytest.raises(UsageError, match="by hand"):
        explain_row(session, SETTINGS, Kind.WEEK, TODAY, "18")
    close_month(session, SETTINGS, date(2026, 3, 1), ME)
    with pytest.raises(UsageError, match="is closed"):
        explain_row(session, SETTINGS, Kind.MONTH, date(2026, 3, 1), "24")
    with pytest.raises(NotFound):
        explain_row(session, SETTINGS, Kind.MONTH, TODAY, "99")


def test_a_plan_that_is_not_reached_is_never_a_hundred_percent(session: Session) -> None:
    _plan(session, TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="3000"))
    item = add_item(session, "INV-1")
    add_pages(session, item, 2999)
    assert _rows(session)["24."].percent == 99.9
    add_pages(session, item, 1)
    assert _rows(session)["24."].percent == 100.0


def test_the_average_of_a_month_that_runs_is_over_the_days_that_are_over(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 30, date(2026, 11, 3))

    running = period(session, SETTINGS, Kind.MONTH, TODAY, today=date(2026, 11, 6))
    over = period(session, SETTINGS, Kind.MONTH, TODAY, today=date(2026, 12, 1))

    assert (running.working_days, running.days_over, running.per_day) == (21, 5, 6.0)
    assert (over.days_over, over.per_day) == (None, 1.4)
    assert period(session, SETTINGS, Kind.MONTH, date(2026, 12, 1), today=date(2026, 11, 6)).per_day is None


def test_the_year_is_told_of_its_own_row_whatever_others_have_its_number(session: Session) -> None:
    by_hand = TableRow(section="I", number="1.", name="Tadbirlar", unit="Tadbir", planned="180")
    row = TableRow(section="II", number="1.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="3000")
    _plan(session, by_hand, row)
    add_pages(session, add_item(session, "INV-1"), 300)

    found = status(session, SETTINGS, None, NOW)

    assert pace_sentences(found, speaker("uz"))[0] == "300 / 3\u00a0000 sahifa (10%)"


def test_a_week_between_two_years_is_held_against_the_plan_of_the_year_it_mostly_lies_in(session: Session) -> None:
    for year, planned in ((2026, "2600"), (2027, "2700")):
        _plan(session, TableRow(number="1.", name="Raqamlashtirish", unit="Sahifa", planned=planned), year=year)
    item = add_item(session, "INV-1")
    for day in (date(2026, 12, 30), date(2027, 1, 2)):
        add_pages(session, item, 5, day)

    reports = [period(session, SETTINGS, Kind.WEEK, day) for day in (date(2026, 12, 28), date(2027, 1, 2))]

    assert reports[0] == reports[1]
    row = reports[0].rows[0]
    assert (reports[0].year, reports[0].pages, row.planned, row.done, row.done_year) == (2026, 10, 2600, 10, 5)
    assert len(explain_row(session, SETTINGS, Kind.WEEK, date(2027, 1, 2), "1")) == 10
