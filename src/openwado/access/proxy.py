"""A proxy that says who asks: it has asked them itself, and is believed by its address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from openwado.access.credentials import InvalidCredentials
from openwado.access.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LONGEST_NAME: Final = 256


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """The proxies that are believed.

    Attributes:
        networks: of their addresses.
        user_field: header field with the user's name, in small letters; b"" where they do not say who asks.
        roles_field: header field with roles, separated by commas; b"" for none.
        roles: that everybody has of whom they say who it is.
    """

    networks: tuple[IPv4Network | IPv6Network, ...]
    user_field: bytes = b""
    roles_field: bytes = b""
    roles: frozenset[str] = frozenset()

    def include(self, address: str) -> bool:
        """Say whether a peer is one of them."""
        try:
            found = ip_address(address.partition("%")[0])
        except ValueError:  # a socket without an address
            return False
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in network for network in self.networks)

    def principal(self, headers: Iterable[tuple[bytes, bytes]]) -> Principal | None:
        """Return who asks, as one of them says it; None where it says nothing.

        Raises:
            InvalidCredentials: it says it twice, or what it says is no name.
        """
        names, roles = [], []
        for field, value in headers:
            if field == self.user_field:
                names.append(value.decode("latin-1").strip())
            elif field == self.roles_field:
                roles += [role.strip() for role in value.decode("latin-1").split(",")]
        if not names:
            return None
        name = names[0]
        if len(names) > 1 or not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise InvalidCredentials("The proxy does not say who asks.")
        return Principal(name, "proxy", self.roles | frozenset(filter(None, roles)))


def trusted_proxies(
    addresses: Sequence[str], user_field: str, roles_field: str, roles: Sequence[str]
) -> TrustedProxies:
    """Read the settings.

    Raises:
        ValueError: one of them cannot be.
    """
    for field in filter(None, (user_field, roles_field)):
        check_field(field)
    networks = tuple(map(ip_network, addresses))
    return TrustedProxies(networks, user_field.lower().encode(), roles_field.lower().encode(), frozenset(roles))


def check_field(name: str) -> None:
    """Refuse a name that no header field can have in which a proxy says who asks.

    Raises:
        ValueError: it is one.
    """
    if not _FIELD_NAME.fullmatch(name) or name.lower() in ("authorization", "host"):
        raise ValueError(f"{name!r} is no header field that a proxy could use for it")
