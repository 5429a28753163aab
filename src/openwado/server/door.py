"""A connection from its first moment until it is known what is spoken on it.

It is counted here, secured where there is TLS, and given to the protocol that both sides have agreed on. What has no
room, or does not agree in time, is gone before any protocol sees it.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from openwado.observe.log import event
from openwado.server.census import Census
from openwado.server.connection_options import options_of
from openwado.server.http2_protocol import Http2Protocol
from openwado.server.http_protocol import BoundedHttpProtocol
from openwado.server.tls import Certificates

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: What is said to whoever comes without TLS and has no room.
_REFUSALS: Final = {
    "server": (b"503 Service Unavailable", b"The server has as many connections as it can have. Try again later.\n"),
    "client": (b"429 Too Many Requests", b"You have as many connections as one client may have. Use these.\n"),
}

#: Seconds after which those who were refused may try again.
_RETRY_SECONDS: Final = 5

#: Most that may come in before the handshake is over and the protocol is known, bytes.
_EARLY_BYTES: Final = 1 << 20

#: Least time between two log lines about connections that were refused, seconds.
_SILENCE_SECONDS: Final = 10.0

_logger = logging.getLogger("openwado.server")


class Entrance:
    """What all connections of one HTTP process come through.

    Args:
        config: of the process.
    """

    def __init__(self, config: Config) -> None:
        self.options = options_of(config)
        self.census = Census(self.options.most, self.options.most_of_client, self.options.proxies)
        self.certificates = Certificates(self.options.tls) if self.options.tls is not None else None
        self._said = float("-inf")
        self._unsaid = 0

    def refused(self, reason: str, now: float) -> None:
        """Log that a connection was refused; many of them in one line."""
        self._unsaid += 1
        if now - self._said >= _SILENCE_SECONDS:
            _logger.warning(event("connections refused", reason=reason, count=self._unsaid))
            self._said, self._unsaid = now, 0


class Door(asyncio.Protocol):
    """One connection. uvicorn makes these, as it makes its own protocols.

    Args:
        config: of the HTTP process.
        server_state: what uvicorn knows about all connections.
        app_state: what the application has said when it started.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._config = config
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._entrance = entrance_of(config)
        self._transport: asyncio.Transport | None = None
        self._early = bytearray()
        self._is_lost = False
        self._address = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Count the connection, and secure it or give it on."""
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        full = self._entrance.census.enter(self._address)
        if full:
            self._refuse(transport, full)
        elif self._entrance.certificates is None:
            self._give(transport, BoundedHttpProtocol)
        else:
            transport.pause_reading()  # what comes is for TLS
            connections: set[Any] = self._state.connections  # what is asked of one is shutdown()
            connections.add(self)
            task = self._loop.create_task(self._secure(transport, self._entrance.certificates.context()))
            self._state.tasks.add(task)
            task.add_done_callback(self._state.tasks.discard)

    def data_received(self, data: bytes) -> None:
        """Keep what comes together with the end of the handshake."""
        self._early += data
        if len(self._early) > _EARLY_BYTES and self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it has gone."""
        del exc
        self._is_lost = True

    def shutdown(self) -> None:
        """Close: there is no request yet."""
        if self._transport is not None:
            self._transport.abort()

    def _refuse(self, transport: asyncio.Transport, full: str) -> None:
        self._entrance.refused(f"the bound of the {full}", self._loop.time())
        if self._entrance.certificates is None:
            status, text = _REFUSALS[full]
            transport.write(
                b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nretry-after: %d\r\n"
                b"x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\n%b"
                % (status, len(text), _RETRY_SECONDS, text)
            )
        transport.close()

    async def _secure(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        secured: asyncio.Transport | None = None
        try:
            secured = await self._loop.start_tls(
                transport,
                self,
                context,
                server_side=True,
                ssl_handshake_timeout=self._entrance.options.handshake_seconds,
                ssl_shutdown_timeout=self._entrance.options.handshake_seconds,
            )
        except (OSError, ssl.SSLError, asyncio.CancelledError) as error:
            reason = getattr(error, "reason", None) or type(error).__name__
            _logger.debug(event("connection refused", reason=f"TLS: {reason}"))
        finally:
            self._state.connections.discard(self)
            if secured is None or self._is_lost:
                with suppress(OSError):
                    transport.abort()
                self._entrance.census.leave(self._address)
        if secured is not None and not self._is_lost:
            connection = secured.get_extra_info("ssl_object")
            self._give(secured, Http2Protocol if connection.selected_alpn_protocol() == "h2" else BoundedHttpProtocol)

    def _give(
        self, transport: asyncio.Transport, protocol_class: Callable[..., BoundedHttpProtocol | Http2Protocol]
    ) -> None:
        """Give the connection to what speaks its protocol, which tells when it is lost."""
        protocol = protocol_class(
            config=self._config, server_state=self._state, app_state=self._app_state, _loop=self._loop
        )
        protocol.on_lost = self._leave
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._early:
            protocol.data_received(bytes(self._early))
            self._early.clear()

    def _leave(self) -> None:
        self._entrance.census.leave(self._address)


def entrance_of(config: Any) -> Entrance:  # noqa: ANN401 -- uvicorn's configuration, which has no place for it
    """Return the entrance of this HTTP process, made when it is first asked for."""
    found = getattr(config, "entrance", None)
    if not isinstance(found, Entrance):
        found = config.entrance = Entrance(config)
    return found
