"""Links in a live Koha: put once, never over somebody's change, taken off without a trace, quiet about a bad server."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import FakeClock
from kohas import Koha, running
from marcs import book, record
from shelves import NOW, SETTINGS, Shelf

from digitize import audit, koharest, link
from digitize.cli import run
from digitize.clock import SystemClock
from digitize.errors import NotPermitted, Unavailable
from digitize.home import Home, create_home, open_home
from digitize.koharest import KohaRest, Refusal

Call = Callable[..., int]


@pytest.fixture
def koha() -> Iterator[Koha]:
    with running() as koha:
        yield koha


@pytest.fixture
def home(tmp_path: Path, koha: Koha) -> Home:
    home = create_home(tmp_path / "home")
    word = home.root / "koha.txt"
    word.write_text("s3cret\n")
    word.chmod(0o600)
    settings = home.root / "digitize.toml"
    told = f'koha_url = "{koha.url}"\nkoha_user = "id"\nkoha_secret_file = "koha.txt"\n'
    settings.write_text(told + settings.read_text(encoding="utf-8"), encoding="utf-8")
    return open_home(home.root)


@pytest.fixture
def shelf(home: Home, koha: Koha) -> Shelf:
    """Two books of Koha's, as its export has them, on the shelf and linked."""
    shelf = Shelf(home.root)
    shelf.item("INV-1")
    shelf.item("INV-2")
    first = koha.shelve(11, book("UZ1", "INV-1"))
    shelf.bring(first + koha.shelve(12, book("UZ2", "INV-2", title="Kecha va kunduz")))
    shelf.link()
    return shelf


@pytest.fixture
def call(shelf: Shelf) -> Call:
    return lambda *words: run(["--home", str(shelf.root), "link", *words])


def undo(shelf: Shelf, key: str) -> None:
    with shelf.open() as session:
        link.undo(session, key, SETTINGS, NOW)


def rest(koha: Koha, home: Home, clock: FakeClock) -> KohaRest:
    return KohaRest.of(home, clock.sleep)


def test_every_written_link_is_put_into_its_record_and_nothing_else_changes(call, koha):
    before = koha.fields(11)
    assert call("koha") == 0
    after = koha.fields(11)
    (new,) = [one for one in after if one not in before and not one.startswith("=005")]
    assert new.startswith("=856  41$3To‘liq matn$uhttps://kutubxona.example/INV-1.pdf$qapplication/pdf$y")
    assert new.endswith("$xakmdigit:INV-1")
    assert [one for one in before if one not in after] == []
    assert koha.schemas == ["MARC21", "MARC21"]


def test_a_second_time_nothing_is_put(call, koha, capfd):
    call("koha")
    koha.asked.clear()
    capfd.readouterr()
    assert call("koha") == 0
    assert [word for word in koha.asked if word.startswith("PUT")] == []
    assert "o‘zgarmadi 2" in capfd.readouterr().out


def test_a_dry_run_shows_the_diff_of_link_and_puts_nothing(call, koha, capfd):
    before = dict(koha.records)
    assert call("koha", "--dry-run") == 0
    said = capfd.readouterr().out
    assert "INV-1 → Koha 11: qo‘shiladi\n  + 856 41 $3 To‘liq matn $u https://kutubxona.example/INV-1.pdf" in said
    assert koha.records == before


def test_an_undone_link_is_taken_off_there_and_the_record_is_as_it_was(call, koha, shelf, capfd):
    before = koha.fields(11)
    call("koha")
    undo(shelf, "INV-1")
    capfd.readouterr()
    assert call("koha") == 0
    assert "INV-1 → Koha 11: bekor qilindi\n  - 856 41 " in capfd.readouterr().out
    assert [one for one in koha.fields(11) if not one.startswith("=005")] == before
    koha.asked.clear()
    call("koha")
    assert koha.asked == ["POST /oauth/token", "GET /biblios/12"]


def test_a_link_that_was_never_put_is_not_looked_for_after_undo_unless_it_is_named(call, koha, shelf):
    undo(shelf, "INV-1")
    call("koha")
    assert "GET /biblios/11" not in koha.asked
    assert call("koha", "INV-1") == 0
    assert "GET /biblios/11" in koha.asked


def test_only_named_items_are_put(call, koha):
    assert call("koha", "INV-2") == 0
    assert [word for word in koha.asked if word.startswith("PUT")] == ["PUT /biblios/12"]
    assert call("koha", "INV-9") != 0


def test_a_record_that_changed_meanwhile_is_left_alone_and_the_difference_shown(call, koha, capfd):
    koha.edit(11, "tkan kunlar", "tkan kunlar : roman")
    kept = koha.records[11]
    assert call("koha") == 3
    said = capfd.readouterr()
    assert koha.records[11] == kept
    assert "  - 245 10 $a Oʻtkan kunlar\n  + 245 10 $a Oʻtkan kunlar : roman\n" in said.err
    assert "ziddiyat 1" in said.out
    assert "akmdigit:INV-2" in koha.records[12].decode()


def test_after_an_undo_somebodys_change_stays_where_it_is(call, koha, shelf):
    call("koha")
    koha.edit(11, "tkan kunlar", "tkan kunlar : roman")
    undo(shelf, "INV-1")
    assert call("koha") == 0
    text = koha.records[11].decode()
    assert "tkan kunlar : roman" in text
    assert "akmdigit" not in text


def test_what_koha_keeps_otherwise_is_found_by_reading_it_back(call, koha, shelf, capfd):
    koha.drops = "856"
    assert call("koha", "INV-1") == 3
    said = capfd.readouterr()
    assert "Koha 11-yozuvni boshqacha saqladi" in said.err
    assert "  - 856 41 $3 To‘liq matn" in said.err


