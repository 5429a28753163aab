"""How connections of HTTP are dealt with, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from openwado.server.options import STALL_SECONDS
from openwado.server.tls import TlsFiles, offered

if TYPE_CHECKING:
    from uvicorn.config import Config

    from openwado.config import Settings

#: Longest head of a request, bytes from the second read of the connection on: what the first one brings is not counted,
#: since it may hold whole requests before.
LONGEST_HEAD = 1 << 16

#: Longest time from the first byte of a request, or from a new connection, to the end of the head, seconds.
HEAD_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How connections are dealt with.

    Attributes:
        head_bytes: longest head of a request.
        head_seconds: longest time for it.
        stall_seconds: longest time for a client to take, or to send, a piece of a body.
        handshake_seconds: longest time for TLS to be agreed on.
        most: connections of one HTTP process; 0: no bound.
        most_of_client: those of one client.
        proxies: addresses and networks that are believed about whom they speak for.
        tls: None where connections are not secured.
    """

    head_bytes: int = LONGEST_HEAD
    head_seconds: float = HEAD_SECONDS
    stall_seconds: float = STALL_SECONDS
    handshake_seconds: float = 10.0
    most: int = 0
    most_of_client: int = 0
    proxies: tuple[str, ...] = ()
    tls: TlsFiles | None = None


#: Of a server that was not told anything else.
USUAL = ConnectionOptions()


def connection_options(settings: Settings) -> ConnectionOptions:
    """Return the options."""
    return ConnectionOptions(
        head_bytes=settings.max_head_size,
        head_seconds=settings.head_timeout,
        stall_seconds=settings.stall_timeout,
        handshake_seconds=settings.tls_handshake_timeout,
        most=settings.max_connections,
        most_of_client=settings.max_connections_per_client,
        proxies=tuple(str(ip_network(proxy, strict=False)) for proxy in settings.trusted_proxies),
        tls=tls_files(settings) if settings.tls_certificate else None,
    )


def options_of(config: Config) -> ConnectionOptions:
    """Return the options of an HTTP process; uvicorn's own configuration has none."""
    found = getattr(config, "connections", USUAL)
    return found if isinstance(found, ConnectionOptions) else USUAL


def tls_files(settings: Settings) -> TlsFiles:
    """Return what connections are secured with, where there is a certificate."""
    return TlsFiles(
        certificate=settings.tls_certificate,
        key=settings.tls_key,
        client_authorities=settings.tls_client_ca,
        revocation_lists=settings.tls_client_crl,
        requires_client=settings.tls_client_certificates == "required",
        minimum_version=settings.tls_minimum_version,
        protocols=offered(http2=settings.http2),
        prefix="tls",
    )
