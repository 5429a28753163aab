"""uvicorn's HTTP protocol with bounds: how long a request's head may be, and how long a client may take to send it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openwado.server.connection_options import options_of
from openwado.server.early_refusal import whole_refusal
from openwado.server.request_body import GATHER
from openwado.server.tls_details import Details, tls_details
from openwado.server.zero_copy import offer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: Bytes of a head that are not the target, at the most, where the target is to blame for its length.
_OTHER_FIELDS = 1 << 13

#: Longest time in which a piece of a body is gathered that is not whole, seconds.
_GATHER_SECONDS = 0.02

#: Time for a client to take the answer to what could not be read, seconds.
_LINGER_SECONDS = 1.0


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
    _in_head = True
    _head_length = 0
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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._tls = tls_details(transport)
        self._set_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_head_timer()
        self._stop_gathering()
        super().connection_lost(exc)
        if self.on_lost is not None:
            on_lost, self.on_lost = self.on_lost, None
            on_lost()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; start the clock when a head has begun, stop it when it is whole."""
        if self._refused:
            return
        self._head_length += len(data)
        super().data_received(data)
        if not self._in_head:
            self._head_length = 0
            self._stop_head_timer()
        elif self._head_length > self._options.head_bytes:
            self._refuse("431 Request Header Fields Too Large", "The head of the request is too long.")
        elif self._head_timer is None:
            self._set_head_timer()

    def send_400_response(self, msg: str) -> None:
        """Refuse what the parser cannot read."""
        self._refuse("400 Bad Request", msg)

    def _refuse(self, status: str, text: str) -> None:
        """Refuse a request; a target that is too long by its own status (REQ-WEB-8.5-5).

        The connection closes a little later: closing while bytes come in would reset it, and the answer with it.
        """
        if len(getattr(self, "url", b"")) > max(self._options.head_bytes - _OTHER_FIELDS, _OTHER_FIELDS):
            status, text = "414 URI Too Long", "The request target is too long."
        self.transport.write(whole_refusal(status, text))
        self._refused, self._in_head = True, False
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._in_head = True
        self._head_length = self._gathered = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Note that the head is whole."""
        self._in_head = False
        super().on_headers_complete()
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
        self._stop_gathering()
        super().on_message_complete()

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
