"""The settings of who may see what, read into what checks it; and whether a server may do without."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from openwado.access.api_key import ApiKey, ApiKeys
from openwado.access.authentication import Authentication
from openwado.access.certificate import Certificate, Certificates
from openwado.access.condition import UnusableRule
from openwado.access.issuer import Issuer, check_issuer
from openwado.access.link import LinkKey, LinkKeys
from openwado.access.password import Password, Passwords
from openwado.access.policy import Policy, read_rule
from openwado.access.proxy import trusted_proxies
from openwado.access.token import Tokens
from openwado.config import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openwado.config import Settings

T = TypeVar("T")
R = TypeVar("R")

_HOUR = 3600

#: Settings of which any one has everybody asked who they are.
WAYS = (
    "access_issuers",
    "access_api_keys",
    "access_passwords",
    "access_proxy_user_header",
    "access_certificates",
    "access_link_keys",
)


def is_asked(settings: Settings) -> bool:
    """Say whether everybody is asked who they are."""
    return any(getattr(settings, name) for name in WAYS)


def authentication_of(settings: Settings) -> Authentication | None:
    """Return what is taken to prove who asks; None where nobody is asked.

    Raises:
        SettingsError: a setting cannot be.
    """
    if not is_asked(settings):
        if settings.access_rules:
            raise SettingsError(
                "Settings: access_rules stand there, but nobody could prove who they are: set one of "
                f"{', '.join(WAYS)}."
            )
        return None
    if settings.insecure_no_auth:
        raise SettingsError("Settings: insecure_no_auth cannot stand beside ways to prove who asks: leave one out.")
    issuers = _rows(settings, "access_issuers", Issuer, _checked_issuers)
    if settings.access_proxy_user_header and not settings.access_proxies:
        raise SettingsError("Settings: access_proxy_user_header needs access_proxies: whose word is taken.")
    if not settings.access_rules and any(getattr(settings, name) for name in WAYS[:-1]):
        raise SettingsError(
            "Settings: access_rules is empty, so that nobody may see anything: docs/security.md has examples."
        )
    return Authentication(
        tokens=Tokens(issuers),
        api_keys=_rows(settings, "access_api_keys", ApiKey, ApiKeys),
        passwords=_rows(settings, "access_passwords", Password, Passwords),
        proxies=_built(
            "access_proxies",
            lambda: trusted_proxies(
                settings.access_proxies,
                settings.access_proxy_user_header,
                settings.access_proxy_roles_header,
                settings.access_proxy_roles,
            ),
        ),
        certificates=_rows(settings, "access_certificates", Certificate, Certificates),
        links=link_keys_of(settings),
        longest_link=settings.access_longest_link * _HOUR,
        policy=_built("access_rules", lambda: Policy([read_rule(table) for table in settings.access_rules])),
    )


def link_keys_of(settings: Settings) -> LinkKeys:
    """Return what signs links, and reads them.

    Raises:
        SettingsError: a key cannot be.
    """
    return _rows(settings, "access_link_keys", LinkKey, LinkKeys)


def check_may_listen(settings: Settings, authentication: Authentication | None) -> None:
    """Refuse to show everything to everybody who reaches an address from elsewhere, unless that is wanted.

    Raises:
        SettingsError: with the ways out.
    """
    if authentication is not None or settings.insecure_no_auth or _is_loopback(settings.host):
        return
    raise SettingsError(
        f"Settings: host {settings.host!r} can be reached from other machines, and everybody there could see every "
        "patient. Say who may see what (docs/security.md); or listen on 127.0.0.1, behind a proxy that asks who it is; "
        "or have it open to everybody by --insecure-no-auth."
    )


def _is_loopback(host: str) -> bool:
    """Say whether an address, or each of those that a name has, is reached from this machine only."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)}
        return bool(found) and all(ip_address(address.partition("%")[0]).is_loopback for address in found)
    except (OSError, ValueError, UnicodeError):
        return False


def _checked_issuers(rows: Iterable[Issuer]) -> tuple[Issuer, ...]:
    issuers = tuple(rows)
    for issuer in issuers:
        check_issuer(issuer)
    if len({issuer.issuer for issuer in issuers}) < len(issuers):
        raise ValueError("an issuer stands there twice")
    return issuers


def _rows(settings: Settings, name: str, kind: type[R], build: Callable[[Iterable[R]], T]) -> T:
    try:
        rows: Any = msgspec.convert(getattr(settings, name), tuple[kind, ...])  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        raise SettingsError(f"Settings: {name}: {error}.") from error
    return _built(name, lambda: build(rows))


def _built(name: str, build: Callable[[], T]) -> T:
    try:
        return build()
    except (ValueError, UnusableRule) as error:
        raise SettingsError(f"Settings: {name}: {error}.") from error
