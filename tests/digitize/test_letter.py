"""The letter after a run."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import postbox
import pytest
from builders import drop, make_desk, take_all
from fakes import FakeClock
from faults.quick import quick_engine
from sqlalchemy import select

from digitize import letter, pipeline
from digitize.desk import Desk
from digitize.errors import Locked, StorageFailed, UsageError
from digitize.ledger import queue
from digitize.ledger.models import Page
from digitize.ledger.session import transaction
from digitize.letter import Span, Writer
from digitize.settings import Settings


def _writer(desk: Desk) -> Writer:
    return Writer(desk.home, desk.ledger, desk.clock)


def _settings(desk: Desk, **changed: object) -> Desk:
    settings: Settings = replace(desk.home.settings, **changed)
    home = replace(desk.home, loaded=replace(desk.home.loaded, settings=settings))
    return replace(desk, home=home)


def _fail(desk: Desk) -> None:
    """Pages 1 and 2 were worked on: one is lost."""
    with transaction(desk.ledger) as session:
        queue.claim(session, "me", 2, desk.clock.now(), 900)
        page = session.scalars(select(Page).order_by(Page.id)).first()
        assert page
        queue.fail(session, page, queue.Failure("timeout", "slow", retry=False), desk.clock.now(), 3)
        queue.release(session)


def _sent(desk: Desk, span: Span) -> tuple[list[str], postbox.Mailbox]:
    warnings: list[str] = []
    with postbox.listening() as box:
        mailing = {"mail_to": "rahbar@tk.uz", "mail_from": "d@tk.uz", "smtp_tls": "none"}
        where = {"smtp_host": "127.0.0.1", "smtp_port": box.port}
        letter.deliver(_writer(_settings(desk, **mailing, **where)), span, warnings.append)
    return warnings, box


def test_the_letter_tells_what_was_done_since_the_start_and_nothing_older(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png")
    pipeline.run(desk)
    desk.clock.sleep(3600)
    started = desk.clock.now()
    drop(desk, "B", "1.png", seed=1)
    drop(desk, "B", "2.png", seed=2)
    pipeline.run(desk)

    written = letter.compose(_writer(desk), Span(started))

    done = {"files": 2, "pages": 2, "books": 1}
    assert written.facts["work"] == done | dict.fromkeys(("failed", "refused", "linked", "unbuilt"), 0)
    assert written.facts["status"]["pages"]["year"] == 3
    assert "2 sahifa tayyor bo‘ldi" in written.mail.text


def test_pages_that_failed_are_in_the_letter_with_who_must_act(tmp_path: Path):
    desk = make_desk(tmp_path)
    for number in (1, 2):
        drop(desk, "A", f"{number}.png", seed=number)
    started = desk.clock.now()
    take_all(desk)
    _fail(desk)

    written = letter.compose(_writer(desk), Span(started))

    assert written.facts["work"]["failed"] == 1
    assert "Bajarilmadi: 1 sahifa" in written.mail.text
    assert "- administrator: A, 1-sahifa" in written.mail.text
    assert "e’tibor kerak" in written.mail.subject


def test_the_letter_lies_in_the_home_and_in_the_share_for_notepad(tmp_path: Path):
    desk = make_desk(tmp_path, clock=FakeClock())

    letter.deliver(_writer(desk), Span(desk.clock.now()), print)

    path = desk.home.root / "letters" / "2026-11-02-1100.txt"
    text = path.read_text(encoding="utf-8")
    assert letter.newest(desk.home) == path
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["work"]["pages"] == 0
    copy = (desk.home.share / "XAT.txt").read_bytes()
    assert copy == b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(("language", "word"), [("ru", "Работа"), ("en", "Work"), ("uz-Cyrl", "Иш"), ("", "Ish")])
def test_the_letter_has_its_own_language(tmp_path: Path, language: str, word: str):
    desk = make_desk(tmp_path, letter_language=language)

    assert word in letter.compose(_writer(desk), Span(desk.clock.now())).mail.text


def test_nothing_is_written_to_an_unmounted_share(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.share / ".digitize").unlink()

    letter.deliver(_writer(desk), Span(desk.clock.now()), print)

    assert letter.newest(desk.home)
    assert not (desk.home.share / "XAT.txt").exists()


def test_a_run_that_broke_off_has_its_letter_and_keeps_its_error(tmp_path: Path):
    desk = make_desk(tmp_path)

    with (
        pytest.raises(StorageFailed, match="full"),
        letter.after_run(_writer(desk), print, mailed=False),
    ):
        raise StorageFailed("The disk is full.")

    path = letter.newest(desk.home)
    assert path
    assert "administratorga ayting: The disk is full." in path.read_text(encoding="utf-8")


def test_a_bug_has_its_letter_too(tmp_path: Path):
    desk = make_desk(tmp_path)

    with pytest.raises(ZeroDivisionError), letter.after_run(_writer(desk), print, mailed=False):
        raise ZeroDivisionError

    path = letter.newest(desk.home)
    assert path
    assert "kutilmaganda uzildi" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("stop", [Locked("taken"), UsageError("mistyped"), KeyboardInterrupt()])
def test_who_did_not_work_writes_no_letter(tmp_path: Path, stop: BaseException):
    desk = make_desk(tmp_path)

    with pytest.raises(type(stop)), letter.after_run(_writer(desk), print, mailed=False):
        raise stop

    assert letter.newest(desk.home) is None


def test_the_letter_goes_out_by_mail(tmp_path: Path):
    desk = make_desk(tmp_path)

    warnings, box = _sent(desk, Span(desk.clock.now()))

    assert warnings == []
    assert len(box.letters) == 1


def test_a_run_without_mail_writes_its_letter_only(tmp_path: Path):
    desk = make_desk(tmp_path)

    _, box = _sent(desk, Span(desk.clock.now(), mailed=False))

    assert box.letters == []
    assert letter.newest(desk.home)


def test_a_disk_that_takes_no_letter_does_not_stop_the_mail(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.root / "letters").write_text("no folder")

    warnings, box = _sent(desk, Span(desk.clock.now()))

    assert len(warnings) == 1
    assert len(box.letters) == 1


def test_a_mail_that_cannot_be_sent_is_one_warning(tmp_path: Path):
    desk = make_desk(tmp_path, mail_to="rahbar@tk.uz")
    warnings: list[str] = []

    letter.deliver(_writer(desk), Span(desk.clock.now()), warnings.append)

    assert len(warnings) == 1
    assert "\n" not in warnings[0]
    assert letter.newest(desk.home)


def test_a_service_writes_one_letter_a_day_about_what_came_since_the_last(tmp_path: Path):
    desk = make_desk(tmp_path, clock=FakeClock(), letter_at="12:00")  # it is 11:00 in Tashkent
    letter.daily(_writer(desk), print)
    assert letter.newest(desk.home) is None

    desk.clock.sleep(3600)
    for _ in range(3):
        letter.daily(_writer(desk), print)
        desk.clock.sleep(60)
    desk.clock.sleep(timedelta(days=1).total_seconds())
    letter.daily(_writer(desk), print)

    kept = sorted(path.stem for path in letter.folder(desk.home).glob("*.txt"))
    assert kept == ["2026-11-02-1200", "2026-11-03-1203"]
    newest = letter.newest(desk.home)
    assert newest
    assert letter.facts(newest)["started"] == "2026-11-02 12:00:00+05:00"


def test_a_service_without_letter_at_writes_none(tmp_path: Path):
    desk = make_desk(tmp_path, letter_at="")

    letter.daily(_writer(desk), print)

    assert letter.newest(desk.home) is None
