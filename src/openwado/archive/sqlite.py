"""The index in one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from openwado.archive.connection import BUSY_SECONDS, Connections, is_busy, unavailable
from openwado.archive.sql_index import SqlIndex

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.archive.database import Transaction

T = TypeVar("T")

#: Between two looks whether another process still writes, seconds.
_SHORTEST_PAUSE, _LONGEST_PAUSE = 1e-4, 2e-3


class SqliteIndex(SqlIndex):
    """The index in an SQLite file, shared by any number of processes and threads.

    Args:
        path: of the file; it and its folder are made if missing.

    Raises:
        UnusableIndex: the file cannot be opened, is no index of ours, or was written by a newer version.
        Unavailable: another process keeps it locked.
    """

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)
        super().__init__(_SqliteDatabase(self._connections))


class _SqliteDatabase:
    """Statements on an SQLite file; implements `Database`."""

    is_remote: Final = False

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def rows(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._connections.here().execute(statement, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise unavailable(error) from error
        except (UnicodeEncodeError, OverflowError):  # what no column can hold is in no row
            return []

    def transaction(self, work: Callable[[Transaction], T], *, durable: bool = False) -> T:
        with self._connections.writing() as connection:
            try:
                try:
                    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
                    _begin(connection)
                    result = work(_SqliteTransaction(connection))
                    connection.execute("COMMIT")
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except sqlite3.DatabaseError as error:
                raise unavailable(error) from error
        return result

    def close(self) -> None:
        self._connections.close()


def _begin(connection: sqlite3.Connection) -> None:
    """Begin a transaction that writes: one at a time, so that nothing collides, and nothing need be locked.

    SQLite waits for its turn in steps of up to 0.1 s, which transactions of 1 ms of other processes pass by: who waits
    longest waits two to three times as long (`benchmarks/index_writers.py`).

    Raises:
        sqlite3.OperationalError: others have kept it for `BUSY_SECONDS`.
    """
    pause, deadline = _SHORTEST_PAUSE, time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        else:
            return
        time.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.3)


class _SqliteTransaction:
    """Implements `Transaction`."""

    longest_key: Final = 1 << 20

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: object) -> Any:  # noqa: ANN401 -- a row is what the statement selects
        return self._connection.execute(statement, values).fetchone()

    locked = row

    def execute(self, statement: str, *values: object) -> None:
        self._connection.execute(statement, values)

    def queue(self, name: str) -> None:
        """Nothing: of the transactions that write, there is one at a time."""
