"""What the streams of video transfer syntaxes hold, and as what they can leave (PS3.5 8.2.5 … 8.2.10; RR-28a)."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from openwado.dicom.stream_syntax import is_video


@dataclass(frozen=True, slots=True)
class VideoCodec:
    """One way of coding.

    Attributes:
        name: of the standard, for people.
        decoders: names that the library has for it; the first one is the standard's own.
        elementary: the library's name for streams of it that are in no container.
        media_types: that whole streams can leave as without being encoded again, best first.
        sample_format: the code by which an MP4 file is to name it, so that every player finds it (ISO 14496-15).
    """

    name: str
    decoders: tuple[str, ...]
    elementary: str
    media_types: tuple[str, ...]
    sample_format: bytes


_MPEG2: Final = VideoCodec("MPEG-2", ("mpeg2video", "mpegvideo", "mpeg1video"), "mpegvideo", ("video/mpeg",), b"mp4v")
_H264: Final = VideoCodec("H.264", ("h264",), "h264", ("video/mp4",), b"avc1")
_H265: Final = VideoCodec("H.265", ("hevc",), "hevc", ("video/mp4", "video/H265"), b"hvc1")

#: By the number after 1.2.840.10008.1.2.4; the fragmentable form of a syntax has another .1 behind it.
_BY_NUMBER: Final = {
    100: _MPEG2,
    101: _MPEG2,
    102: _H264,
    103: _H264,
    104: _H264,
    105: _H264,
    106: _H264,
    107: _H265,
    108: _H265,
}


def video_codec(transfer_syntax_uid: str) -> VideoCodec | None:
    """Return how the stream of a transfer syntax is coded; None if it is none of a video."""
    if not is_video(transfer_syntax_uid):
        return None
    return _BY_NUMBER[int(transfer_syntax_uid.split(".")[7])]


def which_types(transfer_syntax_uid: str) -> tuple[str, ...]:
    """Return the media types that a whole stored stream can leave as, best first; () for what is no video.

    Most leave as they are stored; where a stream must be put into another container first, `can_read_video` decides.
    """
    codec = video_codec(transfer_syntax_uid)
    return codec.media_types if codec else ()


def can_read_video() -> bool:
    """Say whether PyAV is installed: without it no picture of a stream can be had, and no other container."""
    return find_spec("av") is not None
