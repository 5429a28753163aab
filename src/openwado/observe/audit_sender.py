"""What sends the audit trail to a syslog receiver, from where it got to, again and again until it has arrived.

Syslog has no acknowledgement. A message over TCP or TLS counts as delivered when the receiver's machine has
acknowledged its bytes and the connection still stands a moment later; whatever is sent after that place is sent again
over the next connection. So each message arrives at least once, and some arrive twice; `sequenceId` tells.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.observe.audit_chain import files_of, read_line
from openwado.observe.audit_connection import connect
from openwado.observe.audit_syslog import syslog_message
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openwado.observe.audit_chain import Entry
    from openwado.observe.audit_connection import Connection
    from openwado.observe.audit_options import SyslogOptions

#: Between tries to connect: the first pause, and the longest, seconds.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 60.0

#: A connection has to stand so long after a message for the message to count as delivered, seconds.
_MOMENT: Final = 1.0

#: Between looks for something new, seconds.
_LOOK_SECONDS: Final = 1.0

#: Messages sent between looks whether they arrive.
_BATCH: Final = 2000

_logger = logging.getLogger("openwado.audit")


class Place(msgspec.Struct, frozen=True):
    """Behind a line of the trail: the file, the byte, and the number of the line."""

    file: str = ""
    offset: int = 0
    n: int = 0


class Sender:
    """Sends; a thread.

    Args:
        options: where to.
        folder: of the trail's files.
        note: file where the place is kept up to which all has been delivered.
        host: name of this machine.
        committed: says name and size of the trail's last file, as far as it is on stable storage.

    Attributes:
        delivered: the place up to which all has been delivered.
    """

    def __init__(
        self, options: SyslogOptions, folder: Path, note: Path, host: str, committed: Callable[[], tuple[str, int]]
    ) -> None:
        self._options = options
        self._folder = folder
        self._note = note
        self._host = host
        self._committed = committed
        self._woken = threading.Event()
        self._deadline: float | None = None
        self._connection: Connection | None = None
        self._is_down = False
        self.delivered = read_place(note)
        self._sent = self.delivered
        self._thread = threading.Thread(target=self._run, name="audit-sender", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there is something new."""
        self._woken.set()

    def stop(self, seconds: float) -> None:
        """Send what is left, for so long at the most; a receiver that is away is not waited for."""
        seconds = min(seconds, _MOMENT) if self._is_down else seconds
        self._deadline = time.monotonic() + seconds
        self._woken.set()
        self._thread.join(seconds + _MOMENT)

    def _run(self) -> None:
        pause = _FIRST_PAUSE
        while not self._is_over():
            is_last = self._deadline is not None  # all there will ever be is in the trail by now
            try:
                self._send_all()
            except OSError as error:
                self._break_off(error)
                self._wait(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
            else:
                pause = _FIRST_PAUSE
                if is_last:
                    break
                self._wait(_LOOK_SECONDS)
        if self._connection is not None:
            self._connection.close()

    def _is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def _wait(self, seconds: float) -> None:
        if self._deadline is not None:
            seconds = min(seconds, _FIRST_PAUSE)
        self._woken.wait(seconds)
        self._woken.clear()

    def _send_all(self) -> None:
        """Send all there is, and see that it arrives."""
        if self._sent != self.delivered:
            self._confirm()
        batch = 0
        for entry, place in self._entries():
            if entry.xml:
                self._connected().send(syslog_message(entry, self._host, os.getpid()))
                batch += 1
            self._sent = place
            if batch >= _BATCH:
                self._confirm()
                batch = 0
            if self._is_over():
                return
        self._confirm()

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = connect(self._options)
            if self._is_down:
                self._is_down = False
                _logger.info(event("audit messages are sent again"))
        return self._connection

    def _confirm(self) -> None:
        """Wait until all that was sent has arrived, and note it."""
        if self._sent == self.delivered:
            return
        connection = self._connection
        if connection is not None:
            started, arrived = time.monotonic(), None
            while arrived is None or (time.monotonic() - arrived < _MOMENT and self._options.transport != "udp"):
                if connection.is_delivered():
                    arrived = arrived or time.monotonic()
                elif time.monotonic() - started > _LONGEST_PAUSE:
                    raise TimeoutError("the receiver takes nothing")
                if self._options.transport != "udp":
                    time.sleep(_MOMENT / 10)
        self.delivered = self._sent
        try:
            write_place(self._note, self._sent)
        except OSError as error:  # another process would send again what this one knows to be delivered
            _logger.error(event("audit: the place sent up to cannot be kept", detail=error.strerror))  # noqa: TRY400 -- said

    def _break_off(self, error: OSError) -> None:
        """Begin again where all has been delivered."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._sent = self.delivered
        if not self._is_down:
            self._is_down = True
            detail = str(error) or type(error).__name__
            _logger.warning(event("audit messages cannot be sent", transport=self._options.transport, detail=detail))

    def _entries(self) -> Iterator[tuple[Entry, Place]]:
        """Give what follows the last message that was sent, each with the place behind it."""
        last, size = self._committed()
        for path in files_of(self._folder):
            if path.name < self._sent.file or path.name > last:
                continue
            offset = self._sent.offset if path.name == self._sent.file else 0
            end = size if path.name == last else path.stat().st_size
            with path.open("rb") as stream:
                stream.seek(offset)
                while offset < end and (line := stream.readline()).endswith(b"\n"):
                    offset += len(line)
                    try:
                        _, _, entry = read_line(line[:-1])
                    except ValueError:
                        _logger.error(event("audit trail has a line that is none", file=path.name))  # noqa: TRY400 -- it may name patients
                        continue
                    yield entry, Place(path.name, offset, entry.n)


def read_place(note: Path) -> Place:
    """Return the place that was noted; the beginning where none is."""
    with suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode(note.read_bytes(), type=Place)
    return Place()


def write_place(note: Path, place: Place) -> None:
    """Note a place.

    Raises:
        OSError: it cannot be written.
    """
    made = note.with_suffix(".new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        os.write(descriptor, msgspec.json.encode(place))
    finally:
        os.close(descriptor)
    made.replace(note)
