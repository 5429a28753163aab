"""Bearer tokens of an OpenID provider (RFC 6750, RFC 7519, RFC 8725): who they say asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jwt

from openwado.access.credentials import InvalidCredentials
from openwado.access.principal import Principal
from openwado.access.signing_keys import SigningKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openwado.access.issuer import Issuer

#: Longest token that is read, characters.
_LONGEST: Final = 16384
#: Longest name that logs tell, characters.
_LONGEST_NAME: Final = 256
_WRONG: Final = "The token is not valid."

#: What is wrong with a token, in words that its owner may read.
_SENTENCES: Final[tuple[tuple[type[jwt.PyJWTError], str], ...]] = (
    (jwt.ExpiredSignatureError, "The token has expired."),
    (jwt.ImmatureSignatureError, "The token is not valid yet."),
    (jwt.InvalidAudienceError, "The token is for another server."),
    (jwt.MissingRequiredClaimError, "The token does not say when it expires, who issued it, or for whom."),
)


class Tokens:
    """Reads tokens.

    Args:
        issuers: whose tokens are taken.
    """

    def __init__(self, issuers: Iterable[Issuer]) -> None:
        self._issuers = {issuer.issuer: (issuer, SigningKeys(issuer)) for issuer in issuers}

    def __bool__(self) -> bool:
        return bool(self._issuers)

    def read(self, token: str, *, may_fetch: bool) -> tuple[Principal, float] | None:
        """Return who asks, and the time until which the token is good, seconds since 1970.

        Args:
            token: as it was sent.
            may_fetch: whether keys may be fetched, which takes time.

        Returns:
            None where keys have to be fetched first, and may not.

        Raises:
            InvalidCredentials: it proves nothing.
            Unavailable: keys cannot be fetched at the moment.
        """
        header, issuer, keys = self._parts(token)
        key = keys.find(header) if may_fetch else keys.known(header)
        if key is None:
            return None
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=list(issuer.algorithms),
                audience=issuer.audience,
                issuer=issuer.issuer,
                leeway=issuer.leeway,
                options={"require": ["exp", "iss", "aud"], "enforce_minimum_key_length": True},
            )
        except jwt.PyJWTError as error:
            raise InvalidCredentials(_sentence(error)) from error
        return _principal(claims, issuer), float(claims["exp"]) + issuer.leeway

    def _parts(self, token: str) -> tuple[dict[str, Any], Issuer, SigningKeys]:
        """Return a token's header and its issuer; nothing of it is believed as yet."""
        if len(token) > _LONGEST:
            raise InvalidCredentials(_WRONG)
        try:
            header = jwt.get_unverified_header(token)
            named = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError as error:
            raise InvalidCredentials(_WRONG) from error
        if not isinstance(named, str) or named not in self._issuers:
            raise InvalidCredentials("The token is of an issuer that is not known here.")
        issuer, keys = self._issuers[named]
        if header.get("alg") not in issuer.algorithms:
            raise InvalidCredentials("The token is signed in a way that is not taken.")
        return header, issuer, keys


def _sentence(error: jwt.PyJWTError) -> str:
    return next((sentence for kind, sentence in _SENTENCES if isinstance(error, kind)), _WRONG)


def _principal(claims: Mapping[str, Any], issuer: Issuer) -> Principal:
    said = {name: texts for name, value in claims.items() if (texts := _texts(value))}
    roles = frozenset(_texts(_at(claims, issuer.roles_claim))) | frozenset(issuer.roles)
    name = "".join(filter(str.isprintable, next(iter(_texts(_at(claims, issuer.name_claim))), "")))[:_LONGEST_NAME]
    return Principal(name, "token", roles, said)


def _at(claims: Mapping[str, Any], path: str) -> object:
    """Return a claim: the one of that name, else what dots lead to."""
    if path in claims:
        return claims[path]
    found: object = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _texts(value: object) -> tuple[str, ...]:
    """Return the texts that a claim holds: itself, or those of its list."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(one) for one in values if isinstance(one, str | int) and not isinstance(one, bool) and one != "")
