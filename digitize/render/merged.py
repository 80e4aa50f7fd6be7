"""The summed report as a workbook: districts as rows and as columns, what was not added, who is missing."""

import io
from collections.abc import Sequence
from datetime import datetime

from digitize.messages import Say
from digitize.render.words import long_date, measure_name, plain
from digitize.render.xlsx import Book, Sheet, Value, new_book
from digitize.report.merge import COLUMNS, Merged, MergedLine, total
from digitize.report.values import year_of

_HEADS = {"last_year": "report.last_year", "planned": "report.planned", "done": "report.done_period"}


def merged_xlsx(merged: Merged, say: Say, day: datetime) -> bytes:
    """Five sheets: totals, districts as rows, districts as columns, texts, missing libraries."""
    out = io.BytesIO()
    with new_book(out, say("report.merged", number=len(merged.libraries)), day) as book:
        _figures(book, merged, say)
        _districts_as_rows(book, merged, say)
        _districts_as_columns(book, merged, say)
        _texts(book, merged, say)
        _missing(book, merged, say)
    return out.getvalue()


def line_name(line: MergedLine, say: Say) -> str:
    """What a line counts; the parts of a cell are told apart."""
    if line.measure == "titles/pages":
        return measure_name(("titles", "pages")[line.part], say)
    name = f"{line.name}, {line.unit}" if line.measure == "manual" else measure_name(line.measure, say)
    return f"{plain(name)} ({line.part + 1}/{line.parts})" if line.parts > 1 else plain(name)


def _column_name(column: str, merged: Merged, say: Say) -> str:
    year = year_of(merged.since) - (column == "last_year")
    return say(_HEADS.get(column, "report.done"), year=year)


def _titles(sheet: Sheet, merged: Merged, say: Say) -> None:
    sheet.title(say("report.merged", number=len(merged.libraries)))
    since, until = long_date(merged.since, say), long_date(merged.until, say)
    sheet.title(f"{say(f'status.report_{merged.kind}')} · {since} – {until}")
    if merged.missing:
        sheet.title(f"{say('report.missing')}: {', '.join(merged.missing)}")


def _figures(book: Book, merged: Merged, say: Say) -> None:
    """The reports' own numbers, a line for each library and the sum."""
    keys = {"previous_pages": "previous"}
    sheet = book.sheet(say("report.sheet_totals"), (44, *(19 for _ in merged.figures)))
    _titles(sheet, merged, say)
    sheet.heads((say("report.library"), *(say(f"status.report_{keys.get(key, key)}") for key in merged.figures)))
    for place, library in enumerate(merged.libraries):
        sheet.row((library, *(numbers[place] for numbers in merged.figures.values())))
    sheet.row((say("report.total"), *(sum(numbers) for numbers in merged.figures.values())))


def _districts_as_rows(book: Book, merged: Merged, say: Say) -> None:
    pairs = [(line, column) for line in merged.lines for column in COLUMNS]
    sheet = book.sheet(say("report.sheet_rows"), (44, *(16 for _ in pairs)))
    _titles(sheet, merged, say)
    sheet.heads(
        (say("report.library"), *(f"{line_name(line, say)} · {_column_name(col, merged, say)}" for line, col in pairs))
    )
    for place, library in enumerate(merged.libraries):
        sheet.row((library, *(line.amounts[column][place] for line, column in pairs)))
    sheet.row((say("report.total"), *(total(line.amounts[column]) for line, column in pairs)))


def _districts_as_columns(book: Book, merged: Merged, say: Say) -> None:
    sheet = book.sheet(say("report.sheet_columns"), (44, 18, *(16 for _ in merged.libraries), 16))
    _titles(sheet, merged, say)
    sheet.heads((say("report.figure"), "", *merged.libraries, say("report.total")))
    for line in merged.lines:
        for column in COLUMNS:
            amounts: Sequence[Value] = line.amounts[column]
            name = _column_name(column, merged, say)
            sheet.row((line_name(line, say), name, *amounts, total(line.amounts[column])))


def _texts(book: Book, merged: Merged, say: Say) -> None:
    sheet = book.sheet(say("report.sheet_texts"), (34, 8, 50, 18, 40))
    _titles(sheet, merged, say)
    sheet.heads(
        (say("report.library"), say("status.number"), say("status.name"), say("report.column"), say("report.text"))
    )
    for cell in merged.texts:
        sheet.row((cell.library, cell.number, cell.name, _column_name(cell.column, merged, say), cell.text))


def _missing(book: Book, merged: Merged, say: Say) -> None:
    sheet = book.sheet(say("report.sheet_missing"), (60,))
    sheet.heads((say("report.missing"),))
    for library in merged.missing:
        sheet.row((library,))
