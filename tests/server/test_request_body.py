"""The body of a request has its time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from openwado.server.problems import RequestTimeout
from openwado.server.request_body import RequestBody

if TYPE_CHECKING:
    from starlette.types import Message


def test_a_byte_now_and_then_does_not_keep_a_request() -> None:
    """A client that sends something all the time, but far too slowly, gets 408 (RFC 9110 15.5.9)."""

    async def receive() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def check() -> None:
        body = RequestBody({"type": "http", "headers": []}, receive, most_bytes=1 << 20, stall_seconds=0.2)
        began = asyncio.get_running_loop().time()
        with pytest.raises(RequestTimeout):
            await body.next_piece()
        assert asyncio.get_running_loop().time() - began < 5

    asyncio.run(check())
