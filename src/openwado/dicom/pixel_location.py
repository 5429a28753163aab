"""Where pixel data are, and whether they are native or encapsulated: the bytes decide (PS3.5 8, A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from openwado.dicom.elements import ITEM, SEQUENCE_DELIMITER
from openwado.dicom.encapsulation import ITEM_HEADER, Fragments, walk_items
from openwado.dicom.instance import PixelLocation
from openwado.dicom.reader import IMPLICIT_VR_BIG_ENDIAN_PIXELS

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.reader import Parsed, PixelDataElement

_BYTE_VRS: Final = frozenset({"OB", "UN"})
_WORD: Final = 2
_BYTE_BITS: Final = 8
#: Cells that writers of big-endian objects swap whole.
_LONG_CELLS: Final = frozenset({32, 64})


class Located(msgspec.Struct, frozen=True):
    """Where the pixel data are, and the fragments of encapsulated ones."""

    location: PixelLocation
    fragments: Fragments | None


def locate_pixels(
    parsed: Parsed, pixel_data: PixelDataElement, image_pixel: ImagePixel | None, items_max: int
) -> Located:
    """Return where pixel data are.

    A value of defined length that starts with an item is encapsulated only if items fill it to its end and its length
    is not that of the native frames.

    Args:
        parsed: the object.
        pixel_data: its pixel data element.
        image_pixel: its Image Pixel module if it has a usable one.
        items_max: how many items there may be.

    Raises:
        openwado.dicom.block_reader.Unreadable: there are more items.
    """
    fragments = _fragments(parsed, pixel_data, image_pixel, items_max)
    if fragments is None:
        return Located(_native_location(parsed, pixel_data, image_pixel), None)
    tail_offset = pixel_data.tail_offset if pixel_data.tail_offset is not None else fragments.tail_offset
    location = PixelLocation(
        encapsulated=True,
        offset=fragments.origin,
        length=fragments.end - fragments.origin,
        swap=1,
        element_offset=pixel_data.element_offset,
        tail_offset=tail_offset,
    )
    return Located(location, fragments)


def swap_of(parsed: Parsed, vr: str, image_pixel: ImagePixel | None) -> int:
    """Return the bytes of a word that must be reversed to make native pixel data little endian (PS3.5 7.3, 8.2).

    OW are words of 16 bits, in which cells of any width are packed; but cells of 32 and 64 bits are swapped whole: that
    is what writers do.
    """
    if parsed.coding.little_endian and parsed.transfer_syntax_uid != IMPLICIT_VR_BIG_ENDIAN_PIXELS:
        return 1
    bits = image_pixel.bits_allocated if image_pixel is not None else _WORD * _BYTE_BITS
    if bits in _LONG_CELLS:
        return bits // _BYTE_BITS
    return 1 if vr in _BYTE_VRS and bits <= _BYTE_BITS else _WORD


def _fragments(
    parsed: Parsed, pixel_data: PixelDataElement, image_pixel: ImagePixel | None, items_max: int
) -> Fragments | None:
    start, end = pixel_data.value_offset, pixel_data.value_offset + pixel_data.length
    if not pixel_data.undefined and image_pixel is not None:
        native = -(-image_pixel.frame_bits * image_pixel.number_of_frames // _BYTE_BITS)
        if pixel_data.length in (native, native + native % 2):
            return None
    head = parsed.source.read_at(start, ITEM_HEADER.size)
    if len(head) < ITEM_HEADER.size:
        return None
    group, number, _ = ITEM_HEADER.unpack(head)
    if group << 16 | number != ITEM:
        return None
    fragments = walk_items(parsed.source, start, end, items_max)
    if fragments is None or pixel_data.undefined:
        return fragments
    filled = fragments.tail_offset >= end - 1  # a pad byte may follow
    return fragments if filled else None


def _native_location(parsed: Parsed, pixel_data: PixelDataElement, image_pixel: ImagePixel | None) -> PixelLocation:
    end = pixel_data.value_offset + pixel_data.length
    if pixel_data.undefined and pixel_data.length >= ITEM_HEADER.size:
        group, number, length = ITEM_HEADER.unpack(parsed.source.read_at(end - ITEM_HEADER.size, ITEM_HEADER.size))
        if group << 16 | number == SEQUENCE_DELIMITER and length == 0:
            end -= ITEM_HEADER.size
    return PixelLocation(
        encapsulated=False,
        offset=pixel_data.value_offset,
        length=end - pixel_data.value_offset,
        swap=swap_of(parsed, pixel_data.vr, image_pixel),
        element_offset=pixel_data.element_offset,
        tail_offset=pixel_data.value_offset + pixel_data.length,
    )
