"""An object on its way in: bytes in a file that nobody else looks at, and their digest."""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from openwado.archive.file_store import StoredFile
from openwado.archive.kept_objects import kept_key

if TYPE_CHECKING:
    from types import TracebackType

#: Seconds after which a file left by a process that ended is taken away: no transfer goes on for so long.
LEFT_BEHIND_SECONDS: Final = 86400.0

_PREFIX: Final = "incoming-"
_FLAGS: Final = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class Incoming:
    """Takes the bytes of one object. Belongs to one thread at a time; without `keep` it leaves nothing behind.

    Args:
        folder: where the file is made, for its owner only; made if it is missing.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        name = f"{folder}/{_PREFIX}{os.urandom(12).hex()}"
        try:
            self._descriptor = os.open(name, _FLAGS, 0o600)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(name, _FLAGS, 0o600)
        self._digest = hashlib.sha256()
        self._named = True
        self.path = name
        self.size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: there is no room.
        """
        self._digest.update(data)
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    @property
    def key(self) -> str:
        """The key of the bytes so far."""
        return kept_key(self._digest.hexdigest(), self.size)

    def reader(self) -> StoredFile:
        """Return the bytes so far for reading; closed by whoever asked for it."""
        return StoredFile(os.dup(self._descriptor), self.size)

    def sync(self) -> None:
        """Have the bytes on stable storage.

        Raises:
            OSError: they cannot be brought there.
        """
        os.fsync(self._descriptor)

    def empty(self) -> None:
        """Take the bytes away, whatever names the file has by now.

        Only the file itself is touched: under a name that it was given, another one may be by then.
        """
        with suppress(OSError):
            os.ftruncate(self._descriptor, 0)

    def moved(self) -> None:
        """Take note that the file has got another name, under which it stays."""
        self._named = False

    def close(self) -> None:
        """Let go of the file; unless it was moved, it is no more. A second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor < 0:
            return
        os.close(descriptor)
        if self._named:
            with suppress(FileNotFoundError):
                os.unlink(self.path)  # noqa: PTH108 -- a path is text here

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def sweep(folder: Path) -> int:
    """Take away what processes have left in a folder of incoming objects that ended long ago; return how many."""
    count = 0
    oldest = time.time() - LEFT_BEHIND_SECONDS
    with suppress(OSError), os.scandir(folder) as entries:  # what cannot be listed is said when an object comes in
        for entry in entries:
            with suppress(OSError):
                if entry.name.startswith(_PREFIX) and entry.stat().st_mtime < oldest:
                    Path(entry.path).unlink()
                    count += 1
    return count
