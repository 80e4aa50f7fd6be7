"""Markdown: how a table is written, and where a result goes."""

from collections.abc import Iterable, Sequence
from pathlib import Path


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; all columns but the first are numbers and stand to the right."""
    lines = [_line(heads), _line([":--", *["--:"] * (len(heads) - 1)])]
    return "\n".join([*lines, *(_line([_cell(value) for value in row]) for row in rows)])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value).replace("|", "\\|")


def tell(text: str, output: Path | None) -> None:
    """Print a result; *output* gets the same."""
    print(text)
    if output:
        output.write_text(text, encoding="utf-8")
