"""``digitize reindex``: the full-text index anew from the stored texts."""

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.fulltext import index
from digitize.fulltext.check import problems
from digitize.ledger.session import reading, transaction


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Say what does not agree; change nothing.")
@json_option
@pass_context
def reindex(context: Context, only_check: bool, as_json: bool) -> int:  # noqa: FBT001
    """Build the full-text index anew, after an update changed its rules or verify found it out of step."""
    if only_check:
        return _check(context, as_json=as_json)
    with transaction(context.ledger) as session:
        pages = index.rebuild(session)
    if as_json:
        emit_json({"pages": pages})
    else:
        context.tell(context.say("search.reindexed", pages=pages))
    return ExitCode.OK


def _check(context: Context, *, as_json: bool) -> int:
    with reading(context.ledger) as session:
        found = problems(session, data=True)
    if as_json:
        emit_json([{"kind": problem.kind, "pages": problem.pages, "page_id": problem.page_id} for problem in found])
    elif found:
        for problem in found:
            click.echo(context.say(f"search.{problem.kind}", pages=problem.pages))
    else:
        context.tell(context.say("search.in_step"))
    return ExitCode.SOME_PAGES_FAILED if found else ExitCode.OK
