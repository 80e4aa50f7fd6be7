"""When a run stops."""

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from fakes import FakeClock

from digitize.errors import UsageError
from digitize.stopping import deadline, stop_asked

EVENING = datetime(2026, 11, 2, 16, 0, tzinfo=UTC)  # 21:00 in Tashkent


def test_a_time_that_has_passed_today_means_tomorrow():
    assert deadline("08:00", EVENING, "Asia/Tashkent") == datetime(2026, 11, 3, 3, 0, tzinfo=UTC)


def test_a_time_still_ahead_means_today():
    assert deadline("23:30", EVENING, "Asia/Tashkent") == datetime(2026, 11, 2, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize("until", ["8", "25:00", "08:60", "ertaga", ""])
def test_no_time_of_day_is_a_usage_error(until: str):
    with pytest.raises(UsageError, match="HH:MM"):
        deadline(until, EVENING, "Asia/Tashkent")


def test_the_question_turns_true_at_the_deadline():
    clock = FakeClock(EVENING)
    with stop_asked(clock, EVENING + timedelta(minutes=1)) as stop:
        assert not stop()
        clock.sleep(60)

        assert stop()


def test_sigterm_asks_to_stop_and_ends_nothing():
    before = signal.getsignal(signal.SIGTERM)
    with stop_asked(FakeClock(), None) as stop:
        os.kill(os.getpid(), signal.SIGTERM)

        assert stop()

    assert signal.getsignal(signal.SIGTERM) == before
