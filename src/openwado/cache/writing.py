"""A thread that writes what others hand it, many things at a time, and never makes them wait."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")

#: Bytes that may wait to be written; what comes beyond is dropped.
MOST_WAITING = 1 << 25

#: Things that may wait, whatever their bytes.
MOST_ENTRIES = 4096

#: Things written at a time.
BATCH = 64

_logger = logging.getLogger("openwado.cache")


class WritingThread(Generic[T]):
    """Starts with the first thing that is to be written.

    Args:
        write: called in the thread with some things, in order; what it raises is logged, and they are lost.
        name: of the thread.
    """

    def __init__(self, write: Callable[[Sequence[T]], None], name: str) -> None:
        self._write = write
        self._name = name
        self._waiting: deque[tuple[T, int, Callable[[], None] | None]] = deque()
        self._bytes = 0
        self._closed = False
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def put(self, entry: T, size: int, written: Callable[[], None] | None) -> None:
        """Hand something over.

        Args:
            entry: what is to be written.
            size: its bytes.
            written: called when that is done, or when it is dropped; in the writing thread, or at once.
        """
        with self._condition:
            full = self._bytes + size > MOST_WAITING or len(self._waiting) >= MOST_ENTRIES
            if not (full or self._closed):
                self._waiting.append((entry, size, written))
                self._bytes += size
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                    self._thread.start()
                self._condition.notify()
                return
        if written is not None:
            written()

    def close(self) -> None:
        """Have the rest written, and end."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._run_once():
            pass  # nothing of what was written is held while it waits for more

    def _run_once(self) -> bool:
        """Write some things; False at the end."""
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
        if not batch:
            return False
        try:
            self._write([entry for entry, _, _ in batch])
        except Exception:  # whoever waits for `written` must not wait for ever
            _logger.exception(event("not written", thread=self._name))
        with self._condition:
            self._bytes -= sum(size for _, size, _ in batch)
        for _, _, written in batch:
            if written is not None:
                written()
        return True
