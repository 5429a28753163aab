"""Connections to PostgreSQL: a few a process, opened when they are needed, safe after a fork."""

from __future__ import annotations

import math
import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from openwado.archive.database import UnusableIndex
from openwado.archive.postgresql_connection import Silent, TimedConnection
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Most connections of one process.
CONNECTIONS = 8

#: Seconds that a request waits for one of them, and for the server to take a new one.
WAIT = 5.0

#: After which a machine that does not answer counts as away.
_PARAMETERS: dict[str, int] = {
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}

#: What part of the time for an answer the server has itself: where it works, its own words come first.
_SERVERS_PART = 0.9

_BUSY = (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable, psycopg.errors.TooManyConnections)
_UNUSABLE = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.DuplicateTable,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.InsufficientPrivilege,
)


class Lost(Exception):  # noqa: N818 -- an event
    """The connection broke while it was used."""


class Pool:
    """Connections that are used again.

    Args:
        parameters: of the connections, by libpq's names.
        search_path: the schema that tables without one are in.
        prepare: what is done once in every process, with its first connection.
        seconds: longest time for the answer to one statement; then the connection is given up.
    """

    def __init__(
        self,
        parameters: dict[str, Any],
        search_path: str,
        prepare: Callable[[TimedConnection], None],
        *,
        seconds: float,
    ) -> None:
        options = f"{_options(seconds)} {parameters.get('options') or ''} -c search_path={search_path}"
        self._parameters = {
            **_PARAMETERS,
            "connect_timeout": math.ceil(min(WAIT, seconds)),
            "application_name": "openwado",
            **parameters,
            "options": options,
        }
        self._prepare = prepare
        self._seconds = seconds
        # By process: what a child inherits is its parent's, never used by it nor closed, not even by being collected.
        self._shares: dict[int, _Share] = {}

    @contextmanager
    def connection(self) -> Iterator[TimedConnection]:
        """Lend a connection in autocommit mode.

        Raises:
            Unavailable: none can be had at the moment, or the server does not answer on it.
            Lost: it broke; another one may work.
        """
        share = self._shares.setdefault(os.getpid(), _Share())
        if not share.slots.acquire(timeout=WAIT):
            raise Unavailable("The index is busy. Try again.", retry_after=1, detail="all connections are in use")
        try:
            connection = share.idle.pop() if share.idle else self._open(share)
            try:
                yield connection
            except Silent as error:
                self._forget_idle(share)  # on the others it would be as silent
                raise self.unavailable(error) from error
            except psycopg.Error as error:
                if connection.closed:
                    self._forget_idle(share)  # whatever it was has most likely broken them too
                    raise Lost(self.without_secrets(str(error))) from error
                raise
            finally:
                if connection.info.transaction_status == TransactionStatus.IDLE:
                    share.idle.append(connection)
                else:
                    connection.close()
        finally:
            share.slots.release()

    def close(self) -> None:
        """Close what this process has opened; no thread may be using it any more."""
        share = self._shares.pop(os.getpid(), None)
        if share is not None:
            self._forget_idle(share)

    def without_secrets(self, text: str) -> str:
        """Return a sentence for the log without the password."""
        for name in ("password", "sslpassword"):
            secret = self._parameters.get(name)
            if secret:
                text = text.replace(str(secret), "…")
        return text

    def unavailable(self, error: psycopg.Error) -> Exception:
        """Return what a failed statement means for a request; a fault of the program itself stays what it is."""
        detail = self.without_secrets(str(error).strip())
        if isinstance(error, _UNUSABLE):
            return UnusableIndex(f"the database of the index cannot be used: {detail}")
        if isinstance(error, _BUSY):
            return Unavailable("The index is busy. Try again.", retry_after=1, detail=detail)
        if isinstance(error, (psycopg.ProgrammingError, psycopg.IntegrityError, psycopg.DataError)):
            return error
        return Unavailable("The index cannot be read or written at the moment.", retry_after=5, detail=detail)

    def _open(self, share: _Share) -> TimedConnection:
        try:
            connection = TimedConnection.connect(autocommit=True, **self._parameters)
        except psycopg.Error as error:
            raise self.unavailable(error) from None  # its message may quote how it connects
        connection.seconds = self._seconds
        try:
            self._prepare_once(share, connection)
        except psycopg.Error as error:
            connection.close()
            raise self.unavailable(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare_once(self, share: _Share, connection: TimedConnection) -> None:
        if not share.preparing.acquire(timeout=WAIT):
            raise Unavailable("The index is busy. Try again.", retry_after=1, detail="its tables are being looked at")
        try:
            if not share.is_prepared:
                self._prepare(connection)
                share.is_prepared = True
        finally:
            share.preparing.release()

    def _forget_idle(self, share: _Share) -> None:
        while share.idle:
            share.idle.pop().close()


def _options(seconds: float) -> str:
    """Return the server's own limits for each statement, for waiting for others, and for what nobody goes on with."""
    statement = math.ceil(seconds * _SERVERS_PART * 1000)
    lock = min(statement, int(WAIT * 1000))
    return f"-c statement_timeout={statement} -c lock_timeout={lock} -c idle_in_transaction_session_timeout=60s"


class _Share:
    """What one process has of them."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(CONNECTIONS)
        self.idle: deque[TimedConnection] = deque()
        self.preparing = threading.Lock()
        self.is_prepared = False
