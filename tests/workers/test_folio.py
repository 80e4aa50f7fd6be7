import random

import pytest

from workers.folio import Label, labels, roman
from workers.leaf import Leaf, Row

HEIGHT, WIDTH = 2480, 1748


def row(text: str, top: int, paragraph: int = 0) -> Row:
    return Row(text, 200, top, 200 + 20 * len(text), top + 40, 40.0, paragraph, 95.0)


def leaf(foot: str = "", head: str = "") -> Leaf:
    """A page of print with *foot* alone below it and *head* above it."""
    body = tuple(row("kutubxona fondi bilan ishlash va kitobxonlarga", 400 + 60 * n) for n in range(20))
    above = (row(head, 120),) if head else ()
    below = (row(foot, 2300, 9),) if foot else ()
    return Leaf(WIDTH, HEIGHT, (*above, *body, *below))


def book(*feet: str) -> list[str]:
    return [str(one or "") for one in labels([leaf(foot) for foot in feet])]


def test_every_page_gets_the_number_printed_on_it():
    assert book("3", "4", "5", "6") == ["3", "4", "5", "6"]


def test_a_misread_number_is_outvoted_and_a_missing_one_is_supplied():
    assert book("7", "8", "П", "10", "", "12", "73", "14") == ["7", "8", "9", "10", "11", "12", "13", "14"]


def test_letters_that_look_like_digits_count_beside_a_digit():
    assert book("9", "1O", "l1", "12", "I3") == ["9", "10", "11", "12", "13"]


def test_front_matter_is_numbered_in_roman_as_it_is_printed():
    small = book("", "ii", "iii", "iv", "v", "", "1", "2", "3", "4")
    large = book("I", "II", "III", "IV", "1", "2", "3")

    assert small == ["", "ii", "iii", "iv", "v", "", "1", "2", "3", "4"]
    assert large == ["I", "II", "III", "IV", "1", "2", "3"]


def test_roman_numerals_in_cyrillic_letters_are_the_same_numerals():
    assert book("VIІІ", "ІХ", "Х", "ХІ") == ["VIII", "IX", "X", "XI"]


def test_a_plate_that_is_not_counted_has_no_number():
    feet = [str(n) for n in range(10, 20)] + ["", ""] + [str(n) for n in range(20, 30)]

    assert book(*feet) == feet


def test_a_missing_leaf_makes_the_numbers_jump():
    feet = [str(n) for n in range(1, 9)] + [str(n) for n in range(11, 19)]

    assert book(*feet) == feet


def test_cover_and_blank_leaves_at_the_ends_get_no_number():
    leaves = [Leaf(WIDTH, HEIGHT), leaf(), *(leaf(str(n)) for n in range(5, 12)), leaf(), Leaf(WIDTH, HEIGHT)]

    assert [str(one or "") for one in labels(leaves)] == ["", "", *map(str, range(5, 12)), "", ""]


def test_a_blank_page_in_between_is_counted():
    leaves = [leaf("4"), leaf("5"), Leaf(WIDTH, HEIGHT), leaf("7"), leaf("8")]

    assert [str(one) for one in labels(leaves)] == ["4", "5", "6", "7", "8"]


@pytest.mark.parametrize(
    "feet",
    [
        ("17",),
        ("3", "4"),
        ("1998", "1998", "1998", "1998", "1998"),
        ("12", "7", "45", "3", "28", "9"),
        ("1", *[""] * 15, "2", *[""] * 15, "3", *[""] * 15, "4"),
        ("1", "2", "3", *[""] * 40),
    ],
    ids=["one page", "two pages", "a year", "disorder", "printer's signatures", "three of forty-three"],
)
def test_nothing_is_claimed_where_evidence_is_thin(feet):
    assert book(*feet) == [""] * len(feet)


def test_numbers_beside_a_running_head_are_found_at_either_end():
    leaves = [leaf(head=f"{n} O‘TKAN KUNLAR" if n % 2 == 0 else f"O‘tkan kunlar {n}") for n in range(24, 34)]

    assert [str(one) for one in labels(leaves)] == [str(n) for n in range(24, 34)]


def test_signatures_and_years_do_not_disturb_the_numbers():
    leaves = [leaf(foot=str(n), head=f"Toshkent 19{n:02}" if n % 3 else "2024") for n in range(20, 40)]

    assert [str(one) for one in labels(leaves)] == [str(n) for n in range(20, 40)]


def test_ornaments_and_other_digits_are_read():
    assert book("– 5 –", "[6]", "*7*", "٨", "۹") == ["5", "6", "7", "8", "9"]


def test_numbers_never_go_back():
    feet = [str(n) for n in range(50, 60)] + [str(n) for n in range(40, 45)]

    assert book(*feet)[:10] == feet[:10]
    assert book(*feet)[10:] == [""] * 5


@pytest.mark.parametrize("seed", range(8))
def test_a_book_of_which_a_third_is_misread_is_numbered_rightly(seed):
    dice = random.Random(seed)
    truth = [*[roman(n) for n in range(3, 15)], *map(str, range(1, 120)), "", "", *map(str, range(120, 200))]
    read = [
        dice.choice(["", str(dice.randrange(1, 400)), "П", "x"]) if dice.random() < 0.33 else foot for foot in truth
    ]

    found = book(*read)

    wrong = [(place, one, truth[place]) for place, one in enumerate(found) if one and one != truth[place]]
    assert wrong == []
    assert sum(bool(one) for one in found) > 0.95 * sum(bool(one) for one in truth)


def test_a_long_book_is_numbered_in_a_moment():
    leaves = [leaf(str(n), head=f"{(n * 7) % 900} bob") for n in range(1, 1201)]

    assert [str(one) for one in labels(leaves)] == [str(n) for n in range(1, 1201)]


def test_roman_numerals_are_written_rightly():
    assert [roman(n) for n in (1, 4, 9, 14, 40, 49, 90, 99, 144)] == [
        "i", "iv", "ix", "xiv", "xl", "xlix", "xc", "xcix", "cxliv",
    ]  # fmt: skip
    assert str(Label("R", 12)) == "XII"
