"""The head of a request over HTTP/2 as a scope of ASGI, and what is said to a head that cannot be one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httptools

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import Scope

Headers = list[tuple[bytes, bytes]]

#: What each field counts beyond its name and value (RFC 9113 6.5.2).
_FIELD_OVERHEAD: Final = 32

#: Bytes of a head that are not the target, at the most, where the target is to blame for its length.
_OTHER_FIELDS: Final = 1 << 13


@dataclass(frozen=True, slots=True)
class Refusal:
    """A head that is no request: status, and a sentence."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Place:
    """What all requests of one connection have in common.

    Attributes:
        server, client: addresses and ports.
        scheme: http or https, as the connection is.
        state: what the application has said when it started.
        tls: of the connection, None where it is not secured.
    """

    server: tuple[str, int | None] | None
    client: tuple[str, int] | None
    scheme: str
    state: dict[str, Any]
    tls: dict[str, Any] | None


def scope_of(fields: Iterable[tuple[bytes, bytes]], place: Place, head_bytes: int) -> Scope | Refusal:
    """Return the scope of a request.

    Args:
        fields: header fields, `:method` and such among them, checked by the protocol's library.
        place: of the connection.
        head_bytes: longest head.
    """
    pseudo: dict[bytes, bytes] = {}
    headers: Headers = []
    size = 0
    for name, value in fields:
        size += len(name) + len(value) + _FIELD_OVERHEAD
        if name.startswith(b":"):
            pseudo[name] = value
        else:
            headers.append((bytes(name), bytes(value)))
    target = pseudo.get(b":path", b"")
    if size > head_bytes:
        if len(target) > max(head_bytes - _OTHER_FIELDS, _OTHER_FIELDS):
            return Refusal(414, "The request target is too long.")
        return Refusal(431, "The head of the request is too long.")
    authority = pseudo.get(b":authority")
    if authority is not None:
        headers = [(b"host", bytes(authority)), *(field for field in headers if field[0] != b"host")]
    return _scope(pseudo.get(b":method", b""), bytes(target), headers, place)


def _scope(method: bytes, target: bytes, headers: Headers, place: Place) -> Scope | Refusal:
    try:
        if not target.startswith(b"/") and not (target == b"*" and method == b"OPTIONS"):
            raise ValueError  # noqa: TRY301 -- all that cannot be one is told the same
        parsed = httptools.parse_url(target)
        path = (parsed.path or b"/").decode("ascii")
        name = method.decode("ascii")
    except (httptools.HttpParserInvalidURLError, ValueError):
        return Refusal(400, "The request has no target that can be read.")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "2",
        "server": place.server,
        "client": place.client,
        "scheme": place.scheme,
        "root_path": "",
        "method": name,
        "path": unquote(path) if "%" in path else path,
        "raw_path": parsed.path or b"/",
        "query_string": parsed.query or b"",
        "headers": headers,
        "state": place.state.copy(),
    }
    if place.tls is not None:
        scope["extensions"] = {"tls": place.tls}
    return scope
