"""Which clients may do something, by the address that their connection comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

#: Everybody.
ANYBODY: Final = "*"

#: Header fields by which proxies say for whom they ask.
_OF_PROXIES: Final = frozenset({b"forwarded", b"x-forwarded-for", b"x-real-ip", b"via"})

#: Addresses remembered; beyond it all are forgotten.
_REMEMBERED: Final = 4096


class Callers:
    """Addresses and networks.

    Args:
        networks: such as 192.0.2.7, 192.0.2.0/24 or ::1; `*` is everybody.

    Raises:
        ValueError: one is none of these.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        texts = tuple(networks)
        self.anybody = ANYBODY in texts
        self._networks = tuple(ip_network(text, strict=False) for text in texts if text != ANYBODY)
        self._known: dict[str, bool] = {}

    def include(self, host: str) -> bool:
        """Say whether an address is among them."""
        if self.anybody:
            return True
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[host] = self._holds(host)
        return known

    def _holds(self, host: str) -> bool:
        try:
            address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def include_caller(self, scope: Scope) -> bool:
        """Say whether a request comes over a connection from one of them, for whomever."""
        peer = peer_of(scope)
        return self.anybody or (bool(peer) and self.include(peer))

    def include_directly(self, scope: Scope) -> bool:
        """Say the same, and that no proxy stands between: the address would be the proxy's."""
        if self.anybody:
            return True
        return self.include_caller(scope) and not any(name in _OF_PROXIES for name, _ in scope["headers"])


def peer_of(scope: Scope) -> str:
    """Return the address that the connection of a request comes from, "" where it has none; a proxy's, perhaps."""
    peer: str = scope.get("state", {}).get("trusted_proxy") or (scope.get("client") or ("",))[0]
    return peer
