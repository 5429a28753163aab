"""Encodes the pictures of a video and hands them to its file: the part that talks to libavcodec and libavformat."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from typing import TYPE_CHECKING, Final, cast

from openwado.render.video_cadence import AnyTime, AtRate
from openwado.render.video_frames import MATRIX_NUMBERS, NARROW_RANGE, PIXEL_FORMAT

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.bitstream import BitStreamFilterContext
    from av.container import OutputContainer
    from av.video import VideoStream

    from openwado.render.video_cadence import Cadence, Showing
    from openwado.render.video_codecs import VideoCodec

#: One thread: the bytes are the same each time, and no video takes all processors.
_THREADS: Final = 1
_BT_709_PRIMARIES: Final = 1
#: Longest time from one key frame to the next, in seconds.
_KEY_FRAME_SECONDS: Final = 1
#: The rate that a stream names is near its first frame's, with terms up to this.
_RATE_TERMS: Final = 1001


class VideoWriter:
    """Encodes pictures in the order they are shown; each leaves the encoder before the next one comes.

    Args:
        container: the file.
        codec: how they are encoded.
        size: rows and columns.
        first_ms: how long the first one is shown.
        quality: imageQuality, 1 … 100, None for the default.
    """

    def __init__(
        self,
        container: OutputContainer,
        codec: VideoCodec,
        size: tuple[int, int],
        first_ms: float,
        quality: int | None,
    ) -> None:
        rows, columns = size
        self._cadence: Cadence = AnyTime(codec.tick) if codec.tick else AtRate(first_ms, rows * columns)
        self._container = container
        self._stream = _stream(container, codec, size, codec.encoder_options(quality))
        context = self._stream.codec_context
        context.time_base = self._stream.time_base = self._cadence.tick
        rate = Fraction(1000 / first_ms).limit_denominator(_RATE_TERMS) if codec.tick else 1 / self._cadence.tick
        context.framerate = rate or Fraction(1, _RATE_TERMS)
        self._filter = _filter(codec)
        self._lasting: deque[int] = deque()
        self._key_due = 0

    def write(self, frame: VideoFrame, duration_ms: float) -> None:
        """Encode the next picture, as often as it is shown.

        Args:
            frame: the picture.
            duration_ms: milliseconds that it is shown.
        """
        for showing in self._cadence.showings(duration_ms):
            frame.pts, frame.time_base, frame.duration = showing.start, self._cadence.tick, showing.ticks
            frame.pict_type = self._picture_type(showing)
            self._lasting.append(showing.ticks)
            self._mux(self._stream.encode(frame))

    def finish(self) -> None:
        """Hand on what the encoder still holds."""
        self._mux(self._stream.encode(None))
        if self._filter is not None:
            self._hand_on(self._filter.filter(None))

    def _picture_type(self, showing: Showing) -> int:
        """Return I for a key frame, if the next frame would be too late for it; else 0: as the encoder likes."""
        end = showing.start + showing.ticks
        if showing.start and end <= self._key_due:
            return 0
        self._key_due = showing.start + int(_KEY_FRAME_SECONDS / self._cadence.tick)
        return 1

    def _mux(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.duration = self._lasting.popleft()
            self._hand_on([packet] if self._filter is None else self._filter.filter(packet))

    def _hand_on(self, packets: list[Packet[VideoStream]]) -> None:
        for packet in packets:
            packet.stream = self._stream
            self._container.mux(packet)


def _stream(
    container: OutputContainer, codec: VideoCodec, size: tuple[int, int], options: dict[str, str]
) -> VideoStream:
    """Add the stream to a file, with what it says about its colours."""
    stream = cast("VideoStream", container.add_stream(codec.encoder, options=options))
    stream.height, stream.width = size
    stream.pix_fmt = PIXEL_FORMAT
    context = stream.codec_context
    context.thread_count = _THREADS
    context.color_range = NARROW_RANGE
    context.colorspace = MATRIX_NUMBERS[codec.matrix]
    context.color_primaries = _BT_709_PRIMARIES
    context.color_trc = codec.transfer
    return stream


def _filter(codec: VideoCodec) -> BitStreamFilterContext | None:
    """Return what the encoded stream goes through."""
    from av.bitstream import BitStreamFilterContext  # noqa: PLC0415 -- an optional package, loaded when it is needed

    return BitStreamFilterContext(codec.stream_filter, "h264") if codec.stream_filter else None
