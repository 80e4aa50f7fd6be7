"""``digitize plan``: bring the year plan in, show it, change a row."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from digitize import plan as plans
from digitize import render
from digitize import report as reports
from digitize.clock import local_day
from digitize.context import Context, emit_json, json_option, pass_context, write_file
from digitize.errors import UsageError
from digitize.lazily import later

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from digitize.ledger.models import PlanRow
    from digitize.ledger.service import HandEntry
    from digitize.render import planfile
    from digitize.report import Row
else:
    planfile = later("digitize.render.planfile")

year_option = click.option("--year", type=click.IntRange(1990, 2200), help="The plan's year.")


@click.group()
def plan() -> None:
    """The year plan (ISH REJASI): import, show, set."""


@plan.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@year_option
@json_option
@pass_context
def import_plan(context: Context, file: Path, year: int | None, as_json: bool) -> None:
    """Read the plan from an XLSX, DOCX or CSV table; its rows replace those of the same year, your decisions stay."""
    table = plans.read_table(file)
    with context.transaction() as session:
        imported = plans.store(session, table, year, context.author)
        rows = _rows(session, context, imported.year)
    if as_json:
        emit_json({**asdict(imported), "bound": _bound(rows)})
        return
    context.tell(context.say("status.plan_imported", **asdict(imported)))
    context.tell(render.plan_text(rows, context.say).rstrip("\n"))


@plan.command()
@year_option
@click.option("--against", type=click.IntRange(1990, 2200), help="Beside the plan of this year.")
@json_option
@pass_context
def show(context: Context, year: int | None, against: int | None, as_json: bool) -> None:
    """Print the plan as it was read, with the measure of each row; or two years side by side."""
    year = year or _this_year(context)
    if against is not None:
        _two_years(context, (against, year), as_json=as_json)
        return
    with context.reading() as session:
        rows = _rows(session, context, year)
        raw = [_raw(row, plans.entries(session, row)) for row in plans.rows(session, year)]
    if as_json:
        emit_json({"year": year, "rows": raw})
    elif rows:
        context.tell(render.plan_text(rows, context.say).rstrip("\n"))
    else:
        context.tell(render.no_plan(year, context.say))


@plan.command()
@click.argument("choices", nargs=-1, metavar="[NUMBER|NUMBER=MEASURE]...")
@click.option("--all", "everything", is_flag=True, help="Confirm every proposal.")
@year_option
@json_option
@pass_context
def bind(context: Context, choices: Sequence[str], everything: bool, year: int | None, as_json: bool) -> None:
    """Say what each row counts: without arguments the proposals, on a terminal one question each.

    NUMBER takes the proposal, NUMBER=MEASURE another measure; both hold for the plans of coming years, too.
    """
    year = year or _this_year(context)
    wanted = {number.strip(): measure.strip() or None for number, _, measure in (c.partition("=") for c in choices)}
    if not choices:
        with context.reading() as session:
            found = plans.bindings(session, year)
        open_rows = plans.open_ones(found)
        if everything:
            wanted = {f"row:{row.row}": None for row in open_rows}
        elif not as_json and open_rows and sys.stdin.isatty():
            wanted = _ask(context, open_rows)
    if wanted:
        with context.transaction() as session:
            plans.confirm(session, year, wanted, context.author)
    with context.reading() as session:
        found = plans.bindings(session, year)
    if as_json:
        emit_json({"year": year, "rows": [asdict(binding) for binding in found]})
    elif found:
        context.tell(render.bindings_text(found, context.say).rstrip("\n"))
    else:
        context.tell(render.no_plan(year, context.say))


def _ask(context: Context, rows: "Sequence[plans.Binding]") -> dict[str, str | None]:
    """One question a row; an empty answer takes the proposal, a dash leaves the row open."""
    known = [measure.value for measure in plans.Measure]
    answers: dict[str, str | None] = {}
    for row in rows:
        question = context.say("status.bind_question", number=row.number, name=row.name, unit=row.unit)
        answer = click.prompt(question, default=row.proposed, type=click.Choice([*known, "-"]), show_choices=False)
        if answer != "-":
            answers[f"row:{row.row}"] = answer
    return answers


@plan.command()
@click.argument("number")
@click.argument("amount", type=int, required=False)
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day it was done; else today.")
@click.option("--note", default="", help="What it was.")
@click.option("--undo", is_flag=True, help="Take the last entry of the row back.")
@json_option
@pass_context
def done(context: Context, /, number: str, amount: int | None, day: datetime | None, **more: Any) -> None:
    """Enter work for a row that is filled in by hand; who did it and when is kept."""
    chosen = day.date() if day else local_day(context.clock.now(), context.home.settings.timezone)
    if (amount is None) != more["undo"]:
        raise UsageError("Say how much was done, or --undo.", hint="For example: digitize plan done 25 1")
    with context.transaction() as session:
        row = plans.find(session, chosen.year, number)
        if amount is None:
            entry = plans.take_back(session, row, context.author)
        else:
            entry = plans.enter(session, row, amount, chosen, more["note"], context.author)
        total = sum(one.amount for one in plans.entries(session, row) if one.undone_at is None)
        told = {"number": row.number, "name": row.name, "amount": entry.amount, "total": total}
    if more["as_json"]:
        emit_json({"year": chosen.year, **told, "day": entry.day, "who": entry.who, "undone": more["undo"]})
    else:
        context.tell(context.say("status.plan_undone" if more["undo"] else "status.plan_done", **told))


@plan.command()
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The ending says the form: .xlsx, .docx, .pdf, .csv, .json.",
)
@click.option("--next", "draft", is_flag=True, help="A draft for the next year: what was done becomes the fact.")
@year_option
@pass_context
def export(context: Context, output: Path, draft: bool, year: int | None) -> None:
    """Write the plan as a table in the library's form; it can be imported again."""
    year = year or _this_year(context)
    ending = output.suffix.lower().removeprefix(".")
    if ending not in planfile.ENDINGS:
        raise UsageError(
            "A plan cannot be written as {output}.",
            hint="End it in .{known}.",
            output=output.name,
            known=", .".join(planfile.ENDINGS),
        )
    with context.reading() as session:
        found = plans.rows(session, year)
        table = [planfile.table_row(row) for row in found]
        raw = [_raw(row, ()) for row in found]
        done_so_far = [cell_text(row.done) for row in _rows(session, context, year)] if draft else []
    if not table:
        raise UsageError("There is no plan for {year}.", hint="First: digitize plan import FILE", year=year)
    if draft:
        table = [planfile.next_year(row, fact, year + 1) for row, fact in zip(table, done_so_far, strict=True)]
        year += 1
    if ending == "json":
        data = (
            json.dumps(
                {"year": year, "rows": raw if not draft else [asdict(row) for row in table]},
                ensure_ascii=False,
                indent=2,
                default=str,
            ).encode()
            + b"\n"
        )
    else:
        data = planfile.plan_file(ending, context.home.settings.library, year, table, context.say)
    write_file(output, [data])
    context.tell(context.say("status.plan_written", path=output, rows=len(table)))


