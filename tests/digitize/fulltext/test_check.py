from pathlib import Path

import pytest
from fulltext_pages import add_page, make_ledger
from sqlalchemy import Engine, text

from digitize.fulltext import check, index
from digitize.ledger.models import PageText
from digitize.ledger.session import reading, transaction


@pytest.fixture
def ledger(tmp_path: Path) -> Engine:
    ledger = make_ledger(tmp_path)
    for words in ("O‘zbekiston tarixi, birinchi jild", "", "Кутуб-\nхона фонди"):
        add_page(ledger, "A", words)
    return ledger


def kinds(ledger: Engine) -> list[tuple[str, int, int]]:
    with reading(ledger) as session:
        return [(found.kind, found.pages, found.page_id) for found in check.problems(session, data=True)]


def change(ledger: Engine, sql: str) -> None:
    with transaction(ledger) as session:
        session.execute(text(sql))


def rebuilt(ledger: Engine) -> list[tuple[str, int, int]]:
    with transaction(ledger) as session:
        index.rebuild(session)
    return kinds(ledger)


def test_an_index_that_agrees_has_no_problems(ledger: Engine) -> None:
    assert kinds(ledger) == []
    with reading(ledger) as session:
        assert check.index_differs(session) == ""


def test_a_done_page_without_text_is_named_and_stays_so_until_it_is_read_again(ledger: Engine) -> None:
    page = add_page(ledger, "A", "x", indexed=False)
    assert kinds(ledger) == rebuilt(ledger) == [("no_text", 1, page)]


def test_a_lost_index_is_named_and_rebuilt(ledger: Engine) -> None:
    change(ledger, "INSERT INTO page_fts (page_fts) VALUES ('delete-all')")
    assert ("not_indexed", 3, 1) in kinds(ledger)
    with reading(ledger) as session:
        assert check.index_differs(session).startswith("3 texts")
    assert rebuilt(ledger) == []


def test_a_page_the_index_should_have_forgotten_is_named(ledger: Engine) -> None:
    change(ledger, "DROP TRIGGER page_text_delete")
    with transaction(ledger) as session:
        index.drop(session, 3)
    assert ("orphan", 1, 3) in kinds(ledger)


def test_keys_of_older_rules_are_named(ledger: Engine) -> None:
    with transaction(ledger) as session:
        session.get_one(PageText, 1).folded = "boshqacha"
    assert kinds(ledger) == [("stale", 1, 1)]
    assert rebuilt(ledger) == []


def test_an_index_with_other_words_than_the_page_is_named(ledger: Engine) -> None:
    change(ledger, "DROP TRIGGER page_text_update")
    with transaction(ledger) as session:
        index.put(session, 1, 1, "butunlay boshqa so‘zlar")
    assert kinds(ledger) == [("not_found", 1, 1)]
    assert rebuilt(ledger) == []


def test_an_item_whose_year_was_learnt_later_is_named_and_read_anew(ledger: Engine) -> None:
    change(ledger, "UPDATE item SET year = 1932")
    assert [kind for kind, *_ in kinds(ledger)] == ["stale"]
    assert rebuilt(ledger) == []
