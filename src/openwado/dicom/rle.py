"""RLE frames (PS3.5 annex G): a run-length coded segment for each byte of a pixel, the most significant first."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.dicom.decoded_frame import RefusedError, component_color, decoded_frame
from openwado.dicom.native import check_sample_count, interleaved
from openwado.dicom.packed_cells import spaced_cells
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel

    Cells = NDArray[Any]

_HEADER_BYTES = 64
_SEGMENTS_MAX = 15
#: A control byte that says nothing; smaller ones copy, greater ones repeat (PS3.5 G.3.2).
_NO_RUN = 128
#: No run is longer than 128 bytes, and takes two (PS3.5 G.3.1).
_GREATEST_EXPANSION = 64
#: Bits Allocated whose samples are integers once their bytes stand together; 1 is packed into bytes.
_PLAIN_BITS = frozenset({1, 8, 16, 32, 64})


def decode_rle(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode all segments at once."""
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    segments = _checked_segments(data, image_pixel)
    if image_pixel.bits_allocated not in _PLAIN_BITS:
        raise RefusedError(f"cells of {image_pixel.bits_allocated} bits")
    needed = segments * _segment_bytes(image_pixel)
    cell_type = f"<u{segments // image_pixel.samples_per_pixel}"
    planes = bytes(imagecodecs.dicomrle_decode(data, cell_type, out=bytearray(needed)))
    if len(planes) != needed:
        raise RefusedError(f"{len(planes)} bytes decoded instead of {needed}")
    samples = np.frombuffer(planes, cell_type).reshape(image_pixel.samples_per_pixel, -1)
    return _arranged(_unpacked(samples, image_pixel) if image_pixel.bits_allocated == 1 else samples, image_pixel)


def decode_rle_by_segment(data: bytes, image_pixel: ImagePixel) -> Frame:
    """Decode segment by segment, each cut to its size: encoders leave padding in and after them.

    Pixels whose bits do not fill bytes have zero bits above their first sample (PS3.5 G.2). Single bits are packed into
    bytes by everybody, but have a byte each where that clause is taken at its word.
    """
    bits, samples = image_pixel.bits_allocated, image_pixel.samples_per_pixel
    count, pixels = _checked_segments(data, image_pixel), image_pixel.rows * image_pixel.columns
    segments = _segments(data, count, _segment_bytes(image_pixel), pixels)
    if bits == 1:
        return _arranged(np.concatenate([_single_bits(segment, image_pixel) for segment in segments]), image_pixel)
    codes = np.empty((pixels, count), np.uint8)
    for number, segment in enumerate(segments):
        codes[:, count - 1 - number] = segment
    firsts = (bits * (samples - 1 - sample) for sample in range(samples))
    cells = np.stack([spaced_cells(codes.ravel(), pixels, bits, first, count) for first in firsts])
    return _arranged(cells, image_pixel)


def _checked_segments(data: bytes, image_pixel: ImagePixel) -> int:
    """Check the header against the object and return the number of segments: bytes of a pixel, or planes of bits."""
    check_sample_count(image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
    bits, samples = image_pixel.bits_allocated, image_pixel.samples_per_pixel
    expected = samples if bits == 1 else -(-bits * samples // 8)
    if expected > _SEGMENTS_MAX:
        raise CorruptObject(f"Pixels of {bits * samples} bits need more segments than RLE has (PS3.5 G.5).")
    count = int.from_bytes(data[:4], "little")
    if len(data) < _HEADER_BYTES or count != expected:
        raise CorruptObject(f"The RLE stream of this frame has {count} segments instead of {expected} (PS3.5 G.2).")
    starts = np.frombuffer(data, "<u4", count, 4)
    if starts[0] < _HEADER_BYTES or starts[-1] > len(data) or (starts[1:] < starts[:-1]).any():
        raise CorruptObject("The RLE stream of this frame has segments outside itself (PS3.5 G.5).")
    if (len(data) - _HEADER_BYTES) * _GREATEST_EXPANSION < _segment_bytes(image_pixel) * expected:
        raise CorruptObject("The RLE stream of this frame is too short for its rows and columns.")
    return count


def _segment_bytes(image_pixel: ImagePixel) -> int:
    """Return the bytes of a segment: one a pixel, or one for eight pixels of single bits."""
    pixels = image_pixel.rows * image_pixel.columns
    return -(-pixels // 8) if image_pixel.bits_allocated == 1 else pixels


def _segments(data: bytes, count: int, least: int, most: int) -> Iterator[NDArray[np.uint8]]:
    """Yield the first bytes of each segment, `most` of them at most.

    Raises:
        CorruptObject: there are fewer than `least`.
    """
    import imagecodecs  # noqa: PLC0415 -- heavy; native frames do without

    starts = [*np.frombuffer(data, "<u4", count, 4).tolist(), len(data)]
    for start, end in pairwise(starts):
        segment = imagecodecs.packbits_decode(data[start : _end_of_runs(data, start, end, most)])
        if len(segment) < least:
            raise CorruptObject("The RLE stream of this frame ends before the frame does.")
        yield np.frombuffer(segment, np.uint8)[:most]


def _end_of_runs(data: bytes, start: int, end: int, size: int) -> int:
    """Return where the runs end that give `size` bytes: what follows is never written to memory."""
    while start < end and size > 0:
        control = data[start]
        if control < _NO_RUN:
            start, size = start + 2 + control, size - 1 - control
        elif control > _NO_RUN:
            start, size = start + 2, size - 257 + control
        else:
            start += 1
    return min(start, end)


def _single_bits(segment: NDArray[np.uint8], image_pixel: ImagePixel) -> Cells:
    """Return a plane of single bits as cells of 0 and 1: packed, or a byte each where there is one for every pixel."""
    if segment.size == image_pixel.rows * image_pixel.columns > _segment_bytes(image_pixel):
        return segment[np.newaxis] & 1
    return _unpacked(segment[np.newaxis, : _segment_bytes(image_pixel)], image_pixel)


def _unpacked(planes: Cells, image_pixel: ImagePixel) -> Cells:
    """Return planes of packed bits as cells of 0 and 1."""
    pixels = image_pixel.rows * image_pixel.columns
    return np.unpackbits(planes, axis=1, bitorder="little")[:, :pixels]


def _arranged(planes: Cells, image_pixel: ImagePixel) -> Frame:
    """Arrange the cells of each sample: RLE is plane after plane, whatever Planar Configuration says (RR-4)."""
    rows, columns, samples = image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel
    cells = planes.reshape(rows, columns) if samples == 1 else interleaved(planes.reshape(samples, rows, columns))
    color = component_color(samples, image_pixel)
    return decoded_frame(cells, color, image_pixel, precision=image_pixel.bits_allocated, lossy=False)
