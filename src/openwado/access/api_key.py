"""API keys: 256 random bits that a program sends, of which the server knows a digest.

The digest is a plain SHA-256: nobody finds 256 random bits by trying, however fast a try is. What makes digests of
passwords slow is needed for passwords only, and would cost every request.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from openwado.access.credentials import InvalidCredentials
from openwado.settings.faults import Fault, Row, missing, refuse_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What every key starts with, so that people and scanners of secrets know it.
PREFIX: Final = "owk_"
_BYTES: Final = 32
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class ApiKey(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row of the settings.

    Attributes:
        name: who has it.
        digest: "sha256:" and 64 hexadecimal digits.
        roles: of whoever sends it.
        expires: a date or a date and time (ISO 8601; UTC where it does not say), from which on it is
            not taken; "" never.
    """

    name: str = ""
    digest: str = ""
    roles: tuple[str, ...] = ()
    expires: str = ""

    def faults(self) -> Iterator[Fault]:
        """Give what is wrong with it."""
        yield from missing(self, "name", "roles")
        if not _DIGEST.fullmatch(self.digest):
            yield Fault("digest", "it is sha256: and 64 hexadecimal digits, as `openwado key api` prints it")
        try:
            _moment(self)
        except ValueError as error:
            yield Fault("expires", str(error))


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: what its owner gets, and what the settings get."""

    text: str
    digest: str


def make_key() -> MadeKey:
    """Make a key."""
    text = PREFIX + secrets.token_urlsafe(_BYTES)
    return MadeKey(text, _digest_of(text))


def _digest_of(text: str) -> str:
    return f"sha256:{sha256(text.encode()).hexdigest()}"


class ApiKeys:
    """The keys that are taken.

    Args:
        rows: of the settings.

    Raises:
        ValueError: one of them cannot be.
    """

    def __init__(self, rows: Iterable[ApiKey]) -> None:
        given = tuple(rows)
        refuse_rows(given)
        self._rows = tuple((row, _moment(row)) for row in given)

    def __bool__(self) -> bool:
        return bool(self._rows)

    def find(self, text: str, now: float) -> ApiKey:
        """Return whose key it is; takes as long for a wrong one as for a right one.

        Args:
            text: as it was sent.
            now: seconds since 1970.

        Raises:
            InvalidCredentials: it is nobody's, or is not taken any more.
        """
        digest = _digest_of(text)
        found: tuple[ApiKey, float] | None = None
        for row in self._rows:
            if hmac.compare_digest(row[0].digest, digest):
                found = row
        if found is None:
            raise InvalidCredentials("The API key is not known.")
        if now >= found[1]:
            raise InvalidCredentials("The API key has expired.")
        return found[0]


def _moment(row: ApiKey) -> float:
    if not row.expires:
        return float("inf")
    try:
        moment = datetime.fromisoformat(row.expires)
    except ValueError:
        raise ValueError(f"it is a date such as 2027-01-31, not {row.expires!r}") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
