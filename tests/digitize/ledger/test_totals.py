import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from counted import TODAY, add_item, add_link, add_pages, add_record, make_ledger
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from digitize.ledger.models import LinkState, Outcome, PageState, Side
from digitize.ledger.session import transaction
from digitize.ledger.totals import Counted, Scope, bundles, count, explain, fulltext, linked, pages, per_day, titles
from digitize.report.shares import Part, pages_by

YEAR = Scope(date(2026, 1, 1), date(2026, 12, 31))
_PARTS: tuple[Part, ...] = ("outcome", "source", "type", "operator", "scanner")
DAY = timedelta(days=1)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def test_a_page_counts_on_the_day_it_first_became_done(session: Session) -> None:
    item = add_item(session, "INV-1")
    add_pages(session, item, 2, date(2026, 3, 31))
    add_pages(session, item, 3, date(2026, 4, 1))
    assert pages(session, YEAR.between(date(2026, 3, 1), date(2026, 3, 31))) == 2
    assert per_day(session, Counted.PAGES, YEAR) == {date(2026, 3, 31): 2, date(2026, 4, 1): 3}


def test_a_page_that_is_worked_again_stays_counted(session: Session) -> None:
    (page,) = add_pages(session, add_item(session, "INV-1"), 1)
    for state in (PageState.RECEIVED, PageState.WORKING, PageState.FAILED):
        page.state, page.outcome = state, None
        session.flush()
        assert pages(session, YEAR) == 1
        assert pages(session, Scope(YEAR.since, YEAR.until, count_blank=False)) == 1


@pytest.mark.parametrize("state", [PageState.SUPERSEDED, PageState.DUPLICATE])
def test_history_never_counts(session: Session, state: PageState) -> None:
    add_pages(session, add_item(session, "INV-1"), 4, state=state)
    assert pages(session, YEAR) == 0
    assert explain(session, Counted.PAGES, YEAR) == ()


def test_a_page_that_never_became_done_does_not_count(session: Session) -> None:
    item = add_item(session, "INV-1")
    add_pages(session, item, 1, None, state=PageState.RECEIVED, outcome=None)
    add_pages(session, item, 1, None, state=PageState.REJECTED, outcome=None)
    assert pages(session, YEAR) == 0


def test_blank_pages_count_unless_the_library_says_no(session: Session) -> None:
    item = add_item(session, "INV-1")
    add_pages(session, item, 3)
    add_pages(session, item, 2, outcome=Outcome.BLANK)
    assert pages(session, YEAR) == 5
    assert pages(session, Scope(YEAR.since, YEAR.until, count_blank=False)) == 3


def test_a_split_opening_counts_two(session: Session) -> None:
    item = add_item(session, "INV-1")
    left, right = add_pages(session, item, 2)
    left.side, right.side, right.slot = Side.LEFT, Side.RIGHT, left.slot
    session.flush()
    assert pages(session, YEAR) == 2


def test_a_source_is_found_in_every_spelling(session: Session) -> None:
    for key, source in (("A", "o‘lkashunoslik"), ("B", "oʻlkashunoslik"), ("C", "O'LKASHUNOSLIK"), ("D", "reja")):
        add_pages(session, add_item(session, key, source=source), 1)
    scope = Scope(YEAR.since, YEAR.until, sources=("o’lkashunoslik",))
    assert pages(session, scope) == 3
    assert pages(session, Scope(YEAR.since, YEAR.until, sources=("pullik",))) == 0


def test_filters_by_type_and_collection_narrow_every_count(session: Session) -> None:
    for key, kind, collection in (("A", "gazeta", "nodir"), ("B", "kitob", "nodir"), ("C", "gazeta", "")):
        item = add_item(session, key, type=kind, collection=collection, first_published_on=TODAY)
        add_pages(session, item, 2)
        add_link(session, item, add_record(session, key))
    scope = Scope(YEAR.since, YEAR.until, types=("gazeta",), collections=("nodir",))
    about_items = (Counted.PAGES, Counted.TITLES, Counted.FULLTEXT, Counted.LINKED)
    assert [count(session, what, scope) for what in about_items] == [2, 1, 1, 1]


def test_titles_and_resources_count_on_the_day_of_their_first_pdf(session: Session) -> None:
    add_item(session, "A", first_published_on=date(2026, 5, 1))
    add_item(session, "B", first_published_on=date(2025, 12, 31))
    add_item(session, "C")
    assert titles(session, YEAR) == fulltext(session, YEAR) == 1
    assert [line.item for line in explain(session, Counted.TITLES, YEAR)] == ["A"]


