"""What the viloyat adds up is the sum of what the districts wrote, and nothing is guessed."""

import io
import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from digitize.cli import run
from digitize.errors import UsageError
from digitize.home import create_home
from digitize.messages import speaker
from digitize.render.merged import merged_xlsx
from digitize.report import Kind, PeriodReport, PeriodRow
from digitize.report.merge import Merged, merge, named, read_report, total

SAY = speaker("uz")
DAY = datetime(2026, 3, 31, tzinfo=UTC)


def _report(library: str, pages: int, *rows: PeriodRow, month: int = 3) -> PeriodReport:
    return PeriodReport(
        Kind.MONTH, date(2026, month, 1), date(2026, month, 28), library, pages, 2, 1, 0, 0, 0, 10, 21, (), {}, {}, {},
        rows,
    )  # fmt: skip


def _row(number: str, name: str, measure: str, planned: int | str | None, done: int | str | None) -> PeriodRow:
    return PeriodRow(number, name, "Sahifa", measure, None, planned, done, done, None)


ARNASOY = _report(
    "Arnasoy",
    61,
    _row("27.", "AKM nashrlarini raqamlashtirish", "titles/pages", "18/3982", "1/61"),
    _row("26.", "To‘liq matnli baza", "fulltext", 164, 3),
    _row("5.", "Hisobotlar", "manual", 7, 2),
)
XOJAOBOD = _report(
    "Xo‘jaobod",
    900,
    _row("35", "Bosma nashrlar", "titles/pages", 198000, "4/900"),
    _row("34", "Matnli ma’lumotlar", "fulltext", "Reja asosida", 5),
    _row("6", "Hisobotlar", "manual", "10500 0", 3),
)
VOBKENT = _report(
    "Vobkent",
    91,
    _row("24.", "Raqamlashtirish", "titles/pages", "19/3991", "2/91"),
    _row("23.", "Baza", "fulltext", 22, 0),
    _row("23a.", "Baza yana", "fulltext", 1, 0),
)
ALL = [(report.library, report) for report in (ARNASOY, XOJAOBOD, VOBKENT)]


def _sums(merged: Merged, column: str) -> dict[tuple[str, int], int | None]:
    return {(line.measure, line.part): total(line.amounts[column]) for line in merged.lines}


def test_rows_meet_by_what_they_count_and_parts_are_added_part_by_part() -> None:
    merged = merge(ALL)
    planned, done = _sums(merged, "planned"), _sums(merged, "done_year")
    assert (planned["titles/pages", 0], planned["titles/pages", 1]) == (18 + 19, 3982 + 198000 + 3991)
    assert (done["titles/pages", 0], done["titles/pages", 1]) == (7, 61 + 900 + 91)
    assert (planned["fulltext", 0], done["fulltext", 0]) == (164 + 22, 8)
    assert (planned["manual", 0], done["manual", 0]) == (7, 5)
    assert merged.figures["pages"] == (61, 900, 91)


def test_texts_and_second_rows_of_a_measure_are_listed_and_not_added() -> None:
    listed = {(cell.library, cell.number, cell.column, cell.text) for cell in merge(ALL).texts}
    assert listed == {
        ("Xo‘jaobod", "34", "planned", "Reja asosida"),
        ("Xo‘jaobod", "6", "planned", "10500 0"),
        ("Vobkent", "23a.", "planned", "1"),
        ("Vobkent", "23a.", "done", "0"),
        ("Vobkent", "23a.", "done_year", "0"),
    }


def test_pages_planned_alone_are_added_to_those_planned_with_titles() -> None:
    alone = _row("35", "Nashrlarni raqamlashtirish", "pages", 198000, 900)
    both = _row("24.", "Nashrlarni raqamlashtirish", "titles/pages", "19/3991", "3/91")
    for rows in ((alone, both), (both, alone)):
        merged = merge([(name, _report(name, 1, row)) for name, row in zip("AB", rows, strict=True)])
        planned, done = _sums(merged, "planned"), _sums(merged, "done_year")
        assert planned == {("titles/pages", 0): 19, ("titles/pages", 1): 201991}
        assert done == {("titles/pages", 0): 3, ("titles/pages", 1): 991}
        assert merged.texts == ()


