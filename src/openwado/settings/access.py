"""Who asks, how they prove it, and what they may see and do."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from openwado.settings.kinds import Count, Tables
from openwado.settings.transport import TransportSettings


class AccessSettings(TransportSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who asks, how they prove it, and what they may see and do; docs/security.md has examples."""

    title: ClassVar[str] = "Who may see what"

    insecure_no_auth: Annotated[
        bool,
        Meta(
            description="Whether everybody may see everything who reaches an address that is not this machine's own; "
            "without it, a server that nobody has to sign in to does not start there."
        ),
    ] = False
    access_rules: Annotated[
        Tables,
        Meta(
            description="Who may do what: tables with roles, rights (view, native, anonymized, store, delete, sign, "
            "observe) and attributes that objects have to have (patient_id, modality, institution_name …). What no "
            "rule allows is not allowed. In the environment: JSON."
        ),
    ] = ()
    access_issuers: Annotated[
        Tables,
        Meta(
            description="OpenID providers whose bearer tokens are taken: tables with issuer, audience, and where need "
            "be jwks (address or file), roles_claim, name_claim, roles, algorithms, leeway (seconds)."
        ),
    ] = ()
    access_api_keys: Annotated[
        Tables,
        Meta(
            description="Keys of programs, sent as bearer tokens: tables with name, digest, roles and perhaps expires; "
            "`openwado key api` makes one."
        ),
    ] = ()
    access_passwords: Annotated[
        Tables,
        Meta(
            description="Users of HTTP Basic, over TLS only: tables with name, digest and roles; `openwado key "
            "password` makes one."
        ),
    ] = ()
    access_proxies: Annotated[
        tuple[str, ...],
        Meta(
            description="Addresses or networks of proxies whose word is taken for who asks, and for X-Forwarded-Proto."
        ),
    ] = ()
    access_proxy_user_header: Annotated[
        str, Meta(description="Header field in which they say who asks, such as X-Remote-User. Empty: they do not.")
    ] = ""
    access_proxy_roles_header: Annotated[
        str, Meta(description="Header field in which they say roles, separated by commas. Empty: none.")
    ] = ""
    access_proxy_roles: Annotated[
        tuple[str, ...], Meta(description="Roles of everybody of whom they say who it is.")
    ] = ()
    access_certificates: Annotated[
        Tables,
        Meta(
            description="Client certificates that are taken: tables with name, roles, and one of subject, dns_name and "
            "fingerprint (SHA-256)."
        ),
    ] = ()
    access_link_keys: Annotated[
        Tables,
        Meta(
            description="Keys of signed links: tables with id and secret; the first one signs, taking one away revokes "
            "its links. `openwado key link` makes one."
        ),
    ] = ()
    access_longest_link: Annotated[Count, Meta(description="Longest life of a signed link, hours.")] = 720
