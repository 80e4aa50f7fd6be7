"""Rows 22, 27, 28 and 30: tools, engines and children that are killed, lost, stuck or crash."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes import InlineEngine
from faults.quick import Replaced, SwitchedEngine, page_without_ocr, picture, quick_desk
from faults.saboteurs import BAD, crash, crash_at_the_door, devour, freeze, hang
from faults.world import assert_says, check_invariants, digitize, make_home, needs, sha256
from PIL import Image
from printed import LATIN, printed
from sqlalchemy import select

from digitize import pipeline
from digitize.desk import Desk
from digitize.engine import LocalEngine
from digitize.errors import Unavailable
from digitize.ledger.models import Page, PageState, Refusal
from digitize.ledger.session import reading
from digitize.work import LOST_IN_A_ROW
from workers.assemble import assemble
from workers.page import PageDone, PageFailed, PageJob, limit_child, process_page
from workers.probe import probe

LIMIT_SECONDS = 1.0


@contextmanager
def _children(replaced: Replaced, memory_mb: int = 2048) -> Iterator[SwitchedEngine]:
    """Real child processes with a short patience; other functions in the place of some tasks."""
    engine = LocalEngine(1, LIMIT_SECONDS, limit_child, memory_mb)
    engine.submit(page_without_ocr, None)  # type: ignore[arg-type]  (loads what a child needs before it is measured)
    try:
        yield SwitchedEngine(engine, replaced)
    finally:
        engine.shutdown(wait=False)


def _drop(desk: Desk, count: int = 3) -> set[str]:
    """*count* pages; the second brings its child to harm."""
    paths = [picture(desk.home.inbox / "A" / f"{seed}.png", seed) for seed in range(1, count + 1)]
    with paths[1].open("ab") as file:
        file.write(BAD)
    return {sha256(path) for path in paths}


def _pages(desk: Desk) -> list[Page]:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(Page).order_by(Page.number)))


def _states(desk: Desk) -> list[tuple[PageState, str, int]]:
    return [(page.state, page.kind, page.failures) for page in _pages(desk)]


DONE = (PageState.DONE, "", 0)


# --- 22: the output tool is killed midway


def _tesseract(folder: Path, script: str) -> Path:
    """A program of that name which comes first on the PATH."""
    needs("tesseract")
    program = folder / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    return program


def _path(program: Path) -> str:
    return f"{program.parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def job(tmp_path: Path) -> PageJob:
    master, out = tmp_path / "master.png", tmp_path / "out"
    Image.fromarray(printed(LATIN * 2)).save(master, dpi=(200, 200))
    out.mkdir()
    return PageJob(master, 0, out, prior="uzb")


@pytest.mark.fault(22)
@pytest.mark.parametrize(
    ("harm", "what"),
    [
        ('real "$@" & child=$!; : > "$2.hocr"; kill -9 $child; kill -9 $$', "killed after opening its result"),
        ('printf "<html><body><div cl" > "$2.hocr"; kill -9 $$', "killed in the middle of its result"),
        (': > "$2.hocr"; exit 0', "an empty result and no complaint"),
    ],
)
def test_a_recogniser_that_dies_midway_leaves_no_page_and_no_half_file(
    job: PageJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str, what: str
):
    real = shutil.which("tesseract")
    program = _tesseract(tmp_path, f'case $1 in --*) exec {real} "$@";; esac\nreal() {{ {real} "$@"; }}\n{harm}')
    monkeypatch.setenv("PATH", _path(program))

    result = process_page(job)

    assert isinstance(result, PageFailed), what
    assert result.retry
    assert list(job.out_dir.iterdir()) == []


@pytest.mark.fault(22)
@pytest.mark.slow_fault
def test_a_recogniser_out_of_processor_time_fails_the_page_after_its_tries_and_is_done_after_a_retry(tmp_path: Path):
    needs("prlimit")
    home = make_home(tmp_path / "home")
    scan = home.inbox / "A" / "1.png"
    scan.parent.mkdir()
    Image.fromarray(printed(LATIN * 8)).save(scan, dpi=(200, 200))
    dropped = {sha256(scan)}
    real = shutil.which("tesseract")
    slow = _tesseract(
        tmp_path,
        f'case $1 in --*) exec {real} "$@";; esac\nexec prlimit --cpu=1 {sys.executable} -c "while True: pass"',
    )

    cut = digitize(home, "run", PATH=_path(slow), DIGITIZE_OCR_LANGUAGES="uzb", DIGITIZE_RECOGNIZER="program")

    assert_says(cut, 3)
    assert "engine_crashed" in digitize(home, "page", "list", "A", "--json").stdout
    check_invariants(home, dropped)
    assert digitize(home, "page", "retry", "A").returncode == 0
    assert_says(digitize(home, "run"), 0)
    check_invariants(home, dropped)


# --- 27: the engine dies


class LosingEngine(InlineEngine):
    """Cancels what it is given as often as told: a cluster whose scheduler was killed."""

    def __init__(self, lost: Callable[[Callable[..., Any]], bool]) -> None:
        super().__init__()
        self._lost = lost

    def submit(self, fn: Callable[..., Any], /, *args: Any) -> "Future[Any]":
        if self._lost(fn):
            future: Future[Any] = Future()
            future.set_exception(CancelledError())
            return future
        return super().submit(page_without_ocr if fn is process_page else fn, *args)


def _losing(which: Callable[..., Any], times: int) -> LosingEngine:
    left = [times]

    def lost(fn: Callable[..., Any]) -> bool:
        if fn is which and left[0]:
            left[0] -= 1
            return True
        return False

    return LosingEngine(lost)


@pytest.mark.fault(27)
def test_pages_of_a_lost_engine_go_back_uncharged_and_are_done_when_it_is_there_again(tmp_path: Path):
    desk = quick_desk(tmp_path, _losing(process_page, 7), max_attempts=1)
    dropped = {sha256(picture(desk.home.inbox / "A" / f"{seed}.png", seed)) for seed in range(4)}

    summary = pipeline.run(desk)

    assert (summary.pages, summary.failed) == (4, 0)
    assert _states(desk) == [DONE] * 4
    check_invariants(desk.home, dropped)


@pytest.mark.fault(27)
def test_an_engine_that_stays_away_ends_the_run_with_one_sentence_and_every_page_waits(tmp_path: Path):
    desk = quick_desk(tmp_path, _losing(process_page, 1000))
    dropped = {sha256(picture(desk.home.inbox / "A" / f"{seed}.png", seed)) for seed in range(3)}

    with pytest.raises(Unavailable, match=f"gave back {LOST_IN_A_ROW} pages in a row unworked"):
        pipeline.run(desk)

    assert _states(desk) == [(PageState.RECEIVED, "", 0)] * 3
    assert not list((desk.home.archive / "work").iterdir())
    check_invariants(desk.home, dropped)


@pytest.mark.fault(27)
@pytest.mark.parametrize("task", [probe, assemble])
def test_an_engine_lost_at_the_door_or_at_the_book_refuses_nothing(tmp_path: Path, task: Callable[..., Any]):
    desk = quick_desk(tmp_path, _losing(task, 1))
    dropped = {sha256(picture(desk.home.inbox / "A" / f"{seed}.png", seed)) for seed in range(2)}

    with pytest.raises(Unavailable, match="gave back"):
        pipeline.run(desk)

    check_invariants(desk.home, dropped, settled=False)
    pipeline.run(desk)
    assert _states(desk) == [DONE] * 2
    check_invariants(desk.home, dropped)


# --- 28: a page that hangs


@pytest.mark.fault(28)
@pytest.mark.parametrize("stuck", [hang, freeze])
def test_a_page_that_hangs_is_ended_at_the_limit_and_failed_the_second_time(
    tmp_path: Path, stuck: Callable[[PageJob], PageDone]
):
    with _children({process_page: stuck}) as engine:
        desk = quick_desk(tmp_path, engine)
        dropped = _drop(desk)

        summary = pipeline.run(desk)

    assert (summary.pages, summary.failed) == (2, 2)
    assert _states(desk) == [DONE, (PageState.FAILED, "timeout", 2), DONE]
    check_invariants(desk.home, dropped)


# --- 29 and 30: behind the checks of intake stand the limits of the child


@pytest.mark.fault(29)
def test_a_page_that_wants_more_memory_than_a_child_may_have_fails_alone(tmp_path: Path):
    with _children({process_page: devour}, memory_mb=1024) as engine:
        desk = quick_desk(tmp_path, engine)
        dropped = _drop(desk)

        pipeline.run(desk)

    assert _states(desk) == [DONE, (PageState.FAILED, "out_of_memory", 3), DONE]
    check_invariants(desk.home, dropped)


@pytest.mark.fault(30)
def test_a_page_on_which_a_library_crashes_fails_alone_and_names_the_signal(tmp_path: Path):
    with _children({process_page: crash}) as engine:
        desk = quick_desk(tmp_path, engine)
        dropped = _drop(desk)

        pipeline.run(desk)

    assert _states(desk) == [DONE, (PageState.FAILED, "worker_died", 3), DONE]
    assert "-11" in _pages(desk)[1].reason
    check_invariants(desk.home, dropped)


@pytest.mark.fault(30)
def test_a_file_on_which_the_decoder_crashes_is_refused_and_the_next_one_is_taken(tmp_path: Path):
    with _children({probe: crash_at_the_door, process_page: page_without_ocr}) as engine:
        desk = quick_desk(tmp_path, engine)
        dropped = _drop(desk)

        summary = pipeline.run(desk)

    assert (summary.taken.files, len(summary.taken.refused)) == (2, 1)
    with reading(desk.ledger) as session:
        [refusal] = session.scalars(select(Refusal)).all()
    assert refusal.kind == "decoder_crashed"
    assert (desk.home.share / refusal.path).read_bytes().endswith(BAD)
    check_invariants(desk.home, dropped)
