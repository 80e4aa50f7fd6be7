"""``digitize status``: one screen, or JSON; exit code 3 while pages are failed or refused."""

from dataclasses import asdict

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.ledger.looking import looking
from digitize.render.screen import status_screen, status_text
from digitize.report.overview import Status
from digitize.report.overview import status as ask


@click.command()
@click.option("--year", type=click.IntRange(1990, 2200), help="The plan's year; else the present one.")
@json_option
@pass_context
def status(context: Context, year: int | None, as_json: bool) -> int:
    """Plan against fact, pace, queue, what needs a person. Exit code 3 when pages failed or were refused."""
    with looking(context.home) as source:
        found = ask(source, context.local_settings, year, context.clock.now(), context.home.archive)
    if as_json:
        emit_json(asdict(found))
    else:
        _show(context, found)
    return int(ExitCode.SOME_PAGES_FAILED if found.troubled else ExitCode.OK)


def _show(context: Context, found: Status) -> None:
    """Colours only on a terminal; a pipe gets plain lines of 80 columns."""
    from rich.console import Console  # noqa: PLC0415  (only a terminal needs it)

    console = Console(highlight=False)
    if not console.is_terminal:
        context.tell(status_text(found, context.say).rstrip("\n"))
    elif context.verbosity >= 0:
        console.print(status_screen(found, context.say), width=min(console.width, 100))
