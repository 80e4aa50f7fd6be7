"""The desk over the command line: from the call to the receipt, and back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitize.cli import run
from digitize.home import create_home

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def digitize(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    create_home(tmp_path / "home")

    def call(*arguments: str) -> tuple[int, str, str]:
        code = run(["--home", str(tmp_path / "home"), *arguments])
        return code, *capfd.readouterr()

    return call


def _json(output: tuple[int, str, str]) -> Any:
    assert output[0] == 0, output[2]
    return json.loads(output[1])


def test_an_order_is_taken_delivered_and_paid(digitize: Call) -> None:
    _json(digitize("order", "new", "Karimov A.", "--pages", "40", "--price", "500", "--json"))
    _json(digitize("order", "deliver", "1", "--pages", "40", "--note", "Telegram", "--json"))
    _json(digitize("order", "pay", "1", "20000", "--document", "K-17", "--json"))
    shown = _json(digitize("order", "show", "1", "--json"))
    assert (shown["customer"], shown["state"]) == ("Karimov A.", "closed")
    assert len(shown["acts"]) == 2
    assert _json(digitize("order", "list", "--open", "--json")) == []


def test_what_was_taken_back_is_owed_again(digitize: Call) -> None:
    digitize("order", "new", "Karimov A.", "--pages", "40", "--price", "500")
    digitize("order", "deliver", "1", "--pages", "40")
    digitize("order", "pay", "1", "20000")
    _json(digitize("order", "undo", "1", "--json"))
    (left,) = _json(digitize("order", "list", "--open", "--json"))
    assert left["customer"] == "Karimov A."


@pytest.mark.parametrize(
    "arguments", [("show", "9"), ("pay", "9", "100"), ("new", "A", "--kind", "qo‘shni"), ("new", "A", "--pages", "-1")]
)
def test_a_mistake_at_the_desk_is_a_sentence_and_enters_nothing(digitize: Call, arguments: tuple[str, ...]) -> None:
    code, out, error = digitize("order", *arguments)
    assert code in {1, 2}
    assert out == ""
    assert error.strip()
    assert "Traceback" not in error
    assert _json(digitize("order", "list", "--json")) == []


def test_the_list_behind_a_row_of_the_desk_names_customer_amount_and_author(digitize: Call, tmp_path: Path) -> None:
    plan = "№;Nomi;birlik;2026 (reja)\n42.;Pullik xizmatlardan tushum;so‘m;90000\n"
    (tmp_path / "reja.csv").write_text(plan, encoding="utf-8")
    digitize("plan", "import", str(tmp_path / "reja.csv"))
    assert digitize("plan", "bind", "42=paid_sum", "--year", "2026")[0] == 0
    digitize("order", "new", "Karimov A.", "--pages", "40", "--price", "500", "--date", "2026-03-02")
    assert digitize("order", "pay", "1", "20000", "--document", "K-17", "--date", "2026-03-03")[0] == 0
    code, out, _ = digitize("report", "month", "--date", "2026-03-31", "--row", "42")
    assert code == 0
    day, number, customer, document, amount, who = out.rstrip("\n").split("\t")
    assert (day, customer, document, amount) == ("03.03.2026", "Karimov A.", "K-17", "20\u00a0000")
    assert number.startswith("20")
    assert who
