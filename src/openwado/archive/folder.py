"""What lies in folders: every file under the given paths, in the order of the keys."""

from __future__ import annotations

import os
import stat
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openwado.archive.file_store import key_of, path_of, stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openwado.dicom.instance import Stamp

HIDDEN = "hidden (the name starts with a dot)"
NOT_REGULAR = "not a regular file"
BROKEN_LINK = "broken symbolic link"
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file, as it is now."""

    key: str
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is not looked into, and the phrase that says why."""

    key: str
    reason: str


def roots_of(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Return the keys of paths, absolute, in order, without those that lie in another one."""
    roots: list[str] = []
    for key in sorted({key_of(_absolute(path)) for path in paths}, key=folder_prefix):
        if not roots or not key.startswith(folder_prefix(roots[-1])):
            roots.append(key)
    return roots


def folder_prefix(key: str) -> str:
    """Return what the keys of all files in a folder start with."""
    return key if key.endswith("/") else key + "/"


def next_key(key: str) -> str:
    """Return a text that comes after a key, and after no other key that comes after it: no name has a zero byte."""
    return key + "\x01"


def folder_stop(prefix: str) -> str:
    """Return the first text that sorts after all keys with the prefix of a folder."""
    return prefix[:-1] + chr(ord("/") + 1)


def walk(root: str, visited: set[tuple[int, int]]) -> Iterator[FoundFile | LeftOut]:
    """Give every file under a root, sorted by key.

    Names that start with a dot are left out, whatever they are, unless they are the root itself. Symbolic links are
    followed; each folder is visited once, so that links in a circle end.

    Args:
        root: key of a file or folder.
        visited: device and inode of the folders visited so far, added to; shared among the roots of one walk.
    """
    try:
        status = Path(path_of(root)).stat()
    except FileNotFoundError:
        yield LeftOut(root, NOT_THERE)
    except OSError as error:
        yield _failed(root, error)
    else:
        if stat.S_ISDIR(status.st_mode):
            yield from _walk_folder(root, visited)
        elif stat.S_ISREG(status.st_mode):
            yield FoundFile(root, stamp_of(status))
        else:
            yield LeftOut(root, NOT_REGULAR)


def _absolute(path: str | os.PathLike[str]) -> str:
    absolute = os.path.abspath(path)  # noqa: PTH100 -- Path.absolute keeps "..", and resolve would follow links
    return "/" + absolute.lstrip("/")


def _walk_folder(root: str, visited: set[tuple[int, int]]) -> Iterator[FoundFile | LeftOut]:
    """Go through a tree without recursion: how deep it is, is the file system's business."""
    waiting: list[list[os.DirEntry[str]]] = []
    failure = _enter(root, visited, waiting)
    if failure is not None:
        yield failure
    while waiting:
        if not waiting[-1]:
            waiting.pop()
            continue
        entry = waiting[-1].pop()
        found = _look_at(entry) or _enter(key_of(entry.path), visited, waiting)
        if found is not None:
            yield found


def _enter(key: str, visited: set[tuple[int, int]], waiting: list[list[os.DirEntry[str]]]) -> LeftOut | None:
    """Put a folder's entries on top of those that wait, the last one first; say so if that cannot be done."""
    path = path_of(key)
    try:
        status = Path(path).stat()
        folder = (status.st_dev, status.st_ino)
        if status.st_ino and folder in visited:
            return None
        visited.add(folder)
        with os.scandir(path) as entries:
            waiting.append(sorted(entries, key=_place, reverse=True))
    except OSError as error:
        return _failed(key, error)
    return None


def _place(entry: os.DirEntry[str]) -> str:
    """Return what sorts entries so that all keys of the tree come in order: a folder by its prefix."""
    name = key_of(entry.name)
    return name + "/" if _is_folder(entry) else name


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _look_at(entry: os.DirEntry[str]) -> FoundFile | LeftOut | None:
    """Return what an entry is; None for a folder to go into."""
    key = key_of(entry.path)
    if entry.name.startswith("."):
        return LeftOut(key, HIDDEN)
    if _is_folder(entry):
        return None
    try:
        status = entry.stat()
    except FileNotFoundError:
        return LeftOut(key, BROKEN_LINK if entry.is_symlink() else NOT_THERE)
    except OSError as error:
        return _failed(key, error)
    return FoundFile(key, stamp_of(status)) if stat.S_ISREG(status.st_mode) else LeftOut(key, NOT_REGULAR)


def _failed(key: str, error: OSError) -> LeftOut:
    return LeftOut(key, (error.strerror or type(error).__name__).lower())


class FileCounter:
    """Counts what `walk` gives, in a thread of its own, ahead of those who look at the files.

    Args:
        roots: as `roots_of` returns them.
    """

    def __init__(self, roots: Iterable[str]) -> None:
        self._roots = list(roots)
        self._stopped = False
        self.total: int | None = None
        self._thread = threading.Thread(target=self._count, name="count files", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop counting."""
        self._stopped = True
        self._thread.join()

    def _count(self) -> None:
        visited: set[tuple[int, int]] = set()
        count = 0
        for root in self._roots:
            for _ in walk(root, visited):
                if self._stopped:
                    return
                count += 1
        self.total = count
