"""The settings of who may see what, read into what checks it; and whether a server may do without."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, TypeVar

from openwado.access.api_key import ApiKey, ApiKeys
from openwado.access.authentication import Authentication
from openwado.access.certificate import Certificate, Certificates
from openwado.access.issuer import Issuer
from openwado.access.link import LinkKey, LinkKeys
from openwado.access.password import Password, Passwords
from openwado.access.policy import Policy, faults_of_rule, read_rule
from openwado.access.proxy import check_field, trusted_proxies
from openwado.access.token import Tokens
from openwado.config import refuse
from openwado.settings.faults import Fault, Row, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.config import Settings

R = TypeVar("R", bound=Row)

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

#: Settings that are lists of tables: what an entry is, and the field by which entries are told apart.
_TABLES: Final[dict[str, tuple[type[Row], str]]] = {
    "access_issuers": (Issuer, "issuer"),
    "access_api_keys": (ApiKey, ""),
    "access_passwords": (Password, "name"),
    "access_certificates": (Certificate, ""),
    "access_link_keys": (LinkKey, "id"),
}


def is_asked(settings: Settings) -> bool:
    """Say whether everybody is asked who they are."""
    return any(getattr(settings, name) for name in WAYS)


def authentication_of(settings: Settings) -> Authentication | None:
    """Return what is taken to prove who asks; None where nobody is asked.

    Raises:
        SettingsError: a setting cannot be.
    """
    refuse(authentication_faults(settings))
    if not is_asked(settings):
        return None
    return Authentication(
        tokens=Tokens(_rows(settings, "access_issuers", Issuer)),
        api_keys=ApiKeys(_rows(settings, "access_api_keys", ApiKey)),
        passwords=Passwords(_rows(settings, "access_passwords", Password)),
        proxies=trusted_proxies(
            settings.access_proxies,
            settings.access_proxy_user_header,
            settings.access_proxy_roles_header,
            settings.access_proxy_roles,
        ),
        certificates=Certificates(_rows(settings, "access_certificates", Certificate)),
        links=link_keys_of(settings),
        longest_link=settings.access_longest_link * _HOUR,
        policy=Policy([read_rule(table) for table in settings.access_rules]),
    )


def authentication_faults(settings: Settings) -> Iterator[Fault]:
    """Give what is wrong with the settings of who may see what."""
    for name, (kind, unique) in _TABLES.items():
        yield from read_rows(name, getattr(settings, name), kind, unique)[1]
    for name in ("access_proxy_user_header", "access_proxy_roles_header"):
        try:
            if getattr(settings, name):
                check_field(getattr(settings, name))
        except ValueError as error:
            yield Fault(name, str(error))
    for number, table in enumerate(settings.access_rules):
        for fault in faults_of_rule(table):
            yield Fault("access_rules", f"access_rules[{number}].{fault.setting}: {fault.text}", number)
    if settings.access_rules and not is_asked(settings):
        text = f"they stand there, but nobody could prove who they are: set one of {', '.join(WAYS)}"
        yield Fault("access_rules", text, beside=WAYS)
    if settings.insecure_no_auth and is_asked(settings):
        yield Fault("insecure_no_auth", "it cannot stand beside ways to prove who asks: leave one out")
    elif not settings.access_rules and any(getattr(settings, name) for name in WAYS[:-1]):
        yield Fault("access_rules", "it is empty, so that nobody may see anything: docs/security.md has examples")


def link_keys_of(settings: Settings) -> LinkKeys:
    """Return what signs links, and reads them.

    Raises:
        SettingsError: a key cannot be.
    """
    rows, faults = read_rows("access_link_keys", settings.access_link_keys, LinkKey, "id")
    refuse(faults)
    return LinkKeys(rows)


def listening_faults(settings: Settings) -> Iterator[Fault]:
    """Say so where everything would be shown to all who reach an address from elsewhere, unless that is wanted."""
    if is_asked(settings) or settings.insecure_no_auth or _is_loopback(settings.host):
        return
    yield Fault(
        "host",
        f"{settings.host!r} can be reached from other machines, and everybody there could see every patient. Say who "
        "may see what (docs/security.md); or listen on 127.0.0.1, behind a proxy that asks who it is; or have it open "
        "to everybody by --insecure-no-auth",
        beside=(*WAYS, "insecure_no_auth"),
    )


def _is_loopback(host: str) -> bool:
    """Say whether an address, or each of those that a name has, is reached from this machine only."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host or None, None, flags=socket.AI_PASSIVE)}
        return bool(found) and all(ip_address(address.partition("%")[0]).is_loopback for address in found)
    except (OSError, ValueError, UnicodeError):
        return False


def _rows(settings: Settings, name: str, kind: type[R]) -> tuple[R, ...]:
    return read_rows(name, getattr(settings, name), kind)[0]
