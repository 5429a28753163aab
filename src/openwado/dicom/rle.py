"""RLE frames (PS3.5 annex G): a run-length coded plane for each byte of each sample, the most significant first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.dicom.decoded_frame import RefusedError, component_color, decoded_frame, plane_bytes
from openwado.dicom.native import check_sample_count, interleaved
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel

_HEADER_BYTES = 64
#: No run is longer than 128 bytes, and takes two (PS3.5 G.3.1).
_GREATEST_EXPANSION = 64


def decode_rle(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode all segments at once."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    width = _checked_width(data, image_pixel)
    needed = plane_bytes(image_pixel) * width * image_pixel.samples_per_pixel
    planes = bytes(imagecodecs.dicomrle_decode(data, f"<u{width}"))
    if len(planes) != needed:
        raise RefusedError(f"{len(planes)} bytes decoded instead of {needed}")
    return _arranged(planes, width, image_pixel)


def decode_rle_by_segment(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode segment by segment, each cut to its plane: encoders leave padding in and after them."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    width = _checked_width(data, image_pixel)
    size = plane_bytes(image_pixel)
    count = width * image_pixel.samples_per_pixel
    starts = [*np.frombuffer(data, "<u4", count, 4).tolist(), len(data)]
    planes = np.empty((image_pixel.samples_per_pixel, size, width), np.uint8)
    for number in range(count):
        segment = imagecodecs.packbits_decode(data[starts[number] : starts[number + 1]])
        if len(segment) < size:
            raise CorruptObject("The RLE stream of this frame ends before the frame does.")
        sample, place = divmod(number, width)
        planes[sample, :, width - 1 - place] = np.frombuffer(segment, np.uint8, size)
    return _arranged(planes.tobytes(), width, image_pixel)


def _checked_width(data: bytes, image_pixel: ImagePixel) -> int:
    """Check the header against the object and return the bytes of a cell."""
    width = max(1, image_pixel.bits_allocated // 8)
    check_sample_count(image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
    count = int.from_bytes(data[:4], "little")
    expected = width * image_pixel.samples_per_pixel
    if len(data) < _HEADER_BYTES or count != expected:
        raise CorruptObject(f"The RLE stream of this frame has {count} segments instead of {expected} (PS3.5 G.2).")
    starts = np.frombuffer(data, "<u4", count, 4)
    if starts[0] < _HEADER_BYTES or starts[-1] > len(data) or (starts[1:] < starts[:-1]).any():
        raise CorruptObject("The RLE stream of this frame has segments outside itself (PS3.5 G.5).")
    if (len(data) - _HEADER_BYTES) * _GREATEST_EXPANSION < plane_bytes(image_pixel) * expected:
        raise CorruptObject("The RLE stream of this frame is too short for its rows and columns.")
    return width


def _arranged(planes: bytes, width: int, image_pixel: ImagePixel) -> Frame:
    """Arrange planes of little-endian cells: RLE is plane after plane, whatever Planar Configuration says (RR-4)."""
    rows, columns, samples = image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel
    flat = np.frombuffer(planes, f"<u{width}").reshape(samples, -1)
    if image_pixel.bits_allocated == 1:
        flat = np.unpackbits(flat.view(np.uint8), axis=1, bitorder="little")[:, : rows * columns]
    cells = flat.reshape(rows, columns) if samples == 1 else interleaved(flat.reshape(samples, rows, columns))
    color = component_color(samples, image_pixel)
    return decoded_frame(cells, color, image_pixel, precision=image_pixel.bits_allocated, lossy=False)
