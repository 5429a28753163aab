"""What a request says to prove who asks: the Authorization header field (RFC 9110 11.6.2)."""

from __future__ import annotations

from typing import NamedTuple

from openwado.errors import BadRequest


class InvalidCredentials(Exception):  # noqa: N818 -- a state of what came
    """They prove nothing; the message may be told to whoever sent them."""


class Credentials(NamedTuple):
    """A scheme in small letters, and what stands after it."""

    scheme: str
    value: str


def read_authorization(values: list[bytes]) -> Credentials | None:
    """Read the field; None where it is absent.

    Raises:
        BadRequest: it stands there twice, or is none.
    """
    if not values:
        return None
    if len(values) > 1:
        raise BadRequest("Authorization is given more than once: give it once.", parameter="Authorization")
    scheme, _, value = values[0].decode("latin-1").strip().partition(" ")
    if not scheme or not value.strip():
        raise BadRequest(
            "Authorization needs a scheme and credentials, such as Bearer and a token.", parameter="Authorization"
        )
    return Credentials(scheme.lower(), value.strip())
