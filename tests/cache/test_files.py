"""Large renditions as files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from open_files import open_below
from openwado.cache.files import FORMAT, FileCache, prepare_folder
from openwado.cache.kept import Kept
from openwado.spool import Spool, use_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOUND = 10_000_000
SIZE = 2_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that is prepared, in which large results are made too."""
    prepare_folder(tmp_path / "renditions", BOUND)
    use_folder(tmp_path / "renditions")
    yield tmp_path / "renditions"
    use_folder(None)


def large(number: int = 0, size: int = SIZE) -> Kept:
    """Return a rendition in a spool."""
    spool = Spool()
    spool.write(bytes([number]) * size)
    return Kept("video/mp4", spool, ("a warning",))


def put(cache: FileCache, key: bytes, kept: Kept) -> None:
    """Put a rendition and wait until it can be found by others, or is not kept."""
    done = threading.Event()
    cache.put(key, kept, done.set)
    assert done.wait(20)


def content(kept: Kept | None) -> bytes | None:
    """Return the bytes of a rendition."""
    if kept is None:
        return None
    assert isinstance(kept.body, Spool)
    assert (kept.media_type, kept.warnings) == ("video/mp4", ("a warning",))
    return kept.body.read_at(0, kept.body.size)


def test_what_is_put_is_found_by_every_process_and_after_a_restart(folder: Path) -> None:
    """A rendition comes back whole, with its type and warnings: here, in another process, and when all have ended."""
    cache = FileCache(folder, BOUND)
    assert cache.get(b"key") is None
    put(cache, b"key", large(7))
    assert content(cache.get(b"key")) == bytes([7]) * SIZE
    look = f"from openwado.cache.files import FileCache; from pathlib import Path; import sys; c = FileCache(Path(sys.argv[1]), {BOUND}); print(c.get(b'key').body.size, c.get(b'other'))"  # noqa: E501 -- a program
    found = subprocess.run([sys.executable, "-c", look, str(folder)], capture_output=True, text=True, check=True)
    assert found.stdout == f"{SIZE} None\n"
    cache.close()
    prepare_folder(folder, BOUND)
    again = FileCache(folder, BOUND)
    assert content(again.get(b"key")) == bytes([7]) * SIZE
    again.close()


