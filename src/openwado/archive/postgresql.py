"""The index in a PostgreSQL database, which several servers may share."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg

from openwado.archive.database import Collision
from openwado.archive.migrations import APPLICATION_ID
from openwado.archive.postgresql_pool import Lost, Pool
from openwado.archive.postgresql_tables import SCHEMA, migrate
from openwado.archive.sql_index import SqlIndex
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.archive.database import Transaction

T = TypeVar("T")

#: Tries of a transaction that others are in the way of, and the longest pause before the next one, seconds.
_TRIES = 6
_PAUSE = 0.05

_COLLISIONS = (
    Collision,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ForeignKeyViolation,  # a series or study that was empty has just been deleted
)

#: What is called otherwise than in `sql`.
_WORDS = {"?": "%s", "group_concat(modality, char(31))": "string_agg(modality, chr(31))"}

_BEGIN = {
    True: b"BEGIN; SET LOCAL synchronous_commit TO on",
    False: b"BEGIN; SET LOCAL synchronous_commit TO off",
}

#: Two numbers of 32 bits: names that have the same one wait for each other, too.
_QUEUE: Final = b"SELECT pg_advisory_xact_lock(%s::int, hashtext(%s))"


class PostgresqlIndex(SqlIndex):
    """The index in a PostgreSQL database, shared by any number of servers, processes and threads.

    Nothing is connected before the first question. The tables are made if missing.

    Args:
        parameters: how to connect, by libpq's names.
        seconds: longest time for the server's answer to one statement; then the index is unavailable.
    """

    def __init__(self, parameters: dict[str, Any], *, seconds: float) -> None:
        self._pool = Pool(parameters, SCHEMA, migrate, seconds=seconds)
        super().__init__(_PostgresqlDatabase(self._pool))


class _PostgresqlDatabase:
    """Statements on a PostgreSQL database; implements `Database`."""

    is_remote: Final = True

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def rows(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._again(lambda: self._rows(statement, values))
        except (UnicodeEncodeError, psycopg.DataError):  # what no column can hold is in no row
            return []
        except psycopg.Error as error:
            raise self._pool.unavailable(error) from error

    def transaction(self, work: Callable[[Transaction], T], *, durable: bool = False) -> T:
        for attempt in count(1):
            try:
                return self._again(lambda: self._transaction(work, durable=durable))
            except _COLLISIONS as error:
                if attempt == _TRIES:
                    detail = f"{type(error).__name__} {_TRIES} times"
                    raise Unavailable("The index is busy. Try again.", retry_after=1, detail=detail) from error
                time.sleep(random.uniform(0, _PAUSE * attempt))  # noqa: S311 -- only that they differ matters
            except psycopg.Error as error:
                raise self._pool.unavailable(error) from error
        raise AssertionError

    def close(self) -> None:
        self._pool.close()

    def _again(self, work: Callable[[], T]) -> T:
        """Do something, and once more where the connection turns out to have been lost since it was last used."""
        try:
            return work()
        except Lost:
            pass
        try:
            return work()
        except Lost as error:
            raise _away(error) from error

    def _rows(self, statement: str, values: tuple[object, ...]) -> list[Any]:
        with self._pool.connection() as connection:
            return connection.execute(_translated(statement), values, prepare=True, binary=True).fetchall()

    def _transaction(self, work: Callable[[Transaction], T], *, durable: bool) -> T:
        is_ending = False
        try:
            with self._pool.connection() as connection:
                connection.execute(_BEGIN[durable])
                try:
                    result = work(_PostgresqlTransaction(connection))
                    is_ending = True
                    connection.execute(b"COMMIT")
                except BaseException:
                    with suppress(psycopg.Error):
                        connection.execute(b"ROLLBACK")
                    raise
        except Lost as error:
            if is_ending:  # nobody knows whether it was done
                raise _away(error) from error
            raise
        return result


class _PostgresqlTransaction:
    """Implements `Transaction`."""

    longest_key: Final = 2600  # a third of a page, less what else is in a row of an index

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def rows(self, statement: str, *values: object) -> list[Any]:
        return self._connection.execute(_translated(statement), values, prepare=True, binary=True).fetchall()

    def row(self, statement: str, *values: object) -> Any:  # noqa: ANN401 -- a row is what the statement selects
        return self._connection.execute(_translated(statement), values, prepare=True, binary=True).fetchone()

    def locked(self, statement: str, *values: object) -> Any:  # noqa: ANN401 -- as above
        # Not FOR UPDATE: that would wait for everybody who adds an object to the series or study.
        return self.row(f"{statement} FOR NO KEY UPDATE", *values)

    def execute(self, statement: str, *values: object) -> None:
        self._connection.execute(_translated(statement), values, prepare=True)

    def queue(self, name: str) -> None:
        self._connection.execute(_QUEUE, (APPLICATION_ID, name), prepare=True)


@cache
def _translated(statement: str) -> bytes:
    for ours, theirs in _WORDS.items():
        statement = statement.replace(ours, theirs)
    return statement.encode()


def _away(error: Lost) -> Unavailable:
    return Unavailable("The index cannot be read or written at the moment.", retry_after=5, detail=str(error))
