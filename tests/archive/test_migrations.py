"""The index file: who may open it, in which version, and how many at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openwado.archive.database import UnusableIndex
from openwado.archive.migrations import APPLICATION_ID, MIGRATIONS
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.study_search import StudySearch, words_in
from openwado.dicom.instance import Description
from openwado.dicom.picture_record import FrameAttributes
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.archive.index import FileNote

START_TOGETHER = """
import sys, time
from pathlib import Path
from openwado.archive.sqlite import SqliteIndex
print("ready", flush=True)
sys.stdin.readline()
index = SqliteIndex(Path(sys.argv[1]))
print(index.count(), index._connections.here().execute("PRAGMA journal_mode").fetchone()[0])
"""


def alter(path: Path, *statements: str) -> None:
    """Change a file behind the index's back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_a_new_file_is_an_index(tmp_path: Path) -> None:
    """Folder and file are made, marked as ours, in write-ahead mode, and readable for their owner only."""
    path = tmp_path / "made" / "index.sqlite"
    SqliteIndex(path).close()
    connection = sqlite3.connect(path)
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
    connection.close()
    assert found == [APPLICATION_ID, len(MIGRATIONS)]
    assert mode == "wal"
    assert path.stat().st_mode & 0o077 == 0


def test_many_processes_may_make_the_index_at_once(tmp_path: Path) -> None:
    """Of several processes that start together on no index, each gets one, and none fails."""
    path = tmp_path / "index.sqlite"
    command = [sys.executable, "-c", START_TOGETHER, str(path)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        printed, complaint = process.communicate(timeout=60)
        assert (printed.strip(), complaint, process.returncode) == ("0 wal", "", 0)


def test_the_index_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    """Tables or records of a newer version are left alone, and the operator is told which file and what to do."""
    for name, statement in (
        ("tables", f"PRAGMA user_version = {len(MIGRATIONS) + 1}"),
        ("records", "UPDATE program SET record_version = record_version + 1"),
    ):
        path = tmp_path / f"{name}.sqlite"
        SqliteIndex(path).close()
        alter(path, statement)
        before = path.read_bytes()
        with pytest.raises(UnusableIndex) as refusal:
            SqliteIndex(path)
        assert "newer version" in refusal.value.detail
        assert str(path) in refusal.value.detail
        assert str(path) not in refusal.value.public
        assert path.read_bytes() == before


def test_a_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """Another program's database, and what is no database at all, are never written to."""
    other = tmp_path / "other.sqlite"
    alter(other, "CREATE TABLE precious (data TEXT)")
    text = tmp_path / "text.sqlite"
    text.write_text("this is no database, but it is longer than its header would be " * 10)
    for path in (other, text):
        before = path.read_bytes()
        with pytest.raises(UnusableIndex, match="cannot be used"):
            SqliteIndex(path)
        assert path.read_bytes() == before


def test_a_place_where_no_file_can_be_is_refused(tmp_path: Path) -> None:
    """A path inside of a file, or one that is a folder, gives the operator a sentence and no traceback."""
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "index.sqlite", tmp_path):
        with pytest.raises(UnusableIndex) as refusal:
            SqliteIndex(path)
        assert "cannot be opened" in refusal.value.detail


