"""Who brings how much, what absences change, and the warning that comes while something can still be done."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from counted import NOW, TODAY, add_item, add_pages, make_ledger
from sqlalchemy.orm import Session

from digitize.calendar import Calendar
from digitize.errors import BadConfig
from digitize.ledger import totals
from digitize.ledger.session import transaction
from digitize.ledger.totals import Scope
from digitize.messages import LANGUAGES, speaker
from digitize.plan import Author, PlanTable, TableRow, store
from digitize.render import period_text, status_html, status_text
from digitize.render.words import pace
from digitize.report import Kind, Share, Status, period, status
from digitize.settings import Settings

SETTINGS = Settings(staff=("Lola", "Ali", "Karim"))
NOVEMBER = date(2026, 11, 2)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def _away(folder: Path, *lines: str) -> Settings:
    path = folder / "yoqlar.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return replace(SETTINGS, absences=str(path))


def _history(session: Session) -> None:
    lola = add_item(session, "A", operator="Lola", scanner="CZUR ET24")
    ali = add_item(session, "B", operator="Ali", scanner="Canon", source="buyurtma")
    nobody = add_item(session, "C", scanner="Canon")
    for place in range(3):
        add_pages(session, lola, 10, NOVEMBER + timedelta(days=place))
    add_pages(session, ali, 5, NOVEMBER)
    add_pages(session, nobody, 2, NOVEMBER + timedelta(days=9))


def test_every_operator_scanner_and_source_has_pages_days_and_a_pace(session: Session) -> None:
    _history(session)
    report = period(session, SETTINGS, Kind.MONTH, TODAY)
    assert report.shares == (
        Share("operator", "Lola", 30, 3, 10.0),
        Share("operator", "Ali", 5, 1, 5.0),
        Share("operator", "", 2, 1, 2.0),
        Share("operator", "Karim", 0, 0, 0.0),
        Share("scanner", "CZUR ET24", 30, 3, 10.0),
        Share("scanner", "Canon", 7, 2, 3.5),
        Share("source", "reja", 32, 4, 8.0),
        Share("source", "buyurtma", 5, 1, 5.0),
    )
    assert (report.scanners, report.operators) == ({"CZUR ET24": 30, "Canon": 7}, {"Lola": 30, "Ali": 5, "": 2})
    assert asdict(report)["shares"][0].keys() == {"part", "name", "pages", "days", "per_day", "absent"}


def test_divisions_count_as_the_number_above_them_does(session: Session) -> None:
    _history(session)
    add_pages(session, add_item(session, "D"), 4, NOVEMBER, outcome="blank")
    for count_blank in (True, False):
        report = period(session, replace(SETTINGS, count_blank=count_blank), Kind.MONTH, TODAY)
        for parts in (report.sources, report.types, report.operators, report.scanners):
            assert sum(parts.values()) == report.pages
        scope = Scope(report.since, report.until, count_blank, sources=("reja",))
        assert sum(bundle.pages for bundle in totals.bundles(session, scope)) == totals.pages(session, scope)


def test_an_operators_days_away_are_counted_without_days_off(session: Session, tmp_path: Path) -> None:
    _history(session)
    settings = _away(tmp_path, "ism,dan,gacha", "Али,2026-11-05,2026-11-10,ta’til", "Karim,2026-11-01,2026-12-31")
    found = {
        one.name: one.absent for one in period(session, settings, Kind.MONTH, TODAY).shares if one.part == "operator"
    }
    assert found == {
        "Lola": 0,
        "Ali": 4,
        "": 0,
        "Karim": len(Calendar().working_days(date(2026, 11, 1), date(2026, 11, 30))),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paces_are_printed_on_eighty_columns(session: Session, language: str) -> None:
    _history(session)
    text = period_text(period(session, SETTINGS, Kind.MONTH, TODAY), speaker(language))
    assert max(map(len, text.splitlines())) <= 80
    assert "CZUR ET24" in text
    assert "Karim" in text


def _plan(session: Session, planned: str) -> None:
    rows = (
        TableRow(number="23.", name="To‘liq ma’lumotlar bazasini shakllantirish", unit="Resurs", planned="22"),
        TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned=planned),
    )
    store(session, PlanTable(2026, rows), None, Author("Lola", NOW))


def _status(session: Session, planned: str, settings: Settings = SETTINGS) -> Status:
    """Ten pages on each working day of the last forty days."""
    _plan(session, planned)
    item = add_item(session, "A")
    for day in Calendar().working_days(TODAY - timedelta(days=40), TODAY - timedelta(days=1)):
        add_pages(session, item, 10, day)
    return status(session, settings, None, NOW)


def test_what_comes_less_than_once_a_day_is_warned_of_by_the_month(session: Session) -> None:
    _plan(session, "1")
    for number, day in enumerate((date(2026, 9, 1), date(2026, 10, 15))):
        add_item(session, f"A{number}", first_published_on=day)

    (need,) = status(session, SETTINGS, None, NOW).attention

    assert need.name == "reja, 23-qator"
    assert "oyiga 1 o‘rniga 10 resurs kerak" in need.reason


def test_a_forecast_that_leaves_the_year_warns_the_head_of_service(session: Session) -> None:
    found = _status(session, "5000")
    (need,) = found.attention
    assert (need.who, need.kind, need.item, need.page, need.name) == ("head", "forecast", "", None, "reja, 24-qator")
    row = found.rows[1]
    assert row.forecast is not None
    assert row.forecast.year > 2026
    needed = pace(row.per_workday_needed)
    for words in (f"{row.forecast:%d.%m.%Y}", "10 o‘rniga", f"{needed} sahifa"):
        assert words in need.reason
    assert f"{needed} sahifa kerak" in status_text(found, speaker("uz")).replace("\n", " "), "the same above the list"
    assert not found.troubled, "a slow year is no failed page: the exit code stays 0"
    for text in (status_text(found, speaker("uz")), status_html(found, speaker("uz"))):
        assert "reja, 24-qator" in text
        assert "rahbar" in text
    assert max(map(len, status_text(found, speaker("uz")).splitlines())) <= 80


def test_a_goal_beyond_ten_years_is_warned_of_too(session: Session) -> None:
    (need,) = _status(session, "900000").attention
    assert "> 2036" in need.reason


@pytest.mark.parametrize("planned", ["300", "500"])
def test_a_plan_that_will_be_reached_or_is_warns_nobody(session: Session, planned: str) -> None:
    assert _status(session, planned).attention == ()


def test_absences_to_come_can_move_the_forecast_out_of_the_year(session: Session, tmp_path: Path) -> None:
    days = Calendar().working_days(TODAY - timedelta(days=40), date(2026, 12, 31))
    planned = str(10 * len(days) - 20)
    assert _status(session, planned).attention == ()
    settings = _away(tmp_path, "Lola,2026-11-03,2026-12-31,o‘qish")
    found = status(session, settings, None, NOW)
    assert [need.kind for need in found.attention] == ["forecast"]
    assert found.pace is not None
    before = status(session, SETTINGS, None, NOW)
    assert before.pace is not None
    assert found.pace.expected > before.pace.expected, "the line is steeper while everybody is there"
    assert found.rows[1].per_workday_needed == pytest.approx(before.rows[1].per_workday_needed * 1.5, abs=0.02)


def test_the_file_of_absences_is_a_bad_setting_where_it_names_a_stranger(session: Session, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="Vali is away, but not on the staff"):
        status(session, _away(tmp_path, "Vali,2026-11-03,2026-12-31"), None, NOW)
