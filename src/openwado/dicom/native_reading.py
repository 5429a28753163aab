"""Reading a native frame, or some of its rows without the others (PS3.5 8.1.1: rows follow each other)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec import structs

from openwado.dicom.frames import read_frame, read_part
from openwado.dicom.native import check_sample_count, little_endian, native_frame
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.dicom.frame import Frame
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import FrameEntry, Instance
    from openwado.dicom.source import ByteSource

_BYTE_BITS = 8


def read_native(source: ByteSource, instance: Instance, entry: FrameEntry, rows: tuple[int, int] | None) -> Frame:
    """Read a native frame, or only some of its rows where they lie together in whole words.

    Args:
        source: as `frames.object_source` returns it.
        instance: an image with native pixel data.
        entry: where the frame is.
        rows: what is needed: the first, from 0, and the one after the last; None for all.

    Returns:
        Those rows, `band` says which; or the whole frame: where cells are packed, samples are in planes, rows share
        words that have to be swapped, or the entry is too short.

    Raises:
        CorruptObject: bytes of the frame are missing, be they of these rows or not; or its size cannot be true.
        NotSupported: as `native.native_frame`.
    """
    if instance.picture is None or instance.pixels is None:
        raise CorruptObject("This object holds no pixel data.")
    image_pixel, swap = instance.picture.image_pixel, instance.pixels.swap
    check_sample_count(image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
    row_bits = image_pixel.frame_bits // image_pixel.rows
    if rows is None or row_bits % (swap * _BYTE_BITS) or not _lie_together(image_pixel, entry):
        return native_frame(
            little_endian(read_frame(source, instance, entry), swap), image_pixel, first_bit=entry.first_bit
        )
    first, end = rows
    row_bytes = row_bits // _BYTE_BITS
    data = read_part(source, entry, first * row_bytes, (end - first) * row_bytes)
    frame = native_frame(little_endian(data, swap), structs.replace(image_pixel, rows=end - first))
    return replace(frame, band=rows)


def _lie_together(image_pixel: ImagePixel, entry: FrameEntry) -> bool:
    """Say whether each row of a frame is a stretch of whole bytes of its entry."""
    in_planes = image_pixel.samples_per_pixel > 1 and image_pixel.planar_configuration == 1
    whole_bytes = image_pixel.bits_allocated % _BYTE_BITS == 0 and not entry.first_bit
    return whole_bytes and not in_planes and entry.length * _BYTE_BITS >= image_pixel.frame_bits
