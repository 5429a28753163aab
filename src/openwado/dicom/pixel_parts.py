"""Pixel data elements part by part: native, decoded, encoded, or as they are stored (PS3.5 8, A.2 … A.4)."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.dicom.encapsulation import ITEM_HEADER
from openwado.dicom.explicit_element import explicit_element, explicit_header
from openwado.dicom.native import native_bytes
from openwado.dicom.parts import DecodedFrames, SpoolSpan
from openwado.dicom.pixel_attributes import PIXEL_DATA, pixel_data_vr
from openwado.dicom.treatment import treated_frame
from openwado.errors import CorruptObject, NotAcceptable

if TYPE_CHECKING:
    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry, Instance, PixelLocation
    from openwado.dicom.part_list import PartList
    from openwado.dicom.parts import Treatment
    from openwado.dicom.reader import Parsed, PixelDataElement
    from openwado.dicom.source import ByteSource

_VALUE_LENGTH_MAX: Final = 0xFFFFFFFE
_UNDEFINED_LENGTH: Final = 0xFFFFFFFF
#: What the offsets of a Basic Offset Table reach.
_BASIC_OFFSETS_REACH: Final = 0xFFFFFFFF
#: A first frame up to this size goes into the plan, for which it was decoded anyway.
_INLINE_FRAME_MAX: Final = 32 << 20
_EXTENDED_OFFSETS, _EXTENDED_LENGTHS, _TOTAL_LENGTH = 0x7FE00001, 0x7FE00002, 0x7FE00003
_ITEM: Final = b"\xfe\xff\x00\xe0"
_SEQUENCE_DELIMITER: Final = b"\xfe\xff\xdd\xe0\x00\x00\x00\x00"


def native_tag_and_vr(instance: Instance, pixel_data: PixelDataElement | None) -> tuple[int, str]:
    """Return the element of native pixel data and its VR in Explicit VR."""
    if pixel_data is None:
        raise CorruptObject("The pixel data are not where they were when this object was read.")
    if pixel_data.element == "FloatPixelData":
        return 0x7FE00008, "OF"
    if pixel_data.element == "DoubleFloatPixelData":
        return 0x7FE00009, "OD"
    bits_allocated = instance.picture.image_pixel.bits_allocated if instance.picture else 0
    return PIXEL_DATA, "OB" if pixel_data.vr == "OB" and bits_allocated <= 8 else "OW"  # noqa: PLR2004 -- a byte


def native_length(instance: Instance, pixels: PixelLocation) -> int:
    """Return the bytes that the frames of native pixel data take: what stands behind them is no picture."""
    if instance.picture is None:
        return pixels.length
    image_pixel = instance.picture.image_pixel
    return min(pixels.length, -(-image_pixel.frame_bits * image_pixel.number_of_frames // 8))


def add_native_span(parts: PartList, pixels: PixelLocation, length: int, tag: int, vr: str) -> None:
    """Append native pixel data as they are stored, their words reversed where need be."""
    whole = length + -length % max(pixels.swap, 2)
    check_length(whole)
    parts.add(explicit_header(tag, vr, whole))
    parts.add_span(pixels.offset, length, pixels.swap)
    parts.add(bytes(whole - length - -length % pixels.swap))


def add_stored_items(parts: PartList, source: ByteSource, pixels: PixelLocation) -> None:
    """Append encapsulated pixel data as they are stored, closed by a delimiter of their own or by one of ours."""
    parts.add_span(pixels.element_offset, pixels.tail_offset - pixels.element_offset)
    if source.read_at(pixels.tail_offset - len(_SEQUENCE_DELIMITER), 8) != _SEQUENCE_DELIMITER:
        parts.add(_SEQUENCE_DELIMITER)


def add_decoded_frames(  # noqa: PLR0913, PLR0917 -- an object and what becomes of its frames
    parts: PartList,
    source: ByteSource,
    instance: Instance,
    entries: tuple[FrameEntry, ...],
    first: Frame,
    bits_allocated: int,
    treatment: Treatment,
) -> None:
    """Append native Pixel Data of frames that are decoded when they are sent, but for the first."""
    tag, vr = PIXEL_DATA, pixel_data_vr(bits_allocated)
    if first.cells.dtype.kind == "f":
        tag, vr = (0x7FE00008, "OF") if first.cells.itemsize == 4 else (0x7FE00009, "OD")  # noqa: PLR2004 -- bytes
    total_bits = first.cells.size * len(entries) * (1 if bits_allocated == 1 else bits_allocated)
    length = -(-total_bits // 16) * 2
    check_length(length)
    parts.add(explicit_header(tag, vr, length))
    if bits_allocated == 1 and first.cells.size % 8:
        packed = _packed(source, instance, entries, first, treatment)
        parts.add(packed)
        parts.add(bytes(length - len(packed)))
        return
    data = native_bytes(first, bits_allocated)
    if len(data) <= _INLINE_FRAME_MAX:
        parts.add(data)
        if len(entries) > 1:
            parts.add_part(DecodedFrames(entries[1:], len(data), treatment))
    else:
        parts.add_part(DecodedFrames(entries, len(data), treatment))
    parts.add(bytes(length - len(data) * len(entries)))


def add_encoded_frames(parts: PartList, lengths: tuple[int, ...]) -> None:
    """Append encapsulated Pixel Data of one fragment a frame, which are in the spool, headers included (PS3.5 A.4)."""
    offsets = _offsets(lengths)
    parts.add(explicit_header(PIXEL_DATA, "OB", _UNDEFINED_LENGTH))
    table = b"" if _is_long(lengths) else np.array(offsets, "<u4").tobytes()
    parts.add(_ITEM + len(table).to_bytes(4, "little") + table)
    parts.add_part(SpoolSpan(0, offsets[-1] + ITEM_HEADER.size + lengths[-1]))
    parts.add(_SEQUENCE_DELIMITER)


def extended_offsets(lengths: tuple[int, ...]) -> dict[int, bytes]:
    """Return the Extended Offset Table and its lengths, where a basic one does not reach (PS3.3 C.7.6.3.1.8)."""
    if not _is_long(lengths):
        return {}
    return {
        _EXTENDED_OFFSETS: explicit_element(_EXTENDED_OFFSETS, "OV", np.array(_offsets(lengths), "<u8").tobytes()),
        _EXTENDED_LENGTHS: explicit_element(_EXTENDED_LENGTHS, "OV", np.array(lengths, "<u8").tobytes()),
    }


def stored_offsets(parsed: Parsed) -> dict[int, bytes]:
    """Return the elements about offsets that an object has: they hold as long as its items stay."""
    attributes = parsed.attributes
    vrs = {_EXTENDED_OFFSETS: "OV", _EXTENDED_LENGTHS: "OV", _TOTAL_LENGTH: "UV"}
    found = {tag: attributes.elements[tag] for tag in vrs if tag in attributes}
    return {
        tag: explicit_element(tag, vrs[tag], attributes.value(tag, longest=element.length))
        for tag, element in found.items()
    }


def item_header(length: int) -> bytes:
    """Return the head of a fragment."""
    return _ITEM + length.to_bytes(4, "little")


def check_length(length: int) -> None:
    """Refuse a value that no element can hold (D-19).

    Raises:
        NotAcceptable: it is longer.
    """
    if length > _VALUE_LENGTH_MAX:
        raise NotAcceptable(
            "The native pixel data of this object would be longer than 4 GiB (D-19). "
            "Ask with transferSyntax=* to have the object as it is stored."
        )


def _offsets(lengths: tuple[int, ...]) -> list[int]:
    return [0, *accumulate(length + ITEM_HEADER.size for length in lengths[:-1])]


def _is_long(lengths: tuple[int, ...]) -> bool:
    return sum(lengths) + ITEM_HEADER.size * len(lengths) > _BASIC_OFFSETS_REACH


def _packed(
    source: ByteSource, instance: Instance, entries: tuple[FrameEntry, ...], first: Frame, treatment: Treatment
) -> bytes:
    """Return frames of single bits one right after the other: they do not end on bytes (PS3.5 8.1.1)."""
    packed = np.zeros(-(-first.cells.size * len(entries) // 8), np.uint8)
    for number, entry in enumerate(entries):
        frame = treated_frame(source, instance, entry, treatment) if number else first
        if frame.cells.shape != first.cells.shape:
            raise CorruptObject("The frames of this object are not all of one size.")
        byte, bit = divmod(number * frame.cells.size, 8)
        bits = np.concatenate([np.zeros(bit, np.uint8), frame.cells.reshape(-1).view(np.uint8)])
        frame_packed = np.packbits(bits, bitorder="little")
        packed[byte : byte + frame_packed.size] |= frame_packed
    return packed.tobytes()
