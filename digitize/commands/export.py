"""``digitize export``: the full text leaves the house."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.fulltext.export import Format, export_fulltext, export_text
from digitize.ledger.session import reading

_output = click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where to write.")
_since = click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE", help="Only what was done on this day or later."
)


@click.group()
def export() -> None:
    """Take the full text out of the house."""


@export.command()
@_output
@click.option("--format", "kind", type=click.Choice(["sqlite", "jsonl", "csv"]), help="Default: by the file's ending.")
@_since
@json_option
@pass_context
def fulltext(context: Context, output: Path, kind: Format | None, since: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """One row per page: SQLite with a search index, JSON Lines or CSV."""
    with reading(context.ledger) as session:
        done = export_fulltext(session, output, kind or _by_ending(output), since=_moment(context, since))
    if as_json:
        emit_json({"path": str(done.path), "rows": done.rows})
    else:
        context.tell(context.say("search.exported", rows=done.rows, path=done.path))


@export.command()
@_output
@_since
@json_option
@pass_context
def text(context: Context, output: Path, since: datetime | None, as_json: bool) -> None:  # noqa: FBT001
    """One text file per item into a folder; pages are parted by a form feed."""
    with reading(context.ledger) as session:
        done = export_text(session, output, since=_moment(context, since))
    rows = sum(file.rows for file in done)
    if as_json:
        emit_json({"path": str(output), "rows": rows, "files": [str(file.path) for file in done]})
    else:
        context.tell(context.say("search.exported_items", items=len(done), rows=rows, path=output))


def _by_ending(path: Path) -> Format:
    """``.jsonl`` and ``.csv`` speak for themselves; anything else is a database."""
    endings: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}
    return endings.get(path.suffix.lower(), "sqlite")


def _moment(context: Context, day: datetime | None) -> datetime | None:
    """Midnight of the library's day, in UTC."""
    return day.replace(tzinfo=ZoneInfo(context.home.settings.timezone)).astimezone(UTC) if day else None
