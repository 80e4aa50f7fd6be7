"""Do pages still get finished?"""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from builders import drop, make_desk, take_all
from fakes import FakeClock, Quiet
from sqlalchemy import select

from digitize import alarm as alarms
from digitize.alarm import HangAlarm
from digitize.desk import Desk
from digitize.ledger import backlog
from digitize.ledger.backlog import Cause
from digitize.ledger.models import Event
from digitize.ledger.session import reading
from digitize.work import work


def _alarm(desk: Desk, rung: list[int]) -> HangAlarm:
    return HangAlarm(Quiet(), desk.ledger, desk.clock, 60, rung.append)


def _needs(desk: Desk) -> list[Cause]:
    with reading(desk.ledger) as session:
        return [need.cause for need in backlog.attention(session)]


def test_an_hour_without_a_finished_page_rings_once_and_stands_in_the_attention_list(tmp_path: Path):
    desk, rung = make_desk(tmp_path, clock=FakeClock()), []
    alarm = _alarm(desk, rung)
    alarm.waiting(3)
    desk.clock.sleep(3599)
    alarm.look()
    assert rung == []

    desk.clock.sleep(61)
    alarm.look()
    alarm.look()

    assert rung == [61]
    assert _needs(desk) == [Cause.HANG]
    with reading(desk.ledger) as session:
        assert [event.what for event in session.scalars(select(Event))] == ["hang"]


def test_a_page_that_comes_through_starts_the_hour_again(tmp_path: Path):
    desk, rung = make_desk(tmp_path, clock=FakeClock()), []
    alarm = _alarm(desk, rung)
    alarm.waiting(3)
    for _ in range(5):
        desk.clock.sleep(3000)
        alarm.page("A", "1.tif", "ok")
        alarm.look()

    assert rung == []


def test_nobody_rings_while_nothing_is_in_work(tmp_path: Path):
    desk, rung = make_desk(tmp_path, clock=FakeClock()), []
    alarm = _alarm(desk, rung)
    alarm.waiting(3)
    alarm.waiting(0)
    desk.clock.sleep(100_000)
    alarm.look()

    assert rung == []


def test_a_wall_clock_that_jumps_rings_no_alarm(tmp_path: Path):
    clock = FakeClock()
    desk, rung = make_desk(tmp_path, clock=clock), []
    alarm = _alarm(desk, rung)
    alarm.waiting(3)
    clock.moment = clock.moment.replace(year=2027)
    alarm.look()

    assert rung == []


def test_the_next_page_takes_the_alarm_back_also_after_a_restart(tmp_path: Path):
    desk = make_desk(tmp_path, clock=FakeClock())
    hanging = _alarm(desk, [])
    hanging.waiting(1)
    desk.clock.sleep(4000)
    hanging.look()

    restarted = _alarm(desk, [])
    assert _needs(desk) == [Cause.HANG]
    restarted.page("A", "1.tif", "ok")

    assert _needs(desk) == []


def test_work_says_when_it_begins_and_when_it_ends(tmp_path: Path):
    desk, rung = make_desk(tmp_path, clock=FakeClock()), []
    alarm = _alarm(desk, rung)
    desk = replace(desk, progress=alarm)
    drop(desk, "A", "1.png")
    take_all(desk)

    work(desk)
    desk.clock.sleep(100_000)
    alarm.look()

    assert rung == []


def test_systemd_hears_from_us_until_work_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path, clock=FakeClock())
    alarm = _alarm(desk, [])
    said: list[str] = []
    monkeypatch.setattr(alarms, "notify", said.append)
    alarm.waiting(1)

    alarms.beat(alarm)
    desk.clock.sleep(4000)
    alarms.beat(alarm)

    assert said == ["WATCHDOG=1"]


def test_the_thread_beside_the_work_feeds_the_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desk = make_desk(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        supervisor.settimeout(30)
        monkeypatch.setattr(alarms, "watchdog_seconds", lambda: 0.03)
        monkeypatch.setattr(alarms, "notify", lambda state: supervisor.sendto(state.encode(), str(tmp_path / "notify")))
        with alarms.listening(_alarm(desk, [])):
            assert supervisor.recv(100) == b"WATCHDOG=1"
