"""Bytes that are made before their number is known: in memory while they are few, else in a file without a name.

Such a file is gone when nobody has it open any more, however that came about: no crash leaves one behind. It may be
handed to another process, read by several at once, and given a name later (`openwado.cache.files`).
"""

from __future__ import annotations

import errno
import os
import tempfile
import weakref
from io import SEEK_CUR, SEEK_END, SEEK_SET
from pathlib import Path
from typing import Final, Self

from openwado.errors import NotSupported, Unavailable

#: Bytes kept in memory.
IN_MEMORY: Final = 1 << 20

#: Bytes written to a file at once.
_WRITTEN_AT_ONCE: Final = 1 << 18

#: What file systems and kernels say that have no files without a name.
_NO_NAMELESS: Final = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL})


class _Place:
    """Where the files of this process are; None: where the system has temporary ones."""

    folder: str | None = None


def use_folder(folder: Path | str | None) -> None:
    """Have this process keep such files in a folder from now on; None: where the system has temporary files."""
    _Place.folder = str(folder) if folder else None


class Spool:
    """Bytes that are written, then read at any place; also a file object for libraries that seek while they write.

    The file, if there is one, goes with the last reference to this, or when it is closed.

    Args:
        in_memory: bytes from which on they are in a file.

    Attributes:
        size: how many bytes there are.
    """

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self.size = 0
        self._in_memory = in_memory
        self._descriptor: int | None = None
        self._closing: weakref.finalize[[int], Spool] | None = None
        self._place = 0
        self._unwritten = bytearray()  # all bytes while there is no file, else some that follow each other
        self._start = 0  # place of the first of them

    @classmethod
    def received(cls, descriptor: int, size: int) -> Self:
        """Return the bytes at the beginning of a file that is open, which is closed with this."""
        spool = cls()
        spool.size = size
        spool._own(descriptor)
        return spool

    @property
    def descriptor(self) -> int | None:
        """Descriptor of the file that begins with all the bytes, None where they are in memory.

        Raises:
            Unavailable: there is no room for them.
            NotSupported: they are more than may be in one file.
        """
        self._flush()
        return self._descriptor

    def write(self, data: bytes, /) -> int:
        """Write bytes at the place reached.

        Raises:
            Unavailable: there is no room for them.
            NotSupported: they are more than may be in one file.
        """
        count = len(data)
        if not count:
            return 0
        if self._place != self._start + len(self._unwritten):
            self._go_on_elsewhere(count)
        begin = self._place - self._start
        self._unwritten[begin : begin + count] = data
        self._place += count
        self.size = max(self.size, self._place)
        if self._descriptor is None:
            if self.size > self._in_memory:
                self._open()
                self._flush()
        elif len(self._unwritten) >= _WRITTEN_AT_ONCE:
            self._flush()
        return count

    def read(self, length: int = -1, /) -> bytes:
        """Return the next bytes, all that are left where length is negative."""
        data = self.read_at(self._place, length if length >= 0 else max(0, self.size - self._place))
        self._place += len(data)
        return data

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at their end.

        Raises:
            OSError: the file cannot be read.
        """
        length = min(length, max(0, self.size - offset))
        if self._descriptor is None:
            return bytes(memoryview(self._unwritten)[offset : offset + length])
        self._flush()
        return os.pread(self._descriptor, length, offset)

    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        """Go to a place, counted as `io` counts, and return it."""
        base = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """Return the place reached."""
        return self._place

    def seekable(self) -> bool:
        """Say that one can go to places."""
        return True

    def close(self) -> None:
        """Let go of the bytes."""
        self._unwritten, self._start, self.size = bytearray(), 0, 0
        if self._closing is not None:
            self._closing()
            self._descriptor = -1  # the number may be another file's by now

    def _go_on_elsewhere(self, count: int) -> None:
        """Prepare to write bytes that do not follow the last ones."""
        if self._descriptor is not None:
            self._flush()
            self._start = self._place
        elif self._place + count > self._in_memory:
            self._open()
            self._flush()
            self._start = self._place
        else:
            self._unwritten += bytes(max(0, self._place - len(self._unwritten)))

    def _open(self) -> None:
        try:
            self._own(_nameless())
        except OSError as error:
            raise _no_room(error) from error

    def _own(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._closing = weakref.finalize(self, os.close, descriptor)

    def _flush(self) -> None:
        if self._descriptor is None or not self._unwritten:
            return
        with memoryview(self._unwritten) as rest:
            written = 0
            try:
                while written < len(rest):
                    written += os.pwrite(self._descriptor, rest[written:], self._start + written)
            except OSError as error:
                raise _no_room(error) from error
        self._start += len(self._unwritten)
        self._unwritten.clear()


def _nameless() -> int:
    """Open a file without a name, readable for its owner only, and return its descriptor."""
    folder = _Place.folder or tempfile.gettempdir()
    if not Path(folder).is_dir():  # somebody has tidied up
        folder = tempfile.gettempdir()
    try:
        return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _NO_NAMELESS:
            raise
    descriptor, name = tempfile.mkstemp(prefix=".openwado-", dir=folder)
    Path(name).unlink()
    return descriptor


def _no_room(error: OSError) -> Unavailable | NotSupported:
    if error.errno == errno.EFBIG:  # the bound of this process, or of the file system
        return NotSupported("This answer is larger than any that the server makes.", detail=str(error))
    return Unavailable(
        "The server has no room on its disk to make this at the moment.", retry_after=60, detail=str(error)
    )
