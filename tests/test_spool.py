"""Bytes in memory, then in a file without a name."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from open_files import open_below
from openwado.errors import Unavailable
from openwado.spool import IN_MEMORY, Spool, use_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Have files without a name in a folder of the test's own."""
    use_folder(tmp_path)
    yield tmp_path
    use_folder(None)


STEPS = st.one_of(
    st.tuples(st.just("write"), st.binary(max_size=40)),
    st.tuples(st.just("seek"), st.integers(0, 120)),
    st.tuples(st.just("back"), st.integers(-30, 0)),
    st.tuples(st.just("end"), st.just(0)),
    st.tuples(st.just("read"), st.integers(-1, 50)),
)


@given(st.lists(STEPS, max_size=30), st.sampled_from([0, 10, 60, 1000]))
def test_it_is_a_file_like_any_other(steps: list[tuple[str, bytes | int]], in_memory: int) -> None:
    """Whatever is written, sought and read, in memory or beyond it, it holds what a file would hold."""
    made, wanted = Spool(in_memory), BytesIO()
    for name, value in steps:
        if isinstance(value, bytes):
            made.write(value)
            wanted.write(value)
        elif name == "read":
            assert made.read(value) == wanted.read(value)
        else:
            whence = {"seek": 0, "back": 1, "end": 2}[name]
            place = max(0, {0: 0, 1: wanted.tell(), 2: len(wanted.getvalue())}[whence] + value)
            wanted.seek(place)
            assert made.seek(value, whence) == place
        assert (made.tell(), made.size) == (wanted.tell(), len(wanted.getvalue()))
    assert made.read_at(0, made.size + 10) == wanted.getvalue()
    assert made.read_at(5, 7) == wanted.getvalue()[5:12]
    descriptor = made.descriptor
    assert bool(descriptor) == (made.size > in_memory)
    if descriptor:
        assert os.pread(descriptor, 1 << 20, 0) == wanted.getvalue()
    made.close()


def test_few_bytes_stay_in_memory_and_many_are_in_a_file_without_a_name(folder: Path) -> None:
    """Up to a bound there is no file; beyond it there is one that nobody finds, and it goes with what holds it."""
    made = Spool()
    made.write(bytes(IN_MEMORY))
    in_memory = made.descriptor
    assert in_memory is None
    assert not open_below(folder)
    made.write(b"x")
    assert made.descriptor is not None
    assert os.fstat(made.descriptor).st_size == IN_MEMORY + 1
    assert os.fstat(made.descriptor).st_mode & 0o777 == 0o600
    assert len(open_below(folder)) == 1
    assert not list(folder.iterdir())
    del made
    assert not open_below(folder)


def test_it_is_read_by_several_at_once(folder: Path) -> None:
    """Who reads does not move the place of another one; what was received from another process is read the same way."""
    made = Spool(0)
    made.write(b"0123456789")
    assert made.descriptor is not None
    other = Spool.received(os.dup(made.descriptor), made.size)
    made.seek(3)
    assert other.read(2) == b"01"
    assert made.read(2) == b"34"
    assert other.read_at(8, 5) == b"89"
    made.close()
    assert other.read(3) == b"234"
    other.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        other.read_at(0, 0) or os.pread(other.descriptor or -1, 1, 0)
    assert not open_below(folder)


@pytest.mark.parametrize("code", [errno.EOPNOTSUPP, errno.EISDIR])
def test_file_systems_without_nameless_files_lose_the_name_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """Where a file must have a name to be made, it has none any more when it is written to."""
    opened = os.open

    def refuse(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(code, "not here")
        return opened(path, flags, mode)

    monkeypatch.setattr(os, "open", refuse)
    made = Spool(0)
    made.write(b"content")
    assert made.descriptor is not None
    assert os.pread(made.descriptor, 10, 0) == b"content"
    assert len(open_below(folder)) == 1
    assert not list(folder.iterdir())
    made.close()


def test_a_folder_that_has_gone_is_not_missed(tmp_path: Path) -> None:
    """When somebody removes the folder, files are where the system has temporary ones."""
    use_folder(tmp_path / "gone")
    try:
        made = Spool(0)
        made.write(b"content")
        assert made.read_at(0, 10) == b"content"
        made.close()
    finally:
        use_folder(None)


def test_a_file_beyond_the_bound_of_files_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    """Where a process may write no larger file, trying again does not help: 501, and no file stays."""
    program = (
        "import resource, sys; from pathlib import Path; from openwado.errors import NotSupported;"
        "from openwado.spool import Spool, use_folder; use_folder(sys.argv[1]);"
        "_, most = resource.getrlimit(resource.RLIMIT_FSIZE);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, most))\n"
        "made = Spool()\n"
        "try:\n"
        "    for _ in range(100): made.write(bytes(100_000))\n"
        "except NotSupported as error: print(error.public)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))"  # what measures coverage writes, too
    )
    found = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == ("This answer is larger than any that the server makes.\n", "")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for a file whoever makes it is told so, to be tried again later, and no file stays."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    made = Spool(2)
    made.write(b"a")
    for name in ("write", "pwrite", "writev", "pwritev"):
        monkeypatch.setattr(os, name, full)
    with pytest.raises(Unavailable, match="no room on its disk") as raised:
        made.write(bytes(4 << 20))
    assert raised.value.retry_after == 60
    made.close()
    assert not list(folder.iterdir())


def test_the_last_bytes_may_be_those_without_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written in the end, and only then finds no room, is told too."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    made = Spool(2)
    made.write(b"abc")
    made.write(b"d")
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(Unavailable, match="no room"):
        _ = made.descriptor
    made.close()
    assert not open_below(folder)
