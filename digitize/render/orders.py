"""Orders on a terminal."""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitize.messages import Say
from digitize.orders import Act, OrderView
from digitize.render.screen import WIDTH, as_text
from digitize.render.words import NOTHING, number, plain, short_date


def orders_text(orders: Sequence[OrderView], say: Say, width: int = WIDTH) -> str:
    """One line an order; what is late or owed is said in words, not in colour."""
    if not orders:
        return say("orders.none", command="digitize order new") + "\n"
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), expand=True)
    for key in ("number", "customer", "state", "pages", "scanned", "given", "sum", "paid"):
        numbers = key in {"pages", "scanned", "given", "sum", "paid"}
        table.add_column(
            say(f"orders.{key}"), justify="right" if numbers else "left", no_wrap=key != "customer",
            ratio=1 if key == "customer" else None,
        )  # fmt: skip
    for order in orders:
        pages = NOTHING if order.pages is None else number(order.pages)
        amounts = [number(value) for value in (order.scanned, order.delivered, order.sum, order.paid)]
        table.add_row(order.number, Text(plain(order.customer)), _state(order, say), pages, *amounts)
    return as_text(table, width)


def _state(order: OrderView, say: Say) -> str:
    return say("orders.late") if order.late else say(f"orders.{order.state}")


def order_text(order: OrderView, acts: Iterable[Act], say: Say, width: int = WIDTH) -> str:
    """Everything about one order."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    price = say("orders.a_page", price=number(order.price)) if order.price else say("orders.free")
    lines = (
        ("number", order.number),
        ("customer", order.customer),
        ("kind", say(f"orders.kind_{order.kind.replace(' ', '_')}")),
        ("wish", order.wish),
        ("state", _state(order, say)),
        ("ordered", short_date(order.ordered_on)),
        ("due", short_date(order.due_on) if order.due_on else ""),
        ("pages", "" if order.pages is None else number(order.pages)),
        ("scanned", number(order.scanned)),
        ("given", number(order.delivered)),
        ("price", f"{price} {order.tariff}".strip()),
        ("sum", number(order.sum)),
        ("paid", number(order.paid)),
        ("owed", number(order.owed) if order.owed else ""),
        ("items", ", ".join(order.items)),
        ("note", order.note),
        ("who", order.who),
    )
    for key, value in lines:
        if value:
            table.add_row(say(f"orders.{key}"), Text(plain(value)))
    parts: list[RenderableType] = [table]
    entered = [Text(plain(_act(act, say))) for act in acts]
    return as_text(Group(*parts, *([Text(), *entered] if entered else [])), width)


def _act(act: Act, say: Say) -> str:
    what = say(f"orders.act_{act.kind}", amount=number(act.amount))
    taken_back = say("orders.undone") if act.undone else ""
    return " · ".join(filter(None, (short_date(act.day), what, act.note, act.who, taken_back)))
