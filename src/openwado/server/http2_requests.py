"""The requests of one HTTP/2 connection: what the client's frames make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from h2 import events
from h2.errors import ErrorCodes
from h2.exceptions import ProtocolError, StreamClosedError

from openwado.server.early_refusal import fields_of
from openwado.server.http2_bounds import SMALL_DATA, Bounds
from openwado.server.http2_frames import MOST_STREAMS, Http2Frames
from openwado.server.http2_request import Refusal, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Scope

    from openwado.server.http2_request import Place
    from openwado.server.http2_stream import Http2Stream

#: Largest table of header fields kept for a client, bytes, even if it would have a larger one.
_TABLE_BYTES: Final = 4096

#: Events of frames that move nothing on.
_IDLE: Final = (
    events.PingReceived,
    events.PriorityUpdated,
    events.RemoteSettingsChanged,
    events.SettingsAcknowledged,
    events.UnknownFrameReceived,
    events.WindowUpdated,
)


class Http2Requests:
    """Those of one connection.

    Args:
        frames: the library's side of it.
        place: what they have in common.
        head_bytes: longest head.
        start: has a request answered.

    Attributes:
        bounds: on what the client may send.
        is_closed: whether no more are taken.
        farewell: what the client has said at last, if it has.
        passed_on: the request that was left to another process, if one was.
    """

    #: Whether this process gives way to another one: the next request that comes alone is left to that, which clients
    #: ask by themselves (RFC 9113 6.8). Then they have read all that came before.
    gives_way = False

    def __init__(
        self, frames: Http2Frames, place: Place, head_bytes: int, start: Callable[[int, Scope], Http2Stream]
    ) -> None:
        self.bounds = Bounds()
        self.is_closed = False
        self.farewell: events.ConnectionTerminated | None = None
        self.passed_on: int | None = None
        self._frames = frames
        self._place = place
        self._head_bytes = head_bytes
        self._start = start
        self._streams: dict[int, Http2Stream] = {}
        self._running = 0

    def __len__(self) -> int:
        """Return how many there are that somebody waits for."""
        return len(self._streams)

    def vanish(self) -> None:
        """Tell all requests that nobody waits for them."""
        for stream in self._streams.values():
            stream.vanish()
        self._streams.clear()

    def sent(self, number: int) -> None:
        """Note that a frame of data was sent; the others come first when there is a window for all again."""
        self.bounds.sent()
        if number in self._streams:
            self._streams[number] = self._streams.pop(number)

    def finished(self, stream: Http2Stream, number: int) -> None:
        """Forget a request whose application has ended; one that was not answered to its end is reset."""
        self._running -= 1
        if self._streams.pop(number, None) is None:
            return
        if stream.unread:
            self._frames.acknowledge_received_data(stream.unread, number)
        if not (stream.is_complete and stream.has_ended):
            self._end(number, ErrorCodes.NO_ERROR if stream.is_complete else ErrorCodes.INTERNAL_ERROR)

    def dispatch(self, found: Sequence[events.Event], now: float) -> None:
        """Deal with what has come.

        Raises:
            TooMuch: the client has sent too much of something.
        """
        idle, self._frames.unheard = self._frames.unheard, 0
        for received in found:
            match received:
                case events.RequestReceived():
                    self._open(received, now)
                case events.DataReceived():
                    idle += len(received.data or b"") < SMALL_DATA and received.stream_ended is None
                    self._take_data(received)
                case events.StreamEnded():
                    if (stream := self._streams.get(received.stream_id or 0)) is not None:
                        stream.end()
                case events.StreamReset():
                    idle += received.stream_id not in self._streams  # said of each frame for one that is over
                    self._reset(received.stream_id or 0)
                    if received.remote_reset:
                        self.bounds.reset(now)
                case events.ConnectionTerminated():
                    self.farewell = received
                case _:
                    idle += isinstance(received, _IDLE)
                    self._heed(received)
        if idle:
            self.bounds.idle_frames(idle, now)

    def _open(self, request: events.RequestReceived, now: float) -> None:
        number = request.stream_id or 0
        # Also those that the client has reset count, as long as somebody works for them.
        if self.is_closed or self._running >= MOST_STREAMS:
            self._end(number, ErrorCodes.REFUSED_STREAM)
            self.bounds.reset(now)
            return
        if self.gives_way and not self._streams and number > 1:
            self.is_closed, self.passed_on = True, number
            return
        scope = scope_of(request.headers or (), self._place, self._head_bytes)
        if isinstance(scope, Refusal):
            self._refuse(number, scope)
            self.bounds.reset(now)
            return
        self._running += 1
        self._streams[number] = self._start(number, scope)

    def _refuse(self, number: int, refusal: Refusal) -> None:
        text = refusal.text.encode() + b"\n"
        fields = [(b":status", b"%d" % refusal.status), *fields_of(text)]
        try:
            self._frames.send_headers(number, fields)
            self._frames.send_data(number, text, end_stream=True)
        except ProtocolError:  # no window for even that
            self._end(number, ErrorCodes.REFUSED_STREAM)

    def _take_data(self, received: events.DataReceived) -> None:
        number, length = received.stream_id or 0, received.flow_controlled_length or 0
        stream = self._streams.get(number)
        if stream is not None and not stream.is_complete:
            stream.feed(received.data or b"", length)
        elif length:
            self._frames.acknowledge_received_data(length, number)

    def _reset(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is None:
            return
        stream.vanish()
        if stream.unread:
            self._frames.acknowledge_received_data(stream.unread, number)

    def _heed(self, received: events.Event) -> None:
        if isinstance(received, events.RemoteSettingsChanged):
            self._limit_table()
        if isinstance(received, events.WindowUpdated) and received.stream_id:
            woken = [self._streams.get(received.stream_id)]
        elif isinstance(received, events.WindowUpdated | events.RemoteSettingsChanged):
            woken = [*self._streams.values()]
        else:
            return
        for stream in woken:
            if stream is not None:
                stream.room.set()

    def _limit_table(self) -> None:
        encoder = self._frames.encoder
        is_larger = encoder.header_table_size > _TABLE_BYTES
        if is_larger:  # setting it, even to what it is, is told to the client
            encoder.header_table_size = _TABLE_BYTES

    def _end(self, number: int, code: ErrorCodes) -> None:
        try:
            self._frames.reset_stream(number, code)
        except StreamClosedError:
            return  # by the client, meanwhile
