import pytest

from catalog_link.likeness import About
from catalog_link.match import Ambiguous, Find, Match, NoMatch, Wanted, match
from catalog_link.values import BLOCK_LIMIT


def finder(**kinds: dict[str, list[int]]) -> Find:
    return lambda kind, value: kinds.get(kind, {}).get(value, [])


CATALOGUE = finder(
    record={"uz1": [1], "uz2": [2], "300": [3]},
    inventory={"inv-1": [1], "inv-2": [2], "inv-9": [4, 5, 6, 7], "300": [1]},
    isbn={"9789943110246": [2]},
)


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        (Wanted("INV-1", "UZ2"), Match("record", 2)),
        (Wanted("inv-1"), Match("inventory", 1)),
        (Wanted("UZ 2"), Match("record", 2)),
        (Wanted("978-9943-11-024-6"), Match("isbn", 2)),
        (Wanted("shelf 3", "978-9943-11-024-6"), Match("isbn", 2)),
        (Wanted("INV-10"), NoMatch()),
        (Wanted("INV-11"), NoMatch()),
        (Wanted(""), NoMatch()),
    ],
)
def test_the_first_rung_with_exactly_one_record_decides(wanted, verdict):
    assert match(wanted, CATALOGUE) == verdict


def test_several_records_go_to_a_person_three_at_most():
    assert match(Wanted("INV-9"), CATALOGUE) == Ambiguous("inventory", "several", (4, 5, 6))


def test_a_key_that_is_one_books_inventory_number_and_anothers_record_number_is_no_certainty():
    assert match(Wanted("300"), CATALOGUE) == Ambiguous("inventory", "several", (1, 3))


def test_a_typed_number_that_no_record_has_is_a_warning_not_a_detour():
    assert match(Wanted("INV-1", "UZ77"), CATALOGUE) == Ambiguous("record", "typed_unknown", (1,))
    assert match(Wanted("INV-10", "UZ77"), CATALOGUE) == NoMatch()


JOURNAL = About("Guliston", year="1967", serial=True)
ISSUES = {1: JOURNAL, 2: About("Fan va turmush. 5-son", year="1975"), 3: About("Fan va turmush. 6-son", year="1975")}
SERIALS = finder(issn={"01342266": [1], "01320815": [2, 3]}, inventory={"inv-1": [7]})


@pytest.mark.parametrize(
    ("wanted", "verdict"),
    [
        (Wanted("ISSN 0134-2266 1975-5"), Match("issn", 1)),
        (Wanted("1975-5", "0134-2266"), Match("issn", 1)),
        (Wanted("ISSN 0134-2266 1960-5"), Ambiguous("issn", "other_issue", (1,))),
        (Wanted("ISSN 0132-0815 1975-6"), Match("issn", 3)),
        (Wanted("ISSN 0132-0815 1976-6"), Ambiguous("issn", "other_issue", (2, 3))),
        (Wanted("ISSN 0132-0815 1975"), Ambiguous("issn", "other_issue", (2, 3))),
        (Wanted("ISSN 0132-0816 1975-6"), NoMatch()),
        (Wanted("0134-2266"), NoMatch()),
        (Wanted("INV-1", "0134-2266"), Match("inventory", 7)),
    ],
)
def test_an_issue_finds_its_journal_by_issn_with_year_and_number_as_gates(wanted, verdict):
    assert match(wanted, SERIALS, ISSUES.get) == verdict


def test_an_issue_with_a_typed_title_and_year_is_told_by_them():
    issue = Wanted("Q-7", "0132-0815", About("Fan va turmush. 5-son", year="1975"))
    assert match(issue, SERIALS, ISSUES.get) == Match("issn", 2)


@pytest.mark.parametrize(
    ("books", "verdict"),
    [(BLOCK_LIMIT - 1, Match("title", 1)), (BLOCK_LIMIT, Ambiguous("title", "alike", (1,)))],
)
def test_where_not_every_book_of_an_author_was_compared_nothing_is_certain(books, verdict):
    typed = About("Oʻtkan kunlar", "A. Qodiriy", "1995")
    others = About("Mehrobdan chayon", "A. Qodiriy", "1990")
    find = finder(author={"qodiriy": list(range(1, books + 1))})
    assert match(Wanted("papka", about=typed), find, lambda record: typed if record == 1 else others) == verdict
