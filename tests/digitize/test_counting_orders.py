"""In whatever order people drop, scan again, copy, delete and change their minds: the same pages count."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from fakes import FakeClock
from faults.quick import page_without_ocr, quick_desk, quick_engine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from digitize import items, pipeline
from digitize.desk import Desk
from digitize.ingest import Taken
from digitize.ledger import queue, totals
from digitize.ledger.session import reading, transaction
from digitize.ledger.totals import Counted, Scope
from digitize.pipeline import RunSummary
from digitize.plan import Author
from digitize.report import Corrections, Kind, PeriodReport, close_month, period
from workers.page import PageDone, PageJob

PLACES = (("A", "1.png", "wide"), ("A", "2.png", "wide"), ("A", "3.png", "tall"), ("B", "1.png", "wide"))
ACTS = (
    *(("drop", place) for place in (*PLACES, *PLACES)),
    *(("again", place) for place in PLACES[::2]),
    *(("copy", place) for place in PLACES[1::2]),
    *(("delete", place) for place in PLACES),
    ("split", "on"), ("split", "off"), ("settle", ""), ("settle", ""),
)  # fmt: skip
YEAR = Scope(date(2026, 1, 1), date(2026, 12, 31))


def _page(job: PageJob) -> PageDone:
    """A page without its words; an opening becomes two where the item says so."""
    [whole] = page_without_ocr(job).sides
    with Image.open(job.master) as picture:
        if not job.split or picture.width <= picture.height:
            return PageDone((whole,))
    for file in sorted(job.out_dir.glob("whole.*")):
        for side in ("left", "right"):
            shutil.copy(file, file.with_stem(side))
        file.unlink()
    return PageDone((replace(whole, side="left"), replace(whole, side="right")))


class _Library:
    """A home, and somebody who does things in it."""

    def __init__(self, root: Path, start: datetime) -> None:
        self.clock = FakeClock(start)
        self.desk: Desk = quick_desk(root, quick_engine(_page), self.clock)
        self.scans: dict[tuple[str, ...], int] = {}
        self.deleted: set[tuple[str, ...]] = set()

    def act(self, what: str, on: object) -> None:
        getattr(self, what)(on)

    def drop(self, place: tuple[str, ...]) -> None:
        """A scan, or a new one of the same page; no two have the same bytes."""
        self.scans[place] = self.scans.get(place, 0) + 1
        self.again(place)

    def again(self, place: tuple[str, ...], name: str = "") -> None:
        """The newest scan of a page once more, the very bytes, as *name* of the same item."""
        if number := self.scans.get(place):
            item, slot, shape = place
            self.deleted.discard(place)
            seed = 100 * PLACES.index(place) + number
            size = (20, 30) if shape == "tall" else (30, 20)
            pixels = np.random.default_rng(seed).integers(0, 255, size[::-1], dtype=np.uint8)
            folder = self.desk.home.inbox / item
            folder.mkdir(exist_ok=True)
            Image.fromarray(pixels).save(folder / (name or slot))

    def copy(self, place: tuple[str, ...]) -> None:
        """The bytes of a page that is in, under another name: a mistake that must not count."""
        if self.scans.get(place) and place not in self.deleted:
            self.settle("")
            self.again(place, f"nusxa-{place[1]}")
            self.settle("")

    def delete(self, place: tuple[str, ...]) -> None:
        """Taken out of the hot folder again; whoever does that scans the page later."""
        path = self.desk.home.inbox / place[0] / place[1]
        if path.is_file():
            path.unlink()
            self.deleted.add(place)

    def split(self, wish: object) -> None:
        with transaction(self.desk.ledger) as session:
            item = queue.item_of(session, "A")
            if item is not None:
                items.change(session, item, "restore.split", str(wish), self.clock.now())

    def settle(self, _: object) -> None:
        """All of it taken in and worked on; the next day begins."""
        while (
            pipeline.take_in(self.desk, Taken())
            + pipeline.work_on(self.desk, RunSummary())
            + pipeline.decide_again(self.desk)
        ):
            pass
        self.clock.moment += timedelta(days=1)

    def month(self, day: date) -> PeriodReport:
        with reading(self.desk.ledger) as session:
            return period(session, self.desk.home.settings, Kind.MONTH, day, explain=True)

    def close(self, day: date) -> PeriodReport:
        with transaction(self.desk.ledger) as session:
            return close_month(session, self.desk.home.settings, day, Author("Lola", self.clock.now()))


@contextmanager
def _library(start: datetime = datetime(2026, 3, 2, 6, tzinfo=UTC)) -> Iterator[_Library]:
    root = Path(tempfile.mkdtemp(prefix="orders-"))
    library = _Library(root, start)
    try:
        yield library
    finally:
        library.desk.ledger.dispose()
        shutil.rmtree(root)


@settings(max_examples=5, deadline=None, phases=(Phase.generate,), suppress_health_check=[HealthCheck.too_slow])
@given(acts=st.permutations(ACTS), wish=st.sampled_from(("on", "off")))
def test_any_order_of_drop_rescan_copy_delete_and_new_split_gives_the_same_count(
    acts: list[tuple[str, object]], wish: str
) -> None:
    with _library() as library:
        for what, on in acts:
            library.act(what, on)
        for place in sorted(library.deleted):
            library.drop(place)
        library.split(wish)
        library.settle("")
        with reading(library.desk.ledger) as session:
            counted = totals.count(session, Counted.PAGES, YEAR)
            behind = totals.explain(session, Counted.PAGES, YEAR)
        assert counted == (2 if wish == "on" else 1) * 2 + 1 + 1
        assert len(behind) == counted
        assert {(line.item, line.name) for line in behind} == {(item, slot) for item, slot, _ in PLACES}


def test_a_closed_month_survives_what_comes_through_the_hot_folder_later() -> None:
    first, second, tall, other = PLACES
    with _library() as library:
        for place in (first, tall, other):
            library.drop(place)
        library.split("off")
        library.settle("")
        library.clock.moment = datetime(2026, 4, 6, 6, tzinfo=UTC)
        closed = library.close(date(2026, 3, 1))
        assert (closed.pages, len(closed.explain)) == (3, 3)

        library.drop(first)
        library.again(tall)
        library.copy(other)
        library.drop(second)
        library.settle("")
        assert library.month(date(2026, 3, 1)) == closed
        april = library.month(date(2026, 4, 1))
        assert (april.pages, april.corrections) == (1, Corrections()), "only the page that is new"

        library.split("on")
        library.settle("")
        april = library.month(date(2026, 4, 1))
        assert (april.pages, april.corrections) == (3, Corrections()), "the right halves became pages in April"
        library.split("off")
        library.settle("")
        april = library.month(date(2026, 4, 1))
        assert (april.pages, april.corrections) == (1, Corrections())
        assert library.month(date(2026, 3, 1)) == closed


def test_a_page_that_goes_from_a_closed_month_is_a_correction_of_the_open_one() -> None:
    with _library() as library:
        library.drop(PLACES[0])
        library.settle("")
        library.split("on")
        library.settle("")
        library.clock.moment = datetime(2026, 4, 6, 6, tzinfo=UTC)
        closed = library.close(date(2026, 3, 1))
        assert closed.pages == 2
        library.split("off")
        library.settle("")
        assert library.month(date(2026, 3, 1)) == closed
        april = library.month(date(2026, 4, 1))
        assert (april.pages, april.corrections.pages) == (0, -1)
