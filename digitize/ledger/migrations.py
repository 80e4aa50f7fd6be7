"""Numbered steps from an empty database to the present tables; each in one transaction with its own record.

A ledger that is newer than this program is refused. A copy is made before the first pending step.
"""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DefaultClause, Engine, exists, insert, inspect, select, text

from digitize.errors import BadConfig
from digitize.ledger import service  # its tables belong to the first step, too
from digitize.ledger.models import PAGE_LOW, Base

Migration = Callable[[Connection], None]


def _first_tables(connection: Connection) -> None:
    Base.metadata.create_all(connection)


def _full_text(connection: Connection) -> None:
    """FTS5 over the folded keys of page_text (external content: the text is stored once)."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE page_fts USING fts5(strict, folded, ocr,"
            " content='page_text', content_rowid='page_id',"
            " tokenize=\"unicode61 remove_diacritics 0 tokenchars 'ʻʼ'\", prefix='2 3 4')"
        )
    )
    rows = "(rowid, strict, folded, ocr) VALUES ({0}.page_id, {0}.strict, {0}.folded, {0}.ocr);"
    gone = "(page_fts, rowid, strict, folded, ocr) VALUES ('delete', old.page_id, old.strict, old.folded, old.ocr);"
    for event, body in (
        ("INSERT", f"INSERT INTO page_fts{rows.format('new')}"),
        ("DELETE", f"INSERT INTO page_fts{gone}"),
        ("UPDATE", f"INSERT INTO page_fts{gone} INSERT INTO page_fts{rows.format('new')}"),
    ):
        connection.execute(
            text(f"CREATE TRIGGER page_text_{event.lower()} AFTER {event} ON page_text BEGIN {body} END")
        )


def _fixity(connection: Connection) -> None:
    """When bytes were last checked, and what was found damaged; a fresh ledger has both from the first step."""
    Base.metadata.tables["damage"].create(connection, checkfirst=True)
    for table, name in (("master", "checked_at"), ("item", "pdf_checked_at")):
        if name not in {column["name"] for column in inspect(connection).get_columns(table)}:
            type_ = Base.metadata.tables[table].c[name].type.compile(connection.dialect)
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {name} {type_}"))


def _room_for_names(connection: Connection) -> None:
    """Long file names and files over 2 GiB: SQLite keeps both in any column, a server only where it is told to."""
    if connection.dialect.name == "sqlite":
        return
    for table, name in (
        ("master", "size"), ("master", "name"), ("page", "slot"), ("refusal", "item_key"), ("refusal", "name")
    ):  # fmt: skip
        type_ = Base.metadata.tables[table].c[name].type.compile(connection.dialect)
        connection.execute(text(f"ALTER TABLE {table} ALTER COLUMN {name} TYPE {type_}"))


def _link_details(connection: Connection) -> None:
    """What the link field says besides the address: size and access of the PDF; sizes as they were logged."""
    for name in ("pdf_size", "access"):
        _add_column(connection, "item", name)
    event = Base.metadata.tables["event"].c
    published = select(event.item_id, event.detail).where(event.what == "published").order_by(event.id)
    for item_id, detail in connection.execute(published).all():
        size = detail.get("size", 0)
        connection.execute(text("UPDATE item SET pdf_size = :size WHERE id = :id"), {"size": size, "id": item_id})


def _add_column(connection: Connection, table: str, name: str) -> None:
    """Nothing for a ledger made in the first step, which has every column of the models."""
    if name in {column["name"] for column in inspect(connection).get_columns(table)}:
        return
    column = Base.metadata.tables[table].c[name]
    type_ = column.type.compile(connection.dialect)
    default = column.server_default.arg if isinstance(column.server_default, DefaultClause) else None
    rest = "" if default is None else f" NOT NULL DEFAULT '{default}'"
    connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {name} {type_}{rest}"))


def _indices(connection: Connection) -> None:
    """Indices by which ten million pages are counted and claimed as quickly as ten thousand; history has number 0."""
    for table, gone in (("page", {"page_queue", "page_counted"}), ("master", set())):
        present = {str(index["name"]) for index in inspect(connection).get_indexes(table)}
        for name in sorted(gone & present):
            connection.execute(text(f"DROP INDEX {name}"))
        for index in Base.metadata.tables[table].indexes:
            if index.name not in present:
                index.create(connection)
        if table == "page" and "page_low" not in present:
            connection.execute(PAGE_LOW)
    connection.execute(text("UPDATE page SET number = 0 WHERE state IN ('superseded', 'duplicate') AND number <> 0"))


def _closed_months(connection: Connection) -> None:
    """Months whose numbers stand; a fresh ledger has the table from the first step."""
    Base.metadata.tables["closing"].create(connection, checkfirst=True)


def _titles_and_authors(connection: Connection) -> None:
    """Author and year of an item; the keys under which records with like titles and authors meet."""
    from catalog_link.likeness import author_block, title_block  # noqa: PLC0415  (only ledgers of old need it)

    _add_column(connection, "item", "author")
    _add_column(connection, "item", "year")
    record, key = (Base.metadata.tables[name] for name in ("record", "record_key"))
    living = (record.c.replaced_at.is_(None), exists().where(key.c.record_id == record.c.id))
    query = select(record.c.id, record.c.title, record.c.author).where(*living).order_by(record.c.id).limit(1000)
    last = 0
    while rows := connection.execute(query.where(record.c.id > last)).all():
        last = rows[-1].id
        blocks = [(row.id, "title", title_block(row.title)) for row in rows]
        blocks += [(row.id, "author", author_block(row.author)[:120]) for row in rows]
        values = [{"record_id": id_, "kind": kind, "value": value} for id_, kind, value in blocks if value]
        if values:
            connection.execute(insert(key), values)


FIRST_MARK, MARKS = 0x4E00, 3
"""Words of the index begin with a sign (a letter that no Uzbek text has) that tells the shelf of their page and their
level of keys: a search goes shelf by shelf and may stop when it has enough, however common its word is."""
SHELF_BITS = 13
"""A shelf holds the pages of 8192 ids."""


def _shelves(connection: Connection) -> None:
    """The full-text index again, its words marked with their shelf and level."""
    if connection.dialect.name != "sqlite":
        return
    for event in ("insert", "delete", "update"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS page_text_{event}"))
    connection.execute(text("DROP TABLE IF EXISTS page_fts"))
    connection.execute(text("DROP VIEW IF EXISTS page_marked"))
    names = ("strict", "folded", "ocr")
    columns = ", ".join(_marked("page_text", name, level) + f" AS {name}" for level, name in enumerate(names))
    connection.execute(text(f"CREATE VIEW page_marked AS SELECT page_id, {columns} FROM page_text"))  # noqa: S608
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE page_fts USING fts5(strict, folded, ocr,"
            " content='page_marked', content_rowid='page_id',"
            " tokenize=\"unicode61 remove_diacritics 0 tokenchars 'ʻʼ'\", prefix='3 4 5')"
        )
    )
    added = _entry("new", "INSERT INTO page_fts (rowid, strict, folded, ocr) VALUES (")
    gone = _entry("old", "INSERT INTO page_fts (page_fts, rowid, strict, folded, ocr) VALUES ('delete', ")
    for event, body in (("INSERT", added), ("DELETE", gone), ("UPDATE", gone + added)):
        connection.execute(
            text(f"CREATE TRIGGER page_text_{event.lower()} AFTER {event} ON page_text BEGIN {body} END")
        )
    connection.execute(text("INSERT INTO page_fts (page_fts) VALUES ('rebuild')"))


def _entry(row: str, begin: str) -> str:
    keys = (_marked(row, name, level) for level, name in enumerate(("strict", "folded", "ocr")))
    return f"{begin}{row}.page_id, {', '.join(keys)});"


def _marked(row: str, name: str, level: int) -> str:
    """SQL: the key with a mark before each of its words, which stand one blank apart."""
    mark = f"char({FIRST_MARK} + {MARKS} * ({row}.page_id >> {SHELF_BITS}) + {level})"
    return f"CASE {row}.{name} WHEN '' THEN '' ELSE {mark} || replace({row}.{name}, ' ', ' ' || {mark}) END"


def _identifiers(connection: Connection) -> None:
    """The name of an item in the shape of an ARK."""
    _add_column(connection, "item", "ark")


def _origins(connection: Connection) -> None:
    """Which file of the hot folder a refusal came from; an index by which it is found."""
    _add_column(connection, "refusal", "origin")
    present = {str(index["name"]) for index in inspect(connection).get_indexes("refusal")}
    for index in Base.metadata.tables["refusal"].indexes:
        if index.name not in present:
            index.create(connection)


def _printed_numbers(connection: Connection) -> None:
    """The number printed on a page."""
    _add_column(connection, "page", "label")


def _lean_index(connection: Connection) -> None:
    """The full-text index without indices of beginnings: within one shelf the words themselves are read as quickly."""
    if connection.dialect.name != "sqlite":
        return
    connection.execute(text("DROP TABLE page_fts"))
    connection.execute(
        text(
            "CREATE VIRTUAL TABLE page_fts USING fts5(strict, folded, ocr,"
            " content='page_marked', content_rowid='page_id',"
            " tokenize=\"unicode61 remove_diacritics 0 tokenchars 'ʻʼ'\")"
        )
    )
    connection.execute(text("INSERT INTO page_fts (page_fts) VALUES ('rebuild')"))


LONGEST_WORD = 60
"""Letters of a word by which PostgreSQL finds it; its text search takes no word over 2046 bytes."""
_MOST_PLACES = 16_383
"""The last place in a text that its text search can hold."""

_KEYS = f"""
CREATE OR REPLACE FUNCTION digitize_keys(text, text, text, letters int, places int) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(string_agg('''' || level || left(word, letters) || ''':' || place, ' '), '')::tsvector
    FROM (VALUES ('0', $1), ('1', $2), ('2', $3)) AS keys (level, words),
        LATERAL unnest(string_to_array(words, ' ')) WITH ORDINALITY AS split (word, place)
    WHERE word <> '' AND place <= places
$$;
CREATE OR REPLACE FUNCTION digitize_page_keys(text, text, text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path FROM CURRENT AS $$
BEGIN
    RETURN digitize_keys($1, $2, $3, {LONGEST_WORD}, {_MOST_PLACES});
EXCEPTION WHEN program_limit_exceeded THEN
    RETURN digitize_keys($1, $2, $3, 12, 5000);  -- a mebibyte is all it holds: the page is found by its first words
END $$;
"""  # noqa: S608  (nothing but our own two numbers)


def _text_search(connection: Connection) -> None:
    """PostgreSQL's own text search: its column of marked keys follows every row by itself."""
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(_KEYS)
    made = "tsvector GENERATED ALWAYS AS (digitize_page_keys(strict, folded, ocr)) STORED"
    connection.execute(text(f"ALTER TABLE page_text ADD COLUMN keys {made}"))
    connection.execute(text("CREATE INDEX page_text_keys ON page_text USING gin (keys)"))


def _item_indices(connection: Connection) -> None:
    """Items are counted, and searched for missing pages, without reading their titles.

    Indices over columns that only a later step brings are left to that step.
    """
    table = inspect(connection)
    present = {str(index["name"]) for index in table.get_indexes("item")}
    columns = {column["name"] for column in table.get_columns("item")}
    for index in Base.metadata.tables["item"].indexes:
        if index.name not in present and {column.name for column in index.columns} <= columns:
            index.create(connection)


def _orders(connection: Connection) -> None:
    """Orders with their deliveries and payments, QR codes in public, entries by hand; the scanner of an item."""
    entered = (
        service.HandEntry,
        service.Order,
        service.OrderItem,
        service.Delivery,
        service.Payment,
        service.Placement,
    )
    for model in entered:
        Base.metadata.tables[model.__tablename__].create(connection, checkfirst=True)
    _add_column(connection, "item", "scanner")


def _catalogue_details(connection: Connection) -> None:
    """Which 8-bit encoding a record's file is in; which addresses are dead."""
    _add_column(connection, "record", "encoding")
    _add_column(connection, "link", "dead")


def _decisions(connection: Connection) -> None:
    """What decision the done pages of an item were found to be made with."""
    _add_column(connection, "item", "made_with")


def _unbuilt_books(connection: Connection) -> None:
    """Why an item's PDF could not be built the last time."""
    _add_column(connection, "item", "unbuilt")
    _item_indices(connection)


def _restorable_keys(connection: Connection) -> None:
    """pg_restore fills tables while no schema is looked through: the keys' function has to know where its helper is."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_KEYS)


MIGRATIONS: tuple[Migration, ...] = (
    _first_tables,
    _full_text,
    _fixity,
    _room_for_names,
    _link_details,
    _indices,
    _closed_months,
    _titles_and_authors,
    _shelves,
    _identifiers,
    _origins,
    _printed_numbers,
    _lean_index,
    _text_search,
    _item_indices,
    _orders,
    _catalogue_details,
    _decisions,
    _unbuilt_books,
    _restorable_keys,
)
CURRENT = len(MIGRATIONS)


def version(connection: Connection) -> int:
    """The version the database says it has; 0 for an empty one. Reads only."""
    if not inspect(connection).has_table("meta"):
        return 0
    value = connection.execute(text("SELECT value FROM meta WHERE key = 'version'")).scalar()
    return int(value or 0)


def migrate(engine: Engine) -> None:
    """Bring the database to :data:`CURRENT`.

    Raises:
        BadConfig: the database belongs to a newer program.
    """
    with engine.connect() as connection:
        found = version(connection)
    if found > CURRENT:
        raise BadConfig(
            "The ledger has version {found}, this program knows {current}.",
            hint="Install the newer digitize again.",
            found=found,
            current=CURRENT,
        )
    if 0 < found < CURRENT:
        _copy(engine, found)
    for number in range(found, CURRENT):
        with engine.begin() as connection:
            if version(connection) > number:
                continue  # another process was quicker
            MIGRATIONS[number](connection)
            _record(connection, number + 1)


def _record(connection: Connection, number: int) -> None:
    connection.execute(text("DELETE FROM meta WHERE key = 'version'"))
    connection.execute(text("INSERT INTO meta (key, value) VALUES ('version', :v)"), {"v": str(number)})


def _copy(engine: Engine, found: int) -> None:
    """SQLite's online backup beside the ledger; a PostgreSQL administrator has pg_dump."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    source = Path(engine.url.database)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    with (
        sqlite3.connect(source) as old,
        sqlite3.connect(source.with_name(f"ledger-v{found}-{stamp}.db")) as new,
    ):
        old.backup(new)
