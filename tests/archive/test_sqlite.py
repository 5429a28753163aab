"""The index in a real SQLite file: durability, speed, several at once, and faults."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from openwado.archive import sql
from openwado.archive.database import UnusableIndex
from openwado.archive.sqlite import SqliteIndex
from openwado.dicom.instance import Description
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openwado.archive.index import FileNote

    MakeNote = Callable[..., FileNote]


@pytest.fixture
def index(sqlite_index: SqliteIndex) -> SqliteIndex:
    """Return an empty index."""
    return sqlite_index


def described(**words: Any) -> Description:  # noqa: ANN401 -- attributes of several types
    """Return a description of one CT."""
    return Description(**{"modality": "CT", "study_date": "20250101"} | words)


def writer_of(index: SqliteIndex) -> sqlite3.Connection:
    """Return the connection by which this process writes."""
    with index._connections.writing() as writer:
        return writer


# ---------------------------------------------------------------------- stored and deleted


def test_what_was_admitted_or_deleted_is_on_the_disk(index: SqliteIndex, note: MakeNote) -> None:
    """Admissions and deletions are synced before they return; a power cut may take other transactions only."""
    statements: list[str] = []
    writer_of(index).set_trace_callback(statements.append)
    for work in (
        lambda: index.admit([note("@abc/1", "1.1")], "reject"),
        lambda: index.delete(["1.1"]),
        lambda: index.write([note("/a", "1.2")]),
    ):
        work()
    settings = [line.removeprefix("PRAGMA synchronous = ") for line in statements if line.startswith("PRAGMA sync")]
    assert settings == ["FULL", "FULL", "NORMAL"]
    writer_of(index).set_trace_callback(None)
    index.delete(["1.2"])
    assert writer_of(index).execute("PRAGMA synchronous").fetchone() == (2,)


# ---------------------------------------------------------------------- speed that does not depend on size


def steps(index: SqliteIndex, work: Callable[[], object]) -> int:
    """Return how many steps (in tens) SQLite's machine takes: a time that no other process disturbs."""
    taken = 0

    def count() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection = index._connections.here()
    connection.set_progress_handler(count, 10)
    work()
    connection.set_progress_handler(None, 0)
    return taken


def test_look_up_and_lists_do_not_slow_down_with_size(index: SqliteIndex, note: MakeNote) -> None:
    """With 30 times as many studies the same pages and look-ups take the same work."""

    def fill(first: int, last: int) -> None:
        index.write(
            [
                note(f"/{s}/{i}", f"{s}.{i}", f"1.{s}", f"1.{s}.{i}", described(study_date=f"2025{s % 9999:04d}"))
                for s in range(first, last)
                for i in range(2)
            ]
        )

    works: dict[str, Callable[[], object]] = {
        "find": lambda: index.find("10.1"),
        "newest studies": lambda: index.studies(offset=0, limit=25),
        "study": lambda: index.study("1.10"),
        "series": lambda: index.series("1.10"),
        "instances": lambda: index.instances("1.10.1", offset=0, limit=25),
        "instances of a study": lambda: index.instances("1.10.1", offset=0, limit=25, study_instance_uid="1.10"),
        "beside": lambda: index.beside("1.10", "1.10.1"),
        "following": lambda: index.following("1.10.1.5", 3, backwards=False),
        "example": index.example,
        "known": lambda: index.known(["/10/1"]),
        "successors": index.successors,
    }
    fill(0, 100)
    small = {name: steps(index, work) for name, work in works.items()}
    fill(100, 3000)
    large = {name: steps(index, work) for name, work in works.items()}
    assert all(large[name] <= small[name] + 2 for name in works), (small, large)
    far = steps(index, lambda: index.studies(offset=2900, limit=25))
    assert far < large["newest studies"] + 2900, "a far page steps over the index, not over the rows"


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (sql.FIND, 1),
        (sql.HOLDER, 1),
        (sql.FRAME_ENTRY, 4),
        (sql.FRAME_ATTRIBUTES, 2),
        (sql.KNOWN, 2),
        (sql.LOOKED_AT, 4),
        (sql.SUCCESSORS, 1),
        (sql.DUPLICATES_OF, 1),
        (sql.DELETED, 0),
        (sql.SUCCESSORS_OF, 1),
        (sql.APPOINT_SUCCESSORS, 1),
        (sql.NTH_OF_SERIES, 2),
        (sql.FIRST_OF_SERIES, 1),
        (sql.STUDY, 1),
        (sql.EXAMPLE, 0),
    ],
)
def test_no_statement_scans_or_sorts(index: SqliteIndex, statement: str, values: int) -> None:
    """Every look-up goes by an index, and none needs a sort."""
    plan = [row[3] for row in index._connections.here().execute(f"EXPLAIN QUERY PLAN {statement}", [1] * values)]
    assert not [line for line in plan if line.startswith("SCAN") and "USING" not in line], plan
    assert not [line for line in plan if "TEMP B-TREE" in line], plan


