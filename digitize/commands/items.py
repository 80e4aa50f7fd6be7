"""Commands about items, pages and refused files."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from digitize import render
from digitize.clock import local_day
from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import NotFound, UsageError
from digitize.lazily import later
from digitize.names import shown
from digitize.render.words import size

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from digitize import desk, items, qr
    from digitize.contact import contents, write
    from digitize.contact.contents import Scan
    from digitize.ledger import queue
    from digitize.ledger.models import Item
else:
    items, qr, queue = later("digitize.items"), later("digitize.qr"), later("digitize.ledger.queue")
    contents, write, desk = later("digitize.contact.contents"), later("digitize.contact.write"), later("digitize.desk")


@click.group()
def item() -> None:
    """Items: one book, issue or map each."""


@item.command("list")
@json_option
@pass_context
def item_list(context: Context, as_json: bool) -> None:
    """All items with their state."""
    with context.reading() as session:
        views = items.all_views(session, context.home)
    if as_json:
        emit_json([asdict(view) for view in views])
        return
    click.echo(render.items_text(views, context.say))


@item.command("show")
@click.argument("key")
@click.option(
    "--html", "sheet", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write a contact sheet: every scan beside its page, with words, steps and text, in one HTML file.",
)  # fmt: skip
@json_option
@pass_context
def item_show(context: Context, key: str, sheet: Path | None, as_json: bool) -> None:
    """One item: pages, PDF, record, links."""
    with context.reading() as session:
        found = items.find(session, key)
        view = items.view(session, context.home, found)
        scans = _scans(context, session, found) if sheet else ()
    if sheet:
        _contact_sheet(context, view, scans, sheet)
    if as_json:
        emit_json(asdict(view))
    if sheet or as_json:
        return
    click.echo(render.item_text(view, context.say))


def _scans(context: Context, session: "Session", found: "Item") -> "Sequence[Scan]":
    return contents.scans_of(session, context.home, found)


def _contact_sheet(context: Context, view: "items.ItemView", scans: "Sequence[Scan]", target: Path) -> None:
    home = context.home
    job = write.SheetJob(
        item=view, scans=scans, target=target, low=home.settings.low_confidence, language=context.language,
        max_pixels=home.settings.max_megapixels * 1_000_000,
        at=context.clock.now().astimezone(ZoneInfo(home.settings.timezone)),
    )  # fmt: skip
    with desk.children(home) as engine:
        written = write.write_sheet(job, engine, context.say)
    pages = sum(len(scan.sides) for scan in scans)
    context.tell(context.say("contact.written", file=shown(str(target)), pages=pages, size=size(written)))


@item.command("set")
@click.argument("key")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@pass_context
def item_set(context: Context, key: str, changes: tuple[str, ...]) -> None:
    """Set fields of an item: title=…, record=…, type=…, access=open|restricted, pages=…, restore.split=on|off|auto.

    pdf=bitonal makes its PDF black and white, pdf=lossless keeps the scans' own pixels in it, pdf=auto follows the
    settings. Pages that were made with something else are worked on again at the next run; they stay as they are
    until then, and are counted once.
    """
    with context.transaction() as session:
        found = items.find(session, key)
        again = 0
        for text in changes:
            field, equals, value = text.partition("=")
            if not equals:
                raise UsageError(
                    "{text!r} is not FIELD=VALUE.", hint="Example: digitize item set KEY restore.split=off", text=text
                )
            items.change(session, found, field, value, context.clock.now())
        if any(text.startswith(("type=", "pdf=", "restore.")) for text in changes):
            again = _pages_again(context, session, found)
    context.tell(context.say("items.changed_again" if again else "items.changed", item=key, count=again))


def _pages_again(context: Context, session: "Session", found: "Item") -> int:
    from digitize.decisions import pages_again  # noqa: PLC0415  (loads pictures)

    return pages_again(session, found, context.home.settings)


@item.command("qr")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False),
    help="One code: .svg or .png; a sheet to print: .html.",
)  # fmt: skip
@pass_context
def item_qr(context: Context, keys: tuple[str, ...], output: Path) -> None:
    """QR codes that lead to the PDF; without KEY those of every published item."""
    with context.transaction() as session:
        labels = qr.labels(session, keys, context.home.settings, context.clock)
        qr.write(labels, output)
    context.tell(context.say("items.qr_written", count=len(labels), file=shown(str(output))))


@item.command("placed")
@click.argument("keys", nargs=-1, required=True, metavar="KEY...")
@click.option("--where", default="", help="The place: hotel, bus stop, school.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Since when; else today.")
@click.option("--undo", is_flag=True, help="What was entered last about these was a mistake.")
@pass_context
def item_placed(context: Context, keys: tuple[str, ...], where: str, day: datetime | None, undo: bool) -> None:
    """QR codes of these items hang in public: counts for the plan's row about them, once an item."""
    who = context.author
    chosen = day.date() if day else local_day(who.at, context.home.settings.timezone)
    with context.transaction() as session:
        if undo:
            count = -qr.take_down(session, keys, who.who, who.at)
        else:
            count = qr.place(session, keys, where, chosen, who.who, who.at)
    context.tell(context.say("items.qr_placed", count=count))


@click.group()
def page() -> None:
    """Pages of an item."""


@page.command("list")
@click.argument("key")
@json_option
@pass_context
def page_list(context: Context, key: str, as_json: bool) -> None:
    """Pages of an item with state, outcome and reason."""
    with context.reading() as session:
        views = items.pages(session, context.home, items.find(session, key))
    if as_json:
        emit_json([asdict(view) for view in views])
        return
    click.echo(render.pages_text(views, context.say))


@page.command("retry")
@click.argument("key")
@click.argument("number", type=click.IntRange(1), required=False)
@click.option("--failed", is_flag=True, help="Only the pages that failed.")
@pass_context
def page_retry(context: Context, key: str, number: int | None, failed: bool) -> None:
    """Put all pages of an item, or page NUMBER, back in the queue, done ones too.

    What was made of a page stays in the PDF and in the search until it is made anew; it is counted once.
    """
    with context.transaction() as session:
        count = queue.retry(session, items.find(session, key), number, context.clock.now(), failed=failed)
    if number is not None and not count:
        raise NotFound(
            "Item {key!r} has no page {number} that can be worked on.",
            hint="See: digitize page list {key}",
            key=key,
            number=number,
        )
    context.tell(context.say("items.retried", count=count))


@page.command("drop")
@click.argument("key")
@click.argument("number", type=click.IntRange(1))
@pass_context
def page_drop(context: Context, key: str, number: int) -> None:
    """The refused page NUMBER was no page of the book: the gap it left goes.

    Only a gap can be dropped, never a scan. Should a good file of the same name come, it takes the place up again.
    """
    who = context.author
    with context.transaction() as session:
        found = items.find(session, key)
        name = queue.drop_gap(session, found, number, who.who, who.at)
    if not name:
        raise NotFound(
            "Item {key!r} has no refused page {number}.", hint="See: digitize page list {key}", key=key, number=number
        )
    context.tell(context.say("items.gap_dropped", item=key, number=number, name=shown(name)))


@click.group()
def rejected() -> None:
    """Refused files."""


@rejected.command("list")
@click.option("--all", "everything", is_flag=True, help="Also duplicates and files that were replaced since.")
@json_option
@pass_context
def rejected_list(context: Context, everything: bool, as_json: bool) -> None:
    """Refused files with the reason the operator read."""
    with context.reading() as session:
        views = items.refusals(session, everything=everything)
    if as_json:
        emit_json([asdict(view) for view in views])
        return
    click.echo(render.refusals_text(views, context.say))
