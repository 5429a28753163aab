"""A client of HTTP/2 that does what no client should, too; and a server of nothing but the protocol."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from uvicorn.config import Config
from uvicorn.server import ServerState

from openwado.server.connection_options import ConnectionOptions
from openwado.server.http2_protocol import Http2Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import ASGIApp


def head(method: str = "GET", path: str = "/", **fields: str) -> list[tuple[str, str]]:
    """Return the head of a request."""
    pseudo = [(":method", method), (":scheme", "https"), (":authority", "localhost"), (":path", path)]
    return pseudo + [(name.replace("_", "-"), value) for name, value in fields.items()]


@dataclass
class Client:
    """One connection.

    Attributes:
        frames: the client's side of it.
        seen: all events so far.
        is_over: whether the server has closed.
        bytes_per_second: how fast it reads, at the most; 0: as fast as it can.
    """

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    frames: H2Connection
    reads_bodies: bool = True
    seen: list[events.Event] = field(default_factory=list)
    is_over: bool = False
    bytes_per_second: int = 0

    async def send(self, data: bytes = b"") -> None:
        """Send what the client's side has to send, then bytes of one's own."""
        self.writer.write(self.frames.data_to_send() + data)
        with suppress(ConnectionError):  # that it is over is told when there is nothing more to read
            await self.writer.drain()

    async def ask(self, fields: list[tuple[str, str]], *, ends: bool = True) -> int:
        """Send a head; return the number of the stream."""
        number = self.frames.get_next_available_stream_id()
        self.frames.send_headers(number, fields, end_stream=ends)
        await self.send()
        return number

    async def until(self, condition: Callable[[Client], object], seconds: float = 10.0) -> None:
        """Read until something has come, or the connection is over."""
        async with asyncio.timeout(seconds):
            while not condition(self) and not self.is_over:
                await self._read()

    async def _read(self) -> None:
        try:
            data = await self.reader.read(1 << 16)
        except ConnectionError:
            data = b""
        if not data:
            self.is_over = True
            return
        for event in self.frames.receive_data(data):
            self.seen.append(event)
            if isinstance(event, events.DataReceived) and self.reads_bodies and event.flow_controlled_length:
                self.frames.acknowledge_received_data(event.flow_controlled_length, event.stream_id or 0)
        await self.send()
        if self.bytes_per_second:
            await asyncio.sleep(len(data) / self.bytes_per_second)

    def of(self, kind: type[events.Event], number: int | None = None) -> list[events.Event]:
        """Return the events of a kind, of one stream if one is named."""
        return [event for event in self.seen if isinstance(event, kind) and _is_of(event, number)]

    def status(self, number: int) -> int:
        """Return the status of an answer, 0 where none has come."""
        for event in self.of(events.ResponseReceived, number):
            return int(dict(event.headers or ())[b":status"])  # type: ignore[attr-defined]
        return 0

    def body(self, number: int) -> bytes:
        """Return what has come of a body."""
        return b"".join(event.data for event in self.of(events.DataReceived, number))  # type: ignore[attr-defined]

    def is_answered(self, number: int) -> bool:
        """Say whether a stream has come to its end."""
        return bool(self.of(events.StreamEnded, number) or self.of(events.StreamReset, number))

    async def answer(self, fields: list[tuple[str, str]]) -> tuple[int, bytes]:
        """Ask, and return status and body."""
        number = await self.ask(fields)
        await self.until(lambda client: client.is_answered(number))
        return self.status(number), self.body(number)


def _is_of(event: events.Event, number: int | None) -> bool:
    return number is None or getattr(event, "stream_id", None) == number


@dataclass
class Http2Server:
    """A server of nothing but the protocol, and what it knows about its connections."""

    port: int
    state: ServerState

    @asynccontextmanager
    async def client(self, *, reads_bodies: bool = True) -> AsyncIterator[Client]:
        """Connect, and exchange settings."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        frames = H2Connection(H2Configuration(client_side=True, validate_outbound_headers=False))
        frames.initiate_connection()
        client = Client(reader, writer, frames, reads_bodies=reads_bodies)
        await client.send()
        await client.until(lambda client: client.of(events.SettingsAcknowledged))
        try:
            yield client
        finally:
            writer.close()


@asynccontextmanager
async def serving(
    app: ASGIApp, options: ConnectionOptions | None = None, *, keep_alive: int = 30
) -> AsyncIterator[Http2Server]:
    """Serve an application over HTTP/2 without TLS."""
    config = Config(app, lifespan="off", log_config=None, timeout_keep_alive=keep_alive)
    config.load()
    config.connections = options or ConnectionOptions()  # type: ignore[attr-defined]
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Http2Protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    try:
        yield Http2Server(server.sockets[0].getsockname()[1], state)
    finally:
        server.close()
        for connection in list(state.connections):
            connection.transport.abort() if hasattr(connection, "transport") else connection.shutdown()
        await asyncio.sleep(0.05)
