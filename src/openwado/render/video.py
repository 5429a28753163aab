"""Frames to a video file, one after the other: H.264 in MP4, MPEG-2 in a program stream (section 4; RR-28)."""

from __future__ import annotations

from contextlib import closing
from itertools import chain
from typing import TYPE_CHECKING, Final, Protocol

from openwado.errors import BadRequest, NotAcceptable, NotSupported, RenderFailed
from openwado.render.frame_sequence import in_one_shape
from openwado.render.mp4_file import write_movie_first
from openwado.render.samples import BYTE_BITS
from openwado.render.video_codecs import usable_codecs
from openwado.render.video_frames import encoded_size, video_frame
from openwado.render.video_writer import VideoWriter
from openwado.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openwado.render.raster import Raster
    from openwado.render.video_codecs import VideoCodec

MOVIE: Final = "video/mp4"

_MACROBLOCK: Final = 16


class Out(Protocol):
    """What a video is written to: any binary file."""

    def write(self, data: bytes, /) -> int:
        """Write bytes."""

    def seekable(self) -> bool:
        """Say whether one can go to places."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to a place."""

    def tell(self) -> int:
        """Return the place reached."""


def video_types() -> tuple[str, ...]:
    """Return the media types of video that can be made here; none without the package `av`."""
    return tuple(usable_codecs())


def encode_video(frames: Iterable[tuple[Raster, float]], media_type: str, quality: int | None, out: Out) -> None:
    """Encode frames as they come. MP4 goes through a nameless file, so that what describes it can stand first.

    Grey is neutral; levels are 16 … 235 and tagged so; colours are tagged as sRGB's (MPEG-2: as BT.601 writes them). A
    key frame starts at least every second. The same frames give the same bytes.

    Args:
        frames: in the order they are shown, with the milliseconds that each is shown.
        media_type: one of `video_types`.
        quality: imageQuality, 1 … 100, None for the default.
        out: what the file is written to.

    Raises:
        NotAcceptable: video of this type cannot be made here.
        NotSupported: the format cannot have so many rows or columns.
        BadRequest: it cannot have 16 bits.
        CorruptObject: the frames are not of one shape, or there are none.
        RenderFailed: the encoder failed.
        Unavailable: there is no room for it.
        OSError: `out` cannot be written.
    """
    codec = usable_codecs().get(media_type)
    if codec is None:
        raise NotAcceptable(f"Video of type {media_type} is not made here.", available=video_types())
    if media_type != MOVIE:
        _encode(frames, codec, quality, out)
        return
    with closing(Spool()) as file:
        _encode(frames, codec, quality, file)
        write_movie_first(file, out)


def _encode(frames: Iterable[tuple[Raster, float]], codec: VideoCodec, quality: int | None, out: Out) -> None:
    import av  # noqa: PLC0415 -- an optional package, loaded when it is needed

    sequence = in_one_shape(frames)
    first, first_ms = next(sequence)
    _check(first, codec)
    sink = _Sink(out)
    try:
        with av.open(sink, "w", format=codec.container, options={"fflags": "+bitexact"}) as container:
            writer = VideoWriter(container, codec, encoded_size(first, codec), first_ms, quality)
            for raster, duration_ms in chain([(first, first_ms)], sequence):
                writer.write(video_frame(raster, codec), duration_ms)
            writer.finish()
    except av.FFmpegError as error:
        if sink.problem is not None:
            raise sink.problem from error
        raise RenderFailed("The video could not be encoded.", detail=str(error)) from error


class _Sink:
    """What the file is written to, as PyAV calls it: it would lose sight of what went wrong there.

    Args:
        out: where bytes go.

    Attributes:
        problem: the first error of `out`.
    """

    def __init__(self, out: Out) -> None:
        self.problem: Exception | None = None
        self._out = out
        if out.seekable():
            self.seek, self.tell = out.seek, out.tell

    def write(self, data: bytes) -> int:
        """Write bytes, but none after an error."""
        if self.problem is not None:
            raise self.problem
        try:
            return self._out.write(data)
        except Exception as error:
            self.problem = error
            raise


def _check(raster: Raster, codec: VideoCodec) -> None:
    """See that a format can have a picture."""
    if raster.bits != BYTE_BITS:
        raise BadRequest(f"bitDepth={raster.bits} is not for video.", parameter="bitDepth")
    rows, columns = raster.pixels.shape[:2]
    for size, most, name in ((rows, codec.most_rows, "rows"), (columns, codec.most_columns, "columns")):
        if size > most:
            raise NotSupported(
                f"A video of type {codec.media_type} has at most {most} {name}, not {size}: ask for fewer.",
                parameter=name,
            )
    if -(-rows // _MACROBLOCK) * -(-columns // _MACROBLOCK) > codec.most_macroblocks:
        raise NotSupported(
            f"A video of type {codec.media_type} has at most {codec.most_macroblocks * _MACROBLOCK**2} pixels a "
            f"picture, not {rows * columns}: ask for fewer rows or columns.",
            parameter="rows",
        )
