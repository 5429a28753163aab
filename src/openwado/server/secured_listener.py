"""Connections over TLS from their first moment: counted, and secured with what the certificates' files hold by now.

uvicorn's own way would count no connection before both sides have agreed on TLS, and never read a certificate again.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from uvicorn.config import STARTUP_FAILURE
from uvicorn.server import Server

from openwado.observe.log import event
from openwado.server.door import Door, entrance_of
from openwado.server.tls import refusal

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from openwado.server.audit_notes import AuditNotes
    from openwado.server.door import Entrance

#: Pause after the system could not give a connection, seconds: most often there are no descriptors left.
_PAUSE_SECONDS: Final = 0.1

#: Stands in OpenSSL's reason where it is the client's certificate that is missing or wrong.
_CERTIFICATE: Final = "CERTIFICATE"

_logger = logging.getLogger("openwado.server")


class SecuredListener:
    """Takes connections from one socket. To uvicorn it is one of its servers: something to close.

    Args:
        listener: the socket.
        entrance: that they come through.
        door: makes what a connection is given to once it is secured.
        on_distrust: called with the address of a client whose certificate is not taken, and the reason.
    """

    def __init__(
        self,
        listener: socket.socket,
        entrance: Entrance,
        door: Callable[[], Door],
        on_distrust: Callable[[str, str], None] | None = None,
    ) -> None:
        self._on_distrust = on_distrust
        self._listener = listener
        self._entrance = entrance
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._securing: set[asyncio.Task[None]] = set()
        listener.settimeout(0)
        self._taking = self._loop.create_task(self._take())

    @property
    def is_securing(self) -> bool:
        """Whether there are connections that are not secured yet."""
        return bool(self._securing)

    def take_no_more(self) -> None:
        """Take no more; what is being secured goes on."""
        self._taking.cancel()

    def close(self) -> None:
        """Take no more, and drop what is not secured yet."""
        self._taking.cancel()
        for task in self._securing:
            task.cancel()

    async def wait_closed(self) -> None:
        """Wait until that is done."""
        await asyncio.gather(self._taking, *self._securing, return_exceptions=True)

    async def _take(self) -> None:
        while True:
            try:
                connection, peer = await self._loop.sock_accept(self._listener)
            except OSError as error:
                _logger.error(event("connection not taken", detail=error.strerror))  # noqa: TRY400 -- the system's words
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            address = str(peer[0])
            if self._entrance.enter(address, self._loop.time()):
                connection.close()
                continue
            task = self._loop.create_task(self._secure(connection, address))
            self._securing.add(task)
            task.add_done_callback(self._securing.discard)

    async def _secure(self, connection: socket.socket, address: str) -> None:
        door = self._door()
        door.on_lost = lambda: self._entrance.census.leave(address)
        seconds = self._entrance.options.handshake_seconds
        try:
            await self._loop.connect_accepted_socket(
                lambda: door,
                connection,
                ssl=self._entrance.secured_with(),
                ssl_handshake_timeout=seconds,
                ssl_shutdown_timeout=seconds,
            )
        except (OSError, asyncio.CancelledError) as error:
            reason = refusal(error)
            is_distrust = _CERTIFICATE in reason
            level = logging.INFO if is_distrust else logging.DEBUG
            _logger.log(level, event("connection refused", peer=address, reason=f"TLS: {reason}"))
            if self._on_distrust is not None and is_distrust:
                self._on_distrust(address, reason)
        finally:
            if door.on_lost is not None:  # nobody else will be told
                door.on_lost()
                with suppress(OSError):
                    connection.close()


class WebServer(Server):
    """uvicorn's server; where there is TLS, it takes connections our way."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then take connections."""
        entrance = entrance_of(self.config)
        if entrance.certificates is None or sockets is None:
            await super().startup(sockets)
            return
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            sys.exit(STARTUP_FAILURE)

        def door() -> Door:
            return Door(self.config, self.server_state, self.lifespan.state)

        audit: AuditNotes | None = self.lifespan.state.get("audit")
        told = None if audit is None else audit.alert_node
        self.servers = [SecuredListener(listener, entrance, door, told) for listener in sockets]  # type: ignore[misc]
        self.started = True
