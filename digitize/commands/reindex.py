"""``digitize reindex``: the full-text index anew from the stored texts."""

from typing import TYPE_CHECKING

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import ExitCode
from digitize.lazily import later

if TYPE_CHECKING:
    from digitize.fulltext import check, index
else:
    check, index = later("digitize.fulltext.check"), later("digitize.fulltext.index")


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Say what does not agree; change nothing.")
@json_option
@pass_context
def reindex(context: Context, only_check: bool, as_json: bool) -> int:
    """Build the full-text index anew, after an update changed its rules or verify found it out of step."""
    if only_check:
        return _check(context, as_json=as_json)
    with context.transaction() as session:
        pages = index.rebuild(session)
    if as_json:
        emit_json({"pages": pages})
    else:
        context.tell(context.say("search.reindexed", pages=pages))
    return ExitCode.OK


def _check(context: Context, *, as_json: bool) -> int:
    with context.reading() as session:
        found = check.problems(session, data=True)
    if as_json:
        emit_json([{"kind": problem.kind, "pages": problem.pages, "page_id": problem.page_id} for problem in found])
    elif found:
        for problem in found:
            click.echo(context.say(f"search.{problem.kind}", pages=problem.pages))
    else:
        context.tell(context.say("search.in_step"))
    return ExitCode.SOME_PAGES_FAILED if found else ExitCode.OK
