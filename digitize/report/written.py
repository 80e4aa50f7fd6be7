"""Reports as JSON; the lists behind a number are long and are written as they come from the database."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace

from digitize.ledger.behind import END, NAME, OUTCOME, SHA256, Batch, Behind, Line
from digitize.report.values import PeriodReport

_MARK = b'"explain": []'
_WORDS = ((NAME, b',"name":"'), (OUTCOME, b'","outcome":"'), (SHA256, b'","sha256":"'))
"""The keys that stand before the fields of a page."""
_LAST = b'","amount":1,"who":""}'


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
    """Every page of it as a line: the parting signs are exchanged for the words that stand between the fields."""
    same = _json({"day": batch.day, "item": batch.item, "title": batch.title})
    head = same[:-1] + b',"page":'
    text = _json(batch.text)[1:-1]
    for sign, words in _WORDS:
        text = text.replace(sign.encode(), words)
    return head + text.replace(END.encode(), _LAST + b",\n" + head).removesuffix(b",\n" + head)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str).encode("utf-8", "replace")
