"""One line in the log for each request: what was asked, what came of it, how long it took."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from openwado.observe.log import event
from openwado.server.zero_copy import MESSAGE

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_logger = logging.getLogger("openwado.access")


class AccessLog:
    """Middleware, the outermost one. The query, which holds UIDs, is logged at level debug only.

    Args:
        app: what is asked.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and log it."""
        if scope["type"] != "http" or not _logger.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = sent = 0
        whole = False

        async def note(message: Message) -> None:
            nonlocal status, sent, whole
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += message["count"] if message["type"] == MESSAGE else len(message.get("body", b""))
                whole = not message.get("more_body", False)
            await send(message)

        try:
            await self._app(scope, receive, note)
        except asyncio.CancelledError:  # the server stops; nobody above has a use for a traceback
            whole = False
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            _logger.info(_line(scope, status, milliseconds, sent, whole=whole))


def _line(scope: Scope, status: int, milliseconds: float, sent: int, *, whole: bool) -> str:
    query = None
    if _logger.isEnabledFor(logging.DEBUG):
        query = scope["query_string"].decode("latin-1") or None
    return event(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status or None,
        ms=milliseconds,
        bytes=sent,
        aborted=None if whole else "yes",
        query=query,
    )
