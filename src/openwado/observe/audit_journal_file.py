"""One file of a journal: made by its writer, who holds a lock on it while it lives; taken away by its reader."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX: Final = ".facts"

_numbers = count(1)


def make_folder(folder: Path) -> None:
    """Make a folder of the audit's, and the one that it is in, for this user alone.

    Raises:
        OSError: it cannot be made.
    """
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


class JournalFile:
    """The writer's side. It gets its name with the lock on it, so that no reader takes it for one that is left.

    Args:
        folder: where it is; made where it is missing, for this user alone.

    Attributes:
        size: bytes written.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        make_folder(folder)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers)}"
        hidden = folder / f".{name}.new"
        self._descriptor = os.open(hidden, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            hidden.rename(folder / f"{name}{SUFFIX}")
        except BaseException:
            os.close(self._descriptor)
            with suppress(OSError):
                hidden.unlink()
            raise
        self.size = 0
        self._rest = b""  # of a line of which the disk took the beginning only

    @property
    def is_torn(self) -> bool:
        """Whether the last line is not whole as yet."""
        return bool(self._rest)

    def append(self, line: bytes) -> None:
        """Append a line, after what is left of the one before.

        Raises:
            OSError: it is not written, or the beginning of it only, the rest of which is kept here.
        """
        if self._rest:
            self._rest = self._rest[self._put(self._rest) :]
            if self._rest:
                raise OSError("the disk takes a part of a line only")
        if line and (written := self._put(line)) < len(line):
            self._rest = line[written:]

    def close(self) -> None:
        """Let go of it; the reader may take it away when it has read it."""
        os.close(self._descriptor)

    def _put(self, data: bytes) -> int:
        written = os.write(self._descriptor, data)
        self.size += written
        return written
