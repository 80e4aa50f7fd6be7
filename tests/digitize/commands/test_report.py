import json
from datetime import date
from pathlib import Path

import pytest
from counted import add_item, add_pages

from digitize.cli import run
from digitize.home import create_home
from digitize.ledger.session import open_engine, transaction


@pytest.fixture
def home(tmp_path: Path) -> str:
    root = str(create_home(tmp_path / "home").root)
    engine = open_engine(f"sqlite:///{root}/ledger.db")
    with transaction(engine) as session:
        item = add_item(session, "INV-1")
        add_pages(session, item, 2, date(2026, 3, 30))
        add_pages(session, item, 3, date(2026, 4, 1))
    engine.dispose()
    return root


@pytest.mark.parametrize(("kind", "pages"), [("week", 5), ("month", 3), ("quarter", 3), ("year", 5)])
def test_each_period_counts_its_own_days(home: str, kind: str, pages: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", kind, "--date", "2026-04-01", "--format", "json", "--explain"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["kind"], found["pages"], len(found["explain"])) == (kind, pages, pages)


def test_a_report_is_text_unless_told_otherwise(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "month", "--date", "2026-04-01"]) == 0
    out = capfd.readouterr().out
    assert "OYLIK HISOBOT" in out
    assert "2026-yil 1-aprel – 2026-yil 30-aprel" in out


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_report_is_written_to_a_file(home: str, tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hisobot"
    assert run(["--home", home, "report", "year", "--date", "2026-04-01", "--format", form, "-o", str(path)]) == 0
    assert str(path) in capfd.readouterr().out
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["pages"] == 5 if form == "json" else "YILLIK HISOBOT" in text


@pytest.mark.parametrize(
    ("name", "magic"), [("a.xlsx", b"PK"), ("a.docx", b"PK"), ("a.pdf", b"%PDF"), ("a.json", b"{")]
)
def test_the_ending_of_the_file_says_what_is_written(home: str, tmp_path: Path, name: str, magic: bytes) -> None:
    path = tmp_path / name
    assert run(["--home", home, "report", "month", "--date", "2026-04-01", "-o", str(path)]) == 0
    assert path.read_bytes().startswith(magic)


def test_a_paper_needs_a_file(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "month", "--format", "pdf"]) == 2
    assert "needs a file" in capfd.readouterr().err


def test_a_file_that_cannot_be_written_is_one_sentence(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", home, "report", "week", "-o", str(tmp_path / "none" / "x.txt")]) == 12
    assert "The file cannot be written" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["day"], ["week", "--date", "1.4.2026"], ["week", "--format", "yaml"]])
def test_a_wrong_choice_is_a_usage_error(home: str, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", *arguments]) == 2
    assert capfd.readouterr().err


def test_a_month_is_closed_once(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "close", "2026-03", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["month"], found["pages"], len(found["sha256"])) == ("2026-03", 2, 64)
    assert run(["--home", home, "report", "close", "2026-03"]) == 2
    assert run(["--home", home, "report", "close", "2026-04"]) == 0
    assert "2026-04 oyi yopildi: 3 sahifa" in capfd.readouterr().out
    assert run(["--home", home, "report", "month", "--date", "2026-03-01", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["closed"]["sha256"] == found["sha256"]


def test_the_list_behind_a_row_is_printed_and_written(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reja.csv").write_text("№;Nomi;birlik;2026 (reja)\n24.;Raqamlashtirish;Sahifa;90\n", encoding="utf-8")
    assert run(["--home", home, "plan", "import", str(tmp_path / "reja.csv")]) == 0
    capfd.readouterr()
    month = ["--home", home, "report", "month", "--date", "2026-04-01", "--row", "24"]
    assert run(month) == 0
    assert len(capfd.readouterr().out.splitlines()) == 3
    assert run([*month, "--format", "json"]) == 0
    assert len(json.loads(capfd.readouterr().out)) == 3
    assert run([*month, "-o", str(tmp_path / "list.json")]) == 0
    assert len(json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))) == 3
    assert run([*month, "-o", str(tmp_path / "list.pdf")]) == 2
