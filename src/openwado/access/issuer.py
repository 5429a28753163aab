"""Who issues tokens: OpenID providers, as the settings name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from openwado.settings.faults import Fault, Row, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What tokens may be signed with: each with a public key, so that no key of ours could sign one (RFC 8725 3.1).
FAMILIES: Final[dict[str, str]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "RSA"),
    **dict.fromkeys(("ES256", "ES384", "ES512"), "EC"),
    "EdDSA": "OKP",
}
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MOST_LEEWAY: Final = 300.0
_CLAIM: Final = re.compile(r"[^\s]+")


class Issuer(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the settings.

    Attributes:
        issuer: as tokens name it (iss), such as https://login.example/realms/hospital.
        audience: as tokens name this server (aud).
        jwks: address or file of its public keys (RFC 7517); "": where its OpenID configuration says.
        roles_claim: where roles are; dots lead into objects, such as realm_access.roles.
        name_claim: where the name is that logs tell.
        roles: that everybody has who has a token of it.
        algorithms: with which tokens may be signed.
        leeway: seconds that clocks may differ.
    """

    issuer: str = ""
    audience: str = ""
    jwks: str = ""
    roles_claim: str = "roles"
    name_claim: str = "sub"
    roles: tuple[str, ...] = ()
    algorithms: tuple[str, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    leeway: float = 60.0

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        yield from missing(self, "issuer", "audience", "algorithms")
        for name in self.algorithms:
            if name not in FAMILIES:
                yield Fault("algorithms", f"{name!r} is not taken; these are: {', '.join(FAMILIES)}")
        if not 0 <= self.leeway <= _MOST_LEEWAY:
            yield Fault("leeway", f"it is 0 to {_MOST_LEEWAY:g} seconds")
        for field in ("roles_claim", "name_claim"):
            if not _CLAIM.fullmatch(getattr(self, field)):
                yield Fault(field, "it is the name of a claim")
        if address := self.issuer if not self.jwks else self.jwks if "://" in self.jwks else "":
            try:
                check_address(address)
            except ValueError as error:
                yield Fault("jwks" if self.jwks else "issuer", str(error), beside=("jwks",))


def check_address(address: str) -> None:
    """Refuse an address from which keys could be had that somebody on the way has changed.

    Raises:
        ValueError: it is neither https nor on this machine.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return
    raise ValueError("it is no address that keys are taken from: write https://")
