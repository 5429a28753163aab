"""The index in a real PostgreSQL server: who may open it, several at once, and faults."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from openwado.archive import sql
from openwado.archive.database import UnusableIndex
from openwado.archive.index import Admitted
from openwado.archive.opening import UnknownIndex, open_index
from openwado.archive.sql_index import SqlIndex
from openwado.archive.sqlite import SqliteIndex
from openwado.archive.study_search import StudySearch, words_in
from openwado.dicom.instance import Description, Stamp
from openwado.dicom.picture_record import FrameAttributes
from openwado.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openwado.archive.database import Transaction
    from openwado.archive.index import FileNote
    from postgresql_server import PostgresqlServer

    MakeNote = Callable[..., FileNote]

START_TOGETHER = """
import sys
from openwado.archive.opening import open_index
index = open_index(sys.argv[1], seconds=15)
print("ready", flush=True)
sys.stdin.readline()
print(index.count())
index.close()
"""

FORK = """
import os, sys
from openwado.archive.opening import open_index
index = open_index(sys.argv[1], seconds=15)
print(index.count(), flush=True)
child = os.fork()
if child == 0:
    print(index.count(), flush=True)
    index.close()
    os._exit(0)
os.waitpid(child, 0)
print(index.count())
index.close()
"""


@pytest.fixture
def index(postgresql_index: SqlIndex) -> SqlIndex:
    """Return an empty index."""
    return postgresql_index


@pytest.fixture
def opened() -> Iterator[Callable[..., SqlIndex]]:
    """Return what opens indexes; they are closed afterwards."""
    made: list[SqlIndex] = []

    def open_it(url: str, seconds: float = 15) -> SqlIndex:
        index = open_index(url, seconds=seconds)
        assert isinstance(index, SqlIndex)
        made.append(index)
        return index

    yield open_it
    for index in made:
        index.close()


def alter(index: SqlIndex, statement: str) -> None:
    """Change the tables behind the index's back."""
    index._database.transaction(lambda transaction: transaction.execute(statement))


# ---------------------------------------------------------------------- opening


@pytest.mark.parametrize(
    "url",
    [
        "",
        "index.sqlite",
        "sqlite://relative/index.sqlite",
        "sqlite:///",
        "mysql://user:SECRET@host/db",
        "postgresql://user:SEC/RET@host/db",
        "postgresql://user:SE%CRET@host/db",
        "postgresql://user:SECRET@host/db?unknown=SECRET",
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be_right(url: str) -> None:
    """The sentence shows both forms, and nothing of the address, which may hold a password."""
    with pytest.raises(UnknownIndex) as refusal:
        open_index(url, seconds=15)
    assert "sqlite:///absolute/path" in str(refusal.value)
    assert "postgresql://user:password@host" in str(refusal.value)
    assert "SE" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_an_address_of_a_file_opens_it(tmp_path: Path) -> None:
    """sqlite:/// and an absolute path, with percent signs where the path has odd characters."""
    index = open_index(f"sqlite://{tmp_path}/a%20b.sqlite", seconds=15)
    assert isinstance(index, SqliteIndex)
    assert (index.is_remote, index.count(), (tmp_path / "a b.sqlite").exists()) == (False, 0, True)
    index.close()


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's client is an extra; who has not installed it is told how."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UnknownIndex, match=r"pip install openwado\[postgresql\]"):
        open_index("postgresql://user@host/db", seconds=15)


def test_many_processes_may_make_the_tables_at_once(postgresql: PostgresqlServer) -> None:
    """Of several servers that start together on an empty database one makes the tables, and none fails."""
    command = [sys.executable, "-c", START_TOGETHER, postgresql.new_database()]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
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
        assert (printed.strip(), complaint, process.returncode) == ("0", "", 0)


@pytest.mark.parametrize("column", ["table_version", "record_version"])
def test_the_index_of_a_newer_program_is_refused(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], column: str
) -> None:
    """Tables or records of a newer version are left alone, and the operator is told what to do."""
    url = postgresql.new_database()
    alter(opened(url), f"UPDATE program SET {column} = 99")  # noqa: S608 -- the names stand above
    with pytest.raises(UnusableIndex) as refusal:
        opened(url).count()
    assert "newer version" in refusal.value.detail


def test_tables_of_version_1_are_brought_up_to_date(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], note: MakeNote
) -> None:
    """Uses of links and words of studies came later; the database of an older program gets them when it is opened."""
    url = postgresql.new_database()
    index = opened(url)
    index.write([note("/a", "1.2.1", "1.2", "1.2.3", Description(patient_name="王^小東", modality="CT"))])
    alter(index, "DROP TABLE link_use")
    alter(index, "ALTER TABLE study DROP COLUMN words")
    alter(index, "UPDATE program SET table_version = 1")
    assert [opened(url).count_use("a", 9, now) for now in (1, 2)] == [1, 2]
    search = StudySearch(tuple(words_in("王小東 ct")))
    assert [row.study_instance_uid for row in opened(url).studies(offset=0, limit=9, search=search)] == ["1.2"]


