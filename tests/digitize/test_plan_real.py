"""Plans of three real libraries, misread letters and cut rows included, are read and their digitization rows bound."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from counted import NOW, TODAY, add_item, add_pages, make_ledger
from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from digitize import plan
from digitize.errors import NotFound, UsageError
from digitize.ledger.session import transaction
from digitize.messages import speaker
from digitize.plan import Author, PlanTable, TableRow
from digitize.plan.likeness import ALIKE
from digitize.plan.words import word_key
from digitize.render.planfile import next_year, plan_file, table_row
from digitize.report import Kind, period, side_by_side
from digitize.settings import Settings

PLANS = Path(__file__).resolve().parent.parent / "plans"
ME = Author("Lola", NOW)
SAY = speaker("uz")

BOUND = {
    2022: {
        "13": "linked", "23": "delivered", "30": "local_history", "31": "retro", "32": "ordered_pages",
        "34": "fulltext", "35": "pages", "36": "qr", "42.1": "paid_sum",
    },
    2025: {"20.": "delivered", "23": "local_history", "24.": "retro", "26.": "fulltext", "27.": "pages"},
    2026: {"18.": "delivered", "21.": "local_history", "23.": "fulltext", "24.": "titles/pages"},
}  # fmt: skip
ROWS = {2022: 49, 2025: 48, 2026: 44}


def _table(year: int) -> PlanTable:
    return plan.read_table(PLANS / f"reja-{year}.tsv")


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


@pytest.mark.parametrize("year", BOUND)
def test_the_digitization_rows_of_a_real_plan_bind_and_no_other(session: Session, year: int) -> None:
    table = _table(year)
    plan.store(session, table, None, ME)
    bound = {row.number: row.measure for row in plan.rows(session, year) if row.measure != "manual"}
    assert (table.year, len(table.rows), bound) == (year, ROWS[year], BOUND[year])


@pytest.mark.parametrize(
    ("year", "number", "last_year", "planned"),
    [
        (2022, "35", "90000", "198000"), (2022, "23", "55", "200 - 120"), (2022, "16", "35506", "10500 0"),
        (2022, "36", "9", "10"), (2025, "27.", "61200", "50000"), (2025, "26.", "164", "100"),
        (2025, "2.", "1/2/1", "1/2/1"), (2025, "13.", "231\n4620", "231\n4620"), (2026, "24.", "18/3982", "19/3991"),
        (2026, "29.", "33", "33 38"), (2026, "26.3", "2", "Reja asosida"), (2026, "20.", "2113 kartocho kada",
        "2114 kartocho kada"), (2026, "25.", "", "4"),
    ],
)  # fmt: skip
def test_the_cells_stand_as_they_were_printed(year: int, number: str, last_year: str, planned: str) -> None:
    assert (last_year, planned) in {(r.last_year, r.planned) for r in _table(year).rows if r.number == number}


def test_sections_and_rows_cut_by_a_page_end_come_out_whole() -> None:
    rows = _table(2026).rows
    assert [section[:3] for section in dict.fromkeys(row.section for row in rows)] == [
        "I. ", "II.", "III", "IV.", "V. ", "VI.",
    ]  # fmt: skip
    survey = next(row for row in rows if row.section.startswith("II.") and row.number == "3.")
    assert survey.name == "Foydalanuvchilar o‘rtasida so‘rovnomalar o‘tkazish va tahlil qilish"
    assert "Milliy kutubxonaga taqdim etish" in survey.mechanism
    assert not [row for row in rows if "<" in row.name or "<" in row.mechanism]


def test_no_two_rows_of_one_library_are_taken_for_one() -> None:
    for year in BOUND:
        keys = [word_key(f"{row.name} {row.unit}") for row in _table(year).rows]
        near = max(fuzz.ratio(one, other) for place, one in enumerate(keys) for other in keys[:place])
        assert near < ALIKE - 5, year


def test_every_real_plan_passes_through_every_form_unharmed(session: Session, tmp_path: Path) -> None:
    for year in BOUND:
        plan.store(session, _table(year), None, ME)
        rows = [table_row(row) for row in plan.rows(session, year)]
        for ending in ("csv", "xlsx", "docx"):
            path = tmp_path / f"{year}.{ending}"
            path.write_bytes(plan_file(ending, "Vobkent tumani AKM", year, rows, SAY))
            again = plan.read_table(path)
            assert again.year == year
            assert [_words(row) for row in again.rows] == [_words(row) for row in rows], (year, ending)


def _words(row: TableRow) -> list[str]:
    cells = (row.number, row.name, row.unit, row.last_year, row.planned, row.mechanism, row.deadline, row.responsible)
    return [" ".join(cell.split()) for cell in (row.section, *cells)]


def test_proposals_are_confirmed_once_and_hold_for_the_plans_of_coming_years(session: Session) -> None:
    plan.store(session, _table(2025), None, ME)
    before = {row.number: row for row in plan.bindings(session, 2025)}
    assert (before["27."].confirmed, before["27."].why, before["27."].by) == (False, "words", "")
    assert {row.number for row in plan.open_ones(before.values())} == set(BOUND[2025])
    (now,) = plan.confirm(session, 2025, {"27": None}, ME)
    assert (now.confirmed, now.by, now.at, now.measure) == (True, "Lola", NOW, "pages")
    plan.confirm(session, 2025, {"28": "titles"}, ME)
    plan.store(session, _table(2026), None, ME)
    after = {row.number: row for row in plan.bindings(session, 2026)}
    assert (after["24."].measure, after["24."].confirmed) == ("pages", True), "the same words"
    security = after["25."]
    assert (security.measure, security.proposed, security.why) == ("titles", "titles", "last_year"), "nearly the same"
    assert not security.confirmed


def test_a_binding_of_an_unknown_row_or_measure_changes_nothing(session: Session) -> None:
    with pytest.raises(UsageError, match="no plan for 2026"):
        plan.confirm(session, 2026, {"24": None}, ME)
    plan.store(session, _table(2026), None, ME)
    with pytest.raises(NotFound, match="no row 99"):
        plan.confirm(session, 2026, {"99": None}, ME)
    with pytest.raises(UsageError, match="Known measures"):
        plan.confirm(session, 2026, {"24": "weight"}, ME)
    assert not any(row.confirmed for row in plan.bindings(session, 2026))


def test_work_the_ledger_cannot_see_is_entered_by_the_day_with_who_and_when(session: Session) -> None:
    plan.store(session, _table(2026), None, ME)
    row = plan.find(session, 2026, "25")
    plan.enter(session, row, 1, TODAY.replace(month=3), "1-chorak", ME)
    plan.enter(session, row, 2, TODAY, "xato", ME)
    plan.take_back(session, row, Author("Aziz", NOW))
    plan.enter(session, row, 1, TODAY, "", Author("Aziz", NOW))
    found = next(r for r in period(session, Settings(), Kind.MONTH, TODAY).rows if r.number == "25.")
    assert (found.done, found.done_year, found.percent, found.by) == (1, 2, 50.0, "Aziz")
    assert [(one.amount, one.who, one.undone_at is not None) for one in plan.entries(session, row)] == [
        (1, "Lola", False), (2, "Lola", True), (1, "Aziz", False),
    ]  # fmt: skip
    plan.store(session, _table(2026), None, ME)
    assert len(plan.entries(session, plan.find(session, 2026, "25"))) == 3, "an import keeps them"


def test_what_cannot_be_entered_by_hand_says_why(session: Session) -> None:
    plan.store(session, _table(2026), None, ME)
    counted, other = plan.find(session, 2026, "24"), plan.find(session, 2026, "25")
    with pytest.raises(UsageError, match="counted by the program"):
        plan.enter(session, counted, 1, TODAY, "", ME)
    with pytest.raises(UsageError, match="not possible for 2026"):
        plan.enter(session, other, 1, TODAY.replace(year=2025), "", ME)
    with pytest.raises(NotFound, match="Nothing was entered"):
        plan.take_back(session, other, ME)
    plan.change(session, 2026, "25", {"value": "3"}, ME)
    with pytest.raises(UsageError, match="typed as one: 3"):
        plan.enter(session, other, 1, TODAY, "", ME)


def test_two_years_stand_side_by_side_row_by_row(session: Session) -> None:
    for year in (2025, 2026):
        plan.store(session, _table(year), None, ME)
    item = add_item(session, "A")
    add_pages(session, item, 40, TODAY.replace(year=2025))
    add_pages(session, item, 50, TODAY)
    found = side_by_side(session, Settings(), (2026, 2025), NOW)
    pages = next(pair for pair in found if pair.now and pair.number == "24.")
    assert pages.before is not None
    assert pages.now is not None
    assert (pages.before.planned, pages.before.done, pages.now.planned, pages.now.done) == (
        50000,
        40,
        "19/3991",
        "0/50",
    )
    assert (pages.last_year, pages.change) == ("18/3982", 25.0)
    lone = [pair for pair in found if pair.number == "251"]
    assert [pair.now for pair in lone] == [None], "a row that only the earlier plan has"


def test_a_draft_for_the_next_year_takes_what_was_done_as_its_fact() -> None:
    row = TableRow("IV", "24.", "Raqamlashtirish", "Sahifa", "18/3982", "19/3991", "reja", "2026-yil davomida", "AKT")
    found = next_year(row, "17/3500", 2027)
    assert (found.last_year, found.planned, found.deadline) == ("17/3500", "", "2027-yil davomida")