def test_a_record_with_two_items_counts_once_on_its_first_day(session: Session) -> None:
    record = add_record(session, "001")
    add_link(session, add_item(session, "A"), record, date(2026, 3, 2))
    add_link(session, add_item(session, "B"), record, date(2026, 4, 2))
    assert linked(session, YEAR) == 1
    assert linked(session, YEAR.between(date(2026, 4, 1), date(2026, 4, 30))) == 0
    assert [line.item for line in explain(session, Counted.LINKED, YEAR)] == ["A"]


def test_an_undone_link_and_a_review_count_nothing(session: Session) -> None:
    record = add_record(session, "001")
    add_link(session, add_item(session, "A"), record, state=LinkState.UNDONE)
    add_link(session, add_item(session, "B"), None, None, state=LinkState.REVIEW)
    assert linked(session, YEAR) == 0


def test_pages_are_divided_by_source_largest_first(session: Session) -> None:
    add_pages(session, add_item(session, "A", source="reja"), 2)
    add_pages(session, add_item(session, "B", source="buyurtma"), 5)
    found = bundles(session, YEAR)
    assert list(pages_by(found, "source").items()) == [("buyurtma", 5), ("reja", 2)]
    assert pages_by(found, "outcome") == {"ok": 7}


def test_each_division_adds_up_to_the_pages(session: Session) -> None:
    for key, source, scanner in (("A", "reja", "CZUR"), ("B", "", "Plustek"), ("C", "reja", "")):
        item = add_item(session, key, source=source, operator="Lola", scanner=scanner)
        add_pages(session, item, 2)
        add_pages(session, item, 1, outcome=None, state=PageState.FAILED)
        add_pages(session, item, 1, outcome=Outcome.BLANK)
    for scope in (YEAR, Scope(YEAR.since, YEAR.until, count_blank=False, sources=("reja",))):
        found = bundles(session, scope)
        divisions = {part: pages_by(found, part) for part in _PARTS}
        assert {sum(amounts.values()) for amounts in divisions.values()} == {pages(session, scope)}
    assert divisions["outcome"] == {"ok": 4, "": 2}
    assert divisions["scanner"] == {"CZUR": 3, "": 3}


def test_the_list_behind_a_number_names_page_file_and_day(session: Session) -> None:
    add_pages(session, add_item(session, "INV-1", title="Bobur"), 2)
    line = explain(session, Counted.PAGES, YEAR)[1]
    assert (line.day, line.item, line.title, line.page, line.name, line.outcome) == (
        TODAY, "INV-1", "Bobur", 2, "0002.tif", "ok",
    )  # fmt: skip


_PAGE = st.tuples(
    st.sampled_from(list(PageState)),
    st.sampled_from([None, *Outcome]),
    st.one_of(st.none(), st.dates(date(2025, 12, 20), date(2027, 1, 10))),
    st.sampled_from(["reja", "buyurtma", "pullik"]),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(_PAGE, max_size=25), st.booleans(), st.sampled_from([(), ("reja",), ("reja", "pullik")]), st.randoms())
def test_the_list_behind_any_number_is_as_long_as_the_number(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[PageState, Outcome | None, date | None, str]],
    count_blank: bool,
    sources: tuple[str, ...],
    order: random.Random,
) -> None:
    scope = Scope(YEAR.since, YEAR.until, count_blank, sources)
    order.shuffle(rows)
    with transaction(make_ledger(tmp_path_factory.mktemp("ledger"))) as session:
        items = {source: add_item(session, source, source=source) for source in ("reja", "buyurtma", "pullik")}
        for state, outcome, day, source in rows:
            add_pages(session, items[source], 1, day, state=state, outcome=outcome)
        number = pages(session, scope)
        lines = explain(session, Counted.PAGES, scope)
        days = per_day(session, Counted.PAGES, scope)
    wanted = [
        row
        for row in rows
        if row[0] not in {PageState.SUPERSEDED, PageState.DUPLICATE}
        and row[2] is not None
        and row[2].year == 2026
        and (count_blank or row[1] is not Outcome.BLANK)
        and (not sources or row[3] in sources)
    ]
    assert number == len(lines) == sum(days.values()) == len(wanted)
