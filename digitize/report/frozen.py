"""Months whose numbers stand, and what was corrected since.

A district's monthly numbers are signed and sent on; they cannot change afterwards. When a page of a closed month
is deleted, split anew or becomes ready late, the first open month reports the difference, so that the reported
months with their corrections always add up to what the ledger counts.
"""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from digitize import plan
from digitize.errors import StorageFailed
from digitize.ledger import totals
from digitize.ledger.models import Closing
from digitize.ledger.totals import Line, Scope
from digitize.plan.line import PlanLine
from digitize.plan.words import word_key
from digitize.report.facts import Days, Facts, between
from digitize.report.values import Closed, Corrections, PeriodReport, PeriodRow

_COUNTED = ("pages", "titles", "fulltext", "linked")


def name_of(day: date) -> str:
    """``2026-03``, the month of *day*."""
    return f"{day:%Y-%m}"


def closed_report(session: Session, day: date) -> PeriodReport | None:
    """The month of *day* as it was closed, with its pages; None while it is open.

    Raises:
        StorageFailed: the numbers are not the ones that were closed.
    """
    found = session.scalar(select(Closing).where(Closing.month == name_of(day)))
    return _thawed(found) if found else None


def closed_months(session: Session) -> Sequence[str]:
    """The closed months in order."""
    return session.scalars(select(Closing.month).order_by(Closing.month)).all()


def corrections(session: Session, day: date, count_blank: bool) -> Corrections:  # noqa: FBT001  (a setting's value)
    """What the month of *day* must report about closed months; nothing unless it is the first open one."""
    closings = session.scalars(select(Closing).order_by(Closing.month)).all()
    if not closings or name_of(day) != after(closings[-1].month):
        return Corrections()
    first = date.fromisoformat(f"{closings[0].month}-01")
    scope = Scope(first, date.fromordinal(day.replace(day=1).toordinal() - 1), count_blank)
    reported = [_thawed(closing) for closing in closings]
    return Corrections(**{name: _difference(session, name, scope, reported) for name in _COUNTED})


def with_corrected_rows(session: Session, report: PeriodReport, count_blank: bool) -> PeriodReport:  # noqa: FBT001
    """The first open month with what changed, row by row, in the closed months of its year.

    A row is the same while name, unit, measure and filters are; a month that was closed without the row, or with
    another measure, said nothing about it and is not corrected.
    """
    closings = session.scalars(select(Closing).order_by(Closing.month)).all()
    if not closings or name_of(report.since) != after(closings[-1].month):
        return report
    reported = [_thawed(closing) for closing in closings if closing.month[:4] == f"{report.since:%Y}"]
    facts = Facts(session, report.since.year, count_blank)
    known = {_same(row): facts.days(row) for row in plan.lines(session, report.since.year)}
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


def _difference(session: Session, name: str, scope: Scope, reported: Sequence[PeriodReport]) -> int:
    said: int = sum(getattr(report, name) + getattr(report.corrections, name) for report in reported)
    return totals.count(session, totals.Counted(name), scope) - said


def freeze(report: PeriodReport) -> tuple[str, bytes, str]:
    """A report as it is kept: numbers, packed pages, hash."""
    numbers = _canonical(asdict(replace(report, explain=(), closed=None)))
    lines = _canonical(report.explain)
    return numbers, zlib.compress(lines.encode(), 9), _hash(numbers, lines)


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _hash(numbers: str, lines: str) -> str:
    return hashlib.sha256(f"{numbers}\n{lines}".encode()).hexdigest()


def _thawed(closing: Closing) -> PeriodReport:
    try:
        lines = zlib.decompress(closing.lines).decode()
        same = _hash(closing.numbers, lines) == closing.sha256
    except (zlib.error, UnicodeDecodeError):
        lines, same = "", False
    if not same:
        raise StorageFailed(
            f"The numbers of the closed month {closing.month} were altered in the ledger.",
            hint="Restore the ledger from a backup, or ask who changed it.",
        )
    report = _reader().validate_json(closing.numbers)
    return replace(report, explain=_lines(lines), closed=Closed(closing.at, closing.who, closing.sha256))


@cache
def _reader() -> TypeAdapter[PeriodReport]:
    return TypeAdapter(PeriodReport)


def _lines(text: str) -> tuple[Line, ...]:
    return tuple(Line(date.fromisoformat(day), *rest) for day, *rest in json.loads(text))
