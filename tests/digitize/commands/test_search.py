import json
from pathlib import Path

import pytest
from fulltext_pages import add_page

from digitize.cli import run
from digitize.home import create_home
from digitize.ledger.session import open_engine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = create_home(tmp_path / "home")
    ledger = open_engine(home.ledger_url)
    add_page(ledger, "INV-1", "Andijon viloyati Qo‘rg‘ontepa tumani", title="Shaharlar")
    add_page(ledger, "INV-2", "tagdim etildi")
    ledger.dispose()
    return home.root


def test_a_cyrillic_query_shows_the_latin_page(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "search", "қўрғонтепа"]) == 0
    shown = capfd.readouterr().out
    assert "INV-1, 1-sahifa · Shaharlar (boshqa yozuvda)" in shown
    assert "viloyati [Qo‘rg‘ontepa] tumani" in shown


def test_json_has_the_stable_keys(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "search", "--json", "taqdim", "-hujjat", "--item", "INV-2"]) == 0
    result = json.loads(capfd.readouterr().out)
    assert (result["query"], result["total"]) == ("taqdim -hujjat", 1)
    hit = result["hits"][0]
    assert (hit["item"], hit["page"], hit["title"], hit["rank"], hit["match"]) == ("INV-2", 1, "INV-2", 1, "ocr")
    assert hit["snippet"] == "[tagdim] etildi"
    assert hit["boxes"] == [["tagdim", 10, 0, 90, 15]]


def test_nothing_found_is_said_and_is_no_error(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "search", "yo‘lbars"]) == 0
    assert "hech narsa topilmadi" in capfd.readouterr().out


def test_a_query_without_words_is_a_usage_error(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "search", "-kitob"]) == 2
    assert "qidiriladigan so‘z yo‘q" in capfd.readouterr().err


@pytest.mark.parametrize(("name", "begin"), [("x.sqlite", b"SQLite"), ("x.jsonl", b"{"), ("x.csv", b"\xef\xbb\xbf")])
def test_the_files_ending_chooses_the_format(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, begin: bytes
) -> None:
    assert run(["--home", str(home), "export", "fulltext", "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_bytes().startswith(begin)
    assert "2 sahifa yozildi" in capfd.readouterr().out


def test_since_counts_from_midnight_in_the_library(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for day, rows in (("2026-03-02", 2), ("2026-03-03", 0)):
        assert (
            run(["--home", str(home), "export", "fulltext", "-o", str(tmp_path / "x"), "--since", day, "--json"]) == 0
        )
        assert json.loads(capfd.readouterr().out)["rows"] == rows


def test_texts_go_to_a_folder(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "export", "text", "-o", str(tmp_path / "texts")]) == 0
    assert sorted(path.name for path in (tmp_path / "texts").iterdir()) == ["INV-1.txt", "INV-2.txt"]
    assert "2 resurs, 2 sahifa yozildi" in capfd.readouterr().out


def test_reindex_says_how_many_pages_it_put_in(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(home), "reindex"]) == 0
    assert "2 sahifa" in capfd.readouterr().out
    assert run(["--home", str(home), "reindex", "--check", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == []


def test_reindex_check_names_what_is_out_of_step_and_the_remedy(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ledger = open_engine(f"sqlite:///{home / 'ledger.db'}")
    with ledger.begin() as connection:
        connection.exec_driver_sql("INSERT INTO page_fts (page_fts) VALUES ('delete-all')")
    ledger.dispose()
    assert run(["--home", str(home), "reindex", "--check"]) == 3
    assert "2 sahifaning matni qidiruvda yo‘q: 'digitize reindex'" in capfd.readouterr().out
