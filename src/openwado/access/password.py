"""Passwords, for HTTP Basic (RFC 7617): kept as scrypt digests (RFC 7914), since people choose them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from openwado.access.credentials import InvalidCredentials
from openwado.settings.faults import Fault, Row, missing, refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SALT_BYTES, _DIGEST_BYTES = 16, 32
_N, _R, _P = 1 << 15, 8, 1  # 32 MiB and some 80 ms for each try
_FORM: Final = re.compile(r"scrypt:([0-9]{1,8}):([0-9]{1,2}):([0-9]{1,2}):([0-9a-f]{16,128}):([0-9a-f]{64})")
_MOST_MEMORY: Final = 256 << 20
#: The shortest password that is digested, characters.
SHORTEST: Final = 8
_LONGEST: Final = 1024


class Password(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the settings.

    Attributes:
        name: of the user.
        digest: as `openwado key password` prints it.
        roles: of the user.
    """

    name: str = ""
    digest: str = ""
    roles: tuple[str, ...] = ()

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        yield from missing(self, "name", "roles")
        if ":" in self.name:
            yield Fault("name", "it cannot have a colon")
        try:
            _read(self)
        except ValueError as error:
            yield Fault("digest", str(error))


@dataclass(frozen=True, slots=True)
class _Digest:
    n: int
    r: int
    p: int
    salt: bytes
    digest: bytes

    def is_of(self, text: str) -> bool:
        made = hashlib.scrypt(
            text.encode(), salt=self.salt, n=self.n, r=self.r, p=self.p, maxmem=_MOST_MEMORY, dklen=_DIGEST_BYTES
        )
        return hmac.compare_digest(made, self.digest)


def digest_password(text: str) -> str:
    """Return what the settings keep of a password.

    Raises:
        ValueError: it is too short.
    """
    if len(text) < SHORTEST:
        raise ValueError(f"a password has {SHORTEST} characters at least")
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.scrypt(text.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=_MOST_MEMORY, dklen=_DIGEST_BYTES)
    return f"scrypt:{_N}:{_R}:{_P}:{salt.hex()}:{digest.hex()}"


class Passwords:
    """The users that there are.

    Args:
        rows: of the settings.

    Raises:
        ValueError: one of them cannot be.
    """

    def __init__(self, rows: Iterable[Password]) -> None:
        given = tuple(rows)
        refuse_rows(given, "name")
        self._rows = {row.name: (row, _read(row)) for row in given}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def find(self, name: str, text: str) -> Password:
        """Return the user with a name and a password; takes as long where there is none. Blocks for some 80 ms.

        Raises:
            InvalidCredentials: there is no such user, or the password is another.
        """
        row, digest = self._rows.get(name) or next(iter(self._rows.values()))
        if not digest.is_of(text[:_LONGEST]) or row.name != name or len(text) > _LONGEST:
            raise InvalidCredentials("User name and password do not belong together.")
        return row


def read_basic(value: str) -> tuple[str, str]:
    """Return user name and password as HTTP Basic writes them (RFC 7617 2; UTF-8).

    Raises:
        InvalidCredentials: they are not written so.
    """
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:  # among them that it is no Base64, no ASCII, or no UTF-8
        raise InvalidCredentials("User name and password are not written as HTTP Basic writes them.") from None
    name, colon, password = text.partition(":")
    if not colon:
        raise InvalidCredentials("User name and password are not written as HTTP Basic writes them.")
    return name, password


def _read(row: Password) -> _Digest:
    found = _FORM.fullmatch(row.digest)
    if found is None:
        raise ValueError("it is what `openwado key password` prints")
    n, r, p = (int(number) for number in found.groups()[:3])
    _try(n, r, p)
    return _Digest(n, r, p, bytes.fromhex(found[4]), bytes.fromhex(found[5]))


@lru_cache(maxsize=16)
def _try(n: int, r: int, p: int) -> None:
    """See whether digests with these parameters can be computed; that takes as long as a password.

    Raises:
        ValueError: they cannot.
    """
    try:
        _Digest(n, r, p, bytes(_SALT_BYTES), b"").is_of("")
    except ValueError as error:
        raise ValueError(f"it cannot be computed: {error}") from error
