"""What browsers are told on every answer, errors too: not to guess, not to tell, and who may show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from openwado.config import Settings

Headers = list[tuple[bytes, bytes]]

_POLICY: Final = b"content-security-policy"
_NOSNIFF: Final = (b"x-content-type-options", b"nosniff")


@dataclass(frozen=True, slots=True)
class SecurityOptions:
    """What they are told.

    Attributes:
        frame_ancestors: origins whose pages may show answers in frames, beside the own one; "*" for all.
        resource_policy: which pages may show pictures without CORS (Fetch: Cross-Origin-Resource-Policy).
        referrer_policy: what other servers are told about where a link was.
        hsts_seconds: for how long browsers come by HTTPS only; 0: they are not told (RFC 6797).
    """

    frame_ancestors: Sequence[str] = ()
    resource_policy: str = "cross-origin"
    referrer_policy: str = "same-origin"
    hsts_seconds: int = 0


def security_options(settings: Settings) -> SecurityOptions:
    """Return what browsers are told."""
    return SecurityOptions(
        settings.frame_ancestors,
        settings.cross_origin_resource_policy,
        settings.referrer_policy,
        settings.hsts_max_age,
    )


class SecurityHeaders:
    """Middleware.

    Args:
        app: what is asked.
        options: what is told.
    """

    def __init__(self, app: ASGIApp, options: SecurityOptions) -> None:
        self._app = app
        ancestors = "*" if "*" in options.frame_ancestors else " ".join(["'self'", *options.frame_ancestors])
        self._ancestors = f"frame-ancestors {ancestors}".encode("ascii")
        self._plain: Headers = [
            (b"referrer-policy", options.referrer_policy.encode("ascii")),
            (b"cross-origin-resource-policy", options.resource_policy.encode("ascii")),
        ]
        self._secure = self._plain
        if options.hsts_seconds:
            self._secure = [*self._plain, (b"strict-transport-security", b"max-age=%d" % options.hsts_seconds)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        fixed = self._secure if scope.get("scheme") == "https" else self._plain

        async def send_with_fields(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = self._completed(message["headers"], fixed)
            await send(message)

        await self._app(scope, receive, send_with_fields)

    def _completed(self, headers: Headers, fixed: Headers) -> Headers:
        """Return header fields with ours; what an answer says of its own accord stays."""
        completed = [*headers, *fixed]
        is_said = has_policy = False
        for place, (name, value) in enumerate(headers):
            if name == _NOSNIFF[0]:
                is_said = True
            elif name == _POLICY:
                has_policy = True
                completed[place] = (name, value + b"; " + self._ancestors)
        if not is_said:
            completed.append(_NOSNIFF)
        if not has_policy:
            completed.append((_POLICY, self._ancestors))
        return completed
