"""One request over HTTP/2, and its answer: the side of it that the application sees."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from hpack import NeverIndexedHeaderTuple
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE

from openwado.observe.log import event
from openwado.server.http2_patience import TURN_BYTES
from openwado.server.taking_time import BOUNDED, Bounded

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Scope

    from openwado.server.http2_protocol import Http2Protocol

Headers = list[tuple[bytes, bytes]]

#: Fields that are about a connection of HTTP/1.1, and must not be in HTTP/2 (RFC 9113 8.2.2).
_OF_CONNECTIONS: Final = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"}
)

#: Fields that no other answer has the same: the client need not keep them, and those that all have are kept longer.
#: Some have UIDs in them, which are then not kept by proxies either (RFC 7541 7.1.3).
_OF_ONE_ANSWER: Final = frozenset(
    {
        b"content-disposition",
        b"content-length",
        b"content-location",
        b"content-range",
        b"etag",
        b"location",
        b"server-timing",
        b"x-request-id",
    }
)

#: Statuses whose answers have no body.
_WITHOUT_BODY: Final = frozenset({204, 304})

_logger = logging.getLogger("openwado.server")


class Http2Stream:
    """One request.

    Args:
        connection: that it came on.
        number: of the stream.
        scope: of the request.

    Attributes:
        gone: whether the client does not want it any more, or has gone altogether.
        is_complete: whether the answer has been sent.
        has_ended: whether the request has been received.
        room: set when there may be room again for what is to be sent.
        unread: bytes of the request's body that wait to be read.
        patience: with the client.
    """

    def __init__(self, connection: Http2Protocol, number: int, scope: Scope) -> None:
        self.gone = self.is_complete = self.has_ended = False
        self.room = asyncio.Event()
        self.unread = 0
        self.patience = connection.patience()
        self._bounded = scope.setdefault("extensions", {})[BOUNDED] = Bounded()
        self._connection = connection
        self._number = number
        self._scope = scope
        self._body: deque[tuple[bytes, int]] = deque()
        self._told_end = False
        self._came = asyncio.Event()
        self._head: Message | None = None
        self._has_begun = False
        self._without_body = scope["method"] == "HEAD"
        self._remaining: int | None = None
        self._waits_for_continue = any(
            name == b"expect" and value.lower() == b"100-continue" for name, value in scope["headers"]
        )

    async def run(self, app: ASGIApp) -> None:
        """Have the request answered. What fails after the answer has begun ends in a reset: never half an answer."""
        try:
            await app(self._scope, self.receive, self.send)
            if not self._has_begun and not self.gone:
                raise RuntimeError("no answer was given")  # noqa: TRY301 -- answered like all that goes wrong
        except asyncio.CancelledError:
            pass  # the server stops, and does not wait any more
        except Exception:
            _logger.exception(event("unexpected", protocol="HTTP/2"))
            await self._fail()
        finally:
            self._connection.finished(self, self._number)

    def feed(self, data: bytes, flow_length: int) -> None:
        """Take a piece of the body.

        Args:
            data: the piece.
            flow_length: what it counts against the windows, padding included.
        """
        self._body.append((data, flow_length))
        self.unread += flow_length
        self._came.set()

    def end(self) -> None:
        """Note that the request is whole."""
        self.has_ended = True
        self._came.set()

    def vanish(self) -> None:
        """Note that nobody waits for the answer any more."""
        self.gone = True
        self._came.set()
        self.room.set()

    def break_off(self) -> None:
        """Send no more: the client does not take it."""
        self._bounded.is_broken_off = True
        self.vanish()
        _logger.warning(event("answer broken off", protocol="HTTP/2", error="TimeoutError"))

    async def receive(self) -> Message:
        """Give what has come of the body, or `http.disconnect` once there is nobody left to answer."""
        if self._waits_for_continue and not self.gone and not self._has_begun:
            self._waits_for_continue = False
            self._connection.send_head(self._number, [(b":status", b"100")], is_end=False)
        while not (self.gone or self.is_complete):
            if self._body or (self.has_ended and not self._told_end):
                return self._next_piece()
            self._came.clear()
            await self._came.wait()
        return {"type": "http.disconnect"}

    def _next_piece(self) -> Message:
        pieces = [piece for piece, _ in self._body]
        taken, self.unread = self.unread, 0
        self._body.clear()
        if taken:
            self._connection.was_read(self._number, taken)
        self._told_end = self.has_ended
        return {"type": "http.request", "body": b"".join(pieces), "more_body": not self.has_ended}

    async def send(self, message: Message) -> None:
        """Send a part of the answer; nothing where nobody waits for it."""
        if self.gone:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self._has_begun:
            self._begin(message)
        elif kind == "http.response.body" and self._has_begun and not self.is_complete:
            await self._send_body(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            raise RuntimeError(f"unexpected message {kind}")

    def _begin(self, message: Message) -> None:
        """Keep the head: where the body is empty, it is the end as well."""
        self._has_begun = True
        self._waits_for_continue = False
        self._head = message
        self._without_body = self._without_body or message["status"] in _WITHOUT_BODY
        for name, value in message["headers"]:
            if name.lower() == b"content-length" and not self._without_body:
                self._remaining = int(value)

    async def _send_body(self, body: bytes, *, is_last: bool) -> None:
        if self._without_body:
            body = b""
        if self._remaining is not None:
            self._remaining -= len(body)
            if self._remaining < 0 or (is_last and self._remaining):
                raise RuntimeError("more or less is sent than Content-Length says")
        if self._head is not None:
            fields, self._head = self._fields(self._head), None
            self._connection.send_head(self._number, fields, is_end=is_last and not body)
            if is_last and not body:
                self._complete()
                return
        if body or is_last:
            await self._send_pieces(body, is_last=is_last)
        if is_last and not self.gone:
            self._complete()

    async def _send_pieces(self, body: bytes, *, is_last: bool) -> None:
        connection, position = self._connection, 0
        while position < len(body):
            stop = min(len(body), position + TURN_BYTES)
            while position < stop:
                room = await connection.room_for(self, self._number)
                if self.gone:
                    return
                piece = body[position : min(stop, position + room)]
                position += len(piece)
                self.patience.took(len(piece))
                connection.add_data(self._number, piece, is_end=is_last and position == len(body))
            connection.flush()
            if position < len(body):
                await asyncio.sleep(0)
                if self.gone:
                    return
        if not body:
            connection.add_data(self._number, b"", is_end=True)
            connection.flush()

    def _complete(self) -> None:
        self.is_complete = True
        self._came.set()

    def _fields(self, message: Message) -> Headers:
        fields = [(b":status", b"%d" % message["status"]), *self._connection.default_headers]
        for name, value in message["headers"]:
            lower = name.lower()
            if HEADER_RE.search(lower) or HEADER_VALUE_RE.search(value):
                raise RuntimeError("a header field that cannot be one")
            if lower not in _OF_CONNECTIONS:
                fields.append((lower, value) if lower not in _OF_ONE_ANSWER else NeverIndexedHeaderTuple(lower, value))
        return fields

    async def _fail(self) -> None:
        """Say that the server has failed, if nothing else was said."""
        if self.gone or self.is_complete or (self._has_begun and self._head is None):
            return
        self._has_begun, self._head, self._remaining = False, None, None
        text = b"Internal Server Error"
        headers: Any = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await self.send({"type": "http.response.start", "status": 500, "headers": headers})
        await self.send({"type": "http.response.body", "body": text})
