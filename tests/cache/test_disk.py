"""Renditions on disk."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openwado.cache.disk import FORMAT, LARGEST_PART, PAGE_BYTES, SMALLEST, DiskCache, prepare_file
from openwado.cache.kept import Kept
from openwado.cache.writing import BATCH, MOST_WAITING, WritingThread
from small_disk import on_small_disk

if TYPE_CHECKING:
    from collections.abc import Sequence

BOUND = 4 * SMALLEST

PICTURE = Kept("image/png", bytes(range(256)) * 100, ("a warning",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the name of a file that is prepared."""
    prepare_file(tmp_path / "renditions.sqlite", BOUND)
    return tmp_path / "renditions.sqlite"


def put(cache: DiskCache, key: bytes, kept: Kept) -> None:
    """Put a rendition and wait until it is written, or dropped."""
    done = threading.Event()
    cache.put(key, kept, done.set)
    assert done.wait(20)


def test_what_is_put_is_found_by_every_process_and_after_a_restart(path: Path) -> None:
    """A rendition comes back whole, with its type and warnings: here, in another process, and when all have ended."""
    cache, other = DiskCache(path, BOUND), DiskCache(path, BOUND)
    assert other.get(b"key") is None
    put(cache, b"key", PICTURE)
    assert cache.get(b"key") == other.get(b"key") == PICTURE
    look = f"from openwado.cache.disk import DiskCache; from pathlib import Path; import sys; c = DiskCache(Path(sys.argv[1]), {BOUND}); print(len(c.get(b'key').body))"  # noqa: E501 -- a program
    found = subprocess.run([sys.executable, "-c", look, str(path)], capture_output=True, text=True, check=True)
    assert found.stdout == "25600\n"
    cache.close()
    other.close()
    prepare_file(path, BOUND)
    again = DiskCache(path, BOUND)
    assert again.get(b"key") == PICTURE
    again.close()


def test_it_is_for_its_owner_only(path: Path) -> None:
    """Pictures of patients are in the file: nobody else may read it."""
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_never_grows_beyond_its_bound(path: Path) -> None:
    """However much is put, the file keeps its bound, what came last is there, and what was used longest ago is not."""
    cache = DiskCache(path, BOUND)
    bodies = {b"%d" % number: os.urandom(5 * PAGE_BYTES + number) for number in range(120)}
    for key, body in bodies.items():
        put(cache, key, Kept("image/png", body))
        assert path.stat().st_size <= BOUND
    assert cache.get(b"119") == Kept("image/png", bodies[b"119"])
    assert cache.get(b"0") is None
    there = [key for key in bodies if cache.get(key) is not None]
    assert len(there) >= 10
    cache.close()


def test_what_was_used_lately_outlives_what_was_not(path: Path) -> None:
    """A rendition that is asked for again after a while is not the next to be given up."""
    cache = DiskCache(path, BOUND)
    for key in (b"used", b"unused"):
        put(cache, key, Kept("image/png", os.urandom(5 * PAGE_BYTES)))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE rendition SET used = used - 4000")
    assert cache.get(b"used") is not None
    number = 0
    while connection.execute("SELECT count(*) FROM rendition WHERE key = ?", (b"unused",)).fetchone()[0]:
        # more, as old as the unused one was: only the noted use makes the difference
        put(cache, b"%d" % number, Kept("image/png", os.urandom(5 * PAGE_BYTES)))
        connection.execute("UPDATE rendition SET used = used - 3000 WHERE key = ?", (b"%d" % number,))
        number += 1
    assert number > 10
    found = {key for (key,) in connection.execute("SELECT key FROM rendition")}
    connection.close()
    assert b"used" in found
    cache.close()


