"""The review list as a table that a cataloguer edits and gives back: XLSX, or CSV for those without Excel.

The first column is the item, the second the place for the number of the chosen record; whatever stands in the others
is there to be read. Rows may be sorted, deleted or copied into another table.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import BadZipFile

from sqlalchemy.orm import Session

from catalog_link.match import MAX_CANDIDATES
from digitize import formulas, link, store
from digitize.errors import DigitizeError, NotFound, UsageError
from digitize.link import Candidate, LinkedRecord, Review
from digitize.messages import Say, explained
from digitize.settings import Settings

_HEADS = ("item", "choice", "title", "reason")
_CANDIDATE_HEADS = ("record", "its_title", "its_author", "its_year", "score", "why")
_WIDTHS = (16, 18, 40, 30, *(16, 40, 24, 8, 8, 44) * MAX_CANDIDATES)
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
_LINE, _A4 = 15, 9
"""Points of one line of text; the number of that paper in a workbook."""
_SIGNS = {True: "=", False: "≠", None: "?"}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row whose choice cannot be followed."""

    row: int
    """Its line in the table, from 1."""
    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of an edited review list."""

    changes: tuple[LinkedRecord, ...]
    refused: tuple[Refused, ...]
    empty: int
    """Rows without a choice; their items go on waiting."""


def write(reviews: Sequence[Review], target: Path, say: Say) -> None:
    """Write the review list; CSV if the name ends so, XLSX otherwise.

    Raises:
        NotPermitted: the folder may not be written to.
        StorageFailed: the disk does not take it.
    """
    rows = [_heads(say), *(_row(review, say) for review in reviews)]
    content = formulas.as_csv(rows) if target.suffix.lower() == ".csv" else _as_xlsx(rows)
    with store.handing_out(target):
        store.write_durable(target, content)


def accept(session: Session, source: Path, settings: Settings, now: datetime) -> Accepted:
    """Hang every item on the record that stands beside it; what cannot be followed is named and left as it was.

    Raises:
        UsageError: there is no such file.
        DigitizeError: it is no table.
    """
    changes: list[LinkedRecord] = []
    refused: list[Refused] = []
    empty = 0
    for number, (key, choice) in _choices(source):
        if not choice:
            empty += 1
            continue
        try:
            done = link.set_link(session, key, choice, settings, now)
        except (NotFound, UsageError) as error:
            refused.append(Refused(number, key, explained(error, settings.language)))
        else:
            changes += [change for change in done if change.item == key]
    return Accepted(tuple(changes), tuple(refused), empty)


def why(candidate: Candidate, say: Say) -> str:
    """What speaks for a candidate and what against it; empty where a number was found and nothing compared."""
    like = candidate.likeness
    if like is None:
        return ""
    gates = {name: _SIGNS[getattr(like, name)] for name in ("author", "year", "numbers", "pages")}
    return say("catalog.why", title=round(like.title), **gates)


def _heads(say: Say) -> list[str]:
    heads = [say(f"catalog.head_{name}") for name in _HEADS]
    for place in range(1, MAX_CANDIDATES + 1):
        heads += [f"{place}. {say(f'catalog.head_{name}')}" for name in _CANDIDATE_HEADS]
    return heads


def _row(review: Review, say: Say) -> list[str]:
    row = [review.item, "", review.title, say(f"catalog.reason_{review.reason}")]
    for one in review.candidates:
        score = f"{one.likeness.score:g}" if one.likeness else ""
        row += [one.record, one.title, one.author, one.year, score, why(one, say)]
    return row


def _as_xlsx(rows: Sequence[Sequence[str]]) -> bytes:
    import xlsxwriter  # noqa: PLC0415

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        paper = book.add_worksheet()
        bold = book.add_format({"bold": True, "text_wrap": True})
        plain = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        choice = book.add_format({"num_format": "@", "bg_color": "#FFF2CC", "valign": "top"})
        for column, width in enumerate(_WIDTHS):
            paper.set_column(column, column, width)
        for line, row in enumerate(rows):
            for column, text in enumerate(row):
                look = bold if line == 0 else choice if column == 1 else plain
                paper.write_string(line, column, text, look)
            paper.set_row(line, _LINE * _lines(row))  # some programs never grow a row by themselves
        paper.freeze_panes(1, 2)
        paper.set_landscape()
        paper.set_paper(_A4)
        paper.repeat_rows(0)
        paper.repeat_columns(0, 1)
    return content.getvalue()


def _lines(row: Sequence[str]) -> int:
    """How many lines the tallest cell of a row takes in its column's width."""
    return max((-(-len(text) // max(1, width - 2)) for text, width in zip(row, _WIDTHS, strict=False)), default=1) or 1


def _choices(source: Path) -> Iterator[tuple[int, tuple[str, str]]]:
    """Line, item and choice of each row below the headings that names an item."""
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415  (half a second, for those who need it)

    try:
        rows = list(_csv_rows(source) if source.suffix.lower() == ".csv" else _xlsx_rows(source))
    except FileNotFoundError as error:
        raise UsageError("There is no file {source}.", hint="Name an edited review list.", source=source) from error
    except (BadZipFile, InvalidFileException, KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DigitizeError(
            "{source} cannot be read as a table.", hint="Save it as XLSX or as CSV UTF-8.", source=source
        ) from error
    except OSError as error:
        raise store.disk_failed(error) from error
    for number, (key, choice, *_) in enumerate(([*row, "", ""] for row in rows), 1):
        if number > 1 and key.strip():
            yield number, (key.strip(), choice.strip())


def _csv_rows(source: Path) -> Iterator[list[str]]:
    text = source.read_text(encoding="utf-8-sig")
    first = text.partition("\n")[0]
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=first.count)):
        yield [formulas.rearmed(cell) for cell in row]


def _xlsx_rows(source: Path) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415

    book = load_workbook(io.BytesIO(source.read_bytes()), read_only=True, data_only=True)
    for row in book.worksheets[0].iter_rows(max_col=2, values_only=True):
        yield [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as the number it means: spreadsheets keep 2026 as 2026.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
