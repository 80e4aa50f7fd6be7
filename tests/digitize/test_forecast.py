"""Need and forecast on made-up histories, against answers worked out here day by day, with no code of ours."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

import pytest

from digitize.calendar import Calendar, forecast, needed_per_day

DAY = timedelta(days=1)
END = date(2026, 12, 31)
OFF = frozenset(
    date(year, month, day)
    for year, month, day in (
        (2026, 8, 31), (2026, 9, 1), (2026, 10, 1), (2026, 12, 8), (2026, 12, 31),
        (2027, 1, 1), (2027, 3, 8), (2027, 3, 9),
    )
)  # fmt: skip
"""Public holidays and days given for them from July 2026 to mid-March 2027, copied by hand, not from a library."""
GIVEN = date(2026, 12, 12)
"""A Saturday that is worked in exchange."""
History = dict[date, int]


def _worked(day: date) -> bool:
    return day == GIVEN or (day.weekday() < 5 and day not in OFF)


def _days(until: date) -> list[date]:
    start = date(2026, 7, 1)
    return [start + DAY * number for number in range((until - start).days)]


def _steady(chance: random.Random, today: date) -> History:
    return dict.fromkeys(filter(_worked, _days(today)), chance.randint(5, 90))


def _uneven(chance: random.Random, today: date) -> History:
    return {day: chance.randint(1, 90) for day in _days(today) if _worked(day)}


def _breakdown(chance: random.Random, today: date) -> History:
    """The scanner stands still for four to nine days of the last month."""
    history = _uneven(chance, today)
    first = today - DAY * chance.randint(10, 26)
    return {day: 0 if first <= day < first + DAY * chance.randint(6, 13) else pages for day, pages in history.items()}


def _spurts(chance: random.Random, today: date) -> History:
    """Three days bring ten times as much."""
    history = _uneven(chance, today)
    for day in chance.sample(sorted(history)[-20:], 3):
        history[day] *= 10
    return history


def _nights(chance: random.Random, today: date) -> History:
    """Runs that end on Saturday, or on a holiday."""
    return {day: chance.randint(1, 60) for day in _days(today) if _worked(day) or chance.random() < 0.4}


def _last_twenty(history: History, today: date) -> list[int]:
    """What twenty working days before *today* brought, each with the days off that follow it."""
    found: list[int] = []
    day, extra = today, 0
    while len(found) < 20:
        day -= DAY
        extra += history.get(day, 0)
        if _worked(day):
            found.append(extra)
            extra = 0
    return sorted(found)


def _paces(numbers: list[int]) -> tuple[Fraction, Fraction, Fraction]:
    """The middle of twenty sorted numbers and their quarters: between the 10th and 11th, 5th and 6th, 15th and 16th."""
    middle = Fraction(numbers[9] + numbers[10], 2)
    low = numbers[4] + Fraction(3, 4) * (numbers[5] - numbers[4])
    high = numbers[14] + Fraction(1, 4) * (numbers[15] - numbers[14])
    return middle, high, low


def _arrival(left: int, pace: Fraction, today: date) -> date | None:
    if not pace:
        return None
    day, done = today, Fraction(0)
    while True:
        done += pace if _worked(day) else 0
        if done >= left and _worked(day):
            return day
        day += DAY


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("make", [_steady, _uneven, _breakdown, _spurts, _nights])
def test_the_forecast_is_the_one_worked_out_day_by_day(
    make: Callable[[random.Random, date], History], seed: int
) -> None:
    chance = random.Random(seed)
    today = date(2026, 9, 3) + DAY * chance.randint(0, 100)  # just behind a holiday, or with the New Year before it
    history = make(chance, today)
    paces = _paces(_last_twenty(history, today))
    left = max(1, int(max(paces[0], 1) * chance.randint(1, 22)))

    found = forecast(Calendar(5), history, left, today)

    assert found is not None
    assert paces[0] > 0
    assert found.per_day == round(float(paces[0]), 2)
    slow = paces[2] if left <= paces[2] * 60 else None  # the table of holidays ends
    assert (found.day, found.earliest) == tuple(_arrival(left, pace, today) for pace in paces[:2])
    if slow is not None:
        assert found.latest == _arrival(left, slow, today)


@pytest.mark.parametrize("seed", range(25))
def test_the_need_is_what_is_left_over_the_days_that_are_left(seed: int) -> None:
    chance = random.Random(seed)
    today, left = date(2026, 7, 1) + DAY * chance.randint(0, 182), chance.randint(1, 60_000)
    days, day = 0, today
    while day <= END:
        days += _worked(day)
        day += DAY
    assert needed_per_day(Calendar(5), left, today, END) == round(left / days, 2)
