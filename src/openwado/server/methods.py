"""The methods of the service: GET, and what HTTP wants beside it (REQ-URI-6.2-1)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Send

#: As `Allow` lists them.
METHODS = "GET, HEAD, OPTIONS"

#: Where objects are sent to (PS3.18 10.5.1.1): POST is a method there too.
_STORE = re.compile(r"/studies(?:/[^/]+)?")


def methods_at(path: str) -> str:
    """Return the methods that web pages may use at a path of a server that takes objects in."""
    return f"{METHODS}, POST" if is_store(path) else METHODS


def is_store(path: str) -> bool:
    """Say whether objects are sent to a path."""
    return _STORE.fullmatch(path) is not None


async def answer_options(send: Send, methods: str = METHODS) -> None:
    """Answer OPTIONS: 204 and the methods that there are."""
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", methods.encode())]})
    await send({"type": "http.response.body", "body": b""})
