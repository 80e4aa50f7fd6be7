"""Row 26: the ledger on a PostgreSQL that is restarted in the middle of the work. Also: the same program on both."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fakes import FakeClock
from faults.quick import page_without_ocr, picture, quick_desk, quick_engine
from faults.servers import Server, postgres
from faults.world import assert_says, check_invariants, digitize, make_home, sha256
from sqlalchemy import Engine, select, text

from digitize import pipeline
from digitize.desk import Desk
from digitize.errors import Unavailable
from digitize.ledger import queue, session
from digitize.ledger.faults import LedgerAway
from digitize.ledger.models import Event, Page, PageState, Refusal
from digitize.ledger.session import lasting, open_engine, reading, transaction
from workers.page import PageDone, PageJob

pytestmark = pytest.mark.fault(26)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


@pytest.fixture
def url(server: Server) -> str:
    return server.fresh(f"t{uuid4().hex}")


@contextmanager
def _ledger(url: str) -> Iterator[Engine]:
    ledger = open_engine(url)
    try:
        yield ledger
    finally:
        ledger.dispose()


@contextmanager
def _desk(tmp_path: Path, url: str, **options: Any) -> Iterator[Desk]:
    desk = quick_desk(tmp_path, ledger_url=url, **options)
    try:
        yield desk
    finally:
        desk.ledger.dispose()


def _pages(desk: Desk) -> list[Page]:
    with reading(desk.ledger) as opened:
        return list(opened.scalars(select(Page).order_by(Page.number)))


def test_a_server_restarted_while_pages_are_made_costs_no_page_and_no_attempt(tmp_path: Path, server: Server, url: str):
    calls = []

    def restart_at_page_two(job: PageJob) -> PageDone:
        calls.append(job)
        if len(calls) == 2:
            server.restart()
        return page_without_ocr(job)

    with _desk(tmp_path, url, engine=quick_engine(restart_at_page_two)) as desk:
        dropped = {sha256(picture(desk.home.inbox / "A" / f"{seed}.png", seed)) for seed in range(5)}

        summary = pipeline.run(desk)

        assert (summary.pages, summary.failed, len(calls)) == (5, 0, 5)
        assert [(page.state, page.failures, page.attempt) for page in _pages(desk)] == [(PageState.DONE, 0, 1)] * 5
        check_invariants(desk.home, dropped)


def test_a_transaction_that_the_restart_cut_off_is_repeated_and_the_page_is_done_once(
    tmp_path: Path, server: Server, url: str, monkeypatch: pytest.MonkeyPatch
):
    finish, cut = queue.finish, []

    def restart_before_the_commit(*arguments):
        rows = finish(*arguments)
        if not cut:
            cut.append(True)
            server.restart()
        return rows

    monkeypatch.setattr(queue, "finish", restart_before_the_commit)
    with _desk(tmp_path, url) as desk:
        dropped = {sha256(picture(desk.home.inbox / "A" / f"{seed}.png", seed)) for seed in range(2)}

        summary = pipeline.run(desk)

        assert (summary.pages, summary.failed) == (2, 0)
        with reading(desk.ledger) as opened:
            done = opened.scalars(select(Event.page_id).where(Event.what == "page-done")).all()
        assert len(done) == len(set(done)) == 2
        check_invariants(desk.home, dropped)


def test_a_server_that_stays_away_is_one_sentence_and_exit_69(tmp_path: Path, server: Server, url: str):
    home = make_home(tmp_path / "home", ledger_url=url)
    server.stop()
    try:
        result = digitize(home, "--lang", "en", "run")
    finally:
        server.start()

    assert_says(result, 69, "does not answer", "nothing is lost")


def test_work_goes_on_when_the_server_is_back_after_a_while(server: Server, url: str):
    """The clock that is asked to wait starts the server: nothing sleeps."""

    class Administrator(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if seconds == session.PAUSES[1]:
                server.start()

    with _ledger(url) as ledger:
        server.stop()

        version = lasting(ledger, Administrator(), lambda opened: opened.scalar(text("SELECT value FROM meta")))

        assert version


def test_a_server_that_never_comes_back_is_given_up_after_half_a_minute(server: Server, url: str):
    clock = FakeClock()
    start = clock.monotonic()
    with _ledger(url) as ledger:
        server.stop()
        try:
            with pytest.raises(LedgerAway):
                lasting(ledger, clock, queue.waiting)
        finally:
            server.start()

    assert clock.monotonic() - start == sum(session.PAUSES)


def test_a_look_sees_one_moment_however_much_others_write(url: str):
    with _ledger(url) as ledger, reading(ledger) as looking:
        before = looking.scalar(text("SELECT count(*) FROM event"))
        with transaction(ledger) as writing:
            queue.log(writing, "item-new", who="somebody", at=FakeClock().now())
        after = looking.scalar(text("SELECT count(*) FROM event"))

        assert before == after == 0


def test_names_of_any_length_that_a_folder_can_hold_fit_into_the_ledger(tmp_path: Path, url: str):
    with _desk(tmp_path, url) as desk:
        raw = b"\xff" * 240
        folder = desk.home.inbox / "A" / ("x" * 200) / ("y" * 200)
        dropped = {sha256(picture(folder / "1.png", 1))}
        for path in (folder / "2.png", desk.home.inbox / "A" / raw.decode("utf-8", "surrogateescape")):
            path.write_bytes(b"no picture " + bytes(path))
            dropped.add(sha256(path))

        pipeline.run(desk)

        with reading(desk.ledger) as opened:
            assert len(opened.scalars(select(Refusal.name)).all()) == 2
        check_invariants(desk.home, dropped)


@pytest.mark.slow_fault
def test_the_whole_program_works_on_postgresql(tmp_path: Path, url: str):
    home = make_home(tmp_path / "home", ledger_url=url)
    dropped = {sha256(picture(home.inbox / "A" / "1.png", 1))}

    for words in (
        ("run", "--json"), ("status", "--json"), ("item", "list"), ("page", "list", "A"), ("search", "kitob"),
        ("report", "year"), ("export", "fulltext", "-o", str(tmp_path / "x.sqlite")), ("doctor",), ("verify", "--data"),
    ):  # fmt: skip
        assert_says(digitize(home, *words), 0)

    check_invariants(home, dropped)


def test_no_server_at_all_is_told_with_the_address_but_not_the_password():
    pytest.importorskip("psycopg", reason="psycopg, the extra 'postgres', is not installed")
    with pytest.raises(Unavailable) as told:
        open_engine("postgresql+psycopg://me:secret@127.0.0.1:1/x")

    assert "127.0.0.1" in str(told.value)
    assert "secret" not in str(told.value)
