"""How many connections there are, altogether and of each client; of one HTTP process."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

#: How much of an IPv6 address tells clients apart: a network has as many addresses as it likes within it.
_IPV6_PREFIX = 64


@lru_cache(4096)
def client_of(address: str) -> str:
    """Return what clients are told apart by: the address, of IPv6 the network that it is in."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ip_network((found, _IPV6_PREFIX), strict=False))


@dataclass(slots=True)
class Census:
    """Counts them.

    Attributes:
        most: connections at the same time; 0: no bound.
        most_of_client: those of one client; 0: no bound.
        proxies: networks for whose addresses only the first bound holds: they speak for many.
        total: how many there are.
    """

    most: int = 0
    most_of_client: int = 0
    proxies: tuple[str, ...] = ()
    total: int = 0
    _of_client: dict[str, int] = field(default_factory=dict)

    def enter(self, address: str) -> Literal["", "server", "client"]:
        """Count a connection; return what has no room for it, "" if it was counted."""
        if self.most and self.total >= self.most:
            return "server"
        client = client_of(address)
        count = self._of_client.get(client, 0)
        if self.most_of_client and count >= self.most_of_client and not speaks_for_others(address, self.proxies):
            return "client"
        self.total += 1
        self._of_client[client] = count + 1
        return ""

    def leave(self, address: str) -> None:
        """Count a connection no longer."""
        client = client_of(address)
        self.total -= 1
        count = self._of_client.pop(client, 0)
        if count > 1:
            self._of_client[client] = count - 1


@lru_cache(4096)
def speaks_for_others(address: str, proxies: tuple[str, ...]) -> bool:
    """Say whether an address is that of a proxy."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in ip_network(proxy) for proxy in proxies)
