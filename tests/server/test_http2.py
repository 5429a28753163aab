"""HTTP/2 on one connection: answers, flow control, and bounds (RFC 9113)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from h2 import events
from h2.errors import ErrorCodes
from h2.settings import SettingCodes
from hyperframe.frame import (
    ContinuationFrame,
    DataFrame,
    HeadersFrame,
    PingFrame,
    PriorityFrame,
    RstStreamFrame,
    SettingsFrame,
)

from http2_client import Client, Http2Server, head, serving
from openwado.server.connection_options import ConnectionOptions
from openwado.server.http2_frames import MOST_STREAMS
from openwado.server.taking_time import time_to_take

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

BIG = bytes(range(256)) * 4096 * 3  # 3 MiB


class Doors:
    """An application, and what it has seen.

    Attributes:
        running: requests under way, and the most there ever were.
        gone: requests whose client went away.
        taken: bytes of bodies.
    """

    def __init__(self) -> None:
        self.running = self.most = self.gone = self.taken = 0
        self.scopes: list[Scope] = []
        self.release = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by path."""
        self.scopes.append(scope)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await getattr(self, scope["path"].strip("/") or "root")(receive, send)
        finally:
            self.running -= 1

    async def root(self, receive: Receive, send: Send) -> None:
        """Answer at once."""
        del receive
        await _reply(send, b"hello")

    async def big(self, receive: Receive, send: Send) -> None:
        """Send 3 MiB in pieces of one."""
        del receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(BIG))]})
        for start in range(0, len(BIG), 1 << 20):
            piece = BIG[start : start + (1 << 20)]
            await send({"type": "http.response.body", "body": piece, "more_body": start + len(piece) < len(BIG)})

    async def endless(self, receive: Receive, send: Send) -> None:
        """Send for as long as somebody takes it."""
        del receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": BIG, "more_body": True})

    async def wait(self, receive: Receive, send: Send) -> None:
        """Answer when told to, or note that the client has gone."""
        await receive()
        told, gone = asyncio.create_task(self.release.wait()), asyncio.ensure_future(receive())
        await asyncio.wait({told, gone}, return_when=asyncio.FIRST_COMPLETED)
        if gone.done():
            self.gone += gone.result()["type"] == "http.disconnect"
        for task in (told, gone):
            task.cancel()
        await _reply(send, b"at last")

    async def stubborn(self, receive: Receive, send: Send) -> None:
        """Work on, whoever has gone."""
        del receive
        await self.release.wait()
        await _reply(send, b"done")

    async def count(self, receive: Receive, send: Send) -> None:
        """Read a body to its end, and say how long it was."""
        await _reply(send, b"%d" % await self._read(receive))

    async def unread(self, receive: Receive, send: Send) -> None:
        """Answer without a look at the body, when told to."""
        del receive
        await self.release.wait()
        await _reply(send, b"unread")

    async def broken(self, receive: Receive, send: Send) -> None:
        """Send less than was said."""
        del receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})

    async def failing(self, receive: Receive, send: Send) -> None:
        """Fail before anything was said."""
        del receive, send
        raise ValueError

    async def _read(self, receive: Receive) -> int:
        length, is_more = 0, True
        while is_more:
            message = await receive()
            length += len(message.get("body", b""))
            is_more = message.get("more_body", False)
        self.taken += length
        return length


async def _reply(send: Send, body: bytes) -> None:
    fields = [(b"Content-Length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": body})


def run(
    check: Callable[[Doors, Http2Server], Awaitable[None]],
    options: ConnectionOptions | None = None,
    *,
    keep_alive: int = 30,
) -> None:
    """Run a check with a server."""

    async def all_of_it() -> None:
        doors = Doors()
        async with serving(doors, options, keep_alive=keep_alive) as server:
            await check(doors, server)

    asyncio.run(asyncio.wait_for(all_of_it(), 60))


