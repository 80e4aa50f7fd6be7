from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from counted import NOW, TODAY, add_item, add_pages, make_ledger
from sqlalchemy.orm import Session

from digitize.ledger.models import Outcome, PageState, Refusal
from digitize.ledger.session import transaction
from digitize.messages import LANGUAGES, speaker
from digitize.plan import Author, PlanTable, TableRow, bindings, store
from digitize.render import (
    bindings_text,
    period_text,
    plan_text,
    status_html,
    status_text,
    two_years_text,
    year_bar,
)
from digitize.render.words import cell, long_date, number, pace, plain, size
from digitize.report import Kind, Pace, Status, period, side_by_side, status
from digitize.settings import Settings

SAY = speaker("uz")
SETTINGS = Settings(library="Vobkent tumani AKM")
ROWS = (
    TableRow(section="IV. ASOSIY", number="24.", name="Nashrlarni <raqamlashtirish>", unit="Sahifa", planned="19/3991"),
    TableRow(number="25.", name="Hisobot", unit="Hujjat", planned="Reja asosida"),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


@pytest.fixture
def full(session: Session, tmp_path: Path) -> Status:
    """A year with a plan, done pages, a failed page and a refused file with a hostile name."""
    store(session, PlanTable(2026, ROWS), None, Author("Lola", NOW))
    item = add_item(session, "INV-1001", first_published_on=TODAY)
    add_pages(session, item, 1234)
    add_pages(session, item, 1, None, state=PageState.FAILED, kind="timeout", reason="no answer")
    name = '<script>alert("1")</script>\x1b[31m\n.tif'
    session.add(Refusal(item_key="INV-1001", name=name, kind="truncated", reason="Fayl chala.", path="x", at=NOW))
    return status(session, SETTINGS, None, NOW, tmp_path)


def test_numbers_and_dates_are_written_as_people_here_write_them() -> None:
    assert number(61200) == "61\u00a0200"
    assert number(1234.5) == "1\u00a0234,5"
    assert number(10.0) == "10"
    assert long_date(date(2026, 11, 3), SAY) == "2026-yil 3-noyabr"
    assert [SAY(f"status.month_{month}") for month in (9, 10)] == ["sentabr", "oktabr"]
    assert (cell(None), cell("231\n4620"), size(120 * 10**9)) == ("—", "231 4620", "120\u00a0GB")


def test_a_small_pace_keeps_its_fraction_and_a_large_one_is_rounded_up() -> None:
    assert [pace(value) for value in (16.09, 1.25, 0.08, 0.0, None)] == ["17", "1,2", "0,08", "0", "—"]


def test_foreign_text_cannot_steer_the_terminal() -> None:
    assert plain("a\x1b[31m\nb") == "a [31m b"


def test_the_screen_fits_eighty_columns_and_needs_no_colour(full: Status) -> None:
    text = status_text(full, SAY)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_the_screen_shows_what_the_head_of_service_asks(full: Status) -> None:
    text = status_text(full, SAY)
    for words in (
        "Vobkent tumani AKM · 2026-yil 3-noyabr, seshanba",
        "1\u00a0234 / 3\u00a0991 sahifa (30,9%)",
        "orqada",
        "bugun 1\u00a0234",
        "1/1234",
        "bajarilmadi 1 · qaytarildi 1",
        "administrator",
        "INV-1001, 1235-sahifa",
        "Fayl chala.",
        "Disk:",
    ):
        assert words in text


def test_the_bar_has_a_mark_where_the_pace_line_stands() -> None:
    line = Pace("24.", 100, 30, 70, 248, 170, 78)
    assert year_bar(line, 10) == "███░░░░│░░"
    assert year_bar(Pace("24.", 100, 500, 70, 248, 170, 78), 10) == "███████│██"
    assert year_bar(Pace("24.", 0, 0, 0, 248, 0, 248), 4) == "░░░░"


def test_without_a_plan_the_screen_says_how_to_bring_one_in(session: Session) -> None:
    found = status(session, SETTINGS, None, NOW)
    for language in LANGUAGES:
        assert "digitize plan import reja.csv" in status_text(found, speaker(language), 200)


def test_every_language_has_every_text(full: Status, session: Session) -> None:
    report = period(session, SETTINGS, Kind.YEAR, TODAY, explain=True)
    for language in LANGUAGES:
        say = speaker(language)
        assert status_text(full, say)
        assert status_html(full, say)
        assert period_text(report, say)
        assert plan_text(full.rows, say)


def test_a_long_attention_list_is_cut_and_says_so(session: Session) -> None:
    for place in range(40):
        add_pages(session, add_item(session, f"INV-{place}"), 1, outcome=Outcome.LOW)
    text = status_text(status(session, SETTINGS, None, NOW), SAY)
    assert "… va yana 28 ta" in text
    assert len(text.splitlines()) < 30


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_status_page_stands_alone_escapes_and_refreshes_itself(full: Status) -> None:
    html = status_html(full, SAY)
    tags = _Tags()
    tags.feed(html)
    names = [tag for tag, _ in tags.tags]
    assert "script" not in names
    assert not {"src", "href"} & {attribute for _, attributes in tags.tags for attribute in attributes}
    assert ("meta", {"http-equiv": "refresh", "content": "60"}) in tags.tags
    assert "&lt;raqamlashtirish&gt;" in html
    assert "\x1b" not in html


def test_the_status_page_has_the_screens_numbers(full: Status) -> None:
    html = status_html(full, SAY)
    for words in ("1\u00a0234 / 3\u00a0991 sahifa (30,9%)", "1/1234", "Fayl chala.", "2026-yil 3-noyabr, 11:30"):
        assert words in html


def test_a_report_names_its_days_and_lists_the_pages_it_counted(session: Session) -> None:
    store(session, PlanTable(2026, ROWS), None, Author("Lola", NOW))
    add_pages(session, add_item(session, "INV-1001"), 3)
    text = period_text(period(session, SETTINGS, Kind.WEEK, TODAY, explain=True), SAY)
    assert "HAFTALIK HISOBOT" in text
    assert "2026-yil 2-noyabr – 2026-yil 8-noyabr" in text
    assert text.count("INV-1001\t") == 3
    assert "Qo‘lda to‘ldiriladigan qatorlar" in text, "other services' rows are told by their number"
    assert "Reja asosida" not in text


def test_the_plan_is_printed_with_sections_and_measures(full: Status) -> None:
    text = plan_text(full.rows, SAY)
    assert "IV. ASOSIY" in text
    assert "nomda/sahifa" in text
    assert "Reja asosida" in text


LONG = (
    "Axborot-kutubxona markazi fondida saqlanib kelinayotgan bosma nashrlarni raqamlashtirish hamda ularni to‘liq "
    "matnli ma’lumotlar bazasiga joylashtirish"
)
"""As long as rows of real work plans are."""


def test_a_long_name_keeps_its_words_whole_on_a_terminal_of_80_columns(session: Session) -> None:
    row = replace(ROWS[0], name=LONG)
    store(session, PlanTable(2026, (row,)), None, Author("Lola", NOW))
    rows = status(session, SETTINGS, None, NOW).rows
    pairs = side_by_side(session, SETTINGS, (2025, 2026), NOW)

    for text in (
        plan_text(rows, SAY),
        bindings_text(bindings(session, 2026), SAY),
        two_years_text(pairs, 2025, 2026, SAY),
    ):
        lines = text.splitlines()
        assert max(map(len, lines)) <= 80
        assert set(LONG.split()) <= set(text.split())
        assert sum(bool(set(line.split()) & set(LONG.split())) for line in lines) <= 3
