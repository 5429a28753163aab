"""Whole objects as PS3.10 files: as stored, or in Explicit VR Little Endian (PS3.18 8.7.3, TR-1 … TR-5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.codecs import CODECS, codec_of, decode_frame, image_pixel_of
from openwado.dicom.elements import Span, read_elements
from openwado.dicom.explicit_data_set import DataSetWriter, PartList
from openwado.dicom.explicit_element import explicit_header
from openwado.dicom.file_head import file_head
from openwado.dicom.frames import object_source
from openwado.dicom.image_pixel_tags import PIXEL_REPRESENTATION
from openwado.dicom.native import ONLY_IN_STREAMS, native_bytes
from openwado.dicom.parts import DecodedFrames, FileSpan, read_span
from openwado.dicom.pixel_attributes import (
    PIXEL_DATA,
    decoded_attributes,
    frame_bits_allocated,
    number_of_frames_element,
    photometric_element,
    pixel_data_vr,
)
from openwado.dicom.reader import NotAnObject, parse
from openwado.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, NEVER_SENT
from openwado.dicom.undecoded import REFERENCED
from openwado.errors import CorruptObject, NotAcceptable, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.frame import Frame
    from openwado.dicom.instance import FrameEntry, Instance, PixelLocation
    from openwado.dicom.parts import Part
    from openwado.dicom.reader import Parsed
    from openwado.dicom.source import ByteSource

#: Bytes read from a stored object at once.
PIECE: Final = 1 << 20

_VALUE_LENGTH_MAX: Final = 0xFFFFFFFE
#: A first frame up to this size goes into the plan, for which it was decoded anyway.
_INLINE_FRAME_MAX: Final = 32 << 20
#: Groups of what may stand behind the last element: zeros, stray delimiters, cut-off padding.
_NO_ELEMENTS: Final = frozenset({0x0000, 0xFFFE, 0xFFFC})
_AS_STORED: Final = "Ask with transferSyntax=* to have the object as it is stored."


def plan_as_stored(source: ByteSource, instance: Instance) -> tuple[Part, ...]:
    """Return a PS3.10 file of the stored bytes, without looking into the data set.

    Args:
        source: the stored bytes.
        instance: the object's record.

    Returns:
        The file unchanged; or, if it lacks what PS3.10 7.1 asks for, new File Meta Information and its data set.
    """
    if instance.part10:
        return (FileSpan(0, source.size),)
    data_set = FileSpan(instance.dataset_offset, source.size - instance.dataset_offset)
    return (file_head(source, instance, instance.transfer_syntax_uid), data_set)


def plan_explicit_little_endian(
    source: ByteSource, instance: Instance, entries: tuple[FrameEntry, ...]
) -> tuple[Part, ...]:
    """Return a PS3.10 file in Explicit VR Little Endian of an object stored in any other transfer syntax.

    Values are not interpreted, so wrong ones pass through; of encapsulated frames one is decoded here, to know what
    they will be, and the others when they are sent.

    Args:
        source: the stored bytes (not the inflated ones).
        instance: the object's record.
        entries: where its frames are; may be empty where pixel data are native.

    Raises:
        NotAcceptable: the native pixel data would be too long (D-19), are one video stream (TR-4) or are not here; or
            the object breaks off.
        CorruptObject: the object cannot be read, or its first frame cannot be decoded.
        NotSupported: no decoder for its frames is here.
    """
    try:
        parsed = parse(source)
        if instance.pixels is None:
            return _without_pixels(source, instance, parsed)
        if instance.pixels.encapsulated:
            return _decoded(source, instance, parsed, instance.pixels, entries)
        return _native(source, instance, parsed, instance.pixels)
    except NotAnObject as problem:
        raise _unreadable(problem.reason) from None
    except Unreadable as problem:
        raise _unreadable(problem.reason) from None


def frame_bytes(source: ByteSource, instance: Instance, entry: FrameEntry) -> bytes:
    """Return what one of the entries of `DecodedFrames` stands for: a decoded frame as native little-endian bytes.

    Args:
        source: the stored bytes.
        instance: the object's record.
        entry: where the frame is.

    Returns:
        Samples interleaved, in the layout that the plan's attributes tell. The length is `DecodedFrames.frame_length`
        unless this frame's stream differs from the first one's.

    Raises:
        CorruptObject: the frame cannot be read or decoded.
        NotSupported: no decoder for it is here.
    """
    frame = decode_frame(source, instance, entry)
    return native_bytes(frame, frame_bits_allocated(frame, image_pixel_of(instance)))


def _without_pixels(source: ByteSource, instance: Instance, parsed: Parsed) -> tuple[Part, ...]:
    if instance.transfer_syntax_uid in REFERENCED:
        raise NotAcceptable(f"The pixel data of this object are referenced, not held here. {_AS_STORED}")
    parts, writer = _start(source, instance, parsed)
    _check_complete(parsed, parsed.head_end)
    writer.write(parts, parsed.attributes.elements, parsed.coding, {})
    return parts.parts()


def _native(source: ByteSource, instance: Instance, parsed: Parsed, pixels: PixelLocation) -> tuple[Part, ...]:
    parts, writer = _start(source, instance, parsed)
    replaced: dict[int, bytes] = {}
    image_pixel = instance.picture.image_pixel if instance.picture else None
    if image_pixel is not None and image_pixel.photometric_interpretation in ONLY_IN_STREAMS:
        replaced = photometric_element("RGB")
    writer.write(parts, parsed.attributes.elements, parsed.coding, replaced)
    tag, vr = _native_tag_and_vr(instance, parsed)
    length = pixels.length + -pixels.length % max(pixels.swap, 2)
    _check_length(length)
    parts.add(explicit_header(tag, vr, length))
    parts.add_span(pixels.offset, pixels.length, pixels.swap)
    parts.add(bytes(length - pixels.length - -pixels.length % pixels.swap))
    _write_tail(parts, writer, parsed, pixels)
    return parts.parts()


def _decoded(
    source: ByteSource, instance: Instance, parsed: Parsed, pixels: PixelLocation, entries: tuple[FrameEntry, ...]
) -> tuple[Part, ...]:
    try:
        codec = codec_of(instance)
    except NotSupported as refusal:
        raise NotSupported(f"{refusal.public} {_AS_STORED}") from None
    if codec.form == "video":
        raise NotAcceptable(f"A video stream ({codec.name}) is not decompressed. {_AS_STORED}")
    if not entries:
        raise CorruptObject("The pixel data of this object hold no frames.")
    frame = decode_frame(source, instance, entries[0])
    bits_allocated, replaced = decoded_attributes(frame, parsed.attributes, image_pixel_of(instance))
    replaced |= number_of_frames_element(parsed.attributes, len(entries))
    total_bits = frame.cells.size * len(entries) * (1 if bits_allocated == 1 else bits_allocated)
    length = -(-total_bits // 16) * 2
    _check_length(length)
    parts, writer = _start(source, instance, parsed, decode=True)
    writer.write(parts, parsed.attributes.elements, parsed.coding, replaced)
    parts.add(explicit_header(PIXEL_DATA, pixel_data_vr(bits_allocated), length))
    if bits_allocated == 1 and frame.cells.size % 8:
        written = _packed(source, instance, entries, frame)
        parts.add(written)
        written_length = len(written)
    else:
        written_length = _add_frames(parts, frame, bits_allocated, entries)
    parts.add(bytes(length - written_length))
    _write_tail(parts, writer, parsed, pixels)
    return parts.parts()


def _start(
    source: ByteSource, instance: Instance, parsed: Parsed, *, decode: bool = False
) -> tuple[PartList, DataSetWriter]:
    blocks = parsed.attributes.blocks
    parts = PartList(blocks, inline=parsed.deflated)
    parts.add(file_head(source, instance, EXPLICIT_VR_LITTLE_ENDIAN))
    signed = parsed.attributes.integer(PIXEL_REPRESENTATION) == 1
    codec = CODECS.get(instance.transfer_syntax_uid) if decode else None
    return parts, DataSetWriter(blocks, codec, signed=signed)


def _write_tail(parts: PartList, writer: DataSetWriter, parsed: Parsed, pixels: PixelLocation) -> None:
    """Append the elements after the pixel data."""
    blocks = parsed.attributes.blocks
    elements, end = read_elements(blocks, Span(pixels.tail_offset, blocks.size, parsed.coding))
    _check_complete(parsed, end)
    writer.write(parts, elements, parsed.coding, {})


def _add_frames(parts: PartList, first: Frame, bits_allocated: int, entries: tuple[FrameEntry, ...]) -> int:
    data = native_bytes(first, bits_allocated)
    if len(data) <= _INLINE_FRAME_MAX:
        parts.add(data)
        if len(entries) > 1:
            parts.add_part(DecodedFrames(entries[1:], len(data)))
    else:
        parts.add_part(DecodedFrames(entries, len(data)))
    return len(data) * len(entries)


def _packed(source: ByteSource, instance: Instance, entries: tuple[FrameEntry, ...], first: Frame) -> bytes:
    """Return frames of single bits one right after the other: they do not end on bytes (PS3.5 8.1.1)."""
    packed = np.zeros(-(-first.cells.size * len(entries) // 8), np.uint8)
    for number, entry in enumerate(entries):
        frame = decode_frame(source, instance, entry) if number else first
        if frame.cells.shape != first.cells.shape:
            raise CorruptObject("The frames of this object are not all of one size.")
        byte, bit = divmod(number * frame.cells.size, 8)
        bits = np.concatenate([np.zeros(bit, np.uint8), frame.cells.reshape(-1).view(np.uint8)])
        frame_packed = np.packbits(bits, bitorder="little")
        packed[byte : byte + frame_packed.size] |= frame_packed
    return packed.tobytes()


def _native_tag_and_vr(instance: Instance, parsed: Parsed) -> tuple[int, str]:
    pixel_data = parsed.pixel_data
    if pixel_data is None:
        raise CorruptObject("The pixel data are not where they were when this object was read.")
    if pixel_data.element == "FloatPixelData":
        return 0x7FE00008, "OF"
    if pixel_data.element == "DoubleFloatPixelData":
        return 0x7FE00009, "OD"
    bits_allocated = instance.picture.image_pixel.bits_allocated if instance.picture else 0
    return PIXEL_DATA, "OB" if pixel_data.vr == "OB" and bits_allocated <= 8 else "OW"  # noqa: PLR2004 -- a byte


def _check_complete(parsed: Parsed, end: int) -> None:
    """Refuse to pass off what was read as the whole object if it breaks off within an element; padding may follow it.

    It is no fault of the moment but known for good, and a plan without its last beam must not look like a plan.

    Raises:
        NotAcceptable: the element that starts at `end` is longer than the object.
    """
    head = parsed.attributes.blocks.read(end, 8)
    group = int.from_bytes(head[:2], "little" if parsed.coding.little_endian else "big")
    if len(head) == 8 and group not in _NO_ELEMENTS:  # noqa: PLR2004 -- tag and length
        hint = "" if parsed.transfer_syntax_uid in NEVER_SENT else f" {_AS_STORED}"
        raise NotAcceptable(
            "The stored object breaks off within a data element, so it cannot be sent in Explicit VR Little Endian: "
            f"a part would pass for the whole.{hint}"
        )


def _check_length(length: int) -> None:
    if length > _VALUE_LENGTH_MAX:
        raise NotAcceptable(f"The native pixel data of this object would be longer than 4 GiB (D-19). {_AS_STORED}")


def _unreadable(reason: str) -> CorruptObject:
    return CorruptObject("The stored object cannot be read as DICOM.", detail=reason)


def part_bytes(part: Part, stored: ByteSource, instance: Instance) -> Iterator[bytes]:
    """Give a part's bytes piece by piece, without a server: bounded memory, one frame or 1 MiB at a time."""
    match part:
        case bytes():
            yield part
        case FileSpan():
            for start in range(0, part.length, PIECE):
                yield read_span(stored, part, start, min(start + PIECE, part.length))
        case DecodedFrames():
            source = object_source(stored, instance)
            for entry in part.entries:
                frame = frame_bytes(source, instance, entry)
                if len(frame) != part.frame_length:
                    raise CorruptObject("A frame of the object has another size than its header says.")
                yield frame
