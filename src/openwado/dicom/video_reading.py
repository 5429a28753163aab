"""Reading a stored video stream with FFmpeg's libraries (PyAV, an extra): which of them may touch it, and how far.

The container and the codec are told to the library, which would otherwise try whatever it knows on a stranger's bytes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from openwado.dicom.decoded_frame import RefusedError
from openwado.errors import CorruptObject, NotSupported, WadoError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from av.container import InputContainer
    from av.video.stream import VideoStream as Track

    from openwado.dicom.video_codecs import VideoCodec
    from openwado.dicom.video_container import Container
    from openwado.dicom.video_stream import VideoStream

#: The library's names of containers; of an elementary stream it is the codec's.
_FORMATS: Final[dict[Container, str]] = {
    "program": "mpeg",
    "transport": "mpegts",
    "timed transport": "mpegts",
    "mp4": "mp4",
}
#: Codecs of sound that may stand beside the pictures (PS3.5 8.2.5, 8.2.7), as the library calls their decoders.
SOUND: Final = ("aac", "ac3", "mp3float", "mp3", "mp2float", "mp2")
#: Rows times columns of the largest picture of a level (H.265 5.1), with a margin.
PIXELS_MAX: Final = 1 << 24


def video_library() -> ModuleType:
    """Return PyAV.

    Raises:
        NotSupported: it is not installed.
    """
    try:
        import av  # noqa: PLC0415 -- an extra, and heavy
    except ImportError as error:
        raise NotSupported(
            "This server cannot read video streams: ask for application/dicom with transferSyntax=* to have the "
            "stored stream.",
            detail=f"the extra 'video' is not installed: {error}",
        ) from None
    return av


@contextmanager
def open_video(stream: VideoStream, codec: VideoCodec) -> Iterator[tuple[InputContainer, Track]]:
    """Open a stream to be read from its beginning; what libraries raise meanwhile becomes `CorruptObject`.

    Args:
        stream: the stream.
        codec: that its pictures are coded in.

    Yields:
        The library's container, and the track of pictures in it.

    Raises:
        NotSupported: the library is not installed.
        CorruptObject: the stream cannot be read, or holds something else.
    """
    av = video_library()
    try:
        name = _FORMATS.get(stream.container, codec.elementary)
        with av.open(stream.file(), format=name, options=_options(stream, codec)) as container:
            yield container, _track(container, codec)
    except (WadoError, RefusedError):
        raise
    except Exception as error:
        if isinstance(error, MemoryError) and not isinstance(error, av.FFmpegError):
            raise  # the library's own one means a size that cannot be
        raise CorruptObject(
            f"The video stream of this object cannot be read ({codec.name}).", detail=f"{type(error).__name__}: {error}"
        ) from error


def _options(stream: VideoStream, codec: VideoCodec) -> dict[str, str]:
    options = {"codec_whitelist": ",".join((*codec.decoders, *SOUND)), "max_pixels": str(PIXELS_MAX)}
    if stream.container == "mp4":
        options["ignore_editlist"] = "1"  # a frame number counts all pictures that are stored
    return options


def _track(container: InputContainer, codec: VideoCodec) -> Track:
    """Return the track of pictures."""
    for track in container.streams.video:
        context: Any = track.codec_context  # None where the codec is not allowed
        if context is not None and context.name in codec.decoders:
            return track
    raise CorruptObject(f"The video stream of this object holds no {codec.name} pictures.")
