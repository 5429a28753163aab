"""Where requests end, and what connections cost: Upgrade, trailers, requests in a row, clients that read nothing."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from openwado.server.connection_options import ConnectionOptions
from openwado.server.http_protocol import BoundedHttpProtocol

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LARGE = bytes(range(256)) * (1 << 15)  # 8 MiB: more than the kernel takes for somebody who reads nothing


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, "Served"], Awaitable[None]]


class Served:
    """A server of nothing but the protocol, and what it was asked."""

    def __init__(self, keep_alive: int = 30, **options: Any) -> None:  # noqa: ANN401 -- as ConnectionOptions has them
        self.asked: list[tuple[str, str, bytes, dict[bytes, bytes]]] = []
        self.gone: list[str] = []
        self.cycles: weakref.WeakSet[Any] = weakref.WeakSet()
        self.state = ServerState()
        self.protocols: list[BoundedHttpProtocol] = []
        self.config = Config(
            self.answer,
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
            log_config=None,
            timeout_keep_alive=keep_alive,
        )
        self.config.load()
        self.config.connections = ConnectionOptions(**options)  # type: ignore[attr-defined] # as ours has

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the body that came; /large: 8 MiB; /slow: after a while, unless the client has gone."""
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.gone.append(scope["path"])
                return
            body, more = body + message["body"], message["more_body"]
        self.asked.append((scope["method"], scope["path"], body, dict(scope["headers"])))
        if scope["path"] == "/slow":
            with suppress(TimeoutError):
                async with asyncio.timeout(0.4):
                    await receive()
                self.gone.append(scope["path"])
        sent = LARGE if scope["path"] == "/large" else body
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(sent))]})
        await send({"type": "http.response.body", "body": sent})

    def make(self) -> BoundedHttpProtocol:
        """Make the protocol of a connection."""
        self.protocols.append(BoundedHttpProtocol(config=self.config, server_state=self.state, app_state={}))
        return self.protocols[-1]


def check(talk: Talk, served: Served | None = None, receive_buffer: int = 0) -> Served:
    """Let somebody talk to a server."""
    here = served or Served()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(here.make, "127.0.0.1", 0)
        mine = socket.socket()
        if receive_buffer:
            mine.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        mine.setblocking(False)  # noqa: FBT003 -- takes no keyword
        await loop.sock_connect(mine, server.sockets[0].getsockname()[:2])
        reader, writer = await asyncio.open_connection(sock=mine, limit=1 << 16)
        try:
            await talk(reader, writer, here)
        finally:
            writer.close()
            server.close()
            await asyncio.sleep(0.05)

    asyncio.run(asyncio.wait_for(run(), 30))
    return here


async def answers(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    """Return the first lines of so many answers, reading each to its end."""
    found = []
    for _ in range(count):
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length: ")]
        await reader.readexactly(int(lengths[0].split()[1]) if lengths else 0)
        found.append(head.partition(b"\r\n")[0])
    return found


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADES = {
    "length": b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED,
    "chunked": b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED),
}


@pytest.mark.parametrize("framing", UPGRADES)
@pytest.mark.parametrize("cut", [1, 40, 100, 10_000])
def test_upgrade_is_ignored_and_a_body_stays_one(framing: str, cut: int) -> None:
    """RFC 9110 7.8: the body of a request that would upgrade is its body, however it comes; the next one is next."""
    request = b"POST /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n" + UPGRADES[framing]
    whole = request + b"GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        for start in range(0, len(whole), cut):
            writer.write(whole[start : start + cut])
            await asyncio.sleep(0.001)
        assert await answers(reader, 2) == [b"HTTP/1.1 200 OK"] * 2

    asked = check(talk).asked
    assert [(method, path, body) for method, path, body, _ in asked] == [
        ("POST", "/up", SMUGGLED),
        ("GET", "/next", b""),
    ]
    assert asked[0][3][b"upgrade"] == b"h2c"


def test_upgrades_without_a_body_follow_one_another() -> None:
    """Each is answered as what it is without that wish."""
    request = b"GET /%d HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"".join(request % number for number in range(5)))
        assert await answers(reader, 5) == [b"HTTP/1.1 200 OK"] * 5

    assert [path for _, path, _, _ in check(talk).asked] == [f"/{number}" for number in range(5)]


def test_an_upgrade_with_a_broken_body_is_refused() -> None:
    """400, and nothing of it passes for a request."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(head + SMUGGLED)
        assert (await reader.read()).startswith(b"HTTP/1.1 400")

    assert check(talk).asked == []


def test_trailer_fields_are_no_header_fields() -> None:
    """RFC 9110 6.5.1: whatever stands in them, the application does not see it."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nX-User: bob\r\nTransfer-Encoding: chunked\r\n\r\n"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(
            head + b"3\r\nabc\r\n0\r\nX-Roles: physician\r\nX-User: root\r\n\r\n" + head + b"0\r\nA: b\r\n\r\n"
        )
        assert await answers(reader, 2) == [b"HTTP/1.1 200 OK"] * 2

    served = check(talk)
    assert [body for _, _, body, _ in served.asked] == [b"abc", b""]
    fields = {b"host": b"a", b"x-user": b"bob", b"transfer-encoding": b"chunked"}
    assert all(headers == fields for _, _, _, headers in served.asked)