def test_requests_and_answers_are_those_of_http() -> None:
    """Head, body, HEAD and errors arrive as over HTTP/1.1; fields of connections do not (8.2.2)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            assert await client.answer(head(path="/?a=%20b", accept="image/png")) == (200, b"hello")
            scope = doors.scopes[0]
            assert (scope["http_version"], scope["path"], scope["query_string"]) == ("2", "/", b"a=%20b")
            assert scope["headers"] == [(b"host", b"localhost"), (b"accept", b"image/png")]
            assert await client.answer(head("HEAD")) == (200, b"")
            fields = dict(client.of(events.ResponseReceived, 3)[0].headers)  # type: ignore[attr-defined]
            assert fields[b"content-length"] == b"5"
            assert b"connection" not in fields
            assert await client.answer(head(path="/failing")) == (500, b"Internal Server Error")
            assert await client.answer(head(path="nowhere")) == (
                400,
                b"The request has no target that can be read.\n",
            )

    run(check)


def test_half_an_answer_ends_in_a_reset() -> None:
    """What cannot be sent to its end is never taken for the whole."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            number = await client.ask(head(path="/broken"))
            await client.until(lambda client: client.is_answered(number))
            assert client.of(events.StreamReset, number)
            assert not client.of(events.StreamEnded, number)
            assert (await client.answer(head()))[0] == 200

    run(check)


def test_large_answers_side_by_side() -> None:
    """Several large bodies at once come whole, and a small one is not held up by them."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            large = [await client.ask(head(path="/big")) for _ in range(4)]
            small = await client.ask(head())
            await client.until(lambda client: client.is_answered(small))
            assert not any(client.is_answered(number) for number in large)
            await client.until(lambda client: all(client.is_answered(number) for number in large))
            assert all(client.body(number) == BIG for number in large)

    run(check)


def test_nothing_is_sent_beyond_the_windows() -> None:
    """A client that opens no window gets what its windows hold, and its stream is given up in the end (5.2)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client(reads_bodies=False) as client:
            number = await client.ask(head(path="/big"))
            await client.until(lambda client: client.is_answered(number))
            assert len(client.body(number)) == 65535
            assert client.of(events.StreamReset, number)
            await asyncio.sleep(0.05)
            assert doors.running == 0
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
            client.frames.increment_flow_control_window(1 << 20)
            number = await client.ask(head())
            await client.until(lambda client: client.is_answered(number))
            assert client.of(events.StreamReset, number)

    run(check, ConnectionOptions(stall_seconds=0.3))


def test_a_body_that_nobody_reads_is_held_within_its_window() -> None:
    """What comes is bounded by the window until it is read; another request's body still gets through (5.2)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            unread = await client.ask(head("POST", "/unread"), ends=False)
            await _send_all(client, unread, 1 << 18)
            assert client.frames.local_flow_control_window(unread) == 0
            counted = await client.ask(head("POST", "/count"), ends=False)
            for _ in range(8):
                await _send_all(client, counted, 1 << 18)
            client.frames.end_stream(counted)
            await client.send()
            await client.until(lambda client: client.is_answered(counted))
            assert client.body(counted) == b"%d" % (8 << 18)
            doors.release.set()
            await client.until(lambda client: client.is_answered(unread))
            assert client.body(unread) == b"unread"
            # Answered though it was not sent to its end: the client is told to stop, without blame (8.1).
            await client.until(lambda client: client.of(events.StreamReset, unread))
            assert client.of(events.StreamReset, unread)[0].error_code == ErrorCodes.NO_ERROR  # type: ignore[attr-defined]

    run(check)


async def _send_all(client: Client, number: int, length: int) -> None:
    while length:
        room = min(client.frames.local_flow_control_window(number), 16384, length)
        if room:
            client.frames.send_data(number, bytes(room))
            length -= room
            await client.send()
        else:
            seen = len(client.of(events.WindowUpdated))
            await client.until(lambda client, seen=seen: len(client.of(events.WindowUpdated)) > seen)  # type: ignore[misc]


def test_continue_is_said_when_the_body_is_wanted() -> None:
    """`Expect: 100-continue` is answered when the application begins to read (RFC 9110 10.1.1)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            number = await client.ask(head("POST", "/count", expect="100-continue"), ends=False)
            await client.until(lambda client: client.of(events.InformationalResponseReceived, number))
            client.frames.send_data(number, b"abc", end_stream=True)
            await client.send()
            await client.until(lambda client: client.is_answered(number))
            assert client.body(number) == b"3"

    run(check)


