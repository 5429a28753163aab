"""Frames of Deflated Image Frame Compression (PS3.5 A.4.13): each is native pixel data, deflated on its own."""

from __future__ import annotations

import zlib
from math import ceil
from typing import TYPE_CHECKING

from openwado.dicom.native import check_sample_count, native_frame

if TYPE_CHECKING:
    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel


def decode_deflated_frame(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Inflate a frame with libdeflate, which refuses to write more than the frame holds."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    return native_frame(bytes(imagecodecs.deflate_decode(data, raw=True, out=_size(image_pixel))), image_pixel)


def decode_deflated_frame_by_zlib(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Inflate a frame with zlib: what follows the frame is not looked at, a zlib wrapper is tolerated."""
    try:
        inflated = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, _size(image_pixel))
    except zlib.error:
        inflated = zlib.decompressobj(zlib.MAX_WBITS).decompress(data, _size(image_pixel))
    return native_frame(inflated, image_pixel)


def _size(image_pixel: ImagePixel) -> int:
    check_sample_count(image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
    return ceil(image_pixel.frame_bits / 8)
