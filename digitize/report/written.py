"""Reports as JSON; the lists behind a number, which may be long, are written line by line."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from itertools import islice
from typing import Any

from pydantic_core import to_json

from digitize.ledger.totals import Line
from digitize.report.values import PeriodReport

_MARK = b'"explain": []'
_BLOCK = 2000
"""Lines written at once: no more than that many stand in memory in a second shape."""


def report_json(report: PeriodReport) -> bytes:
    """The report under its field names; the pages behind it one on each line."""
    data = asdict(replace(report, explain=()))
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str).encode("utf-8", "replace")
    before, mark, after = text.rpartition(_MARK)
    return before + mark[:-2] + lines_json(report.explain).rstrip(b"\n") + after + b"\n"


def lines_json(lines: Iterable[Line]) -> bytes:
    """A list of what is behind a number."""
    waiting = iter(lines)
    blocks = iter(lambda: [line._asdict() for line in islice(waiting, _BLOCK)], [])
    # Inside a text a quote has its backslash, so these signs stand between two lines and nowhere else.
    found = b",\n".join(_listed(block)[1:-1].replace(b'},{"day":', b'},\n{"day":') for block in blocks)
    return b"[\n" + found + b"\n]\n" if found else b"[]\n"


def _listed(block: list[dict[str, Any]]) -> bytes:
    return to_json(block, inf_nan_mode="null")
