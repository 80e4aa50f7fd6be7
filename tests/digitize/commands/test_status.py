import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from counted import add_item, add_pages
from sqlalchemy import Engine

from digitize.cli import run
from digitize.clock import SystemClock, local_day
from digitize.home import create_home
from digitize.ledger.models import PageState
from digitize.ledger.session import open_engine, transaction


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(create_home(tmp_path / "home").root)


@pytest.fixture
def ledger(home: str) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    yield engine
    engine.dispose()


def test_status_as_json_counts_the_pages_of_today(home: str, ledger: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    with transaction(ledger) as session:
        add_pages(session, add_item(session, "INV-1"), 39, local_day(SystemClock().now(), "Asia/Tashkent"))
    assert run(["--home", home, "status", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["pages"]["today"] == found["pages"]["year"] == 39
    assert found["rows"] == []
    assert found["disk"]["free"] > 0


def test_status_in_a_pipe_is_plain_uzbek_text(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "status"]) == 0
    out = capfd.readouterr().out
    assert "Hech narsa e’tibor talab qilmaydi." in out
    assert "\x1b" not in out


@pytest.mark.parametrize("state", [PageState.FAILED, PageState.REJECTED])
def test_status_ends_with_three_while_a_page_is_failed_or_refused(
    home: str, ledger: Engine, state: PageState, capfd: pytest.CaptureFixture[str]
) -> None:
    with transaction(ledger) as session:
        add_pages(session, add_item(session, "INV-1"), 1, None, state=state, outcome=None, kind="truncated")
    for arguments in (["status"], ["status", "--json"], ["status", "--year", "2020"]):
        assert run(["--home", home, *arguments]) == 3
    assert "INV-1, 1-sahifa" in capfd.readouterr().out


def test_the_language_flag_reaches_the_reasons(home: str, ledger: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    with transaction(ledger) as session:
        add_pages(session, add_item(session, "INV-1"), 1, None, state=PageState.FAILED, outcome=None)
    run(["--home", home, "--lang", "ru", "status"])
    assert "страница не обработана" in capfd.readouterr().out


def test_a_bad_calendar_file_is_a_configuration_error(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    (Path(home) / "digitize.toml").write_text('calendar_overrides = "days.csv"\n', encoding="utf-8")
    (Path(home) / "days.csv").write_text("2026-05-27,perhaps\n", encoding="utf-8")
    assert run(["--home", home, "status"]) == 78
    assert "kalendar faylining 1-qatori tushunarsiz" in capfd.readouterr().err


def test_a_calendar_file_is_found_from_the_home(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    (Path(home) / "digitize.toml").write_text('calendar_overrides = "days.csv"\n', encoding="utf-8")
    (Path(home) / "days.csv").write_text("2026-05-27,no,hayit\n", encoding="utf-8")
    assert run(["--home", home, "status"]) == 0
    assert capfd.readouterr().err == ""
