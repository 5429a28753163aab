"""Files where they lie: the key of an object is its absolute path."""

from __future__ import annotations

import errno
import os
import re
import stat
from typing import TYPE_CHECKING, Self

from openwado.dicom.instance import Stamp

if TYPE_CHECKING:
    from types import TracebackType

# O_NONBLOCK: a FIFO that took a file's place must not make the server wait for somebody to write into it.
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY

# A path is bytes, a key is text. Bytes that are no UTF-8 stand in the key as U+FFFD and two hexadecimal digits, and so
# does each byte of a U+FFFD that is really in the name: both ways without loss, and a folder stays a prefix.
_MARK = "\N{REPLACEMENT CHARACTER}"
_ESCAPE = re.compile(_MARK + "([0-9a-f]{2})")

# Times and inodes are kept as 64-bit signed numbers; file systems know later years and larger inodes than that.
_LEAST, _MOST = -(1 << 63), (1 << 63) - 1


def key_of(path: str | os.PathLike[str]) -> str:
    """Return the key of an absolute path: the path itself where it is UTF-8."""
    text = os.fsencode(path).decode("utf-8", "surrogateescape")
    if text.isascii():
        return text
    escaped = text.replace(_MARK, "".join(f"{_MARK}{byte:02x}" for byte in _MARK.encode()))
    return "".join(f"{_MARK}{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in escaped)


def path_of(key: str) -> str:
    """Return the path of a key, as the functions of `os` take it."""
    if _MARK not in key:
        return key
    parts = _ESCAPE.split(key)
    pieces = [bytes.fromhex(part) if place % 2 else part.encode() for place, part in enumerate(parts)]
    return os.fsdecode(b"".join(pieces))


def stamp_of(status: os.stat_result) -> Stamp:
    """Return what the file system says of a file as a stamp, each number within 64 bits."""
    return Stamp(
        size=status.st_size,
        modified_ns=max(_LEAST, min(status.st_mtime_ns, _MOST)),
        changed_ns=max(_LEAST, min(status.st_ctime_ns, _MOST)),
        inode=status.st_ino & _MOST,
    )


class StoredFile:
    """A file, opened. Threads may read from it at the same time.

    Args:
        descriptor: of the open file; closed with this object.
        size: bytes of the file when it was opened.
    """

    __slots__ = ("_descriptor", "_size")

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self._size = size

    @property
    def size(self) -> int:
        """How many bytes there were when it was opened."""
        return self._size

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end, none for a place that cannot be.

        Raises:
            OSError: the file system fails.
        """
        wanted = min(length, self._size - offset)  # what is allocated is never more than what is there
        if offset < 0 or wanted <= 0:
            return b""
        data = os.pread(self._descriptor, wanted, offset)
        if len(data) == wanted or not data:
            return data
        pieces = [data]
        got = len(data)
        while got < wanted and (data := os.pread(self._descriptor, wanted - got, offset + got)):
            pieces.append(data)
            got += len(data)
        return b"".join(pieces)

    def stamp(self) -> Stamp:
        """Return size and times as they are now.

        Raises:
            OSError: the file system fails.
        """
        return stamp_of(os.fstat(self._descriptor))

    def fileno(self) -> int:
        """Return the file's descriptor."""
        return self._descriptor

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class FileStore:
    """Files in place, never written to. Symbolic links are followed; only regular files are opened."""

    def stamp(self, key: str) -> Stamp | None:
        """Return size and times of a regular file, None if there is none (any more).

        Raises:
            OSError: the file system cannot say, for instance because a folder may not be entered.
        """
        try:
            status = os.stat(path_of(key))  # noqa: PTH116 -- half the time of Path.stat, on every request
        except (FileNotFoundError, NotADirectoryError):
            return None
        return stamp_of(status) if stat.S_ISREG(status.st_mode) else None

    def open(self, key: str) -> StoredFile:
        """Open a file for reading.

        Raises:
            FileNotFoundError: it is not there (any more).
            OSError: it cannot be read, or is no regular file.
        """
        path = path_of(key)
        try:
            descriptor = os.open(path, _FLAGS)
        except NotADirectoryError as error:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not a regular file", path)
        return StoredFile(descriptor, status.st_size)
