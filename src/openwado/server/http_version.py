"""What every request must be before it is looked at: a version of HTTP that is spoken here, and a Host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.errors import BadRequest
from openwado.server.problems import VersionNotSupported

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

#: As ASGI writes them (REQ-WEB-7.1; HTTP/1.0 is what the standard's first text was written for).
SPOKEN = frozenset({"1.0", "1.1", "2", "3"})


class HttpVersion:
    """Refuses what is no request of a version that is spoken here.

    Args:
        app: what it passes the others to.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on.

        Raises:
            VersionNotSupported: another major version (PS3.18 8.5: 505).
            BadRequest: HTTP/1.1 without Host (RFC 9112 3.2).
        """
        if scope["type"] == "http":
            if scope["http_version"] not in SPOKEN:
                raise VersionNotSupported("This server speaks HTTP/1.0 and HTTP/1.1.")
            if scope["http_version"] == "1.1" and all(name != b"host" for name, _ in scope["headers"]):
                raise BadRequest("A request of HTTP/1.1 must have the header field Host.", parameter="Host")
        await self._app(scope, receive, send)
