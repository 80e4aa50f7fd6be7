"""``digitize export``: the full text leaves the house."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.lazily import later

if TYPE_CHECKING:
    from digitize import messages, transfer
    from digitize.fulltext import export as writing
    from digitize.fulltext import rows as texts
    from digitize.fulltext.export import Format
    from digitize.transfer import Handed
else:
    texts, transfer = later("digitize.fulltext.rows"), later("digitize.transfer")
    messages = later("digitize.messages")
    writing = later("digitize.fulltext.export")

_DAY, _MOMENT = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S.%f%z"
_TICK = timedelta(microseconds=1)
_output = click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write.")
_since = click.option(
    "--since",
    type=click.DateTime([_DAY, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", _MOMENT]),
    metavar="DATE|MOMENT",
    help="Only what was done on this day or later; or after a moment, as the export before has named it.",
)


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every export is told: where to write, from when on, and whether to answer a program."""
    return _output(_since(json_option(pass_context(command))))


@click.group()
def export() -> None:
    """Take the full text out of the house."""


@export.command()
@_options
@click.option("--format", "kind", type=click.Choice(["sqlite", "jsonl", "csv"]), help="Default: by the file's ending.")
def fulltext(context: Context, output: Path, kind: "Format | None", since: datetime | None, as_json: bool) -> None:
    """One row per page: SQLite with a search index, JSON Lines or CSV."""
    with context.reading() as session:
        done = writing.export_fulltext(session, output, kind or _by_ending(output), since=_moment(context, since))
        until = texts.newest(session)
    if as_json:
        emit_json({"path": str(done.path), "rows": done.rows, "until": _iso(until)})
    else:
        context.tell(context.say("search.exported", rows=done.rows, path=done.path))
        _tell_next(context, until)


@export.command()
@_options
def text(context: Context, output: Path, since: datetime | None, as_json: bool) -> None:
    """One text file per item into a folder; pages are parted by a form feed."""
    with context.reading() as session:
        done = writing.export_text(session, output, since=_moment(context, since))
        until = texts.newest(session)
    rows = sum(file.rows for file in done)
    if as_json:
        emit_json({"path": str(output), "rows": rows, "files": [str(file.path) for file in done], "until": _iso(until)})
    else:
        context.tell(context.say("search.exported_items", items=len(done), rows=rows, path=output))
        _tell_next(context, until)


@export.command()
@_options
def alto(context: Context, output: Path, since: datetime | None, as_json: bool) -> int:
    """A folder per item with a file per page in ALTO 4: every word's place."""
    done = transfer.export_alto(context.home, context.ledger, output, since=_after(context, since))
    return _tell(context, output, done, as_json=as_json)


@export.command()
@_options
def hocr(context: Context, output: Path, since: datetime | None, as_json: bool) -> int:
    """A folder per item with a file per page in hOCR: every word's place on the page picture."""
    done = transfer.export_hocr(context.home, context.ledger, output, since=_after(context, since))
    return _tell(context, output, done, as_json=as_json)


@export.command()
@_options
def bagit(context: Context, output: Path, since: datetime | None, as_json: bool) -> int:
    """One bag per item for another archive: scans, PDF, text, ALTO, record, METS with the item's history."""
    done = transfer.export_bags(context.home, context.ledger, output, since=_after(context, since))
    return _tell(context, output, done, as_json=as_json)


def _by_ending(path: Path) -> "Format":
    """``.jsonl`` and ``.csv`` speak for themselves; anything else is a database."""
    endings: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
    return endings.get(path.suffix.lower(), "sqlite")


def _tell(context: Context, output: Path, done: "Handed", *, as_json: bool) -> int:
    """What was written, what was held back, and from where the next export goes on."""
    if as_json:
        emit_json(
            {
                "path": str(output),
                "items": len(done.folders),
                "rows": done.pages,
                "files": done.files,
                "held": [{"item": held.item, "reason": str(held.reason)} for held in done.held],
                "until": _iso(done.until),
            }
        )
    else:
        context.tell(context.say("search.exported_items", items=len(done.folders), rows=done.pages, path=output))
        for held in done.held:
            reason = messages.told(held.reason, context.language)
            click.echo(context.say("search.held", item=held.item, reason=reason), err=True)
        _tell_next(context, done.until)
    return ExitCode.SOME_PAGES_FAILED if done.held else ExitCode.OK


def _tell_next(context: Context, until: datetime | None) -> None:
    if until is not None:
        context.tell(context.say("search.next", moment=until.strftime(_MOMENT)))


def _moment(context: Context, given: datetime | None) -> datetime | None:
    """The first moment that counts, in UTC: midnight of the library's day, or just after the moment named."""
    after = _after(context, given)
    return after + _TICK if after else None


def _after(context: Context, given: datetime | None) -> datetime | None:
    """The last moment that does not count: just before midnight of the library's day, or the moment named."""
    if given is None:
        return None
    zone = ZoneInfo(context.home.settings.timezone)
    moment = (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
    is_day = given.tzinfo is None and given.time() == datetime.min.time()
    return moment - _TICK if is_day else moment


def _iso(moment: datetime | None) -> str | None:
    return moment.strftime(_MOMENT) if moment else None
