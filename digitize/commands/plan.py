"""``digitize plan``: bring the year plan in, show it, change a row."""

import getpass
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click
from sqlalchemy.orm import Session

from digitize import plan as plans
from digitize.clock import local_day
from digitize.context import Context, emit_json, json_option, pass_context
from digitize.errors import UsageError
from digitize.ledger.models import PlanRow
from digitize.ledger.session import reading, transaction
from digitize.render import no_plan, plan_text
from digitize.report import status
from digitize.report.rows import Row
from digitize.settings import Settings

year_option = click.option("--year", type=click.IntRange(1990, 2200), help="The plan's year.")


def local_settings(context: Context) -> Settings:
    """The settings in the language asked for."""
    return context.home.settings.model_copy(update={"language": context.language})


def author(context: Context) -> plans.Author:
    """The person at the keyboard, now."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):
        who = "unknown"  # a container user without a name
    return plans.Author(who, context.clock.now())


@click.group()
def plan() -> None:
    """The year plan (ISH REJASI): import, show, set."""


@plan.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@year_option
@json_option
@pass_context
def import_plan(context: Context, file: Path, year: int | None, as_json: bool) -> None:  # noqa: FBT001
    """Read the plan from an XLSX, DOCX or CSV table; its rows replace those of the same year, your decisions stay."""
    table = plans.read_table(file)
    with transaction(context.ledger) as session:
        imported = plans.store(session, table, year, author(context))
        rows = _rows(session, context, imported.year)
    if as_json:
        emit_json({**asdict(imported), "bound": _bound(rows)})
        return
    context.tell(context.say("status.plan_imported", **asdict(imported)))
    context.tell(plan_text(rows, context.say).rstrip("\n"))


@plan.command()
@year_option
@json_option
@pass_context
def show(context: Context, year: int | None, as_json: bool) -> None:  # noqa: FBT001
    """Print the plan as it was read, with the measure of each row."""
    year = year or _this_year(context)
    with reading(context.ledger) as session:
        rows = _rows(session, context, year)
        raw = [_raw(row) for row in plans.rows(session, year)]
    if as_json:
        emit_json({"year": year, "rows": raw})
    elif rows:
        context.tell(plan_text(rows, context.say).rstrip("\n"))
    else:
        context.tell(no_plan(year, context.say))


@plan.command("set")
@click.argument("number")
@click.argument("changes", nargs=-1, required=True, metavar="FIELD=VALUE...")
@year_option
@json_option
@pass_context
def set_row(context: Context, number: str, changes: Sequence[str], year: int | None, as_json: bool) -> None:  # noqa: FBT001
    """Change a row: planned=, last_year=, measure=, value= (done, by hand), source=, type=, collection=."""
    year = year or _this_year(context)
    with transaction(context.ledger) as session:
        row = plans.change(session, year, number, dict(map(pair, changes)), author(context))
        raw = _raw(row)
    if as_json:
        emit_json({"year": year, **raw})
        return
    shown = {"planned": row.planned_raw, "measure": row.measure, "value": row.manual_value}
    texts = {key: value or "—" for key, value in shown.items()}
    context.tell(context.say("status.plan_changed", year=year, number=row.number, name=row.name, **texts))


def pair(text: str) -> tuple[str, str]:
    """``FIELD=VALUE`` in its two parts."""
    field, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"{text!r} is no FIELD=VALUE.", hint="For example: digitize plan set 24 measure=titles/pages")
    return field.strip(), value


def _this_year(context: Context) -> int:
    return local_day(context.clock.now(), context.home.settings.timezone).year


def _rows(session: Session, context: Context, year: int) -> tuple[Row, ...]:
    session.flush()
    return status(session, local_settings(context), year, context.clock.now()).rows


def _bound(rows: Sequence[Row]) -> list[dict[str, str]]:
    return [{"number": row.number, "name": row.name, "unit": row.unit, "measure": row.measure} for row in rows]


def _raw(row: PlanRow) -> dict[str, object]:
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
    }
