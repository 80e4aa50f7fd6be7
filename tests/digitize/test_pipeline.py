"""The run, in this process; with the real recogniser where its text is looked at."""

import errno
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from builders import drop, make_desk, make_scan, take_all
from fakes import InlineEngine
from faults.quick import SwitchedEngine, page_without_ocr, quick_engine
from pebble import ProcessExpired
from sqlalchemy import delete, select

from digitize import items, pipeline, publish, store, watch, work
from digitize.errors import StorageFailed, Unavailable
from digitize.ledger import backlog, queue
from digitize.ledger.models import Event, Item, Meta, Page, PageState, PageText
from digitize.ledger.session import reading, transaction
from digitize.lock import FREE
from workers.page import PageDone, PageFailed, PageJob, process_page


def _pages(desk) -> list[Page]:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(Page).order_by(Page.number)))


def _pdf(desk, key: str) -> Path:
    return store.pdf_path(desk.home, key)


def test_a_dropped_scan_becomes_a_searchable_pdf_with_copy_and_text(tmp_path: Path):
    desk = make_desk(tmp_path)
    for seed in (1, 2):
        drop(desk, "INV-1", f"{seed}.png", seed=seed)

    summary = pipeline.run(desk)

    assert (summary.pages, summary.failed, len(summary.published)) == (2, 0, 1)
    with pikepdf.open(_pdf(desk, "INV-1")) as pdf:
        assert len(pdf.pages) == 2
    assert (desk.home.ready / "INV-1.pdf").read_bytes() == _pdf(desk, "INV-1").read_bytes()
    assert "Kutubxona fondi 2" in (desk.home.ready / "INV-1.txt").read_text(encoding="utf-8")
    assert "HOLAT.html" in [path.name for path in desk.home.share.iterdir()]


def test_printed_numbers_become_labels_in_the_pdf_and_in_the_ledger(tmp_path: Path):
    desk = make_desk(tmp_path)
    for place, folio in enumerate(("", "14", "15", "", "17"), 1):
        drop(desk, "INV-1", f"{place}.png", seed=7 * place, folio=folio)

    pipeline.run(desk)

    assert [page.label for page in _pages(desk)] == ["", "14", "15", "16", "17"]
    with pikepdf.open(_pdf(desk, "INV-1")) as pdf:
        assert [page.label for page in pdf.pages] == ["[1]", "14", "15", "16", "17"]


