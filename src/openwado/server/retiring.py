"""How an HTTP process gives way to its successor without losing a request: no new connections, then none at all.

Answers say `Connection: close` from then on, so that clients who keep connections come back to the successor; those of
HTTP/2 get GOAWAY in place of their next request. What is idle for longer is closed, as it always may be (RFC 9112 9.3).
"""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Final

from openwado.server.http2_requests import Http2Requests
from openwado.server.http_protocol import BoundedHttpProtocol
from openwado.server.secured_listener import SecuredListener

if TYPE_CHECKING:
    from collections.abc import Callable

    from uvicorn import Server

#: What tells an HTTP process to retire.
RETIRE: Final = signal.SIGUSR1

#: Time for clients to send what they were about to send over connections that they have, seconds.
LAST_REQUESTS_SECONDS: Final = 5.0

_PAUSE_SECONDS: Final = 0.05

_retiring: set[asyncio.Task[None]] = set()


def listen_for_retirement(server: Callable[[], Server]) -> None:
    """Retire when told to; called in the event loop.

    Args:
        server: gives the server of this process.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(RETIRE, lambda: _retiring.add(loop.create_task(_retire(server()))))


async def _retire(server: Server) -> None:
    for listener in server.servers:
        if isinstance(listener, SecuredListener):
            listener.take_no_more()
        else:
            listener.close()
    BoundedHttpProtocol.closes_connections = Http2Requests.gives_way = True
    deadline = asyncio.get_running_loop().time() + LAST_REQUESTS_SECONDS
    while _is_busy(server) and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110 -- uvicorn tells nobody
        await asyncio.sleep(_PAUSE_SECONDS)
    server.should_exit = True  # it waits for answers that are under way, as long as the grace is


def _is_busy(server: Server) -> bool:
    """Say whether somebody may still ask: over a connection that is there, or is being secured."""
    if server.server_state.connections:
        return True
    listeners: list[object] = list(server.servers)
    return any(isinstance(listener, SecuredListener) and listener.is_securing for listener in listeners)
