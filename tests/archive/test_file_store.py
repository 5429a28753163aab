"""Files in place: keys, bytes, stamps."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwado.archive.file_store import FileStore, key_of, path_of, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY = 65534


@given(name=st.binary(min_size=1).filter(lambda name: b"\0" not in name))
def test_every_name_survives_as_a_key(name: bytes) -> None:
    """A key is text that UTF-8 can hold, and leads back to the very bytes of the path."""
    path = os.fsdecode(b"/" + name)
    key = key_of(path)
    key.encode()
    assert path_of(key) == path


@given(first=st.binary(), second=st.binary())
def test_different_names_have_different_keys(first: bytes, second: bytes) -> None:
    """No two paths share a key."""
    keys = {key_of(os.fsdecode(first)), key_of(os.fsdecode(second))}
    assert len(keys) == len({first, second})


@pytest.mark.parametrize("path", ["/a/b c.dcm", "/研究/影像.dcm", "/new\nline"])
def test_the_key_of_a_utf8_path_is_the_path(path: str) -> None:
    """Whoever reads a log sees the path itself."""
    assert key_of(path) == path


def test_a_folder_is_a_prefix_of_its_files_even_with_odd_bytes() -> None:
    """The keys of the files in a folder start with the key of the folder."""
    folder = os.fsdecode(b"/a\xff/b")
    assert key_of(folder + os.fsdecode(b"/c\xfe")).startswith(key_of(folder) + "/")
    assert key_of(os.fsdecode(b"/a\xff")) == "/a\N{REPLACEMENT CHARACTER}ff"


def test_reading_gives_what_is_there_and_no_more(tmp_path: Path) -> None:
    """Fewer bytes than asked for come only at the end, and a place outside of the file has none."""
    (tmp_path / "file").write_bytes(bytes(range(100)))
    with FileStore().open(str(tmp_path / "file")) as stored:
        assert stored.size == 100
        assert stored.read_at(10, 5) == bytes(range(10, 15))
        assert stored.read_at(90, 50) == bytes(range(90, 100))
        assert stored.read_at(0, 1 << 62) == bytes(range(100))
        assert stored.read_at(100, 1) == stored.read_at(1 << 62, 1) == stored.read_at(-1, 5) == b""
        assert stored.read_at(5, 0) == stored.read_at(5, -1) == b""


def test_an_opened_file_stays_readable_when_it_is_replaced(tmp_path: Path) -> None:
    """A request that has begun ends with the bytes that it began with."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with FileStore().open(str(path)) as stored:
        (tmp_path / "other").write_bytes(b"newer")
        (tmp_path / "other").replace(path)
        assert stored.read_at(0, 10) == b"old"
        assert FileStore().stamp(str(path)) != stored.stamp()


def test_a_truncated_file_gives_what_is_left(tmp_path: Path) -> None:
    """A file that shrinks while it is open gives fewer bytes, and its stamp says so."""
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    store = FileStore()
    with store.open(str(path)) as stored:
        before = stored.stamp()
        os.truncate(path, 4)
        assert stored.read_at(2, 8) == b"23"
        assert stored.stamp() != before


def test_the_stamp_sees_a_file_of_same_size_and_time(tmp_path: Path) -> None:
    """A file that is put in another's place with the same size and modification time has another stamp."""
    store = FileStore()
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"aaaa")
    before = store.stamp(str(path))
    assert before is not None
    other.write_bytes(b"bbbb")
    other.replace(path)
    os.utime(path, ns=(before.modified_ns, before.modified_ns))
    after = store.stamp(str(path))
    assert after is not None
    assert (after.size, after.modified_ns) == (before.size, before.modified_ns)
    assert after != before


def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    """A missing file, and one in a folder that is a file now, have no stamp and cannot be found."""
    (tmp_path / "file").touch()
    store = FileStore()
    for key in (str(tmp_path / "missing"), str(tmp_path / "file" / "inside")):
        assert store.stamp(key) is None
        with pytest.raises(FileNotFoundError):
            store.open(key)


def test_only_regular_files_are_objects(tmp_path: Path) -> None:
    """A FIFO, a folder or a device is refused at once, without waiting for anybody."""
    os.mkfifo(tmp_path / "fifo")
    store = FileStore()
    for key in (str(tmp_path / "fifo"), str(tmp_path), "/dev/null"):
        assert store.stamp(key) is None
        with pytest.raises(OSError, match="regular file"):
            store.open(key)


def test_links_are_followed(tmp_path: Path) -> None:
    """A symbolic link is the file that it leads to."""
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    store = FileStore()
    assert store.stamp(str(tmp_path / "link")) == store.stamp(str(tmp_path / "file"))
    with store.open(str(tmp_path / "link")) as stored:
        assert stored.read_at(0, 3) == b"abc"


def test_refs_are_released(tmp_path: Path) -> None:
    """Opening and closing leaves no open file behind, and closing twice harms nobody."""
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "fifo")
    store = FileStore()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 -- a count of descriptors
    for _ in range(20):
        stored = store.open(str(tmp_path / "file"))
        stored.close()
        stored.close()
        with pytest.raises(OSError, match="regular file"):
            store.open(str(tmp_path / "fifo"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208 -- as above


def test_numbers_beyond_64_bits_are_cut() -> None:
    """Whatever year and inode a file system tells, the stamp can be kept."""
    years = {"st_mtime_ns": 1 << 70, "st_ctime_ns": -(1 << 70)}
    stamp = stamp_of(os.stat_result((0o100644, (1 << 64) - 1, 0, 1, 0, 0, 5, 0, 0, 0), years))
    assert (stamp.size, stamp.modified_ns, stamp.changed_ns, stamp.inode) == (
        5,
        (1 << 63) - 1,
        -(1 << 63),
        (1 << 63) - 1,
    )


def test_a_forbidden_folder_is_not_an_absent_file(tmp_path: Path) -> None:
    """Where the file system forbids to look, the store says so instead of calling the file gone."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    folder.chmod(0)
    store = FileStore()
    with as_ordinary_user():
        for action in (store.stamp, store.open):
            with pytest.raises(PermissionError):
                action(str(folder / "file"))
    folder.chmod(0o700)


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Give up the right to read everything, where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
