"""``digitize order``: what readers and organizations ask for, from the first call to the receipt."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitize import render
from digitize.clock import local_day
from digitize.commands.plan import pair
from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import UsageError
from digitize.lazily import later
from digitize.ledger.states import CUSTOMERS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from digitize import items, orders
    from digitize.ledger import service
    from digitize.ledger.service import Order
    from digitize.orders import OrderView
else:
    items, orders, service = later("digitize.items"), later("digitize.orders"), later("digitize.ledger.service")

_day = click.DateTime(["%Y-%m-%d"])
day_option = click.option("--date", "day", type=_day, help="The day it happened; else today.")
Act = Callable[["Session", "Order"], object]


@click.group()
def order() -> None:
    """Orders (buyurtma, pullik xizmat): enter, list, deliver, pay."""


@order.command()
@click.argument("customer")
@click.option("--kind", default="mahalliy", help=f"Whose order: {', '.join(CUSTOMERS)}.")
@click.option("--wish", default="", help="What is wanted: title, pages.")
@click.option("--pages", type=int, help="Agreed number of pages.")
@click.option("--paid", is_flag=True, help="A paid service; --price and --tariff mean it too.")
@click.option("--tariff", default="", help="A line of the price list.")
@click.option("--price", type=int, help="So‘m a page; overrules the price list.")
@click.option("--due", type=_day, help="Promised for this day.")
@click.option("--note", default="", help="Anything else worth keeping.")
@day_option
@json_option
@pass_context
def new(context: Context, /, day: datetime | None, due: datetime | None, as_json: bool, **words: Any) -> None:
    """Enter an order; its number is the next of the year."""
    wanted = orders.Wanted(due_on=due.date() if due else None, **words)
    with context.transaction() as session:
        made = orders.create(session, wanted, _tariffs(context), _chosen(context, day), context.author)
        found = orders.view(session, made, today(context))
    _told(context, found, as_json=as_json)


@order.command("list")
@click.option("--year", type=click.IntRange(1990, 2200), help="Only orders of this year.")
@click.option("--open", "unfinished", is_flag=True, help="Only what is not delivered or not paid.")
@json_option
@pass_context
def list_orders(context: Context, year: int | None, unfinished: bool, as_json: bool) -> None:
    """All orders and how they stand."""
    with context.reading() as session:
        views = [orders.view(session, one, today(context)) for one in orders.listed(session, year)]
    if unfinished:
        views = [view for view in views if view.state not in {"closed", "cancelled"}]
    if as_json:
        emit_json([asdict(view) for view in views])
    else:
        context.tell(render.orders_text(views, context.say).rstrip("\n"))


@order.command()
@click.argument("number")
@json_option
@pass_context
def show(context: Context, number: str, as_json: bool) -> None:
    """One order with its items, deliveries and payments."""
    with context.reading() as session:
        found = orders.find(session, number, today(context).year)
        view, acts = orders.view(session, found, today(context)), orders.acts(found)
    if as_json:
        emit_json({**asdict(view), "acts": [asdict(act) for act in acts]})
    else:
        context.tell(render.order_text(view, acts, context.say).rstrip("\n"))


@order.command("set")
@click.argument("number")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@json_option
@pass_context
def set_order(context: Context, number: str, changes: Sequence[str], as_json: bool) -> None:
    """Correct an order: customer=, kind=, wish=, pages=, price=, due=, note=, service=."""
    fields = dict(map(pair, changes))
    _do(context, number, lambda session, found: orders.change(session, found, fields, context.author), as_json=as_json)


@order.command()
@click.argument("number")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option("--remove", is_flag=True, help="They were not scanned for it after all.")
@json_option
@pass_context
def item(context: Context, number: str, keys: Sequence[str], remove: bool, as_json: bool) -> None:
    """Say which items are scanned for an order; their pages count to its source."""
    act = orders.remove_items if remove else orders.add_items

    def change(session: "Session", found: "Order") -> None:
        act(session, found, [items.find(session, key) for key in keys], context.author)

    _do(context, number, change, as_json=as_json)


@order.command()
@click.argument("number")
@click.option("--pages", type=int, help="How many pages; else those agreed, or scanned, less what was delivered.")
@click.option("--copies", type=int, default=1, show_default=True, help="Copies (nusxa).")
@click.option("--in-person", is_flag=True, help="Fetched, not sent: no remote service (masofadan xizmat).")
@click.option("--note", default="", help="How: mail, Telegram, disk.")
@day_option
@json_option
@pass_context
def deliver(context: Context, /, number: str, day: datetime | None, as_json: bool, **words: Any) -> None:
    """Pages were handed over; counts for the plan's remote service."""
    chosen = _chosen(context, day)

    def change(session: "Session", found: "Order") -> None:
        pages = words["pages"]
        if pages is None:
            view = orders.view(session, found, today(context))
            pages = max(0, (view.pages or view.scanned) - view.delivered)
        given = service.Delivery(
            day=chosen, pages=pages, copies=words["copies"], remote=not words["in_person"], note=words["note"]
        )
        orders.deliver(session, found, given, context.author)

    _do(context, number, change, as_json=as_json)


