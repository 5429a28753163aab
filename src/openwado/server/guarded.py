"""What stands around the application, in its order: who asks through whom, the log, and what all answers say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.server.cors import Cors
from openwado.server.forwarded import Forwarded
from openwado.server.rate_limit import RateLimit
from openwado.server.request_rates import rates_used
from openwado.server.security_headers import SecurityHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from openwado.server.options import ServerOptions


def guarded(app: ASGIApp, options: ServerOptions) -> ASGIApp:
    """Return the application with all that stands around it; what is switched off is not there at all."""
    rates = rates_used()
    if rates is not None:
        app = RateLimit(app, rates)
    app = Cors(app, options)
    if options.security is not None:
        app = SecurityHeaders(app, options.security)
    return Forwarded(app, options.proxies) if options.proxies else app
