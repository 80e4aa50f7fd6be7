"""Reports as JSON; the lists behind a number, which may be long, are written line by line."""

import json
from collections.abc import Iterable
from dataclasses import asdict, replace

from pydantic_core import to_json

from digitize.ledger.totals import Line
from digitize.report.values import PeriodReport

_MARK = b'"explain": []'


def report_json(report: PeriodReport) -> bytes:
    """The report under its field names; the pages behind it one on each line."""
    data = asdict(replace(report, explain=()))
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str).encode("utf-8", "replace")
    before, mark, after = text.rpartition(_MARK)
    return before + mark[:-2] + lines_json(report.explain).rstrip(b"\n") + after + b"\n"


def lines_json(lines: Iterable[Line]) -> bytes:
    """A list of what is behind a number."""
    found = b",\n".join(to_json(line._asdict(), inf_nan_mode="null") for line in lines)
    return b"[\n" + found + b"\n]\n" if found else b"[]\n"
