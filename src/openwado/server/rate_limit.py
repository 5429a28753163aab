"""Holds clients back that send requests faster than they may: 429, and when to come again (RFC 6585 4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from openwado.server.problems import TooManyRequests, send_problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from openwado.server.request_rates import RequestRates


class RateLimit:
    """Middleware.

    Args:
        app: what is asked.
        rates: where requests are counted.
    """

    def __init__(self, app: ASGIApp, rates: RequestRates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless there have been too many of its client."""
        client = scope.get("client")
        early = self._rates.count(str(client[0])) if client and scope["type"] == "http" else 0.0
        if early:
            await send_problem(TooManyRequests(math.ceil(early)), scope, send)
            return
        await self._app(scope, receive, send)
