from datetime import date, timedelta
from pathlib import Path
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitize.calendar import (
    Absence,
    Calendar,
    Override,
    by_library,
    forecast,
    needed_per_day,
    presence,
    read_absences,
    read_overrides,
    recent,
    written,
)
from digitize.errors import BadConfig

FIVE = Calendar(5)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("year", "days"), [(2022, 248), (2024, 248), (2025, 251), (2026, 248)])
def test_a_five_day_year_has_the_known_number_of_working_days(year: int, days: int) -> None:
    assert len(FIVE.working_days(date(year, 1, 1), date(year, 12, 31))) == days


def test_public_holidays_are_off_and_a_saturday_given_in_exchange_is_worked() -> None:
    assert not FIVE.is_working(date(2026, 9, 1))
    assert not FIVE.is_working(date(2026, 12, 31))
    assert FIVE.is_working(date(2026, 12, 12))
    assert not FIVE.is_working(date(2026, 12, 19))


def test_where_saturday_is_worked_its_holiday_does_not_move_to_monday() -> None:
    six = Calendar(6)
    saturday, monday = date(2026, 5, 9), date(2026, 5, 11)
    assert [FIVE.is_working(monday), six.is_working(monday), six.is_working(saturday)] == [False, True, False]
    assert six.is_working(date(2026, 5, 16))
    assert not six.is_working(date(2026, 3, 9)), "the holiday of Sunday moves in both weeks"


def test_the_librarys_own_file_has_the_last_word(tmp_path: Path) -> None:
    path = tmp_path / "days.csv"
    path.write_text(
        "\ufeffday,working,reason\n2026-09-01,yes,hashar\n\n2026-11-03,no,inventarizatsiya\n2026-11-04;yo‘q;ta’til\n",
        encoding="utf-8",
    )
    calendar = Calendar(5, read_overrides(path))
    assert calendar.is_working(date(2026, 9, 1))
    assert not calendar.is_working(date(2026, 11, 3))
    assert not calendar.is_working(date(2026, 11, 4))
    assert calendar.overrides[date(2026, 11, 3)] == Override(working=False, reason="inventarizatsiya")


@pytest.mark.parametrize("line", ["2026-13-01,no", "2026-05-27,maybe", "2026-05-27", "erta,no"])
def test_a_line_that_is_not_understood_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "days.csv"
    path.write_text(f"day,working,reason\n{line}\n", encoding="utf-8")
    with pytest.raises(BadConfig, match="Line 2 of the calendar file"):
        read_overrides(path)


def test_a_missing_calendar_file_is_a_bad_setting(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="cannot be read"):
        read_overrides(tmp_path / "none.csv")


def test_needed_per_day_divides_by_the_working_days_that_are_left() -> None:
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    assert needed_per_day(FIVE, 3991, start, end) == round(3991 / 248, 2)
    assert needed_per_day(FIVE, 0, start, end) == 0
    assert needed_per_day(FIVE, 100, date(2026, 12, 31), end) is None, "the last day is a holiday"


def _steady(number: int, today: date, days: int = 60) -> dict[date, int]:
    return dict.fromkeys(FIVE.working_days(today - days * DAY, today - DAY), number)


def test_a_steady_pace_gives_the_day_by_plain_division() -> None:
    today = date(2026, 11, 3)
    found = forecast(FIVE, _steady(10, today), 45, today)
    assert found is not None
    assert found.day == found.earliest == found.latest == date(2026, 11, 9), "five working days, today the first"
    assert found.per_day == 10


def test_nothing_done_lately_gives_no_forecast() -> None:
    today = date(2026, 11, 3)
    assert forecast(FIVE, {}, 45, today) is None
    assert forecast(FIVE, {date(2026, 2, 2): 500}, 45, today) is None


def test_a_breakdown_and_a_spurt_do_not_move_the_forecast() -> None:
    today = date(2026, 11, 3)
    steady, shaken = _steady(10, today), _steady(10, today)
    for day, number in zip(sorted(shaken)[-7:], (0, 0, 0, 900, 800, 0, 0), strict=True):
        shaken[day] = number
    one, other = (forecast(FIVE, days, 200, today) for days in (steady, shaken))
    assert one is not None
    assert other is not None
    assert one.day == other.day


def test_the_better_and_the_weaker_days_bound_the_forecast() -> None:
    today = date(2026, 11, 3)
    days = {day: 5 if number % 2 else 15 for number, day in enumerate(_steady(1, today))}
    found = forecast(FIVE, days, 100, today)
    assert found is not None
    assert found.earliest is not None
    assert found.day is not None
    assert found.latest is not None
    assert found.earliest < found.day < found.latest


def test_work_on_few_days_is_forecast_by_its_mean_without_a_range() -> None:
    today = date(2026, 11, 3)
    days = dict.fromkeys(sorted(_steady(0, today)), 0) | {date(2026, 10, 8): 30, date(2026, 10, 20): 10}
    found = forecast(FIVE, days, 20, today)
    assert found is not None
    assert (found.earliest, found.latest) == (None, None)
    assert 2 <= found.per_day <= 4


def test_a_night_run_that_ends_on_saturday_belongs_to_friday() -> None:
    today = date(2026, 11, 3)
    friday, saturday = date(2026, 10, 30), date(2026, 10, 31)
    assert recent(FIVE, {friday: 4, saturday: 6}, today) == [10, 0]


def test_on_the_first_day_today_is_the_pace() -> None:
    today = date(2026, 11, 3)
    found = forecast(FIVE, {today: 39}, 39, today)
    assert found is not None
    assert found.day == today


def test_a_goal_farther_than_ten_years_has_no_date() -> None:
    today = date(2026, 11, 3)
    found = forecast(FIVE, _steady(1, today), 1_000_000, today)
    assert found is not None
    assert found.day is None
    assert found.per_day == 1


