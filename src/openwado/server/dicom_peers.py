"""Who may send objects, and whom they must call (PS3.8 9.3.4, PS3.7 D.3.3)."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Final

import msgspec

from openwado.config import SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Longest AE title, characters (PS3.5 6.2).
_TITLE_LENGTH: Final = 16


class Peer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A peer that may send.

    Attributes:
        ae_title: what it calls itself; "" for whatever.
        address: its address, or a network in CIDR notation; "" for any.
    """

    ae_title: str = ""
    address: str = ""


class Peers:
    """Decides who may send.

    Args:
        settings: the tables of the setting `dicom_peers`; none for everybody.

    Raises:
        SettingsError: one of them cannot be.
    """

    def __init__(self, settings: Sequence[dict[str, str]]) -> None:
        try:
            peers = msgspec.convert(list(settings), tuple[Peer, ...])
        except msgspec.ValidationError as error:
            raise SettingsError(f"Settings: dicom_peers: {error}.") from error
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


def check_ae_title(setting: str, title: str) -> str:
    """Return an AE title without the blanks around it (PS3.5 6.2).

    Raises:
        SettingsError: it is none.
    """
    stripped = title.strip(" ")
    if not stripped or len(stripped) > _TITLE_LENGTH or not stripped.isascii() or not stripped.isprintable():
        raise SettingsError(f"Settings: {setting} {title!r} is no AE title: 1 to 16 ASCII characters, not all blank.")
    if "\\" in stripped:
        raise SettingsError(f"Settings: {setting} {title!r} is no AE title: it has a backslash.")
    return stripped


def _network(peer: Peer) -> IPv4Network | IPv6Network | None:
    if not peer.ae_title and not peer.address:
        raise SettingsError("Settings: dicom_peers has a table without ae_title and address: name one of them.")
    if peer.ae_title:
        check_ae_title("dicom_peers: ae_title", peer.ae_title)
    if not peer.address:
        return None
    try:
        return ip_network(peer.address)
    except ValueError as error:
        raise SettingsError(
            f"Settings: dicom_peers: address {peer.address!r} is neither an address nor a network such as 192.0.2.0/24."
        ) from error
