"""The HTTP process's end of one render process: a job out, a reply in, without ever waiting."""

from __future__ import annotations

import asyncio
import os
import socket
from typing import TYPE_CHECKING, Protocol

import msgspec

from openwado.dicom.parts import SpoolSpan
from openwado.server.render_wire import PREFIX, Done, decode_reply, descriptors_among, holds_spans, rendition_of
from openwado.spool import Spool

if TYPE_CHECKING:
    from openwado.jobs import Rendition
    from openwado.server.render_ticket import Ticket
    from openwado.server.render_wire import Failed, Ready

#: First read of a reply, bytes: small answers come whole.
_FIRST_READ = 1 << 16

#: Longest later read, bytes.
_READ = 1 << 18

#: Longest header believed, bytes.
_LONGEST_HEADER = 1 << 26

#: Room for what comes beside the bytes: one descriptor.
_BESIDE = socket.CMSG_SPACE(4)


class LinkOwner(Protocol):
    """Who is told what comes over a link."""

    def replied(self, link: RenderLink, reply: Rendition | Failed | Ready) -> None:
        """A whole reply has come."""

    def lost(self, link: RenderLink) -> None:
        """The render process has closed the pipe, or sends nonsense."""


class RenderLink:
    """One render process, as the HTTP process sees it.

    Args:
        number: the pool's own number for it.
        connection: our end of the job socket, not blocking.
        owner: who is told.

    Attributes:
        ticket: the job in work.
        ready: whether it has said that it takes jobs.
    """

    def __init__(self, number: int, connection: socket.socket, owner: LinkOwner) -> None:
        self.number = number
        self.ticket: Ticket | None = None
        self.ready = False
        self._connection = connection
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._unsent = memoryview(b"")
        self._head = b""
        self._done: Done | None = None
        self._missing: list[int] = []
        self._pieces: list[bytes] = []
        self._descriptors: list[int] = []
        self._spool: Spool | None = None
        self._loop.add_reader(connection, self._readable)

    def send(self, ticket: Ticket) -> None:
        """Send a job; the owner hears of the reply."""
        self.ticket = ticket
        self._unsent = memoryview(ticket.frame)
        self._write()
        if self._unsent:
            self._loop.add_writer(self._connection, self._write)

    def close(self) -> None:
        """Let go of the pipe; the render process ends when it next looks at it."""
        if self._connection.fileno() >= 0:
            self._loop.remove_reader(self._connection)
            self._loop.remove_writer(self._connection)
            self._connection.close()
        self._forget_descriptors()
        self._spool = None

    def _write(self) -> None:
        try:
            sent = self._connection.send(self._unsent)
        except BlockingIOError:
            return
        except OSError:  # it has just ended: the reader sees that too
            sent = len(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._loop.remove_writer(self._connection)

    def _readable(self) -> None:
        try:
            if self._missing:
                data = self._connection.recv(min(self._missing[-1], _READ))
            else:
                data, beside, _, _ = self._connection.recvmsg(_FIRST_READ, _BESIDE, socket.MSG_CMSG_CLOEXEC)
                self._descriptors += descriptors_among(beside)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._owner.lost(self)
        elif self._done is None:
            self._take_head(data)
        else:
            self._take_piece(data)

    def _take_head(self, data: bytes) -> None:
        """Collect prefix and header, and what of the payload has come with them."""
        self._head = head = self._head + data
        if len(head) < PREFIX.size:
            return
        header_length, payload_length = PREFIX.unpack_from(head)
        stop = PREFIX.size + header_length
        if len(head) < stop and header_length <= _LONGEST_HEADER:
            return
        self._head = b""
        try:
            reply = decode_reply(memoryview(head)[PREFIX.size : stop])
        except msgspec.DecodeError:
            self._owner.lost(self)
            return
        if isinstance(reply, Done):
            if self._has_spool(reply):
                self._expect(reply, payload_length, head[stop:])
            else:
                self._owner.lost(self)
        elif payload_length or len(head) > stop or self._descriptors:
            self._owner.lost(self)
        else:
            self._owner.replied(self, reply)

    def _has_spool(self, done: Done) -> bool:
        """Take the file that has come with a rendition; False if it is not what the rendition says."""
        if len(self._descriptors) != done.spooled:
            return False
        if done.spooled:
            if not holds_spans(self._descriptors[0], done):
                return False
            size = max(part.offset + part.length for part in done.parts if isinstance(part, SpoolSpan))
            self._spool = Spool.received(self._descriptors.pop(), size)
        return True

    def _forget_descriptors(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _expect(self, done: Done, payload_length: int, start: bytes) -> None:
        missing = [part for part in done.parts if isinstance(part, int) and part > 0]
        if sum(missing) != payload_length or len(start) > payload_length:
            self._owner.lost(self)
            return
        self._done = done
        self._missing = missing[::-1]
        self._pieces = []
        position = 0
        while position < len(start):
            piece = start[position : position + self._missing[-1]]
            position += len(piece)
            self._count(piece)
        self._finish_if_whole()

    def _take_piece(self, data: bytes) -> None:
        self._count(data)
        self._finish_if_whole()

    def _count(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._missing[-1] -= len(piece)
        if not self._missing[-1]:
            self._missing.pop()

    def _finish_if_whole(self) -> None:
        if self._done is not None and not self._missing:
            rendition = rendition_of(self._done, self._pieces, self._spool)
            self._done, self._pieces, self._spool = None, [], None
            self._owner.replied(self, rendition)
