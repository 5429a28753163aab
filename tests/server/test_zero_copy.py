"""Parts of files that the kernel sends, on real connections to nothing but the protocol."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from openwado.server.connection_options import ConnectionOptions
from openwado.server.http_protocol import BoundedHttpProtocol
from openwado.server.options import STALL_SECONDS
from openwado.server.zero_copy import MESSAGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

SIZE = 3_000_000

OFFSET = 1000

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"

END = b"the end"


class Application:
    """Answers with a part of a file, then a few bytes; notes how each answer ended.

    Args:
        path: of the file.
        count: bytes of it that are sent.
        promised: bytes that Content-Length says.
    """

    def __init__(self, path: Path, count: int = SIZE - OFFSET, promised: int | None = None) -> None:
        self.path = path
        self.count = count
        self.promised = count + len(END) if promised is None else promised
        self.ended: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        del scope, receive
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            length = (b"content-length", b"%d" % self.promised)
            await send({"type": "http.response.start", "status": 200, "headers": [length]})
            await send({"type": MESSAGE, "file": descriptor, "offset": OFFSET, "count": self.count, "more_body": True})
            await send({"type": "http.response.body", "body": END})
        except (OSError, RuntimeError) as error:
            self.ended.put_nowait(error)
        else:
            self.ended.put_nowait(None)
        finally:
            os.close(descriptor)

    async def end(self) -> Exception | None:
        """Return how the next answer ended; long before a client's time is over."""
        async with asyncio.timeout(30):
            return await self.ended.get()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file."""
    (tmp_path / "file").write_bytes(os.urandom(SIZE))
    return tmp_path / "file"


@asynccontextmanager
async def connected(application: Application, stall_seconds: float = STALL_SECONDS) -> AsyncIterator[socket.socket]:
    """Connect to a server of nothing but the protocol, with a small buffer."""
    config = Config(application, http=BoundedHttpProtocol, lifespan="off", log_config=None)
    config.load()
    config.connections = ConnectionOptions(stall_seconds=stall_seconds)  # type: ignore[attr-defined] # as ours has
    state, loop = ServerState(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedHttpProtocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    client.settimeout(0)
    try:
        await loop.sock_connect(client, server.sockets[0].getsockname()[:2])
        yield client
    finally:
        client.close()
        server.close()
        await asyncio.sleep(0.05)


async def take(client: socket.socket, pause: float = 0.0) -> bytes:
    """Return what comes until the server closes."""
    received, loop = bytearray(), asyncio.get_running_loop()
    try:
        while piece := await loop.sock_recv(client, 16384):
            received += piece
            await asyncio.sleep(pause)
    except ConnectionResetError:
        pass
    return bytes(received)


def test_it_is_those_bytes_of_the_file(path: Path) -> None:
    """The part that was asked for arrives between the header and what follows, for requests in a row too."""
    sent = path.read_bytes()[OFFSET:]

    async def check() -> None:
        application = Application(path)
        async with connected(application) as client:
            last = REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: close")
            await asyncio.get_running_loop().sock_sendall(client, REQUEST + last)
            received = await take(client)
        expected = sent + END
        _, first, second = (part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK"))
        assert first == second == expected

    asyncio.run(check())


def test_a_client_has_its_time_for_something_not_for_all(path: Path) -> None:
    """Who takes little at a time gets all, though the kernel holds more than is taken in a client's time."""
    sent = path.read_bytes()[OFFSET:]

    async def check() -> None:
        application = Application(path)
        async with connected(application, stall_seconds=0.4) as client:
            loop = asyncio.get_running_loop()
            began = loop.time()
            await loop.sock_sendall(client, REQUEST.replace(b"Host: x", b"Host: x\r\nConnection: close"))
            received = await take(client, pause=0.01)
            assert loop.time() - began > 0.8, "the test is too fast to tell"
        assert await application.end() is None
        assert received.endswith(sent + END)

    asyncio.run(check())


def test_a_client_that_takes_nothing_is_given_up(path: Path) -> None:
    """Who takes nothing for a client's time gets no complete answer, however little is left to take."""

    async def check(count: int) -> None:
        application = Application(path, count)
        async with connected(application, stall_seconds=0.2) as client:
            await asyncio.get_running_loop().sock_sendall(client, REQUEST)
            assert isinstance(await application.end(), TimeoutError)
            assert len((await take(client)).partition(b"\r\n\r\n")[2]) < count + len(END)

    asyncio.run(check(200_000))
    path.write_bytes(bytes(40_000_000))
    asyncio.run(check(39_000_000))


@pytest.mark.parametrize("count", [200_000, 39_000_000], ids=["all of it in the kernel", "some of it in the kernel"])
def test_a_client_that_goes_is_noticed_at_once(path: Path, count: int) -> None:
    """When the client goes the file is let go of, also where the kernel has been given all of it already."""
    path.write_bytes(bytes(40_000_000))

    async def check() -> None:
        application = Application(path, count)
        async with connected(application) as client:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, REQUEST)
            assert await loop.sock_recv(client, 1000)
            await asyncio.sleep(0.2)
            client.close()
            assert isinstance(await application.end(), OSError)

    asyncio.run(check())


def test_a_file_that_became_shorter_ends_the_answer(path: Path) -> None:
    """What the file does not have any more is never made up."""
    sent = path.read_bytes()[OFFSET:]

    async def check() -> None:
        application = Application(path, SIZE)
        async with connected(application) as client:
            await asyncio.get_running_loop().sock_sendall(client, REQUEST)
            received, end = await asyncio.gather(take(client), application.end())
        assert isinstance(end, OSError)
        assert received.partition(b"\r\n\r\n")[2] == sent

    asyncio.run(check())


def test_no_more_than_was_promised_is_sent(path: Path) -> None:
    """RFC 9112 6.2: bytes beyond Content-Length would be taken for the next answer."""

    async def check() -> None:
        application = Application(path, promised=100)
        async with connected(application) as client:
            await asyncio.get_running_loop().sock_sendall(client, REQUEST)
            received, end = await asyncio.gather(take(client), application.end())
        assert isinstance(end, RuntimeError)
        assert received.partition(b"\r\n\r\n")[2] == b""

    asyncio.run(check())