def test_records_of_an_older_program_are_not_known(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], note: MakeNote
) -> None:
    """After an upgrade no old record is listed; its file is to be read again, and then all is as before."""
    url = postgresql.new_database()
    notes = [note("/a", "1.2.1", frame_attributes=(FrameAttributes(),)), note("/b", "1.2.2"), note("/c", "1.2.1")]
    index = opened(url)
    index.write(notes)
    before = index.study("1.1")
    alter(index, "UPDATE program SET record_version = 0")
    alter(index, "UPDATE file SET record_version = 0")
    index = opened(url)
    assert (index.count(), index.studies(offset=0, limit=9), index.holder("1.2.1")) == (0, [], "/a")
    assert (index.known(["/a"]), index.outdated()) == ({}, ["/a", "/b", "/c"])
    assert [out.outcome for out in index.write(notes)] == ["indexed", "indexed", "duplicate"]
    assert index.study("1.1") == before


def test_a_database_that_cannot_hold_every_text_is_refused(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex]
) -> None:
    """Names of files may have any character: another encoding than UTF-8 is refused at once."""
    url = postgresql.new_database("TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    with pytest.raises(UnusableIndex) as refusal:
        opened(url).count()
    assert "UTF8" in refusal.value.detail


def test_a_wrong_password_is_told_without_it(postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex]) -> None:
    """Who may not come in is told so; no password is in the sentence, be it right or wrong."""
    assert opened(postgresql.address_by_port("postgres")).count() == 0
    wrong = postgresql.address_by_port("postgres").replace(postgresql.password, "wr0ng-S3cret")
    with pytest.raises(Unavailable) as refused:
        opened(wrong).count()
    assert "password authentication failed" in refused.value.detail
    assert "wr0ng" not in f"{refused.value.detail} {refused.value.public} {refused.value!r} {refused.value.__cause__}"


# ---------------------------------------------------------------------- several at once


