"""Pages are worked on again when, and only when, their item is to be made with something else than they were."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from builders import drop, finished_desk, make_desk
from faults.quick import quick_engine
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from digitize import decisions, items, pipeline, store
from digitize.audit import examine
from digitize.desk import Desk
from digitize.errors import BadConfig
from digitize.fulltext.query import search
from digitize.fulltext.rows import page_rows
from digitize.ledger import queue
from digitize.ledger.models import Event, Item, Outcome, Page, PageState, Side
from digitize.ledger.queue import Arrival, PageResult
from digitize.ledger.session import open_engine, reading, transaction
from digitize.settings import Settings

NOW = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
DAY = date(2026, 11, 2)
SETTINGS = Settings()
SEEN = {"index": 0, "mode": "L", "dpi": 150}
TALL, WIDE = {**SEEN, "width": 1240, "height": 1754}, {**SEEN, "width": 2480, "height": 1754}


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("server").fresh(f"d{abs(hash(request.node.name))}")
    engine = open_engine(url)
    yield engine
    engine.dispose()


def _enter(session: Session, key: str = "A", surveys: tuple[dict[str, object], ...] = (TALL, TALL)) -> Item:
    item = queue.enter_item(session, key, key, key.encode(), NOW)
    for number, survey in enumerate(surveys, 1):
        name = f"{key}-{number}"
        arrival = Arrival(name, name.encode(), name, name, ".tif", "TIFF", 10, name, (survey,))
        queue.enter_pages(session, item, arrival, NOW)
    return item


def _work(session: Session, *, halves: bool = False) -> None:
    """Everything that waits becomes done, made with what is decided now."""
    for claim in queue.claim(session, "me", 99, NOW, 900):
        page = queue.held(session, claim)
        assert page is not None
        decided = decisions.decide(session, page.item, SETTINGS)
        asked = {"asked_split": decided.split.split, "pdf": decided.pdf, "profile": dict(decided.profile)}
        sides = (Side.LEFT, Side.RIGHT) if halves else (Side.WHOLE,)
        results = [PageResult(side, Outcome.OK, 95.0, 90.0, "uzb", "Latn", 0.5, asked) for side in sides]
        queue.finish(session, page, results, f"r{claim.page_id}-{claim.attempt}", NOW, DAY)


def _again(session: Session, item: Item) -> list[str]:
    session.flush()
    return [page.slot for page in decisions.made_otherwise(session, item, SETTINGS)]


@pytest.mark.parametrize("ledger", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("change", "again"),
    [
        (("restore.speck_mm", "0.3"), 2),
        (("restore.speck_mm", "0.17"), 0),
        (("restore.even", "on"), 0),
        (("restore.dewarp", "off"), 2),
        (("type", "gazeta"), 2),
        (("type", "boshqa"), 0),
        (("pdf", "bitonal"), 2),
        (("pdf", "layers"), 0),
        (("restore.split", "on"), 0),
        (("title", "Nizom"), 0),
    ],
)
def test_pages_go_back_when_they_would_be_made_otherwise_and_not_when_they_would_not(ledger, change, again):
    with transaction(ledger) as session:
        item = _enter(session)
        _work(session)
        items.change(session, item, *change, NOW)

        assert decisions.pages_again(session, item, SETTINGS) == again

        queue.work_again(session, decisions.made_otherwise(session, item, SETTINGS), NOW)
        _work(session)
        assert _again(session, item) == []


def test_a_decision_is_taken_once_for_all_pages_until_another_picture_comes(ledger, monkeypatch):
    taken: list[str] = []
    decide = decisions.decide
    monkeypatch.setattr(decisions, "decide", lambda *what: taken.append(what[1].key) or decide(*what))
    remembered = decisions.Decided()
    with transaction(ledger) as session:
        item = _enter(session, surveys=(WIDE, WIDE))
        told = [remembered(session, item, SETTINGS) for _ in range(3)]
        assert (told, taken) == ([decide(session, item, SETTINGS)] * 3, ["A"])

        name = "A-9"
        arrival = Arrival(name, name.encode(), name, name, ".tif", "TIFF", 10, name, (TALL,))
        queue.enter_pages(session, item, arrival, NOW)
        assert remembered(session, item, SETTINGS) == decide(session, item, SETTINGS)
        item.overrides = {"restore.split": "on"}
        assert remembered(session, item, SETTINGS).split.split
        assert taken == ["A", "A", "A"]


def test_both_halves_of_an_opening_are_told_and_only_wide_pictures_are_divided_anew(ledger):
    with transaction(ledger) as session:
        item = _enter(session, surveys=(WIDE,))
        items.change(session, item, "restore.split", "on", NOW)
        _work(session, halves=True)
        _enter(session, "A2", (TALL,))
        _work(session)

        items.change(session, item, "restore.split", "off", NOW)

        assert decisions.pages_again(session, item, SETTINGS) == 2
        assert _again(session, queue.item_of(session, "A2")) == []


def test_a_parameter_that_is_new_in_this_version_sends_nothing_back_until_a_person_sets_it(ledger):
    with transaction(ledger) as session:
        item = _enter(session, surveys=(TALL,))
        _work(session)
        page = session.scalars(select(Page)).one()
        old = {name: value for name, value in page.parameters["profile"].items() if name != "min_side"}
        page.parameters = page.parameters | {"profile": old | {"gone_since": 3.0}}
        assert _again(session, item) == []

        items.change(session, item, "restore.min_side", "0.4", NOW)

        assert _again(session, item) == ["A-1"]


def _desk(tmp_path: Path, ledger: Engine) -> Desk:
    return replace(make_desk(tmp_path), ledger=ledger)


def test_an_item_in_agreement_is_looked_through_once(tmp_path: Path, ledger, monkeypatch):
    with transaction(ledger) as session:
        _enter(session)
        _work(session)
    desk = _desk(tmp_path, ledger)
    looked: list[str] = []
    real = decisions.made_otherwise

    def watched(session: Session, item: Item, settings: Settings) -> list[Page]:
        looked.append(item.key)
        return real(session, item, settings)

    monkeypatch.setattr(decisions, "made_otherwise", watched)

    assert [pipeline.decide_again(desk) for _ in range(3)] == [0, 0, 0]
    assert looked == ["A"]


def test_a_page_that_came_out_of_old_settings_while_they_were_changed_is_found(tmp_path: Path, ledger):
    desk = _desk(tmp_path, ledger)
    with transaction(ledger) as session:
        item = _enter(session, surveys=(TALL,))
        [claim] = queue.claim(session, "me", 1, NOW, 900)
        old = decisions.decide(session, item, SETTINGS)
    with transaction(ledger) as session:
        items.change(session, items.find(session, "A"), "restore.clean", "off", NOW)
    assert pipeline.decide_again(desk) == 0
    with transaction(ledger) as session:
        asked = {"asked_split": False, "pdf": old.pdf, "profile": dict(old.profile)}
        result = PageResult(Side.WHOLE, Outcome.OK, 95.0, 90.0, "uzb", "Latn", 0.5, asked)
        queue.finish(session, queue.held(session, claim), [result], "r1", NOW, DAY)

    assert pipeline.decide_again(desk) == 1
    assert pipeline.decide_again(desk) == 0


def test_a_whole_item_is_tried_again_and_counts_on_its_old_days(ledger):
    with transaction(ledger) as session:
        item = _enter(session, surveys=(WIDE, TALL))
        items.change(session, item, "restore.split", "on", NOW)
        _work(session, halves=True)
        before = sorted((page.id, page.counted_on) for page in item.pages)

        assert queue.retry(session, item, None, NOW) == 4
        assert queue.retry(session, item, None, NOW) == 0
        _work(session, halves=True)

        session.expire_all()
        assert sorted((page.id, page.counted_on) for page in item.pages) == before
        assert len(session.scalars(select(Event).where(Event.what == "page-retry")).all()) == 2


def test_only_failed_pages_are_tried_again_where_that_is_asked(ledger):
    with transaction(ledger) as session:
        item = _enter(session)
        _work(session)
        page = session.scalars(select(Page).order_by(Page.number)).first()
        assert page is not None
        page.state = PageState.FAILED

        assert queue.retry(session, item, None, NOW, failed=True) == 1
        assert page.state == PageState.RECEIVED


# --- through the whole road ----------------------------------------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return finished_desk(tmp_path)


def _pages(desk: Desk) -> list[Page]:
    with reading(desk.ledger) as session:
        return list(session.scalars(select(Page).order_by(Page.number)))


def _files(desk: Desk) -> dict[str, bytes]:
    """Everything made of each page, by page and file name."""
    return {
        f"{page.number}/{path.name}": path.read_bytes()
        for page in _pages(desk)
        for path in store.page_dir(desk.home, "INV-1", page.result).iterdir()
    }


def _change(desk: Desk, key: str, value: str) -> None:
    with transaction(desk.ledger) as session:
        items.change(session, items.find(session, "INV-1"), key, value, desk.clock.now())


def test_a_changed_setting_is_worked_in_by_the_next_run_and_then_is_at_rest(desk: Desk):
    before = [page.counted_on for page in _pages(desk)]
    _change(desk, "restore.clean", "off")
    desk.clock.sleep(86400 * 40)

    summary = pipeline.run(desk)

    assert (summary.pages, len(summary.published)) == (2, 1)
    assert [page.counted_on for page in _pages(desk)] == before
    for page in _pages(desk):
        [clean] = [step for step in page.parameters["steps"] if step["name"] == "clean"]
        assert clean["undone"] == "switched off"
    again = pipeline.run(desk)
    assert (again.pages, again.published) == (0, [])


def test_an_item_worked_on_again_without_a_change_is_the_same_to_the_byte(desk: Desk):
    before = _files(desk)
    with transaction(desk.ledger) as session:
        assert queue.retry(session, items.find(session, "INV-1"), None, desk.clock.now()) == 2

    assert pipeline.run(desk).pages == 2
    assert _files(desk) == before
    assert len(before) == 10


def test_what_stands_is_read_and_found_until_the_new_is_there(desk: Desk):
    _change(desk, "restore.even", "off")
    assert pipeline.decide_again(desk) == 2
    assert pipeline.publish_books(desk, only_complete=False) == []
    with transaction(desk.ledger) as session:
        queue.claim(session, "a run that is cut off", 1, desk.clock.now(), 900)

    pipeline.work_on(desk, pipeline.RunSummary())
    [built] = pipeline.publish_books(desk, only_complete=False)

    assert [page.state for page in _pages(desk)] == [PageState.WORKING, PageState.DONE]
    assert built.pages == 2
    assert {name.partition("/")[0] for name in _files(desk)} == {"1", "2"}
    with reading(desk.ledger) as session:
        assert {hit.page for hit in search(session, "kutubxona").hits} == {1, 2}
        assert [row.page for row in page_rows(session)] == [1, 2]
    pipeline.run(desk)
    assert [page.state for page in _pages(desk)] == [PageState.DONE] * 2


# --- settings that cannot be -----------------------------------------------------------------------------------------


def _spoil(desk: Desk, overrides: dict[str, object]) -> None:
    with transaction(desk.ledger) as session:
        session.scalars(select(Item).where(Item.key == "INV-1")).one().overrides = overrides


@pytest.mark.parametrize(
    "overrides",
    [
        {"restore.speck_mm": 7.0}, {"restore.crop": "yes"}, {"restore.glow": 1}, {"restore.split": "maybe"},
        {"pdf": "gold"}, {"restore.letter_height": None},
    ],
)  # fmt: skip
def test_an_unfit_setting_of_an_item_holds_up_that_item_alone_and_is_told_with_its_remedy(tmp_path, overrides):
    desk = make_desk(tmp_path, quick_engine())
    drop(desk, "INV-1", "1.png", seed=1)
    drop(desk, "INV-2", "1.png", seed=2)
    pipeline.take_in(desk, pipeline.RunSummary().taken)
    _spoil(desk, overrides)
    (key,) = overrides

    summary = pipeline.run(desk)

    assert summary.pages == 1
    [sentence] = summary.unfit
    assert f"Item 'INV-1' is set to {key}=" in sentence
    assert f"digitize item set 'INV-1' {key}=auto" in sentence
    assert sorted((page.state, page.failures) for page in _pages(desk)) == [("done", 0), ("received", 0)]
    [line] = [line for line in examine(desk.home, desk.clock) if line.check == "restoration"]
    assert (line.state, line.remedy) == ("fail", f"Take it back: digitize item set 'INV-1' {key}=auto")
    _change(desk, key, "auto")
    assert (pipeline.run(desk).pages, pipeline.run(desk).unfit) == (1, [])


def test_an_unfit_setting_leaves_finished_pages_as_they_are(desk: Desk):
    _spoil(desk, {"restore.speck_mm": 7.0})

    assert pipeline.decide_again(desk) == 0
    assert [page.state for page in _pages(desk)] == [PageState.DONE] * 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[kitob]\nspeck_mm = 7\n", r"\[kitob\] speck_mm = 7 must be a number between 0 and 1"),
        ("[kitob]\n[gazeta]\nglow = 1\n", r"\[gazeta\] glow = 1 is no parameter of restoration"),
        ("[kitob]\ncrop = 'yes'\n", r"crop = 'yes' must be true or false"),
        ("speck_mm = 0.1\n[kitob]\n", "'speck_mm' stands outside the tables"),
        ("[kitob\n", "cannot be read"),
        ("[gazeta]\n", "restore_profile = 'kitob' is not in restore.toml"),
    ],
)
def test_a_wrong_profile_is_refused_before_anything_is_claimed(tmp_path, monkeypatch, text, words):
    desk = make_desk(tmp_path)
    (tmp_path / "restore.toml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(decisions, "config_file", lambda name: tmp_path / name)
    decisions._tables.cache_clear()
    try:
        with pytest.raises(BadConfig, match=words):
            pipeline.check_tools(desk.home.settings)
        [line] = [line for line in examine(desk.home, desk.clock) if line.check == "restoration"]
        assert line.state == "fail"
        assert line.remedy
    finally:
        decisions._tables.cache_clear()