@pytest.mark.parametrize("endless", [b"X: y\r\n", b"X: " + b"y" * 5000, b"y" * 5000])
@pytest.mark.parametrize("before", [b"0\r\n", b"1;"])
def test_what_stands_beside_a_body_is_bounded(endless: bytes, before: bytes) -> None:
    """Trailer fields without end, one without end, an extension of a chunk without end: the connection ends."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        nonlocal sent
        refused = asyncio.create_task(reader.readline())
        writer.write(head + before)
        while sent < (4 << 20) and not refused.done():
            writer.write(endless * 8)
            sent += 8 * len(endless)
            await asyncio.sleep(0.001)
        assert (await refused).startswith(b"HTTP/1.1 4")

    check(talk)
    assert sent < (4 << 20)


def test_requests_in_a_row_wait_unread() -> None:
    """Some thousand at once are answered in their order, and only a few of them are in memory as requests."""
    count, most = 3000, 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        nonlocal most
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(count)))
        for _ in range(count):
            assert await answers(reader, 1) == [b"HTTP/1.1 200 OK"]
            most = max(most, len(served.protocols[0].pipeline))

    assert [path for _, path, _, _ in check(talk).asked] == [f"/{number}" for number in range(count)]
    assert most < 200


async def is_ended(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes) -> None:
    """See that a connection ends within three seconds, although something is sent on it again and again."""
    with suppress(ConnectionError):
        for _ in range(30):
            writer.write(sent)
            await asyncio.sleep(0.1)
            if reader.at_eof():
                return
        raise AssertionError("it is still there")


@pytest.mark.parametrize("idle", [b"\r\n", b"\r\n\r\n\r\n"])
def test_an_idle_connection_ends_whatever_is_sent(idle: bytes) -> None:
    """Empty lines are no request: they do not prolong the time for which a connection is kept."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await answers(reader, 1)
        await is_ended(reader, writer, idle)

    check(talk, Served(keep_alive=1))


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_a_body_that_nobody_waits_for_has_its_time(framing: bytes) -> None:
    """After an early answer the rest of the body may come for as long as a connection is kept, and no longer."""

    class Early(Served):
        async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
            del scope, receive
            await send({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"POST / HTTP/1.1\r\nHost: a\r\n" + framing)
        await answers(reader, 1)
        await is_ended(reader, writer, b"1\r\nx\r\n" if b"chunked" in framing else b"x")

    check(talk, Early(keep_alive=1))


@pytest.mark.parametrize("connection", [b"keep-alive", b"close"])
def test_who_reads_nothing_is_gone(connection: bytes) -> None:
    """An answer that is not taken within the time of a stall ends its connection, with all that it holds."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined] # it is one that reads
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: " + connection + b"\r\n\r\n")
        for _time in range(200):
            await asyncio.sleep(0.05)
            if not served.state.connections:
                return
        raise AssertionError("it is still there")

    check(talk, Served(stall_seconds=0.5, keep_alive=1), receive_buffer=2048)


def test_who_reads_slowly_gets_all_of_it() -> None:
    """Half of it within each time that a stall may take."""
    received = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while piece := await reader.read(1 << 19):
            received.extend(piece)
            await asyncio.sleep(0.05)

    check(talk, Served(stall_seconds=1.0))
    assert received.endswith(LARGE)


def test_an_answer_under_way_has_no_refusal_in_it() -> None:
    """What cannot be read is refused after the answers to what came before, and in front of none of them."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /slow HTTP/1.1\r\nHost: a\r\n\r\n\0\0garbage\r\n\r\n")
        assert await answers(reader, 3) == [b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK", b"HTTP/1.1 400 Bad Request"]
        assert await reader.read() == b""

    check(talk)

    async def later(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _served: Served) -> None:
        writer.write(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\0\0garbage\r\n\r\n")
        await asyncio.sleep(0.2)
        assert await reader.readexactly(len(LARGE)) == LARGE
        assert head.startswith(b"HTTP/1.1 200")
        assert await answers(reader, 1) == [b"HTTP/1.1 400 Bad Request"]

    check(later)


def test_who_leaves_is_not_worked_for_any_more() -> None:
    """The request under way hears of it, those that wait are forgotten, and nothing is written to nobody."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        writer.write(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        await asyncio.sleep(0.1)
        writer.transport.abort()
        await asyncio.sleep(0.6)
        assert not served.state.tasks

    served = check(talk)
    assert [path for _, path, _, _ in served.asked] == ["/slow"]
    assert served.gone == ["/slow"]


def test_an_answered_request_holds_nothing() -> None:
    """Its memory is free when it is answered, and not when somebody collects what holds itself."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        for number in range(5):
            writer.write(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            await answers(reader, 1)
            served.cycles.add(served.protocols[0].cycle)
        await asyncio.sleep(0.05)
        gc.disable()
        try:
            assert len(served.cycles) == 1  # the last one, which the connection has
        finally:
            gc.enable()

    gc.collect()
    check(talk)