def test_the_order_of_the_libraries_does_not_change_the_sums() -> None:
    there, back = merge(ALL), merge(ALL[::-1])
    for column in ("planned", "done_year"):
        assert _sums(there, column) == _sums(back, column)


def test_missing_libraries_are_named_whatever_apostrophe_they_are_written_with() -> None:
    assert merge(ALL, ["Arnasoy", "Xo'jaobod", "Вобкент", "Zarbdor"]).missing == ("Zarbdor",)


def test_rows_with_other_filters_do_not_meet() -> None:
    ordered = replace(_row("1", "x", "pages", 5, 5), filters={"sources": ["buyurtma"]})
    merged = merge([("A", _report("A", 1, _row("1", "x", "pages", 7, 7))), ("B", _report("B", 1, ordered))])
    assert [line.amounts["planned"] for line in merged.lines] == [(7, None), (None, 5)]


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([], "no report"),
        ([ALL[0], ALL[0]], "stands twice"),
        ([ALL[0], ("B", _report("B", 1, month=4))], "is of month 2026-04-01"),
    ],
)
def test_what_cannot_be_added_up_is_refused(reports: list[tuple[str, PeriodReport]], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        merge(reports)


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff", b'{"kind": "month"}', b'{"pages": "x"}'])
def test_a_file_that_is_no_report_is_one_clear_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(UsageError, match="not understood"):
        read_report(tmp_path / "a.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_report(tmp_path / "none.json")


def test_a_report_without_a_library_is_named_by_its_file() -> None:
    assert named(Path("/x/zarbdor.json"), _report("", 1))[0] == "zarbdor"


def test_the_workbook_shows_districts_as_rows_and_as_columns_with_the_same_sums() -> None:
    merged = merge(ALL, ["Zarbdor"])
    book = openpyxl.load_workbook(io.BytesIO(merged_xlsx(merged, SAY, DAY)))
    assert book.sheetnames == ["Jami", "Tumanlar qatorda", "Tumanlar ustunda", "Qo‘shilmagan kataklar", "Kelmaganlar"]
    rows = list(book["Tumanlar qatorda"].iter_rows(values_only=True))
    assert [row[0] for row in rows[-4:]] == ["Arnasoy", "Xo‘jaobod", "Vobkent", "Jami"]
    columns = list(book["Tumanlar ustunda"].iter_rows(min_row=5, values_only=True))
    assert list(rows[-1][1:]) == [row[-1] for row in columns]
    assert 3982 + 198000 + 3991 in rows[-1]
    assert book["Kelmaganlar"]["A2"].value == "Zarbdor"
    assert book["Jami"]["B8"].value == 1052


def test_the_command_reads_what_the_reports_wrote(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(create_home(tmp_path / "home").root)]
    files = []
    for name, report in ALL:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(asdict(report), ensure_ascii=False, default=str), encoding="utf-8")
        files.append(str(path))
    (tmp_path / "hamma.txt").write_text("Arnasoy\nZarbdor\n", encoding="utf-8")
    out = tmp_path / "viloyat.xlsx"
    assert run([*home, "report", "merge", *files, "-o", str(out), "--libraries", str(tmp_path / "hamma.txt")]) == 0
    told = capfd.readouterr().out
    assert "3 ta kutubxona" in told
    assert "Hisobot kelmagan kutubxonalar: Zarbdor" in told
    assert out.read_bytes().startswith(b"PK")
    assert run([*home, "report", "merge", *files, "-o", str(tmp_path / "viloyat.json")]) == 0
    assert json.loads((tmp_path / "viloyat.json").read_text(encoding="utf-8"))["figures"]["pages"] == [61, 900, 91]
    assert run([*home, "report", "merge", *files, "-o", str(out), "--libraries", str(tmp_path / "none")]) == 2
