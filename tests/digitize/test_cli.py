"""The command line starts quickly because it loads little: what is loaded is counted, not timed."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digitize.cli import COMMANDS, LazyGroup
from digitize.home import create_home
from digitize.ledger.opening import open_ledger

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


@pytest.mark.parametrize("flag", ["--json", "--year=2025"])
def test_status_loads_what_it_shows_and_nothing_else(tmp_path: Path, flag: str):
    home = create_home(tmp_path / "home")
    open_ledger(home).dispose()
    _loaded("--home", str(home.root), "-q", "plan", "import", str(PLAN), "--year", str(datetime.now(UTC).year))

    loaded = _loaded("--home", str(home.root), "status", flag)

    assert sorted(loaded & (ACTS | LEDGER) - {"rich"}) == []
    assert not [name for name in loaded if name.startswith("workers")]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("more", [["--explain"], ["--row", "1"]])
def test_a_report_loads_what_it_shows_and_nothing_else(tmp_path: Path, form: str, more: list[str]):
    home = create_home(tmp_path / "home")
    open_ledger(home).dispose()
    _loaded("--home", str(home.root), "-q", "plan", "import", str(PLAN), "--year", "2026")

    loaded = _loaded("--home", str(home.root), "report", "year", "--date", "2026-11-03", "--format", form, *more)

    assert sorted(loaded & (ACTS | LEDGER) - {"rich"}) == []


@pytest.mark.parametrize("command", ["item", "page", "rejected", "search", "status"])
def test_the_help_of_a_command_that_only_looks_loads_no_pictures(command: str):
    assert sorted(_loaded(command, "--help") & ACTS) == []


def test_the_help_of_status_needs_no_ledger():
    assert sorted(_loaded("status", "--help") & LEDGER - {"rich"}) == []


def test_every_name_in_the_table_is_a_command():
    group = LazyGroup()

    assert all(group.get_command(None, name) is not None for name in COMMANDS)  # type: ignore[arg-type]
    assert group.get_command(None, "statsu") is None  # type: ignore[arg-type]
