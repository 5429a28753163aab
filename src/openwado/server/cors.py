"""Which web pages may read answers by script (the Fetch standard's CORS protocol), errors included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.server.methods import METHODS, methods_at

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.server.options import ServerOptions

Headers = list[tuple[bytes, bytes]]

#: Header fields that a page may send; `*` would not cover Authorization.
REQUEST_HEADERS = (
    "accept, accept-charset, accept-language, authorization, cache-control, content-type, if-none-match, if-range, "
    "pragma, range, x-requested-with"
)

#: Header fields that a page may read besides those that every page may.
EXPOSED_HEADERS = (
    "Accept-Ranges, Content-Disposition, Content-Length, Content-Location, Content-Range, ETag, Retry-After, "
    "Server-Timing, Warning"
)

#: How long a browser may remember a preflight, seconds; none remembers longer than a day.
PREFLIGHT_SECONDS = 86400


class Cors:
    """Middleware: answers preflights, and says on every answer, errors too, who may read it.

    Args:
        app: what is asked.
        options: the origins that may read; "*" lets everybody read, but never with cookies or authorization.
    """

    def __init__(self, app: ASGIApp, options: ServerOptions) -> None:
        self._app = app
        self._anybody = "*" in options.cors_origins
        self._origins = frozenset(origin.rstrip("/").lower().encode() for origin in options.cors_origins)
        self._credentials: Headers = []
        if options.cors_credentials:
            self._credentials = [(b"access-control-allow-credentials", b"true")]
        self._takes_in = options.stow.is_on
        self._expose = (b"access-control-expose-headers", EXPOSED_HEADERS.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is a preflight or there are no origins at all."""
        if scope["type"] != "http" or not self._origins:
            await self._app(scope, receive, send)
            return
        origin, preflight = _asked(scope)
        allowed = self._allowed(origin)
        if preflight:
            methods = methods_at(scope["path"]) if self._takes_in else METHODS
            await self._answer_preflight(allowed, methods, send)
            return
        fields = [*allowed, self._expose] if allowed else []

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *fields]  # a copy: the answer's own list may serve again
                if not self._anybody:
                    add_vary(headers, b"Origin")
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_fields)

    def _allowed(self, origin: bytes | None) -> Headers:
        """Return the fields that let this origin read, none for others."""
        if self._anybody:
            return [(b"access-control-allow-origin", b"*")]
        if origin is None or origin.lower() not in self._origins:
            return []
        return [(b"access-control-allow-origin", origin), *self._credentials]

    async def _answer_preflight(self, allowed: Headers, methods: str, send: Send) -> None:
        headers: Headers = [
            (b"allow", methods.encode()),
            (b"vary", b"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"),
        ]
        if allowed:
            headers += [
                *allowed,
                (b"access-control-allow-methods", methods.encode()),
                (b"access-control-allow-headers", REQUEST_HEADERS.encode()),
                (b"access-control-max-age", b"%d" % PREFLIGHT_SECONDS),
            ]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def _asked(scope: Scope) -> tuple[bytes | None, bool]:
    """Return the request's origin, and whether it is a preflight."""
    origin: bytes | None = None
    asks_for_method = False
    for name, value in scope["headers"]:
        if name == b"origin":
            origin = value
        elif name == b"access-control-request-method":
            asks_for_method = True
    return origin, scope["method"] == "OPTIONS" and origin is not None and asks_for_method


def add_vary(headers: Headers, field: bytes) -> None:
    """Add a field name to Vary, to the line that is there if one is."""
    for place, (name, value) in enumerate(headers):
        if name == b"vary":
            headers[place] = (name, value + b", " + field)
            return
    headers.append((b"vary", field))
