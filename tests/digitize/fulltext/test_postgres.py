"""The same queries find the same pages on PostgreSQL by its own text search."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.servers import Server
from fulltext_pages import add_page, link_record, make_ledger
from sqlalchemy import Engine, text

from digitize.fulltext import index
from digitize.fulltext.check import problems
from digitize.fulltext.query import SearchResult, search
from digitize.ledger.session import open_engine, reading, transaction

TEXTS = (
    ("A", "Bu O‘zbekiston haqida"),
    ("A", "Бу Ўзбекистон ҳақида"),
    ("A", "Qo'rg'ontepa kutubxonasi fondi"),
    ("A", "tagdim etildi, fondi katta"),
    ("B", "тақдим этилди"),
    ("B", "taqdim etildi: kutub-\nxonalar fondi"),
    ("B", "o‘n besh gazeta va jurnal"),
    ("B", "konstitutsiya, 2026-yil"),
    ("B", ""),
    ("C", "“Qьzьl Ɵzʙekistan” gəzetəsi, Jaş leninci"),
)
ASKED = (
    "O‘zbekiston", "ўзбекистон", "Ozbekiston -haqida", "qorgon", "taqdim", '"fondi katta"', '"kutubxonalar fondi"',
    "taqdim -fond", "fond OR gazeta", "gazeta AND jurnal", "gazeta NOT jurnal", "o'n", "kutubxona", "konstitut", "2026",
    "yosh leninchi", "taqdim item:B", "taqdim script:kirill", "taqdim year:1975", "taqdim from:2026-03 to:2026-03",
    "taqdim to:2025", "yo‘q narsa", "q", "фонд", '"taqdim etildi"',
)  # fmt: skip


def fill(ledger: Engine) -> Engine:
    for item, words in TEXTS:
        script = "Cyrl" if words[:1] in "Бт" and words else "Latn"
        add_page(ledger, item, words, script=script, year=1932 if item == "C" else None)
    link_record(ledger, "B", number="77", year="1975")
    return ledger


@pytest.fixture(scope="module")
def ledgers(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Engine]]:
    served = open_engine(server.fresh("fulltext"))
    yield fill(served), fill(make_ledger(tmp_path_factory.mktemp("sqlite")))
    served.dispose()


def find(ledger: Engine, typed: str) -> SearchResult:
    with reading(ledger) as session:
        return search(session, typed)


@pytest.mark.parametrize("typed", ASKED)
def test_both_databases_find_the_same_pages_at_the_same_levels(ledgers: tuple[Engine, Engine], typed: str) -> None:
    served, own = (find(ledger, typed) for ledger in ledgers)
    assert served.total == own.total
    assert {(hit.item, hit.page, hit.match, hit.snippet, hit.boxes) for hit in served.hits} == {
        (hit.item, hit.page, hit.match, hit.snippet, hit.boxes) for hit in own.hits
    }
    assert [hit.match for hit in served.hits] == [hit.match for hit in own.hits]


def test_the_index_of_the_server_answers(ledgers: tuple[Engine, Engine]) -> None:
    with ledgers[0].connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        asked = "EXPLAIN SELECT page_id FROM page_text WHERE keys @@ CAST('(''1taqdim'':*)' AS tsquery)"
        assert "page_text_keys" in "\n".join(connection.scalars(text(asked)))


def test_what_was_dumped_comes_back_with_all_its_texts(
    ledgers: tuple[Engine, Engine], server: Server, tmp_path: Path
) -> None:
    again, dump = server.fresh("again"), tmp_path / "dump"
    where = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "postgres")
    subprocess.run([server.binaries / "pg_dump", *where, "-Fc", "-f", dump, "fulltext"], check=True)
    subprocess.run([server.binaries / "pg_restore", *where, "--exit-on-error", "-d", "again", dump], check=True)

    restored = open_engine(again)
    assert find(restored, "taqdim") == find(ledgers[0], "taqdim")
    assert find(restored, "taqdim").hits
    restored.dispose()


def test_a_page_beyond_all_limits_of_the_server_is_kept_and_found(ledgers: tuple[Engine, Engine]) -> None:
    long = " ".join(f"{place:04d}{'ў' * 70}" for place in range(4600))
    page = add_page(ledgers[0], "D", "bir")
    with transaction(ledgers[0]) as session:
        index.put(session, page, 1, long)
        session.flush()
        assert search(session, "0003" + "ў" * 8, item="D").total == 1
        session.rollback()


def test_the_index_is_in_step_and_made_anew(ledgers: tuple[Engine, Engine]) -> None:
    with transaction(ledgers[0]) as session:
        pages = index.rebuild(session)
        assert pages >= len(TEXTS)
    with reading(ledgers[0]) as session:
        assert problems(session, data=True) == ()
