"""Connections to an SQLite file: one a process and thread to read, one a process to write, opened when first needed."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from openwado.archive.database import UnusableIndex
from openwado.archive.migrations import migrate
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds that a statement waits for another process's transaction.
BUSY_SECONDS = 5.0

_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",  # WAL: a power cut can take the last transactions, never the file's consistency
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -16384",  # KiB
    # Bytes: pages are shared with the system and all processes, and need no copy. SQLite as it is usually built takes
    # 2 GiB of this at the most, and reads the rest of a larger file.
    "PRAGMA mmap_size = 4294967296",
    "PRAGMA journal_size_limit = 67108864",
)

_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class Connections:
    """Gives every thread of every process its own connection, and every process one to write, also after a fork.

    Args:
        path: of the SQLite file.

    Raises:
        UnusableIndex: the file cannot be opened, is none of ours, or is a newer version's.
        Unavailable: another process keeps it locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._local = threading.local()
        # All of them, so that none is closed by mere garbage collection in a child process that inherited it: that
        # would be the child meddling with its parent's transaction.
        self._opened: list[tuple[int, threading.Thread, sqlite3.Connection]] = []
        self._writing = threading.Lock()
        self._writers: dict[int, sqlite3.Connection] = {}  # by process
        self.here()

    def here(self) -> sqlite3.Connection:
        """Return the calling thread's connection."""
        held: tuple[int, sqlite3.Connection] | None = getattr(self._local, "held", None)
        if held is not None and held[0] == os.getpid():
            return held[1]
        connection = self._open()
        self._keep(connection)
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection by which this process writes, to one thread at a time.

        SQLite lets one transaction write at a time in any case; and a connection that has written the last one has the
        pages in memory that the next one needs, where any other has to read them again.

        Raises:
            Unavailable: another thread keeps it.
        """
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise Unavailable("The index is busy. Try again.", retry_after=1, detail="another thread writes")
        try:
            writer = self._writers.get(os.getpid())
            if writer is None:
                writer = self._writers[os.getpid()] = self._open()
                writer.execute("PRAGMA busy_timeout = 0")  # who begins a transaction waits for it by itself
            yield writer
        finally:
            self._writing.release()

    def close(self) -> None:
        """Close what this process has opened; no other thread may be using it any more."""
        with self._lock:
            mine = [entry[2] for entry in self._opened if entry[0] == os.getpid()]
            self._opened = [entry for entry in self._opened if entry[0] != os.getpid()]
            self._local = threading.local()
            writer = self._writers.pop(os.getpid(), None)
        for connection in [*mine, writer] if writer else mine:
            connection.close()

    def _keep(self, connection: sqlite3.Connection) -> None:
        """Remember a connection, and close those of threads that have ended."""
        with self._lock:
            ended = [entry for entry in self._opened if entry[0] == os.getpid() and not entry[1].is_alive()]
            self._opened = [entry for entry in self._opened if entry not in ended]
            self._opened.append((os.getpid(), threading.current_thread(), connection))
            self._local.held = (os.getpid(), connection)
        for _, _, unused in ended:
            unused.close()

    def _open(self) -> sqlite3.Connection:
        try:
            _create_private(self._path)
            connection = sqlite3.connect(
                self._path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,  # close() may come from another thread
                cached_statements=128,
            )
        except (OSError, sqlite3.DatabaseError) as error:
            raise UnusableIndex(f"{self._path} cannot be opened: {error}") from error
        try:
            migrate(connection, self._path)
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000:.0f}")
            for pragma in _PRAGMAS:
                connection.execute(pragma)
        except sqlite3.DatabaseError as error:
            connection.close()
            raise self._unusable(error) from error
        except BaseException:
            connection.close()
            raise
        return connection

    def _unusable(self, error: sqlite3.DatabaseError) -> Exception:
        if _primary_code(error) in _BUSY:
            return unavailable(error)
        if _primary_code(error) in _DAMAGED:
            return UnusableIndex(f"{self._path} is damaged or no SQLite file: {error}. Move it away and index again")
        return UnusableIndex(f"{self._path} cannot be used: {error}")


def unavailable(error: sqlite3.DatabaseError) -> Exception:
    """Return what a failed statement means for a request; a fault of the program itself stays what it is."""
    if isinstance(error, (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.NotSupportedError)):
        return error
    code = _primary_code(error)
    if code in _BUSY:
        return Unavailable("The index is busy. Try again.", retry_after=1, detail=str(error))
    if code is None or code in _DAMAGED:  # without a code: a text is no UTF-8
        return UnusableIndex(f"the index is damaged: {error}. Move it away and index again")
    return Unavailable("The index cannot be read or written at the moment.", retry_after=30, detail=str(error))


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether a statement failed only because another connection has the index locked."""
    return _primary_code(error) in _BUSY


def _primary_code(error: sqlite3.Error) -> int | None:
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _create_private(path: Path) -> None:
    """Make the file if there is none: for its owner only, since names of patients will be in it.

    One that is there is not touched: a process that closes any descriptor of a file loses all its locks on it, those of
    SQLite too, and then another process takes the journal away.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
