"""uvicorn's HTTP protocol with bounds: on heads, trailers, requests in a row, and the time that a client may take.

Requests that come in a row are read when it is their turn, but for a few. Upgrade is ignored: nothing is spoken here
but HTTP, and the body of such a request is its body (RFC 9110 7.8). Trailer fields are read and forgotten: none may
pass for a header field (6.5.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openwado.server.connection_options import options_of
from openwado.server.early_refusal import whole_refusal
from openwado.server.request_body import GATHER
from openwado.server.taking_watch import TakingWatch
from openwado.server.tls_details import Details, tls_details
from openwado.server.zero_copy import offer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn._types import ASGI3Application
    from uvicorn.config import Config
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

#: Bytes of a head that are not the target, at the most, where the target is to blame for its length.
_OTHER_FIELDS = 1 << 13

#: Longest time in which a piece of a body is gathered that is not whole, seconds.
_GATHER_SECONDS = 0.02

#: Time for a client to take the answer to what could not be read, seconds.
_LINGER_SECONDS = 1.0

#: Bytes that are parsed at once: where heads may be in them, so that few requests wait for their turn; of a body whose
#: length is not known; and of one whose length is.
_HEAD_PIECE, _CHUNKED_PIECE, _BODY_PIECE = 1 << 12, 1 << 14, 1 << 18

#: What says where a body ends.
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection.

    uvicorn collects a head without bound, and waits for it without end; both would let one client take memory and
    connections from all others.

    Args:
        config: of the HTTP process.
        server_state, app_state: as uvicorn's own protocols have them.

    Attributes:
        on_lost: called when the connection is lost.
    """

    #: Whether each answer is the last one of its connection: this process gives way to another one.
    closes_connections = False

    _refused = False
    _refusal = b""
    _replaying = False
    _in_head = True
    _in_body = False
    _body_left = 0
    _head_length = _silent_length = 0
    _running: RequestResponseCycle | None = None
    _head_timer: asyncio.TimerHandle | None = None
    _gathered = 0
    _gather_timer: asyncio.TimerHandle | None = None
    _tls: Details | None = None
    on_lost: Callable[[], None] | None = None

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._options = options_of(config)
        self._held = bytearray()
        self._taking = TakingWatch(self.loop, self._options.stall_seconds)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._tls = tls_details(transport)
        self._set_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_head_timer()
        self._stop_gathering()
        self._taking.end()
        waiting = [cycle for cycle, _ in self.pipeline]
        self.pipeline.clear()
        self._held.clear()
        for cycle in (self._running, *waiting):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self._let_go()
        super().connection_lost(exc)
        if self.on_lost is not None:
            on_lost, self.on_lost = self.on_lost, None
            on_lost()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless requests wait for their turn already."""
        if self._refused:
            return
        if self._held:
            self._held += data
            self.flow.pause_reading()
        else:
            self._feed(data)

    def _feed(self, data: bytes) -> None:
        """Feed the parser piece by piece, until a request has to wait for its turn; the rest waits unread."""
        while data and not self._refused:
            if self.pipeline:
                self._held += data
                self.flow.pause_reading()
                return
            length = self._piece_length()
            piece, data = (data, b"") if len(data) <= length else (data[:length], data[length:])
            self._parse(piece)

    def _piece_length(self) -> int:
        if not self._in_body:
            return _HEAD_PIECE
        return min(self._body_left, _BODY_PIECE) if self._body_left > 0 else _CHUNKED_PIECE

    def _parse(self, piece: bytes) -> None:
        """Parse a piece; start the clock when a head has begun, stop it when it is whole."""
        self._head_length += len(piece)
        self._silent_length += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(piece[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._in_head:
            if self._head_length > self._options.head_bytes:
                self._refuse("431 Request Header Fields Too Large", "The head of the request is too long.")
            elif self._head_timer is None:
                self._set_head_timer()
            return
        self._head_length = 0
        self._stop_head_timer()
        if self._in_body and self._silent_length > self._options.head_bytes:
            self._refuse("431 Request Header Fields Too Large", "What is sent beside the body is too long.")

    def _ignore_upgrade(self, rest: bytes) -> None:
        """Read on after a head that asks for another protocol: the parser would take its body for that protocol.

        Another parser is told where the body ends. CONNECT has none, and what follows it is for nobody here.
        """
        if self.scope["method"] == "CONNECT":
            self.cycle.keep_alive = False
            self._refused = True
            self._end_message()
            return
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        framing = [b"%s: %s\r\n" % field for field in self.headers if field[0] in _FRAMING]
        self._replaying = True
        try:
            self.parser.feed_data(b"".join((b"POST / HTTP/1.1\r\nhost: x\r\n", *framing, b"\r\n")))
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        finally:
            self._replaying = False
        self._feed(rest)

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read."""
        self._refuse("400 Bad Request", msg)

    def _refuse(self, status: str, text: str) -> None:
        """Refuse a request; a target that is too long by its own status (REQ-WEB-8.5-5).

        The connection closes a little later: closing while bytes come in would reset it, and the answer with it. Where
        earlier requests are not answered yet, their answers go first.
        """
        if self._in_head and len(getattr(self, "url", b"")) > max(
            self._options.head_bytes - _OTHER_FIELDS, _OTHER_FIELDS
        ):
            status, text = "414 URI Too Long", "The request target is too long."
        self._refusal = whole_refusal(status, text)
        is_in_body = self._in_body
        self._refused, self._in_head, self._in_body = True, False, False
        self._stop_head_timer()
        self._held.clear()
        if is_in_body and self.pipeline:  # what waits last is what cannot be read
            self.pipeline.popleft()
        elif is_in_body and self._running is not None and not self._running.response_started:
            self._running.disconnected = True
            self._running.message_event.set()
            self._write_refusal()
            return
        if self._running is None or self._running.response_complete:
            self._write_refusal()

    def _write_refusal(self) -> None:
        self.transport.write(self._refusal)
        self._refusal = b""
        self.loop.call_later(_LINGER_SECONDS, self._close)

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        if self._replaying:
            return
        self._unset_keepalive_if_required()  # what is no head, such as an empty line, does not prolong that time
        self._in_head = True
        self._head_length = self._gathered = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if not self._replaying:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; trailer fields are left out."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        if self._replaying:
            return
        super().on_headers_complete()
        self._in_head, self._in_body, self._silent_length = False, True, 0
        lengths = [value for name, value in self.headers if name == b"content-length"]
        self._body_left = int(lengths[0]) if lengths else 0  # the parser has seen that it is a number
        if self.cycle is not None:
            offer(self.cycle, self._options.stall_seconds)
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions[GATHER] = {"gather": self._gather}
            if self._tls is not None:
                extensions["tls"] = self._tls
            if self.closes_connections:
                self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Take bytes of a body: as uvicorn does, until the application asks for larger pieces."""
        self._silent_length = 0
        self._body_left -= len(body)
        cycle = self.cycle
        if not self._gathered or cycle.response_complete:
            super().on_body(body)
            return
        cycle.body += body
        if len(cycle.body) >= self._gathered:
            self.flow.pause_reading()
            self._give_gathered()
        elif self._gather_timer is None:
            self._gather_timer = self.loop.call_later(_GATHER_SECONDS, self._give_gathered)

    def on_message_complete(self) -> None:
        """Give what was gathered with the end of the body."""
        if not self.parser.should_upgrade():  # else it has not been read as yet
            self._end_message()

    def _end_message(self) -> None:
        self._in_body = False
        self._stop_gathering()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Begin with a request whose turn it is."""
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """Go on with what waits: a request, bytes that were not read, or a refusal."""
        self._let_go()
        super().on_response_complete()
        if self.transport.is_closing():
            self._taking.begin(self.transport)
        elif self._running is None or self._running.response_complete:
            if self._held:
                held = bytes(self._held)
                self._held.clear()
                self._feed(held)
            elif self._refusal:
                self._write_refusal()

    def _let_go(self) -> None:
        """Take back what `offer` has added: it holds what it is added to, and all that this holds."""
        if self._running is not None:
            self._running.__dict__.pop("send", None)

    def pause_writing(self) -> None:
        """Watch whether the client takes what it asked for."""
        super().pause_writing()
        self._taking.begin(self.transport)

    def resume_writing(self) -> None:
        """Watch no more: most of it was taken."""
        self._taking.end()
        if self.transport.is_closing():
            self._taking.begin(self.transport)
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is idle."""
        self._close()

    def _close(self) -> None:
        """Close the connection, and see that this comes to an end."""
        self.transport.close()
        self._taking.begin(self.transport)

    def _gather(self, length: int) -> None:
        """Give the body of the request under way in pieces of about so many bytes, or what comes in a short time.

        Each piece costs some turns of the event loop, whatever its length. Asked for by an application that reads the
        body, so that other bodies take as little memory as they do in uvicorn.
        """
        self._gathered = length

    def _give_gathered(self) -> None:
        self._stop_gathering()
        self.cycle.message_event.set()

    def _stop_gathering(self) -> None:
        if self._gather_timer is not None:
            self._gather_timer.cancel()
            self._gather_timer = None

    def _set_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self._options.head_seconds, self._give_up)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _give_up(self) -> None:
        transport: Any = self.transport
        if not transport.is_closing():
            transport.abort()
