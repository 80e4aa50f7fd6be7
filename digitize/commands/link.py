"""Commands about links between items and records: make, look before, decide, undo."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode, UsageError
from digitize.lazily import later
from digitize.names import shown

if TYPE_CHECKING:
    from digitize import koha, koharest, linkcheck
    from digitize import link as linking
    from digitize import review as review_list
    from digitize.link import LinkedRecord, LinkSummary
else:
    koha, koharest, linkcheck = later("digitize.koha"), later("digitize.koharest"), later("digitize.linkcheck")
    linking, review_list = later("digitize.link"), later("digitize.review")


@click.group(invoke_without_command=True)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@json_option
@click.pass_context
@pass_context
def link(context: Context, call: click.Context, dry_run: bool, as_json: bool) -> int:
    """Hang finished PDFs on their records."""
    if call.invoked_subcommand is not None:
        return int(ExitCode.OK)
    work = linking.dry_run if dry_run else linking.link_all
    with context.transaction() as session:
        summary = work(session, context.home.settings, context.clock.now())
    if as_json:
        emit_json(_as_json(summary))
    else:
        _tell(context, summary, dry_run=dry_run)
    return int(ExitCode.SOME_PAGES_FAILED if summary.failed else ExitCode.OK)


def _as_json(summary: "LinkSummary") -> dict[str, object]:
    return {
        "linked": summary.linked,
        "unchanged": summary.unchanged,
        "review": summary.review,
        "failed": summary.failed,
        "records": [asdict(record) for record in summary.records],
    }


def _tell(context: Context, summary: "LinkSummary", *, dry_run: bool) -> None:
    for record in summary.records:
        if record.action != "unchanged":
            _tell_change(context, record)
    if dry_run:
        context.tell(context.say("catalog.dry_run"))
    counts = {name: getattr(summary, name) for name in ("linked", "unchanged", "review", "failed")}
    context.tell(context.say("catalog.linked", **counts))


def _tell_change(context: Context, record: "LinkedRecord") -> None:
    """One change as a diff between what a person reads before and after."""
    context.tell(f"{record.item} → {record.record}: {context.say(f'catalog.action_{record.action}')}")
    old, new = record.before.splitlines(), record.field.splitlines()
    for line in old:
        if line not in new:
            context.tell(f"  - {line}")
    for line in new:
        if line not in old:
            context.tell(f"  + {line}")
    if record.reason:
        context.tell(f"  ! {_why(context, record.reason)}")


def _why(context: Context, reason: str) -> str:
    """In words why a link cannot be written: the record would grow too large, or has a flaw."""
    kind, _, detail = reason.partition(": ")
    if kind == "too_large":
        return context.say("catalog.failed_too_large")
    return context.say("catalog.failed_other", detail=context.say(f"catalog.flaw_{kind}", detail=detail))


@link.command("review")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A table to edit: .xlsx or .csv.")
@json_option
@pass_context
def link_review(context: Context, output: Path | None, as_json: bool) -> None:
    """Items for which a person must choose the record."""
    with context.reading() as session:
        waiting = linking.reviews(session)
    if output:
        review_list.write(waiting, output, context.say)
        context.tell(context.say("catalog.review_written", count=len(waiting), file=shown(str(output))))
        return
    if as_json:
        emit_json([asdict(review) for review in waiting])
        return
    for review in waiting:
        named = "  ".join(filter(None, [review.item, review.title]))
        click.echo(f"{named}: {context.say(f'catalog.reason_{review.reason}')}")
        for one in review.candidates:
            click.echo(f"    {one.record:16}  {one.title}  {one.author}  {one.year}".rstrip())
            if one.likeness:
                click.echo(f"    {'':16}  {one.likeness.score:g}: {review_list.why(one, context.say)}")
    context.tell(context.say("catalog.review_hint" if waiting else "catalog.review_empty"))


@link.command("accept")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
@pass_context
def link_accept(context: Context, file: Path, as_json: bool) -> int:
    """Follow the choices in an edited review list."""
    with context.transaction() as session:
        done = review_list.accept(session, file, context.home.settings, context.clock.now())
    if as_json:
        emit_json(asdict(done))
    else:
        _tell_changes(context, done.changes, as_json=False)
        for one in done.refused:
            click.echo(f"{one.row}: {one.item}: {one.reason}", err=True)
        context.tell(
            context.say("catalog.accepted", done=len(done.changes), refused=len(done.refused), empty=done.empty)
        )
    return int(ExitCode.USAGE if done.refused else ExitCode.OK)


@link.command("set")
@click.argument("key")
@click.argument("record")
@json_option
@pass_context
def link_set(context: Context, key: str, record: str, as_json: bool) -> None:
    """Hang item KEY on the record with number RECORD."""
    with context.transaction() as session:
        changes = linking.set_link(session, key, record, context.home.settings, context.clock.now())
    _tell_changes(context, changes, as_json=as_json)


@link.command("check")
@click.option("--urls", is_flag=True, help="Ask for every address over the network as well.")
@click.option("--mark", is_flag=True, help="Write dead addresses into the records ($h), take living ones back.")
@json_option
@pass_context
def link_check(context: Context, urls: bool, mark: bool, as_json: bool) -> int:
    """Do the links still lead somewhere?"""
    if mark and not urls:
        raise UsageError("--mark needs --urls.", hint="Write: digitize link check --urls --mark")
    with (context.transaction if mark else context.reading)() as session:
        found = linkcheck.check(session, context.home, linkcheck.ask_server if urls else None)
        changes = linkcheck.mark(session, found, context.home.settings, context.clock.now()) if mark else []
    if as_json:
        emit_json({**asdict(found), "records": [asdict(change) for change in changes]})
    else:
        _tell_changes(context, changes, as_json=False)
        for one in found.dead:
            known = one.problem == "not_written" and one.detail
            detail = _why(context, one.detail) if known else one.detail
            problem = context.say(f"catalog.dead_{one.problem}", detail=detail)
            click.echo(f"{one.item} → {one.record}: {problem}  {one.url}")
        context.tell(context.say("catalog.checked", links=found.links, dead=len(found.dead)))
    return int(ExitCode.SOME_PAGES_FAILED if found.dead else ExitCode.OK)


@link.command("koha")
@click.argument("keys", nargs=-1, metavar="[KEY]...")
@click.option("--dry-run", is_flag=True, help="Ask Koha for the records and show what would change; put nothing.")
@json_option
@pass_context
def link_koha(context: Context, keys: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Put written links into the Koha of the settings, take undone ones off there; all, or those of items KEY."""
    rest = koharest.KohaRest.of(context.home, context.clock.sleep)
    with context.reading() as session:
        tasks = koha.tasks(session, context.home.settings, keys)
    done: list[koha.Pushed] = []
    try:
        for task in tasks:
            done.append(_push(context, task, rest, dry_run=dry_run))
            if not as_json and done[-1].is_news:
                _tell_pushed(context, done[-1])
    finally:  # Koha may fall silent half-way; what was put stands
        _tell_koha(context, done, dry_run=dry_run, as_json=as_json)
    return int(ExitCode.SOME_PAGES_FAILED if any(one.problem for one in done) else ExitCode.OK)