def test_a_reset_is_heard_by_the_application() -> None:
    """A request that the client gives up is given up here too, and the connection goes on."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            number = await client.ask(head(path="/wait"))
            await asyncio.sleep(0.05)
            client.frames.reset_stream(number, ErrorCodes.CANCEL)
            await client.send()
            assert (await client.answer(head()))[0] == 200
            await asyncio.sleep(0.05)
            assert (doors.gone, doors.running) == (1, 0)

    run(check)


def test_streams_opened_and_reset_do_not_add_up() -> None:
    """Requests that were reset count as long as somebody works for them; a client that goes on is sent away.

    CVE-2023-44487.
    """

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            for _ in range(400):
                number = client.frames.get_next_available_stream_id()
                client.frames.send_headers(number, head(path="/stubborn"), end_stream=True)
                client.frames.reset_stream(number, ErrorCodes.CANCEL)
            await client.send()
            await client.until(lambda client: client.is_over)
            assert _farewell(client) == ErrorCodes.ENHANCE_YOUR_CALM
            assert doors.most <= MOST_STREAMS
        doors.release.set()

    run(check)


def test_requests_that_are_none_do_not_go_on_for_ever() -> None:
    """A client that sends nothing but heads that cannot be answered is sent away as well (10.5)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            asked = 0
            while asked < 400 and not client.of(events.ConnectionTerminated):
                number, asked = await client.ask(head(path="nowhere")), asked + 1
                await client.until(lambda client, number=number: _is_told(client, number))  # type: ignore[misc]
            assert asked < 400
            await client.until(lambda client: client.is_over)
            assert _farewell(client) == ErrorCodes.ENHANCE_YOUR_CALM
        assert not doors.scopes

    run(check)


def _is_told(client: Client, number: int) -> bool:
    return client.is_answered(number) or bool(client.of(events.ConnectionTerminated))


def _farewell(client: Client) -> int:
    return int(client.of(events.ConnectionTerminated)[0].error_code)  # type: ignore[attr-defined]


def _settings(count: int) -> bytes:
    return SettingsFrame(0, settings={SettingCodes.MAX_FRAME_SIZE: 16384}).serialize() * count


def _empty_data(count: int) -> bytes:
    return DataFrame(1, b"").serialize() * count


def _priorities(count: int) -> bytes:
    return PriorityFrame(1, depends_on=0, stream_weight=3).serialize() * count


FLOODS: dict[str, Callable[[int], bytes]] = {
    "pings": lambda count: PingFrame(0, b"12345678").serialize() * count,
    "settings": _settings,
    "empty data": _empty_data,
    "priorities": _priorities,
    "windows": lambda count: b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x01" * count,
    "unknown frames": lambda count: b"\x00\x00\x00\x77\x00\x00\x00\x00\x00" * count,
}


