"""Connections to PostgreSQL: a few a process, opened when they are needed, safe after a fork."""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import TransactionStatus

from openwado.archive.database import UnusableIndex
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Most connections of one process.
CONNECTIONS = 8

#: Seconds that a request waits for one of them.
WAIT = 5.0

#: So that nothing hangs: seconds to connect, and after which a machine that does not answer counts as away.
_PARAMETERS: dict[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}

#: The server's own limits for each statement, for waiting for others, and for transactions that nobody goes on with.
_OPTIONS = "-c statement_timeout=30s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s"

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
    """

    def __init__(
        self, parameters: dict[str, Any], search_path: str, prepare: Callable[[psycopg.Connection[Any]], None]
    ) -> None:
        options = f"{_OPTIONS} {parameters.get('options') or ''} -c search_path={search_path}"
        self._parameters = {**_PARAMETERS, "application_name": "openwado", **parameters, "options": options}
        self._prepare = prepare
        # By process: what a child inherits is its parent's, never used by it nor closed, not even by being collected.
        self._shares: dict[int, _Share] = {}

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection in autocommit mode.

        Raises:
            Unavailable: none can be had at the moment.
            Lost: it broke; another one may work.
        """
        share = self._shares.setdefault(os.getpid(), _Share())
        if not share.slots.acquire(timeout=WAIT):
            raise Unavailable("The index is busy. Try again.", retry_after=1, detail="all connections are in use")
        try:
            connection = share.idle.pop() if share.idle else self._open(share)
            try:
                yield connection
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

    def _open(self, share: _Share) -> psycopg.Connection[Any]:
        try:
            connection: psycopg.Connection[Any] = psycopg.connect(autocommit=True, **self._parameters)
        except psycopg.Error as error:
            raise self.unavailable(error) from None  # its message may quote how it connects
        try:
            with share.preparing:
                if not share.is_prepared:
                    self._prepare(connection)
                    share.is_prepared = True
        except psycopg.Error as error:
            connection.close()
            raise self.unavailable(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _forget_idle(self, share: _Share) -> None:
        while share.idle:
            share.idle.pop().close()


class _Share:
    """What one process has of them."""

    def __init__(self) -> None:
        self.slots = threading.BoundedSemaphore(CONNECTIONS)
        self.idle: deque[psycopg.Connection[Any]] = deque()
        self.preparing = threading.Lock()
        self.is_prepared = False
