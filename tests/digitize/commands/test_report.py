import json
from datetime import date
from pathlib import Path

import docx
import pytest
from counted import add_item, add_pages

from digitize.cli import run
from digitize.home import create_home
from digitize.ledger.session import open_engine, transaction


@pytest.fixture
def home(tmp_path: Path) -> str:
    root = str(create_home(tmp_path / "home").root)
    engine = open_engine(f"sqlite:///{root}/ledger.db")
    with transaction(engine) as session:
        item = add_item(session, "INV-1")
        add_pages(session, item, 2, date(2026, 3, 30))
        add_pages(session, item, 3, date(2026, 4, 1))
    engine.dispose()
    return root


@pytest.mark.parametrize(("kind", "pages"), [("week", 5), ("month", 3), ("quarter", 3), ("year", 5)])
def test_each_period_counts_its_own_days(home: str, kind: str, pages: int, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", kind, "--date", "2026-04-01", "--format", "json", "--explain"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["kind"], found["pages"], len(found["explain"])) == (kind, pages, pages)


def test_a_report_is_text_unless_told_otherwise(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "month", "--date", "2026-04-01"]) == 0
    out = capfd.readouterr().out
    assert "OYLIK HISOBOT" in out
    assert "2026-yil 1-aprel – 2026-yil 30-aprel" in out


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_report_is_written_to_a_file(home: str, tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hisobot"
    assert run(["--home", home, "report", "year", "--date", "2026-04-01", "--format", form, "-o", str(path)]) == 0
    assert str(path) in capfd.readouterr().out
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["pages"] == 5 if form == "json" else "YILLIK HISOBOT" in text


@pytest.mark.parametrize(
    ("name", "magic"), [("a.xlsx", b"PK"), ("a.docx", b"PK"), ("a.pdf", b"%PDF"), ("a.json", b"{")]
)
def test_the_ending_of_the_file_says_what_is_written(home: str, tmp_path: Path, name: str, magic: bytes) -> None:
    path = tmp_path / name
    assert run(["--home", home, "report", "month", "--date", "2026-04-01", "-o", str(path)]) == 0
    assert path.read_bytes().startswith(magic)


def test_a_paper_needs_a_file(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "month", "--format", "pdf"]) == 2
    assert "fayl nomi kerak" in capfd.readouterr().err


