"""The methods of the service: GET, and what HTTP wants beside it (REQ-URI-6.2-1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Send

#: As `Allow` lists them.
METHODS = "GET, HEAD, OPTIONS"


async def answer_options(send: Send) -> None:
    """Answer OPTIONS: 204 and the methods that there are."""
    await send({"type": "http.response.start", "status": 204, "headers": [(b"allow", METHODS.encode())]})
    await send({"type": "http.response.body", "body": b""})
