"""Renditions on disk, shared by all processes of a server: one SQLite file, bounded in bytes.

SQLite does what files in folders would need code for: a rendition is there whole or not at all, also after a power cut;
room is counted by pages in one place for all processes; and the file never grows beyond its bound.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from zlib import crc32

import msgspec

from openwado.cache.kept import Kept
from openwado.cache.writing import WritingThread
from openwado.observe.log import event
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

#: Raised when the tables change: a file of another version is thrown away, for all that is in it can be made again.
FORMAT = 2

PAGE_BYTES = 16384

#: One rendition takes no more than this part of the whole.
LARGEST_PART = 16

#: Smallest bound that makes sense, bytes.
SMALLEST = 64 * PAGE_BYTES

#: Renditions given up at a time: few, for a small file holds no more than some large ones.
GIVEN_UP = 4

#: Room is made until this part of a hundred of the bound is used.
ROOM_PER_CENT = 90

#: Seconds for which a use is not noted again.
USE_SECONDS = 300

BUSY_SECONDS = 2.0

#: Bytes below which a file system has no room.
_NO_ROOM = 1 << 18

#: Seconds for which nothing is written after the disk was full.
REST_SECONDS = 60.0

#: Pages and bytes of the journal beside the file after which it is written back and cut, at the most.
JOURNAL_PAGES, JOURNAL_BYTES = 1000, 1 << 24

#: What the name of a file that has failed has behind it: another file, that says so to the next start.
_FAILED = "-failed"

_SCHEMA = f"""
    BEGIN IMMEDIATE;
    CREATE TABLE IF NOT EXISTS rendition (
        key BLOB NOT NULL UNIQUE,
        used INTEGER NOT NULL,
        media_type TEXT NOT NULL,
        warnings BLOB NOT NULL,
        body BLOB NOT NULL,
        check_sum INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS rendition_by_use ON rendition (used);
    PRAGMA user_version = {FORMAT};
    COMMIT;
"""
_GET = "SELECT used, media_type, warnings, body, check_sum FROM rendition WHERE key = ?"
_PUT = "INSERT OR IGNORE INTO rendition (key, used, media_type, warnings, body, check_sum) VALUES (?, ?, ?, ?, ?, ?)"
_USE = "UPDATE rendition SET used = ? WHERE key = ?"
_GIVE_UP = "DELETE FROM rendition WHERE rowid IN (SELECT rowid FROM rendition ORDER BY used LIMIT ?)"

_logger = logging.getLogger("openwado.cache")
_encode = msgspec.msgpack.Encoder().encode
_decode_warnings = msgspec.msgpack.Decoder(tuple[str, ...]).decode


class _DamagedError(Exception):
    """A rendition is not what was written."""


class DiskCache:
    """Reads in the thread that asks, writes in a thread of its own. Whatever goes wrong, there is only no cache.

    Args:
        path: of the file, made if it is missing, for its owner only.
        bound: bytes that the file may have.
    """

    def __init__(self, path: Path, bound: int) -> None:
        self._path = path
        self._bound = max(bound, SMALLEST)
        self._reader: sqlite3.Connection | None = None
        self._writer: sqlite3.Connection | None = None
        self._writing: WritingThread[tuple[bytes, Kept | None]] = WritingThread(self._write_all, "renditions")
        self._works = True
        self._rests_until = 0.0  # the disk was full: by the clock that never goes back

    def get(self, key: bytes) -> Kept | None:
        """Return what is kept under a key."""
        if not self._works:
            return None
        try:
            if self._reader is None:
                self._reader = open_file(self._path, self._bound)
            row = self._reader.execute(_GET, (key,)).fetchone()
            if row is None:
                return None
            kept = _kept_of(key, row)
            if time.time() - row[0] > USE_SECONDS:
                self._writing.put((key, None), 0, None)
        except (sqlite3.Error, msgspec.DecodeError, OSError, _DamagedError) as error:
            self._fail(error)
            return None
        return kept

    def put(self, key: bytes, kept: Kept, written: Callable[[], None] | None = None) -> None:
        """Keep a rendition, soon.

        Args:
            key: what it is found by.
            kept: the rendition.
            written: called in another thread when it can be found, or when it will not be kept.
        """
        too_large = isinstance(kept.body, Spool) or kept.size > self._bound // LARGEST_PART
        if not self._works or too_large or self._rests():
            if written is not None:
                written()
            return
        self._writing.put((key, kept), kept.size, written)

    def close(self) -> None:
        """Write what waits, and let go of the file."""
        self._writing.close()
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._works = False

    def _write_all(self, entries: Sequence[tuple[bytes, Kept | None]]) -> None:
        """Write renditions, and note uses, in one transaction; called in the thread of its own."""
        if not self._works or self._rests():
            return
        try:
            if self._writer is None:
                self._writer = open_file(self._path, self._bound)
            self._write(self._writer, entries)
        except Exception as error:  # noqa: BLE001 -- the thread goes on whatever it is: others wait for it
            self._fail(error)

    def _write(self, connection: sqlite3.Connection, entries: Sequence[tuple[bytes, Kept | None]]) -> None:
        now = int(time.time())
        connection.execute("BEGIN IMMEDIATE")
        try:
            for key, kept in entries:
                if kept is None:
                    connection.execute(_USE, (now, key))
                    continue
                self._make_room(connection, kept.size)
                warnings = _encode(kept.warnings)
                check_sum = _check_sum(key, kept.media_type, warnings, kept.body)
                connection.execute(_PUT, (key, now, kept.media_type, warnings, kept.body, check_sum))
        except BaseException:
            if connection.in_transaction:  # SQLite ends it by itself where the disk is full or fails
                connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _make_room(self, connection: sqlite3.Connection, size: int) -> None:
        pages = self._bound // PAGE_BYTES
        needed = size // PAGE_BYTES + 4  # its own pages, and those that the trees may take
        if _used_pages(connection) + needed <= pages:
            return
        while _used_pages(connection) + needed > pages * ROOM_PER_CENT // 100:
            if not connection.execute(_GIVE_UP, (GIVEN_UP,)).rowcount:
                return

    def _rests(self) -> bool:
        return time.monotonic() < self._rests_until

    def _fail(self, error: Exception) -> None:
        """Go on without: a cache that is busy is asked again, one that lacks room later, one that is broken never."""
        busy = isinstance(error, sqlite3.OperationalError) and "locked" in str(error)
        if lacks_room(error, self._path):
            if not self._rests():
                _logger.warning(event("rendition cache rests", seconds=REST_SECONDS, detail=str(error)))
            self._rests_until = time.monotonic() + REST_SECONDS
        elif not busy:
            self._works = False
            with suppress(OSError):
                _beside(self._path, _FAILED).touch(mode=0o600)
            _logger.warning(event("rendition cache off", error=type(error).__name__, detail=str(error)))


def lacks_room(error: Exception, path: Path) -> bool:
    """Say whether something failed because there is no room where a file is; SQLite has many words for that."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if not isinstance(error, sqlite3.OperationalError):
        return False
    with suppress(OSError):
        if shutil.disk_usage(path.parent).free < _NO_ROOM:
            return True
    return getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL


def _check_sum(key: bytes, media_type: object, warnings: object, body: object) -> int:
    """Return what changes with any byte: SQLite does not notice when the disk returns others than it was given."""
    return crc32(body, crc32(_encode((key, media_type, warnings)))) if isinstance(body, bytes) else -1


def _kept_of(key: bytes, row: tuple[object, ...]) -> Kept:
    used, media_type, warnings, body, check_sum = row
    right = isinstance(used, int) and check_sum == _check_sum(key, media_type, warnings, body)
    if not (right and isinstance(media_type, str) and isinstance(warnings, bytes) and isinstance(body, bytes)):
        raise _DamagedError("a rendition is not what was written")
    return Kept(media_type, body, _decode_warnings(warnings))


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _used_pages(connection: sqlite3.Connection) -> int:
    used: int = connection.execute(
        "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)"
    ).fetchone()[0]
    return used


def open_file(path: Path, bound: int) -> sqlite3.Connection:
    """Open the file, made if it is missing.

    Raises:
        sqlite3.Error, OSError: it cannot be opened or made.
    """
    _make_empty(path)
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=8
    )
    try:
        for name, value in (
            ("page_size", PAGE_BYTES),
            ("journal_mode", "WAL"),
            ("synchronous", "NORMAL"),
            ("trusted_schema", "OFF"),
            ("cache_size", -1024),  # KiB: the system's page cache has it all
            ("wal_autocheckpoint", max(1, min(JOURNAL_PAGES, bound // PAGE_BYTES // 8))),
            ("journal_size_limit", min(JOURNAL_BYTES, bound // 8)),
            ("max_page_count", bound // PAGE_BYTES),
        ):
            connection.execute(f"PRAGMA {name} = {value}")
        if connection.execute("PRAGMA user_version").fetchone()[0] != FORMAT:  # else nothing is written, nor waited for
            connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_empty(path: Path) -> None:
    """Make the file, where there is none, for its owner only.

    One that is there is not touched: a process that closes any descriptor of a file loses all its locks on it, those of
    SQLite too, and then another process takes the journal away.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def prepare_file(path: Path, bound: int) -> None:
    """Make the file; throw away one that another version wrote, that has failed, is too large by now, or none of ours.

    Called before any process of the server uses it.

    Raises:
        sqlite3.Error, OSError: it cannot be made.
    """
    if path.exists() and (_beside(path, _FAILED).exists() or not _is_usable(path, bound)):
        for suffix in ("-wal", "-shm", "", _FAILED):
            _beside(path, suffix).unlink(missing_ok=True)
    open_file(path, bound).close()


def _is_usable(path: Path, bound: int) -> bool:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            version: int = connection.execute("PRAGMA user_version").fetchone()[0]
            pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(_GET, (b"",)).fetchone()  # its table is ours
        finally:
            connection.close()
    except sqlite3.Error as error:
        if lacks_room(error, path):
            raise
        return False
    return version == FORMAT and pages * PAGE_BYTES <= bound