@given(st.dates(date(2022, 1, 1), date(2027, 12, 31)), st.integers(1, 400))
def test_the_nth_working_day_is_the_last_of_n(start: date, number: int) -> None:
    day = FIVE.nth(start, number)
    assert day is not None
    assert len(FIVE.working_days(start, day)) == number
    assert FIVE.is_working(day)


@given(st.lists(st.integers(0, 500), min_size=20, max_size=20))
def test_the_pace_is_the_median_of_twenty_working_days(numbers: list[int]) -> None:
    today = date(2026, 11, 3)
    days = dict(zip(FIVE.working_days(today - 60 * DAY, today - DAY)[-20:], numbers, strict=True))
    found = forecast(FIVE, {date(2026, 9, 2): 1} | days, 1000, today)
    if sum(numbers) == 0:
        assert found is None
    elif median(numbers):
        assert found is not None
        assert found.per_day == round(median(numbers), 2)


def test_the_written_holidays_are_those_of_the_library():
    assert len(written()) > 20
    assert {year: by_library(year) for year in written()} == written(), "run: python tools/holidays.py"


def test_a_year_that_is_not_written_is_asked_of_the_library():
    assert 2010 not in written()
    assert not Calendar().is_working(date(2010, 9, 1)), "Independence Day, a Wednesday"


MONDAY = date(2026, 11, 2)
HALF = Calendar(5, present=presence(["Lola", "Ali"], [Absence("Ali", MONDAY, MONDAY + 4 * DAY)]))


def test_who_is_away_is_read_from_the_librarys_file(tmp_path: Path) -> None:
    path = tmp_path / "yoqlar.csv"
    path.write_text("ism;dan;gacha;sabab\nLola;2026-07-01;2026-07-24;ta’til\n\nAli;2026-08-03;2026-08-03\n", "utf-8")
    assert read_absences(path) == (
        Absence("Lola", date(2026, 7, 1), date(2026, 7, 24), "ta’til"),
        Absence("Ali", date(2026, 8, 3), date(2026, 8, 3)),
    )


@pytest.mark.parametrize(
    "line", ["Lola,2026-07-24,2026-07-01", "Lola,2026-07-01", ",2026-07-01,2026-07-02", "Lola,x,y"]
)
def test_an_absence_that_is_not_understood_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "yoqlar.csv"
    path.write_text(f"name,first day,last day\n{line}\n", encoding="utf-8")
    with pytest.raises(BadConfig, match="Line 2 of the file of absences"):
        read_absences(path)


def test_somebody_away_who_is_not_on_the_staff_is_named() -> None:
    with pytest.raises(BadConfig, match="Karim is away, but not on the staff: Lola, Ali"):
        presence(["Lola", "Ali"], [Absence("Karim", MONDAY, MONDAY)])
    with pytest.raises(BadConfig, match="staff is empty"):
        presence([], [Absence("Karim", MONDAY, MONDAY)])


def test_two_absences_of_one_person_count_once_and_a_name_is_known_in_either_alphabet() -> None:
    away = [Absence("Али", MONDAY, MONDAY + DAY), Absence("Ali", MONDAY + DAY, MONDAY + DAY)]
    assert presence(["Lola", "Ali"], away) == {MONDAY: 0.5, MONDAY + DAY: 0.5}


def test_while_one_of_two_is_away_a_day_is_half_a_day_of_the_plan() -> None:
    friday = MONDAY + 4 * DAY
    assert HALF.full_days(MONDAY, friday) == 2.5
    assert HALF.full_days(MONDAY, friday + 7 * DAY) == 7.5
    assert needed_per_day(HALF, 75, MONDAY, friday + 7 * DAY) == 10
    assert len(HALF.working_days(MONDAY, friday)) == 5, "the library works all the same"


def test_the_forecast_knows_of_absences_to_come_and_forgives_those_that_were() -> None:
    history = dict.fromkeys(FIVE.working_days(MONDAY - 21 * DAY, MONDAY - DAY), 10)
    ahead = forecast(HALF, history, 50, MONDAY)
    assert ahead is not None
    assert (ahead.per_day, ahead.day) == (10, FIVE.nth(MONDAY, 8)), (
        "five halves and three whole days make five and a half"
    )
    later = MONDAY + 7 * DAY
    halves = history | dict.fromkeys(FIVE.working_days(MONDAY, later - DAY), 5)
    assert recent(HALF, halves, later) == [10] * len(halves)


def test_a_day_on_which_everybody_is_away_is_a_day_off() -> None:
    nobody = Calendar(5, present={MONDAY: 0.0})
    assert nobody.nth(MONDAY, 1) == MONDAY + DAY
    assert needed_per_day(nobody, 5, MONDAY, MONDAY) is None
    assert recent(nobody, {MONDAY - 3 * DAY: 4, MONDAY: 6}, MONDAY + DAY) == [10]


@given(
    remaining=st.integers(1, 400),
    shares=st.dictionaries(st.integers(0, 40), st.sampled_from((0.0, 0.25, 1 / 3, 0.5, 2 / 3)), max_size=30),
)
def test_keeping_to_what_is_needed_reaches_the_goal_on_the_last_day(remaining: int, shares: dict[int, float]) -> None:
    calendar = Calendar(5, present={MONDAY + DAY * place: share for place, share in shares.items()})
    end = MONDAY + 60 * DAY
    days = calendar.full_days(MONDAY, end)
    reached = calendar.nth(MONDAY, days)
    assert reached is not None
    assert reached <= end
    assert calendar.full_days(MONDAY, reached) == pytest.approx(days)
    assert needed_per_day(calendar, remaining, MONDAY, end) == pytest.approx(remaining / days, abs=0.006)
