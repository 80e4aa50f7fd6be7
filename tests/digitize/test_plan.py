from collections.abc import Iterator
from pathlib import Path

import pytest
from counted import NOW, make_ledger
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize.errors import NotFound, UsageError
from digitize.ledger.models import Event
from digitize.ledger.session import transaction
from digitize.plan import (
    Author,
    Measure,
    PlanTable,
    TableRow,
    change,
    goal,
    propose,
    read_cell,
    read_table,
    rows,
    store,
)

HEADING = (
    "№;Nomi;O‘lchov birligi;2025-yil (fakt);2026-yil (reja);Amalga oshirish mexanizmi;Bajarilish muddati;Mas’ullar"
)
ROW = "24.;Bosma nashrlarni raqamlashtirish;Sahifa;18/3982;19/3991;Reja asosida;2026-yil davomida;AKT xizmati"
DEV = Path(__file__).resolve().parents[3] / "shared" / "data" / "dev" / "reja-2026.csv"
ME = Author("Lola", NOW)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def table(tmp_path: Path, *lines: str, encoding: str = "utf-8-sig") -> PlanTable:
    path = tmp_path / "reja.csv"
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return read_table(path)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("61200", (61200,)),
        ("61 200", (61200,)),
        ("61\u00a0200", (61200,)),
        ("61200.0", (61200,)),
        ("19/3991", (19, 3991)),
        ("1/2/1", (1, 2, 1)),
        ("231\n4620", (231, 4620)),
        ("5509 / 1021 / 130", (5509, 1021, 130)),
        ("2113 kartochokada", (2113,)),
        ("3 / -", (3, 0)),
        ("-", ()),
        ("", ()),
        ("10500 0", ()),
        ("33 38", ()),
        ("Reja asosida", ()),
        ("(Unicat rejasidan oling)", ()),
        ("200 - 120", ()),
        ("9" * 5000, ()),
        ("1/2/x", ()),
    ],
)
def test_a_cell_is_understood_only_where_there_is_no_doubt(raw: str, parts: tuple[int, ...]) -> None:
    cell = read_cell(raw)
    assert cell.parts == parts
    assert cell.raw == raw


@given(st.text())
def test_no_cell_is_an_error(raw: str) -> None:
    assert read_cell(raw).raw == raw


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_a_plan_is_read_in_the_encodings_of_office_programs(tmp_path: Path, encoding: str) -> None:
    found = table(tmp_path, HEADING, ROW, encoding=encoding)
    assert found.year == 2026
    assert found.rows == (
        TableRow(
            "", "24.", "Bosma nashrlarni raqamlashtirish", "Sahifa", "18/3982", "19/3991",
            "Reja asosida", "2026-yil davomida", "AKT xizmati",
        ),
    )  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_a_plan_is_read_with_any_separator(tmp_path: Path, delimiter: str) -> None:
    found = table(tmp_path, HEADING.replace(";", delimiter), ROW.replace(";", delimiter))
    assert [row.planned for row in found.rows] == ["19/3991"]


@pytest.mark.parametrize(
    "heading",
    [
        "№;Nomi;O'lchov birligi;2025 yil (fakt);2026- yil (reja);mexanizm;muddat;mas'ullar",
        "T/r;NOMI;Oʻlchov birligi;2025-vil (fakt);2026-vil (reja);Mexanizmi;Muddati;Masʼullar",
        "№;Номи;Ўлчов бирлиги;2025-йил (факт);2026-йил (режа);Амалга ошириш механизми;Муддати;Масъуллар",
    ],
)
def test_a_heading_is_recognised_in_any_alphabet_and_apostrophe(tmp_path: Path, heading: str) -> None:
    found = table(tmp_path, heading, ROW)
    assert found.year == 2026
    row = found.rows[0]
    assert (row.number, row.unit, row.last_year, row.planned) == ("24.", "Sahifa", "18/3982", "19/3991")
    assert (row.mechanism, row.responsible) == ("Reja asosida", "AKT xizmati")


def test_a_heading_of_two_lines_below_the_signatures_is_found(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        "“TASDIQLAYMAN”",
        "2026-yil uchun mo‘ljallangan ISH REJA",
        "№;Nomi;O‘lchov birligi;Miqdori;;Amalga oshirish mexanizmi;Bajarilish muddati;Mas’ullar",
        ";;;2025-yil (fakt);2026- yil (reja);;;",
        "1;2;3;4;5;6;7;8",
        ROW,
    )
    assert found.year == 2026
    assert [row.number for row in found.rows] == ["24."]


