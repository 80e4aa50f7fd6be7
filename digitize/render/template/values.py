"""What a report has to say to each placeholder of a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitize.errors import sentence
from digitize.messages import Say
from digitize.render.form import closed_line, remark, shown_rows
from digitize.render.template.words import GROUPS, PACED, ROWS, Placeholder, Problems
from digitize.render.words import long_date, number, plain, short_date
from digitize.report import PeriodReport, PeriodRow, Share

Value = int | float | str
"""A number, or text on one line; empty text where the report has nothing."""
Line = Mapping[str, Value]
_QUARTERS = ("I", "II", "III", "IV")


@dataclass(frozen=True, slots=True)
class Filling:
    """The values of one report."""

    once: Line
    groups: Mapping[str, Sequence[Line]]
    """The lines for which a row of a table is repeated."""
    numbered: Mapping[str, Sequence[Line]]
    """The rows of the plan by number; more than one where a plan numbers each section anew."""

    def value(self, found: Placeholder, line: Line, problems: Problems) -> Value:
        """What stands in the place of *found*; *line* is that of the repeated row it stands in."""
        if not found.row:
            return line[found.field] if found.field in line else self.once.get(found.field, "")
        rows = self.numbered.get(bare(found.row), ())
        if len(rows) != 1:
            several = sentence("the plan has {count} rows {row}", count=len(rows), row=found.row)
            problems.other(several if rows else sentence("the plan has no row {row}", row=found.row))
            return ""
        return rows[0][found.field]


def bare(number: str) -> str:
    """The number of a plan row without the signs that some plans put behind it."""
    return number.strip().rstrip(" .)")


def filling_of(report: PeriodReport, say: Say) -> Filling:
    """The values of *report*; the repeated rows are those of our own paper."""
    groups = {f"{part}s": [_share(one, say) for one in report.shares if one.part == part] for part in PACED}
    numbered: dict[str, list[Line]] = {}
    for row in report.rows:
        numbered.setdefault(bare(row.number), []).append(_row(row, say))
    return Filling(
        once=_once(report, say),
        groups={
            ROWS: [_row(row, say) for row in shown_rows(report)],
            "days": [{"day": short_date(day.day), "day_pages": day.pages} for day in report.days],
            "types": [{"type": plain(name), "type_pages": pages} for name, pages in report.types.items()],
            **groups,
        },
        numbered=numbered,
    )


def repeated(lines: Sequence[Line], titles: Sequence[bool], group: str) -> list[tuple[int, Line]]:
    """Which rows of a block are written, one after the other, and with which line.

    A row that is a title, with nothing but the section, comes where a section begins. Something is always left: a
    table without rows cannot be opened.
    """
    found: list[tuple[int, Line]] = []
    section: Value = ""
    for line in lines:
        begins = line.get("section", "") not in ("", section)
        found += [(place, line) for place, title in enumerate(titles) if begins or not title]
        section = line.get("section", "")
    return found or [(len(titles) - 1, dict.fromkeys(GROUPS[group], ""))]


def text_of(value: Value) -> str:
    """A value among other words."""
    return plain(value) if isinstance(value, str) else number(value)


def _once(report: PeriodReport, say: Say) -> Line:
    since, until = long_date(report.since, say), long_date(report.until, say)
    return {
        "year": str(report.year),
        "report": say(f"status.report_{report.kind}"),
        "period": f"{since} – {until}",
        "since": since,
        "until": until,
        "month": say(f"status.month_{report.until.month}"),
        "quarter": _QUARTERS[(report.until.month - 1) // 3],
        "library": plain(report.library) or say("report.this_library"),
        "pages": report.pages,
        "blank": report.blank,
        "low": report.low,
        "previous": report.previous_pages,
        "working_days": report.working_days,
        "per_day": "" if report.per_day is None else report.per_day,
        "titles": report.titles,
        "fulltext": report.fulltext,
        "linked": report.linked,
        "correction": report.corrections.pages,
        "closed": closed_line(report, say),
    }


def _row(row: PeriodRow, say: Say) -> Line:
    cells: dict[str, Value | None] = {
        "section": row.section,
        "number": row.number,
        "name": row.name,
        "unit": row.unit,
        "last_year": row.last_year,
        "planned": row.planned,
        "done_period": row.done,
        "done": row.done_year,
        "percent": row.percent,
        "note": remark(row, say),
        "mechanism": row.mechanism,
        "deadline": row.deadline,
        "responsible": row.responsible,
    }
    return {field: _clean(value) for field, value in cells.items()}


def _share(share: Share, say: Say) -> Line:
    amounts = {"pages": share.pages, "days": share.days, "per_day": share.per_day}
    name = plain(share.name) or say("status.report_unknown")
    return {share.part: name, **{f"{share.part}_{what}": amount for what, amount in amounts.items()}}


def _clean(value: Value | None) -> Value:
    """Text on one line without control characters, which neither file could hold; nothing as empty text."""
    return plain(value.replace("\n", " ")) if isinstance(value, str) else "" if value is None else value