# ---------------------------------------------------------------------- several at once, and faults


def test_threads_have_their_own_connections(index: SqliteIndex, note: MakeNote) -> None:
    """Threads read while another one writes, and connections of ended threads are closed."""
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(100):
                index.find("1.0")
                index.studies(offset=0, limit=5)
        except BaseException as error:  # noqa: BLE001 -- handed to the test
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(50):
        index.write([note(f"/{number}", f"1.{number}")])
    for thread in threads:
        thread.join()
    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert failures == []
    assert len(index._connections._opened) == 2


FORK = """
import os, sys
from pathlib import Path
from openwado.archive.sqlite import SqliteIndex
index = SqliteIndex(Path(sys.argv[1]))
inherited = index._connections.here()
child = os.fork()
if child == 0:
    same = index._connections.here() is inherited
    print(index.count(), same, flush=True)
    index.close()
    os._exit(0)
os.waitpid(child, 0)
print(index.count(), index._connections.here() is inherited)
"""


def test_a_forked_process_opens_its_own_connection(tmp_path: Path, index: SqliteIndex, note: MakeNote) -> None:
    """A child never uses, nor closes, what it inherited; the parent's connection works on."""
    index.write([note("/a", "1.2")])
    command = [sys.executable, "-c", FORK, str(tmp_path / "index.sqlite")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False", "1", "True"]


def test_a_busy_index_is_unavailable_for_writing_only(
    tmp_path: Path, note: MakeNote, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process writes, reading goes on, and writing gives up after the time-out and leaves no trace."""
    monkeypatch.setattr("openwado.archive.sqlite.BUSY_SECONDS", 0.2)
    index = SqliteIndex(tmp_path / "index.sqlite")
    index.write([note("/a", "1.2")])
    other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert index.find("1.2") is not None
    with pytest.raises(Unavailable, match="busy") as busy:
        index.write([note("/b", "1.3")])
    assert busy.value.retry_after == 1
    other.execute("ROLLBACK")
    other.close()
    index.write([note("/b", "1.3")])
    assert index.count() == 2
    index.close()


def test_a_full_disk_leaves_the_index_as_it_was(index: SqliteIndex, note: MakeNote) -> None:
    """A batch that does not fit is not written at all; what was there is still served."""
    index.write([note("/a", "1.2")])
    connection = writer_of(index)
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Unavailable, match="cannot be read or written") as full:
        index.write([note(f"/{number}", f"1.9.{number}") for number in range(1000)])
    assert "full" in full.value.detail
    assert (index.count(), index.find("1.9.1")) == (1, None)
    assert index.find("1.2") is not None
    connection.execute("PRAGMA max_page_count = 1000000")
    index.write([note("/b", "1.3")])
    assert index.count() == 2


def test_a_read_only_index_is_unavailable_for_writing(index: SqliteIndex, note: MakeNote) -> None:
    """Where nothing may be written, that is a 503 for what needs writing, and reading works."""
    index.write([note("/a", "1.2")])
    writer_of(index).execute("PRAGMA query_only = ON")
    with pytest.raises(Unavailable) as refused:
        index.forget(["/a"])
    assert not isinstance(refused.value, UnusableIndex)
    assert index.find("1.2") is not None


def test_a_damaged_record_counts_as_unknown(index: SqliteIndex, note: MakeNote) -> None:
    """A record that cannot be decoded is not served; who holds it is still known, so that it can be read again."""
    index.write([note("/a", "1.2"), note("/b", "1.3")])
    index._connections.here().execute(
        "UPDATE instance SET record = CAST(substr(record, 1, 30) AS BLOB) WHERE sop_instance_uid = '1.2'"
    )
    assert index.find("1.2") is None
    assert index.holder("1.2") == "/a"
    assert [row.instance.sop_instance_uid for row in index.instances("1.1.1", offset=0, limit=9)] == ["1.3"]


def test_threads_do_not_lose_each_others_locks(tmp_path: Path, note: MakeNote) -> None:
    """Opening the file in another thread gives no lock of this process up: no one else takes the journal away."""
    path = tmp_path / "index.sqlite"
    index = SqliteIndex(path)
    index.write([note("a.dcm", "1.2.3")])
    thread = threading.Thread(target=index.count)
    thread.start()
    thread.join()
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM sqlite_master'); c.close()"
    subprocess.run([sys.executable, "-c", look, str(path)], check=True)
    assert path.with_name("index.sqlite-wal").exists()
    index.write([note("b.dcm", "1.2.4")])
    with sqlite3.connect(path) as other:
        assert other.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    other.close()
    assert index.count() == 2
    index.close()
