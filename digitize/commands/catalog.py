"""Commands about bibliographic records: import, export, show."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from catalog_link.profile import FALLBACKS
from catalog_link.values import Syntax
from digitize import names
from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import UsageError
from digitize.lazily import later
from digitize.resources import profile_names

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from catalog_link.guess import Evidence
    from digitize import catalog as catalogue
    from digitize import link, titles
else:
    catalogue, link, titles = later("digitize.catalog"), later("digitize.link"), later("digitize.titles")

_SHOWN = 50
"""Broken records named one by one on a terminal."""


@click.group()
def catalog() -> None:
    """Bibliographic records: import, export, show."""


@catalog.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--profile", type=click.Choice(profile_names()), help="Dialect; else the setting.")
@click.option("--encoding", type=click.Choice(FALLBACKS), help="Of records that are no UTF-8; else it is found.")
@json_option
@pass_context
def catalog_import(
    context: Context,
    file: Path,
    profile: str | None,
    encoding: str | None,
    as_json: bool,
) -> None:
    """Take the records of an ISO 2709 or MARCXML file in, or a title list: CSV, XLSX."""
    settings = context.home.settings
    now = context.clock.now()
    with context.transaction() as session:
        if file.suffix.lower() in titles.SUFFIXES:
            summary = titles.import_list(session, file, now, encoding or "")
        else:
            dialect = catalogue.profile_named(profile or settings.catalog_profile)
            summary = catalogue.import_file(session, file, dialect, now, encoding or "")
        followed = link.follow(session, settings, now) if summary.arrived.replaced else []
    broken = [{"number": one.number, "reason": _reason(context, one)} for one in summary.broken]
    counts = {"file": str(file), "read": summary.read, **asdict(summary.arrived)}
    if as_json:
        told = asdict(summary.evidence) if summary.evidence else None
        emit_json({**counts, "broken": broken, "encoding": told, "followed": [asdict(one) for one in followed]})
        return
    context.tell(context.say("catalog.imported", **{**counts, "file": _name(Path(file.name)), "broken": len(broken)}))
    if summary.evidence:
        context.tell(_told(context, summary.evidence))
    for moved in followed:
        context.tell(context.say("catalog.followed" if moved.record else "catalog.left_deleted", **asdict(moved)))
    for one in broken[:_SHOWN]:
        click.echo(context.say("catalog.broken_record", **one), err=True)
    if len(broken) > _SHOWN:
        click.echo(context.say("catalog.more_broken", count=len(broken) - _SHOWN), err=True)


def _told(context: Context, evidence: "Evidence") -> str:
    """Which encoding, and why."""
    told = {name: value for name, value in asdict(evidence).items() if name != "kind"}
    told |= {"share": f"{100 * evidence.share:.1f}", "other_share": f"{100 * evidence.other_share:.1f}"}
    lines = [context.say(f"catalog.encoding_{evidence.kind}", **told)]
    lines += [context.say("catalog.encoding_other", **told)] if evidence.other else []
    return "\n".join([*lines, context.say("catalog.encoding_sample", **told)])


def _name(path: Path) -> str:
    """A path that can be printed, whatever bytes it is made of."""
    return names.text(os.fsencode(path))


def _reason(context: Context, broken: "catalogue.Broken") -> str:
    return context.say(f"catalog.flaw_{broken.flaw.kind}", detail=broken.flaw.detail)


@catalog.command("export")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file.")
@click.option("--all", "everything", is_flag=True, help="Every record, not only the changed ones.")
@click.option(
    "--format",
    "syntax",
    type=click.Choice([*(one.value for one in Syntax), "irbis"]),
    default="iso2709",
    show_default=True,
    help="How the records are written down.",
)
@click.option(
    "--changed-since", metavar="DATE|last", help="Only records whose links changed on that day or later, or last time."
)
@json_option
@pass_context
def catalog_export(
    context: Context,
    output: Path,
    everything: bool,
    syntax: str,
    changed_since: str | None,
    as_json: bool,
) -> None:
    """Write records with their links, in the order in which they were imported.

    A name that ends in .csv or .xlsx writes the imported title list with a column of addresses.
    """
    if everything and changed_since:
        raise UsageError("--all and --changed-since exclude each other.", hint="Give one of them.")
    if output.suffix.lower() in titles.SUFFIXES:
        with context.reading() as session:
            head = context.say("catalog.head_link")
            _tell_exported(context, output, titles.export_list(session, output, head), as_json=as_json)
        return
    with context.transaction() as session:
        since = _moment(context, session, changed_since) if changed_since else None
        summary = catalogue.export_file(
            session, output, _outgoing(syntax), everything=everything, since=since, now=context.clock.now()
        )
    _tell_exported(context, output, summary, as_json=as_json)


def _tell_exported(context: Context, output: Path, summary: "catalogue.ExportSummary", *, as_json: bool) -> None:
    if as_json:
        emit_json({"file": str(output), "written": summary.written, "left_out": summary.left_out})
        return
    context.tell(context.say("catalog.exported", file=_name(output), written=summary.written))
    if summary.left_out:
        numbers = ", ".join(summary.left_out[:_SHOWN])
        click.echo(context.say("catalog.left_out", count=len(summary.left_out), numbers=numbers), err=True)


def _outgoing(name: str) -> "catalogue.Outgoing":
    return "irbis" if name == "irbis" else Syntax(name)


def _moment(context: Context, session: "Session", text: str) -> datetime | None:
    """Midnight of the library's day in UTC, or the moment of the last export of changes."""
    if text == "last":
        return catalogue.last_sent(session)
    try:
        day = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007  (the zone comes with the next line)
    except ValueError as error:
        raise UsageError("--changed-since {text!r} is no day.", hint="Write 2026-11-01, or last.", text=text) from error
    return day.replace(tzinfo=ZoneInfo(context.home.settings.timezone)).astimezone(UTC)


@catalog.command("sent")
@json_option
@pass_context
def catalog_sent(context: Context, as_json: bool) -> None:
    """What was exported when."""
    with context.reading() as session:
        sent = catalogue.sent(session)
    if as_json:
        emit_json([{**asdict(one), "at": one.at.isoformat()} for one in sent])
        return
    zone = ZoneInfo(context.home.settings.timezone)
    for one in sent:
        numbers = ", ".join(one.records[:5]) + (" …" if len(one.records) > 5 else "")
        click.echo(f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}  {one.written:>7}  {one.file}  {numbers}".rstrip())


@catalog.command("show")
@click.argument("key")
@json_option
@pass_context
def catalog_show(context: Context, key: str, as_json: bool) -> None:
    """One record, by its number or by the key of an item that hangs on it."""
    with context.reading() as session:
        view = catalogue.show(session, key)
    if as_json:
        emit_json(asdict(view))
        return
    for name, value in asdict(view).items():
        if value and name != "fields":
            label = context.say(f"catalog.label_{name}")
            click.echo(f"{label}: {', '.join(value) if name == 'items' else value}")
    for field in view.fields:
        click.echo(field)
