"""``digitize search``: pages in every alphabet, the place marked."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from digitize.context import Context, emit_json, json_option, pass_context
from digitize.lazily import later

if TYPE_CHECKING:
    from digitize import store
    from digitize.fulltext import query as queries
    from digitize.fulltext.query import Hit, SearchResult
else:
    store, queries = later("digitize.store"), later("digitize.fulltext.query")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="Most pages to show.")
@click.option("--item", help="Only this item.")
@json_option
@pass_context
def search(context: Context, query: tuple[str, ...], limit: int, item: str | None, as_json: bool) -> None:
    """Find pages in every alphabet: Latin, Cyrillic, any apostrophe.

    Words find their beginnings (kitob: kitoblar); "words in quotes" stand side by side ("… fond*" too);
    AND, OR, NOT, -word, (brackets);
    item:KEY type:gazeta year:1970-1980 script:kirill; from:2026-03 to:2026-05-15 by the day of digitization.
    """
    with context.reading() as session:
        result = queries.search(session, " ".join(query), limit=limit, item=item)
    if as_json:
        emit_json(_json(context, result))
    else:
        _show(context, result)


def _json(context: Context, result: "SearchResult") -> dict[str, Any]:
    hits = [
        {"item": hit.item, "page": hit.page, "title": hit.title, "snippet": hit.snippet}
        | asdict(hit)
        | {"picture": _picture(context, hit)}
        for hit in result.hits
    ]
    return {"query": result.query, "total": result.total, "total_is_at_least": result.at_least, "hits": hits}


def _picture(context: Context, hit: "Hit") -> dict[str, Any]:
    """Where the picture lies in whose pixels the boxes are, and its size (null if it was not kept)."""
    folder = store.page_dir(context.home, hit.item, hit.picture.result)
    size = {"width": hit.picture.width or None, "height": hit.picture.height or None}
    return {"path": str(folder / f"{hit.picture.side}.jpg"), **size}


def _show(context: Context, result: "SearchResult") -> None:
    if not result.hits:
        context.tell(context.say("search.nothing", query=result.query))
        return
    for hit in result.hits:
        click.echo(_block(context, hit))
    total = "search.at_least" if result.at_least else "search.total"
    context.tell(context.say(total, total=result.total, shown=len(result.hits)))


def _block(context: Context, hit: "Hit") -> str:
    """Where it stands, then the words; bold on a terminal, in brackets elsewhere."""
    place = context.say("search.page", item=hit.item, page=hit.page)
    match = "" if hit.match == "exact" else f" ({context.say(f'search.{hit.match}')})"
    return f"{place} · {hit.title}{match}\n    {_snippet(hit)}\n"


def _snippet(hit: "Hit") -> str:
    if not sys.stdout.isatty():
        return hit.snippet
    return "".join(click.style(part.text, bold=True) if part.hit else part.text for part in hit.parts)
