"""HTTP/2 (RFC 9113) on one connection: frames to requests, answers to frames, within bounds of memory, time and work.

The frames are the library's (h2); what is ours is how much of everything there may be. What has come of bodies is held
within the windows that are given; what goes out, within those of the client and what the kernel takes.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from h2.connection import ConnectionState
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError
from hyperframe.frame import GoAwayFrame
from uvicorn.protocols.utils import get_local_addr, get_remote_addr

from openwado.observe.log import event
from openwado.server.connection_options import options_of
from openwado.server.http2_bounds import TooMuch
from openwado.server.http2_frames import frames_of
from openwado.server.http2_patience import Patience
from openwado.server.http2_request import Place
from openwado.server.http2_requests import Http2Requests
from openwado.server.http2_stream import Http2Stream
from openwado.server.tls_details import tls_details

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Scope
    from uvicorn.config import Config
    from uvicorn.server import ServerState

#: Longest frame that is sent where the client takes such, bytes.
_LONGEST_FRAME: Final = 1 << 16

#: Frames are read in pieces of so many bytes; in between it is seen whether they are too many.
_SLICE: Final = 1 << 14

#: Time for a client to take the last frames, seconds.
_LINGER_SECONDS: Final = 1.0

_logger = logging.getLogger("openwado.server")


class Http2Protocol(asyncio.Protocol):
    """One connection.

    Args:
        config: of the HTTP process.
        server_state: what uvicorn knows about all connections.
        app_state: what the application has said when it started.

    Attributes:
        on_lost: called when the connection is lost.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.on_lost: Callable[[], None] | None = None
        self._app: ASGIApp = config.loaded_app
        self._state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._options = options_of(config)
        self._keep_alive = config.timeout_keep_alive
        self._frames = frames_of(self._options.head_bytes)
        self._writable = asyncio.Event()
        self._writable.set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closing = False
        self._moved = 0
        self._transport: asyncio.Transport
        self._requests: Http2Requests

    @property
    def default_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Fields that every answer has."""
        return self._state.default_headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn itself
        """Say what is taken here; start the clock for the first request."""
        self._transport = transport
        connections: set[Any] = self._state.connections  # what is asked of one is shutdown()
        connections.add(self)
        tls = tls_details(transport)
        scheme = "http" if tls is None else "https"
        place = Place(get_local_addr(transport), get_remote_addr(transport), scheme, self._app_state, tls)
        self._requests = Http2Requests(self._frames, place, self._options.head_bytes, self._start)
        self.flush()
        self._set_timer(self._options.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell all requests that nobody waits for them."""
        del exc
        self._is_closing = True
        self._stop_timer()
        self._state.connections.discard(self)
        self._writable.set()
        self._requests.vanish()
        if self.on_lost is not None:
            on_lost, self.on_lost = self.on_lost, None
            on_lost()

    def eof_received(self) -> None:
        """Close: a client that says no more cannot open windows either."""

    def data_received(self, data: bytes) -> None:
        """Read frames."""
        try:
            for start in range(0, len(data), _SLICE):
                if self._transport.is_closing():
                    return
                self._requests.dispatch(self._frames.receive_data(data[start : start + _SLICE]), self._loop.time())
        except TooMuch as error:
            _logger.warning(event("connection closed", protocol="HTTP/2", reason=f"too many {error}"))
            self._close(ErrorCodes.ENHANCE_YOUR_CALM)
        except ProtocolError as error:
            _logger.debug(event("connection closed", protocol="HTTP/2", reason=type(error).__name__))
            self._close(None)  # the library has said already what it was
        else:
            self.flush()
            if self._requests.passed_on is not None and not self._is_closing:
                self._say_goodbye(self._requests.passed_on - 1)
                self._stop_timer()
                self._timer = self._loop.call_later(_LINGER_SECONDS, self._end, self._options.stall_seconds)
            if self._requests.farewell is not None:
                self._leave(has_error=bool(self._requests.farewell.error_code))

    def pause_writing(self) -> None:
        """Take nothing more in as long as the client takes nothing: what it sends may have to be answered."""
        self._writable.clear()
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        self._writable.set()
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def shutdown(self) -> None:
        """Take no more requests; close when those that run are answered (GOAWAY, RFC 9113 6.8)."""
        if self._is_closing:
            return
        self._say_goodbye(self._frames.highest_inbound_stream_id)
        if not self._requests:
            self._end(self._options.stall_seconds)

    def _say_goodbye(self, last: int) -> None:
        """Take no more requests; last: number of the last stream that is or may have been dealt with."""
        self._is_closing = self._requests.is_closed = True
        # The library would let nothing more be sent after its own GOAWAY.
        farewell = GoAwayFrame(0, last_stream_id=last, error_code=0)
        self._transport.write(self._frames.data_to_send() + farewell.serialize())

    def send_head(self, number: int, fields: Sequence[tuple[bytes, bytes]], *, is_end: bool) -> None:
        """Send header fields; what follows them goes out with it, if it comes at once."""
        self._frames.send_headers(number, fields, end_stream=is_end)
        if is_end or fields[0][1] == b"100":
            self.flush()

    def add_data(self, number: int, piece: bytes, *, is_end: bool) -> None:
        """Add a piece of a body to what is sent at the next `flush`."""
        self._frames.send_data(number, piece, end_stream=is_end)
        self._moved += len(piece)
        self._requests.sent(number)

    def flush(self) -> None:
        """Give what is to be sent to the connection."""
        data = self._frames.data_to_send()
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def was_read(self, number: int, flow_length: int) -> None:
        """Let as much come as has been read."""
        if not self._transport.is_closing():
            self._frames.acknowledge_received_data(flow_length, number)
            self.flush()

    def patience(self) -> Patience:
        """Return what a new answer begins with."""
        return Patience(self._options.stall_seconds, self._moved)

    async def room_for(self, stream: Http2Stream, number: int) -> int:
        """Return how many bytes of a stream may be sent now, once it is any; the stream is gone if that takes long.

        Args:
            stream: that has something to send.
            number: of it.
        """
        while not ((room := self._room(stream, number)) or stream.gone):
            if stream.patience.is_over(self._moved):
                stream.break_off()
            else:
                with suppress(TimeoutError):
                    async with asyncio.timeout(stream.patience.left):
                        await self._wait_for_room(stream, number)
        return room

    async def _wait_for_room(self, stream: Http2Stream, number: int) -> None:
        while not (self._room(stream, number) or stream.gone):
            began, moved = self._loop.time(), self._moved
            try:
                await self._news(stream)
            finally:
                stream.patience.waited(self._loop.time() - began, self._moved - moved)

    def _room(self, stream: Http2Stream, number: int) -> int:
        if stream.gone or not self._writable.is_set():
            return 0
        return min(
            max(self._frames.local_flow_control_window(number), 0), self._frames.max_outbound_frame_size, _LONGEST_FRAME
        )

    async def _news(self, stream: Http2Stream) -> None:
        """Wait until the connection takes something again, or there may be another window."""
        if not self._writable.is_set():
            await self._writable.wait()
            return
        self.flush()
        stream.room.clear()
        await stream.room.wait()

    def finished(self, stream: Http2Stream, number: int) -> None:
        """Forget a request whose application has ended."""
        self._state.total_requests += 1
        if self._transport.is_closing():
            return
        self._requests.finished(stream, number)
        self.flush()
        if self._requests:
            return
        if self._is_closing:
            self._end(self._options.stall_seconds)
        else:
            self._set_timer(self._keep_alive)

    def _start(self, number: int, scope: Scope) -> Http2Stream:
        self._stop_timer()
        stream = Http2Stream(self, number, scope)
        task = self._loop.create_task(stream.run(self._app))
        self._state.tasks.add(task)
        task.add_done_callback(self._state.tasks.discard)
        return stream

    def _leave(self, *, has_error: bool) -> None:
        """Answer what runs, then close; at once where the client has found a fault."""
        if has_error or not self._requests:
            self._transport.close()
            return
        self._is_closing = self._requests.is_closed = True
        # The library takes the connection for closed, but the streams that are open may go on (RFC 9113 6.8).
        self._frames.state_machine.state = ConnectionState.SERVER_OPEN

    def _close(self, code: ErrorCodes | None) -> None:
        """Close, in a moment: closing while frames come in would reset the connection, and the last words with it."""
        if code is not None:
            self._frames.close_connection(code)
        self.flush()
        self._requests.vanish()
        self._end(_LINGER_SECONDS)

    def _end(self, seconds: float) -> None:
        """Close when the client has taken all, or when so many seconds are over."""
        self._is_closing = self._requests.is_closed = True
        self._stop_timer()
        if not self._transport.is_closing():
            self._transport.close()
            self._timer = self._loop.call_later(seconds, self._transport.abort)

    def _set_timer(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._loop.call_later(seconds, self.shutdown)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