@pytest.mark.parametrize("flood", FLOODS)
def test_frames_that_ask_for_nothing_are_bounded(flood: str) -> None:
    """Pings, settings, empty frames and such are answered up to a bound, then the client is sent away (10.5)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            await client.ask(head("POST", "/count"), ends=False)
            await client.send(FLOODS[flood](200))
            assert (await client.answer(head()))[0] == 200
            await client.send(FLOODS[flood](3000))
            await client.until(lambda client: client.is_over)
            assert _farewell(client) == ErrorCodes.ENHANCE_YOUR_CALM

    run(check)


RESET = RstStreamFrame(1, error_code=8)

OVER: dict[str, bytes] = {
    "resets": RESET.serialize(),
    "windows": b"\x00\x00\x04\x08\x00\x00\x00\x00\x01\x00\x00\x00\x01",
    "empty data": DataFrame(1, b"").serialize(),
    "alternative services": b"\x00\x00\x04\x0a\x00\x00\x00\x00\x01\x00\x00ab",
}


@pytest.mark.parametrize("flood", OVER)
def test_frames_for_a_stream_that_is_over_are_bounded(flood: str) -> None:
    """What comes to nothing counts as well: the library tells of none of it (RFC 9113 10.5)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            await client.ask(head("POST", "/count"), ends=False)
            await client.send(RESET.serialize() + OVER[flood] * 200)
            assert (await client.answer(head()))[0] == 200
            await client.send(OVER[flood] * 3000)
            await client.until(lambda client: client.is_over)
            assert _farewell(client) == ErrorCodes.ENHANCE_YOUR_CALM

    run(check)


@pytest.mark.parametrize("opened", [1, 4096])
def test_a_client_that_takes_a_byte_at_a_time_is_given_up(opened: int) -> None:
    """A window of a byte now and then, or of some, does not prolong the time in which a MiB has to be taken."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client(reads_bodies=False) as client:
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1})
            number = await client.ask(head(path="/big"))
            for _ in range(30):
                try:
                    await client.until(lambda client: client.of(events.StreamReset), 0.1)
                except TimeoutError:
                    pass
                else:
                    return
                client.frames.increment_flow_control_window(opened, number)
                await client.send()
            raise AssertionError("it is still sent to")

    run(check, ConnectionOptions(stall_seconds=0.5))


@pytest.mark.parametrize(
    ("of_one", "of_all"),
    [(65535, 65535), (1 << 30, 1 << 30), (1 << 16, 1 << 30)],
    ids=["the connection's window is short", "the network is", "the windows of the answers are"],
)
def test_a_slow_client_gets_many_answers(of_one: int, of_all: int) -> None:
    """An answer is not broken off because the client takes others: only a part of what it takes falls to each."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            client.bytes_per_second = 10 << 20
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: of_one})
            if of_all > client.frames.inbound_flow_control_window:
                client.frames.increment_flow_control_window(of_all - client.frames.inbound_flow_control_window)
            numbers = [await client.ask(head(path="/big")) for _ in range(8)]
            await client.until(lambda client: all(client.is_answered(number) for number in numbers), 30)
            assert not client.of(events.StreamReset)
            assert all(client.body(number) == BIG for number in numbers)

    run(check, ConnectionOptions(stall_seconds=0.5))


@pytest.mark.parametrize("opened", [1, 8192])
def test_a_client_that_takes_a_byte_of_each_in_turn_is_given_up(opened: int) -> None:
    """Many answers that get a byte of a window now and then, or some, are not better off than one."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client(reads_bodies=False) as client:
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1})
            numbers = [await client.ask(head(path="/big")) for _ in range(5)]
            for turn in range(60):
                with suppress(TimeoutError):
                    await client.until(lambda client: len(client.of(events.StreamReset)) == len(numbers), 0.05)
                if len(client.of(events.StreamReset)) == len(numbers):
                    break
                number = numbers[turn % len(numbers)]
                if not client.is_answered(number):
                    client.frames.increment_flow_control_window(opened, number)
                await client.send()
            assert len(client.of(events.StreamReset)) == len(numbers)
            await asyncio.sleep(0.05)
            assert doors.running == 0

    run(check, ConnectionOptions(stall_seconds=0.5))


@pytest.mark.parametrize("opened", [0, 1])
def test_answers_that_are_not_taken_do_not_live_on_one_that_is(opened: int) -> None:
    """A client that takes one answer at full speed still loses those whose windows it keeps shut, or all but shut."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client(reads_bodies=False) as client:
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 0})
            held = [await client.ask(head(path="/big")) for _ in range(5)]
            taken = await client.ask(head(path="/endless"))
            client.frames.increment_flow_control_window(1 << 30, taken)
            client.frames.increment_flow_control_window(1 << 30)
            client.bytes_per_second = 32 << 20
            loop = asyncio.get_running_loop()
            began = loop.time()
            while len(client.of(events.StreamReset)) < len(held) and loop.time() < began + 8:
                with suppress(TimeoutError):
                    await client.until(lambda client: len(client.of(events.StreamReset)) == len(held), 0.1)
                for number in held:
                    if opened and not client.is_answered(number):
                        client.frames.increment_flow_control_window(opened, number)
                await client.send()
            assert all(client.of(events.StreamReset, number) for number in held)
            assert not client.is_answered(taken)

    run(check, ConnectionOptions(stall_seconds=0.5))


