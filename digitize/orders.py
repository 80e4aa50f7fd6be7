"""Orders (buyurtma, pullik xizmat): who asked for what, what it costs, what was handed over and paid.

Nothing is removed: what was entered by mistake is taken back and stays in the ledger, with who did it and when.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from digitize.errors import BadConfig, NotFound, UsageError
from digitize.ledger import queue
from digitize.ledger.models import Item, Page, PageState
from digitize.ledger.service import Delivery, Order, Payment
from digitize.ledger.states import CUSTOMERS
from digitize.plan import Author
from digitize.plan.words import word_key

FREE, PAID = "buyurtma", "pullik"
"""The two services; also the ``source`` of the items scanned for an order."""
_MOST_PAGES, _MOST_SUM = 1_000_000, 10**12


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the customer asks for; *tariff* names a line of the price list, *price* overrules it (so‘m a page)."""

    customer: str
    kind: str
    wish: str = ""
    pages: int | None = None
    paid: bool = False
    tariff: str = ""
    price: int | None = None
    due_on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OrderView:
    """One order as it stands; the field names are the JSON keys. Sums are in so‘m."""

    number: str
    customer: str
    kind: str
    service: str
    wish: str
    state: str
    """``open``, ``ready`` (its pages are scanned), ``delivered``, ``closed`` (and paid), ``cancelled``."""
    pages: int | None
    scanned: int
    """Done pages of its items."""
    delivered: int
    tariff: str
    price: int
    sum: int
    """For the pages handed over; before that for those agreed, or else scanned."""
    paid: int
    owed: int
    ordered_on: date
    due_on: date | None
    late: bool
    items: tuple[str, ...]
    note: str
    who: str


@dataclass(frozen=True, slots=True)
class Act:
    """A delivery or payment as ``order show`` lists it."""

    kind: str
    """``delivery`` or ``payment``."""
    id: int
    day: date
    amount: int
    note: str
    who: str
    undone: bool


