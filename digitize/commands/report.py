"""``digitize report week|month|quarter|year|close|merge``."""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import click

from digitize import render
from digitize import report as reports
from digitize.clock import local_day
from digitize.context import Context, emit_json, json_option, pass_context, write_file
from digitize.errors import UsageError
from digitize.ledger.looking import looking
from digitize.render.words import number as in_thousands
from digitize.report.values import Kind, PeriodReport

FORMS = ("text", "json", "xlsx", "docx", "pdf")
_PAPERS = {"xlsx", "docx", "pdf"}


@click.group()
def report() -> None:
    """Weekly, monthly, quarterly and yearly reports."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the options of one report ask for."""

    kind: Kind
    day: date
    form: str
    output: Path | None
    template: Path | None = None


def _period_command(kind: Kind, words: str) -> click.Command:
    @click.command(kind.value, help=words)
    @click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="A day of the period; else today.")
    @click.option("--format", "form", type=click.Choice(FORMS), help="Else by the file's ending; else text.")
    @click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
    @click.option(
        "--template",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Fill in this DOCX or XLSX instead of our form; else the one in the home's folder templates, if any.",
    )
    @click.option("--explain", is_flag=True, help="List the pages behind the number.")
    @click.option("--row", help="Only list what is behind the number of this plan row.")
    @pass_context
    def command(context: Context, /, day: datetime | None, form: str | None, output: Path | None, **more: Any) -> None:
        chosen = day.date() if day else local_day(context.clock.now(), context.home.settings.timezone)
        template = more["template"]
        wanted = _Wanted(kind, chosen, form or _by_ending(output or template), output, template)
        if more["row"]:
            _explain_row(context, wanted, more["row"])
        else:
            _report(context, wanted, explain=more["explain"])

    return command


def _report(context: Context, wanted: _Wanted, *, explain: bool) -> None:
    if wanted.form in _PAPERS and wanted.output is None:
        raise UsageError("A {form} report needs a file.", hint="For example: -o hisobot.{form}", form=wanted.form)
    template = _template(context, wanted)
    with looking(context.home) as source:
        today = local_day(context.clock.now(), context.home.settings.timezone)
        found = reports.period(source, context.local_settings, wanted.kind, wanted.day, today=today, explain=explain)
    if wanted.output:
        write_file(wanted.output, _pieces(found, wanted.form, context, template))
        context.tell(context.say("status.report_written", path=wanted.output))
        if template:
            context.tell(context.say("template.used", path=template))
    elif wanted.form == "json":
        _print(reports.report_json(found))
    else:
        context.tell(render.period_text(found, context.say).rstrip("\n"))


def _template(context: Context, wanted: _Wanted) -> Path | None:
    """The form to fill in: the one that was named, else the library's own; None for ours."""
    if wanted.form not in _PAPERS and wanted.template is None:
        return None
    from digitize.render.template.choice import form_of_file, library_template  # noqa: PLC0415

    if wanted.template is None:
        return library_template(context.home, wanted.kind, wanted.form)
    form = form_of_file(wanted.template)
    if form != wanted.form:
        raise UsageError(
            "The template {template} makes no {wanted}.",
            hint="For example: -o hisobot.{form}",
            template=wanted.template,
            wanted=wanted.form,
            form=form,
        )
    return wanted.template


def _explain_row(context: Context, wanted: _Wanted, number: str) -> None:
    if wanted.form in _PAPERS:
        raise UsageError("The list behind a row is text or JSON.", hint="Say --format text or --format json.")
    with looking(context.home) as source:
        lines = reports.explain_row(source, context.local_settings, wanted.kind, wanted.day, number)
    if wanted.output:
        as_json = wanted.form == "json"
        write_file(wanted.output, reports.lines_json(lines) if as_json else [render.lines_text(lines).encode()])
        context.tell(context.say("status.report_written", path=wanted.output))
    elif wanted.form == "json":
        _print(reports.lines_json(lines))
    else:
        context.tell(render.lines_text(lines).rstrip("\n"))


for _kind, _words in (
    (Kind.WEEK, "What a week brought (haftalik); weeks begin on Monday."),
    (Kind.MONTH, "What a month brought (oylik)."),
    (Kind.QUARTER, "What a quarter brought (choraklik)."),
    (Kind.YEAR, "What a year brought (yillik)."),
):
    report.add_command(_period_command(_kind, _words))


