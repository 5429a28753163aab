"""The public keys of an issuer: fetched, kept for a while, and fetched again when it changes them."""

from __future__ import annotations

import json
import logging
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import jwt

from openwado.access.credentials import InvalidCredentials
from openwado.access.issuer import FAMILIES, Issuer, check_address
from openwado.errors import Unavailable
from openwado.observe.log import event

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds after which keys are fetched again.
FRESH_SECONDS: Final = 300.0
#: Seconds for which they are used where they cannot be.
USABLE_SECONDS: Final = 3600.0
#: Seconds between two fetches for keys that are not among those that are known.
PAUSE_SECONDS: Final = 10.0
_TIMEOUT: Final = 5.0
_MOST_BYTES: Final = 1 << 20
_DISCOVERY: Final = "/.well-known/openid-configuration"

_logger = logging.getLogger("openwado.access")


class SigningKeys:
    """The keys of one issuer, for one process. Any number of threads may ask; one fetches.

    Args:
        issuer: whose.
        clock: seconds that only grow.
    """

    def __init__(self, issuer: Issuer, clock: Callable[[], float] = time.monotonic) -> None:
        self._issuer = issuer
        self._clock = clock
        self._keys: list[dict[str, Any]] = []
        self._fetched = self._tried = float("-inf")
        self._turn = threading.Lock()

    def known(self, header: dict[str, Any]) -> jwt.PyJWK | None:
        """Return the key that a token says it is signed with, if it is here and fresh; waits for nothing."""
        return self._find(header) if self._clock() - self._fetched < FRESH_SECONDS else None

    def find(self, header: dict[str, Any]) -> jwt.PyJWK:
        """Return the key that a token says it is signed with; fetches keys where that may help.

        Args:
            header: of the token.

        Raises:
            InvalidCredentials: the issuer has no such key.
            Unavailable: there are no keys, and they cannot be fetched.
        """
        with self._turn:
            now = self._clock()
            found = self._find(header) if now - self._fetched < USABLE_SECONDS else None
            due = found is None or now - self._fetched >= FRESH_SECONDS
            if due and now - self._tried >= PAUSE_SECONDS:
                self._tried = now
                self._fetch(now)
                found = self._find(header)
            if self._clock() - self._fetched >= USABLE_SECONDS:
                raise Unavailable("Who asks cannot be checked at the moment.", retry_after=int(PAUSE_SECONDS))
        if found is None:
            raise InvalidCredentials("The token is signed with a key that is not known.")
        return found

    def _find(self, header: dict[str, Any]) -> jwt.PyJWK | None:
        algorithm, number = header.get("alg"), header.get("kid")
        if algorithm not in self._issuer.algorithms:
            return None
        fitting = [
            key
            for key in self._keys
            if key.get("kty") == FAMILIES[algorithm]
            and key.get("use", "sig") == "sig"
            and key.get("alg", algorithm) == algorithm
            and (number is None or key.get("kid") == number)
        ]
        if len(fitting) != 1:
            return None  # without a number only the one key there is can be meant
        try:
            return jwt.PyJWK(fitting[0], algorithm)
        except (jwt.PyJWTError, ValueError):
            return None

    def _fetch(self, now: float) -> None:
        try:
            found = json.loads(self._read())["keys"]
            self._keys = [key for key in found if isinstance(key, dict)]
            self._fetched = now
        except (OSError, ValueError, KeyError, TypeError) as error:
            _logger.warning(
                event("no keys of issuer", issuer=self._issuer.issuer, error=f"{type(error).__name__}: {error}")
            )

    def _read(self) -> bytes:
        place = self._issuer.jwks
        if place and "://" not in place:
            return Path(place).read_bytes()
        if not place:
            known = json.loads(_get(self._issuer.issuer.rstrip("/") + _DISCOVERY))
            if known["issuer"] != self._issuer.issuer:
                raise ValueError("its configuration is another issuer's")
            place = str(known["jwks_uri"])
        return _get(place)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Stays where it was sent: the settings say where keys are."""

    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect())


def _get(address: str) -> bytes:
    check_address(address)
    with _opener.open(address, timeout=_TIMEOUT) as answer:
        body: bytes = answer.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise ValueError("it is larger than keys are")
    return body
