"""Frames as stored bytes: where a native one is, and reading one (PS3.5 8, A.4; RR-2, RR-6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.deflated import inflate
from openwado.dicom.elements import ITEM
from openwado.dicom.encapsulation import ITEM_HEADER
from openwado.dicom.instance import FrameEntry
from openwado.dicom.reader import DEFAULT_LIMITS, ReadLimits
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.image_pixel import ImagePixel
    from openwado.dicom.instance import Instance, PixelLocation
    from openwado.dicom.source import ByteSource

_BYTE_BITS = 8
_ITEM_TAG = ITEM_HEADER.pack(ITEM >> 16, ITEM & 0xFFFF, 0)[:4]


def native_entry(instance: Instance, frame_number: int) -> FrameEntry:
    """Return where a frame of native pixel data is.

    Where words have to be swapped the entry covers whole words; `first_bit` then counts from the first byte *after* the
    swap, and may be 8 where frames of an odd number of bytes were written as big-endian words.

    Args:
        instance: an image with native pixel data.
        frame_number: from 1.

    Raises:
        BadRequest: there is no such frame (REQ-URI-8.2.7-2).
        NotSupported: the object cannot be drawn.
        ValueError: the pixel data are encapsulated: their entries are kept in the index.
    """
    if instance.picture is None or instance.pixels is None:
        raise NotSupported(instance.undrawable or "This object holds no image.")
    if instance.pixels.encapsulated:
        msg = "frames of encapsulated pixel data cannot be computed"
        raise ValueError(msg)
    image_pixel = instance.picture.image_pixel
    if not 1 <= frame_number <= image_pixel.number_of_frames:
        raise BadRequest(
            f"There is no frame {frame_number}: this object has {image_pixel.number_of_frames}.",
            parameter="frameNumber",
        )
    return native_place(instance.pixels, image_pixel, frame_number)


def native_place(pixels: PixelLocation, image_pixel: ImagePixel, frame_number: int, attributes: int = 0) -> FrameEntry:
    """Return the entry of a native frame, from 1, that is known to be there; attributes: as in `FrameEntry`."""
    start = (frame_number - 1) * image_pixel.frame_bits
    word_bits = pixels.swap * _BYTE_BITS
    first_word, first_bit = divmod(start, word_bits)
    words = -(-(first_bit + image_pixel.frame_bits) // word_bits)
    return FrameEntry(pixels.offset + first_word * pixels.swap, words * pixels.swap, first_bit, attributes)


def complete_frames(pixels: PixelLocation, image_pixel: ImagePixel) -> int:
    """Return how many whole frames native pixel data hold; bits that only fill up the last byte may be missing."""
    whole_words = pixels.length - pixels.length % pixels.swap
    return whole_words * _BYTE_BITS // image_pixel.frame_bits


def object_source(source: ByteSource, instance: Instance, limits: ReadLimits = DEFAULT_LIMITS) -> ByteSource:
    """Return the bytes that an instance's offsets count in: the stored ones, or the inflated data set.

    Raises:
        CorruptObject: the data set cannot be inflated any more, or is larger than the limit.
    """
    if not instance.deflated:
        return source
    try:
        return inflate(source, instance.dataset_offset, limits.inflated_bytes)
    except Unreadable as problem:
        raise CorruptObject("The deflated data set of this object cannot be inflated.", detail=problem.reason) from None


def read_frame(source: ByteSource, instance: Instance, entry: FrameEntry) -> bytes:
    """Return a frame's bytes as stored: native cells, neither swapped nor shifted, or its fragments joined.

    Args:
        source: as `object_source` returns it.
        instance: the object.
        entry: where the frame is, from the index or from `native_entry`.

    Raises:
        CorruptObject: bytes are missing, or no items are where they were.
    """
    if instance.pixels is None:
        raise CorruptObject("This object holds no pixel data.")
    data = read_part(source, entry, 0, entry.length)
    if instance.pixels.encapsulated:
        return _joined(data, at_end=entry.offset + entry.length == source.size)
    return data


def read_part(source: ByteSource, entry: FrameEntry, start: int, length: int) -> bytes:
    """Return some bytes of a frame that has to be there as a whole.

    Args:
        source: as `object_source` returns it.
        entry: where the frame is.
        start: of the part, from the frame's first byte.
        length: of the part, bytes.

    Raises:
        CorruptObject: bytes of the frame are missing, be they of this part or not.
    """
    if entry.offset < 0 or entry.length <= 0 or entry.offset + entry.length > source.size:
        raise _cut_short()
    data = source.read_at(entry.offset + start, length)
    if len(data) < length:
        raise _cut_short()
    return data


def _joined(data: bytes, *, at_end: bool) -> bytes:
    """Return the fragments of one frame, their items checked; the last item of a file that ends early may be short."""
    fragments: list[bytes] = []
    place = 0
    while place < len(data):
        if fragments and len(fragments[-1]) % 2 and not data.startswith(_ITEM_TAG, place):
            place += 1  # an odd length that was filled up without counting the byte
        if place + ITEM_HEADER.size > len(data):
            raise _moved()
        length = ITEM_HEADER.unpack_from(data, place)[-1]
        if not data.startswith(_ITEM_TAG, place) or (place + ITEM_HEADER.size + length > len(data) and not at_end):
            raise _moved()
        place += ITEM_HEADER.size
        fragments.append(data[place : place + length])
        place += length
    return fragments[0] if len(fragments) == 1 else b"".join(fragments)


def _cut_short() -> CorruptObject:
    return CorruptObject("The stored object ends before this frame does.")


def _moved() -> CorruptObject:
    return CorruptObject("The items of this object's pixel data are not where they were when it was read.")
