"""Where one process notes facts: a file of its own, appended to before the answer leaves.

A thread writes the lines, so that a disk that hangs holds the thread and nobody else. A line is in the system's memory
when `note` returns, so that the death of this process does not take it away; the audit process has it on stable storage
within a second, and makes messages of it. Where the disk is full, or does not take a line in time, lines wait in
memory, and nobody waits for them until the disk has caught up.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.errors import Unavailable
from openwado.observe.audit_facts import EVENTS, Alerted, encode_fact
from openwado.observe.audit_journal_file import JournalFile
from openwado.observe.audit_message import MAJOR_FAILURE, SUCCESS
from openwado.observe.log import event
from openwado.observe.metrics import AUDIT_FAILURES, AUDIT_LOST, AUDIT_WAITING

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.observe.audit_facts import Fact
    from openwado.observe.audit_options import AuditOptions

#: Size from which on another file is begun, bytes.
_ROTATE_BYTES: Final = 8 << 20

#: For how long anybody waits until a line is written; then nobody does any more until the disk has caught up, seconds.
#: Where nothing may happen that is not noted, a disk gets longer before it is said that it takes nothing.
_PATIENCE_SECONDS, _PATIENCE_REQUIRED_SECONDS = 0.25, 2.0

#: How long the end of a process waits for a disk, seconds.
_END_SECONDS: Final = 1.0

#: Lines that wait in memory at the most; then the oldest are lost, and counted.
_MOST_WAITING: Final = 20_000

#: Between tries, and between lines in the log about it, seconds.
_RETRY_SECONDS, _LOG_SECONDS = 0.5, 60.0

#: Lost lines of which the first has a line in the log.
_LOG_EVERY: Final = 1000

_logger = logging.getLogger("openwado.audit")


@dataclass(eq=False, slots=True)
class _Line:
    text: bytes
    keeps: bool = True  # it waits for the disk where it cannot be written
    is_written: bool = False


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
        self._file = JournalFile(self._folder)  # the thread's alone, once there is one
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()  # its lock is never held while something is written
        self._waiting: deque[_Line] = deque()
        self._in_hand: _Line | None = None  # what the thread writes
        self._is_behind = False  # nobody waits for the disk
        self._is_failing = False  # the last write failed
        self._is_hanging = False  # a write does not end
        self._is_urgent = False  # somebody wants to know whether a write that failed would do so again
        self._is_closed = False
        self._since = 0.0  # when writing began to fail, by the clock
        self._told = 0  # of the lost lines
        self._logged = self._slow_logged = -_LOG_SECONDS

    @property
    def waiting(self) -> int:
        """Lines that wait in memory, with the one that is being written."""
        with self._changed:
            return len(self._waiting) + (self._in_hand is not None and self._in_hand.keeps)

    def note(self, fact: Fact) -> None:
        """Note something that has happened; never raises, and waits for a disk that hangs only once, and not long."""
        if not isinstance(fact, self._left_out):
            self._put(_Line(encode_fact(fact) + b"\n"))

    def note_before(self, fact: Fact) -> None:
        """Note something that is about to happen.

        Raises:
            Unavailable: it cannot be noted, and the settings say that it may not happen then.
        """
        if not self._required:
            self.note(fact)
        elif not isinstance(fact, self._left_out):
            self._demand(encode_fact(fact) + b"\n")

    def check(self) -> None:
        """See that something may happen which is noted afterwards.

        Raises:
            Unavailable: nothing can be noted at the moment, and the settings say that nothing may happen then.
        """
        if self._required:
            self._demand(b"\n")  # an empty line: the disk takes it, or it does not

    def close(self) -> None:
        """Write what waits, if it can be written, and let go of the file."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_END_SECONDS)
        with self._changed:
            hangs = self._in_hand is not None
            self._count_lost(len(self._waiting) + (hangs or self._file.is_torn))
            self._waiting.clear()
        if not hangs:
            self._file.close()

    def _put(self, line: _Line) -> None:
        """Have a line written, and wait for that as long as the disk is in time."""
        with self._changed:
            if self._is_closed:
                self._count_lost(1)
                return
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.popleft()
                self._count_lost(1)
            self._hand_over(line)
            if self._is_behind:
                AUDIT_WAITING.set(len(self._waiting))
            else:
                self._await(lambda: line.is_written or self._is_behind, _PATIENCE_SECONDS)

    def _demand(self, text: bytes) -> None:
        """Have a line written, or refuse what it is about.

        What is refused is not noted later; only a line that the disk holds for long may be there nevertheless.
        """
        line = _Line(text, keeps=False)
        with self._changed:
            if self._is_closed or self._is_hanging:
                raise _unavailable()
            failures = self.failures
            self._is_urgent = True
            self._hand_over(line)
            self._await(lambda: line.is_written or self.failures > failures, _PATIENCE_REQUIRED_SECONDS)
            if not line.is_written:
                with suppress(ValueError):  # where the thread has taken it
                    self._waiting.remove(line)
                raise _unavailable()

    def _hand_over(self, line: _Line) -> None:
        self._waiting.append(line)
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_lines, name="audit", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _await(self, ended: Callable[[], bool], patience: float) -> None:
        """Wait until a write has ended, or takes too long; the lock is held."""
        if not self._changed.wait_for(ended, patience):
            self._is_behind = self._is_hanging = True
            AUDIT_WAITING.set(len(self._waiting))
            if time.monotonic() - self._slow_logged >= _LOG_SECONDS:
                self._slow_logged = time.monotonic()
                _logger.warning(event("audit journal is slow", seconds=patience))

    def _write_lines(self) -> None:
        """Write what waits, as it comes; the thread."""
        while (line := self._next()) is not None:
            try:
                if self._file.size >= _ROTATE_BYTES:
                    self._rotate()
                self._file.append(line.text)
            except OSError as error:
                if not self._failed(line, error):
                    return
            else:
                self._wrote(line)

    def _next(self) -> _Line | None:
        """Return what is to be written next, or None where nothing is any more."""
        with self._changed:
            while not self._waiting:
                if self._file.is_torn:
                    self._in_hand = _Line(b"", keeps=False)  # what is left of the line before
                    return self._in_hand
                if self._is_behind and not self._is_failing and self._recovered():
                    continue
                if self._is_closed:
                    return None
                if self._is_failing:
                    self._in_hand = _Line(b"\n", keeps=False)  # to see whether the disk takes it
                    return self._in_hand
                self._changed.wait()
            self._in_hand = self._waiting.popleft()
            return self._in_hand

    def _wrote(self, line: _Line) -> None:
        with self._changed:
            line.is_written = True
            self._in_hand = None
            self._is_failing = self._is_hanging = False
            if self._is_behind:
                AUDIT_WAITING.set(len(self._waiting))
            self._changed.notify_all()

    def _failed(self, line: _Line, error: OSError) -> bool:
        """Put a line off; return False where this was the last try."""
        with self._changed:
            was_closed = self._is_closed
            self._in_hand = None
            self._is_behind = self._is_failing = True
            self._is_hanging = self._is_urgent = False
            self.failures += 1
            AUDIT_FAILURES.add("journal")
            self._since = self._since or time.time()
            if line.keeps and len(self._waiting) >= _MOST_WAITING:
                self._count_lost(1)
            elif line.keeps:
                self._waiting.appendleft(line)
            AUDIT_WAITING.set(len(self._waiting))
            if time.monotonic() - self._logged >= _LOG_SECONDS:
                self._logged = time.monotonic()
                effect = "no answers" if self._required else "answers go on"
                detail = error.strerror or type(error).__name__
                waiting = len(self._waiting)
                _logger.error(event("AUDIT CANNOT BE WRITTEN", detail=detail, effect=effect, waiting=waiting))
            self._changed.notify_all()
            if was_closed:
                return False
            self._changed.wait_for(lambda: self._is_closed or self._is_urgent, _RETRY_SECONDS)
            return True

    def _rotate(self) -> None:
        file = JournalFile(self._folder)
        self._file.close()
        self._file = file

    def _count_lost(self, count: int) -> None:
        before, self.lost = self.lost, self.lost + count
        AUDIT_LOST.add(amount=count)
        if count and (not before or before // _LOG_EVERY != self.lost // _LOG_EVERY):
            _logger.error(event("AUDIT LOST", lines=self.lost))

    def _recovered(self) -> bool:
        """Let everybody wait again; return whether there is something to say.

        Where something was lost, the trail says from when to when (CID 403: recording stopped, and started).
        """
        self._is_behind = False
        since, self._since = self._since, 0.0
        if not since:
            return False
        self._logged = -_LOG_SECONDS
        _logger.warning(event("audit can be written again", seconds=time.time() - since, lost=self.lost))
        lost, self._told = self.lost - self._told, self.lost
        if lost:
            words = f"The journal of process {os.getpid()} could not be written; {lost} facts were lost."
            stopped = Alerted(time=since, kind="recording stopped", text=words, outcome=MAJOR_FAILURE)
            started = Alerted(time=time.time(), kind="recording started", text=words, outcome=SUCCESS)
            self._waiting.extend(_Line(encode_fact(alert) + b"\n") for alert in (stopped, started))
        return bool(lost)


def _unavailable() -> Unavailable:
    return Unavailable("This cannot be recorded at the moment, and nothing is answered without it.", retry_after=30)