def test_who_sends_an_answer_hears_that_it_was_broken_off() -> None:
    """What sends pieces leaves their time to the connection, and is told when it was over."""
    heard: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            async with time_to_take(scope, 0.01):
                await send({"type": "http.response.body", "body": BIG})
        except TimeoutError:
            heard.append("broken off")
        else:
            heard.append("sent")

    async def all_of_it() -> None:
        async with serving(app, ConnectionOptions(stall_seconds=0.5)) as server:
            async with server.client() as client:
                client.bytes_per_second = 16 << 20
                assert (await client.answer(head()))[1] == BIG
            async with server.client(reads_bodies=False) as client:
                number = await client.ask(head())
                await client.until(lambda client: client.is_answered(number))
                assert client.of(events.StreamReset, number)

    asyncio.run(asyncio.wait_for(all_of_it(), 60))
    assert heard == ["sent", "broken off"]


def test_a_head_without_end_is_bounded() -> None:
    """A head in ever more frames, one that unfolds, and one that is too long end soon (10.5.1)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            begin = HeadersFrame(1, b"", flags=["END_STREAM"]).serialize()
            await client.send(begin + ContinuationFrame(1, b"\x00" * 16384).serialize() * 100)
            await client.until(lambda client: client.is_over)
            assert client.is_over
        async with server.client() as client:  # one field of 4 KiB, named again and again by an index of one byte
            fields = [*head(), ("x", "y" * 3900)]
            number = client.frames.get_next_available_stream_id()
            block = client.frames.encoder.encode(fields)
            bomb = block + b"\xbe" * 16000
            frame = HeadersFrame(number, bomb, flags=["END_HEADERS", "END_STREAM"])
            await client.send(frame.serialize())
            await client.until(lambda client: client.is_over)
            assert _farewell(client)
        async with server.client() as client:
            assert (await client.answer([*head(), *(("x", "y" * 1000) for _ in range(70))]))[0] == 431
            assert (await client.answer(head(path="/" + "y" * 70_000)))[0] == 414
            assert (await client.answer(head()))[0] == 200
        assert len(doors.scopes) == 1

    run(check)


def test_what_a_client_does_not_take_is_not_made() -> None:
    """A client that reads nothing from its connection gets no answers to its pings kept for it, and is closed."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client(reads_bodies=False) as client:
            client.frames.increment_flow_control_window(1 << 30)
            client.frames.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: 1 << 30})
            for _ in range(20):
                await client.ask(head(path="/big"))
            await asyncio.sleep(0.7)  # longer than the stall time: the streams are given up
            await client.until(lambda client: client.is_over or len(client.of(events.StreamReset)) == 20)
            assert sum(len(client.body(number)) for number in range(1, 40, 2)) < 20 * len(BIG)

    run(check, ConnectionOptions(stall_seconds=0.3))


