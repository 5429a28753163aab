"""Bounds on the head of a request."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import ServerState

from openwado.server.connection_options import HEAD_SECONDS, LONGEST_HEAD, ConnectionOptions
from openwado.server.http_protocol import BoundedHttpProtocol
from openwado.server.request_body import GATHER, PIECE_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer after a while; under /gathered, once a body is read in large pieces, with their lengths."""
    await asyncio.sleep(0.4 if scope["path"] == "/slow" else 0)
    if scope["path"] == "/gathered":
        scope["extensions"][GATHER]["gather"](PIECE_BYTES)
        lengths = []
        more = True
        while more:
            message = await receive()
            more = message["more_body"]
            lengths.append(len(message["body"]))
        text = " ".join(map(str, lengths)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
        await send({"type": "http.response.body", "body": text})
        return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@asynccontextmanager
async def connection(
    options: ConnectionOptions | None = None,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to a server of nothing but the protocol."""
    config = Config(answer, http=BoundedHttpProtocol, lifespan="off", log_config=None, timeout_keep_alive=30)
    config.load()
    config.connections = options or ConnectionOptions()  # type: ignore[attr-defined] # as our own configuration has
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttpProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    try:
        yield reader, writer
    finally:
        writer.close()
        server.close()
        await asyncio.sleep(0.05)


def test_a_head_has_its_time() -> None:
    """A new connection, and each later head once begun, has so long; an idle or a waiting connection is left alone."""
    short = ConnectionOptions(head_seconds=0.2)

    async def check() -> None:
        async with connection(short) as (reader, _):
            assert await reader.read(100) == b""  # nothing was sent in time
        async with connection(short) as (reader, writer):
            began = asyncio.get_running_loop().time()
            trickle = asyncio.create_task(_trickle(writer))
            with suppress(ConnectionError):
                assert await reader.read(100) == b""  # it took too long, though something came all the time
            assert asyncio.get_running_loop().time() - began < len(REQUEST) * 0.05
            trickle.cancel()
        async with connection(short) as (reader, writer):
            writer.write(REQUEST)
            assert (await reader.read(100)).startswith(b"HTTP/1.1 204")
            await asyncio.sleep(0.4)
            writer.write(REQUEST.replace(b"/", b"/slow", 1))
            assert (await reader.read(100)).startswith(b"HTTP/1.1 204")

    asyncio.run(asyncio.wait_for(check(), 20))


async def _trickle(writer: asyncio.StreamWriter) -> None:
    for place in range(len(REQUEST)):
        writer.write(REQUEST[place : place + 1])
        await asyncio.sleep(0.05)


def test_a_long_head_is_refused_and_pipelined_ones_are_not() -> None:
    """A head beyond the bound gets 431 (RFC 6585 5); many short ones in one go are all answered."""

    async def check() -> None:
        began = asyncio.get_running_loop().time()
        async with connection() as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            with suppress(ConnectionError):  # what it has not read resets the connection, the answer with it
                for _ in range(100):
                    writer.write(b"y" * LONGEST_HEAD)
                    await writer.drain()
                assert (await reader.read(100) or b"HTTP/1.1 431").startswith(b"HTTP/1.1 431")
            assert asyncio.get_running_loop().time() - began < HEAD_SECONDS
        async with connection() as (reader, writer):
            count = LONGEST_HEAD // len(REQUEST) + 100
            writer.write(REQUEST * count)
            received = b""
            while received.count(b"HTTP/1.1 204") < count:
                received += await reader.read(1 << 20)
            assert b"HTTP/1.1 400" not in received

    asyncio.run(asyncio.wait_for(check(), 30))


def test_a_body_comes_in_large_pieces_to_who_asks_for_them_and_never_waits_long() -> None:
    """Pieces that come at once are given as one, up to about a MiB; what comes slowly is given all the same."""

    async def lengths_of(length: int, pieces: int, pause: float) -> list[int]:
        async with connection() as (reader, writer):
            writer.write(b"POST /gathered HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
            for _ in range(pieces):
                writer.write(bytes(length // pieces))
                await writer.drain()
                await asyncio.sleep(pause)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert head.startswith(b"HTTP/1.1 200")
            text = await reader.read(1000)
            return [int(word) for word in text.split()]

    fast = asyncio.run(lengths_of(3 << 20, 48, 0))
    assert sum(fast) == 3 << 20
    assert len([length for length in fast if length]) <= 12  # 64 KiB each would be 48
    assert max(fast) < 2 << 20
    slow = asyncio.run(lengths_of(400, 4, 0.1))
    assert sum(slow) == 400
    assert len([length for length in slow if length]) >= 4


def test_what_is_refused_before_it_is_a_request_says_what_browsers_may_do_with_it() -> None:
    """Headers about security are on every answer, also on those that no application has made."""

    async def check() -> None:
        async with connection() as (reader, writer):
            writer.write(b"NONSENSE\r\n\r\n")
            head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        assert head.startswith(b"HTTP/1.1 400 ")
        assert fields[b"content-security-policy"] == b"default-src 'none'; frame-ancestors 'none'"
        assert fields[b"x-content-type-options"] == b"nosniff"
        assert fields[b"referrer-policy"] == b"no-referrer"
        assert int(fields[b"content-length"]) == len(body)

    asyncio.run(check())
