"""Which form a report is written into, and writing it."""

from pathlib import Path

from digitize.errors import UsageError
from digitize.home import Home
from digitize.messages import Say
from digitize.render.template.values import filling_of
from digitize.report import Kind, PeriodReport

FORMS = ("docx", "xlsx")
_NAMES = {Kind.WEEK: "haftalik", Kind.MONTH: "oylik", Kind.QUARTER: "choraklik", Kind.YEAR: "yillik"}
_ANY = "hisobot"
"""The form of all four reports where there is none of the kind alone."""


def form_of_file(template: Path) -> str:
    """``docx`` or ``xlsx``.

    Raises:
        UsageError: a template is nothing else.
    """
    form = template.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise UsageError("{template} is no template.", hint="A template is a DOCX or XLSX file.", template=template)
    return form


def library_template(home: Home, kind: Kind, form: str) -> Path | None:
    """The library's own form for this kind of report and file; None where ours is used."""
    if form not in FORMS:
        return None
    files = (home.templates / f"{name}.{form}" for name in (_NAMES[kind], _ANY))
    return next((file for file in files if file.is_file()), None)


def filled(template: Path, report: PeriodReport, say: Say) -> bytes:
    """*template* with the values of *report*.

    Raises:
        UsageError: it is not what its name says, or its placeholders are wrong.
    """
    filling = filling_of(report, say)
    if form_of_file(template) == "docx":
        from digitize.render.template.docx import fill_docx  # noqa: PLC0415  (only this form needs its libraries)

        return fill_docx(template, filling)
    from digitize.render.template.xlsx import fill_xlsx  # noqa: PLC0415

    return fill_xlsx(template, filling)
