"""What lies in folders, and in which order."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openwado.archive.file_store import key_of
from openwado.archive.folder import FileCounter, FoundFile, LeftOut, folder_prefix, folder_stop, roots_of, walk

if TYPE_CHECKING:
    import pytest


def make(root: Path, *names: str) -> None:
    """Make files, and the folders that they are in."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def keys(root: Path | str) -> list[str]:
    """Return the keys of the files found under a root."""
    return [found.key for found in walk(str(root), set()) if isinstance(found, FoundFile)]


def left_out(root: Path | str) -> dict[str, str]:
    """Return the reason for whatever is left out under a root, by its name."""
    return {Path(found.key).name: found.reason for found in walk(str(root), set()) if isinstance(found, LeftOut)}


def test_files_come_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """The whole tree is sorted as text, also where a folder's name is the beginning of a file's."""
    make(tmp_path, "a/z", "a-b", "a.dcm", "a0", "a/b/c", "a/b.c", "Z", "é/1", "z")
    found = keys(tmp_path)
    assert len(found) == 9
    assert found == sorted(found)


def test_odd_names_are_found_and_sorted(tmp_path: Path) -> None:
    """Newlines and bytes that are no UTF-8 are parts of names like any other."""
    for name in (b"new\nline", b"\xff\xfe", b"caf\xe9/x", "研究".encode()):
        path = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 -- bytes
        Path(os.fsdecode(path)).parent.mkdir(exist_ok=True)
        Path(os.fsdecode(path)).touch()
    found = keys(tmp_path)
    assert len(found) == 4
    assert found == sorted(found)
    assert key_of(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe")) in found


def test_hidden_names_are_left_out_unless_given(tmp_path: Path) -> None:
    """What starts with a dot is left out and said so; a root may be hidden."""
    make(tmp_path, ".hidden/a", ".DS_Store", "b")
    assert keys(tmp_path) == [f"{tmp_path}/b"]
    assert set(left_out(tmp_path)) == {".hidden", ".DS_Store"}
    assert keys(tmp_path / ".hidden") == [f"{tmp_path}/.hidden/a"]
    assert keys(tmp_path / ".DS_Store") == [f"{tmp_path}/.DS_Store"]


def test_what_is_no_file_is_left_out(tmp_path: Path) -> None:
    """FIFOs, sockets, broken links and devices are named with their reason and never opened."""
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
    (tmp_path / "broken").symlink_to("nowhere")
    (tmp_path / "null").symlink_to("/dev/null")
    reasons = left_out(tmp_path)
    assert reasons["fifo"] == reasons["socket"] == reasons["null"] == "not a regular file"
    assert reasons["broken"] == "broken symbolic link"
    assert left_out("/dev/null") == {"null": "not a regular file"}


def test_a_missing_root_is_left_out(tmp_path: Path) -> None:
    """A path that leads nowhere is reported, not raised."""
    assert left_out(tmp_path / "missing") == {"missing": "not there"}


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    """Each folder is visited once, whichever links lead to it."""
    make(tmp_path, "a/b/file")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "z").symlink_to("a")
    (tmp_path / "self").symlink_to("self")
    assert keys(tmp_path) == [f"{tmp_path}/a/b/file"]
    assert left_out(tmp_path)["self"] == "too many levels of symbolic links"


def test_linked_folders_are_followed(tmp_path: Path) -> None:
    """A link to a folder elsewhere is part of the tree, under the link's name."""
    make(tmp_path, "elsewhere/file")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "elsewhere")
    assert keys(tmp_path / "root") == [f"{tmp_path}/root/link/file"]


def test_deep_trees_need_no_recursion(tmp_path: Path) -> None:
    """A tree deeper than Python's recursion limit is walked to its end."""
    folders = [f"{tmp_path}{'/d' * depth}" for depth in range(1, 1500)]
    for folder in folders:
        os.mkdir(folder)  # noqa: PTH102 -- 1500 times
    file = Path(folders[-1], "file")
    file.touch()
    try:
        assert keys(tmp_path) == [str(file)]
    finally:  # what clears up after tests would recurse
        file.unlink()
        for folder in reversed(folders):
            os.rmdir(folder)  # noqa: PTH106 -- as above


def test_roots_are_absolute_sorted_and_not_nested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root that lies in another one, or is given twice, counts once; order does not depend on the command line."""
    make(tmp_path, "a/b/c", "a-b/x", "z")
    monkeypatch.chdir(tmp_path)
    given = ["z", "a/b", str(tmp_path / "a"), "a-b", "./a/../a/", f"//{tmp_path}/z"]
    assert roots_of(given) == [f"{tmp_path}/a-b", f"{tmp_path}/a", f"{tmp_path}/z"]
    assert roots_of(reversed(given)) == roots_of(given)
    found = [key for root in roots_of(given) for key in keys(root)]
    assert found == sorted(found)


def test_the_range_of_a_folder_holds_its_files_only() -> None:
    """Keys between prefix and stop are those in the folder, not those of siblings with a longer name."""
    prefix = folder_prefix("/a")
    for key in ("/a/b", "/a/\U0010ffff", "/a/b/c", "/a/~"):
        assert prefix <= key < folder_stop(prefix)
    for key in ("/a", "/a-b", "/a.dcm", "/a0", "/ab/c", "/b"):
        assert not prefix <= key < folder_stop(prefix)
    assert folder_prefix("/") == "/"


def test_the_counter_counts_what_the_walk_gives(tmp_path: Path) -> None:
    """The total is the number of files found or left out; until it is known there is none."""
    make(tmp_path, "a/1", "a/2", "b", ".hidden")
    counter = FileCounter([str(tmp_path)])
    deadline = time.monotonic() + 10
    while counter.total is None and time.monotonic() < deadline:
        time.sleep(0.01)
    counter.close()
    assert counter.total == 4
