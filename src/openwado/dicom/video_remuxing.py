"""A video stream put into another container: the coded pictures stay as they are, with times that players need.

Streams in a container bring their times along. Elementary ones have none, and pictures are not coded in the order in
which they are shown: a decoder tells that order, the rate comes from the stream, else from the object.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from openwado.dicom.video_reading import PIXELS_MAX, SOUND, open_video, video_library
from openwado.errors import CorruptObject, NotSupported, Unavailable
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from av.container import InputContainer, OutputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream as Track

    from openwado.dicom.video_codecs import VideoCodec
    from openwado.dicom.video_stream import VideoStream

    #: When a picture is shown and when it is decoded, in units of the track.
    Times = tuple[int, int]

#: Bytes of the longest stream that is put into another container.
LONGEST_REMUXED: Final = 1 << 28
#: What a container may add to that.
_OVERHEAD: Final = 1 << 25
#: Coded pictures of the longest stream: ten hours of fifty a second.
_PICTURES_MAX: Final = 1_800_000

_DEFAULT_FRAME_TIME: Final = Fraction(1, 25)
_SHORTEST, _LONGEST = Fraction(1, 1000), Fraction(60)
_UNITS: Final = 90_000


@dataclass(frozen=True, slots=True)
class _Timing:
    """When the pictures of a stream are shown.

    Attributes:
        times: of each, in the order in which they are coded.
        unit: seconds of a unit.
        counted: whether a unit is the time that one picture is shown.
    """

    times: Sequence[Times]
    unit: Fraction
    counted: bool


class _Sink(Spool):
    """A spool that does not grow beyond a size.

    Attributes:
        problem: why it could not be written: the library turns what is raised here into an error of its own.
    """

    def __init__(self, longest: int) -> None:
        super().__init__()
        self.problem: NotSupported | Unavailable | None = None
        self._longest = longest

    def write(self, data: bytes, /) -> int:
        try:
            if self.tell() + len(data) > self._longest:
                raise _too_long()
            return super().write(data)
        except (NotSupported, Unavailable) as problem:
            self.problem = problem
            raise


def remuxed(stream: VideoStream, codec: VideoCodec, form: str, frame_time: Fraction | None = None) -> Spool:
    """Return a stream in another container.

    Args:
        stream: the stream.
        codec: that its pictures are coded in.
        form: the library's name of the container: mp4 or mpegts.
        frame_time: seconds that a picture is shown, for streams that do not say it.

    Raises:
        CorruptObject: the stream cannot be read.
        NotSupported: it is too long; or the library is not installed.
        Unavailable: there is no room for it.
    """
    if stream.length > LONGEST_REMUXED:
        raise _too_long()
    timing = _timing(stream, codec, frame_time)
    if not timing.times:
        raise CorruptObject(f"The video stream of this object holds no {codec.name} pictures.")
    sink = _Sink(stream.length + _OVERHEAD)
    try:
        with (
            open_video(stream, codec) as (container, track),
            # when it is written stays out of the file: the same object gives the same bytes
            video_library().open(sink, "w", format=form, options={"fflags": "+bitexact"}) as written,
        ):
            _copy(container, _tracks(container, track, written, codec.sample_format), written, timing)
    except CorruptObject:
        if sink.problem is not None:
            raise sink.problem from None
        raise
    return sink


def _too_long() -> NotSupported:
    return NotSupported(
        f"The video stream of this object is longer than the {LONGEST_REMUXED >> 20} MiB that are put into another "
        "container: ask for application/dicom with transferSyntax=* to have it as it is stored."
    )


def _timing(stream: VideoStream, codec: VideoCodec, frame_time: Fraction | None) -> _Timing:
    """Return the times of all pictures: those that the stream has, if they can be true."""
    with open_video(stream, codec) as (container, track):
        times = []
        rate = _said_rate(stream, track)
        for packet in container.demux(track):
            if packet.size:
                times.append((packet.pts, packet.dts))
            if len(times) > _PICTURES_MAX:
                raise _too_long()
        unit = Fraction(track.time_base or Fraction(1, _UNITS))
    sound = [(shown, decoded) for shown, decoded in times if shown is not None and decoded is not None]
    if len(sound) == len(times) and _are_sound(sound) and stream.container != "annex b":
        return _Timing(sound, unit, counted=False)
    return _Timing(_counted_times(stream, codec, len(times)), _frame_time(rate, frame_time), counted=True)


def _said_rate(stream: VideoStream, track: Track) -> Fraction | None:
    """Return the pictures a second that a stream says: an elementary one in its headers, others by their times."""
    elementary = stream.container in ("annex b", "mpeg")
    return track.codec_context.framerate if elementary else track.average_rate


def _are_sound(times: list[Times]) -> bool:
    """Say whether pictures are decoded one after the other, none after it is shown, and no two are shown at once."""
    rising = all(before < after for (_, before), (_, after) in pairwise(times))
    distinct = len({shown for shown, _ in times}) == len(times)
    return rising and distinct and all(shown >= decoded for shown, decoded in times)


def _frame_time(rate: Fraction | None, said: Fraction | None) -> Fraction:
    """Return the seconds that a picture is shown: as the stream says, else as the object does (RR-28)."""
    for seconds in (1 / Fraction(rate) if rate else None, said):
        if seconds is not None and _SHORTEST <= seconds <= _LONGEST:
            return seconds
    return _DEFAULT_FRAME_TIME


def _counted_times(stream: VideoStream, codec: VideoCodec, count: int) -> list[Times]:
    """Return times in units of one picture, by the order in which a decoder gives the pictures back."""
    order: list[int] = []
    with open_video(stream, codec) as (container, track):
        context: Any = track.codec_context
        context.thread_count = 1
        # the order alone is wanted
        context.options = {"skip_loop_filter": "all", "skip_idct": "all", "max_pixels": str(PIXELS_MAX)}
        coded = (packet for packet in container.demux(track) if packet.size)
        for number, packet in enumerate(coded):
            packet.pts = packet.dts = number
            order += [picture.pts for picture in context.decode(packet)]
        order += [picture.pts for picture in context.decode(None)]
    shown = {number: place for place, number in enumerate(order)}
    if len(shown) != count:
        raise CorruptObject(
            "The video stream of this object is damaged: not all of its pictures can be decoded.",
            detail=f"{len(shown)} of {count} pictures",
        )
    delay = max(number - place for number, place in shown.items())
    return [(shown[number] + delay, number) for number in range(count)]


def _copy(container: InputContainer, tracks: dict[int, Any], written: OutputContainer, timing: _Timing) -> None:
    """Copy pictures with these times, and sound that goes with them, both from time 0 on.

    Args:
        container: to read from.
        tracks: as `_tracks` returns them, that of the pictures first.
        written: to write to.
        timing: of the pictures.
    """
    pictures = next(iter(tracks))
    first = min(shown for shown, _ in timing.times)  # what is decoded before it is so at a time below 0
    number = 0
    for packet in container.demux(*(container.streams[index] for index in tracks)):
        if not packet.size:
            continue
        if packet.stream.index == pictures:
            shown, decoded = timing.times[number]
            packet.pts, packet.dts, packet.time_base = shown - first, decoded - first, timing.unit
            packet.duration = 1 if timing.counted else packet.duration
            number += 1
        elif not _is_shifted(packet, first * timing.unit):
            continue
        packet.stream = tracks[packet.stream.index]
        written.mux(packet)


def _tracks(container: InputContainer, track: Track, written: OutputContainer, sample_format: bytes) -> dict[int, Any]:
    """Return the tracks to write, by the number of the one that each is a copy of; that of the pictures first."""
    pictures = written.add_stream_from_template(track)
    if written.format.name == "mp4":
        pictures.codec_context.codec_tag = sample_format.decode()
    tracks: dict[int, Any] = {track.index: pictures}
    sounds: list[Any] = [sound for sound in container.streams.audio if _is_known_sound(sound)]
    for sound in sounds[:1]:
        tracks[sound.index] = written.add_stream_from_template(sound)
    return tracks


def _is_known_sound(sound: Any) -> bool:  # noqa: ANN401 -- a track that may have no codec
    return sound.codec_context is not None and sound.codec_context.name in SOUND


def _is_shifted(packet: Packet[Any], start: Fraction) -> bool:
    """Count the time of a packet of sound from the first picture on; say whether it has any, and it is not before."""
    if packet.pts is None or packet.dts is None:
        return False
    shift = round(start / packet.time_base)
    packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
    return packet.dts >= 0