def test_too_large_is_not_kept(path: Path) -> None:
    """A rendition larger than a part of the whole is not kept, and whoever waits for it to be written goes on."""
    cache = DiskCache(path, BOUND)
    put(cache, b"large", Kept("image/png", bytes(BOUND // LARGEST_PART)))
    assert cache.get(b"large") is None
    cache.close()


@pytest.mark.parametrize("wrong", ["another version", "damaged", "foreign", "other tables", "too large"])
def test_a_file_that_cannot_be_used_is_thrown_away(path: Path, wrong: str) -> None:
    """All in it can be made again: what another version wrote, what is damaged, foreign or too large starts empty."""
    cache = DiskCache(path, BOUND)
    for number in range(12):
        put(cache, b"%d" % number, Kept("image/png", os.urandom(5 * PAGE_BYTES)))
    cache.close()
    bound = BOUND
    if wrong == "another version":
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    elif wrong == "damaged":
        path.write_bytes(b"SQLite format 3\0" + os.urandom(50_000))
    elif wrong == "foreign":
        path.write_bytes(b"something else")
    elif wrong == "other tables":
        with sqlite3.connect(path) as connection:
            connection.executescript(
                f"DROP TABLE rendition; CREATE TABLE rendition (a); PRAGMA user_version = {FORMAT}"
            )
        connection.close()
    else:
        bound = 8 * PAGE_BYTES
    prepare_file(path, bound)
    again = DiskCache(path, BOUND)
    assert again.get(b"11") is None
    put(again, b"key", PICTURE)
    assert again.get(b"key") == PICTURE
    again.close()


def test_a_file_that_breaks_turns_it_off(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """When the file is damaged while it is used there is no cache any more, one line in the log, and no error."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", PICTURE)
    for name in (path, path.with_name(path.name + "-wal")):
        if name.exists():
            name.write_bytes(os.urandom(200_000))
    second = DiskCache(path, BOUND)
    assert second.get(b"key") is None
    put(second, b"other", PICTURE)
    assert second.get(b"other") is None
    assert [record.message.split()[:3] for record in caplog.records].count(["rendition", "cache", "off"]) == 1
    second.close()
    cache.close()


def test_a_file_that_is_busy_is_asked_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that another process keeps locked costs what was put meanwhile, and nothing after."""
    monkeypatch.setattr("openwado.cache.disk.BUSY_SECONDS", 0.1)
    cache = DiskCache(path, BOUND)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    put(cache, b"lost", PICTURE)
    lock.execute("ROLLBACK")
    lock.close()
    put(cache, b"kept", PICTURE)
    assert cache.get(b"lost") is None
    assert cache.get(b"kept") == PICTURE
    cache.close()


def test_no_other_process_takes_the_journal_away(path: Path) -> None:
    """A process that reads and writes keeps its locks on the file: others that come and go leave its journal alone."""
    cache = DiskCache(path, BOUND)
    assert cache.get(b"key") is None  # the reader is opened, then the writer
    put(cache, b"key", PICTURE)
    look = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM rendition'); c.close()"
    subprocess.run([sys.executable, "-c", look, str(path)], check=True)
    assert path.with_name(path.name + "-wal").exists()
    put(cache, b"other", PICTURE)
    second = DiskCache(path, BOUND)
    assert second.get(b"key") == second.get(b"other") == cache.get(b"other") == PICTURE
    second.close()
    cache.close()


def test_a_rendition_whose_bytes_changed_is_not_given(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite does not see a byte that the disk gave back wrong; a picture with it is never sent, and the file goes."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", Kept("image/png", b"A" * 50_000))
    put(cache, b"other", PICTURE)
    cache.close()
    content = bytearray(path.read_bytes())
    content[content.index(b"A" * 100) + 50] = 0
    path.write_bytes(content)
    prepare_file(path, BOUND)
    again = DiskCache(path, BOUND)
    assert again.get(b"other") == PICTURE
    assert again.get(b"key") is None
    assert again.get(b"other") is None
    assert "rendition cache off" in caplog.text
    again.close()
    prepare_file(path, BOUND)  # the next start
    fresh = DiskCache(path, BOUND)
    put(fresh, b"key", PICTURE)
    assert fresh.get(b"key") == PICTURE
    assert fresh.get(b"other") is None
    fresh.close()


@pytest.mark.parametrize("column", ["used", "media_type", "warnings", "body", "check_sum"])
def test_a_column_of_another_type_is_damage(path: Path, column: str) -> None:
    """Whatever stands in a row, it is the rendition that was put, or none, and never an error."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", PICTURE)
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE rendition SET {column} = 'other'")  # noqa: S608 -- one of those above
    connection.close()
    assert cache.get(b"key") is None
    cache.close()


def test_reading_waits_for_no_writer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Renditions are read, and the file is opened for it, while another process is writing."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", PICTURE)
    monkeypatch.setattr("openwado.cache.disk.BUSY_SECONDS", 0)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    other = DiskCache(path, BOUND)
    assert other.get(b"key") == PICTURE
    lock.execute("ROLLBACK")
    lock.close()
    other.close()
    cache.close()


def test_making_room_keeps_most_of_a_small_file(tmp_path: Path) -> None:
    """Of a few large renditions the oldest make room, not all of them, and the journal stays small beside the file."""
    path = tmp_path / "small.sqlite"
    prepare_file(path, SMALLEST)
    cache = DiskCache(path, SMALLEST)
    largest = SMALLEST // LARGEST_PART - 1024
    for number in range(60):
        put(cache, b"%d" % number, Kept("image/png", os.urandom(largest)))
        there = [cache.get(b"%d" % before) is not None for before in range(number + 1)]
        assert there == sorted(there), "the oldest goes first"
        assert sum(there) >= min(number + 1, 8)
        assert path.stat().st_size <= SMALLEST
        assert path.with_name(path.name + "-wal").stat().st_size <= SMALLEST
    cache.close()


def test_what_cannot_be_written_keeps_nobody_waiting(path: Path) -> None:
    """Whatever goes wrong while writing, whoever waits for it is told, and the thread goes on."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", Kept("image/png", b"", (object(),)))  # type: ignore[arg-type] # what nobody can write
    put(cache, b"other", PICTURE)
    cache.close()


def test_a_full_disk_is_tried_again(path: Path) -> None:
    """While there is no room nothing is written and what is there is given; once there is some, it goes on."""
    program = (
        "import os, sys, threading; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
        "from small_disk import filled; from openwado.cache import disk; from openwado.cache.kept import Kept\n"
        "path = Path(sys.argv[1])\n"
        f"cache = disk.DiskCache(path, {BOUND})\n"
        "def put(key, size):\n"
        "    done = threading.Event(); cache.put(key, Kept('image/png', os.urandom(size)), done.set)\n"
        "    assert done.wait(20)\n"
        "put(b'before', 1000)\n"
        "with filled(str(path.parent)):\n"
        "    put(b'full', 200_000); put(b'resting', 10)\n"
        "    assert cache.get(b'before') and not cache.get(b'full') and not cache.get(b'resting')\n"
        "put(b'resting', 10); assert not cache.get(b'resting')\n"
        "cache._rests_until = 0; put(b'after', 200_000)\n"
        "assert cache.get(b'before') and cache.get(b'after'); cache.close()\n"
        f"disk.prepare_file(path, {BOUND}); again = disk.DiskCache(path, {BOUND})\n"
        "assert again.get(b'before') and again.get(b'after'); again.close()\n"
    )
    command: list[str | Path] = [sys.executable, "-c", program, path, str(Path(__file__).parents[1])]
    within = on_small_disk(path.parent, 4 * BOUND, command)
    found = subprocess.run(within, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stderr.count("rendition cache rests") == 1
    assert "rendition cache off" not in found.stderr


def test_a_file_that_cannot_be_written_turns_it_off(path: Path) -> None:
    """When the file cannot grow any more there is no cache, no error, and nobody waits."""
    program = (
        "import os, resource, signal, sys, threading; from pathlib import Path;"
        "from openwado.cache.disk import DiskCache; from openwado.cache.kept import Kept;"
        "everything = resource.RLIM_INFINITY; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, everything));"
        f"cache = DiskCache(Path(sys.argv[1]), {BOUND}); done = threading.Event();"
        "cache.put(b'key', Kept('image/png', os.urandom(200_000)), done.set);"
        "assert done.wait(20); assert cache.get(b'key') is None; cache.close();"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (everything, everything))"  # what measures coverage writes, too
    )
    found = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True)
    assert "rendition cache off" in found.stderr


def test_a_file_that_vanishes_is_not_missed(path: Path) -> None:
    """When somebody removes the file while it is used nothing fails, and after the next start it is there again."""
    cache = DiskCache(path, BOUND)
    put(cache, b"key", PICTURE)
    for name in path.parent.iterdir():
        name.unlink()
    cache.get(b"key")
    put(cache, b"other", PICTURE)
    cache.get(b"other")
    cache.close()
    prepare_file(path, BOUND)
    again = DiskCache(path, BOUND)
    put(again, b"key", PICTURE)
    assert again.get(b"key") == PICTURE
    again.close()


def test_nobody_waits_for_the_writing_thread() -> None:
    """What is beyond the bounds is dropped at once, and said to be done; closing writes what waits."""
    written: list[int] = []
    called: list[int] = []
    go = threading.Event()

    def write(entries: Sequence[int]) -> None:
        go.wait(20)
        assert len(entries) <= BATCH
        written.extend(entries)

    thread: WritingThread[int] = WritingThread(write, "test")
    thread.put(1, MOST_WAITING // 2, lambda: called.append(1))
    thread.put(2, MOST_WAITING // 2, lambda: called.append(2))
    thread.put(3, 1, lambda: called.append(3))
    assert called == [3]
    go.set()
    thread.close()
    assert written == [1, 2]
    assert called == [3, 1, 2]
    thread.put(4, 1, lambda: called.append(4))
    assert called == [3, 1, 2, 4]