def test_an_item_set_to_black_and_white_gets_a_new_pdf_and_counts_no_page_twice(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    pipeline.run(desk)
    before = [page.counted_on for page in _pages(desk)]
    with transaction(desk.ledger) as session:
        items.change(session, items.find(session, "INV-1"), "pdf", "bitonal", desk.clock.now())
    desk.clock.sleep(86400)

    summary = pipeline.run(desk)

    assert len(summary.published) == 1
    assert [page.counted_on for page in _pages(desk)] == before
    with pikepdf.open(_pdf(desk, "INV-1")) as pdf:
        (image,) = pdf.pages[0].Resources.XObject.as_dict().values()
        assert image.ImageMask
    assert not pipeline.run(desk).published


def test_every_done_page_has_an_outcome_its_parameters_and_its_text(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png")

    pipeline.run(desk)

    [page] = _pages(desk)
    assert page.outcome is not None
    assert page.parameters["asked_split"] is False
    assert page.counted_on == desk.today()
    with reading(desk.ledger) as session:
        assert "Kutubxona" in session.get_one(PageText, page.id).text


def test_a_second_run_does_nothing(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png")
    pipeline.run(desk)
    before = _pdf(desk, "A").stat().st_mtime_ns

    summary = pipeline.run(desk)

    assert (summary.pages, summary.published) == (0, [])
    assert _pdf(desk, "A").stat().st_mtime_ns == before


def test_a_late_page_rebuilds_the_pdf_and_counts_once(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png", seed=1)
    pipeline.run(desk)
    drop(desk, "A", "2.png", seed=2)

    summary = pipeline.run(desk)

    assert (summary.pages, summary.published[0].pages) == (1, 2)


def test_a_rescanned_page_is_rebuilt_and_the_count_stays(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "A", "1.png", seed=1)
    pipeline.run(desk)
    drop(desk, "A", "1.png", seed=2)

    pipeline.run(desk)

    assert [page.state for page in _pages(desk)] == [PageState.DONE]
    assert "Kutubxona fondi 2" in (desk.home.ready / "A.txt").read_text(encoding="utf-8")
    assert len(list((store.item_dir(desk.home, "A") / "pages").iterdir())) == 1


def _sabotaged(error: Exception) -> SwitchedEngine:
    """Pages are made without a recogniser; the first attempt at one ends with *error*."""
    errors = [error]

    def page(job: PageJob) -> PageDone:
        if errors:
            raise errors.pop()
        return page_without_ocr(job)

    return quick_engine(page)


def test_a_page_whose_worker_dies_three_times_has_failed_and_its_neighbours_have_not(tmp_path: Path):
    def kill_page_two(job: PageJob) -> PageDone:
        if job.master.name.startswith(bad_sha):
            raise ProcessExpired("killed", code=-9)
        return page_without_ocr(job)

    bad_sha = "none"
    desk = make_desk(tmp_path, quick_engine(kill_page_two))
    for seed in (1, 2, 3):
        drop(desk, "A", f"{seed}.png", seed=seed)
    take_all(desk)
    bad_sha = _master_name(desk, "2.png")

    summary = pipeline.run(desk)

    assert [page.state for page in _pages(desk)] == [PageState.DONE, PageState.FAILED, PageState.DONE]
    assert _pages(desk)[1].kind == "worker_died"
    assert (summary.failed, summary.published[0].pages) == (3, 3)


def _master_name(desk, slot: str) -> str:
    with reading(desk.ledger) as session:
        return session.scalars(select(Page).where(Page.slot == slot)).one().master.sha256


def test_a_page_that_failed_once_for_a_passing_cause_is_done_at_the_next_attempt(tmp_path: Path):
    desk = make_desk(tmp_path, _sabotaged(TimeoutError()))
    drop(desk, "A", "1.png")

    summary = pipeline.run(desk)

    assert (summary.pages, summary.failed) == (1, 1)
    assert [page.state for page in _pages(desk)] == [PageState.DONE]


def test_a_full_disk_pauses_the_run_and_charges_no_page(tmp_path: Path):
    desk = make_desk(tmp_path, _sabotaged(OSError(errno.ENOSPC, "No space left on device")))
    drop(desk, "A", "1.png")

    with pytest.raises(StorageFailed):
        pipeline.run(desk)

    assert [(page.state, page.failures) for page in _pages(desk)] == [(PageState.RECEIVED, 0)]
    assert pipeline.run(desk).pages == 1


def test_a_missing_language_is_the_machines_fault_not_the_pages(tmp_path: Path):
    missing = PageFailed("engine_missing_language", "no uzb", retry=False)
    desk = make_desk(tmp_path, quick_engine(lambda job: missing))
    drop(desk, "A", "1.png")

    with pytest.raises(Unavailable, match="no uzb"):
        pipeline.run(desk)

    assert [(page.state, page.failures) for page in _pages(desk)] == [(PageState.RECEIVED, 0)]


def test_nothing_is_claimed_after_the_stop_but_what_is_done_is_published(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    for seed in (1, 2, 3, 4, 5, 6):
        drop(desk, "A", f"{seed}.png", seed=seed)

    summary = pipeline.run(replace(desk, stop=lambda: len(desk.progress.pages) >= 1))

    assert 0 < summary.pages < 6
    assert summary.published[0].pages == summary.pages
    assert PageState.WORKING not in [page.state for page in _pages(desk)]


def test_pages_of_a_run_that_died_are_taken_up_at_once(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png")
    take_all(desk)
    with transaction(desk.ledger) as session:
        queue.claim(session, "dead:1", 5, desk.clock.now(), 3600)

    assert pipeline.run(desk).pages == 1


def test_an_unmounted_share_stops_the_run_before_anything_is_believed(tmp_path: Path):
    desk = make_desk(tmp_path)
    (desk.home.share / ".digitize").unlink()

    with pytest.raises(Unavailable, match="unmounted"):
        pipeline.run(desk)


def test_the_pdf_of_an_item_with_a_refused_page_says_so(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png")
    (desk.home.inbox / "A" / "2.png").write_bytes(b"not a picture")

    pipeline.run(desk)

    with pikepdf.open(_pdf(desk, "A")) as pdf:
        assert len(pdf.pages) == 2
    with reading(desk.ledger) as session:
        assert queue.troubled(session) == 1


def test_a_pdf_that_fails_its_check_never_replaces_the_old_one(tmp_path: Path, monkeypatch):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "A", "1.png", seed=1)
    pipeline.run(desk)
    old = _pdf(desk, "A").read_bytes()
    drop(desk, "A", "2.png", seed=2)
    monkeypatch.setattr(publish, "assemble", lambda job: publish.BookFailed("check_failed", "no text"))

    pipeline.run(desk)

    assert _pdf(desk, "A").read_bytes() == old
    with reading(desk.ledger) as session:
        assert "publish-failed" in session.scalars(select(Event.what)).all()
        assert session.scalars(select(Item)).one().pdf_pages == 1
        assert [need.cause for need in backlog.attention(session)] == [backlog.Cause.UNBUILT]
        assert queue.troubled(session) == 1, "a run that leaves it so does not end with 0"

    monkeypatch.undo()
    pipeline.run(desk)

    with reading(desk.ledger) as session:
        assert session.scalars(select(Item)).one().pdf_pages == 2
        assert (backlog.attention(session), queue.troubled(session)) == ((), 0)


def test_a_split_word_of_a_person_sends_wide_pages_back(tmp_path: Path):
    desk = make_desk(tmp_path, quick_engine())
    make_scan(desk.home.inbox / "A" / "1.png", size=(1240, 880))
    pipeline.run(desk)
    with transaction(desk.ledger) as session:
        session.scalars(select(Item)).one().overrides = {"restore.split": "on"}

    assert pipeline.decide_again(desk) == 1


def test_an_intake_that_starts_beside_a_run_leaves_its_claims_and_its_half_written_files_alone(tmp_path: Path):
    desk = make_desk(tmp_path)
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    with transaction(desk.ledger) as session:
        queue.claim(session, "a run", 1, desk.clock.now(), 900.0)
    parts = [desk.home.archive / place / ".x.part" for place in ("work", "items/INV-1", "masters/.incoming")]
    for part in parts:
        part.parent.mkdir(parents=True, exist_ok=True)
        part.touch()
    beside = replace(desk, shift=replace(FREE, work=False, alone=False))

    pipeline.recover(beside)
    left = [part.exists() for part in parts]
    states = [page.state for page in _pages(desk)]
    pipeline.recover(desk)

    assert left == [True, True, False]
    assert states == [PageState.WORKING]
    assert not any(part.exists() for part in parts)
    assert [page.state for page in _pages(desk)] == [PageState.RECEIVED]


class _Later(Future[Any]):
    """Is made when somebody waits for it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self._make = make

    def result(self, timeout: float | None = None) -> Any:
        if not self.done():
            self.set_result(self._make())
        return super().result(timeout)


class _Patient(InlineEngine):
    """Books are made when somebody waits for them; *most* is the most that were begun and not yet waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[_Later] = []
        self.most = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> Future[Any]:
        if fn is not publish.assemble:
            return super().submit(page_without_ocr if fn is process_page else fn, *args)
        book = _Later(lambda: fn(*args))
        self.open = [*(other for other in self.open if not other.done()), book]
        self.most = max(self.most, len(self.open))
        return book


def test_every_child_puts_a_book_together_while_another_is_waited_for(tmp_path: Path):
    engine = _Patient()
    desk = make_desk(tmp_path, engine)
    for seed in range(5):
        drop(desk, f"INV-{seed}", "1.png", seed=seed)

    summary = pipeline.run(desk)

    assert engine.most == engine.capacity + 1
    assert [book.item for book in summary.published] == [f"INV-{seed}" for seed in range(5)]
    assert list((desk.home.archive / "work").iterdir()) == []


def test_a_page_made_anew_while_its_book_was_put_together_keeps_its_files(tmp_path: Path):
    desk = make_desk(tmp_path, _Patient())
    drop(desk, "INV-1", "1.png")
    take_all(desk)
    work.work(desk)
    begun = publish.begin(desk, 1)
    with transaction(desk.ledger) as session:
        queue.retry(session, items.find(session, "INV-1"), None, desk.clock.now())
    work.work(desk)

    assert publish.finish(desk, begun)

    [page] = _pages(desk)
    assert (store.page_dir(desk.home, "INV-1", page.result) / f"{page.side}.pdf").is_file()
    assert publish.publish(desk, 1), "the book shows the page as it was before"


def test_books_that_no_child_has_begun_are_left_when_somebody_waits(tmp_path: Path):
    desk = make_desk(tmp_path, _Patient())
    for seed in range(2):
        drop(desk, f"INV-{seed}", "1.png", seed=seed)
    take_all(desk)
    work.work(desk)
    asked = iter((False, False))

    built = pipeline.publish_books(replace(desk, hurry=lambda: next(asked, True)), only_complete=False)

    assert built == []
    assert list((desk.home.archive / "work").iterdir()) == []


@pytest.mark.parametrize("service", [False, True], ids=["run", "watch"])
def test_search_keys_that_an_update_left_behind_are_renewed(tmp_path: Path, service: bool):
    desk = make_desk(tmp_path, rescan_seconds=0.01)
    drop(desk, "INV-1", "1.png")
    pipeline.run(desk)
    with transaction(desk.ledger) as session:
        (text,) = session.scalars(select(PageText))
        wanted, text.ocr = text.ocr, "boshqacha"
        session.merge(Meta(key="keys", value="older rules"))
        session.execute(delete(Meta).where(Meta.key == "keys_reached"))

    if service:
        rounds = iter(range(30))
        watch.serve(replace(desk, stop=lambda: next(rounds, None) is None), print, ingest_only=False)
    else:
        pipeline.run(desk)

    with reading(desk.ledger) as session:
        assert [found.ocr for found in session.scalars(select(PageText))] == [wanted]
        assert wanted
