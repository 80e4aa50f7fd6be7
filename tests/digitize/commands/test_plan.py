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
        (["plan", "set", "99", "value=3", "--year", "2026"], 1, "99-qator yo‘q"),
        (["plan", "set", "25", "value", "--year", "2026"], 2, "MAYDON=QIYMAT"),
        (["plan", "set", "25", "measure=x", "--year", "2026"], 2, "Ma’lum o‘lchovlar"),
        (["plan", "import", "/nowhere/reja.csv"], 2, "o‘qib bo‘lmadi"),
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


def test_work_by_hand_is_entered_day_by_day_and_taken_back(digitize: Call, plan_file: str) -> None:
    digitize("plan", "import", plan_file)
    digitize("plan", "set", "25", "planned=4", "--year", "2026")
    first = _json(digitize("plan", "done", "25", "2", "--date", "2026-03-02", "--note", "seminar", "--json"))
    assert (first["year"], first["amount"], first["total"], first["day"], first["undone"]) == (
        2026, 2, 2, "2026-03-02", False,
    )  # fmt: skip
    assert first["who"]
    code, out, _ = digitize("plan", "done", "25", "1", "--date", "2026-04-02")
    assert (code, out.strip()) == (0, "25. Hisobot: +1, jami 3")
    code, out, _ = digitize("plan", "done", "25", "--undo", "--date", "2026-04-02")
    assert (code, out.strip()) == (0, "25. Hisobot: 1 qaytarib olindi, jami 2")
    shown = _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"][1]
    assert [(one["amount"], one["note"], one["undone"]) for one in shown["entries"]] == [
        (2, "seminar", False), (1, "", True),
    ]  # fmt: skip
    (row,) = [row for row in _json(digitize("status", "--year", "2026", "--json"))["rows"] if row["number"] == "25."]
    assert (row["done"], row["percent"]) == (2, 50.0)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["24", "3"], 2, "dasturning o‘zi sanaydi"),
        (["25"], 2, "Qancha bajarilganini"),
        (["25", "0"], 2, "0 ni yozib bo‘lmaydi"),
        (["25", "--undo"], 1, "hech narsa kiritilmagan"),
        (["99", "1"], 1, "99-qator yo‘q"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(
    digitize: Call, plan_file: str, arguments: list[str], code: int, words: str
) -> None:
    digitize("plan", "import", plan_file)
    found, out, err = digitize("plan", "done", *arguments, "--date", "2026-03-02")
    assert (found, out) == (code, "")
    assert words in err


@pytest.mark.parametrize("ending", ["csv", "xlsx", "docx"])
def test_an_exported_plan_comes_in_again_as_it_was(digitize: Call, plan_file: str, tmp_path: Path, ending: str) -> None:
    digitize("plan", "import", plan_file)
    before = _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"]
    path = tmp_path / f"reja.{ending}"
    assert digitize("plan", "export", "--year", "2026", "-o", str(path))[0] == 0
    assert _json(digitize("plan", "import", str(path), "--json"))["rows"] == 2
    assert _json(digitize("plan", "show", "--year", "2026", "--json"))["rows"] == before


def test_a_draft_for_the_next_year_has_what_was_done_as_its_fact(
    digitize: Call, plan_file: str, tmp_path: Path
) -> None:
    digitize("plan", "import", plan_file)
    digitize("plan", "done", "25", "3", "--date", "2026-03-02")
    path = tmp_path / "reja-2027.json"
    code, out, _ = digitize("plan", "export", "--next", "--year", "2026", "-o", str(path))
    assert (code, out.strip()) == (0, f"Reja yozildi: {path} (2 qator)")
    draft = json.loads(path.read_text(encoding="utf-8"))
    assert (draft["year"], [(row["last_year"], row["planned"]) for row in draft["rows"]]) == (
        2027, [("0/0", ""), ("3", "")],
    )  # fmt: skip


def test_a_plan_is_not_exported_where_there_is_none_or_in_a_form_nobody_knows(digitize: Call, tmp_path: Path) -> None:
    code, _, err = digitize("plan", "export", "--year", "2026", "-o", str(tmp_path / "reja.csv"))
    assert (code, "2026-yil rejasi yo‘q" in err) == (2, True)
    code, _, err = digitize("plan", "export", "--year", "2026", "-o", str(tmp_path / "reja.odt"))
    assert (code, "Rejani reja.odt ko‘rinishida yozib bo‘lmaydi" in err) == (2, True)
    assert list(tmp_path.glob("reja*")) == []
