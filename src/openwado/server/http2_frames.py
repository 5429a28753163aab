"""The library's side of an HTTP/2 connection (h2), with what is to be taken here set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import FrameTooLargeError
from h2.settings import SettingCodes, Settings
from hpack import Encoder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from h2.events import Event
    from hpack import HeaderTuple
    from hyperframe.frame import Frame

#: Requests of one connection at the same time.
MOST_STREAMS: Final = 100

#: Bytes of bodies that may come without having been read: of one request, and of all together.
STREAM_WINDOW, CONNECTION_WINDOW = 1 << 18, 1 << 20

#: Bytes of a frame that say how long it is.
_LENGTH_BYTES: Final = 3


class PlainEncoder(Encoder):
    """Writes header fields as they are: shorter by a quarter (Huffman), they would cost twice as much."""

    def encode(  # type: ignore[override] # it is called with fields only
        self, headers: Iterable[HeaderTuple | tuple[bytes, bytes]]
    ) -> bytes:
        """Write fields."""
        return super().encode(headers, huffman=False)


class Http2Frames(H2Connection):
    """The library's connection, which remembers fewer of the streams that are over.

    The library gathers a frame of any length before it says that it is too long; here its first bytes are enough.

    Attributes:
        unheard: frames that came to nothing, such as those for streams that are over; whoever looks sets it to 0.
    """

    MAX_CLOSED_STREAMS = 2048

    unheard = 0

    def receive_data(self, data: bytes) -> list[Event]:  # type: ignore[override] # nothing else is given to it
        """Read frames."""
        found = super().receive_data(data)
        begun = self.incoming_buffer._data[:_LENGTH_BYTES]  # noqa: SLF001 -- no other way
        if len(begun) == _LENGTH_BYTES and int.from_bytes(begun) > self.max_inbound_frame_size:
            self.close_connection(ErrorCodes.FRAME_SIZE_ERROR)
            raise FrameTooLargeError("the frame that has begun is too long")
        return found

    def _receive_frame(self, frame: Frame) -> list[Event]:
        found: list[Event] = super()._receive_frame(frame)
        self.unheard += not found
        return found


def frames_of(head_bytes: int) -> Http2Frames:
    """Return this side of a connection; what it has to say at first waits to be sent.

    Args:
        head_bytes: longest head that is answered; beyond it there is an answer that says so, up to twice as much.
    """
    frames = Http2Frames(
        H2Configuration(
            client_side=False, header_encoding=None, validate_outbound_headers=False, normalize_outbound_headers=False
        )
    )
    frames.local_settings = Settings(
        client=False,
        initial_values={
            SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW,
            SettingCodes.MAX_HEADER_LIST_SIZE: 2 * head_bytes,
            SettingCodes.ENABLE_PUSH: 0,
        },
    )
    frames.encoder = PlainEncoder()
    frames.decoder.max_header_list_size = 2 * head_bytes
    frames.initiate_connection()
    frames.increment_flow_control_window(CONNECTION_WINDOW - frames.inbound_flow_control_window)
    return frames
