"""Takes the full text out of the house as one file, whole or not at all.

A file is written beside its place under a temporary name, counted and read back, made durable, and only then takes
its name: a reader never meets half an export.
"""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Literal

from sqlalchemy.orm import Session

from digitize import __version__, formulas, names, store
from digitize.errors import StorageFailed
from digitize.fulltext.rows import PageRow, page_rows

Format = Literal["sqlite", "jsonl", "csv"]

_COLUMNS = tuple(field.name for field in fields(PageRow))
_LONGEST_CELL = 32_767
"""Characters that Excel has room for in a cell; it would put the rest of a longer one into the next row."""
_BATCH = 1000
_DAMAGED = -1
"""In place of a count: what was read back is not in the form in which it was written."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote and where."""

    path: Path
    rows: int


def export_fulltext(session: Session, path: Path, format: Format, *, since: datetime | None = None) -> Exported:  # noqa: A002
    """Write every done page (with *since*: done then or later) to *path* as one row; an older file is replaced.

    Raises:
        NotPermitted: the folder cannot be written to.
        StorageFailed: the disk is full, or what was read back is not what was written.
    """
    write, read_back = _FORMATS[format]
    with _refusals(path), store.arriving(path) as part:
        written = write(part, page_rows(session, since=since))
        try:
            found = read_back(part)
        except (ValueError, KeyError, TypeError, csv.Error):
            found = _DAMAGED
        if found != written:
            raise StorageFailed(
                "The export to {path} was not kept: {written} pages were written, {found} could be read back.",
                hint="Check the disk and export again.",
                path=path,
                written=written,
                found=max(found, 0),
            )
    return Exported(path, written)


def export_text(session: Session, folder: Path, *, since: datetime | None = None) -> list[Exported]:
    """Write one UTF-8 text per item to *folder*, pages parted by a form feed; *since* chooses whole items.

    Raises:
        NotPermitted: the folder cannot be written to.
        StorageFailed: the disk is full.
    """
    wanted = {row.item for row in page_rows(session, since=since)} if since else None
    exported = []
    for key, rows in groupby(page_rows(session), key=lambda row: row.item):
        if wanted is None or key in wanted:
            path = folder / f"{names.folder_name(key)}.txt"
            texts = [row.text for row in rows]
            with _refusals(path):
                store.write_durable(path, "\f".join(texts).encode())
            exported.append(Exported(path, len(texts)))
    return exported


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        with store.handing_out(path):
            yield
    except sqlite3.Error as error:
        raise StorageFailed(
            "The export to {path} failed: {error}.", hint="Check free space and export again.", path=path, error=error
        ) from error


def _write_jsonl(path: Path, rows: Iterable[PageRow]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
            count += 1
    return count


def _count_jsonl(path: Path) -> int:
    with path.open(encoding="utf-8", newline="\n") as file:
        return sum(1 for line in file if json.loads(line)["item"])


def _write_csv(path: Path, rows: Iterable[PageRow]) -> int:
    """What Excel in Uzbekistan opens with a double click: UTF-8 with BOM, semicolons, no cell a formula or too long."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(_COLUMNS)
        for row in rows:
            writer.writerow([_cell(value) for value in astuple(row)])
            count += 1
    return count


def _cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    safe = formulas.disarmed(value).replace("\0", "")
    return safe if len(safe) <= _LONGEST_CELL else safe[: _LONGEST_CELL - 1] + "…"


def _count_csv(path: Path) -> int:
    csv.field_size_limit(1 << 30)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for row in csv.DictReader(file, delimiter=";") if row["item"])


_SCHEMA = f"""
CREATE TABLE pages (id INTEGER PRIMARY KEY, {", ".join(_COLUMNS)});
CREATE TABLE readme (line INTEGER PRIMARY KEY, text TEXT);
CREATE VIRTUAL TABLE pages_fts USING fts5(
    item UNINDEXED, page UNINDEXED, title UNINDEXED, text, folded,
    content='pages', content_rowid='id', tokenize="unicode61 remove_diacritics 0 tokenchars 'ʻʼ'"
);
"""
_README = """
To‘liq matnli ma’lumotlar bazasi: har bir sahifa uchun bitta qator. Полнотекстовая база. A full-text database.
Made by digitize {version} at {now}; {count} pages, blank ones too.
pages: one row per page. item = inventory number or barcode, page = place in the item from 1, title, type,
  record = number of the bibliographic record, author, year, url = link in the record, language = model that read it,
  script = ISO 15924, outcome = ok, low (read badly) or blank, confidence = 0-100, done_at = UTC, sha256 = of the scan,
  text = as read, folded = the same words in one spelling for Latin, Cyrillic and every apostrophe.
pages_fts: FTS5 over text and folded. Look in folded with small letters, no apostrophes, o for o‘ and ў, g for g‘ and ғ:
  SELECT item, page, snippet(pages_fts, 3, '[', ']', '…', 12) FROM pages_fts WHERE pages_fts MATCH 'kutubxona*';
  SELECT item, page FROM pages_fts WHERE pages_fts MATCH 'folded : ozbekiston*' ORDER BY rank LIMIT 20;
  SELECT p.* FROM pages_fts f JOIN pages p ON p.id = f.rowid WHERE pages_fts MATCH 'folded : qorgontepa*';
"""


def _write_sqlite(path: Path, rows: Iterable[PageRow]) -> int:
    insert = f"INSERT INTO pages ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_SCHEMA)
        with database:
            database.executemany(insert, map(astuple, rows))
            database.execute("INSERT INTO pages_fts (pages_fts) VALUES ('rebuild')")
            count: int = database.execute("SELECT count(*) FROM pages").fetchone()[0]
            database.executemany("INSERT INTO readme (text) VALUES (?)", [(line,) for line in _readme(count)])
        database.execute("INSERT INTO pages_fts (pages_fts) VALUES ('optimize')")
        database.commit()
    return count


def _readme(count: int) -> list[str]:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return _README.format(version=__version__, now=now, count=count).strip().splitlines()


def _count_sqlite(path: Path) -> int:
    """Rows of the table, if the database is whole and its index fits it."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("INSERT INTO pages_fts (pages_fts, rank) VALUES ('integrity-check', 1)")
        whole = database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        count: int = database.execute("SELECT count(*) FROM pages").fetchone()[0]
        return count if whole else _DAMAGED


_Write = Callable[[Path, Iterable[PageRow]], int]
_FORMATS: dict[Format, tuple[_Write, Callable[[Path], int]]] = {
    "sqlite": (_write_sqlite, _count_sqlite),
    "jsonl": (_write_jsonl, _count_jsonl),
    "csv": (_write_csv, _count_csv),
}