def test_a_file_that_cannot_be_written_is_one_sentence(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", home, "report", "week", "-o", str(tmp_path / "none" / "x.txt")]) == 12
    assert "fayliga yozib bo‘lmadi" in capfd.readouterr().err


@pytest.mark.parametrize("arguments", [["day"], ["week", "--date", "1.4.2026"], ["week", "--format", "yaml"]])
def test_a_wrong_choice_is_a_usage_error(home: str, arguments: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", *arguments]) == 2
    assert capfd.readouterr().err


def test_a_month_is_closed_once(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "close", "2026-03", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert (found["month"], found["pages"], len(found["sha256"])) == ("2026-03", 2, 64)
    assert run(["--home", home, "report", "close", "2026-03"]) == 2
    assert run(["--home", home, "report", "close", "2026-04"]) == 0
    assert "2026-04 oyi yopildi: 3 sahifa" in capfd.readouterr().out
    assert run(["--home", home, "report", "month", "--date", "2026-03-01", "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["closed"]["sha256"] == found["sha256"]


def test_the_list_behind_a_row_is_printed_and_written(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "reja.csv").write_text("№;Nomi;birlik;2026 (reja)\n24.;Raqamlashtirish;Sahifa;90\n", encoding="utf-8")
    assert run(["--home", home, "plan", "import", str(tmp_path / "reja.csv")]) == 0
    capfd.readouterr()
    month = ["--home", home, "report", "month", "--date", "2026-04-01", "--row", "24"]
    assert run(month) == 0
    assert len(capfd.readouterr().out.splitlines()) == 3
    assert run([*month, "--format", "json"]) == 0
    assert len(json.loads(capfd.readouterr().out)) == 3
    assert run([*month, "-o", str(tmp_path / "list.json")]) == 0
    assert len(json.loads((tmp_path / "list.json").read_text(encoding="utf-8"))) == 3
    assert run([*month, "-o", str(tmp_path / "list.pdf")]) == 2


def test_a_month_that_is_not_over_or_not_next_is_not_closed(home: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", home, "report", "close", "2199-01"]) == 2
    assert "2199-01 oyi hali tugamagan" in capfd.readouterr().err
    assert run(["--home", home, "report", "close", "2026-03"]) == 0
    assert run(["--home", home, "report", "close", "2026-05"]) == 2
    assert "Avval 2026-04 oyi, keyin 2026-05 yopiladi" in capfd.readouterr().err
    assert run(["--home", home, "report", "close", "2026-13"]) == 2


def test_the_month_after_a_closed_one_says_on_paper_what_was_corrected(
    home: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", home, "report", "close", "2026-03"]) == 0
    engine = open_engine(f"sqlite:///{home}/ledger.db")
    with transaction(engine) as session:
        add_pages(session, add_item(session, "INV-2"), 4, date(2026, 3, 31))
    engine.dispose()
    capfd.readouterr()
    assert run(["--home", home, "report", "month", "--date", "2026-03-01"]) == 0
    march = " ".join(capfd.readouterr().out.split())
    assert "Raqamlashtirilgan sahifalar 2" in march
    assert "Oy yopilgan" in march
    assert run(["--home", home, "report", "month", "--date", "2026-04-01"]) == 0
    april = " ".join(capfd.readouterr().out.split())
    assert "Yopilgan oylarga tuzatish: Raqamlashtirilgan sahifalar 4" in april


def _text_of(path: Path) -> str:
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


def test_the_librarys_own_form_takes_the_place_of_ours(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = Path(home) / "templates"
    folder.mkdir()
    for name, words in (("hisobot", "Umumiy"), ("oylik", "Oylik")):
        paper = docx.Document()
        paper.add_paragraph(f"{words}: {{{{sahifa}}}} sahifa, {{{{yil}}}}")
        paper.save(str(folder / f"{name}.docx"))
    for kind, words in (("month", "Oylik: 3 sahifa, 2026"), ("quarter", "Umumiy: 3 sahifa, 2026")):
        path = tmp_path / f"{kind}.docx"
        assert run(["--home", home, "report", kind, "--date", "2026-04-01", "-o", str(path)]) == 0
        assert _text_of(path) == words
    assert f"Shablon: {folder / 'oylik.docx'}" in capfd.readouterr().out
    named = ["--template", str(folder / "hisobot.docx")]
    path = tmp_path / "named.docx"
    assert run(["--home", home, "report", "month", "--date", "2026-04-01", "-o", str(path), *named]) == 0
    assert _text_of(path) == "Umumiy: 3 sahifa, 2026"


def test_a_template_that_does_not_fit_is_one_sentence_and_nothing_is_written(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    template, path = tmp_path / "shablon.docx", tmp_path / "x.docx"
    paper = docx.Document()
    paper.add_paragraph("{{sahifalar}} {{nimadir}}")
    paper.save(str(template))
    month = ["--home", home, "report", "month", "--date", "2026-04-01", "--template", str(template)]
    for arguments, words in (
        (["-o", str(path)], "noma’lum belgi: {{sahifalar}} (balki {{sahifa}}?), {{nimadir}}"),
        (["-o", str(tmp_path / "x.pdf")], "shablonidan pdf chiqmaydi"),
        ([], "fayl nomi kerak"),
    ):
        assert run([*month, *arguments]) == 2
        err = capfd.readouterr().err
        assert words in err
        assert len(err.splitlines()) == 1
    assert list(tmp_path.glob("x.*")) == []


def test_a_form_to_begin_with_is_written_and_its_placeholders_are_listed(
    home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["--home", home, "report", "template"]) == 0
    listed = capfd.readouterr().out
    assert "{{sahifa}}" in listed
    assert "{{amalda:24}}" in listed
    path = tmp_path / "shablon.docx"
    assert run(["--home", home, "report", "template", "-o", str(path)]) == 0
    assert run(["--home", home, "report", "year", "--date", "2026-04-01", "-o", str(tmp_path / "y.docx"),
                "--template", str(path)]) == 0  # fmt: skip
    assert "Raqamlashtirilgan sahifalar: 5" in _text_of(tmp_path / "y.docx")
    assert run(["--home", home, "report", "template", "-o", str(tmp_path / "shablon.odt")]) == 2


def test_a_viloyat_without_a_home_adds_reports_up(home: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report, together = str(tmp_path / "arnasoy.json"), tmp_path / "viloyat.xlsx"
    assert run(["--home", home, "report", "month", "--date", "2026-04-01", "-o", report]) == 0
    assert run(["--home", str(tmp_path / "nowhere"), "report", "merge", report, "-o", str(together)]) == 0
    assert "1 ta kutubxona hisoboti jamlandi" in capfd.readouterr().out
    assert together.is_file()
