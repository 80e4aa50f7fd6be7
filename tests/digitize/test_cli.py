"""The command line starts quickly because it loads little: what is loaded is counted, not timed."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitize.cli import COMMANDS, LazyGroup, run
from digitize.home import create_home

ACTS = {
    "PIL", "cv2", "docx", "fontTools", "fpdf", "holidays", "img2pdf", "lxml", "numpy", "openpyxl", "pebble", "pikepdf",
    "pymarc", "pytesseract", "rapidfuzz", "segno", "sqlalchemy.dialects.postgresql", "stdnum", "watchdog", "xlsxwriter",
}  # fmt: skip
"""Pictures, papers, records, holidays: half a second to load together."""

LEDGER = {"sqlalchemy", "pydantic", "rich"}
"""What a command needs that works with the ledger; SQLAlchemy alone loads as long as the rest of 'status' takes."""

PLAN = Path(__file__).parents[2] / "samples" / "reja-2026.csv"


def _loaded(*arguments: str) -> set[str]:
    """The modules that one call of the program has loaded when it ends."""
    code = (
        "import sys; from digitize.cli import run; code = run(sys.argv[1:]); print(*sys.modules, code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    *modules, code = done.stderr.split()
    assert code == "0", done.stderr
    return set(modules)


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_the_help_of_the_program_loads_no_command(flag: str):
    loaded = _loaded(flag)

    assert sorted(loaded & (ACTS | LEDGER)) == []
    assert not [name for name in loaded if name.startswith(("digitize.commands.", "digitize.ledger"))]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = tmp_path_factory.mktemp("planned") / "home"
    create_home(root)
    for year in {"2026", str(datetime.now(UTC).year)}:
        assert run(["--home", str(root), "-q", "plan", "import", str(PLAN), "--year", year]) == 0
    return str(root)


@pytest.mark.parametrize("flag", ["--json", "--year=2025"])
def test_status_loads_what_it_shows_and_nothing_else(home: str, flag: str):
    loaded = _loaded("--home", home, "status", flag)

    assert sorted(loaded & (ACTS | LEDGER) - {"rich"}) == []
    assert not [name for name in loaded if name.startswith("workers")]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("more", [["--explain"], ["--row", "1"]])
def test_a_report_loads_what_it_shows_and_nothing_else(home: str, form: str, more: list[str]):
    loaded = _loaded("--home", home, "report", "year", "--date", "2026-11-03", "--format", form, *more)

    assert sorted(loaded & (ACTS | LEDGER) - {"rich"}) == []


def test_the_help_of_no_command_and_subcommand_loads_what_only_its_work_needs():
    code = """
import json, sys
import click
from digitize.cli import cli
heavy, found = set(sys.argv[1:]), {}
def walk(command, name, above):
    known = set(sys.modules)
    context = click.Context(command, info_name=name, parent=above)
    assert command.get_help(context).startswith("Usage: "), name
    children = getattr(command, "list_commands", lambda context: [])(context)
    for child in children:
        walk(command.get_command(context, child), child, context)
    found[context.command_path] = sorted((set(sys.modules) - known) & heavy)
walk(cli, "digitize", None)
print(json.dumps(found))
"""
    heavy = sorted(ACTS | LEDGER - {"rich"} | {"tesserocr"})
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)

    assert {path: loaded for path, loaded in found.items() if loaded} == {}
    assert {f"digitize {name}" for name in COMMANDS} < found.keys()
    assert {"digitize report year", "digitize link koha", "digitize export bagit"} < found.keys()


def test_every_name_in_the_table_is_a_command():
    group = LazyGroup()

    assert all(group.get_command(None, name) is not None for name in COMMANDS)  # type: ignore[arg-type]
    assert group.get_command(None, "statsu") is None  # type: ignore[arg-type]


def test_a_reader_who_has_seen_enough_is_no_failure(tmp_path: Path):
    """``digitize config show | head -1``."""
    create_home(tmp_path / "home")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "digitize", "--home", str(tmp_path / "home"), "config", "show"]

    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, "")
