"""The status as one screen of a terminal: 80 columns, as readable without colour as with it."""

import io
from collections.abc import Iterable

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from digitize.messages import Say
from digitize.render.sentences import (
    MOST_NEEDS,
    counted_rows,
    disk_sentence,
    headline,
    item_counts,
    no_plan,
    pace_sentences,
    page_counts,
    place,
    queue_counts,
)
from digitize.render.words import cell, number, pace, plain, short_date
from digitize.report import Pace, Row, Status

WIDTH = 80
_BAR = 60
_PLANNED = 12
"""The most that a plan takes of a line: some say ``har oyda bir marta`` instead of a number."""


def status_text(status: Status, say: Say, width: int = WIDTH) -> str:
    """The screen as plain text."""
    return as_text(status_screen(status, say), width)


def as_text(picture: RenderableType, width: int = WIDTH) -> str:
    """A renderable as plain lines without trailing blanks."""
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(picture)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def status_screen(status: Status, say: Say) -> RenderableType:
    """The screen for a console of any width and colour."""
    parts: list[RenderableType] = [Rule(Text(headline(status, say), "bold")), *_year(status, say), Text()]
    lines = (
        ("counted_pages", page_counts(status, say), ""),
        ("queue", queue_counts(status, say), "red" if status.troubled else ""),
        ("items", item_counts(status, say), ""),
    )
    parts.append(_pairs((say(f"status.{key}"), Text(text, style)) for key, text, style in lines))
    parts += [*_plan(status, say), Text(), *_attention(status, say)]
    if status.disk:
        parts += [Text(), Text(disk_sentence(status.disk, say))]
    return Group(*parts)


def _year(status: Status, say: Say) -> list[RenderableType]:
    if not status.rows:
        return [Text(no_plan(status.year, say))]
    if status.pace is None:
        return []
    marked = 0 < status.pace.expected < status.pace.planned
    bar = Text.assemble(
        (say("status.plan_of", year=status.year), "bold"), "  ", say("status.pace_mark") if marked else ""
    )
    return [bar, Text(year_bar(status.pace)), *(Text(sentence) for sentence in pace_sentences(status, say))]


def year_bar(line: Pace, length: int = _BAR) -> str:
    """``█████──│────``: done against the plan, with a mark where the pace line stands."""
    planned = max(line.planned, 1)
    full = min(length, line.done * length // planned)
    bar = ["█"] * full + ["░"] * (length - full)
    if 0 < line.expected < planned:
        bar[min(length - 1, line.expected * length // planned)] = "│"
    return "".join(bar)


def _pairs(pairs: Iterable[tuple[str, Text]]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for key, text in pairs:
        table.add_row(Text(key, "bold"), text)
    return table


def _plan(status: Status, say: Say) -> list[RenderableType]:
    rows = counted_rows(status)
    return [*([_plan_table(rows, say)] if rows else []), *by_hand_hint(len(status.rows) - len(rows), say)]


def by_hand_hint(rows: int, say: Say) -> list[Text]:
    """That so many rows of the plan are not shown, and where they are; nothing where all are."""
    return [Text(say("status.by_hand", rows=rows, command="digitize plan show"))] if rows else []


def _plan_table(rows: Iterable[Row], say: Say) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column(say("status.number"), no_wrap=True)
    table.add_column(say("status.name"), no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column(say("status.planned"), justify="right", max_width=_PLANNED, overflow="fold")
    for key in ("done", "percent", "per_day", "until"):
        table.add_column(say(f"status.{key}"), justify="right", no_wrap=True)
    for row in rows:
        percent = cell(row.percent)
        texts = (row.number, row.name, cell(row.planned), cell(row.done), percent, pace(row.per_workday_needed))
        table.add_row(*(Text(plain(text)) for text in texts), Text(short_date(row.forecast)))
    return table


def _attention(status: Status, say: Say) -> list[RenderableType]:
    needs = status.attention
    if not needs:
        return [Text(say("status.attention_none"))]
    table = Table(box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(say("status.who"), no_wrap=True)
    table.add_column(say("status.where"), max_width=30, overflow="fold")
    table.add_column(say("status.reason"))
    for need in needs[:MOST_NEEDS]:
        table.add_row(
            Text(say(f"status.who_{need.who}")), Text(place(need, say)), Text(plain(_first_line(need.reason)))
        )
    more = len(needs) - MOST_NEEDS
    title = Text(say("status.attention", number=number(len(needs))), "bold")
    rest = [say("status.attention_more", number=number(more))] if more > 0 else []
    if any("\n" in need.reason for need in needs):
        rest.append(say("status.attention_notes", command="digitize rejected list"))
    return [title, table, *map(Text, rest)]


def _first_line(note: str) -> str:
    """What happened; why and what to do stand in the note beside the file."""
    return note.partition("\n")[0]
