"""Protocol data units of the DICOM upper layer on one connection: bounded, each whole by a deadline (PS3.8 9.3).

What stands in the six bytes before a unit is looked at before anything is made room for. P-DATA-TF units go into one
buffer, over and over again, so that a connection takes the memory of its largest unit, whatever is sent through it.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# Types of units (PS3.8 9.3.2 to 9.3.8).
A_ASSOCIATE_RQ, A_ASSOCIATE_RJ, P_DATA_TF, A_RELEASE_RQ, A_RELEASE_RP, A_ABORT = 0x01, 0x03, 0x04, 0x05, 0x06, 0x07

# Sources of an A-ABORT, and reasons of the service provider for it (PS3.8 table 9-26).
SERVICE_USER, SERVICE_PROVIDER = 0, 2
NOT_SPECIFIED, UNRECOGNIZED_UNIT, UNEXPECTED_UNIT, INVALID_PARAMETER = 0, 1, 2, 6

#: Largest variable field of a P-DATA-TF unit that is taken, bytes; it is what the A-ASSOCIATE-AC names (PS3.8 D.1).
MAXIMUM_LENGTH: Final = 1 << 18

#: Largest A-ASSOCIATE-RQ that is taken, bytes: 128 presentation contexts with all transfer syntaxes are a third of it.
_LARGEST_REQUEST: Final = 1 << 18

#: The length of units that only have fixed fields.
_FIXED_LENGTH: Final = 4

#: How long an ended connection is listened to, so that the last unit sent is not lost with it, seconds; and how much.
_LINGER_SECONDS: Final = 3.0
_LINGER_BYTES: Final = 1 << 22

_HEAD: Final = struct.Struct(">BxL")
_PDV_HEAD: Final = struct.Struct(">LBB")
_PDV_OVERHEAD: Final = 2  # of its length: presentation context ID and message control header


class ConnectionEnded(Exception):  # noqa: N818 -- a state of the connection
    """The peer is gone, or has been silent for too long; nothing can be said to it any more."""


class BrokenProtocol(Exception):  # noqa: N818 -- a verdict
    """The peer has sent what it may not; an A-ABORT is due.

    Args:
        reason: of the service provider (PS3.8 table 9-26).
        detail: one phrase for the log, without values of the peer's.
    """

    def __init__(self, reason: int, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class Wire:
    """One connection. Belongs to one thread; only `interrupt` may be called by others.

    Args:
        connection: with the handshake of TLS still to come, if that is wanted.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray(0)
        with suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_unit(self, first_by: float, seconds: float) -> tuple[int, memoryview]:
        """Return type and variable field of the next unit; the bytes are good until the next call.

        Args:
            first_by: when its first byte must be there, seconds of `time.monotonic`.
            seconds: within which all others must follow.

        Raises:
            ConnectionEnded: they are not.
            BrokenProtocol: it is no unit, or too long.
        """
        head = memoryview(bytearray(_HEAD.size))
        self._read(head[:1], first_by)
        by = time.monotonic() + seconds
        if not A_ASSOCIATE_RQ <= head[0] <= A_ABORT:
            raise BrokenProtocol(UNRECOGNIZED_UNIT, "a unit of no known type")
        self._read(head[1:], by)
        kind, length = _HEAD.unpack(head)
        if length > _longest(kind):
            raise BrokenProtocol(INVALID_PARAMETER, f"a unit of type {kind} that is longer than allowed")
        if length > len(self._buffer):
            self._buffer = bytearray(length)
        body = memoryview(self._buffer)[:length]
        self._read(body, by)
        return kind, body

    def send(self, unit: bytes, seconds: float) -> None:
        """Send a unit.

        Raises:
            ConnectionEnded: the peer does not take it within so many seconds.
        """
        try:
            self._connection.settimeout(seconds)
            self._connection.sendall(unit)
        except (OSError, ValueError) as error:
            raise ConnectionEnded("the peer takes no answer") from error

    def abort(self, source: int, reason: int) -> None:
        """Send an A-ABORT, if the peer still takes one."""
        with suppress(ConnectionEnded):
            self.send(struct.pack(">BxLxxBB", A_ABORT, _FIXED_LENGTH, source, reason), _LINGER_SECONDS)

    def linger(self, *, peer_closes: bool = False) -> None:
        """Let the peer take what was sent last: closing while it still sends would throw that away.

        Args:
            peer_closes: whether it is the peer who closes the connection (PS3.8 9.2, state 13); some take the end of
                it for the news, where that comes with a rejection.
        """
        by = time.monotonic() + _LINGER_SECONDS
        left = _LINGER_BYTES
        with suppress(OSError, ValueError):
            if not peer_closes:
                self._connection.shutdown(socket.SHUT_WR)
            while left > 0 and (seconds := by - time.monotonic()) > 0:
                self._connection.settimeout(seconds)
                received = len(self._connection.recv(65536))
                if not received:
                    return
                left -= received

    def interrupt(self, *, altogether: bool = False) -> None:
        """Have reading end, in whatever thread it goes on; altogether: sending too."""
        with suppress(OSError):  # not TLS's own way, after which what is sent would be sent in clear
            socket.socket.shutdown(self._connection, socket.SHUT_RDWR if altogether else socket.SHUT_RD)

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._connection.close()

    def _read(self, view: memoryview, by: float) -> None:
        try:
            while view:
                seconds = by - time.monotonic()
                if seconds <= 0:
                    raise ConnectionEnded("the peer is silent, or too slow")
                self._connection.settimeout(seconds)
                received = self._connection.recv_into(view)
                if not received:
                    raise ConnectionEnded("the connection was closed")
                view = view[received:]
        except TimeoutError as error:
            raise ConnectionEnded("the peer is silent, or too slow") from error
        except (OSError, ValueError) as error:
            raise ConnectionEnded("the connection broke") from error


def fragments(body: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Give the presentation data values of a P-DATA-TF: context ID, message control header, fragment (PS3.8 9.3.5).

    Raises:
        BrokenProtocol: they do not fill it.
    """
    place = 0
    while place < len(body):
        if place + _PDV_HEAD.size > len(body):
            raise BrokenProtocol(INVALID_PARAMETER, "a presentation data value that is cut off")
        length, context_id, control = _PDV_HEAD.unpack_from(body, place)
        start, place = place + _PDV_HEAD.size, place + _PDV_HEAD.size - _PDV_OVERHEAD + length
        if length < _PDV_OVERHEAD or place > len(body):
            raise BrokenProtocol(INVALID_PARAMETER, "a presentation data value with a length that cannot be")
        yield context_id, control, body[start:place]


def command_units(context_id: int, command: bytes, maximum_length: int) -> bytes:
    """Return the P-DATA-TF units that carry a command set without a data set, one after the other.

    Args:
        context_id: of the presentation context.
        command: encoded.
        maximum_length: of the variable field of a unit that the peer takes, 0 for any (PS3.8 D.1).
    """
    room = max(1, maximum_length - _PDV_HEAD.size) if maximum_length else len(command)
    units = []
    for start in range(0, len(command), room):
        part = command[start : start + room]
        last = 2 if start + room >= len(command) else 0
        head = _PDV_HEAD.pack(len(part) + _PDV_OVERHEAD, context_id, 1 | last)
        units.append(_HEAD.pack(P_DATA_TF, len(head) + len(part)) + head + part)
    return b"".join(units)


def _longest(kind: int) -> int:
    if kind == P_DATA_TF:
        return MAXIMUM_LENGTH
    return _LARGEST_REQUEST if kind <= A_ASSOCIATE_RJ else _FIXED_LENGTH
