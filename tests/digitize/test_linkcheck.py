"""Dead links are found before a reader finds them."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from marcs import book
from shelves import NOW, Shelf
from sqlalchemy import select

from digitize import linkcheck, store
from digitize.cli import run
from digitize.home import Home, create_home
from digitize.ledger.models import Item


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return create_home(tmp_path / "home")


@pytest.fixture
def shelf(home: Home) -> Shelf:
    shelf = Shelf(home.root)
    shelf.item("INV-1")
    shelf.bring(book("UZ1", "INV-1"))
    shelf.link()
    return shelf


def pdf(home: Home, content: bytes = b"%PDF") -> None:
    path = store.item_dir(home, "INV-1") / "INV-1.pdf"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def problems(shelf: Shelf, home: Home, ask: linkcheck.Ask | None = None) -> list[str]:
    with shelf.open() as session:
        found = linkcheck.check(session, home, ask)
    assert found.links == 1
    return [one.problem for one in found.dead]


def test_a_link_whose_file_lies_there_is_well(shelf, home):
    pdf(home)
    assert problems(shelf, home) == []


def test_a_missing_file_and_one_of_another_size_are_named(shelf, home):
    assert problems(shelf, home) == ["file_missing"]
    with shelf.open() as session:
        session.scalars(select(Item)).one().pdf_size = 99
    pdf(home)
    assert problems(shelf, home) == ["file_size"]


def test_an_address_that_does_not_answer_is_named_with_the_answer(shelf, home):
    pdf(home)
    assert problems(shelf, home, lambda url: "HTTP 404" if url.endswith("/INV-1.pdf") else "") == ["url_dead"]


@pytest.fixture
def server() -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response({"/there": 200, "/no-heads": 405, "/neither": 501}.get(self.path, 404))
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/no-heads" else 410)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def test_a_server_is_asked_for_the_head_alone(server):
    assert linkcheck.ask_server(f"{server}/there") == ""
    assert linkcheck.ask_server(f"{server}/gone") == "HTTP 404"


def test_a_server_that_gives_no_heads_is_asked_for_the_whole(server):
    assert linkcheck.ask_server(f"{server}/no-heads") == ""
    assert linkcheck.ask_server(f"{server}/neither") == "HTTP 410"


def test_what_is_no_web_address_is_never_opened():
    assert linkcheck.ask_server("file:///etc/passwd") == "no http address"
    assert "refused" in linkcheck.ask_server("http://127.0.0.1:1/")


def test_the_command_lists_dead_links_and_says_so_by_its_exit_code(shelf, home, capfd):
    assert run(["--home", str(home.root), "link", "check"]) == 3
    assert "INV-1 → UZ1: PDF arxivda yo‘q" in capfd.readouterr().out
    pdf(home)
    assert run(["--home", str(home.root), "link", "check"]) == 0


def test_only_what_its_server_denies_is_marked_in_the_record_and_taken_back_when_it_answers(shelf, home):
    pdf(home)

    def marked(answer: str) -> str:
        with shelf.open() as session:
            found = linkcheck.check(session, home, lambda _: answer)
            linkcheck.mark(session, found, home.settings, NOW)
        return shelf.export().decode()

    linked = marked("timed out")
    assert "\x1fuhttps://kutubxona.example/INV-1.pdf" in linked
    dead = marked("HTTP 404")
    assert "\x1fhhttps://kutubxona.example/INV-1.pdf" in dead
    assert "\x1fu" not in dead
    assert marked("timed out") == dead
    assert marked("") == linked