def read_tariffs(path: Path) -> Mapping[str, int]:
    """The price list (preyskurant): CSV lines ``name,so‘m a page``; a heading and empty lines are passed over.

    Raises:
        BadConfig: the file is not there, or a line is not understood.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(
            "The price list {path} cannot be read: {error}.", hint="Correct price_list.", path=path, error=error
        ) from error
    found: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        mark = next((mark for mark in ";\t" if mark in line), ",")
        name, _, price = (part.strip() for part in line.rpartition(mark))
        digits = "".join(price.split())
        if digits.isdecimal() and name:
            found[name] = int(digits)
        elif line.strip() and number > 1:
            raise BadConfig(
                "Line {number} of the price list {path} is not understood: {line!r}.",
                hint="Write: A4 kitob sahifasi,500",
                number=number,
                path=path,
                line=line.strip(),
            )
    return found


def create(session: Session, wanted: Wanted, tariffs: Mapping[str, int], day: date, author: Author) -> Order:
    """Enter an order under the next number of the year.

    Raises:
        UsageError: the customer is missing, or a kind, tariff or number is not possible.
    """
    if not wanted.customer.strip():
        raise UsageError("An order needs a customer.", hint="For example: digitize order new 'A. Karimov' --pages 40")
    _in_range("pages", wanted.pages, _MOST_PAGES)
    tariff, price = _price(wanted, tariffs)
    last = session.scalar(select(func.max(Order.number)).where(Order.year == day.year)) or 0
    order = Order(
        year=day.year, number=last + 1, customer=wanted.customer.strip()[:200], kind=known_kind(wanted.kind),
        service=PAID if price or wanted.paid else FREE, wish=wanted.wish.strip(), pages=wanted.pages, tariff=tariff,
        price=price, ordered_on=day, due_on=wanted.due_on, note=wanted.note.strip(), who=author.who, at=author.at,
    )  # fmt: skip
    session.add(order)
    session.flush()
    queue.log(session, "order-new", who=author.who, at=author.at, order=name_of(order))
    return order


def known_kind(text: str) -> str:
    """The kind of customer in one spelling.

    Raises:
        UsageError: there is no such kind.
    """
    found = [kind for kind in CUSTOMERS if word_key(kind) == word_key(text)]
    if not found:
        raise UsageError(
            "There is no kind of customer {text!r}.",
            hint="Known kinds: {known}.",
            text=text,
            known=", ".join(CUSTOMERS),
        )
    return found[0]


def _price(wanted: Wanted, tariffs: Mapping[str, int]) -> tuple[str, int]:
    _in_range("price", wanted.price, _MOST_SUM)
    if not wanted.tariff:
        if wanted.paid and wanted.price is None:
            raise UsageError("A paid order needs a price.", hint="Say --price SO‘M or --tariff NAME (see price_list).")
        return "", wanted.price or 0
    found = {name: price for name, price in tariffs.items() if word_key(name) == word_key(wanted.tariff)}
    if not found:
        known = ", ".join(tariffs) or "the price list is empty; set price_list in digitize.toml"
        raise UsageError("The price list has no {tariff!r}.", hint="Known: {known}.", tariff=wanted.tariff, known=known)
    name, price = next(iter(found.items()))
    return name[:60], price if wanted.price is None else wanted.price


def _in_range(what: str, value: int | None, most: int) -> None:
    if value is not None and not 0 <= value <= most:
        raise UsageError(
            "{what}={value} is not possible.", hint="Between 0 and {most}.", what=what, value=value, most=most
        )


def name_of(order: Order) -> str:
    """``2026-3``: the third order of 2026."""
    return f"{order.year}-{order.number}"


def find(session: Session, name: str, year: int) -> Order:
    """The order named ``2026-3``, or ``3`` for the third of *year*.

    Raises:
        NotFound: there is none.
    """
    before, dash, after = name.strip().rpartition("-")
    known = after.isdecimal() and (not dash or before.isdecimal())
    wanted = (int(before) if dash else year, int(after)) if known else (0, 0)
    if known and max(wanted) < 2**31:
        order = session.scalar(select(Order).where(Order.year == wanted[0], Order.number == wanted[1]))
        if order is not None:
            return order
    raise NotFound("There is no order {name!r}.", hint="See: digitize order list", name=name)


_FIELDS = ("customer", "kind", "wish", "pages", "price", "due", "note", "service")


def change(session: Session, order: Order, changes: Mapping[str, str], author: Author) -> None:
    """Correct what was entered about an order.

    Raises:
        UsageError: there is no such field, or its value is not possible.
    """
    for field, value in changes.items():
        if field not in _FIELDS:
            raise UsageError(
                "An order has no field {field!r}.", hint="Known fields: {known}.", field=field, known=", ".join(_FIELDS)
            )
        column = "due_on" if field == "due" else field
        old = getattr(order, column)
        setattr(order, column, _checked(field, value.strip()))
        detail: dict[str, Any] = {"order": name_of(order), "field": field, "old": str(old), "new": value.strip()}
        queue.log(session, "order-set", who=author.who, at=author.at, **detail)


def _checked(field: str, value: str) -> str | int | date | None:
    try:
        if field in {"pages", "price"}:
            number = int(value) if value else (0 if field == "price" else None)
            _in_range(field, number, _MOST_SUM if field == "price" else _MOST_PAGES)
            return number
        if field == "due":
            return date.fromisoformat(value) if value else None
    except ValueError:
        raise UsageError(
            "{field}={value!r} is not possible.", hint="Digits, or a day as 2026-11-30.", field=field, value=value
        ) from None
    if field == "kind":
        return known_kind(value)
    if (field == "service" and value not in {FREE, PAID}) or (field == "customer" and not value):
        raise UsageError(
            "{field}={value!r} is not possible.",
            hint="service: {free} or {paid}; customer: a name.",
            field=field,
            value=value,
            free=FREE,
            paid=PAID,
        )
    return value[:200] if field == "customer" else value


def add_items(session: Session, order: Order, items: Iterable[Item], author: Author) -> None:
    """These items are scanned for *order*; their source becomes that of the order, so that its pages count so."""
    for item in items:
        if item not in order.items:
            order.items.append(item)
        old, item.source = item.source, order.service
        queue.log(session, "order-item", who=author.who, at=author.at, item=item, order=name_of(order), old=old)


def remove_items(session: Session, order: Order, items: Iterable[Item], author: Author) -> None:
    """These items were not scanned for *order*; their source is plan again unless another order has them."""
    for item in items:
        if item not in order.items:
            raise NotFound(
                "The order {order} has no item {key!r}.",
                hint="See: digitize order show",
                order=name_of(order),
                key=item.key,
            )
        order.items.remove(item)
        session.flush()
        others = session.scalars(select(Order.service).where(Order.items.any(Item.id == item.id))).first()
        old, item.source = item.source, others or "reja"
        queue.log(session, "order-item-removed", who=author.who, at=author.at, item=item, order=name_of(order), old=old)


def deliver(session: Session, order: Order, delivery: Delivery, author: Author) -> Delivery:
    """Enter that pages were handed over; *delivery* has day, pages, copies, remote and note.

    Raises:
        UsageError: the order was cancelled, or the numbers are not possible.
    """
    _still_stands(order)
    _in_range("pages", delivery.pages, _MOST_PAGES)
    _in_range("copies", delivery.copies, _MOST_PAGES)
    delivery.order_id, delivery.who, delivery.at = order.id, author.who, author.at
    order.deliveries.append(delivery)
    session.flush()
    detail: dict[str, Any] = {
        "order": name_of(order),
        "pages": delivery.pages,
        "copies": delivery.copies,
        "act": delivery.id,
    }
    queue.log(session, "order-delivered", who=author.who, at=author.at, **detail)
    return delivery


def pay(session: Session, order: Order, payment: Payment, author: Author) -> Payment:
    """Enter money that came, or went back if the amount is below nought; *payment* has day, amount, document.

    Raises:
        UsageError: the order was cancelled, or the amount is not possible.
    """
    if payment.amount >= 0:
        _still_stands(order)
    if not 0 < abs(payment.amount) <= _MOST_SUM:
        raise UsageError(
            "A payment of {amount} so‘m is not possible.", hint="Say how much came.", amount=payment.amount
        )
    payment.order_id, payment.who, payment.at = order.id, author.who, author.at
    order.payments.append(payment)
    session.flush()
    detail: dict[str, Any] = {"order": name_of(order), "amount": payment.amount, "act": payment.id}
    queue.log(session, "order-paid", who=author.who, at=author.at, **detail)
    return payment


def _still_stands(order: Order) -> None:
    if order.cancelled_at is not None:
        raise UsageError("The order {order} was cancelled.", hint="Enter a new one.", order=name_of(order))


def undo(session: Session, order: Order, author: Author) -> Act:
    """Take back the delivery or payment that was entered last.

    Raises:
        NotFound: there is none.
    """
    standing = [act for act in _entered(order) if act.undone_at is None]
    if not standing:
        raise NotFound(
            "The order {order} has nothing to take back.", hint="See: digitize order show", order=name_of(order)
        )
    last = standing[-1]
    last.undone_at = author.at
    found = _act(last)
    queue.log(session, "order-undo", who=author.who, at=author.at, order=name_of(order), kind=found.kind, act=last.id)
    return found


def cancel(session: Session, order: Order, author: Author) -> None:
    """The order will not be done; what was delivered and paid stays counted.

    Raises:
        UsageError: it was cancelled before.
    """
    _still_stands(order)
    order.cancelled_at = author.at
    queue.log(session, "order-cancelled", who=author.who, at=author.at, order=name_of(order))


def acts(order: Order) -> tuple[Act, ...]:
    """Deliveries and payments of an order as they were entered, those taken back too."""
    return tuple(map(_act, _entered(order)))


def _entered(order: Order) -> list[Delivery | Payment]:
    both: list[Delivery | Payment] = [*order.deliveries, *order.payments]
    return sorted(both, key=lambda act: (act.at, act.id))


def _act(act: Delivery | Payment) -> Act:
    undone = act.undone_at is not None
    if isinstance(act, Delivery):
        return Act("delivery", act.id, act.day, act.pages, act.note, act.who, undone)
    return Act("payment", act.id, act.day, act.amount, act.document, act.who, undone)


def listed(session: Session, year: int | None = None) -> Sequence[Order]:
    """All orders, or those of *year*, in the order of their numbers."""
    query = select(Order).order_by(Order.year, Order.number)
    return session.scalars(query if year is None else query.where(Order.year == year)).all()


def view(session: Session, order: Order, today: date) -> OrderView:
    """How an order stands on *today*."""
    scanned = _scanned(session, order)
    delivered = sum(act.pages for act in order.deliveries if act.undone_at is None)
    paid = sum(act.amount for act in order.payments if act.undone_at is None)
    basis = delivered or order.pages or scanned
    due = order.price * basis
    state = _state(order, scanned, delivered, due - paid)
    return OrderView(
        number=name_of(order), customer=order.customer, kind=order.kind, service=order.service, wish=order.wish,
        state=state, pages=order.pages, scanned=scanned, delivered=delivered, tariff=order.tariff, price=order.price,
        sum=due, paid=paid, owed=max(0, due - paid) if state != "cancelled" else 0, ordered_on=order.ordered_on,
        due_on=order.due_on,
        late=bool(order.due_on and order.due_on < today and state in {"open", "ready"}),
        items=tuple(item.key for item in order.items), note=order.note, who=order.who,
    )  # fmt: skip


def _scanned(session: Session, order: Order) -> int:
    ids = [item.id for item in order.items]
    done = select(func.count()).where(Page.item_id.in_(ids), Page.state == PageState.DONE)
    return session.scalar(done) or 0 if ids else 0


def _state(order: Order, scanned: int, delivered: int, owed: int) -> str:
    if order.cancelled_at is not None:
        return "cancelled"
    if delivered >= (order.pages or 1):
        return "delivered" if owed > 0 else "closed"
    return "ready" if scanned and scanned >= (order.pages or 1) else "open"
