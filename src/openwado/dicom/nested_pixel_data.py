"""Encapsulated pixel data inside a sequence item, as icons have them (PS3.3 C.7.6.1.1.6, PS3.5 A.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.attributes import Attributes
from openwado.dicom.codecs import decode_stream
from openwado.dicom.encapsulation import ITEM_HEADER, walk_items
from openwado.dicom.explicit_element import explicit_element
from openwado.dicom.native import native_bytes
from openwado.dicom.pixel_attributes import PIXEL_DATA, decoded_attributes, pixel_data_vr
from openwado.dicom.pixel_module import Undrawable, read_image_pixel
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openwado.dicom.block_reader import BlockReader
    from openwado.dicom.codecs import Codec
    from openwado.dicom.elements import Coding, Element

_LONGEST_STREAM: Final = 1 << 24


def holds_encapsulated_pixels(item: Mapping[int, Element]) -> bool:
    """Return whether an item has pixel data of undefined length."""
    return PIXEL_DATA in item and item[PIXEL_DATA].undefined


def decoded_pixel_elements(
    blocks: BlockReader, item: Mapping[int, Element], coding: Coding, codec: Codec
) -> Mapping[int, bytes]:
    """Return the elements that take the place of an item's encapsulated pixel data and of what describes them.

    Args:
        blocks: of the bytes that the item is in.
        item: its elements.
        coding: how they are written.
        codec: of the object's transfer syntax, which holds for items too.

    Returns:
        Whole elements in Explicit VR Little Endian by tag, only of tags that the item has.

    Raises:
        CorruptObject: they cannot be decoded.
        NotSupported: their stream uses what no decoder can.
    """
    attributes = Attributes(blocks, item, coding)
    try:
        image_pixel = read_image_pixel(attributes, "PixelData")
    except Undrawable as problem:
        raise CorruptObject("A nested image of this object does not describe its pixels.") from problem
    frame = decode_stream(_stream(blocks, item[PIXEL_DATA]), codec, image_pixel)
    bits_allocated, changed = decoded_attributes(frame, attributes, image_pixel)
    value = native_bytes(frame, bits_allocated)
    pixels = explicit_element(PIXEL_DATA, pixel_data_vr(bits_allocated), value + bytes(len(value) % 2))
    return {tag: element for tag, element in changed.items() if tag in item} | {PIXEL_DATA: pixels}


def _stream(blocks: BlockReader, element: Element) -> bytes:
    fragments = walk_items(blocks.source, element.value_offset, element.value_offset + element.length, 1 << 16)
    if fragments is None or element.length > _LONGEST_STREAM:
        raise CorruptObject("A nested image of this object has no items that could be decoded.")
    header = ITEM_HEADER.size
    return b"".join(
        blocks.source.read_at(offset + header, end - offset - header)
        for offset, end in zip(fragments.offsets, fragments.ends, strict=True)
    )
