"""Who may send objects, and whom they must call (PS3.8 9.3.4, PS3.7 D.3.3)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

from openwado.settings.faults import Fault, Row, refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: Longest AE title, characters (PS3.5 6.2).
_TITLE_LENGTH: Final = 16


class Peer(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A peer that may send.

    Attributes:
        ae_title: what it calls itself; "" for whatever.
        address: its address, or a network in CIDR notation; "" for any.
    """

    ae_title: str = ""
    address: str = ""

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        if not self.ae_title and not self.address:
            yield Fault("ae_title", "name this, address, or both", beside=("address",))
        if self.ae_title and (text := fault_of_ae_title(self.ae_title)):
            yield Fault("ae_title", text)
        try:
            _network(self)
        except ValueError:
            yield Fault("address", f"{self.address!r} is neither an address nor a network such as 192.0.2.0/24")


class Peers:
    """Decides who may send.

    Args:
        peers: of the setting `dicom_peers`; none for everybody.

    Raises:
        ValueError: one of them cannot be.
    """

    def __init__(self, peers: Sequence[Peer]) -> None:
        refuse_rows(peers)
        self._rules = tuple((peer.ae_title.strip(" "), _network(peer)) for peer in peers)

    def may_send(self, ae_title: str, address: str) -> bool:
        """Return whether a peer may send.

        Args:
            ae_title: what it calls itself.
            address: where its connection comes from.
        """
        if not self._rules:
            return True
        found = ip_address(address.partition("%")[0])
        if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(
            (not title or title == ae_title.strip(" ")) and (network is None or found in network)
            for title, network in self._rules
        )


def fault_of_ae_title(title: str) -> str:
    """Return what is wrong with an AE title, with or without blanks around it (PS3.5 6.2); "" if nothing."""
    stripped = title.strip(" ")
    if not stripped or len(stripped) > _TITLE_LENGTH or not stripped.isascii() or not stripped.isprintable():
        return f"{title!r} is no AE title: 1 to 16 ASCII characters, not all blank"
    if "\\" in stripped:
        return f"{title!r} is no AE title: it has a backslash"
    return ""


def _network(peer: Peer) -> IPv4Network | IPv6Network | None:
    return ip_network(peer.address) if peer.address else None
