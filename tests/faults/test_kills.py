"""Row 1: killed between any two steps of intake or of publication, nothing is lost and nothing counts twice."""

from collections.abc import Sequence
from pathlib import Path

import pikepdf
import pytest
from builders import make_scan
from fakes import FakeClock, InlineEngine, Quiet
from faults.killing import Copies, Death, Tally, Zygote, kill_everywhere
from faults.world import make_home, sha256
from sqlalchemy import func, select

from digitize import pipeline, publish, store
from digitize.desk import Desk
from digitize.home import Home
from digitize.ingest import Taken
from digitize.ledger.models import Event, Item, Master, Page, Refusal
from digitize.ledger.session import open_engine, reading
from digitize.messages import speaker

SMALL = (96, 128)

pytestmark = [pytest.mark.fault(1), pytest.mark.slow_fault]


def _count(home: Home, what: type[Master | Page | Event | Refusal], *where: object) -> int:
    ledger = open_engine(home.ledger_url)
    try:
        with reading(ledger) as session:
            return session.scalar(select(func.count()).select_from(what).where(*where)) or 0
    finally:
        ledger.dispose()


def _enter(tally: Tally, name: str, deaths: Sequence[Death]) -> None:
    """Put the kills on the summary, then insist."""
    tally.kill_points[name] += len(deaths)
    found = [(death, broken) for death in deaths for broken in death.found]
    tally.lost += sum(len(broken.lost) for _, broken in found)
    tally.doubled += sum(len(broken.doubled) for _, broken in found)
    assert not found, found[0]


def _desk(home: Home) -> Desk:
    ledger = open_engine(home.ledger_url)
    return Desk(home, ledger, InlineEngine(), FakeClock(), speaker("uz"), Quiet(), lambda: False)


def test_killed_before_any_call_of_the_intake_the_next_pass_finishes_it_once(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    home = make_home(tmp_path / "home")
    dropped = [sha256(make_scan(home.inbox / "A" / f"{seed}.png", seed=seed, size=SMALL)) for seed in (1, 2)]

    def judge(after: Home) -> None:
        assert (_count(after, Master), _count(after, Page)) == (2, 2)
        assert _count(after, Event, Event.what == "page-new") == 2
        assert not list(after.inbox.glob("A/*"))

    _enter(tally, "intake", list(kill_everywhere(zygote, Copies(home), ["ingest"], dropped, judge)))


def test_killed_before_any_call_of_a_refusal_or_a_duplicate_it_is_set_aside_once(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    home = make_home(tmp_path / "home")
    good = make_scan(home.inbox / "A" / "1.png", size=SMALL)
    (home.inbox / "B").mkdir()
    (home.inbox / "B" / "1.png").write_bytes(good.read_bytes())
    (home.inbox / "B" / "2.png").write_bytes(good.read_bytes()[:900])
    dropped = [sha256(path) for path in home.inbox.glob("*/*")]

    def judge(after: Home) -> None:
        assert (_count(after, Master), _count(after, Refusal)) == (1, 2)
        assert _count(after, Event, Event.what == "refused") == 2
        assert not list(after.inbox.glob("*/*"))

    deaths = kill_everywhere(zygote, Copies(home), ["ingest"], dropped, judge, survived=(0, 3))
    _enter(tally, "refusal", list(deaths))


def test_killed_before_any_call_of_page_work_each_page_is_done_and_counted_once(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    home = make_home(tmp_path / "home", publish_copy=False)
    dropped = [sha256(make_scan(home.inbox / "A" / f"{seed}.png", seed=seed, size=SMALL)) for seed in (1, 2)]
    assert zygote.run(home, "ingest").status == 0

    def judge(after: Home) -> None:
        assert _count(after, Page, Page.counted_on.is_not(None)) == 2
        assert _count(after, Event, Event.what == "page-done") == 2
        assert _count(after, Page, Page.failures > 0) == 0
        assert len(list((after.archive / "items" / "A" / "pages").iterdir())) == 2

    calls = ("fsync", "fdatasync", "rename", "mkdir", "rmdir", "unlinkat", "pwrite64")
    deaths = kill_everywhere(zygote, Copies(home), ["run"], dropped, judge, calls=calls)
    _enter(tally, "page work and first publication", list(deaths))


def _half_published(home: Home) -> list[str]:
    """A book of one page with its PDF, and a second page that is done and waits for the next build."""
    desk, dropped = _desk(home), []
    for seed in (1, 2):
        dropped.append(sha256(make_scan(home.inbox / "A" / f"{seed}.png", seed=seed)))
        pipeline.take_in(desk, Taken())
        pipeline.work_on(desk, pipeline.RunSummary())
        if seed == 1:
            assert publish.publish(desk, 1)
    desk.ledger.dispose()
    return dropped


def test_killed_before_any_call_of_a_publication_the_old_or_the_new_pdf_stands_whole(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    home = make_home(tmp_path / "home")
    dropped = _half_published(home)

    def judge(after: Home) -> None:
        desk = _desk(after)
        with reading(desk.ledger) as session:
            assert session.scalars(select(Item)).one().pdf_pages == 2
        desk.ledger.dispose()
        pdf = store.pdf_path(desk.home, "A")
        with pikepdf.open(pdf) as opened:
            assert len(opened.pages) == 2
        assert sha256(after.ready / "A.pdf") == sha256(pdf)
        assert _count(after, Event, Event.what == "published") == 2
        assert _count(after, Page, Page.counted_on.is_not(None)) == 2

    _enter(tally, "publication", list(kill_everywhere(zygote, Copies(home), ["run"], dropped, judge)))


def test_the_kill_loop_catches_an_intake_that_removes_the_original_before_the_commit(
    tmp_path: Path, zygote: Zygote, tally: Tally
):
    mutant = "original removed before the commit"
    home = make_home(tmp_path / "home")
    dropped = [sha256(make_scan(home.inbox / "A" / "1.png", size=SMALL))]
    deaths = kill_everywhere(
        zygote, Copies(home), ["ingest"], dropped, lambda after: None, calls=("pwrite64", "fdatasync"), mutant=mutant
    )

    caught = next((death for death in deaths if death.at_once.lost), None)

    assert caught, "the suite is blind: it did not see the page that this wrong order loses"
    tally.mutants[mutant] = f"caught at {caught.call} {caught.number}"
