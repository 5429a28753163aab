"""How HTTP is carried, and what headers say about security."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kinds import Count, CountOrNone, Seconds
from openwado.settings.observation import ObservationSettings


class TransportSettings(ObservationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How HTTP is carried, how much of it one client may have, and what headers say about security."""

    title: ClassVar[str] = "TLS, HTTP/2 and connections"

    tls_certificate: Annotated[
        str,
        Meta(
            description="File with this server's certificate (PEM), followed by those that vouch for it; with it, HTTP "
            "is spoken over TLS only. Read again when it changes."
        ),
    ] = ""
    tls_key: Annotated[
        str, Meta(description="File with the certificate's private key (PEM). Empty: it is in the certificate's file.")
    ] = ""
    tls_minimum_version: Annotated[
        str, Meta(pattern=r"^1\.[23]$", description="Oldest version of TLS that is spoken: 1.2 or 1.3.")
    ] = "1.2"
    tls_client_ca: Annotated[
        str, Meta(description="File with certificates (PEM) of those who vouch for clients. Empty: none is asked for.")
    ] = ""
    tls_client_certificates: Annotated[
        str,
        Meta(
            pattern=r"^(optional|required)$",
            description="With tls_client_ca, whether a client may (optional) or must (required) show a certificate.",
        ),
    ] = "optional"
    tls_client_crl: Annotated[
        str,
        Meta(
            description="File with revocation lists (PEM), one of each authority in tls_client_ca: certificates in "
            "them are refused. Read again when it changes. Empty: nothing is revoked."
        ),
    ] = ""
    tls_handshake_timeout: Annotated[
        Seconds, Meta(description="Longest time for a client to agree on TLS, seconds.")
    ] = 10.0
    http2: Annotated[bool, Meta(description="Whether HTTP/2 is offered to clients over TLS.")] = True
    hsts_max_age: Annotated[
        CountOrNone,
        Meta(
            description="Seconds for which browsers are told to come by HTTPS only, to any port of this host (HSTS); "
            "0: they are not told."
        ),
    ] = 31_536_000
    frame_ancestors: Annotated[
        tuple[str, ...],
        Meta(
            description="Origins whose pages may show answers of this server in frames, beside its own, e.g. "
            "https://ris.example; * for all."
        ),
    ] = ()
    cross_origin_resource_policy: Annotated[
        str,
        Meta(
            pattern=r"^(same-origin|same-site|cross-origin)$",
            description="Which pages may show pictures of this server without CORS: same-origin, same-site (under the "
            "same registered domain) or cross-origin (all).",
        ),
    ] = "cross-origin"
    referrer_policy: Annotated[
        str,
        Meta(
            pattern=r"^(no-referrer|same-origin|strict-origin|strict-origin-when-cross-origin)$",
            description="What browsers tell other servers about where a link was: addresses here hold UIDs.",
        ),
    ] = "same-origin"
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, "
            "e.g. 127.0.0.1, 192.0.2.0/24."
        ),
    ] = ()
    max_connections: Annotated[
        Count, Meta(description="Connections of each HTTP process at the same time; more get 503, or are closed.")
    ] = 8192
    max_connections_per_client: Annotated[
        CountOrNone,
        Meta(
            description="Connections of one client to each HTTP process at the same time; more get 429, or are closed. "
            "0: no limit. Trusted proxies have none."
        ),
    ] = 512
    max_request_rate: Annotated[
        CountOrNone,
        Meta(
            description="Requests a second of one client, all HTTP processes together, in the long run; more get 429. "
            "0: no limit."
        ),
    ] = 0
    max_request_burst: Annotated[
        Count, Meta(description="Requests that one client may send at once before max_request_rate holds it back.")
    ] = 1000
    max_head_size: Annotated[
        Annotated[int, Meta(ge=4096, le=1 << 20)],
        Meta(description="Longest head of a request (target and header fields), bytes; beyond it 431, or 414."),
    ] = 65_536
    head_timeout: Annotated[
        Seconds, Meta(description="Longest time for a client to send the head of a request, seconds.")
    ] = 20.0
    stall_timeout: Annotated[
        Seconds,
        Meta(description="Longest time for a client to take, or to send, the next MiB of a body, seconds."),
    ] = 120.0