def test_more_streams_than_allowed_are_refused() -> None:
    """The hundred-and-first request of a connection at the same time is no request any more (5.1.2)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            client.frames.remote_settings.max_concurrent_streams = 1 << 20
            client.frames.remote_settings.acknowledge()
            for _ in range(MOST_STREAMS):
                await client.ask(head(path="/wait"))
            await asyncio.sleep(0.3)
            assert (doors.most, client.is_over) == (MOST_STREAMS, False)
            await client.ask(head(path="/wait"))
            await client.until(lambda client: client.is_over)
            assert doors.most <= MOST_STREAMS
            doors.release.set()

    run(check)


def test_an_idle_connection_is_closed_and_pings_do_not_keep_it() -> None:
    """A connection without requests is closed after its time, with a word (9.1)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            assert (await client.answer(head()))[0] == 200
            for _ in range(4):
                client.frames.ping(b"12345678")
                await client.send()
                await asyncio.sleep(0.2)
            await client.until(lambda client: client.is_over)
            assert _farewell(client) == ErrorCodes.NO_ERROR

    run(check, keep_alive=1)


def test_a_client_that_never_asks_is_closed() -> None:
    """A new connection has the time of a head for its first request."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            await client.until(lambda client: client.is_over, 2)
            assert client.is_over
        assert not doors.scopes

    run(check, ConnectionOptions(head_seconds=0.2))


def test_at_the_end_running_requests_are_answered() -> None:
    """GOAWAY names the last request that is answered; it is, and a later one is refused (6.8)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            number = await client.ask(head(path="/wait"))
            await asyncio.sleep(0.05)
            for connection in list(server.state.connections):
                connection.shutdown()
            await client.until(lambda client: client.of(events.ConnectionTerminated))
            assert client.of(events.ConnectionTerminated)[0].last_stream_id == number  # type: ignore[attr-defined]
            doors.release.set()
            data = b""
            while piece := await client.reader.read(1 << 16):
                data += piece
            assert b"at last" in data
        assert not server.state.connections

    run(check)


def test_a_client_that_says_goodbye_still_gets_its_answers() -> None:
    """After the client's GOAWAY, what it has asked for is sent (6.8)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            number = await client.ask(head(path="/wait"))
            await client.send(b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + b"\x00" * 8)
            await asyncio.sleep(0.1)
            doors.release.set()
            await client.until(lambda client: client.is_over)
            assert (client.status(number), client.body(number)) == (200, b"at last")

    run(check)


@pytest.mark.parametrize(
    "junk",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff" * 5000,
        b"\x00\x00\x05\x01\x25\x00\x00\x00\x01\xff\xff\xff\xff\xff",
        b"\x00\x00\x00\x09\x04\x00\x00\x00\x01",
        b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00",
        b"\x00\x40\x00\x00\x00\x00\x00\x00\x01" + b"x" * 16384,
        b"\x00\x00\x01\x01\x05\x00\x00\x00\x02\x82",
    ],
)
def test_what_is_no_http2_ends_the_connection(junk: bytes) -> None:
    """A fault of the protocol ends the connection with a word, and nothing else (5.4.1)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        async with server.client() as client:
            await client.send(junk)
            await client.until(lambda client: client.is_over)
            assert _farewell(client)
        assert not doors.scopes
        async with server.client() as client:
            assert (await client.answer(head()))[0] == 200

    run(check)


def test_a_large_table_of_a_client_is_not_filled() -> None:
    """However large a table of header fields the client would keep, little is kept for it here (RFC 7541 4.2)."""

    async def check(doors: Doors, server: Http2Server) -> None:
        del doors
        async with server.client() as client:
            client.frames.update_settings({SettingCodes.HEADER_TABLE_SIZE: 1 << 30})
            await client.send()
            for _ in range(50):
                assert (await client.answer(head()))[0] == 200
            connection = next(iter(server.state.connections))
            assert connection._frames.encoder.header_table.maxsize == 4096  # type: ignore[union-attr]

    run(check)
