"""``digitize report week|month|quarter|year``."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from digitize.clock import local_day
from digitize.commands.plan import local_settings
from digitize.context import Context, emit_json, pass_context
from digitize.errors import NotPermitted
from digitize.ledger.session import reading
from digitize.render import period_text
from digitize.report import Kind, PeriodReport, period


@click.command()
@click.argument("kind", type=click.Choice([kind.value for kind in Kind]))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="A day of the period; else today.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--explain", is_flag=True, help="List the pages behind the number.")
@pass_context
def report(context: Context, kind: str, day: datetime | None, form: str, output: Path | None, explain: bool) -> None:  # noqa: FBT001
    """Weekly, monthly, quarterly or yearly report; weeks begin on Monday."""
    settings = local_settings(context)
    chosen = day.date() if day else local_day(context.clock.now(), settings.timezone)
    with reading(context.ledger) as session:
        found = period(session, settings, Kind(kind), chosen, explain=explain)
    if output:
        _write(output, _text(found, form, context))
        context.tell(context.say("status.report_written", path=output))
    elif form == "json":
        emit_json(asdict(found))
    else:
        context.tell(period_text(found, context.say).rstrip("\n"))


def _text(found: PeriodReport, form: str, context: Context) -> str:
    if form == "json":
        return json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str) + "\n"
    return period_text(found, context.say)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotPermitted(
            f"The report cannot be written to {path}: {error.strerror}.", hint="Choose another file."
        ) from error