def test_a_locked_record_and_a_missing_one_cost_nobody_else(call, koha, capfd):
    koha.locked.add(11)
    assert call("koha") == 3
    assert "11-yozuv qulflangan" in capfd.readouterr().err
    assert "akmdigit:INV-2" in koha.records[12].decode()
    del koha.records[11]
    assert call("koha") == 3
    assert "Kohada 11-yozuv yo‘q" in capfd.readouterr().err


def test_a_record_without_kohas_number_is_named(call, shelf, capfd):
    shelf.item("INV-3")
    shelf.bring(book("UZ3", "INV-3"), "boshqa.mrc")
    shelf.link()
    assert call("koha", "INV-3", "--json") == 3
    (record,) = json.loads(capfd.readouterr().out)["records"]
    assert (record["problem"], record["reason"], record["items"]) == ("failed", "no_number", ["INV-3"])


def test_a_unimarc_record_is_put_as_unimarc_with_the_link_text_in_its_place(call, koha, shelf):
    cells = (("001", "", "21"), ("010", "  ", "$a978-9943-11-024-6"), ("200", "1 ", "$aOʻtkan kunlar"))
    shelf.item("978-9943-11-024-6")
    shelf.bring(koha.shelve(21, record(*cells)), "unimarc.mrc", dialect="unimarc")
    shelf.link()
    assert call("koha", "978-9943-11-024-6") == 0
    assert koha.schemas == ["UNIMARC"]
    (field,) = [one for one in koha.fields(21) if one.startswith("=856")]
    assert "$2To‘liq matn (PDF)" in field
    assert "$y" not in field


def test_a_server_that_is_away_for_a_while_is_waited_for(koha, home):
    clock = FakeClock()
    asked = rest(koha, home, clock)
    koha.shelve(7, book())
    koha.moods = [502, 0, 200, 503, 500]
    assert isinstance(asked.get(7), bytes)
    assert clock.seconds == 1000 + 1 + 2 + 3 + 2  # twice for the token; then what Retry-After asks, and a pause


def test_a_server_that_stays_away_ends_the_command_and_what_was_put_stands(call, koha, capfd, monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(SystemClock, "sleep", lambda _, seconds: clock.sleep(seconds))
    koha.moods = [200, 200, 200, 200, *[503] * 20]
    assert call("koha") == 69
    said = capfd.readouterr()
    assert "qo‘shildi 1" in said.out
    assert "javob bermayapti: HTTP 503" in said.err
    koha.moods = []
    koha.asked.clear()
    assert call("koha") == 0
    assert [word for word in koha.asked if word.startswith("PUT")] == ["PUT /biblios/12"]


def test_an_error_over_one_record_is_a_value_after_some_tries(koha, home):
    asked = rest(koha, home, FakeClock())
    koha.shelve(7, book())
    koha.moods = [200, 500, 500, 500, 500]
    found = asked.get(7)
    assert isinstance(found, Refusal)
    assert found.kind == "server_error"
    assert "check Koha logs" in found.detail


def test_a_token_that_ran_out_is_asked_for_anew(koha, home):
    asked = rest(koha, home, FakeClock())
    koha.shelve(7, book())
    asked.get(7)
    koha.valid = "t-2"
    assert isinstance(asked.get(7), bytes)
    assert koha.tokens == 2


def test_a_login_it_does_not_know_is_said_at_once(koha, home):
    word = home.root / "koha.txt"
    word.write_text("wrong")
    with pytest.raises(NotPermitted, match="gives no token: HTTP 403 unauthorized_client"):
        rest(koha, home, FakeClock()).get(7)


def test_basic_login_works_as_well(koha, home, monkeypatch):
    monkeypatch.setenv("DIGITIZE_KOHA_AUTH", "basic")
    monkeypatch.setenv("DIGITIZE_KOHA_USER", "admin")
    koha.shelve(7, book())
    assert isinstance(rest(koha, open_home(home.root), FakeClock()).get(7), bytes)
    assert koha.tokens == 0


def test_a_login_is_never_carried_to_another_address(koha, home):
    asked = rest(koha, home, FakeClock())
    koha.shelve(7, book())
    koha.moods = [200, 302]
    found = asked.get(7)
    assert isinstance(found, Refusal)
    assert found.kind == "unexpected"


def test_nobody_listening_is_unavailable(home, koha, monkeypatch):
    monkeypatch.setenv("DIGITIZE_KOHA_URL", "http://127.0.0.1:1")
    with pytest.raises(Unavailable, match="refused"):
        rest(koha, open_home(home.root), FakeClock()).get(7)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KOHA_URL", "koha.example", "no http or https address"),
        ("KOHA_URL", "http://koha.example", "travel in clear"),
        ("KOHA_USER", "", "both needed"),
    ],
)
def test_unsafe_or_missing_settings_are_named_by_the_doctor(home, monkeypatch, name, value, said):
    monkeypatch.setenv(f"DIGITIZE_{name}", value)
    (line,) = [line for line in audit.examine(open_home(home.root), FakeClock()) if line.check == "koha"]
    assert line.state == "fail"
    assert said in line.detail


def test_without_an_address_the_command_says_what_to_set(call, monkeypatch, capfd):
    monkeypatch.setenv("DIGITIZE_KOHA_URL", "")
    assert call("koha") == 78
    assert "digitize.toml faylidagi koha_* sozlamalarini" in capfd.readouterr().err


def test_a_secret_that_others_may_read_is_refused(call, home, capfd):
    (home.root / "koha.txt").chmod(0o644)
    assert call("koha") == 78
    assert "chmod 600" in capfd.readouterr().err
    assert not koharest.gap(home.settings)
