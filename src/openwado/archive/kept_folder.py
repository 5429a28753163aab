"""Kept objects in a folder: each appears there whole, on stable storage, or not at all."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from openwado.archive.file_store import StoredFile
from openwado.archive.kept_objects import is_well_formed, kept_stamp, size_of
from openwado.archive.store import MissingObjectError, nobody_wants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openwado.archive.incoming import Incoming
    from openwado.dicom.instance import Stamp

_SUFFIX: Final = ".dcm"
#: What the name of an object has behind it that is being erased.
_ASIDE: Final = ".erased"
_FLAGS: Final = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY


class KeptFile(StoredFile):
    """A kept object, opened."""

    __slots__ = ("_key",)

    def __init__(self, descriptor: int, key: str) -> None:
        super().__init__(descriptor, size_of(key))
        self._key = key

    def stamp(self) -> Stamp:
        """Return what stands for size and times: a key never means other bytes."""
        return kept_stamp(self._key)


class KeptFolder:
    """Kept objects as files under a folder, `objects/abc/abcdef….dcm`; implements `KeptStore`.

    Args:
        folder: made if it is missing, for its owner only.
        mark: file elsewhere that says that the folder was made. Where it does, and the folder is missing, it is away,
            such as a disk that is not mounted: nothing is put into another one in its place. None: that is not known.
    """

    is_remote = False

    def __init__(self, folder: Path, mark: Path | None = None) -> None:
        self._objects = folder / "objects"
        self._mark = mark
        self._is_marked = False
        self._trusted: set[str] = set()  # folders that this process has seen on stable storage
        self.incoming = folder / "incoming"

    def stamp(self, key: str) -> Stamp:
        """Return what stands for size and times of an object; nothing is looked at."""
        return kept_stamp(key)

    def open(self, key: str) -> KeptFile:
        """Open an object for reading.

        Raises:
            MissingObjectError: it is not there, or has not the bytes that its key tells of.
            OSError: it cannot be read.
        """
        path = self._path(key)
        try:
            descriptor = os.open(path, _FLAGS)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise MissingObjectError(errno.EIO, "a kept object is missing", path) from error
        size = os.fstat(descriptor).st_size
        if size != size_of(key):
            os.close(descriptor)
            raise MissingObjectError(errno.EIO, f"a kept object has {size} bytes", path)
        return KeptFile(descriptor, key)

    def put(self, incoming: Incoming) -> None:
        """Keep an object under its key: when this returns, it is on stable storage. What is there already is replaced.

        A new object has its name before its bytes are synced: file systems with a journal then bring both to the disk
        at once. Nobody looks for it there before the index knows it. What is there already is never replaced by bytes
        that are not on stable storage, not even by equal ones.

        Raises:
            OSError: it cannot be; under the key there is what was there, or an empty file that a later try replaces.
        """
        path = self._path(incoming.key)
        folder = os.path.dirname(path)  # noqa: PTH120 -- on every object that comes in
        grown = [] if folder in self._trusted else self._make(Path(folder))
        try:
            is_named = _name(incoming, path)
        except FileNotFoundError:  # somebody has taken the folder away
            grown = self._make(Path(folder))
            is_named = _name(incoming, path)
        if is_named:
            _sync_named(incoming, [folder, *grown])
        else:
            incoming.sync()
            os.rename(incoming.path, path)  # noqa: PTH104 -- a path is text here
            incoming.moved()
            _sync_folders([folder, *grown])
        self._trusted.add(folder)

    def is_there(self, key: str) -> bool:
        """Say whether an object is there."""
        return os.path.exists(self._path(key))  # noqa: PTH110 -- on every object that comes in

    def erase(self, key: str, is_wanted: Callable[[], bool] = nobody_wants) -> bool:
        """Take an object away; it may be gone already.

        It gets another name first. Whoever has put it again, and told the index before that was asked, finds it under
        its own once more; whoever tells the index later sees that it is not there.

        Raises:
            OSError: it cannot be, or the store is away.
        """
        path = self._path(key)
        aside = f"{path}{_ASIDE}"
        try:
            os.rename(path, aside)  # noqa: PTH104 -- a path is text here
        except (FileNotFoundError, NotADirectoryError):
            self._check_away()
            with suppress(FileNotFoundError, NotADirectoryError):  # of a process that ended in the middle
                os.unlink(aside)  # noqa: PTH108 -- as above
            return True
        stays = True
        try:
            stays = is_wanted()
        finally:
            if stays and not os.path.exists(path):  # noqa: PTH110 -- as above
                os.rename(aside, path)  # noqa: PTH104 -- as above
            else:
                os.unlink(aside)  # noqa: PTH108 -- as above
        return not stays

    def keys(self) -> Iterator[tuple[str, float]]:
        """Give the key of every object that is there, in order, and when it was put there, seconds since 1970.

        Raises:
            OSError: the folder cannot be read, or is away.
        """
        self._check_away()
        if self._objects.is_dir():
            self._set_mark()
        for folder in _sorted_entries(self._objects):
            for entry in _sorted_entries(Path(folder.path)):
                key = f"@{folder.name}/{entry.name.removesuffix(_SUFFIX)}"
                if entry.name.endswith(_SUFFIX) and is_well_formed(key):
                    status = entry.stat()
                    if status.st_size:  # an empty one is what a put has left that failed; the next one replaces it
                        yield key, status.st_mtime

    def close(self) -> None:
        """Let go of everything: there is nothing."""

    def _check_away(self) -> None:
        """Refuse to take a folder that is missing for one that is empty.

        It is looked for once more after the mark is read: others may make it, and then the mark, at this moment.

        Raises:
            OSError: it was there before.
        """
        if self._objects.is_dir():
            return
        with suppress(FileNotFoundError):
            is_marked = self._mark is not None and self._mark.read_bytes() == self._marking()
            if is_marked and not self._objects.is_dir():
                sentence = "the store is not there: is it mounted? To begin anew, make its folder `objects`"
                raise OSError(errno.ENODEV, sentence)

    def _marking(self) -> bytes:
        """Return what the mark says: one name of the folder, whichever it was given by."""
        return os.fsencode(os.path.realpath(self._objects))

    def _set_mark(self) -> None:
        """Note that the folder is there."""
        if self._mark is None or self._is_marked:
            return
        with suppress(OSError):  # a full disk keeps nobody from storing on another one
            with suppress(FileNotFoundError):
                self._is_marked = self._mark.read_bytes() == self._marking()
            if not self._is_marked:
                fresh = self._mark.with_name(f"{self._mark.name}.{os.getpid()}.{threading.get_ident()}")
                try:
                    fresh.write_bytes(self._marking())
                    fresh.replace(self._mark)
                finally:
                    fresh.unlink(missing_ok=True)
                self._is_marked = True

    def _path(self, key: str) -> str:
        if not is_well_formed(key):
            raise OSError(errno.EINVAL, "no key of a kept object")
        return f"{self._objects}/{key[1:]}{_SUFFIX}"

    def _make(self, folder: Path) -> list[Path]:
        """Make a folder if it is missing; return those that have to be synced for it to stay.

        The one above is among them in any case: whoever has made the folder may not have synced that yet.
        """
        self._check_away()
        grown = [folder.parent]
        missing = []
        while not folder.is_dir():
            missing.append(folder)
            folder = folder.parent
        for part in reversed(missing):
            part.mkdir(mode=0o700, exist_ok=True)
        self._set_mark()
        return grown + [part.parent for part in missing[1:]]


def _name(incoming: Incoming, path: str) -> bool:
    """Give a file its name beside the one that it has; return False where the name is taken, or cannot be given.

    Raises:
        FileNotFoundError: its folder is missing.
    """
    try:
        os.link(incoming.path, path)
    except FileNotFoundError:
        raise
    except OSError:  # also where the file system has no second names
        return False
    return True


def _sorted_entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync_named(incoming: Incoming, folders: Sequence[str | Path]) -> None:
    """Bring a file to stable storage that has its name already, and the name; where that fails, no bytes stay there."""
    try:
        incoming.sync()
        _sync_folders(folders)
    except OSError:
        incoming.empty()
        raise


def _sync_folders(folders: Sequence[str | Path]) -> None:
    for folder in folders:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
