"""Commands that keep what was entrusted: verify, backup, restore, rebuild."""

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode, UsageError
from digitize.home import find_root
from digitize.lazily import later

if TYPE_CHECKING:
    from digitize import backup as copying
    from digitize import lock, stopping
    from digitize import rebuild as rebuilding
    from digitize import restore as restoring
    from digitize import verify as verifying
    from digitize.fulltext import index
else:
    copying, rebuilding, restoring = later("digitize.backup"), later("digitize.rebuild"), later("digitize.restore")
    verifying, index = later("digitize.verify"), later("digitize.fulltext.index")
    lock, stopping = later("digitize.lock"), later("digitize.stopping")


def _share(_context: click.Context, _option: click.Parameter, given: str | None) -> Fraction | None:
    if given is None:
        return None
    try:
        share = Fraction(given)
    except (ValueError, ZeroDivisionError):
        share = Fraction(0)
    if not 0 < share <= 1:
        raise UsageError(
            "--share {given!r} is no share.", hint="Write it as a fraction, for example --share 1/12.", given=given
        )
    return share


@click.command()
@click.option(
    "--data", is_flag=True, help="Read masters and PDFs, too, and compare their hashes; goes on where it was."
)
@click.option(
    "--share", callback=_share, metavar="1/12", help="With --data: only this share, the longest unread first."
)
@click.option(
    "--rate", type=click.FloatRange(min=0), default=0.0, metavar="MB", help="Read at most so many MB a second."
)
@json_option
@pass_context
def verify(context: Context, data: bool, share: Fraction | None, rate: float, as_json: bool) -> int:
    """Is everything in the archive as the ledger says? Exit code 3 while there is damage."""
    depth = verifying.Depth(data or share is not None, share, rate)
    with stopping.stop_asked(context.clock, None) as stop:
        done = verifying.verify(context.home, context.ledger, context.clock, depth, stop)
    if as_json:
        emit_json(asdict(done))
    else:
        _tell(context, done)
    return int(ExitCode.SOME_PAGES_FAILED if done.open else ExitCode.OK)


def _tell(context: Context, done: "verifying.Verified") -> None:
    for finding in done.open:
        place = " · ".join(filter(None, (finding.item, finding.path)))
        click.echo(f"{place}\n    {context.say(f'keeping.{finding.kind}')}")
    sizes = {"hashed": done.hashed, "megabytes": round(done.hashed_bytes / 1e6, 1)}
    context.tell(context.say("keeping.verified", masters=done.masters, pdfs=done.pdfs, pages=done.pages, **sizes))
    if done.repaired:
        context.tell(context.say("keeping.repaired", count=done.repaired))
    if not done.finished:
        context.tell(context.say("keeping.to_be_continued"))
    if done.open:
        click.echo(context.say("keeping.damages", count=len(done.open)), err=True)
    elif done.finished:
        context.tell(context.say("keeping.all_sound"))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
@pass_context
def backup(context: Context, folder: Path, as_json: bool) -> int:
    """Bring the backup in FOLDER up to date; safe while a run is working. Exit code 3: damaged files were left out."""
    done = copying.backup(context.home, folder.absolute(), context.clock)
    for path in done.damaged:
        click.echo(context.say("keeping.not_backed_up", path=path), err=True)
    if as_json:
        emit_json(asdict(done))
    else:
        counts = {"files": done.files, "copied": done.copied, "megabytes": round(done.copied_bytes / 1e6, 1)}
        context.tell(context.say("keeping.backed_up", folder=folder, **counts))
    return int(ExitCode.SOME_PAGES_FAILED if done.damaged else ExitCode.OK)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@json_option
@pass_context
def restore(context: Context, folder: Path, as_json: bool) -> None:
    """Make the home anew from the backup in FOLDER; the home must be empty (name it with --home)."""
    root = find_root(context.given_home)
    counts = restoring.restore(folder.absolute(), root, context.clock)
    if as_json:
        emit_json(asdict(counts))
        return
    command = f"digitize --home {root} verify --data"
    context.tell(context.say("keeping.restored", folder=root, command=command, **asdict(counts)))


@click.command()
@click.option("--force", is_flag=True, help="Also when the present ledger is sound; it is put aside, not deleted.")
@click.option("--index", "only_index", is_flag=True, help="Only the search index, from the texts in the ledger.")
@json_option
@pass_context
def rebuild(context: Context, force: bool, only_index: bool, as_json: bool) -> int:
    """Write a lost or corrupt ledger anew from the archive. Catalogue and links have to be brought in again."""
    if only_index:
        with lock.only_run(context.home, context.clock), context.transaction() as session:
            pages = index.rebuild(session)
        if as_json:
            emit_json({"pages": pages})
        else:
            context.tell(context.say("search.reindexed", pages=pages))
        return int(ExitCode.OK)
    with lock.only_run(context.home, context.clock):
        done = rebuilding.rebuild(context.home, context.clock, force=force)
    if as_json:
        emit_json(asdict(done))
    else:
        _tell_rebuilt(context, done)
    return int(ExitCode.OK if done.whole else ExitCode.SOME_PAGES_FAILED)


def _tell_rebuilt(context: Context, done: "rebuilding.Rebuilt") -> None:
    counts = {"items": done.items, "pages": done.pages, "done": done.done, "masters": done.masters, "again": done.again}
    counts |= {"plan": done.plan, "orders": done.orders, "closed": done.closed}
    context.tell(context.say("keeping.rebuilt", **counts))
    if done.aside:
        context.tell(context.say("keeping.put_aside", path=done.aside))
    wanted = ("digitize catalog import …", "digitize link")
    commands = ", ".join(wanted if done.plan else ("digitize plan import …", *wanted))
    context.tell(context.say("keeping.bring_again", commands=commands))
    for path in done.unreadable:
        click.echo(context.say("keeping.no_sidecar", path=path), err=True)
    for path in done.unknown:
        click.echo(context.say("keeping.unknown_master", path=path), err=True)
