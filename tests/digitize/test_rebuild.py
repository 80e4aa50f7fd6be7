"""The ledger anew from the archive."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import copy_of, drop, make_desk, make_scan
from fakes import FakeClock, InlineEngine
from faults.quick import SwitchedEngine, page_without_ocr
from sqlalchemy import select

from digitize import items, orders, pipeline, plan, rebuild, sidecar, store
from digitize.desk import Desk
from digitize.errors import NotPermitted, StorageFailed, Unavailable
from digitize.ledger import backlog, totals
from digitize.ledger.models import Closing, Item, Master, Page, PageState, PageText, Refusal
from digitize.ledger.opening import open_ledger
from digitize.ledger.service import Delivery, Payment, Placement
from digitize.ledger.session import reading, transaction
from digitize.ledger.totals import Scope
from digitize.report import Kind, close_month, period
from digitize.settings import Settings
from workers.page import process_page


def _world(tmp_path: Path) -> Desk:
    return copy_of(_build, tmp_path)


def _build(root: Path) -> Desk:
    """Two books, one with an opening's worth of extras: a rescan, a refused file, a sheet; one waits for work."""
    desk = make_desk(root)
    drop(desk, "INV-1", "1.png", seed=1)
    (desk.home.inbox / "INV-1" / "item.toml").write_text('title = "Qo‘lyozma"\n', encoding="utf-8")
    (desk.home.inbox / "INV-1" / "2.png").write_bytes(b"no picture")
    (desk.home.inbox / "loose.tif").write_bytes(b"nobody's")
    pipeline.run(desk)
    drop(desk, "INV-1", "1.png", seed=2)
    drop(desk, "O‘zbek", "1.png", seed=3)
    pipeline.run(desk)
    drop(desk, "INV-3", "1.png", seed=4)
    pipeline.take_in(desk, pipeline.Taken())
    return desk


def _counts(ledger, desk: Desk) -> dict[str, object]:
    with reading(ledger) as session:
        return {
            "items": session.scalars(select(Item.key).order_by(Item.id)).all(),
            "titles": session.scalars(select(Item.title).order_by(Item.id)).all(),
            "raw": session.scalars(select(Item.raw_key).order_by(Item.id)).all(),
            "pages": session.execute(
                select(Page.id, Page.slot, Page.state, Page.side, Page.number, Page.counted_on).order_by(Page.id)
            ).all(),
            "masters": session.execute(
                select(Master.sha256, Master.size, Master.superseded_at).order_by(Master.id)
            ).all(),
            "refusals": session.execute(select(Refusal.name, Refusal.kind, Refusal.path).order_by(Refusal.name)).all(),
            "texts": session.execute(
                select(PageText.page_id, PageText.text, PageText.words)
                .join(Page, Page.id == PageText.page_id)
                .where(Page.state == PageState.DONE)
                .order_by(PageText.page_id)
            ).all(),
            "queue": backlog.queue(session),
            "progress": backlog.items(session),
            "counted": totals.pages(session, Scope(desk.today(), desk.today())),
            "named": totals.titles(session, Scope(desk.today(), desk.today())),
        }


def test_a_lost_ledger_is_rebuilt_with_the_same_counts_texts_and_days(tmp_path: Path):
    desk = _world(tmp_path)
    before = _counts(desk.ledger, desk)
    desk.ledger.dispose()
    for path in desk.home.root.glob("ledger.db*"):
        path.unlink()

    found = rebuild.rebuild(desk.home, desk.clock)

    assert _counts(open_ledger(desk.home), desk) == before
    assert (found.whole, found.items, found.again, found.aside) == (True, 3, 0, "")
    assert before["counted"] == 2


