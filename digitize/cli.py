"""The command line: a table of commands, loaded when they are called, and the one place where errors become exits."""

import gc
import importlib
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitize import __version__
from digitize.errors import DigitizeError, ExitCode, Interrupted, StorageFailed

if TYPE_CHECKING:
    from digitize.settings import Language

COMMANDS = {
    "init": ("admin:init", "Make a home: settings, share, archive, ledger."),
    "doctor": ("admin:doctor", "Is this machine and this home fit to work? Each line with its remedy."),
    "config": ("admin:config", "Show the settings and where each value comes from."),
    "ingest": ("intake:ingest", "One intake pass over settled files."),
    "watch": ("intake:watch", "Service: take scans in and work on them as they arrive."),
    "run": ("intake:run", "Intake, pages, PDFs, links, index, until nothing is left."),
    "letter": ("letter:letter", "The newest letter about a run; try the mail out."),
    "status": ("status:status", "Plan against fact, pace, queue, what needs a person."),
    "item": ("items:item", "Items: list, show, set."),
    "page": ("items:page", "Pages of an item: list, retry, drop a gap."),
    "rejected": ("items:rejected", "Refused files and why."),
    "order": ("order:order", "Orders (buyurtma, pullik xizmat): enter, list, deliver, pay."),
    "plan": ("plan:plan", "The year plan: import, show, set."),
    "report": ("report:report", "Weekly, monthly, quarterly and yearly reports."),
    "catalog": ("catalog:catalog", "Bibliographic records: import, export, show."),
    "link": ("link:link", "Hang finished PDFs on their records."),
    "search": ("search:search", "Find pages in every alphabet."),
    "verify": ("keeping:verify", "Is everything in the archive as the ledger says?"),
    "backup": ("keeping:backup", "Copy everything that cannot be made again; safe while a run is working."),
    "restore": ("keeping:restore", "A home from a backup, in an empty place."),
    "rebuild": ("keeping:rebuild", "A lost or corrupt ledger anew from the archive."),
    "reindex": ("reindex:reindex", "Build the search index anew, or check it."),
    "export": ("export:export", "Take the full text out of the house."),
}
"""Name -> (module of digitize.commands : attribute, help line)."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Load without looking for garbage: what an import makes stays, and looking takes a sixth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()


class Ended(Exception):
    """A command that ended early: why, and the language to say it in."""

    def __init__(self, error: DigitizeError, language: str) -> None:
        super().__init__(str(error))
        self.error, self.language = error, language


class ReaderLeft(Exception):
    """Whoever reads our output has seen enough; click would end a broken pipe with exit code 1."""


class LazyGroup(click.Group):
    """Imports a command's module when it is called; ``digitize --help`` imports none (0.4 s budget)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        with _uncollected():
            command: click.Command = getattr(importlib.import_module(f"digitize.commands.{module}"), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Whatever a command cannot go on from leaves in the language of its home."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeft from error
        except (DigitizeError, OSError, KeyboardInterrupt) as error:
            raise Ended(_named(error), _language(ctx)) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Help lines from the table, so that nothing is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


_EPILOG = "Exit codes: " + " · ".join(f"{code.value} {code.name.lower().replace('_', ' ')}" for code in ExitCode)


@click.command(cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="The home; else DIGITIZE_HOME.")
@click.option("--lang", type=click.Choice(["uz", "uz-Cyrl", "ru", "en"]), help="Language of the texts.")
@click.option("-v", "--verbose", count=True, help="More words; an error shows its traceback.")
@click.option("-q", "--quiet", is_flag=True, help="Errors only.")
@click.version_option(__version__, prog_name="digitize")
@click.pass_context
def cli(ctx: click.Context, home: Path | None, lang: "Language | None", verbose: int, quiet: bool) -> None:
    """From the scanner's folder to a searchable PDF, its catalogue record and the year plan."""
    with _uncollected():
        from digitize.context import Context  # noqa: PLC0415  (keeps --help fast)

    ctx.obj = Context(home, lang, -1 if quiet else verbose)


def main() -> None:
    """Run the command line; every way to fail ends here as one sentence and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of one call; prints errors to stderr."""
    try:
        result = cli.main(arguments, prog_name="digitize", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return int(ExitCode.USAGE)
    except click.Abort:
        return int(ExitCode.INTERRUPTED)
    except ReaderLeft:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still in the buffer goes nowhere
        return int(ExitCode.OK)
    except Ended as ended:
        return _ended(arguments, ended)
    return int(result or 0)


def _named(error: DigitizeError | OSError | KeyboardInterrupt) -> DigitizeError:
    if isinstance(error, DigitizeError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return Interrupted("Interrupted; nothing is lost, start again when you like.")
    said, remedy = error.strerror or str(error), "Check the disk, then start again."
    if error.filename is None:
        return StorageFailed("The output cannot be written: {why}.", hint=remedy, why=said)
    return StorageFailed("{file}: {why}.", hint=remedy, file=error.filename, why=said)


def _language(ctx: click.Context) -> str:
    """--lang, or the home's; where there is no home to ask, that of most users."""
    with suppress(DigitizeError, OSError, AttributeError):
        return str(ctx.obj.language)
    return "uz"


def _ended(arguments: list[str], ended: Ended) -> int:
    """One sentence on stderr, with -v the traceback before it; where stderr fails too, the exit code has to say it."""
    from digitize.messages import explained  # noqa: PLC0415  (keeps --help fast)

    with suppress(OSError):
        if any(flag in arguments for flag in ("-v", "-vv", "--verbose")):
            traceback.print_exception(ended.__cause__)
        click.echo(f"digitize: {explained(ended.error, ended.language)}", err=True)
    return int(ended.error.exit_code)
