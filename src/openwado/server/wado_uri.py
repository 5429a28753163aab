"""The WADO service over HTTP: one GET, one object (PS3.18 ch. 9; ISO 17432 ch. 6)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from openwado.errors import WadoError
from openwado.observe.log import event
from openwado.server.asked_by import kept_until, permission_of, permission_with
from openwado.server.body import Body, FilePiece
from openwado.server.client_watch import ClientWatch
from openwado.server.exchange import Exchange
from openwado.server.methods import answer_options
from openwado.server.problems import MethodNotAllowed, UriTooLong
from openwado.server.render_ticket import ClientGone
from openwado.server.request_fields import request_fields
from openwado.server.response_head import cache_control
from openwado.server.taking_time import time_to_take
from openwado.server.timing import Timing
from openwado.server.zero_copy import MESSAGE, is_offered

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from openwado.server.audit_notes import AuditNotes
    from openwado.server.body import Piece
    from openwado.server.exchange import Answer, Service
    from openwado.server.options import ServerOptions

_logger = logging.getLogger("openwado.server")


class WadoUri:
    """The endpoint, plain ASGI.

    Args:
        service: what answers are made with.
        options: limits.
        audit: where it is noted what is sent to whom; None: nowhere.
    """

    def __init__(self, service: Service, options: ServerOptions, audit: AuditNotes | None = None) -> None:
        self._service = service
        self._audit = audit
        self._longest = options.max_uri_length
        self._stall_seconds = options.stall_seconds
        self._max_age = options.cache_max_age

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request.

        Raises:
            WadoError: whatever is wrong, as long as the answer has not begun.
        """
        method = scope["method"]
        if method == "OPTIONS":
            await answer_options(send)
            return
        if method not in ("GET", "HEAD"):
            raise MethodNotAllowed
        self._check_length(scope)
        watch = ClientWatch(receive)
        query, fields = scope["query_string"].decode("latin-1"), request_fields(scope["headers"])
        timing = Timing()
        scope.setdefault("state", {})["timing"] = timing
        try:
            exchange = Exchange(
                self._service,
                query,
                fields,
                head=method == "HEAD",
                watch=watch,
                permission=permission_of(scope),
                caching=self._caching(scope),
                zero_copy=is_offered(scope),
                timing=timing,
            )
            answer = await exchange.answer()
            if answer.prepared.reasons is not None:  # explain=1 tells of the server
                permission_with(scope, "observe")
            if self._audit is None or method == "HEAD":
                await self._send(answer, scope, send, watch)
            else:
                await self._send_noted(scope, answer, self._audit, send, watch)
        except ClientGone:
            return
        finally:
            watch.close()

    def _caching(self, scope: Scope) -> bytes:
        """Return the value of Cache-Control of an answer to a signed link: no longer than the link lives; else b""."""
        until = kept_until(scope)
        if until is None:
            return b""
        left = until.time - int(time.time())
        return cache_control(min(self._max_age, left)) if left > 0 else b"no-store"

    def _check_length(self, scope: Scope) -> None:
        """Refuse what is too long (REQ-WEB-8.5-5)."""
        length = len(scope["raw_path"]) + 1 + len(scope["query_string"])
        if length > self._longest:
            raise UriTooLong(f"The request target has {length} bytes; at most {self._longest} are read.")

    async def _send_noted(
        self, scope: Scope, answer: Answer, audit: AuditNotes, send: Send, watch: ClientWatch
    ) -> None:
        """Send an answer, and note before that it is sent, and afterwards whether all of it was."""
        try:
            fact = audit.retrieving(scope, answer.prepared)
        except WadoError:
            if isinstance(answer.body, Body):
                await answer.body.close()
            raise
        is_whole = False
        try:
            is_whole = await self._send(answer, scope, send, watch)
        finally:
            audit.sent(fact, whole=is_whole)

    async def _send(self, answer: Answer, scope: Scope, send: Send, watch: ClientWatch) -> bool:
        """Send an answer; return whether all of it was sent."""
        body = answer.body
        if body is None or isinstance(body, bytes):
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send({"type": "http.response.body", "body": body or b""})
            return True
        try:
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await self._send_body(body, scope, send, watch)
        except (WadoError, OSError) as error:  # a client that stalls is an OSError too: TimeoutError
            # The header is out, so the only honest way to say it is a connection that breaks: the server below us
            # closes it, because less than Content-Length has been sent.
            detail = error.detail or error.public if isinstance(error, WadoError) else str(error)
            _logger.warning(event("answer broken off", error=type(error).__name__, detail=detail))
            return False
        finally:
            await body.close()
        return True

    async def _send_body(self, body: Body, scope: Scope, send: Send, watch: ClientWatch) -> None:
        piece = await body.next_piece()
        if not body.remaining:
            await send({"type": "http.response.body", "body": piece})
            return
        watch.begin()
        while True:
            await self._send_piece(piece, scope, send, more_body=body.remaining > 0)
            if not body.remaining:
                return
            await asyncio.sleep(0)  # others have their turn even while this client takes all that it is given
            if watch.gone:
                raise ClientGone
            piece = await body.next_piece()

    async def _send_piece(self, piece: Piece, scope: Scope, send: Send, *, more_body: bool) -> None:
        if isinstance(piece, FilePiece):  # never the last one
            where = {"file": piece.descriptor, "offset": piece.offset, "count": piece.count}
            await send({"type": MESSAGE, **where, "more_body": True})
            return
        async with time_to_take(scope, self._stall_seconds):
            await send({"type": "http.response.body", "body": piece, "more_body": more_body})
