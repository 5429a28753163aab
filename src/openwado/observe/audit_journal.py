"""Where one process notes facts: a file of its own, appended to before the answer leaves.

A line is in the system's memory when `note` returns, so that the death of this process does not take it away; the
audit process has it on stable storage within a second, and makes messages of it. A disk that is full, or that does not
take a line in time, holds nobody up: lines wait in memory, and a thread writes them when it can.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

from openwado.errors import Unavailable
from openwado.observe.audit_facts import EVENTS, Alerted, encode_fact
from openwado.observe.audit_journal_file import JournalFile
from openwado.observe.audit_message import MAJOR_FAILURE, SUCCESS
from openwado.observe.log import event
from openwado.observe.metrics import AUDIT_FAILURES, AUDIT_LOST, AUDIT_WAITING

if TYPE_CHECKING:
    from openwado.observe.audit_facts import Fact
    from openwado.observe.audit_options import AuditOptions

#: Size from which on another file is begun, bytes.
_ROTATE_BYTES: Final = 8 << 20

#: A write that takes longer is the last one that anybody waits for, until the disk has caught up, seconds.
_STALL_SECONDS: Final = 0.25

#: Lines that wait in memory at the most; then the oldest are lost, and counted.
_MOST_WAITING: Final = 20_000

#: Between tries, and between lines in the log about it, seconds.
_RETRY_SECONDS, _LOG_SECONDS = 0.5, 60.0

#: Lost lines of which the first has a line in the log.
_LOG_EVERY: Final = 1000

_logger = logging.getLogger("openwado.audit")


class Journal:
    """One process's journal; any number of threads may note in it.

    Args:
        options: where it is, what is left out, and whether there are no answers without it.

    Attributes:
        lost: lines that could not be written, ever, by this process.
        failures: writes that failed.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, options: AuditOptions) -> None:
        self.lost = 0
        self.failures = 0
        self._folder = options.journals
        self._required = options.required
        self._left_out = tuple(kind for name in options.left_out for kind in EVENTS[name])
        self._file = JournalFile(self._folder)
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._is_detached = False  # lines go by the thread
        self._is_closed = False
        self._since = 0.0  # when writing began to fail, by the clock
        self._told = 0  # of the lost lines
        self._logged = -_LOG_SECONDS

    @property
    def waiting(self) -> int:
        """Lines that wait in memory."""
        return len(self._waiting)

    def note(self, fact: Fact) -> None:
        """Note something that has happened; never raises."""
        if isinstance(fact, self._left_out):
            return
        line = encode_fact(fact) + b"\n"
        with self._lock:
            if self._is_detached or not self._write(line):
                self._put_off(line)

    def note_before(self, fact: Fact) -> None:
        """Note something that is about to happen.

        Raises:
            Unavailable: it cannot be noted, and the settings say that it may not happen then.
        """
        if not self._required:
            self.note(fact)
        elif not isinstance(fact, self._left_out):
            with self._lock:
                if self._is_detached or not self._write(encode_fact(fact) + b"\n"):
                    raise _unavailable()

    def check(self) -> None:
        """See that something may happen which is noted afterwards.

        Raises:
            Unavailable: nothing can be noted at the moment, and the settings say that nothing may happen then.
        """
        if self._required:
            with self._lock:
                if self._is_detached or not self._write(b"\n"):  # an empty line: the disk takes it, or it does not
                    raise _unavailable()

    def close(self) -> None:
        """Write what waits, if it can be written, and let go of the file."""
        with self._lock:
            self._is_closed = True
            if self._drain():
                self._drain()  # what is to be said about it
            self._count_lost(len(self._waiting) + self._file.is_torn)
            self._waiting.clear()
            self._file.close()

    def _write(self, line: bytes) -> bool:
        """Append a line; return False where that fails. From a slow one on, lines go by the thread."""
        started = time.monotonic()
        try:
            if self._file.size >= _ROTATE_BYTES:
                self._rotate()
            self._file.append(line)
        except OSError as error:
            self._failed(error)
            return False
        if time.monotonic() - started > _STALL_SECONDS and not self._required:
            _logger.warning(event("audit journal is slow", seconds=time.monotonic() - started))
            self._detach()
        return True

    def _rotate(self) -> None:
        file = JournalFile(self._folder)
        self._file.close()
        self._file = file

    def _put_off(self, line: bytes) -> None:
        if self._is_closed:
            self._count_lost(1)
            return
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.popleft()
            self._count_lost(1)
        self._waiting.append(line)
        AUDIT_WAITING.set(len(self._waiting))
        self._detach()

    def _detach(self) -> None:
        """Have a thread write lines from now on."""
        if not self._is_detached and not self._is_closed:
            self._is_detached = True
            threading.Thread(target=self._catch_up, name="audit", daemon=True).start()

    def _catch_up(self) -> None:
        """Write what waits, until nothing does any more; a thread."""
        while True:
            time.sleep(_RETRY_SECONDS)
            with self._lock:
                if self._is_closed:
                    return
                is_done = self._drain() and not self._waiting
                AUDIT_WAITING.set(len(self._waiting))
                if is_done:
                    self._is_detached = False
                    return

    def _drain(self) -> bool:
        started = time.monotonic()
        while self._waiting or self._file.is_torn:
            line = self._waiting[0] if self._waiting else b""
            try:
                self._file.append(line)
            except OSError as error:
                self._failed(error)
                return False
            if self._waiting:
                self._waiting.popleft()
            if time.monotonic() - started > _STALL_SECONDS:
                return False  # the next turn goes on; nobody waits for the lock as long
        self._recovered()
        return True

    def _failed(self, error: OSError) -> None:
        self.failures += 1
        AUDIT_FAILURES.add("journal")
        self._since = self._since or time.time()
        if time.monotonic() - self._logged >= _LOG_SECONDS:
            self._logged = time.monotonic()
            effect = "no answers" if self._required else "answers go on"
            detail = error.strerror or type(error).__name__
            _logger.error(event("AUDIT CANNOT BE WRITTEN", detail=detail, effect=effect, waiting=len(self._waiting)))

    def _count_lost(self, count: int) -> None:
        before, self.lost = self.lost, self.lost + count
        AUDIT_LOST.add(amount=count)
        if count and (not before or before // _LOG_EVERY != self.lost // _LOG_EVERY):
            _logger.error(event("AUDIT LOST", lines=self.lost))

    def _recovered(self) -> None:
        """Say, where something was lost, from when to when (CID 403: recording stopped, and started)."""
        since, self._since = self._since, 0.0
        if not since:
            return
        self._logged = -_LOG_SECONDS
        _logger.warning(event("audit can be written again", seconds=time.time() - since, lost=self.lost))
        lost, self._told = self.lost - self._told, self.lost
        if lost:
            words = f"The journal of process {os.getpid()} could not be written; {lost} facts were lost."
            stopped = Alerted(time=since, kind="recording stopped", text=words, outcome=MAJOR_FAILURE)
            started = Alerted(time=time.time(), kind="recording started", text=words, outcome=SUCCESS)
            self._waiting.extend(encode_fact(alert) + b"\n" for alert in (stopped, started))


def _unavailable() -> Unavailable:
    return Unavailable("This cannot be recorded at the moment, and nothing is answered without it.", retry_after=30)