def test_sections_subrows_and_rows_cut_by_a_page_break_are_told_apart(tmp_path: Path) -> None:
    found = table(
        tmp_path,
        HEADING,
        "II. ASOSIY ISHLAB CHIQARISH FAOLIYATI;;;;;;;",
        "10.;Yig‘ma elektron katalog;;;;;;",
        '10.1.;Yozuv yaratish;Bibliografik yozuv;"231\n4620";"251\n5040";har oyda;;',
        ";;;;;taqdim etish;;Ishlov berish xizmati",
        HEADING,
        ";V KADRLAR BILAN ISHLASH;;;;;;",
        "shundan,;;;;;;;",
        ";shundan, yangi;Dona;-;;;;",
    )
    assert [(row.section[:5], row.number, row.name) for row in found.rows] == [
        ("II. A", "10.", "Yig‘ma elektron katalog"),
        ("II. A", "10.1.", "Yozuv yaratish"),
        ("V KAD", "shundan,", ""),
        ("V KAD", "", "shundan, yangi"),
    ]
    assert found.rows[1].planned == "251\n5040"
    assert found.rows[1].mechanism == "har oyda\ntaqdim etish"
    assert found.rows[1].responsible == "Ishlov berish xizmati"


def test_short_and_long_lines_are_no_error(tmp_path: Path) -> None:
    found = table(tmp_path, HEADING, "1.;Qisqa", ROW + ";ortiqcha;yana")
    assert [row.planned for row in found.rows] == ["", "19/3991"]
    assert found.rows[1].responsible == "AKT xizmati ortiqcha yana"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"salom;dunyo\n1;2\n", "No plan table is found"),
        (b"", "No plan table is found"),
        (b"PK\x03\x04xx", "damaged or locked"),
        (b"%PDF-1.7", "old office file or a PDF"),
        (b"\x00\x01\x02\xff" * 50, "No plan table is found"),
        (b"x" * 200_000, "is not CSV|No plan table is found"),  # as long a cell as csv may be told to allow
    ],
)
def test_a_file_without_a_plan_is_one_clear_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "reja.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        read_table(path)


def test_a_missing_file_is_one_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(tmp_path)


@pytest.mark.parametrize(
    ("unit", "name", "mechanism", "planned", "measure"),
    [
        ("Sahifa", "AKM fondida saqlanib kelinayotgan bosma nashrlarni raqamlashtirish", "", "198000", "pages"),
        ("Саҳифа", "Босма нашрларни рақамлаштириш", "", "198000", "pages"),
        ("Sahifa", "bosma nashrlarni ragamlashtirish", "", "50000", "pages"),
        ("Sahifa", "bosma nashrlarni raqamlashtirish", "", "19/3991", "titles/pages"),
        ("Sahifa", "buyurtma qilingan adabiyotlarni raqamlashtirish (skaner)ga berish", "", "9516", "ordered_pages"),
        ("Sahifa", "Masofadan xizmat ko'rsatish", "", "200 - 120", "delivered"),
        ("Nusxa", "Masofadan xizmat ko‘rsatish", "", "180", "delivered"),
        ("So'mda", "Axborot-kutubxona xizmatlaridan tushgan mablag'", "", "", "paid_sum"),
        ("So'mda", "Ijara xizmatlaridan tushgan mablag'", "", "", "manual"),
        ("Resurs", "QR-kodli elektron kitoblar to'g'risidagi ma'lumotlarni tablolarga joylashtirish", "", "10", "qr"),
        ("Resurs", "To'liq matnli ma'lumotlar bazasini shakllantirish", "", "60", "fulltext"),
        ("Resurs", "To‘liq ma’lumotlar bazasini shakllantirish", "", "22", "fulltext"),
        ("Resurs", "Тўлиқ матнли маълумотлар базасини шакллантириш", "", "22", "fulltext"),
        ("Resurs", "To'liq matnli resurslarni bibliografik yozuv (AAK tizimi)ga ulash", "makroobyekt", "-", "linked"),
        ("Resurs", "Resurslarni ulash", "Bibliografik yozuvga makroob'ektlarni ulash", "-", "linked"),
        ("Dona", "O'lkashunoslik mazmunidagi to'liq matnli ma'lumotlar bazasi", "", "12", "local_history"),
        ("Nomda", "bibliografik qo'llanmalarni targ'ib etish", "1. Retro nashrlarni yig'ish", "14", "retro"),
        ("Hujjat", "Jadidlar merosi, raqamlashtirish bo'yicha ma'lumot", "", "12", "manual"),
        ("Hujjat", "axborot xavfsizligini ta'minlash", "", "4", "manual"),
        ("", "", "", "", "manual"),
    ],
)
def test_the_measure_is_proposed_from_the_words_of_real_plans(
    unit: str, name: str, mechanism: str, planned: str, measure: str
) -> None:
    assert propose(unit, name, mechanism, read_cell(planned)) == measure


def test_a_measure_takes_the_part_of_the_cell_that_it_counts() -> None:
    both = read_cell("19/3991")
    assert goal(Measure.TITLES_PAGES, both) == (19, 3991)
    assert goal(Measure.PAGES, both) == (3991,)
    assert goal(Measure.TITLES, both) == (19,)
    assert goal(Measure.TITLES_PAGES, read_cell("3991")) == (3991,)
    assert goal(Measure.PAGES, read_cell("1/2/3")) == ()
    assert goal(Measure.PAGES, read_cell("Reja asosida")) == ()