def test_servers_that_store_at_the_same_time_agree(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], note: MakeNote
) -> None:
    """Objects of the same series, and the same objects, come in by four servers; counts and words are right."""
    url = postgresql.new_database()
    indexes = [opened(url) for _ in range(4)]
    failures: list[BaseException] = []
    came_out: list[Admitted] = []
    numbers = range(40)

    def store(server: int) -> None:
        try:
            for number in numbers if server % 2 else reversed(numbers):
                words = Description(instance_number=number, series_number=number % 3)
                key, uid, series = f"@abc/{number}-{server // 2}", f"1.{number}", f"5.{number % 3}"
                came_out.extend(indexes[server].admit([note(key, uid, "5", series, words)], "replace"))
                if number % 8 == 0:
                    indexes[server].delete([f"1.{(number + 4) % 40}"])
        except BaseException as error:  # noqa: BLE001 -- handed to the test
            failures.append(error)

    threads = [threading.Thread(target=store, args=(server,)) for server in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    index = indexes[0]
    found = {number: index.find(f"1.{number}") for number in numbers}
    there = [number for number, one in found.items() if one is not None and not one.gone]
    assert index.count() == len(there)
    assert sorted(index.uids_of("5")) == sorted(f"1.{number}" for number in there)
    for row in index.series("5"):
        mine = [number for number in there if f"5.{number % 3}" == row.series_instance_uid]
        assert (row.number_of_instances, row.description.instance_number) == (len(mine), min(mine))
    held = {index.holder(f"1.{number}") for number in there}
    kept = {key for key, _ in index.looked_at("@", "A")}
    assert held | set(index.deleted()) == kept
    assert len(came_out) == 160


def test_two_runs_over_the_same_files_agree(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], note: MakeNote
) -> None:
    """Servers that index one folder at the same time, in either order, both come to its end."""
    url = postgresql.new_database()
    indexes = [opened(url) for _ in range(2)]
    failures: list[BaseException] = []

    def run(index: SqlIndex, numbers: list[int]) -> None:
        try:
            for start in range(0, len(numbers), 10):
                index.write([note(f"/{n}", f"1.{n // 2}", "5", f"5.{n % 4}") for n in numbers[start : start + 10]])
        except BaseException as error:  # noqa: BLE001 -- handed to the test
            failures.append(error)

    orders = [list(range(100)), list(reversed(range(100)))]
    threads = [threading.Thread(target=run, args=pair) for pair in zip(indexes, orders, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert indexes[0].count() == 50
    assert len(list(indexes[0].looked_at("/", "0"))) == 100
    assert sum(row.number_of_instances for row in indexes[0].series("5")) == 50


def test_a_forked_process_opens_its_own_connection(postgresql_database: str, index: SqlIndex, note: MakeNote) -> None:
    """A child never uses, nor closes, what it inherited; the parent's connection works on."""
    index.write([note("/a", "1.2")])
    done = subprocess.run([sys.executable, "-c", FORK, postgresql_database], capture_output=True, text=True, check=True)
    assert (done.stdout.split(), done.stderr) == (["1", "1", "1"], "")


def test_more_requests_than_connections_wait_and_then_give_up(index: SqlIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all connections are in use for long, that is busy; connections are used again."""
    monkeypatch.setattr("openwado.archive.postgresql_pool.WAIT", 0.1)
    pool = index._pool  # type: ignore[attr-defined]
    share = pool._shares[os.getpid()]
    for _ in range(20):
        index.count()
    assert len(share.idle) == 1
    taken = 0
    while share.slots.acquire(blocking=False):
        taken += 1
    with pytest.raises(Unavailable, match="busy"):
        index.count()
    share.slots.release(taken)
    assert index.count() == 0


# ---------------------------------------------------------------------- faults


def test_while_the_server_is_away_the_index_is_unavailable(
    postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex], note: MakeNote
) -> None:
    """Reading and writing are 503 with a time to try again, at once; when it is back, so is everything."""
    index = opened(postgresql.address_by_port("postgres"))
    index.write([note("/away", "7.7")])
    postgresql.stop()
    try:
        attempts: list[Callable[[], Any]] = [
            lambda: index.find("7.7"),
            lambda: index.admit([note("@abc/9", "7.8")], "reject"),
        ]
        for attempt in attempts:
            with pytest.raises(Unavailable) as refused:
                attempt()
            assert refused.value.retry_after == 5
            assert postgresql.password not in f"{refused.value.detail} {refused.value.__context__}"
    finally:
        postgresql.start()
    assert index.find("7.7") is not None
    postgresql.stop()
    postgresql.start()
    assert index.admit([note("@abc/9", "7.8")], "reject") == [Admitted("stored")], "the connection was lost meanwhile"
    index.delete(["7.7", "7.8"])


@contextmanager
def standing_still(postgresql: PostgresqlServer) -> Iterator[None]:
    """Have a server stand still for a while, in which each failure must come in time."""
    postgresql.freeze()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < 20, "what is waited for has bounds of a few seconds"
    finally:
        postgresql.thaw()


@pytest.mark.parametrize("what", ["find", "admit"])
def test_a_server_that_stands_still_holds_nobody(
    postgresql: PostgresqlServer, opened: Callable[..., SqlIndex], note: MakeNote, what: str
) -> None:
    """Reading and writing are 503 when the time for an answer is over, connected or not; it is right again later."""
    index = opened(postgresql.address_by_port("postgres"), seconds=0.5)
    index.write([note("/still", "7.9")])

    def attempt() -> Any:  # noqa: ANN401 -- what the index answers
        return index.find("7.9") if what == "find" else index.admit([note("@abc/8", "7.10")], "reject")

    with standing_still(postgresql):
        for words in ("no answer within 0.5 seconds", "timeout"):  # of a connection that was there, of a new one
            with pytest.raises(Unavailable) as refused:
                attempt()
            assert refused.value.retry_after == 5
            assert words in refused.value.detail
    assert attempt()
    index.delete(["7.9", "7.10"])


def test_a_server_that_stands_still_when_a_transaction_ends(
    postgresql: PostgresqlServer, opened: Callable[..., SqlIndex], note: MakeNote
) -> None:
    """That is 503 too, and not tried again: whether it was done is known when the server goes on."""
    index = opened(postgresql.address_by_port("postgres"), seconds=0.5)
    index.write([note("/end", "7.11")])
    times: list[int] = []

    def work(transaction: Transaction) -> None:
        transaction.execute("UPDATE file SET reason = 'seen' WHERE key = ?", "/end")
        postgresql.freeze()
        times.append(1)

    try:
        with pytest.raises(Unavailable, match="at the moment"):
            index._database.transaction(work, durable=True)
    finally:
        postgresql.thaw()
    assert times == [1]
    assert index._database.rows("SELECT reason FROM file WHERE key = ?", "/end") in ([("seen",)], [("",)])
    index.delete(["7.11"])


def test_a_statement_that_takes_too_long_costs_no_connection(
    postgresql: PostgresqlServer, opened: Callable[..., SqlIndex]
) -> None:
    """A server that works ends it itself, a little earlier; the connection is used again."""
    index = opened(postgresql.new_database(), seconds=3)  # so that "earlier" is long enough on a busy machine
    pool = index._pool  # type: ignore[attr-defined]
    index.count()
    (connection,) = pool._shares[os.getpid()].idle
    with pytest.raises(Unavailable, match="busy"):
        index._database.rows("SELECT pg_sleep(20)")
    assert list(pool._shares[os.getpid()].idle) == [connection]
    assert index.count() == 0


def test_tables_that_are_not_there_are_told(postgresql: PostgresqlServer, opened: Callable[[str], SqlIndex]) -> None:
    """A database whose tables were taken away is unusable, with the reason for the operator."""
    index = opened(postgresql.new_database())
    assert index.count() == 0
    alter(index, "DROP SCHEMA openwado CASCADE")
    with pytest.raises(UnusableIndex) as refused:
        index.count()
    assert "does not exist" in refused.value.detail


def test_a_path_that_is_too_long_is_left_out(index: SqlIndex, note: MakeNote) -> None:
    """One that no index of the database can hold is a file left out with a reason, and harms none beside it."""
    long = "/" + "".join(chr(0x4E00 + n) for n in range(1300))
    out = index.write([note(long, "1.2"), note("/a", "1.3")])
    assert [(one.outcome, bool(one.reason)) for one in out] == [("skipped", True), ("indexed", False)]
    rare = "/" + os.urandom(1290).hex()
    assert [one.outcome for one in index.write([note(rare, "1.4")])] == ["indexed"]


def test_odd_values_are_in_no_row(index: SqlIndex, note: MakeNote) -> None:
    """A zero byte, which no text of the database can have, is found nowhere and harms nothing."""
    assert (index.find("1\0"), index.known(["/a\0"]), index.studies(offset=1 << 70, limit=5)) == (None, {}, [])
    index.write([note("/a", "1.2", description=Description(modality="CT\0", study_description="a\0b"))])
    row = index.study("1.1")
    assert row is not None
    assert (row.modalities, row.description.study_description) == (("CT",), "a\0b")


def test_what_was_admitted_or_deleted_is_on_the_disk(index: SqlIndex) -> None:
    """Only durable transactions wait for the disk."""
    for durable, expected in ((True, "on"), (False, "off")):
        rows = index._database.transaction(lambda work: work.rows("SHOW synchronous_commit"), durable=durable)
        assert rows == [(expected,)]


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (sql.FIND, ["1"]),
        (sql.HOLDER, ["1"]),
        (sql.FRAME_ENTRY, [1, 1, 1, 1]),
        (sql.FRAME_ATTRIBUTES, [1, 1]),
        (sql.KNOWN, ["1", 1]),
        (sql.LOOKED_AT, [1, "1", "2", 1]),
        (sql.SUCCESSORS, [1]),
        (sql.DUPLICATES_OF, ["1"]),
        (sql.APPOINT_SUCCESSORS, ["1"]),
        (sql.DELETED, []),
        (sql.NTH_OF_SERIES, [1, 1]),
        (sql.FIRST_OF_SERIES, [1]),
        (sql.STUDY, ["1"]),
        (sql.studies(), [1, 1]),
        (sql.series_of(2), ["1", "2"]),
        (sql.INSTANCES, ["1", "", "", 1, 1]),
        (sql.INSTANCES, ["1", "2", "2", 1, 1]),
        (sql.BESIDE, [0, "1", "2", 0, "2"]),
        (sql.FOLLOWING, ["1", 1]),
        (sql.EXAMPLE, []),
    ],
)
def test_no_statement_has_to_scan(index: SqlIndex, statement: str, values: list[object]) -> None:
    """Every look-up can go by an index."""

    def explained(transaction: Any) -> list[str]:  # noqa: ANN401 -- a transaction
        transaction.execute("SET LOCAL enable_seqscan = off")
        connection = transaction._connection
        text = statement.replace("?", "%s").replace("group_concat(modality, char(31))", "string_agg(modality, '')")
        return [line for (line,) in connection.execute(f"EXPLAIN {text}", values).fetchall()]

    plan = index._database.transaction(explained)
    assert not [line for line in plan if "Seq Scan" in line], plan


def test_a_key_with_a_stamp_of_any_size_comes_back(index: SqlIndex, note: MakeNote) -> None:
    """Sizes, times and inodes have 64 bits."""
    stamp = Stamp((1 << 63) - 1, -(1 << 63), 0, (1 << 63) - 1)
    index.write([note("/研究/b", "1.2", stamp=stamp)])
    assert index.known(["/研究/b"]) == {"/研究/b": stamp}