def cell_text(value: int | str | None) -> str:
    """A cell for the library's table: a dash where nothing was done or nobody said it."""
    return "-" if value is None else str(value)


@plan.command("set")
@click.argument("number")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@year_option
@json_option
@pass_context
def set_row(context: Context, number: str, changes: Sequence[str], year: int | None, as_json: bool) -> None:
    """Change a row: planned=, last_year=, measure=, value= (done, by hand), source=, type=, collection=."""
    year = year or _this_year(context)
    with context.transaction() as session:
        row = plans.change(session, year, number, dict(map(pair, changes)), context.author)
        raw = _raw(row, plans.entries(session, row))
    if as_json:
        emit_json({"year": year, **raw})
        return
    shown = {"planned": row.planned_raw, "measure": row.measure, "value": row.manual_value}
    texts = {key: value or "—" for key, value in shown.items()}
    context.tell(context.say("status.plan_changed", year=year, number=row.number, name=row.name, **texts))


def _two_years(context: Context, years: tuple[int, int], *, as_json: bool) -> None:
    with context.reading() as session:
        pairs = reports.side_by_side(session, context.local_settings, years, context.clock.now())
    if as_json:
        emit_json({"years": sorted(years), "rows": [asdict(pair) for pair in pairs]})
    else:
        context.tell(render.two_years_text(pairs, min(years), max(years), context.say).rstrip("\n"))


def pair(text: str) -> tuple[str, str]:
    """``FIELD=VALUE`` in its two parts."""
    field, equals, value = text.partition("=")
    if not equals:
        raise UsageError(
            "{text!r} is no FIELD=VALUE.", hint="For example: digitize plan set 24 measure=titles/pages", text=text
        )
    return field.strip(), value


def _this_year(context: Context) -> int:
    return local_day(context.clock.now(), context.home.settings.timezone).year


def _rows(session: "Session", context: Context, year: int) -> "tuple[Row, ...]":
    session.flush()
    return reports.status(session, context.local_settings, year, context.clock.now()).rows


def _bound(rows: "Sequence[Row]") -> list[dict[str, str]]:
    return [{"number": row.number, "name": row.name, "unit": row.unit, "measure": row.measure} for row in rows]


def _raw(row: "PlanRow", entered: "Sequence[HandEntry]") -> dict[str, object]:
    """Every cell as it stands in the library's table, beside what the program understood."""
    return {
        "number": row.number,
        "section": row.section,
        "name": row.name,
        "unit": row.unit,
        "last_year": row.last_year_raw,
        "planned": row.planned_raw,
        "last_year_parts": plans.read_cell(row.last_year_raw).parts,
        "planned_parts": plans.read_cell(row.planned_raw).parts,
        "mechanism": row.mechanism,
        "deadline": row.deadline,
        "responsible": row.responsible,
        "measure": row.measure,
        "filters": row.filters,
        "value": row.manual_value,
        "row": row.position,
        "entries": [
            {
                "day": one.day,
                "amount": one.amount,
                "note": one.note,
                "who": one.who,
                "at": one.at,
                "undone": one.undone_at is not None,
            }
            for one in entered
        ],
    }
