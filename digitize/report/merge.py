"""Summing up: the reports of several libraries as one, for the viloyat.

Rows meet by what they count, never by their number or wording; rows filled in by hand, which count nothing, meet
by name and unit. ``19/3991`` is added part by part. What is no number is listed, not guessed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from digitize.errors import UsageError
from digitize.plan import Measure, goal, query_of, read_cell
from digitize.plan.words import word_key
from digitize.report.reader import report_of
from digitize.report.rows import Value
from digitize.report.values import Kind, PeriodReport, PeriodRow

COLUMNS = ("last_year", "planned", "done", "done_year")
"""The cells of a row that are added."""
FIGURES = ("pages", "titles", "fulltext", "linked", "blank", "low", "previous_pages")
"""The numbers of a report that are added."""

Amounts = tuple[int | None, ...]
"""One per library; None where it has no such row or no number in it."""


@dataclass(frozen=True, slots=True)
class MergedLine:
    """One part of a row over all libraries: for ``titles/pages`` part 0 is titles, part 1 pages."""

    measure: str
    name: str
    """As the first library writes it."""
    unit: str
    part: int
    parts: int
    amounts: dict[str, Amounts]
    """By column."""


@dataclass(frozen=True, slots=True)
class TextCell:
    """A cell that was not added."""

    library: str
    number: str
    name: str
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """The reports of one period added up; the field names are the JSON keys."""

    kind: Kind
    since: date
    until: date
    libraries: tuple[str, ...]
    missing: tuple[str, ...]
    """Libraries that were expected and sent nothing."""
    figures: dict[str, tuple[int, ...]]
    """Numbers of the reports, one per library."""
    lines: tuple[MergedLine, ...]
    texts: tuple[TextCell, ...]


def read_report(path: Path) -> PeriodReport:
    """A report that ``digitize report … --format json`` wrote; one without a library is named by its file.

    Raises:
        UsageError: the file cannot be read, or is no report.
    """
    try:
        found = report_of(path.read_bytes())
    except OSError as error:
        raise UsageError(
            "The report {path} cannot be read: {why}.", hint="Check the name.", path=path, why=error.strerror
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(
            "The report {path} is not understood: {place}: {words}.",
            hint="It must come from: digitize report month --format json -o FILE",
            path=path,
            place=place,
            words=first["msg"],
        ) from error
    return found


def merge(reports: Sequence[tuple[str, PeriodReport]], expected: Iterable[str] = ()) -> Merged:
    """Add up *reports*, pairs of a library's name and its report; *expected* are the names of all libraries.

    Raises:
        UsageError: there are none, one library stands twice, or the reports are of different periods.
    """
    _check(reports)
    first = reports[0][1]
    names = tuple(name for name, _ in reports)
    present = {word_key(name) for name in names}
    lines, texts = _lines(reports)
    return Merged(
        kind=first.kind,
        since=first.since,
        until=first.until,
        libraries=names,
        missing=tuple(name for name in expected if word_key(name) not in present),
        figures={figure: tuple(getattr(report, figure) for _, report in reports) for figure in FIGURES},
        lines=lines,
        texts=texts,
    )


def _check(reports: Sequence[tuple[str, PeriodReport]]) -> None:
    if not reports:
        raise UsageError("There is no report to add up.", hint="Name the files: digitize report merge a.json b.json")
    seen: set[str] = set()
    first = reports[0][1]
    for name, report in reports:
        if word_key(name) in seen:
            raise UsageError("The library {name} stands twice.", hint="Leave one of its reports out.", name=name)
        seen.add(word_key(name))
        if (report.kind, report.since) != (first.kind, first.since):
            raise UsageError(
                "The report of {name} is of {kind} {since}, the first of {kind2} {since2}.",
                hint="Add up reports of one period.",
                name=name,
                kind=report.kind,
                since=report.since,
                kind2=first.kind,
                since2=first.since,
            )


_Rows = dict[str, list[PeriodRow | None]]


def _lines(reports: Sequence[tuple[str, PeriodReport]]) -> tuple[tuple[MergedLine, ...], tuple[TextCell, ...]]:
    table: _Rows = {}
    texts: list[TextCell] = []
    for place, (library, report) in enumerate(reports):
        for row in report.rows:
            if row.measure == Measure.MANUAL and row.planned is None and row.done_year is None:
                continue
            line = table.setdefault(_meets_by(row), [None] * len(reports))
            if line[place] is None:
                line[place] = row
            else:  # a second row that counts the same would count it twice
                texts += _as_texts(library, row, COLUMNS)
    lines: list[MergedLine] = []
    for rows in table.values():
        width = _width(rows)
        lines += _parts(rows, width)
        for (library, _), found in zip(reports, rows, strict=True):
            texts += _as_texts(library, found, _unadded(found, width)) if found else []
    return tuple(lines), tuple(texts)


def _meets_by(row: PeriodRow) -> str:
    if row.measure == Measure.MANUAL:
        return f"{Measure.MANUAL} {word_key(f'{row.name} {row.unit}')}"
    unit = ""
    measure = Measure.TITLES_PAGES if row.measure == Measure.PAGES else row.measure  # its pages are the same pages
    if row.measure == Measure.DELIVERED:  # pages and copies are different things
        unit = query_of(Measure.DELIVERED, row.unit, read_cell("")).parts[0].value
    filters = sorted((key, sorted(map(word_key, words))) for key, words in row.filters.items() if words)
    return f"{measure}{unit} {filters}"


def _width(rows: Sequence[PeriodRow | None]) -> int:
    """How many parts the cells of a row have; of a row filled in by hand, what most numbers have."""
    measure = _measure(rows)
    if measure == Measure.DELIVERED:
        told = [len(_numbers(row, column)) for row in rows if row for column in COLUMNS]
        return min(filter(None, told), default=1)
    if measure != Measure.MANUAL:
        return 2 if measure == Measure.TITLES_PAGES else 1
    widths = [len(_numbers(row, column)) for row in rows if row for column in COLUMNS]
    return max((width for width in widths if width), key=widths.count, default=1)


def _measure(rows: Sequence[PeriodRow | None]) -> str:
    """Of a line; where one library plans titles and pages and another pages alone, the line has both."""
    measures = [row.measure for row in rows if row]
    return Measure.TITLES_PAGES if Measure.TITLES_PAGES in measures else measures[0]


def _numbers(row: PeriodRow, column: str) -> tuple[int, ...]:
    value: Value = getattr(row, column)
    cell = read_cell("" if value is None else str(value))
    return goal(Measure(row.measure), cell) if row.measure in set(Measure) else cell.parts


def _aligned(row: PeriodRow, column: str, width: int) -> tuple[int | None, ...]:
    """The numbers of a cell in *width* places; one number among titles/pages is pages."""
    numbers = _numbers(row, column)
    if row.measure == Measure.DELIVERED and width == 1 and len(numbers) > 1:
        numbers = (sum(numbers),)
    if len(numbers) == width or (numbers and row.measure in {Measure.PAGES, Measure.TITLES_PAGES}):
        return (*[None] * (width - len(numbers)), *numbers)
    return (None,) * width


def _unadded(row: PeriodRow, width: int) -> list[str]:
    return [
        column
        for column in COLUMNS
        if getattr(row, column) is not None and all(number is None for number in _aligned(row, column, width))
    ]


def _as_texts(library: str, row: PeriodRow, columns: Iterable[str]) -> list[TextCell]:
    return [
        TextCell(library, row.number, row.name, column, str(value))
        for column in columns
        if (value := getattr(row, column)) is not None
    ]


def _parts(rows: Sequence[PeriodRow | None], width: int) -> list[MergedLine]:
    first = next(row for row in rows if row)
    return [
        MergedLine(
            measure=_measure(rows),
            name=first.name,
            unit=first.unit,
            part=part,
            parts=width,
            amounts={
                column: tuple(_aligned(row, column, width)[part] if row else None for row in rows) for column in COLUMNS
            },
        )
        for part in range(width)
    ]


def total(amounts: Iterable[int | None]) -> int | None:
    """The sum of what is there; None where nothing is."""
    there = [amount for amount in amounts if amount is not None]
    return sum(there) if there else None


def named(path: Path, report: PeriodReport, plain: Callable[[str], str] = str.strip) -> tuple[str, PeriodReport]:
    """The report with its library's name, or its file's where it has none."""
    return plain(report.library) or path.stem, report