def test_plan_orders_and_signed_months_come_back_with_the_ledger(tmp_path: Path):
    desk = _world(tmp_path)
    _enter_by_hand(desk)
    sidecar.refresh(desk.home, desk.ledger)
    before = _told(desk.ledger)
    desk.ledger.dispose()
    for path in desk.home.root.glob("ledger.db*"):
        path.unlink()

    found = rebuild.rebuild(desk.home, desk.clock)

    ledger = open_ledger(desk.home)
    assert _told(ledger) == before
    assert (found.plan, found.orders, found.closed) == (2, 1, 1)
    with transaction(ledger) as session:
        again = plan.store(session, PLAN, None, ME)
        assert again.kept == 1, "what a person decided about a row holds for the next import, too"


PLAN = plan.PlanTable(
    2026,
    (
        plan.TableRow(number="24.", name="Nashrlarni raqamlashtirish", unit="Sahifa", planned="3000"),
        plan.TableRow(number="18.", name="Tadbirlar", unit="Tadbir", planned="12"),
    ),
)
ME = plan.Author("Lola", datetime(2026, 12, 1, 6, tzinfo=UTC))


def _enter_by_hand(desk: Desk) -> None:
    """A plan with a decision and work by hand, an order that was delivered and paid, a QR code, a closed month."""
    with transaction(desk.ledger) as session:
        item = items.find(session, "INV-1")
        plan.store(session, PLAN, None, ME)
        plan.change(session, 2026, "24", {"measure": "titles/pages"}, ME)
        plan.enter(session, plan.find(session, 2026, "18"), 3, desk.today(), "", ME)
        wanted = orders.Wanted("A. Karimov", "mahalliy", pages=2, price=500)
        order = orders.create(session, wanted, {}, desk.today(), ME)
        orders.add_items(session, order, [item], ME)
        orders.deliver(session, order, Delivery(day=desk.today(), pages=2, note=""), ME)
        orders.pay(session, order, Payment(day=desk.today(), amount=1000, document="17"), ME)
        session.add(Placement(item_id=item.id, day=desk.today(), place="mehmonxona", who="Lola", at=ME.at))
        close_month(session, desk.home.settings, desk.today(), ME)


def _told(ledger) -> tuple[object, ...]:
    with reading(ledger) as session:
        tables = [
            [sidecar.fields(row) for row in session.scalars(select(kind))] for kind in (*sidecar.OFFICE_ROWS, Closing)
        ]
        month = period(session, Settings(), Kind.MONTH, ME.at.date().replace(month=11))
        year = period(session, Settings(), Kind.YEAR, ME.at.date())
    assert month.closed
    assert all(tables)
    return tables, month, year.rows


def test_a_rebuilt_home_goes_on_without_doing_anything_twice(tmp_path: Path):
    desk = _world(tmp_path)
    desk.ledger.dispose()
    (desk.home.root / "ledger.db").unlink()
    rebuild.rebuild(desk.home, desk.clock)
    again = make_desk(tmp_path)

    summary = pipeline.run(again)

    assert [book.item for book in summary.published] == ["INV-3"]
    assert summary.pages == 1
    with reading(again.ledger) as session:
        assert totals.pages(session, Scope(again.today(), again.today())) == 3


def test_a_corrupt_ledger_is_refused_then_rebuilt_and_kept(tmp_path: Path):
    desk = _world(tmp_path)
    before = _counts(desk.ledger, desk)
    desk.ledger.dispose()
    file = desk.home.root / "ledger.db"
    broken = bytearray(file.read_bytes())
    broken[4096:8192] = b"\xa5" * 4096
    file.write_bytes(broken)

    with pytest.raises(StorageFailed, match="digitize rebuild"):
        pipeline.recover(make_desk(tmp_path))
    found = rebuild.rebuild(desk.home, desk.clock)

    assert _counts(open_ledger(desk.home), desk) == before
    assert Path(found.aside).read_bytes() == bytes(broken)


def test_a_lost_ledger_is_never_replaced_by_an_empty_one(tmp_path: Path):
    desk = _world(tmp_path)
    desk.ledger.dispose()
    (desk.home.root / "ledger.db").unlink()

    with pytest.raises(StorageFailed, match="lost") as refused:
        open_ledger(desk.home)

    assert refused.value.exit_code == 74
    assert not (desk.home.root / "ledger.db").exists()