def test_an_import_keeps_the_raw_text_beside_the_measure(session: Session, tmp_path: Path) -> None:
    imported = store(session, table(tmp_path, HEADING, ROW, "25.;Hisobot;Hujjat;;Reja asosida"), None, ME)
    assert (imported.year, imported.rows, imported.counted, imported.replaced) == (2026, 2, 1, 0)
    assert [(row.planned_raw, row.measure) for row in rows(session, 2026)] == [
        ("19/3991", "titles/pages"),
        ("Reja asosida", "manual"),
    ]


def test_a_second_import_replaces_the_rows_and_keeps_what_people_decided(session: Session, tmp_path: Path) -> None:
    first = table(tmp_path, HEADING, ROW, "26.;Boshqa ish;Sahifa;;10500 0;;;")
    store(session, first, None, ME)
    change(session, 2026, "24", {"measure": "pages", "source": "reja,retro"}, ME)
    change(session, 2026, "26", {"planned": "105000", "value": "300"}, ME)
    change(session, 2026, "26", {"planned": "106000"}, ME)
    store(session, table(tmp_path, HEADING, "1.;Yangi qator;Dona;;1", ROW, "27.;Boshqa ish;Sahifa;;10500 0"), None, ME)
    new, pages, other = rows(session, 2026)
    assert (new.measure, new.position) == ("manual", 1)
    assert (pages.measure, pages.filters) == ("pages", {"sources": ["reja", "retro"]})
    assert (other.number, other.planned_raw, other.manual_value) == ("27.", "106000", "300")


def test_a_corrected_cell_gives_way_to_a_new_number_of_the_table(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, "26.;Boshqa ish;Sahifa;;10500 0"), None, ME)
    change(session, 2026, "26.", {"planned": "105000"}, ME)
    store(session, table(tmp_path, HEADING, "26.;Boshqa ish;Sahifa;;90000"), None, ME)
    assert rows(session, 2026)[0].planned_raw == "90000"


def test_next_years_plan_inherits_the_measure_but_not_the_value(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, ROW), 2026, ME)
    change(session, 2026, "24", {"measure": "pages", "value": "7"}, ME)
    store(session, table(tmp_path, HEADING, ROW), 2027, ME)
    assert [(row.measure, row.manual_value) for row in rows(session, 2027)] == [("pages", "")]
    assert len(rows(session, 2026)) == 1


def test_every_change_is_an_event_with_old_and_new(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, ROW), None, ME)
    change(session, 2026, "24", {"planned": "20/4000"}, ME)
    events = session.scalars(select(Event).order_by(Event.id)).all()
    assert [(event.what, event.who) for event in events] == [("plan-import", "Lola"), ("plan-set", "Lola")]
    assert (events[1].detail["old"], events[1].detail["new"]) == ("19/3991", "20/4000")


def test_a_number_that_stands_twice_asks_for_the_row(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, "1.;Bir;Dona;;1", "1.;Ikki;Dona;;2"), None, ME)
    with pytest.raises(UsageError, match=r"row:1 .*row:2"):
        change(session, 2026, "1", {"planned": "5"}, ME)
    assert change(session, 2026, "row:2", {"planned": "5"}, ME).name == "Ikki"


def test_unknown_rows_fields_and_measures_are_named(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, ROW), None, ME)
    with pytest.raises(NotFound, match="no row 99"):
        change(session, 2026, "99", {"planned": "5"}, ME)
    with pytest.raises(UsageError, match="no field 'colour'"):
        change(session, 2026, "24", {"colour": "5"}, ME)
    with pytest.raises(UsageError, match="Known measures: pages"):
        change(session, 2026, "24", {"measure": "weight"}, ME)


def test_a_plan_without_year_or_rows_changes_nothing(session: Session, tmp_path: Path) -> None:
    store(session, table(tmp_path, HEADING, ROW), None, ME)
    with pytest.raises(UsageError, match="names no year"):
        store(session, table(tmp_path, "Nomi;reja", "a;1"), None, ME)
    with pytest.raises(UsageError, match="no rows"):
        store(session, table(tmp_path, HEADING), None, ME)
    assert len(rows(session, 2026)) == 1


@pytest.mark.skipif(not DEV.exists(), reason="the shared data pack is not here")
def test_the_plan_of_the_data_pack_binds_its_digitization_rows() -> None:
    found = read_table(DEV)
    measures = {
        row.number: propose(row.unit, row.name, row.mechanism, read_cell(row.planned)).value for row in found.rows
    }
    assert found.year == 2026
    assert measures == {
        "18.": "delivered",
        "21.": "local_history",
        "23.": "fulltext",
        "24.": "titles/pages",
        "25.": "manual",
    }
