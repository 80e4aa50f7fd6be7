"""The tree keeps its own rules: small files, small functions, a docstring everywhere, nothing left for later."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("digitize", "workers", "catalog_link")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SOURCES = [
    *MODULES,
    *sorted(path for folder in ("tests", "samples", "bench") for path in (ROOT / folder).rglob("*.py")),
]
PAPERS = sorted(path for folder in (ROOT, ROOT / "docs", ROOT / "bench") for path in folder.glob("*.md"))
HEAVY = {"sqlalchemy", "cv2", "numpy", "PIL", "pikepdf", "pydantic", "lxml", "babel", "holidays", "rich"}


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(ast.parse(_text(path))) if isinstance(node, ast.FunctionDef))


def test_every_module_says_what_it_is_for() -> None:
    assert [_name(path) for path in MODULES if not ast.get_docstring(ast.parse(_text(path)))] == []


def test_no_file_is_longer_than_500_lines() -> None:
    assert [_name(path) for path in SOURCES if len(_text(path).splitlines()) > 500] == []


def test_no_function_is_longer_than_60_lines() -> None:
    functions = ((path, node) for path in SOURCES for node in _functions(path))

    assert [f"{_name(path)}:{node.lineno} {node.name}" for path, node in functions if _lines(node) > 60] == []


def _lines(node: ast.FunctionDef) -> int:
    return (node.end_lineno or 0) - node.lineno + 1


def test_nothing_is_left_for_later() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|^(<<<<<<<|>>>>>>>) ", re.MULTILINE)

    assert [_name(path) for path in (*SOURCES, *PAPERS) if marks.search(_text(path))] == []


def test_help_does_not_load_what_only_work_needs() -> None:
    program = "import sys; from digitize.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert "Commands" in done.stdout
    assert set() == HEAVY & {name.partition(".")[0] for name in done.stderr.split()}