def test_a_sound_ledger_is_not_thrown_away(tmp_path: Path):
    desk = _world(tmp_path)

    with pytest.raises(NotPermitted, match="--force"):
        rebuild.rebuild(desk.home, desk.clock)
    rebuild.rebuild(desk.home, desk.clock, force=True)


def test_without_the_archive_nothing_is_rebuilt(tmp_path: Path):
    desk = _world(tmp_path)
    (desk.home.archive / ".digitize").unlink()

    with pytest.raises(Unavailable):
        rebuild.rebuild(desk.home, desk.clock, force=True)


def test_a_page_without_its_files_is_made_again_and_counted_once(tmp_path: Path):
    desk = _world(tmp_path)
    shutil.rmtree(store.item_dir(desk.home, "INV-1") / "pages")

    found = rebuild.rebuild(desk.home, desk.clock, force=True)
    again = make_desk(tmp_path)
    summary = pipeline.run(again)

    assert (found.again, summary.pages) == (1, 2)
    with reading(again.ledger) as session:
        days = session.scalars(select(Page.counted_on).where(Page.slot == "1.png")).all()
    assert days == [desk.today()] * 3


def test_what_no_sidecar_knows_is_named(tmp_path: Path):
    desk = _world(tmp_path)
    sidecar.path_of(desk.home, "INV-3").write_text("{", encoding="utf-8")

    found = rebuild.rebuild(desk.home, desk.clock, force=True)

    assert found.unreadable == ["items/INV-3"]
    assert len(found.unknown) == 1
    assert not found.whole


def test_a_sidecar_is_written_only_when_its_item_changed(tmp_path: Path):
    desk = _world(tmp_path)
    quiet = sidecar.path_of(desk.home, "INV-1").stat().st_mtime_ns

    assert sidecar.refresh(desk.home, desk.ledger) == 0
    with transaction(desk.ledger) as session:
        session.scalars(select(Item).where(Item.key == "INV-3")).one().title = "x"
    make_scan(desk.home.inbox / "INV-3" / "2.png", seed=9)
    pipeline.take_in(desk, pipeline.Taken())

    side = sidecar.read(sidecar.path_of(desk.home, "INV-3"))
    assert side is not None
    assert [page["slot"] for page in side.pages] == ["1.png", "2.png"]
    assert sidecar.path_of(desk.home, "INV-1").stat().st_mtime_ns == quiet


def test_through_long_work_a_sidecar_is_never_more_than_a_minute_behind(tmp_path: Path):
    def slowly(fn: object, args: object) -> None:
        if fn is page_without_ocr:
            clock.sleep(40)
            seen.append(_done_pages(sidecar.path_of(desk.home, "INV-1")))

    clock, seen = FakeClock(), []
    desk = make_desk(tmp_path, SwitchedEngine(InlineEngine(slowly), {process_page: page_without_ocr}), clock)
    for seed in range(1, 7):
        drop(desk, "INV-1", f"{seed}.png", seed=seed)

    pipeline.run(desk)

    assert max(seen) >= 2
    assert _done_pages(sidecar.path_of(desk.home, "INV-1")) == 6


def _done_pages(path: Path) -> int:
    side = sidecar.read(path)
    return sum(page["state"] == "done" for page in side.pages) if side else 0


def test_two_sidecars_of_one_id_both_come_in(tmp_path: Path):
    desk = _world(tmp_path)
    old = sidecar.path_of(desk.home, "INV-3")
    text = old.read_text(encoding="utf-8").replace('"id": 3,', '"id": 1,', 1)
    old.write_text(text, encoding="utf-8")

    found = rebuild.rebuild(desk.home, desk.clock, force=True)

    assert found.items == 3
    assert store.pdf_path(desk.home, "INV-1").is_file()
