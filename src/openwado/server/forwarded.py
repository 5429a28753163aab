"""Whom a proxy speaks for: `X-Forwarded-For` and `X-Forwarded-Proto` of those that are trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from openwado.server.census import speaks_for_others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send


class Forwarded:
    """Middleware: puts the client in the place of its proxy; `state` has the proxy's address as `trusted_proxy`.

    Args:
        app: what is asked.
        proxies: addresses and networks of those that are trusted.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._proxies = tuple(proxies)
        reading: Any = ProxyHeadersMiddleware(app, list(self._proxies))  # type: ignore[arg-type] # uvicorn's own types
        self._reading: ASGIApp = reading

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        client = scope.get("client")
        if client and speaks_for_others(client[0], self._proxies):
            scope.setdefault("state", {})["trusted_proxy"] = client[0]
            await self._reading(scope, receive, send)
        else:
            await self._app(scope, receive, send)
