"""Fills the tables of an index, made by the program itself, by the database itself, and compares them with its own."""

from __future__ import annotations

import binascii
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from filling.notes import STUDY_LENGTH, Uids, note, uids
from filling.template import POSTGRESQL, SQLITE, statements
from openwado.archive.postgresql_tables import SCHEMA
from openwado.archive.sqlite import SqliteIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openwado.archive.sql_index import SqlIndex

TABLES = ("file", "study", "series", "instance", "frame", "frame_attributes")

#: Rows of one statement: few enough that the trees of all tables grow side by side, as they do in life.
_AT_A_TIME = 10_000

#: Connections that write to PostgreSQL at the same time, as several servers would; SQLite has one writer at a time.
_WRITERS = 3

_MADE = "CREATE TEMPORARY TABLE made (number BIGINT, study TEXT, series TEXT, instance TEXT)"


def fill_sqlite(path: Path, rows: int, kind: str) -> float:
    """Fill an SQLite index; return the seconds that it took."""
    SqliteIndex(path).close()
    started = time.perf_counter()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.create_function("unhex", 1, binascii.unhexlify, deterministic=True)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -524288", "temp_store = MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(_MADE)
        connection.execute("BEGIN")
        for batch, inserts in _batches(rows, kind, statements(SQLITE, _length(kind))):
            connection.execute("DELETE FROM made")
            connection.executemany("INSERT INTO made VALUES (?, ?, ?, ?)", batch)
            for statement in inserts:
                connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL")
    return time.perf_counter() - started


def fill_postgresql(url: str, rows: int, kind: str) -> float:
    """Fill a PostgreSQL index that has its tables, and tidy it as autovacuum would; return the seconds that it took."""
    import psycopg  # noqa: PLC0415 -- an extra

    started = time.perf_counter()
    with ProcessPoolExecutor(_WRITERS, get_context("spawn")) as processes:
        for written in [processes.submit(_write_share, url, rows, kind, place) for place in range(_WRITERS)]:
            written.result()
    with psycopg.connect(url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        for table in ("file", "study", "series", "instance"):  # they were given their numbers
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'number'), max(number)) FROM {table}".encode()  # noqa: S608
            )
        for table in TABLES:
            connection.execute(f"VACUUM (ANALYZE) {table}".encode())
    return time.perf_counter() - started


def _write_share(url: str, rows: int, kind: str, place: int) -> None:
    """Write every batch whose turn it is, as one of several writers."""
    import psycopg  # noqa: PLC0415 -- an extra

    options = f"-c search_path={SCHEMA} -c session_replication_role=replica"  # what is referred to is there
    with psycopg.connect(url, autocommit=True, options=options) as connection:
        connection.execute(_MADE.encode())
        for number, (batch, inserts) in enumerate(_batches(rows, kind, statements(POSTGRESQL, _length(kind)))):
            if number % _WRITERS == place:
                with connection.transaction():
                    connection.execute("TRUNCATE made")
                    with connection.cursor().copy("COPY made FROM STDIN") as out:
                        for one in batch:
                            out.write_row(one)
                    for statement in inserts:
                        connection.execute(statement.encode())


def _length(kind: str) -> int:
    return len(next(uids(kind)).instance)


def _batches(rows: int, kind: str, inserts: tuple[str, ...]) -> Iterator[tuple[list[Uids], tuple[str, ...]]]:
    if rows % STUDY_LENGTH:
        raise SystemExit(f"rows come in studies of {STUDY_LENGTH}")
    made = islice(uids(kind), rows)
    while batch := list(islice(made, _AT_A_TIME)):
        yield batch, inserts


def write_by_program(index: SqlIndex, start: int, stop: int, kind: str, batch: int = 500) -> float:
    """Write objects start to stop by the program's own code, in transactions of so many; return the seconds of that."""
    seconds = 0.0
    waiting = islice(uids(kind), start, stop)
    while notes := [note(one) for one in islice(waiting, batch)]:
        started = time.perf_counter()
        index.write(notes)
        seconds += time.perf_counter() - started
    return seconds


def every_row(table: str) -> str:
    """Return the statement that gives all of a table, in one order."""
    return f"SELECT * FROM {table} ORDER BY 1, 2"  # noqa: S608 -- names as above


def check_same(kind: str, ours: dict[str, list[Any]], theirs: dict[str, list[Any]]) -> None:
    """Compare all rows of two indexes, by table: the program's and a filled one.

    Raises:
        SystemExit: they differ, so nothing that is measured would be true.
    """
    for table in TABLES:
        if ours[table] != theirs[table]:
            raise SystemExit(f"{table}: rows with {kind} UIDs are not those that the program writes")
