"""Every change of a page's state."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digitize.ledger import queue
from digitize.ledger.models import LIVE, Item, Outcome, Page, PageState, Side
from digitize.ledger.queue import Arrival, Failure, PageResult
from digitize.ledger.session import open_engine, transaction

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
DAY = date(2026, 11, 2)


@pytest.fixture
def session(tmp_path: Path):
    with transaction(open_engine(f"sqlite:///{tmp_path / 'ledger.db'}")) as opened:
        yield opened


def _item(session) -> Item:
    return queue.enter_item(session, "A", "A", b"A", NOW)


def _arrive(session, item: Item, slot: str, sha: str, frames: int = 1) -> None:
    arrival = Arrival(slot, slot.encode(), slot, sha, ".tif", "TIFF", 10, sha, tuple({} for _ in range(frames)))
    queue.enter_pages(session, item, arrival, NOW)


def _result(side: Side = Side.WHOLE, outcome: Outcome = Outcome.OK) -> PageResult:
    return PageResult(side, outcome, 95.0, 90.0, "uzb", "Latn", 0.5, {"asked_split": side != Side.WHOLE})


def _claimed(session, now: datetime = NOW) -> Page:
    [claim] = queue.claim(session, "me", 1, now, 900)
    page = queue.held(session, claim)
    assert page is not None
    return page


def _live(session, item: Item) -> list[Page]:
    session.flush()
    session.expire_all()
    return [page for page in item.pages if page.state in LIVE]


def test_a_claimed_page_is_nobody_elses(session):
    _arrive(session, _item(session), "1", "a")

    assert len(queue.claim(session, "me", 5, NOW, 900)) == 1
    assert queue.claim(session, "you", 5, NOW, 900) == []


def test_a_page_comes_back_when_its_lease_ends(session):
    _arrive(session, _item(session), "1", "a")
    queue.claim(session, "dead", 1, NOW, 900)

    [claim] = queue.claim(session, "me", 1, NOW + timedelta(seconds=901), 900)

    assert claim.attempt == 2


def test_the_result_of_a_late_worker_is_ignored(session):
    _arrive(session, _item(session), "1", "a")
    [late] = queue.claim(session, "late", 1, NOW, 900)
    queue.claim(session, "me", 1, NOW + timedelta(seconds=901), 900)

    assert queue.held(session, late) is None


def test_released_pages_are_charged_no_attempt(session):
    _arrive(session, _item(session), "1", "a")
    page = _claimed(session)

    queue.release(session)

    session.refresh(page)
    assert (page.state, page.failures) == (PageState.RECEIVED, 0)


def test_a_page_fails_for_good_after_the_last_attempt(session):
    item = _item(session)
    _arrive(session, item, "1", "a")
    for _ in range(3):
        queue.fail(session, _claimed(session), Failure("timeout", "slow", retry=True), NOW, 3)

    assert [(page.state, page.kind) for page in _live(session, item)] == [(PageState.FAILED, "timeout")]


def test_a_failure_that_no_retry_can_mend_is_final_at_once(session):
    item = _item(session)
    _arrive(session, item, "1", "a")

    queue.fail(session, _claimed(session), Failure("truncated", "half", retry=False), NOW, 3)

    assert _live(session, item)[0].state == PageState.FAILED


def test_an_opening_that_was_split_is_two_pages_in_order(session):
    item = _item(session)
    for slot in ("1", "2"):
        _arrive(session, item, slot, slot)

    queue.finish(session, _claimed(session), [_result(Side.LEFT), _result(Side.RIGHT)], "r", NOW, DAY)

    assert [(page.number, page.slot, page.side) for page in _live(session, item)] == [
        (1, "1", Side.LEFT),
        (2, "1", Side.RIGHT),
        (3, "2", Side.WHOLE),
    ]


def test_a_rescan_keeps_the_day_on_which_the_page_was_counted(session):
    item = _item(session)
    _arrive(session, item, "1", "a")
    queue.finish(session, _claimed(session), [_result()], "r", NOW, DAY)
    _arrive(session, item, "1", "b")
    assert _live(session, item)[0].counted_on == DAY

    queue.finish(session, _claimed(session), [_result()], "r2", NOW, DAY + timedelta(days=9))

    assert [page.counted_on for page in _live(session, item)] == [DAY]


def test_splitting_unsplitting_and_splitting_again_counts_each_side_once(session):
    item = _item(session)
    _arrive(session, item, "1", "a")
    halves = [_result(Side.LEFT), _result(Side.RIGHT)]
    for number, results in enumerate((halves, [_result()], halves)):
        queue.finish(session, _claimed(session), results, f"r{number}", NOW, DAY + timedelta(days=number))
        queue.retry(session, item, 1, NOW)

    session.flush()
    assert sorted(page.counted_on for page in item.pages) == [DAY, DAY]
    assert len(_live(session, item)) == 2


def test_a_file_that_lost_frames_loses_their_pages(session):
    item = _item(session)
    _arrive(session, item, "1", "a", frames=3)

    _arrive(session, item, "1", "b", frames=1)

    assert len(_live(session, item)) == 1


def test_retrying_the_right_half_works_on_its_opening(session):
    item = _item(session)
    _arrive(session, item, "1", "a")
    queue.finish(session, _claimed(session), [_result(Side.LEFT), _result(Side.RIGHT)], "r", NOW, DAY)

    assert queue.retry(session, item, 2, NOW) == 1
    assert len(queue.claim(session, "me", 9, NOW, 900)) == 1
