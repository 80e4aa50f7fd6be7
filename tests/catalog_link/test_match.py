import pytest

from catalog_link.match import Ambiguous, Find, Match, NoMatch, Wanted, match


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