def test_nothing_is_copied_and_only_the_owner_reads_it(folder: Path) -> None:
    """The very file that was made gets the name; patients are in it."""
    cache, kept = FileCache(folder, BOUND), large()
    assert isinstance(kept.body, Spool)
    assert kept.body.descriptor is not None
    made = os.fstat(kept.body.descriptor).st_ino
    put(cache, b"key", kept)
    (named,) = folder.iterdir()
    assert named.stat().st_ino == made
    assert (named.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    cache.close()


def test_what_was_made_elsewhere_is_copied(folder: Path, tmp_path: Path) -> None:
    """A file that cannot get a name there, such as one that had one, is copied, and nothing else is left."""
    path = tmp_path / "elsewhere"
    path.write_bytes(bytes([3]) * SIZE)
    spool = Spool.received(os.open(path, os.O_RDWR), SIZE)
    path.unlink()  # now no name can be given to it any more
    cache = FileCache(folder, BOUND)
    put(cache, b"key", Kept("video/mp4", spool, ("a warning",)))
    assert len(list(folder.iterdir())) == 1
    assert content(cache.get(b"key")) == bytes([3]) * SIZE
    cache.close()


def test_it_is_found_at_once_where_it_was_put(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until others can find it this process does without the file, so that nothing is made a second time."""
    go = threading.Event()
    synced = os.fdatasync

    def slowly(descriptor: int) -> None:
        assert go.wait(20)
        synced(descriptor)

    monkeypatch.setattr(os, "fdatasync", slowly)
    cache, other, done = FileCache(folder, BOUND), FileCache(folder, BOUND), threading.Event()
    cache.put(b"key", large(1), done.set)
    assert content(cache.get(b"key")) == bytes([1]) * SIZE
    assert other.get(b"key") is None
    assert not done.is_set()
    go.set()
    assert done.wait(20)
    assert content(other.get(b"key")) == content(cache.get(b"key")) == bytes([1]) * SIZE
    cache.close()
    other.close()


def test_the_bound_holds_and_what_was_used_longest_ago_goes(folder: Path) -> None:
    """However much is put, the files together keep the bound; a use counts, and who reads what goes reads on."""
    cache = FileCache(folder, BOUND)
    for number in range(4):
        put(cache, b"%d" % number, large(number))
        for path in folder.iterdir():  # all of them an hour older
            os.utime(path, (time.time(), path.stat().st_mtime - 3600))
    reading = cache.get(b"1")
    assert content(cache.get(b"0")) == bytes(SIZE)  # the oldest, and used now
    for number in range(4, 7):
        put(cache, b"%d" % number, large(number))
        assert sum(path.stat().st_size for path in folder.iterdir()) <= BOUND
    assert {number for number in range(7) if cache.get(b"%d" % number) is not None} >= {0, 4, 5, 6}
    assert cache.get(b"2") is None
    assert content(reading) == bytes([1]) * SIZE
    put(cache, b"large", large(size=BOUND + 1))
    assert cache.get(b"large") is None
    assert content(cache.get(b"6")) == bytes([6]) * SIZE
    cache.close()


@pytest.mark.parametrize("wrong", ["cut off", "empty", "longer", "of another key", "description", "link"])
def test_what_is_not_whole_is_not_found(folder: Path, tmp_path: Path, wrong: str) -> None:
    """A file that is not what was written is thrown away, and the rendition is made and kept again."""
    cache = FileCache(folder, BOUND)
    put(cache, b"key", large())
    (path,) = folder.iterdir()
    data = path.read_bytes()
    if wrong == "of another key":
        put(cache, b"another", large(1))
        (another,) = (name for name in folder.iterdir() if name != path)
        another.replace(path)
    elif wrong == "link":
        (tmp_path / "target").write_bytes(data)
        path.unlink()
        path.symlink_to(tmp_path / "target")
    else:
        changed = {"cut off": data[:-1000], "empty": b"", "longer": b"x" + data, "description": data[:-20] + b"x" * 20}
        path.write_bytes(changed[wrong])
    assert cache.get(b"key") is None
    if wrong == "link":
        path.unlink()
    assert not list(folder.iterdir())
    put(cache, b"key", large())
    assert content(cache.get(b"key")) == bytes(SIZE)
    cache.close()


def test_a_start_throws_away_what_was_left(folder: Path) -> None:
    """Half copies, files of another version and what is beyond a smaller bound go; what is not ours stays."""
    cache = FileCache(folder, BOUND)
    for number in range(3):
        put(cache, b"%d" % number, large(number))
    cache.close()
    (folder / "copy-abc").touch()
    (folder / f"{'0' * 40}.{FORMAT + 1}").touch()
    (folder / "README").touch()
    prepare_folder(folder, 2 * SIZE)
    left = {path.name for path in folder.iterdir()}
    assert "README" in left
    assert len(left) == 2
    again = FileCache(folder, BOUND)
    assert sum(again.get(b"%d" % number) is not None for number in range(3)) == 1
    again.close()


def test_without_room_it_is_not_kept(folder: Path) -> None:
    """When the disk is full there is no file, no error, one line in the log, and nobody waits."""
    program = (
        "import resource, sys, threading; from pathlib import Path; from openwado.cache.files import FileCache;"
        "from openwado.cache.kept import Kept; from openwado.spool import Spool, use_folder; use_folder(sys.argv[1]);"
        "spool = Spool(); spool.write(bytes(2_000_000)); spool.descriptor;"
        "everything = resource.RLIM_INFINITY; resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, everything));"
        f"cache = FileCache(Path(sys.argv[1]), {BOUND}); done = threading.Event();"
        "cache.put(b'key', Kept('video/mp4', spool), done.set);"
        "assert done.wait(20); assert cache.get(b'key') is None; cache.close();"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (everything, everything))"  # what measures coverage writes, too
    )
    found = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert found.stderr.count("large rendition not kept") == 1
    assert not list(folder.iterdir())


def test_a_copy_that_finds_no_room_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that cannot be finished is taken away."""

    def full(*_: object) -> int:
        raise OSError("No space left on device")

    def refuse(*_: object, **__: object) -> None:
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "sendfile", full)
    cache = FileCache(folder, BOUND)
    put(cache, b"key", large())
    assert cache.get(b"key") is None
    assert not list(folder.iterdir())
    cache.close()


def test_what_was_written_is_let_go(folder: Path) -> None:
    """Whoever keeps a file holds it open no longer than it takes: the room of what is thrown away is free."""
    cache, kept = FileCache(folder, BOUND), large()
    put(cache, b"key", kept)
    del kept
    cache.close()
    assert not open_below(folder)
