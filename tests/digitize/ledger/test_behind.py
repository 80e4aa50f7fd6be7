"""Pages that stay one text until they are printed are the same lines that they would be one by one."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from digitize.ledger.behind import Batch, Behind, Line
from digitize.render import lines_text
from digitize.report import lines_json

DAY = date(2026, 11, 3)
_NAMES = st.text(max_size=12)
"""A file's own name has no slash."""
_PAGE = st.tuples(
    st.integers(1, 10**6),
    _NAMES,
    st.sampled_from(["", "ok", "low", "blank"]),
    st.sampled_from(["", "0123456789abcdef" * 4]),
)
_BATCH = st.tuples(st.text(max_size=9), st.text(max_size=9), st.lists(_PAGE, min_size=1, max_size=5))


def _batch(key: str, title: str, pages: list[tuple[int, str, str, str]]) -> Batch:
    return Batch(DAY, key, title, tuple(str(field).encode() for page in pages for field in page))


def _lines(key: str, title: str, pages: list[tuple[int, str, str, str]]) -> list[Line]:
    return [Line(DAY, key, title, *page) for page in pages]


@given(st.lists(_BATCH, max_size=3))
def test_a_list_of_batches_is_the_list_of_its_lines(batches: list[tuple[str, str, list[tuple[int, str, str, str]]]]):
    behind = Behind(_batch(*one) for one in batches)
    lines = [line for one in batches for line in _lines(*one)]

    assert list(behind) == lines
    assert len(behind) == len(lines)
    assert behind == tuple(lines)


@given(st.lists(_BATCH, max_size=3))
def test_a_batch_is_printed_like_its_lines(batches: list[tuple[str, str, list[tuple[int, str, str, str]]]]):
    behind = Behind(_batch(*one) for one in batches)
    lines = [line for one in batches for line in _lines(*one)]
    printed = b"".join(lines_json(behind))

    assert printed == b"".join(lines_json(lines))
    assert json.loads(printed) == [line._asdict() | {"day": "2026-11-03"} for line in lines]
    assert lines_text(behind) == lines_text(lines)


def test_every_line_stands_on_a_line_of_its_own():
    behind = Behind([_batch("A", "Ertak", [(1, "1.tif", "ok", ""), (2, "2.tif", "low", "")]), Line(DAY, "B", "Bobur")])

    assert len(b"".join(lines_json(behind)).splitlines()) == 3 + 2
    assert len(lines_text(behind).splitlines()) == 3


def test_lists_differ_where_their_lines_do():
    one, other = (Behind([_batch("A", "", [(number, "1.tif", "ok", "")])]) for number in (1, 2))

    assert one != other
    assert one != Behind()
    assert Behind() == ()
    assert hash(one) == hash(Behind(one))
    assert (one[0], one[:1]) == (next(iter(one)), tuple(one))
