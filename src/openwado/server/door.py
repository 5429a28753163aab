"""Where connections come in: they are counted, and given to what speaks their protocol."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final

from openwado.observe.log import event
from openwado.server.census import Census
from openwado.server.connection_options import options_of
from openwado.server.early_refusal import whole_refusal
from openwado.server.http2_protocol import Http2Protocol
from openwado.server.http_protocol import BoundedHttpProtocol
from openwado.server.tls import Certificates

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: What is said to whoever comes without TLS and has no room.
_REFUSALS: Final = {
    "server": ("503 Service Unavailable", "The server has as many connections as it can have. Try again later."),
    "client": ("429 Too Many Requests", "You have as many connections as one client may have. Use these."),
}

#: Seconds after which those who were refused may try again.
_RETRY_SECONDS: Final = 5

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

    def secured_with(self) -> ssl.SSLContext:
        """Return what to secure a connection with now."""
        if self.certificates is None:
            raise RuntimeError("connections are not secured here")
        return self.certificates.context()

    def enter(self, address: str, now: float) -> str:
        """Count a connection; return what has no room for it ("server", "client"), "" if it was counted.

        Those that were refused are logged, many of them in one line.

        Args:
            address: where it comes from.
            now: any clock, seconds.
        """
        full = self.census.enter(address)
        if full:
            self._unsaid += 1
            if now - self._said >= _SILENCE_SECONDS:
                _logger.warning(event("connections refused", full=full, count=self._unsaid))
                self._said, self._unsaid = now, 0
        return full


class Door(asyncio.Protocol):
    """One connection in its first moment. uvicorn makes these, as it makes its own protocols.

    Args:
        config: of the HTTP process.
        server_state: what uvicorn knows about all connections.
        app_state: what the application has said when it started.

    Attributes:
        on_lost: to be called when the connection is lost; None once it was given on.
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
        self.on_lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Give the connection on, if there is room; what is secured was counted before (`secured_listener`)."""
        secured = transport.get_extra_info("ssl_object")
        if secured is not None:
            self._give(transport, Http2Protocol if secured.selected_alpn_protocol() == "h2" else BoundedHttpProtocol)
            return
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) and peer else ""
        full = self._entrance.enter(address, self._loop.time())
        if full:
            transport.write(_refusal(full))
            transport.close()
            return
        self.on_lost = lambda: self._entrance.census.leave(address)
        self._give(transport, BoundedHttpProtocol)

    def _give(
        self, transport: asyncio.Transport, protocol_class: Callable[..., BoundedHttpProtocol | Http2Protocol]
    ) -> None:
        protocol = protocol_class(
            config=self._config, server_state=self._state, app_state=self._app_state, _loop=self._loop
        )
        protocol.on_lost, self.on_lost = self.on_lost, None
        transport.set_protocol(protocol)
        protocol.connection_made(transport)


def _refusal(full: str) -> bytes:
    status, text = _REFUSALS[full]
    return whole_refusal(status, text, others=[(b"retry-after", b"%d" % _RETRY_SECONDS)])


def entrance_of(config: Any) -> Entrance:  # noqa: ANN401 -- uvicorn's configuration, which has no place for it
    """Return the entrance of this HTTP process, made when it is first asked for."""
    found = getattr(config, "entrance", None)
    if not isinstance(found, Entrance):
        found = config.entrance = Entrance(config)
    return found
