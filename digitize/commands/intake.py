"""Commands that move pages: ingest, watch, run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.lazily import later
from digitize.machine import step_back

if TYPE_CHECKING:
    from digitize import alarm, letter, lock, pipeline, progress, stopping
    from digitize import desk as desks
    from digitize import ingest as taking
    from digitize import watch as watching
    from digitize.ledger import queue
else:
    alarm, desks, letter = later("digitize.alarm"), later("digitize.desk"), later("digitize.letter")
    lock, queue = later("digitize.lock"), later("digitize.ledger.queue")
    pipeline, progress = later("digitize.pipeline"), later("digitize.progress")
    stopping, taking, watching = later("digitize.stopping"), later("digitize.ingest"), later("digitize.watch")


@contextmanager
def _desk(
    context: Context, hold: "lock.Hold", *, jobs: int = 0, until: str | None = None, quiet: bool = False
) -> Iterator["desks.Desk"]:
    """The run's place of work, with its locks held and the way to stop it armed."""
    home, clock = context.home, context.clock
    end = stopping.deadline(until, clock.now(), home.settings.timezone) if until else None
    step_back(home.settings.nice, idle_disk=home.settings.ionice_idle)
    with (
        stopping.stop_asked(clock, end, home.settings.stop_seconds) as stop,
        hold(home, clock) as shift,
        desks.children(home, jobs) as engine,
        progress.shown(context.say, quiet=quiet or context.verbosity < 0) as shown,
        alarm.listening(
            alarm.HangAlarm(shown, context.ledger, clock, home.settings.hang_minutes, _hangs(context))
        ) as bell,
    ):
        if not shift.intake():
            _warn(context.say("run.intake_elsewhere", holder=lock.holder(home.intake_lock_file)))
        yield desks.Desk(
            home, context.ledger, engine, clock, context.say, bell, stop, stop.hurry,
            language=context.language, shift=shift,
        )  # fmt: skip


def _hangs(context: Context) -> Callable[[int], None]:
    """One clear line for whoever reads the log."""
    return lambda minutes: click.echo(context.say("run.hang", minutes=minutes), err=True)


@click.command()
@json_option
@pass_context
def ingest(context: Context, as_json: bool) -> int:
    """One intake pass over settled files."""
    taken = taking.Taken()
    with _desk(context, lock.taking_in, quiet=True) as desk:
        pipeline.recover(desk)
        pipeline.take_in(desk, taken)
    _tell_taken(context, taken)
    if as_json:
        emit_json(asdict(taken))
    else:
        context.tell(context.say("run.ingested", **_counts(taken)))
    return ExitCode.SOME_PAGES_FAILED if taken.refused or taken.kept else ExitCode.OK


@click.command()
@click.option("--ingest-only", is_flag=True, help="Take scans in, leave the work to the nightly run.")
@pass_context
def watch(context: Context, ingest_only: bool) -> None:
    """Service: take scans in and work on them as they arrive; ends on SIGTERM."""
    if not ingest_only:
        pipeline.check_tools(context.home.settings)
    context.tell(context.say("run.watching", folder=context.home.inbox))
    with _desk(context, lock.taking_in if ingest_only else lock.working) as desk:
        watching.serve(desk, _warn, ingest_only=ingest_only, daily=lambda: letter.daily(_writer(context), _warn))


@click.command()
@click.option("--until", metavar="HH:MM", help="Stop claiming pages at this local time.")
@click.option("--jobs", type=click.IntRange(1), default=None, help="Pages at a time; default: one per core.")
@click.option("--mail/--no-mail", default=True, help="Send the letter about this run, where mail_to is set.")
@json_option
@pass_context
def run(context: Context, until: str | None, jobs: int | None, mail: bool, as_json: bool) -> int:
    """Intake, pages, PDFs, links, index, until nothing is left; a letter about it at the end.

    Also works again on pages that were made with other settings than their item has now.
    """
    summary = pipeline.RunSummary()
    with letter.after_run(_writer(context), _warn, mailed=mail) as span:
        pipeline.check_tools(context.home.settings)
        span.stopped = True  # unless the work comes to its own end
        with _desk(context, lock.working, jobs=jobs or 0, until=until, quiet=as_json) as desk:
            pipeline.run(desk, summary)
            span.stopped = desk.stop()
    return _close(context, summary, as_json=as_json, stopped=span.stopped)


def _writer(context: Context) -> "letter.Writer":
    return letter.Writer(context.home, context.ledger, context.clock)


def _warn(text: str) -> None:
    click.echo(text, err=True)


def _close(context: Context, summary: "pipeline.RunSummary", *, as_json: bool, stopped: bool) -> int:
    _tell_taken(context, summary.taken)
    with context.reading() as session:
        troubles = queue.troubled(session)
    if as_json:
        emit_json(asdict(summary) | {"stopped": stopped, "need_person": troubles})
    else:
        linked = summary.links.linked + summary.links.unchanged if summary.links else 0
        counts = {"files": summary.taken.files, "pages": summary.pages, "books": len(summary.published)}
        context.tell(context.say("run.summary", linked=linked, **counts))
        if stopped:
            context.tell(context.say("run.stopped"))
    for sentence in summary.unfit:
        _warn(sentence)
    refused = len(summary.taken.refused) + len(summary.taken.kept)
    if troubles or refused:
        click.echo(context.say("run.needs_person", count=troubles or refused), err=True)
    if summary.unfit:
        return ExitCode.CONFIG
    return ExitCode.SOME_PAGES_FAILED if troubles or refused else ExitCode.OK


def _counts(taken: "taking.Taken") -> dict[str, int]:
    return {
        "files": taken.files, "pages": taken.pages, "duplicates": taken.duplicates, "refused": len(taken.refused),
    }  # fmt: skip


def _tell_taken(context: Context, taken: "taking.Taken") -> None:
    for name in taken.refused:
        click.echo(context.say("run.refused", name=name), err=True)
    for line in taking.obstacles(context.say, taken):
        click.echo(line, err=True)
