"""An order from the first call to the receipt; the plan's rows about orders, deliveries and money follow it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from counted import NOW, TODAY, add_item, add_pages, make_ledger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from digitize import orders
from digitize.errors import BadConfig, NotFound, UsageError
from digitize.ledger.models import Event, Item
from digitize.ledger.service import Delivery, Order, Payment
from digitize.ledger.session import transaction
from digitize.ledger.totals import Counted, Scope, count, explain, per_day
from digitize.orders import OrderView, Wanted
from digitize.plan import Author, PlanTable, TableRow, store
from digitize.report import Kind, period, status
from digitize.settings import Settings

ME = Author("Lola", NOW)
YEAR = Scope(date(2026, 1, 1), date(2026, 12, 31))
PRICES = {"A4 kitob sahifasi": 500, "Gazeta sahifasi": 1500}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with transaction(make_ledger(tmp_path)) as opened:
        yield opened


def _later(minutes: int) -> Author:
    return replace(ME, at=NOW + timedelta(minutes=minutes))


def _order(session: Session, **wanted: object) -> Order:
    asked = Wanted(**{"customer": "Toshkent muzeyi", "kind": "tashkilot", "pages": 40, **wanted})  # type: ignore[arg-type]
    return orders.create(session, asked, PRICES, TODAY, ME)


def _view(session: Session, order: Order, today: date = TODAY) -> OrderView:
    session.flush()
    return orders.view(session, order, today)


def test_an_order_goes_from_the_first_call_to_the_receipt(session: Session) -> None:
    order = _order(session, tariff="gazeta sahifasi", due_on=date(2026, 11, 10))
    assert (_view(session, order).state, _view(session, order).sum) == ("open", 60_000)
    item = add_item(session, "INV-7")
    orders.add_items(session, order, [item], ME)
    add_pages(session, item, 40)
    assert (_view(session, order).state, _view(session, order).scanned, item.source) == ("ready", 40, "pullik")
    orders.deliver(session, order, Delivery(day=TODAY, pages=40, copies=1, remote=True, note="pochta"), ME)
    assert (_view(session, order).state, _view(session, order).owed) == ("delivered", 60_000)
    orders.pay(session, order, Payment(day=TODAY, amount=60_000, document="kvitansiya 12"), ME)
    assert (_view(session, order).state, _view(session, order).owed) == ("closed", 0)


def test_numbers_run_within_the_year(session: Session) -> None:
    assert [orders.name_of(_order(session)) for _ in range(2)] == ["2026-1", "2026-2"]
    late = orders.create(session, Wanted("A", "akm"), {}, date(2027, 1, 4), ME)
    assert orders.name_of(late) == "2027-1"
    assert orders.find(session, "2", 2026).number == 2
    assert orders.find(session, "2027-1", 2026) is late
    for name in ("9", "2026-9", "x", "", "2026-", "-1", "9" * 30):
        with pytest.raises(NotFound, match="no order"):
            orders.find(session, name, 2026)


def test_an_overdue_order_says_so_until_it_is_delivered(session: Session) -> None:
    order = _order(session, due_on=TODAY)
    later = TODAY + timedelta(days=1)
    assert [_view(session, order).late, _view(session, order, later).late] == [False, True]
    orders.deliver(session, order, Delivery(day=TODAY, pages=40, copies=1, remote=True, note=""), ME)
    assert not _view(session, order, later).late


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"customer": " "}, "needs a customer"),
        ({"kind": "do‘st"}, "Known kinds: mahalliy"),
        ({"tariff": "oltin"}, "Known: A4 kitob sahifasi"),
        ({"pages": -1}, "pages=-1 is not possible"),
        ({"paid": True}, "needs a price"),
    ],
)
def test_a_wrong_order_is_one_clear_sentence_and_enters_nothing(
    session: Session, wanted: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        _order(session, **wanted)
    assert orders.listed(session) == []


def test_what_was_entered_by_mistake_is_taken_back_and_stays_in_the_list(session: Session) -> None:
    order = _order(session, price=500)
    orders.deliver(session, order, Delivery(day=TODAY, pages=40, copies=1, remote=True, note=""), ME)
    orders.pay(session, order, Payment(day=TODAY, amount=200_000, document=""), _later(1))
    assert orders.undo(session, order, _later(2)).kind == "payment"
    orders.pay(session, order, Payment(day=TODAY, amount=20_000, document=""), _later(3))
    assert [(act.kind, act.amount, act.undone) for act in orders.acts(order)] == [
        ("delivery", 40, False),
        ("payment", 200_000, True),
        ("payment", 20_000, False),
    ]
    assert count(session, Counted.PAID, YEAR) == 20_000
    orders.undo(session, order, _later(4))
    orders.undo(session, order, _later(5))
    with pytest.raises(NotFound, match="nothing to take back"):
        orders.undo(session, order, _later(6))
    whats = session.scalars(select(Event.what).where(Event.what == "order-undo")).all()
    assert len(whats) == 3


def test_items_leave_an_order_and_count_to_the_plan_again(session: Session) -> None:
    item = add_item(session, "INV-7")
    free, paid = _order(session), _order(session, price=500)
    orders.add_items(session, free, [item], ME)
    assert item.source == "buyurtma"
    orders.add_items(session, paid, [item], ME)
    orders.remove_items(session, paid, [item], ME)
    assert item.source == "buyurtma"
    orders.remove_items(session, free, [item], ME)
    assert item.source == "reja"
    with pytest.raises(NotFound, match="has no item"):
        orders.remove_items(session, free, [item], ME)


def test_a_cancelled_order_takes_no_more_but_keeps_what_was(session: Session) -> None:
    order = _order(session, price=500)
    orders.deliver(session, order, Delivery(day=TODAY, pages=3, copies=1, remote=True, note=""), ME)
    orders.cancel(session, order, ME)
    with pytest.raises(UsageError, match="was cancelled"):
        orders.deliver(session, order, Delivery(day=TODAY, pages=3, copies=1, remote=True, note=""), ME)
    assert count(session, Counted.DELIVERED_PAGES, YEAR) == 3
    orders.pay(session, order, Payment(day=TODAY, amount=-500, document="qaytarildi"), ME)
    assert count(session, Counted.PAID, YEAR) == -500


def test_fields_are_corrected_and_every_change_is_an_event(session: Session) -> None:
    order = _order(session)
    orders.change(session, order, {"pages": "55", "due": "2026-12-01", "kind": "Чет эл", "price": "700"}, ME)
    assert (order.pages, order.due_on, order.kind, order.price) == (55, date(2026, 12, 1), "chet el", 700)
    for field, value in (("pages", "x"), ("due", "ertaga"), ("customer", ""), ("service", "bepul"), ("rang", "1")):
        with pytest.raises(UsageError):
            orders.change(session, order, {field: value}, ME)
    assert session.scalars(select(Event.what).where(Event.what == "order-set")).all() == ["order-set"] * 4


def test_a_price_list_is_read_whatever_mark_parts_it(tmp_path: Path) -> None:
    path = tmp_path / "narxlar.csv"
    path.write_text("Xizmat;Narxi\nA4, kitob sahifasi;1 500\n\nGazeta\t2000\n", encoding="utf-8-sig")
    assert orders.read_tariffs(path) == {"A4, kitob sahifasi": 1500, "Gazeta": 2000}
    path.write_text("A4;500\nbepul;yo‘q\n", encoding="utf-8")
    with pytest.raises(BadConfig, match="Line 2 of the price list"):
        orders.read_tariffs(path)
    with pytest.raises(BadConfig, match="cannot be read"):
        orders.read_tariffs(tmp_path / "none.csv")


ROWS = (
    TableRow(number="23", name="Masofadan xizmat ko'rsatish", unit="Sahifa", planned="200/-/120"),
    TableRow(number="18.", name="Masofadan xizmat ko‘rsatish", unit="Nusxa", planned="180"),
    TableRow(number="32", name="Buyurtma qilingan adabiyotlarni raqamlashtirish", unit="Sahifa", planned="9516"),
    TableRow(number="42.1", name="Axborot-kutubxona xizmatlaridan tushgan mablag'", unit="So'mda", planned="100000"),
)


def _at_the_desk(session: Session) -> None:
    store(session, PlanTable(2026, ROWS), None, ME)
    for kind, pages, amount in (("mahalliy", 30, 5_000), ("akm", 60, 20_000), ("tashkilot", 10, 0)):
        order = _order(session, kind=kind, pages=pages, price=500 if amount else 0)
        orders.deliver(session, order, Delivery(day=TODAY, pages=pages, copies=2, remote=True, note=""), ME)
        if amount:
            orders.pay(session, order, Payment(day=date(2026, 10, 30), amount=amount, document=""), ME)
    fetched = _order(session, pages=7)
    orders.deliver(session, fetched, Delivery(day=TODAY, pages=7, copies=1, remote=False, note=""), ME)
    item = add_item(session, "INV-9")
    orders.add_items(session, fetched, [item], ME)
    add_pages(session, item, 7)


def test_the_rows_of_the_plan_about_orders_count_the_desk(session: Session) -> None:
    _at_the_desk(session)
    rows = {row.number: row for row in status(session, Settings(), None, NOW).rows}
    assert [row.measure for row in rows.values()] == ["delivered", "delivered", "ordered_pages", "paid_sum"]
    assert (rows["23"].done, rows["23"].percent) == ("40/0/60", 31.2)
    assert (rows["18."].done, rows["32"].done) == (6, 7)
    assert (rows["42.1"].done, rows["42.1"].percent) == (25_000, 25.0)
    november = {row.number: row for row in period(session, Settings(), Kind.MONTH, TODAY).rows}
    assert (november["42.1"].done, november["42.1"].done_year) == (0, 25_000)


@pytest.mark.parametrize("number", ["23", "18", "32", "42.1"])
def test_the_amounts_behind_a_row_of_the_desk_add_up_to_it(session: Session, number: str) -> None:
    from digitize.plan import read_cell  # noqa: PLC0415
    from digitize.report import explain_row  # noqa: PLC0415

    _at_the_desk(session)
    rows = period(session, Settings(), Kind.YEAR, TODAY).rows
    row = next(row for row in rows if row.number.rstrip(".") == number)
    lines = explain_row(session, Settings(), Kind.YEAR, TODAY, number)
    assert sum(line.amount for line in lines) == sum(read_cell(str(row.done)).parts)


_ACTS = st.lists(
    st.tuples(st.sampled_from(["deliver", "fetch", "pay", "undo"]), st.dates(date(2025, 12, 20), date(2026, 11, 3)),
              st.integers(1, 500)),
    max_size=15,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ACTS)
def test_whatever_is_entered_and_taken_back_the_list_adds_up_to_the_number(
    session: Session, acts: list[tuple[str, date, int]]
) -> None:
    for table in (Delivery, Payment, Order, Item):
        session.execute(delete(table))
    order = _order(session, pages=1000, price=10)
    stands: list[tuple[str, date, int]] = []
    for turn, (act, day, number) in enumerate(acts):
        when = _later(turn)
        if act == "undo":
            if stands:
                orders.undo(session, order, when)
                stands.pop()
            continue
        stands.append((act, day, number))
        if act == "pay":
            orders.pay(session, order, Payment(day=day, amount=number, document=""), when)
        else:
            given_now = Delivery(day=day, pages=number, copies=1, remote=act == "deliver", note="")
            orders.deliver(session, order, given_now, when)
    for what, act in ((Counted.DELIVERED_PAGES, "deliver"), (Counted.PAID, "pay")):
        wanted = sum(number for kind, day, number in stands if kind == act and day.year == 2026)
        lines = explain(session, what, YEAR)
        assert count(session, what, YEAR) == wanted
        assert sum(line.amount for line in lines) == sum(per_day(session, what, YEAR).values()) == wanted


def test_moments_are_kept_in_utc(session: Session) -> None:
    order = _order(session)
    session.flush()
    session.expire_all()
    assert isinstance(order.at, datetime)
    assert order.at == NOW