@report.command("template")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a form to begin with: .docx or .xlsx.",
)
@pass_context
def start_template(context: Context, output: Path | None) -> None:
    """List the placeholders of a library's own report form; with -o write a form to change in Word or Excel."""
    from digitize.render.template import start  # noqa: PLC0415
    from digitize.render.template.choice import form_of_file  # noqa: PLC0415

    if output is None:
        context.tell(start.listing(context.say, context.language, context.home.templates))
        return
    write = start.start_docx if form_of_file(output) == "docx" else start.start_xlsx
    write_file(output, [write(context.say, context.language, context.clock.now())])
    context.tell(context.say("template.written", path=output, folder=context.home.templates))


@report.command()
@click.argument("month", type=click.DateTime(["%Y-%m"]), metavar="YYYY-MM")
@json_option
@pass_context
def close(context: Context, month: datetime, as_json: bool) -> None:
    """Freeze a month that is over: its numbers stand, later changes appear in the first open month."""
    from digitize import sidecar  # noqa: PLC0415  (who only looks does without SQLAlchemy)
    from digitize.ledger.session import transaction  # noqa: PLC0415

    with transaction(context.ledger) as session:
        found = reports.close_month(session, context.local_settings, month.date(), context.author)
    sidecar.refresh(context.home, context.ledger)  # what was signed outlives the ledger from this moment on
    name, digest = f"{month:%Y-%m}", found.closed.sha256 if found.closed else ""
    if as_json:
        emit_json({"month": name, "pages": found.pages, "corrections": asdict(found.corrections), "sha256": digest})
    else:
        context.tell(context.say("report.month_closed", month=name, pages=in_thousands(found.pages), hash=digest[:16]))


@report.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="FILE...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="XLSX or JSON.")
@click.option(
    "--libraries",
    type=click.Path(path_type=Path, dir_okay=False),
    help="All libraries, a name per line: says who is missing.",
)
@pass_context
def merge(context: Context, files: tuple[Path, ...], output: Path, libraries: Path | None) -> None:
    """Add up the JSON reports of several libraries: rows meet by what they count, a/b part by part."""
    from digitize.report import merge as merging  # noqa: PLC0415  (loads the library that checks types)

    expected = _names(libraries) if libraries else ()
    found = merging.merge([merging.named(file, merging.read_report(file)) for file in files], expected)
    if output.suffix.lower() == ".json":
        data = _json(asdict(found))
    else:
        from digitize.render.merged import merged_xlsx  # noqa: PLC0415

        data = merged_xlsx(found, context.say, datetime.combine(found.until, time(), UTC))
    write_file(output, [data])
    context.tell(context.say("report.merge_written", number=len(found.libraries), path=output, texts=len(found.texts)))
    if found.missing:
        context.tell(f"{context.say('report.missing')}: {', '.join(found.missing)}")


def _names(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            "The list {path} cannot be read: {error}.", hint="Save it as UTF-8 text.", path=path, error=error
        ) from error
    return tuple(line.strip() for line in lines if line.strip())


def _print(data: Iterable[bytes]) -> None:
    sys.stdout.buffer.writelines(data)
    sys.stdout.buffer.flush()


def _json(data: object) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=2, default=str) + "\n").encode()


def _by_ending(path: Path | None) -> str:
    """``hisobot.xlsx`` speaks for itself; anything else is text."""
    ending = path.suffix.lower().removeprefix(".") if path else ""
    return ending if ending in FORMS else "text"


def _pieces(found: PeriodReport, form: str, context: Context, template: Path | None) -> Iterable[bytes]:
    if template:
        from digitize.render.template.choice import filled  # noqa: PLC0415

        return [filled(template, found, context.say)]
    if form == "json":
        return reports.report_json(found)
    if form == "text":
        return [render.period_text(found, context.say).encode("utf-8", "replace")]
    return [_writer(form)(found, context)]


def _writer(form: str) -> Callable[[PeriodReport, Context], bytes]:
    """The libraries of a format are loaded when it is asked for."""
    from digitize.render import docx, pdf, xlsx  # noqa: PLC0415
    from digitize.render.form import form_of  # noqa: PLC0415

    if form == "xlsx":
        return lambda found, context: xlsx.period_xlsx(found, context.say, _date(found))
    draw = docx.form_docx if form == "docx" else pdf.form_pdf
    return lambda found, context: draw(form_of(found, context.say), _date(found))


def _date(found: PeriodReport) -> datetime:
    """A report's file bears the last day of its period, so that the same report is the same file."""
    return datetime.combine(found.until, time(), UTC)
