"""Which scans find their record by title and author; being silent is allowed, being wrong is not."""

from collections import Counter

import pytest
from labelled import Case, books, cases
from marcs import profile

from catalog_link import iso2709
from catalog_link.likeness import About, compare, numbers, page_count, same_author, title_block
from catalog_link.match import Ambiguous, Match, Wanted, match
from catalog_link.records import Described, describe

CASES = list(cases())


@pytest.fixture(scope="module")
def catalogue() -> list[Described]:
    return [describe(iso2709.parse(book.marc), profile()) for book in books()]


def verdict(catalogue: list[Described], scan: About) -> Match | Ambiguous | None:
    def find(kind: str, value: str) -> list[int]:
        return [
            place
            for place, said in enumerate(catalogue)
            if (kind, value) in {(key.kind, key.value) for key in said.keys}
        ]

    found = match(Wanted("", about=scan), find, lambda place: catalogue[place].about)
    return found if isinstance(found, Match | Ambiguous) else None


def linked(catalogue: list[Described], case: Case) -> str:
    found = verdict(catalogue, case.scan)
    return catalogue[found.record].number if isinstance(found, Match) else ""


def test_of_all_labelled_scans_not_one_is_hung_on_a_wrong_record(catalogue, record_property):
    wrong = [(case, number) for case in CASES if (number := linked(catalogue, case)) not in {"", case.right}]
    right = Counter(case.kind for case in CASES if case.right and linked(catalogue, case) == case.right)
    there = Counter(case.kind for case in CASES if case.right)
    recall = {kind: f"{right[kind]}/{count}" for kind, count in there.items()}
    print(f"{len(CASES)} scans, {there.total()} with a record, linked {right.total()}: {recall}")  # noqa: T201
    record_property("recall", right.total() / there.total())
    assert len(CASES) >= 200
    assert wrong == []
    told = {kind: count for kind, count in there.items() if kind != "title only"}  # a bare title is never certain
    assert sum(right[kind] for kind in told) / sum(told.values()) > 0.95


@pytest.mark.parametrize(
    "kind",
    [
        "as in the record",
        "in the other alphabet",
        "short author",
        "title proper only",
        "in capitals",
        "typewriter marks",
        "genre typed with it",
        "full stop for the colon",
    ],
)
def test_what_a_careful_operator_types_finds_its_record(catalogue, kind):
    missed = [case.scan for case in CASES if case.kind == kind and case.right and not linked(catalogue, case)]
    assert missed == []


def test_what_is_not_sure_brings_the_right_record_before_a_person(catalogue):
    for case in CASES:
        found = verdict(catalogue, case.scan)
        if case.right and not isinstance(found, Match):
            assert isinstance(found, Ambiguous), case
            assert case.right in [catalogue[place].number for place in found.candidates], case


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("A. Qodiriy", "Qodiriy, Abdulla", True),
        ("Абдулла Қодирий", "Qodiriy, Abdulla", True),
        ("Karimov A.", "Karimov, Anvar Bahodirovich", True),
        ("Karimov B.", "Karimov, Anvar Bahodirovich", False),
        ("Karimova A.", "Karimov, Anvar", False),
        ("Karimov", "Karimov, Anvar", None),
        ("", "Karimov, Anvar", None),
    ],
)
def test_initials_agree_with_forenames_and_a_bare_surname_proves_nothing(one, other, same):
    assert same_author(one, other) is same
    assert same_author(other, one) is same


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Tanlangan asarlar. 2-jild", {2}),
        ("Танланган асарлар. II жилд", {2}),
        ("Saylanma : ikkinchi kitob", {2}),
        ("Сочинения. Том ХIV", {14}),
        ("Oʻtkan kunlar", set()),
    ],
)
def test_numbers_are_read_in_digits_in_words_and_in_roman_figures(title, found):
    assert numbers(title) == found


@pytest.mark.parametrize(
    ("extent", "pages"), [("245 b. :", 245), ("12, 245, [3] s.", 245), ("XII, 245 с.", 245), ("3 v.", None), ("", None)]
)
def test_pages_are_read_from_an_extent_unless_it_counts_volumes(extent, pages):
    assert page_count(extent) == pages


def test_both_alphabets_and_a_subtitle_share_one_block():
    assert title_block("Ўткан кунлар") == title_block("Oʻtkan kunlar : roman") == "otkankunlar"


def test_a_lost_mark_needs_the_pages_to_agree():
    record = About("Oʻt", "Karimov, Anvar", "1990", 100)
    assert not compare(About("Ot", "Karimov, Anvar", "1990"), record).sure
    assert compare(About("Ot", "Karimov, Anvar", "1990", 104), record).sure


def test_one_scan_two_equal_records_is_a_persons_choice(catalogue):
    (case, *_) = [case for case in CASES if case.scan.title == "Shum bola"]
    found = verdict(catalogue, case.scan)
    assert isinstance(found, Ambiguous)
    assert [catalogue[place].number for place in found.candidates][:2] == ["D1", "D2"]
