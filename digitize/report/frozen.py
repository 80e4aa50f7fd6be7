"""Months whose numbers stand, and what was corrected since.

A district's monthly numbers are signed and sent on; they cannot change afterwards. When a page of a closed month
is deleted, split anew or becomes ready late, the first open month reports the difference, so that the reported
months with their corrections always add up to what the ledger counts.
"""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from digitize import plan
from digitize.errors import StorageFailed
from digitize.ledger import totals
from digitize.ledger.behind import Behind, Line
from digitize.ledger.plain import ask, moment
from digitize.ledger.totals import Scope
from digitize.plan.line import PlanLine
from digitize.plan.words import word_key
from digitize.report.facts import Days, Facts, between
from digitize.report.values import Closed, Corrections, PeriodReport, PeriodRow

if TYPE_CHECKING:
    from digitize.ledger.plain import Source

_COUNTED = ("pages", "titles", "fulltext", "linked")
_CLOSED = "SELECT month, at, who, numbers, lines, sha256 FROM closing"


def name_of(day: date) -> str:
    """``2026-03``, the month of *day*."""
    return f"{day:%Y-%m}"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A closed month as it lies in the ledger: :class:`digitize.ledger.models.Closing`."""

    month: str
    at: Any
    who: str
    numbers: str
    lines: bytes
    sha256: str


def closed_report(source: "Source", day: date, *, explain: bool = False) -> PeriodReport | None:
    """The month of *day* as it was closed, with its pages if *explain*; None while it is open.

    Raises:
        StorageFailed: the numbers are not the ones that were closed.
    """
    found = _kept(source, name_of(day))
    return _thawed(found[0], explain=explain) if found else None


def closed_months(source: "Source") -> Sequence[str]:
    """The closed months in order."""
    return [month for (month,) in ask(source, "SELECT month FROM closing ORDER BY month")]


def _kept(source: "Source", month: str = "") -> Sequence[_Kept]:
    """The closed months in order, or the one that is named."""
    sql = f"{_CLOSED} WHERE month = :month" if month else f"{_CLOSED} ORDER BY month"
    return [_Kept(*cells) for cells in ask(source, sql, month=month)]


def corrections(source: "Source", day: date, count_blank: bool) -> Corrections:  # noqa: FBT001  (a setting's value)
    """What the month of *day* must report about closed months; nothing unless it is the first open one."""
    closings = _kept(source)
    if not closings or name_of(day) != after(closings[-1].month):
        return Corrections()
    first = date.fromisoformat(f"{closings[0].month}-01")
    scope = Scope(first, date.fromordinal(day.replace(day=1).toordinal() - 1), count_blank)
    reported = [_thawed(closing) for closing in closings]
    return Corrections(**{name: _difference(source, name, scope, reported) for name in _COUNTED})


def with_corrected_rows(source: "Source", report: PeriodReport, count_blank: bool) -> PeriodReport:  # noqa: FBT001
    """The first open month with what changed, row by row, in the closed months of its year.

    A row is the same while name, unit, measure and filters are; a month that was closed without the row, or with
    another measure, said nothing about it and is not corrected.
    """
    closings = _kept(source)
    if not closings or name_of(report.since) != after(closings[-1].month):
        return report
    reported = [_thawed(closing) for closing in closings if closing.month[:4] == f"{report.since:%Y}"]
    facts = Facts(source, report.since.year, count_blank)
    known = {_same(row): facts.days(row) for row in plan.lines(source, report.since.year)}
    rows = (replace(row, corrected=_changed(known.get(_of_report(row), ()), row, reported)) for row in report.rows)
    return replace(report, rows=tuple(rows))


_Same = tuple[str, str, str]


def _same(row: PlanLine) -> _Same:
    return plan.identity(row), row.measure, _canonical(row.filters)


def _of_report(row: PeriodRow) -> _Same:
    return word_key(f"{row.name} {row.unit}"), row.measure, _canonical(row.filters)


def _changed(tables: tuple[Days, ...], row: PeriodRow, reported: Sequence[PeriodReport]) -> tuple[int, ...]:
    """What the ledger counts now for the months that had the row, less what they said, part by part."""
    wanted = _of_report(row)
    change = [0] * len(tables)
    for month in reported:
        said = next((old for old in month.rows if _of_report(old) == wanted), None)
        parts = plan.read_cell("" if said is None or said.done is None else str(said.done)).parts
        if said is None or len(parts) != len(tables):
            continue
        for place, days in enumerate(tables):
            told = parts[place] + (said.corrected[place] if said.corrected else 0)
            change[place] += between(days, month.since, month.until) - told
    return tuple(change) if any(change) else ()


def after(month: str) -> str:
    """The month that follows: ``2026-12`` -> ``2027-01``."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"


def _difference(source: "Source", name: str, scope: Scope, reported: Sequence[PeriodReport]) -> int:
    said: int = sum(getattr(report, name) + getattr(report.corrections, name) for report in reported)
    return totals.count(source, totals.Counted(name), scope) - said


def freeze(report: PeriodReport) -> tuple[str, bytes, str]:
    """A report as it is kept: numbers, packed pages, hash."""
    numbers = _canonical(asdict(replace(report, explain=(), closed=None)))
    lines = _canonical(tuple(report.explain))
    return numbers, zlib.compress(lines.encode(), 9), _hash(numbers, lines)


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _hash(numbers: str, lines: str) -> str:
    return hashlib.sha256(f"{numbers}\n{lines}".encode()).hexdigest()


def _thawed(kept: _Kept, *, explain: bool = False) -> PeriodReport:
    try:
        lines = zlib.decompress(kept.lines).decode()
        same = _hash(kept.numbers, lines) == kept.sha256
    except (zlib.error, UnicodeDecodeError):
        lines, same = "", False
    if not same:
        raise StorageFailed(
            "The numbers of the closed month {month} were altered in the ledger.",
            hint="Restore the ledger from a backup, or ask who changed it.",
            month=kept.month,
        )
    closed = Closed(moment(kept.at), kept.who, kept.sha256)
    return replace(_report(kept.numbers), explain=_lines(lines) if explain else (), closed=closed)


def _report(numbers: str) -> PeriodReport:
    from digitize.report.reader import report_of  # noqa: PLC0415  (loads the library that checks types)

    return report_of(numbers)


def _lines(text: str) -> Behind:
    return Behind(Line(date.fromisoformat(day), *rest) for day, *rest in json.loads(text))
