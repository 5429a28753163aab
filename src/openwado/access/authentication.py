"""All ways to prove who asks that a server takes, and the rules for those who did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openwado.access.api_key import ApiKeys
    from openwado.access.certificate import Certificates
    from openwado.access.link import LinkKeys
    from openwado.access.password import Passwords
    from openwado.access.policy import Policy
    from openwado.access.proxy import TrustedProxies
    from openwado.access.token import Tokens


@dataclass(frozen=True, slots=True)
class Authentication:
    """What is taken, each empty where it is not.

    Attributes:
        tokens: of OpenID providers.
        api_keys: of programs.
        passwords: of people; over TLS only.
        proxies: whose word is taken.
        certificates: of clients.
        links: that were signed here.
        longest_link: seconds that a link may live.
        policy: what those may do of whom it is known who they are.
    """

    tokens: Tokens
    api_keys: ApiKeys
    passwords: Passwords
    proxies: TrustedProxies
    certificates: Certificates
    links: LinkKeys
    longest_link: int
    policy: Policy

    def challenges(self, *, secure: bool) -> tuple[str, ...]:
        """Return the schemes that may be tried, as WWW-Authenticate lists them (RFC 9110 11.6.1).

        Args:
            secure: whether the request has come over TLS, without which no password is asked for.
        """
        bearer = ('Bearer realm="openwado"',) if self.tokens or self.api_keys else ()
        basic = ('Basic realm="openwado", charset="UTF-8"',) if self.passwords and secure else ()
        return bearer + basic