@order.command()
@click.argument("number")
@click.argument("amount", metavar="SO‘M")
@click.option("--document", default="", help="Number of the receipt.")
@day_option
@json_option
@pass_context
def pay(
    context: Context,
    number: str,
    amount: str,
    document: str,
    day: datetime | None,
    as_json: bool,
) -> None:
    """Money came for an order; -SO‘M after -- where it went back."""
    given = service.Payment(day=_chosen(context, day), amount=_so_m(amount), document=document)
    _do(context, number, lambda session, found: orders.pay(session, found, given, context.author), as_json=as_json)


@order.command()
@click.argument("number")
@json_option
@pass_context
def undo(context: Context, number: str, as_json: bool) -> None:
    """Take back the delivery or payment that was entered last; it stays in the list, marked."""
    _do(context, number, lambda session, found: orders.undo(session, found, context.author), as_json=as_json)


@order.command()
@click.argument("number")
@json_option
@pass_context
def cancel(context: Context, number: str, as_json: bool) -> None:
    """The order will not be done; what was delivered and paid stays counted."""
    _do(context, number, lambda session, found: orders.cancel(session, found, context.author), as_json=as_json)


@order.command()
@json_option
@pass_context
def prices(context: Context, as_json: bool) -> None:
    """The price list (preyskurant) of paid services."""
    found = _tariffs(context)
    if as_json:
        emit_json(dict(found))
        return
    for name, price in found.items():
        context.tell(f"{price:>12}  {name}")
    if not found:
        context.tell(context.say("orders.no_prices"))


def _do(context: Context, number: str, act: Act, *, as_json: bool) -> None:
    """Change one order and tell how it stands then."""
    with context.transaction() as session:
        found = orders.find(session, number, today(context).year)
        act(session, found)
        session.flush()
        session.expire_all()
        view = orders.view(session, found, today(context))
    _told(context, view, as_json=as_json)


def _told(context: Context, view: "OrderView", *, as_json: bool) -> None:
    if as_json:
        emit_json(asdict(view))
    else:
        context.tell(render.orders_text([view], context.say).rstrip("\n"))


def _tariffs(context: Context) -> Any:
    name = context.home.settings.price_list
    return orders.read_tariffs(context.home.root / Path(name)) if name else {}


def today(context: Context) -> date:
    """The library's local day."""
    return local_day(context.clock.now(), context.home.settings.timezone)


def _chosen(context: Context, day: datetime | None) -> date:
    chosen = day.date() if day else today(context)
    if chosen > today(context):
        raise UsageError("{chosen} is in the future.", hint="Enter what has happened.", chosen=chosen)
    return chosen


def _so_m(text: str) -> int:
    digits = "".join(text.split())
    if not digits.removeprefix("-").isdecimal():
        raise UsageError("{text!r} is no sum in so‘m.", hint="Write digits: 25000", text=text)
    return int(digits)
