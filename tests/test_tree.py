"""The tree keeps its own rules: small files, small functions, a docstring everywhere, nothing left for later."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("digitize", "workers", "catalog_link")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SOURCES = [
    *MODULES,
    *sorted(path for folder in ("tests", "samples", "bench") for path in (ROOT / folder).rglob("*.py")),
]
HEAVY = {"sqlalchemy", "cv2", "numpy", "PIL", "pikepdf", "pydantic", "lxml", "babel", "holidays", "rich"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", MODULES, ids=_name)
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_file_is_longer_than_500_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_no_function_is_longer_than_60_lines(path: Path) -> None:
    long = {node.name: node.end_lineno - node.lineno + 1 for node in _functions(path) if node.end_lineno}

    assert {name: lines for name, lines in long.items() if lines > 60} == {}


@pytest.mark.parametrize("path", SOURCES, ids=_name)
def test_nothing_is_left_for_later(path: Path) -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")

    assert marks.findall(path.read_text(encoding="utf-8")) == []


def test_help_does_not_load_what_only_work_needs() -> None:
    program = "import sys; from digitize.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "Commands" in done.stdout
    assert set() == HEAVY & {name.partition(".")[0] for name in done.stderr.split()}
