"""Who makes what: several processes that are asked for the same rendition make it once.

A claim is a lock on one byte of a file. The system gives it up with the process that holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Bytes of a key that choose the locked byte: two keys that share it are made one after the other, no more.
_CHOOSING = 7


class Claims:
    """Claims of one process.

    Args:
        path: of the lock file, which stays empty; made if it is missing, for its owner only.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held: dict[int, int] = {}
        self._lock = threading.Lock()  # claims end in the thread that writes

    def take(self, key: bytes) -> bool:
        """Claim a key; False where another process has it. Every claim that was taken is released once."""
        place = _place(key)
        with self._lock:
            if self._descriptor < 0:  # closed
                return True
            if place not in self._held and not self._locked(place):
                return False
            self._held[place] = self._held.get(place, 0) + 1
        return True

    def release(self, key: bytes) -> None:
        """Give a claim up."""
        place = _place(key)
        with self._lock:
            count = self._held.get(place, 0)
            if count > 1:
                self._held[place] = count - 1
            elif count == 1:
                del self._held[place]
                with suppress(OSError):
                    fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, place)

    def close(self) -> None:
        """Give all claims up."""
        with self._lock:
            self._held.clear()
            os.close(self._descriptor)
            self._descriptor = -1  # the number may be another file's by now

    def _locked(self, place: int) -> bool:
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks: made twice is better than not at all
            return True
        return True


def _place(key: bytes) -> int:
    return int.from_bytes(key[:_CHOOSING], "little")
