"""The table of video codecs: what is made with each, its bounds, and what imageQuality means (section 4; RR-28)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

import msgspec

DEFAULT_VIDEO_QUALITY: Final = 90

QUALITIES: Final = (
    (98, 8, 1),
    (95, 12, 2),
    (85, 14, 2),
    (75, 18, 3),
    (60, 22, 5),
    (40, 28, 8),
    (20, 34, 14),
    (1, 40, 24),
)
"""From each imageQuality on: the constant rate factor of H.264, and the quantiser scale of MPEG-2 and MPEG-4."""

_EVERY_SECOND_AT_LEAST: Final = MappingProxyType({"g": "600", "bf": "0", "sc_threshold": "1000000000"})
"""Key frames are asked for by time; frames leave in the order they come in, none waits for later ones."""


class VideoCodec(msgspec.Struct, frozen=True, kw_only=True):
    """A way to make video.

    Attributes:
        media_type: of the file.
        encoder: what libavcodec calls it.
        container: what libavformat calls the file format.
        tick: seconds that times are counted in; None for formats with rates of their own (MPEG-2).
        matrix: how colours become luminance and chrominance: BT.709 or BT.601 (ISO/IEC 23091-2).
        transfer: the transfer characteristics that the stream names: sRGB is 13, which MPEG-2 cannot say: BT.709 is 1.
        even: whether rows and columns must be even: the last row and column are repeated if not.
        most_columns: of a picture.
        most_rows: of a picture.
        most_macroblocks: blocks of 16 by 16 pixels of a picture.
        quality: which number of `QUALITIES` it takes, and whether as factor or as both limits of its quantiser.
        options: further ones of the encoder.
        stream_filter: what the encoded stream goes through; "" for nothing.
    """

    media_type: str
    encoder: str
    container: str
    tick: Fraction | None
    matrix: Literal["BT.709", "BT.601"]
    transfer: int
    even: bool
    most_columns: int
    most_rows: int
    most_macroblocks: int
    quality: Literal["crf", "factor-limits", "scale-limits"]
    options: Mapping[str, str]
    stream_filter: str = ""

    def encoder_options(self, image_quality: int | None) -> dict[str, str]:
        """Return the options of the encoder for an imageQuality, 1 … 100, None for the default."""
        wanted = DEFAULT_VIDEO_QUALITY if image_quality is None else image_quality
        factor, scale = next((row[1:] for row in QUALITIES if wanted >= row[0]), QUALITIES[-1][1:])
        options = {**_EVERY_SECOND_AT_LEAST, **self.options}
        match self.quality:
            case "crf":
                return options | {"crf": str(factor), "flags": "+bitexact"}
            case "factor-limits":
                return options | _between(factor)
            case "scale-limits":
                return options | _between(scale)


def _between(quantiser: int) -> dict[str, str]:
    return {"qmin": str(quantiser), "qmax": str(quantiser), "flags": "+bitexact"}


_H264: Final = VideoCodec(
    media_type="video/mp4",
    encoder="libx264",
    container="mp4",
    tick=Fraction(1, 90000),
    matrix="BT.709",
    transfer=13,
    even=True,
    most_columns=16384,
    most_rows=16384,
    most_macroblocks=139_264,  # level 6.2 (ISO/IEC 14496-10 table A-1)
    quality="crf",
    options=MappingProxyType(
        {
            "preset": "veryfast",
            "profile": "high",
            "forced-idr": "1",
            "x264-params": "sync-lookahead=0:rc-lookahead=0:mbtree=0:sliced-threads=0",
        }
    ),
    stream_filter="filter_units=remove_types=6",  # a message that names the encoder and its options
)

VIDEO_CODECS: Final = (
    _H264,
    msgspec.structs.replace(
        _H264, encoder="libopenh264", quality="factor-limits", options=MappingProxyType({"rc_mode": "off"})
    ),
    msgspec.structs.replace(
        _H264,
        encoder="mpeg4",
        tick=Fraction(1, 60000),  # finer ones do not fit into its headers (ISO/IEC 14496-2 6.3.3)
        even=False,
        most_columns=8191,
        most_rows=8191,
        quality="scale-limits",
        options=MappingProxyType({}),
        stream_filter="",
    ),
    VideoCodec(
        media_type="video/mpeg",
        encoder="mpeg2video",
        container="vob",  # an MPEG-2 program stream (ISO/IEC 13818-1 2.5)
        tick=None,
        matrix="BT.601",
        transfer=1,
        even=False,
        most_columns=1920,  # Main Profile at High Level (ISO/IEC 13818-2 table 8-11)
        most_rows=1152,
        most_macroblocks=8640,
        quality="scale-limits",
        options=MappingProxyType({"maxrate": "80000000", "bufsize": "9781248"}),
    ),
)
"""Ways to make video, for each media type the best first."""


@cache
def usable_codecs() -> Mapping[str, VideoCodec]:
    """Return the codec of each media type that can be made here: none without the package `av`."""
    try:
        from av.codec import Codec  # noqa: PLC0415 -- an optional package, loaded when it is needed
        from av.codec.codec import UnknownCodecError  # noqa: PLC0415
    except ImportError:
        return MappingProxyType({})
    usable: dict[str, VideoCodec] = {}
    for codec in VIDEO_CODECS:
        try:
            Codec(codec.encoder, "w")
        except UnknownCodecError:
            continue
        usable.setdefault(codec.media_type, codec)
    return MappingProxyType(usable)
