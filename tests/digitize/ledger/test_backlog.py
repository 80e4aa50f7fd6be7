from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from counted import NOW, add_item, add_link, add_pages, add_record, make_ledger
from sqlalchemy.orm import Session

from digitize.ledger.backlog import Cause, Items, Queue, attention, items, minutes_left, queue
from digitize.ledger.models import LinkState, Outcome, PageState, Refusal
from digitize.ledger.queue import log
from digitize.ledger.session import transaction


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def _refusal(item_key: str, name: str, **values: object) -> Refusal:
    return Refusal(item_key=item_key, name=name, kind="truncated", reason="Fayl chala.", path="x", at=NOW, **values)


def test_the_queue_counts_live_pages_that_are_not_done(session: Session) -> None:
    item = add_item(session, "INV-1")
    for state, number in ((PageState.RECEIVED, 3), (PageState.WORKING, 1), (PageState.FAILED, 2)):
        add_pages(session, item, number, None, state=state, outcome=None)
    add_pages(session, item, 5)
    assert queue(session) == Queue(3, 1, 2, 0)


def test_a_refused_file_is_one_rejection_whether_it_has_a_page_or_not(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 1, None, state=PageState.REJECTED, outcome=None, kind="truncated")
    session.add_all([_refusal("INV-1", "0001.tif"), _refusal("", "loose.txt")])
    assert queue(session).rejected == 2
    assert [(need.item, need.name) for need in attention(session)] == [("INV-1", "0001.tif"), ("", "loose.txt")]


def test_a_bad_rescan_of_a_good_page_is_a_rejection_until_a_good_file_comes(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1"), 1)
    refusal = _refusal("INV-1", "0001.tif")
    session.add(refusal)
    assert queue(session).rejected == 1
    refusal.resolved_at = NOW
    session.flush()
    assert queue(session).rejected == 0
    assert attention(session) == ()


def test_items_are_counted_by_how_far_they_are(session: Session) -> None:
    add_item(session, "A")
    add_item(session, "B", complete=True, published_at=NOW)
    done = add_item(session, "C", complete=True, published_at=NOW)
    add_link(session, done, add_record(session, "1"))
    add_link(session, done, add_record(session, "2"))
    assert items(session) == Items(open=1, complete=2, published=2, linked=1)


def test_a_complete_item_with_too_few_pages_needs_the_operator(session: Session) -> None:
    add_pages(session, add_item(session, "A", complete=True, expected_pages=5), 3)
    add_pages(session, add_item(session, "B", complete=False, expected_pages=5), 3)
    (need,) = attention(session)
    assert (need.cause, need.item, need.number) == (Cause.MISSING, "A", 2)


def test_a_review_is_gone_once_the_item_is_linked(session: Session) -> None:
    item = add_item(session, "A")
    add_link(session, item, None, None, state=LinkState.REVIEW, reason="uch nomzod")
    assert [need.reason for need in attention(session)] == ["uch nomzod"]
    add_link(session, item, add_record(session, "1"))
    assert attention(session) == ()


def test_hard_to_read_pages_are_one_line_an_item(session: Session) -> None:
    add_pages(session, add_item(session, "A"), 7, outcome=Outcome.LOW)
    (need,) = attention(session)
    assert (need.cause, need.item, need.page, need.number) == (Cause.LOW, "A", None, 7)


def test_the_work_left_is_told_at_the_speed_of_the_last_pages_and_pauses_are_no_work(session: Session) -> None:
    assert minutes_left(session, 100) is None, "nothing tells the speed"
    for night in range(2):
        for page in range(10):
            log(session, "page-done", who="pages", at=NOW + timedelta(days=night, seconds=6 * page))
            log(session, "page-new", who="intake", at=NOW + timedelta(days=night, seconds=6 * page))
    assert minutes_left(session, 100) == 10
    assert minutes_left(session, 0) is None