def test_a_locked_file_is_reported_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another process does not let go, a start fails after a few seconds, as busy."""
    monkeypatch.setattr("openwado.archive.connection.BUSY_SECONDS", 0.2)
    monkeypatch.setattr("openwado.archive.migrations._PATIENCE", 0.2)
    path = tmp_path / "index.sqlite"
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="busy"):
        SqliteIndex(path)
    blocker.execute("ROLLBACK")
    blocker.close()
    SqliteIndex(path).close()


def test_records_of_an_older_program_are_not_known(tmp_path: Path, note: Callable[..., FileNote]) -> None:
    """After an upgrade no old record is decoded or listed; its file is to be read again, and then all is as before."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    notes = [note("/a", "1.2.1"), note("/b", "1.2.2", frame_attributes=(FrameAttributes(),)), note("/c", "1.2.1")]
    index.write(notes)
    before = index.study("1.1")
    assert before is not None
    index.close()
    alter(
        path,
        "UPDATE program SET record_version = 0",
        "UPDATE file SET record_version = 0",
        "UPDATE instance SET record = CAST(x'0000' || substr(record, 3) AS BLOB), description = x'0000'",
    )
    index = SqliteIndex(path)
    assert index.find("1.2.1") is None
    assert index.holder("1.2.1") == "/a"
    assert (index.count(), index.studies(offset=0, limit=9), index.example()) == (0, [], None)
    assert index.known(["/a", "/b", "/c"]) == {}
    assert [stamp for _, stamp in index.looked_at("/", "0")] == [None, None, None]
    assert [out.outcome for out in index.write(notes)] == ["indexed", "indexed", "duplicate"]
    assert index.study("1.1") == before
    assert set(index.known(["/a", "/b", "/c"])) == {"/a", "/b", "/c"}
    index.close()


def test_tables_of_version_1_are_brought_up_to_date(tmp_path: Path, note: Callable[..., FileNote]) -> None:
    """The table of what differs from frame to frame had another name; an index of that program opens and works."""
    path = tmp_path / "index.sqlite"
    SqliteIndex(path).close()
    alter(
        path,
        "ALTER TABLE study DROP COLUMN words",
        "DROP TABLE link_use",
        "DROP INDEX file_deleted",
        "ALTER TABLE frame_attributes RENAME COLUMN number TO grey",
        "ALTER TABLE frame_attributes RENAME TO grey",
        "PRAGMA user_version = 1",
    )
    index = SqliteIndex(path)
    index.write([note("/a", "1.2", frame_attributes=(FrameAttributes(3.0),))])
    found = index.find("1.2")
    assert found is not None
    assert index.frame_attributes(found.number, 1) == FrameAttributes(3.0)
    assert index.count_use("a", 2, 1) == 1
    index.close()


def test_a_damaged_file_is_reported(tmp_path: Path, note: Callable[..., FileNote]) -> None:
    """Pages of garbage become an error that names the cause, in reading and in writing."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    index.write([note(f"/{number}", f"1.2.{number}") for number in range(2000)])
    index.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(size - 8192))
    damaged = SqliteIndex(path)  # its first pages, which say what it is, are whole
    with pytest.raises(UnusableIndex) as refusal:
        damaged.instances("1.1.1", offset=0, limit=2000)
    assert "damaged" in refusal.value.detail
    with pytest.raises(Unavailable):
        damaged.write([note("/0", "1.3")])
    damaged.close()


def test_studies_of_an_older_index_get_their_words(tmp_path: Path, note: Callable[..., FileNote]) -> None:
    """The words by which studies are found came later; no file has to be read again for them."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    said = [
        Description(
            patient_name=f"Name{n}^Anna", modality="CT", patient_birth_date="19700301", series_description=f"Series{n}"
        )
        for n in range(1100)
    ]
    index.write([note(f"/{n}", f"1.{n}.1.1", f"1.{n}", f"1.{n}.1", said[n]) for n in range(1100)])
    index.close()
    alter(path, "ALTER TABLE study DROP COLUMN words", "PRAGMA user_version = 4")
    index = SqliteIndex(path)
    assert index.count_studies(StudySearch(tuple(words_in("anna ct"))), 9999) == 1100
    (row,) = index.studies(offset=0, limit=9, search=StudySearch(tuple(words_in("name1099"))))
    assert row.study_instance_uid == "1.1099"
    assert index.outdated() == []
    index.close()
    alter(path, "UPDATE study SET words = ''", "PRAGMA user_version = 5")  # which had no births and series
    index = SqliteIndex(path)
    (row,) = index.studies(offset=0, limit=9, search=StudySearch(tuple(words_in("series1098 1970-03-01"))))
    assert row.study_instance_uid == "1.1098"
    index.close()
