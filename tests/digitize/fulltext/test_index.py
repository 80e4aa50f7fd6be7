from pathlib import Path

import pytest
from fulltext_pages import add_page, make_ledger
from sqlalchemy import Engine, text

from digitize.fulltext import fts5, index
from digitize.fulltext.query import search
from digitize.ledger.models import Page, PageState, PageText
from digitize.ledger.session import reading, transaction


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    return make_ledger(tmp_path)


def total(ledger: Engine, query: str) -> int:
    with reading(ledger) as session:
        return search(session, query).total


def test_a_new_text_of_a_page_replaces_the_old_one(ledger: Engine) -> None:
    page = add_page(ledger, "A", "eski matn")
    with transaction(ledger) as session:
        index.put(session, page, 1, "yangi matn", [])
    assert (total(ledger, "eski"), total(ledger, "yangi")) == (0, 1)


def test_a_dropped_page_is_found_no_more(ledger: Engine) -> None:
    page = add_page(ledger, "A", "matn")
    for _ in range(2):
        with transaction(ledger) as session:
            index.drop(session, page)
    assert total(ledger, "matn") == 0


def test_index_and_ledger_commit_together(ledger: Engine) -> None:
    page = add_page(ledger, "A", "eski")
    with reading(ledger) as session:
        index.put(session, page, 1, "yangi", [])
        assert search(session, "yangi").total == 1
        session.rollback()
    assert (total(ledger, "eski"), total(ledger, "yangi")) == (1, 0)


@pytest.mark.parametrize("state", [state for state in PageState if state is not PageState.DONE])
def test_only_done_pages_are_found(ledger: Engine, state: PageState) -> None:
    add_page(ledger, "A", "matn", state=state)
    assert total(ledger, "matn") == 0


def test_a_damaged_index_is_built_anew(ledger: Engine) -> None:
    page = add_page(ledger, "A", "O‘zbekiston")
    gone = add_page(ledger, "A", "ketdi")
    with transaction(ledger) as session:
        session.execute(text("INSERT INTO page_fts (page_fts) VALUES ('delete-all')"))
        session.get_one(Page, gone).state = PageState.SUPERSEDED
    assert total(ledger, "ўзбекистон") == 0
    with transaction(ledger) as session:
        assert index.rebuild(session) == 1
        session.execute(text("INSERT INTO page_fts (page_fts) VALUES ('integrity-check')"))
        assert session.get(PageText, gone) is None
        assert session.get_one(PageText, page).folded == "ozbekiston"
    assert total(ledger, "ўзбекистон") == 1


def test_keys_of_older_rules_are_renewed_and_lie_in_one_segment(ledger: Engine) -> None:
    pages = [add_page(ledger, f"A{number}", "O‘zbekiston") for number in range(5)]
    with transaction(ledger) as session:
        for page in pages:
            session.get_one(PageText, page).folded = "boshqacha"
    with transaction(ledger) as session:
        index.rebuild(session)
    assert (total(ledger, "boshqacha"), total(ledger, "узбекистон"), segments(ledger)) == (0, 5, 1)
    add_page(ledger, "B", "O‘zbekiston")
    assert total(ledger, "узбекистон") == 6


def test_what_older_rules_made_is_renewed_some_at_a_time_and_once(
    ledger: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [add_page(ledger, f"A{number}", "O‘zbekiston") for number in range(3)]
    with transaction(ledger) as session:
        for page in pages:
            session.get_one(PageText, page).ocr = "boshqacha"
    monkeypatch.setattr(index, "_AT_ONCE", 2)
    assert (total(ledger, "узбекистон"), renewed(ledger)) == (0, 2)
    assert (total(ledger, "узбекистон"), renewed(ledger)) == (2, 1)
    assert (total(ledger, "узбекистон"), renewed(ledger), renewed(ledger)) == (3, 0, 0)
    monkeypatch.setattr(index, "rules", lambda: "later rules")
    assert [renewed(ledger) for _ in range(4)] == [2, 1, 0, 0]


def renewed(ledger: Engine) -> int:
    with transaction(ledger) as session:
        return index.keep_up(session)


def test_a_rebuild_that_is_broken_off_leaves_keys_and_index_as_they_were(ledger: Engine) -> None:
    page = add_page(ledger, "A", "O‘zbekiston")
    with transaction(ledger) as session:
        session.get_one(PageText, page).folded = "boshqacha"
    with reading(ledger) as session:
        index.rebuild(session)
        assert not fts5.finds(session, page, ["boshqacha"])
        session.rollback()
        assert fts5.finds(session, page, ["boshqacha"])
    add_page(ledger, "B", "O‘zbekiston")
    assert total(ledger, "узбекистон") >= 1


def test_tidying_puts_the_segments_of_many_pages_together_and_loses_none(ledger: Engine) -> None:
    for number in range(7):
        add_page(ledger, f"A{number}", "matn")
    before = segments(ledger)
    with transaction(ledger) as session:
        index.tidy(session)
    assert (segments(ledger), total(ledger, "matn")) == (1, 7)
    assert before > 1


def segments(ledger: Engine) -> int:
    with ledger.connect() as connection:
        return int(connection.execute(text("SELECT count(DISTINCT segid) FROM page_fts_idx")).scalar_one())