def _push(context: Context, task: "koha.Task", rest: "koharest.KohaRest", *, dry_run: bool) -> "koha.Pushed":
    """One record; what was put is noted before anything else can go wrong."""
    done = koha.push(task, rest, dry=dry_run)
    if dry_run:
        return done
    with context.transaction() as session:
        koha.note(session, task, done, context.clock.now())
    return koha.read_back(task, done, rest)


def _tell_pushed(context: Context, done: "koha.Pushed") -> None:
    for change in done.changes:
        if change.action != "unchanged":
            action = "undone" if change.action == "removed" else change.action
            _tell_change(
                context, linking.LinkedRecord(change.item, f"Koha {done.biblio}", change.field, action, change.before)
            )
    if done.problem:
        kind = done.reason or done.problem
        said = context.say(f"koha.{kind}", biblio=done.biblio, detail=done.detail)
        click.echo(f"{', '.join(done.items)} → {done.record}: {said}", err=True)
        for line in done.lines:
            click.echo(f"  {line}", err=True)


def _tell_koha(context: Context, done: "Sequence[koha.Pushed]", *, dry_run: bool, as_json: bool) -> None:
    actions = Counter(change.action for one in done for change in one.changes)
    problems = Counter(one.problem for one in done if one.problem)
    counts = {name: actions[name] for name in ("added", "updated", "removed", "unchanged")}
    counts |= {name: problems[name] for name in (koha.CONFLICT, koha.DIFFERS, koha.FAILED)}
    if as_json:
        records = [{name: value for name, value in asdict(one).items() if name != "sent"} for one in done]
        emit_json({**counts, "dry_run": dry_run, "records": records})
        return
    if dry_run:
        context.tell(context.say("koha.dry_run"))
    context.tell(context.say("koha.pushed", **counts))


@link.command("undo")
@click.argument("key")
@json_option
@pass_context
def link_undo(context: Context, key: str, as_json: bool) -> None:
    """Take item KEY off its record, which leaves again exactly as it came."""
    with context.transaction() as session:
        change = linking.undo(session, key, context.home.settings, context.clock.now())
    _tell_changes(context, [change], as_json=as_json)


def _tell_changes(context: Context, changes: "Sequence[LinkedRecord]", *, as_json: bool) -> None:
    if as_json:
        emit_json([asdict(change) for change in changes])
        return
    for change in changes:
        _tell_change(context, change)
