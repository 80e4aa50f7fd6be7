import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitize.cli import run
from digitize.home import create_home

PLAN = (
    "№;Nomi;O‘lchov birligi;2025-yil (fakt);2026-yil (reja);mexanizm;muddat;mas’ullar\r\n"
    "24.;Nashrlarni raqamlashtirish;Sahifa;18/3982;19/3991;;;\r\n25.;Hisobot;Hujjat;-;Reja asosida;;;\r\n"
)
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def digitize(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    create_home(tmp_path / "home")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(tmp_path / "home"), *arguments])
        return code, *capfd.readouterr()

    return call


@pytest.fixture
def plan_file(tmp_path: Path) -> str:
    path = tmp_path / "reja.csv"
    path.write_text(PLAN, encoding="utf-8-sig")
    return str(path)


def _json(output: tuple[int, str, str]) -> Any:
    assert output[0] == 0
    return json.loads(output[1])


def test_an_imported_plan_is_shown_with_its_raw_cells(digitize: Call, plan_file: str) -> None:
    imported = _json(digitize("plan", "import", plan_file, "--json"))
    assert (imported["year"], imported["rows"], imported["counted"]) == (2026, 2, 1)
    shown = _json(digitize("plan", "show", "--year", "2026", "--json"))
    assert [(row["planned"], row["planned_parts"], row["measure"]) for row in shown["rows"]] == [
        ("19/3991", [19, 3991], "titles/pages"),
        ("Reja asosida", [], "manual"),
    ]


def test_an_import_says_in_uzbek_what_it_did(digitize: Call, plan_file: str) -> None:
    code, out, _ = digitize("plan", "import", plan_file)
    assert code == 0
    assert "2026-yil rejasi kiritildi. Qatorlar: 2, shundan dastur sanaydigani: 1" in out
    assert "nomda/sahifa" in out


def test_the_year_may_be_given_by_hand(digitize: Call, plan_file: str) -> None:
    assert _json(digitize("plan", "import", plan_file, "--year", "2027", "--json"))["year"] == 2027
    assert _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"] == []


def test_a_row_is_changed_and_stays_changed_over_an_import(digitize: Call, plan_file: str) -> None:
    digitize("plan", "import", plan_file)
    changed = _json(digitize("plan", "set", "25", "value=3", "planned=4", "--year", "2026", "--json"))
    assert (changed["planned"], changed["value"]) == ("4", "3")
    digitize("plan", "import", plan_file)
    shown = _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"][1]
    assert (shown["planned"], shown["value"]) == ("4", "3")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["plan", "set", "99", "value=3", "--year", "2026"], 1, "has no row 99"),
        (["plan", "set", "25", "value", "--year", "2026"], 2, "is no FIELD=VALUE"),
        (["plan", "set", "25", "measure=x", "--year", "2026"], 2, "Known measures"),
        (["plan", "import", "/nowhere/reja.csv"], 2, "cannot be read"),
    ],
)
def test_a_mistake_is_one_sentence_on_stderr(
    digitize: Call, plan_file: str, arguments: list[str], code: int, words: str
) -> None:
    digitize("plan", "import", plan_file)
    found, out, err = digitize(*arguments)
    assert (found, out) == (code, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_a_failed_change_leaves_the_whole_row_as_it_was(digitize: Call, plan_file: str) -> None:
    digitize("plan", "import", plan_file)
    assert digitize("plan", "set", "25", "value=3", "colour=red", "--year", "2026")[0] == 2
    assert _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"][1]["value"] == ""


def test_every_table_of_a_plan_stays_readable_on_eighty_columns(digitize: Call, tmp_path: Path) -> None:
    long = "Axborot-kutubxona markazi fondida saqlanayotgan bosma nashrlarni raqamlashtirish"
    text = "tasdiqlangan rejaga asosan"
    (tmp_path / "reja.csv").write_text(
        f"№;Nomi;birlik;2025 (fakt);2026 (reja)\n24.;{long};foydalanuvchilar soni;18/3982;{text}\n", encoding="utf-8"
    )
    digitize("plan", "import", str(tmp_path / "reja.csv"))
    for command in (("show",), ("show", "--against", "2025"), ("bind",)):
        out = digitize("plan", *command, "--year", "2026")[1]
        lines = out.splitlines()
        assert max(map(len, lines)) <= 80
        assert "Axborot-" in out, command
        assert len(lines) < 20, "nothing is broken letter by letter"
