"""Data elements, items and their delimiters (PS3.5 7): where they are in the bytes, without loading their values.

pydicom builds a data set for every item of a sequence of undefined length, as deep and as many as the bytes say. Here a
sequence is only passed over, with limits, and looked into where something in it is wanted.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.dicom.block_reader import HEADER_MAX, Unreadable
from openwado.dicom.explicit_element import LONG_VRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.block_reader import BlockReader

UNDEFINED_LENGTH: Final = 0xFFFFFFFF
ITEM: Final = 0xFFFEE000
ITEM_DELIMITER: Final = 0xFFFEE00D
SEQUENCE_DELIMITER: Final = 0xFFFEE0DD

_DELIMITERS: Final = 0xFFFE
_TAG_AND_LENGTH: Final = 8
_VR_BYTES: Final = 2
_LONG_VRS: Final = frozenset(vr.encode() for vr in LONG_VRS)
#: By whether the byte order is little endian.
_HEADERS: Final = {True: Struct("<HHI"), False: Struct(">HHI")}
_SHORT_LENGTHS: Final = {True: Struct("<H"), False: Struct(">H")}
_LONG_LENGTHS: Final = {True: Struct("<I"), False: Struct(">I")}


class Coding(NamedTuple):
    """How data elements are written: with or without VR, in which byte order (PS3.5 7.1, 7.3)."""

    explicit: bool
    little_endian: bool


class Span(NamedTuple):
    """The bytes of a data set or item: from start up to, not including, end, and how they are written."""

    start: int
    end: int
    coding: Coding


class Element(NamedTuple):
    """Where a data element is.

    Attributes:
        vr: as written, "" where nothing is written.
        offset: of the tag.
        value_offset: of the value's first byte.
        length: bytes of the value; of undefined length: up to the sequence delimiter.
        undefined: whether the length is written as undefined.
    """

    vr: str
    offset: int
    value_offset: int
    length: int
    undefined: bool


def read_elements(
    blocks: BlockReader, span: Span, *, group: int | None = None, stop_tags: frozenset[int] = frozenset()
) -> tuple[dict[int, Element], int]:
    """Return the data elements of a data set or item by tag, and the offset of the byte after the last one.

    It ends with the span, at an item delimiter (which is then not passed), at an element that reaches beyond the span,
    at a tag of group 0000 (padding), before the first element of another group if `group` is given, and with the first
    of `stop_tags`, which is taken in without looking into its value: its length may then be `UNDEFINED_LENGTH`.

    Raises:
        Unreadable: a limit is exceeded.
    """
    elements: dict[int, Element] = {}
    position, end, coding = span
    while position + _TAG_AND_LENGTH <= end:
        index = blocks.index(position)
        if len(blocks.data) - index < _TAG_AND_LENGTH:
            break
        tag, vr, length, head = _header(blocks.data, index, coding)
        if tag >> 16 in (0, _DELIMITERS) or (group is not None and tag >> 16 != group):
            break
        value_offset = position + head
        undefined = length == UNDEFINED_LENGTH
        if tag in stop_tags:
            elements[tag] = Element(vr, position, value_offset, length, undefined)
            break
        following = value_offset + length
        if undefined:
            content_end, following = skip_items(blocks, Span(value_offset, end, coding))
            length = content_end - value_offset
        elif following > end:
            break
        if len(elements) >= blocks.limits.elements:
            raise Unreadable("too many elements")
        elements[tag] = Element(vr, position, value_offset, length, undefined)
        position = following
    return elements, position


def read_items(blocks: BlockReader, sequence: Element, coding: Coding) -> Iterator[tuple[dict[int, Element], Coding]]:
    """Yield the data elements of each item of a sequence, and how they are written.

    Raises:
        Unreadable: a limit is exceeded.
    """
    position = sequence.value_offset
    end = min(position + sequence.length, blocks.size)
    header = _HEADERS[coding.little_endian]
    while position + _TAG_AND_LENGTH <= end:
        index = blocks.index(position)
        if len(blocks.data) - index < _TAG_AND_LENGTH:
            return
        group, number, length = header.unpack_from(blocks.data, index)
        position += _TAG_AND_LENGTH
        if group << 16 | number == ITEM_DELIMITER:
            continue
        if group << 16 | number != ITEM:
            return
        item_end = end if length == UNDEFINED_LENGTH else min(position + length, end)
        span = Span(position, item_end, _coding_of_item(blocks, position, coding))
        elements, reached = read_elements(blocks, span)
        yield elements, span.coding
        position = reached if length == UNDEFINED_LENGTH else item_end


def skip_items(blocks: BlockReader, span: Span) -> tuple[int, int]:
    """Pass over a value of undefined length: items of data elements, or fragments (PS3.5 7.5, A.4).

    Missing delimiters are tolerated: an element where an item is due ends the sequence, as does the end of the bytes.

    Args:
        blocks: the bytes.
        span: from the value's first byte to where it must have ended.

    Returns:
        Where the content ends, and where the next element starts (after the delimiter).

    Raises:
        Unreadable: a limit is exceeded.
    """
    position, end, coding = span
    header = _HEADERS[coding.little_endian]
    nesting = _Nesting(blocks, coding)
    while position + _TAG_AND_LENGTH <= end:
        index = blocks.index(position)
        if len(blocks.data) - index < _TAG_AND_LENGTH:
            break
        group, number, length = header.unpack_from(blocks.data, index)
        if group == _DELIMITERS:
            position = nesting.pass_delimiter(number, length, position)
            if not nesting.levels:
                return position - _TAG_AND_LENGTH, position
        elif (item_coding := nesting.levels[-1].item_coding) is not None:
            _, _, length, head = _header(blocks.data, index, item_coding)
            position += head
            if length == UNDEFINED_LENGTH:
                nesting.enter_sequence()
            else:
                position += length
        else:
            nesting.levels.pop()
            if not nesting.levels:
                return position, position
    return end, end


def is_vr(code: bytes) -> bool:
    """Return whether two bytes may be a VR: two capital letters (PS3.5 6.2)."""
    return len(code) == _VR_BYTES and code.isalpha() and code.isupper()


class _Level(NamedTuple):
    """Where we are in nested sequences.

    Attributes:
        item_coding: between the elements of an item: how they are written; None between items.
        coding: how items are written unless they show otherwise.
    """

    item_coding: Coding | None
    coding: Coding


class _Nesting:
    """The sequences and items of undefined length that are open while they are passed over."""

    __slots__ = ("_blocks", "levels")

    def __init__(self, blocks: BlockReader, coding: Coding) -> None:
        self.levels = [_Level(None, coding)]
        self._blocks = blocks

    def enter_sequence(self) -> None:
        """Open a sequence inside the current item."""
        self.levels.append(_Level(None, self.levels[-1].coding))

    def pass_delimiter(self, number: int, length: int, position: int) -> int:
        """Open or close what an element of group FFFE says, and return where to go on."""
        item_coding, coding = self.levels[-1]
        if number == ITEM & 0xFFFF:
            if item_coding is not None:  # the delimiter of the item before is missing
                self.levels.pop()
                return position
            return self._enter_item(length, position + _TAG_AND_LENGTH, coding)
        if item_coding is not None:
            self.levels.pop()
        if number == SEQUENCE_DELIMITER & 0xFFFF:
            self.levels.pop()
        return position + _TAG_AND_LENGTH

    def _enter_item(self, length: int, position: int, coding: Coding) -> int:
        if length != UNDEFINED_LENGTH:
            return position + length
        if len(self.levels) >= 2 * self._blocks.limits.nesting:
            raise Unreadable("too deeply nested")
        item_coding = _coding_of_item(self._blocks, position, coding)
        self.levels.append(_Level(item_coding, item_coding))
        return position


def _coding_of_item(blocks: BlockReader, position: int, coding: Coding) -> Coding:
    """Return how the elements of an item are written: without VR where none is seen (PS3.5 6.2.2, and practice)."""
    if not coding.explicit:
        return coding
    index = blocks.index(position)
    return coding._replace(explicit=is_vr(blocks.data[index + 4 : index + 6]))


def _header(data: bytes, index: int, coding: Coding) -> tuple[int, str, int, int]:
    """Return tag, VR, length of the value and bytes of the header (PS3.5 7.1.2, 7.1.3)."""
    group, number, length = _HEADERS[coding.little_endian].unpack_from(data, index)
    tag = group << 16 | number
    if not coding.explicit:
        return tag, "", length, _TAG_AND_LENGTH
    code = data[index + 4 : index + 6]
    if code in _LONG_VRS:
        if len(data) - index < HEADER_MAX:
            return tag, code.decode(), UNDEFINED_LENGTH - 1, HEADER_MAX  # cut off: longer than anything
        (length,) = _LONG_LENGTHS[coding.little_endian].unpack_from(data, index + 8)
        return tag, code.decode(), length, HEADER_MAX
    if is_vr(code):
        (length,) = _SHORT_LENGTHS[coding.little_endian].unpack_from(data, index + 6)
        return tag, code.decode(), length, _TAG_AND_LENGTH
    return tag, "", length, _TAG_AND_LENGTH  # some writers leave the VR out half-way
