"""Reports as JSON; the lists behind a number are long and are written as they come from the database."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from digitize.ledger.behind import Batch, Behind, Line
from digitize.report.values import PeriodReport

_MARK = b'"explain": []'
_PAGE = b'"page":%b,"name":"%b","outcome":"%b","sha256":"%b","amount":1,"who":""}'
"""The keys of a line of which each page has values of its own."""


def report_json(report: PeriodReport) -> Iterator[bytes]:
    """The report under its field names, in pieces; the pages behind it one on each line."""
    data = asdict(replace(report, explain=()))
    text = json.dumps(data, ensure_ascii=False, indent=2, default=str).encode("utf-8", "replace")
    before, mark, after = text.rpartition(_MARK)
    yield before + mark[:-2]
    yield from _list(report.explain)
    yield after + b"\n"


def lines_json(lines: Sequence[Line]) -> Iterator[bytes]:
    """A list of what is behind a number, in pieces."""
    yield from _list(lines)
    yield b"\n"


def _list(lines: Sequence[Line]) -> Iterator[bytes]:
    before = b"[\n"
    for part in lines.parts if isinstance(lines, Behind) else lines:
        yield before
        yield _batch(part) if isinstance(part, Batch) else _json(part._asdict())
        before = b",\n"
    yield b"\n]" if lines else b"[]"


def _batch(batch: Batch) -> bytes:
    """Every page of it as a line; what they share is written once."""
    same = _json({"day": batch.day, "item": batch.item, "title": batch.title})[:-1] + b","
    return batch.printed(same.replace(b"%", b"%%") + _PAGE + b",\n", _escaped).removesuffix(b",\n")


def _escaped(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)[1:-1]


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
