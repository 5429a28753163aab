"""Lookup tables of objects as values (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5-6, C.7.9.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from openwado.dicom.palette_segments import expand_segments
from openwado.dicom.picture_record import LookupTable, Palette

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.attributes import Attributes

_LUT_DESCRIPTOR: Final = 0x00283002
_LUT_DATA: Final = 0x00283006
#: Descriptor, data and segmented data of the red, green and blue palette.
_PALETTE_TAGS: Final = (
    (0x00281101, 0x00281201, 0x00281221),
    (0x00281102, 0x00281202, 0x00281222),
    (0x00281103, 0x00281203, 0x00281223),
)
_ENTRIES_MAX: Final = 1 << 16
_BITS_MAX: Final = 16
_BYTE_MAX: Final = 255
_BYTE_BITS: Final = 8
_SEGMENTS_MAX: Final = 1 << 20
_DESCRIPTOR_BYTES: Final = 6
_WORD: Final = np.dtype("<u2")


def read_lookup_table(item: Attributes, *, signed: bool) -> LookupTable | None:
    """Return the table of a Modality or VOI LUT Sequence item; None if it is none.

    More bits are taken than the descriptor says where entries need them; entries that are missing are left to clamping.

    Args:
        item: the sequence item, with LUT Descriptor (0028,3002) and LUT Data (0028,3006).
        signed: whether the first value mapped is signed (RR-18, RR-20).
    """
    descriptor = _descriptor(item, _LUT_DESCRIPTOR, signed=signed)
    if descriptor is None:
        return None
    count, first_mapped, bits = descriptor
    entries, packed = _entries(item, _LUT_DATA, count)
    if not len(entries):
        return None
    bits = 8 if packed else max(bits, int(entries.max()).bit_length())
    return LookupTable(first_mapped, bits, entries.tobytes())


def read_palette(attributes: Attributes, *, signed: bool) -> Palette | None:
    """Return red, green and blue Palette Color Lookup Tables (RR-12, RR-13); None if one of them is unusable.

    Args:
        attributes: of the data set.
        signed: whether stored values are, and so the first value mapped (C.7.6.3.1.5).
    """
    channels: list[tuple[int, int, NDArray[np.uint16]]] = []
    common = _descriptor(attributes, _PALETTE_TAGS[0][0], signed=signed)
    for descriptor_tag, data_tag, segments_tag in _PALETTE_TAGS:
        descriptor = _descriptor(attributes, descriptor_tag, signed=signed) or common
        if descriptor is None:
            return None
        count, first_mapped, bits = descriptor
        packed = False
        if data_tag in attributes or segments_tag not in attributes:
            entries, packed = _entries(attributes, data_tag, count)
        else:
            entries = _expanded(attributes, segments_tag, count, bits)
        if not len(entries):
            return None
        bits = 8 if packed else max(bits, int(entries.max()).bit_length())
        channels.append((first_mapped, bits, entries))
    # Entries said to have 16 bits that never exceed 255 in any channel are 8-bit values (RR-12).
    narrow = all(int(entries.max()) <= _BYTE_MAX for _, _, entries in channels)
    red, green, blue = (
        LookupTable(first, 8 if narrow else bits, entries.tobytes()) for first, bits, entries in channels
    )
    return Palette(red, green, blue)


def _descriptor(attributes: Attributes, tag: int, *, signed: bool) -> tuple[int, int, int] | None:
    """Return the number of entries, the first value mapped and the bits of an entry; None if that cannot be."""
    value = attributes.value(tag)
    if len(value) < _DESCRIPTOR_BYTES:
        return None
    order: Literal["little", "big"] = "little" if attributes.coding.little_endian else "big"
    count = int.from_bytes(value[:2], order) or _ENTRIES_MAX
    first_mapped = int.from_bytes(value[2:4], order, signed=signed)
    bits = int.from_bytes(value[4:6], order)
    return (count, first_mapped, max(bits, 8)) if 1 <= bits <= _BITS_MAX else None


def _entries(attributes: Attributes, tag: int, count: int) -> tuple[NDArray[np.uint16], bool]:
    """Return at most `count` entries, and whether they are packed as bytes."""
    value = attributes.value(tag, 2 * _ENTRIES_MAX)
    if len(value) in (count, count + count % 2) and count > 1:
        return np.frombuffer(_bytes_in_order(attributes, tag, value), np.uint8, count).astype(_WORD), True
    order = "<u2" if attributes.coding.little_endian else ">u2"
    return np.frombuffer(value, order, min(count, len(value) // 2)).astype(_WORD), False


def _bytes_in_order(attributes: Attributes, tag: int, value: bytes) -> bytes:
    """Return bytes that were packed in words, low byte first, in the order of their values."""
    if attributes.coding.little_endian or attributes.elements[tag].vr in ("OB", "UN"):
        return value
    return np.frombuffer(value, ">u2", len(value) // 2).astype(_WORD).tobytes()


def _expanded(attributes: Attributes, tag: int, count: int, bits: int) -> NDArray[np.uint16]:
    """Return the entries of a segmented palette; none if segments and descriptor do not agree (RR-13)."""
    value = attributes.value(tag, _SEGMENTS_MAX)
    value = value[: len(value) & ~1]
    if bits > _BYTE_BITS:
        words = np.frombuffer(value, "<u2" if attributes.coding.little_endian else ">u2").tolist()
        entries = expand_segments(words, count, entry_bytes=2)
    else:
        entries = expand_segments(_bytes_in_order(attributes, tag, value), count, entry_bytes=1)
    return np.array(entries if len(entries) == count else [], _WORD)
