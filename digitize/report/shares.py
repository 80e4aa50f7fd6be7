"""Who and what brought the pages of a period: operators, scanners, sources, types; pages, days and pace."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

from digitize.calendar import Absence, Calendar, read_absences
from digitize.ledger.totals import Bundle, Scope, largest_first
from digitize.report.values import Share
from digitize.settings import Settings
from digitize.uzbek import fold

Part = Literal["outcome", "source", "type", "operator", "scanner"]
_PACED: tuple[Part, ...] = ("operator", "scanner", "source")


def pages_by(found: Sequence[Bundle], part: Part) -> dict[str, int]:
    """Counted pages divided by a property of theirs or their item's, the largest part first."""
    parts: dict[str, int] = {}
    for bundle in found:
        name: str = getattr(bundle, part)
        parts[name] = parts.get(name, 0) + bundle.pages
    return largest_first(parts)


def shares(found: Sequence[Bundle], settings: Settings, scope: Scope, calendar: Calendar) -> tuple[Share, ...]:
    """One line for each operator, scanner and source with pages, and for everybody else of the staff.

    Raises:
        BadConfig: the file of absences is missing or not understood.
    """
    away = read_absences(Path(settings.absences)) if settings.absences else ()
    return tuple(
        Share(part, name, pages, days, round(pages / days, 1) if days else 0.0, _away(name, away, scope, calendar))
        if part == "operator"
        else Share(part, name, pages, days, round(pages / days, 1))
        for part in _PACED
        for name, pages, days in _divided(found, settings, part)
    )


def _divided(found: Sequence[Bundle], settings: Settings, part: Part) -> Iterator[tuple[str, int, int]]:
    parts = pages_by(found, part)
    for name, pages in parts.items():
        yield name, pages, len({bundle.day for bundle in found if getattr(bundle, part) == name})
    if part == "operator":
        named = {fold(name) for name in parts}
        yield from ((name, 0, 0) for name in settings.staff if fold(name) not in named)


def _away(name: str, absences: Sequence[Absence], scope: Scope, calendar: Calendar) -> int:
    """Working days of *scope* on which *name* was away."""
    days = (scope.since + timedelta(days=number) for number in range((scope.until - scope.since).days + 1))
    return sum(calendar.is_working(day) and _is_away(name, day, absences) for day in days)


def _is_away(name: str, day: date, absences: Sequence[Absence]) -> bool:
    return any(fold(one.who) == fold(name) and one.since <= day <= one.until for one in absences)
