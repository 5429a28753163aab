"""The tables of the SQLite index, and how a file of an older version gets them."""

from __future__ import annotations

import sqlite3
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openwado.archive.database import UnusableIndex
from openwado.archive.words_upgrade import give_words
from openwado.dicom.instance import RECORD_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Says of an SQLite file that it is an index of this program: "owad".
APPLICATION_ID = 0x6F776164

_VERSION_1 = (
    "CREATE TABLE program (record_version INTEGER NOT NULL)",
    "INSERT INTO program VALUES (0)",
    # What became of every file that was looked at. outcome: as FileNote has it, or "successor": a duplicate whose
    # object has lost its file, to be read as soon as may be.
    """CREATE TABLE file (
        number INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        modified_ns INTEGER NOT NULL,
        changed_ns INTEGER NOT NULL,
        inode INTEGER NOT NULL,
        record_version INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        reason TEXT NOT NULL,
        sop_instance_uid TEXT NOT NULL
    )""",
    "CREATE INDEX file_duplicate ON file (sop_instance_uid) WHERE outcome = 'duplicate'",
    "CREATE INDEX file_successor ON file (key) WHERE outcome = 'successor'",
    # study_date: eight digits to sort by, or "".
    """CREATE TABLE study (
        number INTEGER PRIMARY KEY,
        study_instance_uid TEXT NOT NULL UNIQUE,
        study_date TEXT NOT NULL,
        description BLOB NOT NULL
    )""",
    "CREATE INDEX study_newest ON study (study_date DESC, study_instance_uid)",
    # place: Series Number or Instance Number to sort by; without one, after all others.
    """CREATE TABLE series (
        number INTEGER PRIMARY KEY,
        study INTEGER NOT NULL REFERENCES study (number),
        series_instance_uid TEXT NOT NULL,
        place INTEGER NOT NULL,
        modality TEXT NOT NULL,
        number_of_instances INTEGER NOT NULL,
        description BLOB NOT NULL,
        UNIQUE (study, series_instance_uid)
    )""",
    "CREATE INDEX series_by_uid ON series (series_instance_uid)",
    # series and file are NULL where the object is gone; drawable_frames is 0 where there is no picture record.
    """CREATE TABLE instance (
        number INTEGER PRIMARY KEY,
        sop_instance_uid TEXT NOT NULL UNIQUE,
        series INTEGER REFERENCES series (number),
        file INTEGER UNIQUE REFERENCES file (number),
        place INTEGER NOT NULL,
        drawable_frames INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        record BLOB NOT NULL,
        description BLOB NOT NULL
    )""",
    "CREATE INDEX instance_in_series ON instance (series, place)",
    "CREATE INDEX instance_drawable ON instance (drawable_frames) WHERE series IS NOT NULL AND drawable_frames > 0",
    """CREATE TABLE frame (
        instance INTEGER NOT NULL REFERENCES instance (number),
        block INTEGER NOT NULL,
        entries BLOB NOT NULL,
        PRIMARY KEY (instance, block)
    ) WITHOUT ROWID""",
    """CREATE TABLE grey (
        instance INTEGER NOT NULL REFERENCES instance (number),
        grey INTEGER NOT NULL,
        attributes BLOB NOT NULL,
        PRIMARY KEY (instance, grey)
    ) WITHOUT ROWID""",
)

_VERSION_2 = (
    "ALTER TABLE grey RENAME TO frame_attributes",
    "ALTER TABLE frame_attributes RENAME COLUMN grey TO number",
)

_VERSION_3 = ("CREATE INDEX file_deleted ON file (key) WHERE outcome = 'deleted'",)

# How often signed links that are good for a number of requests have been used; expires: seconds since 1970.
_VERSION_4 = (
    """CREATE TABLE link_use (
        link TEXT PRIMARY KEY,
        expires INTEGER NOT NULL,
        uses INTEGER NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX link_use_expires ON link_use (expires)",
)

# words: those by which people find the study (`study_words`).
_VERSION_5 = ("ALTER TABLE study ADD COLUMN words TEXT NOT NULL DEFAULT ''",)

# Birth date and names of series are among the words.
_VERSION_6: tuple[str, ...] = ()

#: The statements that lead from each version of the tables to the next; the last one's number is PRAGMA user_version.
MIGRATIONS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6)

#: The first version in which studies have all their words.
WORDS_VERSION = 6

# Records of an older reader stay where they are, so that a request can have its object read again at once, but no list
# counts them until that is done.
NEW_RECORD_VERSION = (
    "UPDATE instance SET series = NULL WHERE series IS NOT NULL",
    "DELETE FROM series",
    "DELETE FROM study",
)

_PATIENCE = 60.0  # seconds that processes wait for the one that does it: a million records take about ten
_PAUSE = 0.02


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a file to the tables and the record version of this program; does nothing where that is done.

    Any number of processes may do this at the same time: one does it, the others wait. Changes PRAGMA busy_timeout.

    Raises:
        UnusableIndex: the file is none of ours, or was written by a newer version of this program.
        sqlite3.DatabaseError: it cannot be read or written.
    """
    with _transaction(connection, "BEGIN"):  # what is read in several statements is one state of the file
        if _is_current(connection, path):
            return
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")
    _enter_wal(connection)
    with _transaction(connection, "BEGIN IMMEDIATE"):
        if not _is_current(connection, path):
            _apply(connection)


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _is_current(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether nothing is to be done.

    Raises:
        UnusableIndex: nothing may be done.
    """
    version = _number(connection, "PRAGMA user_version")
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        if version or _number(connection, "SELECT count(*) FROM sqlite_master"):
            raise UnusableIndex(f"{path} is an SQLite file, but no index of openwado")
        return False
    record_version = _number(connection, "SELECT record_version FROM program")
    if version > len(MIGRATIONS) or record_version > RECORD_VERSION:
        raise UnusableIndex(
            f"{path} was written by a newer version of openwado (tables {version}, records {record_version}; this one "
            f"knows {len(MIGRATIONS)} and {RECORD_VERSION}): use that version, or another data folder"
        )
    return version == len(MIGRATIONS) and record_version == RECORD_VERSION


def _apply(connection: sqlite3.Connection) -> None:
    done = _number(connection, "PRAGMA user_version")
    for statements in MIGRATIONS[done:]:
        for statement in statements:
            connection.execute(statement)
    if done < WORDS_VERSION:
        give_words(lambda statement, values: connection.execute(statement, values).fetchall(), connection.executemany)
    if _number(connection, "SELECT record_version FROM program") != RECORD_VERSION:
        for statement in NEW_RECORD_VERSION:
            connection.execute(statement)
        connection.execute("UPDATE program SET record_version = ?", (RECORD_VERSION,))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, for good; SQLite does not wait by itself for others that do the same."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _number(connection: sqlite3.Connection, statement: str) -> int:
    return int(connection.execute(statement).fetchone()[0])
