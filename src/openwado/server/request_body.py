"""The body of a request, piece by piece, within bounds of size and time; and answers that do not wait for its end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from openwado.errors import BadRequest
from openwado.server.problems import ContentTooLarge, RequestTimeout
from openwado.server.render_ticket import ClientGone

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

#: Pieces are gathered up to this length, bytes, before they are given on.
PIECE_BYTES = 1 << 20

#: Name of the extension of ASGI by which the server below us gives bodies in pieces of a wished length.
GATHER = "openwado.gather"

#: Time in which a client that was answered before it had sent all may still send, seconds, and how much, bytes. A
#: connection that is closed while bytes come in is reset, and the answer may be lost with it.
_LINGER_SECONDS = 3.0
_LINGER_BYTES = 64 << 20

_MIB = 1 << 20


class RequestBody:
    """Reads the body of one request. Nothing is asked for, and `100 Continue` not sent, before the first piece is.

    Args:
        scope: of the request.
        receive: the request's own.
        most_bytes: longest body.
        stall_seconds: longest time for a piece, which a byte now and then does not prolong.

    Attributes:
        is_whole: whether its end has been read.
        size: bytes so far.
    """

    def __init__(self, scope: Scope, receive: Receive, *, most_bytes: int, stall_seconds: float) -> None:
        self.is_whole = False
        self.size = 0
        self._receive = receive
        self._most = most_bytes
        self._stall_seconds = stall_seconds
        self._announced = _announced(scope)
        self._gather = scope.get("extensions", {}).get(GATHER, {}).get("gather")

    def check_announced(self) -> None:
        """See whether the body may be as long as it is said to be.

        Raises:
            ContentTooLarge: it may not (413).
        """
        if self._announced > self._most:
            raise self._too_large()

    async def next_piece(self) -> bytes:
        """Return the next bytes; b"" at the end.

        Raises:
            ContentTooLarge: there are more than may be.
            RequestTimeout: none come, or far too slowly.
            ClientGone: the connection has closed.
        """
        if self._gather is not None:
            self._gather(PIECE_BYTES)
            self._gather = None
        pieces: list[bytes] = []
        length = 0
        deadline = asyncio.get_running_loop().time() + self._stall_seconds
        while not self.is_whole and length < PIECE_BYTES:
            message = await self._next_message(deadline)
            if message["type"] == "http.disconnect":
                raise ClientGone
            piece = message.get("body", b"")
            pieces.append(piece)
            length += len(piece)
            self.is_whole = not message.get("more_body", False)
            if self.size + length > self._most:
                raise self._too_large()
        self.size += length
        return b"".join(pieces)

    async def answered(self, send: Send, start: Message, body: bytes) -> None:
        """Send an answer. If the client still sends, it may go on for a while, unread; then the connection is closed.

        Args:
            send: the request's own.
            start: status and header fields, Content-Length among them.
            body: all of it.
        """
        if self.is_whole:
            await send(start)
            await send({"type": "http.response.body", "body": body})
            return
        start["headers"] = [*start["headers"], (b"connection", b"close")]
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": True})
        with suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                await self._drop()
        await send({"type": "http.response.body", "body": b""})

    async def _drop(self) -> None:
        length = 0
        while length < _LINGER_BYTES:
            message = await self._receive()
            length += len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body", False):
                return

    async def _next_message(self, deadline: float) -> Message:
        try:
            async with asyncio.timeout_at(deadline):
                return await self._receive()
        except TimeoutError as error:
            raise RequestTimeout("The request was not sent to its end.") from error

    def _too_large(self) -> ContentTooLarge:
        return ContentTooLarge(f"The request has more than {self._most // _MIB} MiB. Send it in several requests.")


def _announced(scope: Scope) -> int:
    """Return Content-Length, 0 where it is not said.

    Raises:
        BadRequest: the body comes in an encoding that is not read.
    """
    length = 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        if name == b"transfer-encoding" and value.strip().lower() not in (b"chunked", b"identity"):
            raise BadRequest("Send the body as it is, or chunked.", parameter="Transfer-Encoding")
    return length
