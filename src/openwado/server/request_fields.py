"""The header fields of a request that a WADO answer depends on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class RequestFields(NamedTuple):
    """Field values, several fields of one name joined by commas; None where absent."""

    accept: str | None = None
    accept_charset: str | None = None
    accept_language: str | None = None
    if_none_match: str | None = None
    if_range: str | None = None
    range: str | None = None


_NAMES = {name.replace("_", "-").encode(): name for name in RequestFields._fields}


def request_fields(headers: Iterable[tuple[bytes, bytes]]) -> RequestFields:
    """Pick the fields out of an ASGI request's headers, whose names are in small letters."""
    found: dict[str, str] = {}
    for name, value in headers:
        attribute = _NAMES.get(name)
        if attribute is not None:
            text = value.decode("latin-1")
            found[attribute] = f"{found[attribute]}, {text}" if attribute in found else text
    return RequestFields(**found)
