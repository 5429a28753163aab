"""A picture as libavcodec takes it: 4:2:0, levels 16 … 235 (ITU-R BT.601, BT.709)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    from openwado.render.raster import Raster
    from openwado.render.video_codecs import VideoCodec

MATRIX_NUMBERS: Final = {"BT.709": 1, "BT.601": 5}
"""How luminance and chrominance are made of colours, as streams number it (ISO/IEC 23091-2 table 4)."""

NARROW_RANGE: Final = 1
"""libavutil's number for levels 16 … 235."""

_FULL_RANGE: Final = 2
PIXEL_FORMAT: Final = "yuv420p"


def encoded_size(raster: Raster, codec: VideoCodec) -> tuple[int, int]:
    """Return rows and columns as a codec has them."""
    rows, columns = raster.pixels.shape[:2]
    return (rows + rows % 2, columns + columns % 2) if codec.even else (rows, columns)


def video_frame(raster: Raster, codec: VideoCodec) -> VideoFrame:
    """Return a picture as a codec takes it; its last row and column repeated where their number must be even.

    Args:
        raster: 8 bits a value.
        codec: what it is for.
    """
    from av import VideoFrame  # noqa: PLC0415 -- an optional package, loaded when it is needed
    from av.video.reformatter import Interpolation  # noqa: PLC0415

    rows, columns = encoded_size(raster, codec)
    pixels: NDArray[Any] = raster.pixels
    added = [(0, rows - pixels.shape[0]), (0, columns - pixels.shape[1]), (0, 0)][: pixels.ndim]
    if (rows, columns) != pixels.shape[:2]:
        pixels = np.pad(pixels, added, mode="edge")
    matrix = MATRIX_NUMBERS[codec.matrix]
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "gray" if raster.is_grey else "rgb24")
    return frame.reformat(
        format=PIXEL_FORMAT,
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=_FULL_RANGE,
        dst_color_range=NARROW_RANGE,
        interpolation=Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT,
        threads=1,
    )
