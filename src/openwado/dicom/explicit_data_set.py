"""Data elements of any coding as parts of an Explicit VR Little Endian data set (PS3.5 7, A.2).

Values are never interpreted: bytes stay as they are but for byte order, and long values are not even read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openwado.dicom.attributes import Attributes
from openwado.dicom.elements import ITEM_DELIMITER, SEQUENCE_DELIMITER, UNDEFINED_LENGTH, Coding, read_items
from openwado.dicom.explicit_element import WORD_BYTES, explicit_header, implicit_vr
from openwado.dicom.image_pixel_tags import PIXEL_REPRESENTATION
from openwado.dicom.native import little_endian
from openwado.dicom.nested_pixel_data import decoded_pixel_elements, holds_encapsulated_pixels
from openwado.dicom.parts import FileSpan
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from openwado.dicom.block_reader import BlockReader
    from openwado.dicom.codecs import Codec
    from openwado.dicom.elements import Element
    from openwado.dicom.parts import Part

EXPLICIT_LITTLE_ENDIAN: Final = Coding(explicit=True, little_endian=True)

_ICON_IMAGE_SEQUENCE: Final = 0x00880200
#: Not written again: Data Set Trailing Padding, offset tables of encapsulated frames, Pixel Data Provider URL (TR-5).
_DROPPED: Final = frozenset({0xFFFCFFFC, 0x7FE00001, 0x7FE00002, 0x7FE00003, 0x00287FE0})
#: Besides, where pixel data are decoded: signatures no longer hold (PS3.15 C): MAC Parameters, Digital Signatures.
_SIGNATURES: Final = frozenset({0x4FFE0001, 0xFFFAFFFA})
#: Values up to this length travel in the plan; longer ones are read when they are sent.
_INLINE_MAX: Final = 1 << 15
_NESTING_MAX: Final = 64


class PartList:
    """Parts in the order they are sent; neighbours that can be one are joined.

    Args:
        blocks: of the bytes that spans count in.
        inline: whether spans must be read now, because offsets do not count in the stored file (deflated objects).
    """

    def __init__(self, blocks: BlockReader, *, inline: bool) -> None:
        self._blocks = blocks
        self._inline = inline
        self._parts: list[Part | bytearray] = []

    def add(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        if self._parts and isinstance(self._parts[-1], bytearray):
            self._parts[-1] += data
        elif len(data):
            self._parts.append(bytearray(data))

    def add_span(self, offset: int, length: int, swap: int = 1) -> None:
        """Append stored bytes, words reversed; a last incomplete word is filled up with zeros."""
        whole = length - length % swap
        if self._inline or (length <= _INLINE_MAX and swap > 1):
            self.add(little_endian(self._blocks.source.read_at(offset, length), swap))
            return
        last = self._parts[-1] if self._parts else None
        if isinstance(last, FileSpan) and last.offset + last.length == offset and last.swap == swap:
            self._parts[-1] = FileSpan(last.offset, last.length + whole, swap)
        elif whole:
            self._parts.append(FileSpan(offset, whole, swap))
        if whole < length:
            self.add(little_endian(self._blocks.source.read_at(offset + whole, length - whole), swap))

    def add_part(self, part: Part) -> None:
        """Append any part."""
        self._parts.append(part)

    def parts(self) -> tuple[Part, ...]:
        """Return the parts."""
        return tuple(bytes(part) if isinstance(part, bytearray) else part for part in self._parts)


class DataSetWriter:
    """Writes data elements of one object in Explicit VR Little Endian.

    Args:
        blocks: of the bytes that elements are in.
        codec: of the object's frames if they are decoded: encapsulated icons then are too; else None.
        signed: whether Pixel Representation of the data set is 1.
    """

    def __init__(self, blocks: BlockReader, codec: Codec | None, *, signed: bool) -> None:
        self._blocks = blocks
        self._codec = codec
        self._signed = signed

    def write(
        self, parts: PartList, elements: Mapping[int, Element], coding: Coding, replaced: Mapping[int, bytes]
    ) -> None:
        """Append the elements of a data set.

        Args:
            parts: what they are appended to.
            elements: in their order.
            coding: how they are written now.
            replaced: whole elements by tag that take the place of stored ones, or come in between (PS3.5 7.1).

        Raises:
            CorruptObject: sequences are nested too deeply.
            openwado.dicom.block_reader.Unreadable: sequences hold more than the limits allow.
        """
        due = sorted(replaced)
        for tag, element in elements.items():
            while due and due[0] <= tag:
                parts.add(replaced[due.pop(0)])
            if tag not in replaced and not self._is_dropped(tag):
                self._write_element(parts, tag, element, coding)
        for tag in due:
            parts.add(replaced[tag])

    def _is_dropped(self, tag: int) -> bool:
        is_group_length = tag & 0xFFFF == 0
        return is_group_length or tag in _DROPPED or (self._codec is not None and tag in _SIGNATURES)

    def _write_element(self, parts: PartList, tag: int, element: Element, coding: Coding) -> None:
        if coding == EXPLICIT_LITTLE_ENDIAN and element.vr and not self._is_encapsulated_icon(tag, element, coding):
            parts.add_span(element.offset, element.value_offset + element.length - element.offset)
            if element.undefined:
                self._write_delimiter(parts, element)
            return
        vr = element.vr or implicit_vr(tag, signed=self._signed)
        if self._is_sequence(vr, element, coding):
            parts.add(self._top_sequence(tag, element, coding))
            return
        vr, swap = _written(vr, coding)
        length = element.length + -element.length % swap
        parts.add(explicit_header(tag, vr, length))
        if element.length > _INLINE_MAX:
            parts.add_span(element.value_offset, element.length, swap)
        else:
            parts.add(little_endian(self._blocks.read(element.value_offset, element.length), swap))

    def _write_delimiter(self, parts: PartList, element: Element) -> None:
        """Close a value of undefined length: by its own delimiter, so that spans join, or by one of ours."""
        end = element.value_offset + element.length
        delimiter = _delimiter(SEQUENCE_DELIMITER)
        if self._blocks.read(end, len(delimiter)) == delimiter:
            parts.add_span(end, len(delimiter))
        else:
            parts.add(delimiter)

    def _is_encapsulated_icon(self, tag: int, element: Element, coding: Coding) -> bool:
        if self._codec is None or tag != _ICON_IMAGE_SEQUENCE:
            return False
        return any(holds_encapsulated_pixels(item) for item, _ in read_items(self._blocks, element, coding))

    def _is_sequence(self, vr: str, element: Element, coding: Coding) -> bool:
        """Return whether a value consists of items: one of undefined length does, also as UN (PS3.5 6.2.2)."""
        if element.undefined:
            return vr in ("SQ", "UN")
        if vr != "SQ":
            return False
        start = self._blocks.read(element.value_offset, 4)
        return not element.length or start == (b"\xfe\xff\x00\xe0" if coding.little_endian else b"\xff\xfe\xe0\x00")

    def _top_sequence(self, tag: int, element: Element, coding: Coding) -> bytes:
        """Return a sequence; nothing for an icon that cannot be decoded: the object can do without (PS3.3 C.7.6.1)."""
        try:
            return b"".join(self._sequence(tag, element, coding, signed=self._signed, depth=1))
        except (CorruptObject, NotSupported):
            if tag == _ICON_IMAGE_SEQUENCE:
                return b""
            raise

    def _sequence(self, tag: int, element: Element, coding: Coding, *, signed: bool, depth: int) -> Iterator[bytes]:
        """Yield a sequence, its lengths defined or undefined throughout as its own was."""
        if depth > _NESTING_MAX:
            raise CorruptObject(f"Sequences of this object are nested more than {_NESTING_MAX} times.")
        written = []
        for item, item_coding in read_items(self._blocks, element, coding):
            body = b"".join(self._item(item, item_coding, signed=signed, depth=depth))
            if element.undefined:
                written += [_item_header(UNDEFINED_LENGTH), body, _delimiter(ITEM_DELIMITER)]
            else:
                written += [_item_header(len(body)), body]
        length = UNDEFINED_LENGTH if element.undefined else sum(map(len, written))
        yield explicit_header(tag, "SQ", length)
        yield from written
        if element.undefined:
            yield _delimiter(SEQUENCE_DELIMITER)

    def _item(self, item: Mapping[int, Element], coding: Coding, *, signed: bool, depth: int) -> Iterator[bytes]:
        representation = Attributes(self._blocks, item, coding).integer(PIXEL_REPRESENTATION)
        signed = signed if representation is None else representation == 1
        replaced: Mapping[int, bytes] = {}
        if self._codec is not None and holds_encapsulated_pixels(item):
            replaced = decoded_pixel_elements(self._blocks, item, coding, self._codec)
        for tag, element in item.items():
            if tag in replaced:
                yield replaced[tag]
            elif tag & 0xFFFF:
                yield from self._nested(tag, element, coding, signed=signed, depth=depth)

    def _nested(self, tag: int, element: Element, coding: Coding, *, signed: bool, depth: int) -> Iterator[bytes]:
        vr = element.vr or implicit_vr(tag, signed=signed)
        if self._is_sequence(vr, element, coding):
            yield from self._sequence(tag, element, coding, signed=signed, depth=depth + 1)
            return
        vr, swap = _written(vr, coding)
        value = little_endian(self._blocks.read(element.value_offset, element.length), swap)
        yield explicit_header(tag, vr, len(value))
        yield bytes(value)


def _written(vr: str, coding: Coding) -> tuple[str, int]:
    """Return the VR to write a value with that is no sequence, and the bytes of a word to reverse."""
    return "UN" if vr == "SQ" else vr, 1 if coding.little_endian else WORD_BYTES.get(vr, 1)


def _item_header(length: int) -> bytes:
    return b"\xfe\xff\x00\xe0" + length.to_bytes(4, "little")


def _delimiter(tag: int) -> bytes:
    return (tag >> 16).to_bytes(2, "little") + (tag & 0xFFFF).to_bytes(2, "little") + bytes(4)
