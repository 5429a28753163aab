"""Walking data elements, items and delimiters (PS3.5 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openwado.dicom.block_reader import BlockReader, Unreadable
from openwado.dicom.elements import Coding, Element, Span, read_elements, read_items
from openwado.dicom.reader import ReadLimits
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

EXPLICIT = Coding(explicit=True, little_endian=True)


def walk(data: bytes, coding: Coding = EXPLICIT, **limits: int) -> tuple[dict[int, Element], int]:
    """Return the elements of a data set and where it ends."""
    return read_elements(BlockReader(BytesSource(data), ReadLimits(**limits)), Span(0, len(data), coding))


@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("little", [True, False])
@pytest.mark.parametrize("undefined", [True, False])
def test_ps3_5_7_5_sequence_is_passed_over_in_every_coding(
    element: Callable[..., bytes], item: Callable[..., bytes], *, explicit: bool, little: bool, undefined: bool
) -> None:
    """A sequence of defined or undefined length is one element, whatever is nested in it."""
    how = {"explicit": explicit, "little": little}
    inner = element(0x00081140, "SQ", item(element(0x00081155, "UI", b"1.2", **how), little=little), **how)
    content = item(inner + element(0x00280010, "US", 7, **how), little=little, undefined=undefined)
    data = element(0x00081115, "SQ", content, undefined=undefined, **how) + element(0x00200013, "IS", b"5", **how)
    elements, end = walk(data, Coding(explicit, little))
    assert list(elements) == [0x00081115, 0x00200013]
    assert elements[0x00081115].length == len(content)
    assert elements[0x00081115].undefined == undefined
    assert end == len(data)


def test_ps3_5_6_2_2_unknown_vr_of_undefined_length_holds_implicit_items(
    element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """A UN element of undefined length is a sequence whose items are written without VR."""
    content = item(element(0x00081155, "UI", b"1.2.3", explicit=False), undefined=True)
    data = element(0x00091010, "UN", content, undefined=True) + element(0x00200013, "IS", b"5")
    blocks = BlockReader(BytesSource(data), ReadLimits())
    elements, _ = read_elements(blocks, Span(0, len(data), EXPLICIT))
    assert list(elements) == [0x00091010, 0x00200013]
    ((nested, coding),) = read_items(blocks, elements[0x00091010], EXPLICIT)
    assert list(nested) == [0x00081155]
    assert not coding.explicit


def test_element_without_vr_in_explicit_data_set_is_read_as_implicit(element: Callable[..., bytes]) -> None:
    """Where a writer leaves the VR out half-way the length takes four bytes."""
    data = element(0x00080060, "CS", b"CT") + element(0x00080070, "LO", b"maker ", explicit=False)
    data += element(0x00200013, "IS", b"5")
    elements, _ = walk(data)
    assert [found.vr for found in elements.values()] == ["CS", "", "IS"]


def test_missing_item_delimiter_ends_with_the_next_item(
    element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """An item in an item, and a sequence delimiter in an item, close the item before."""
    first = item(element(0x00081155, "UI", b"1.2"), undefined=True)[:-8]
    data = element(0x00081115, "SQ", first + first, undefined=True) + element(0x00200013, "IS", b"5")
    elements, _ = walk(data)
    assert list(elements) == [0x00081115, 0x00200013]


def test_missing_sequence_delimiter_ends_with_the_next_element(
    element: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """An element where an item is due ends a sequence, also after a stray item delimiter."""
    stray = b"\xfe\xff\x0d\xe0" + bytes(4)
    content = item(element(0x00081155, "UI", b"1.2")) + stray
    data = element(0x00081115, "SQ", content, undefined=True)[:-8] + element(0x00200013, "IS", b"5")
    elements, _ = walk(data)
    assert list(elements) == [0x00081115, 0x00200013]


def test_truncated_element_is_left_out(element: Callable[..., bytes]) -> None:
    """A value that reaches beyond the end of the bytes ends the data set before its element."""
    data = element(0x00080060, "CS", b"CT") + element(0x00081030, "LO", b"description ")[:-3]
    elements, end = walk(data)
    assert list(elements) == [0x00080060]
    assert end == 10


def test_truncated_long_header_ends_the_data_set(element: Callable[..., bytes]) -> None:
    """An element header of twelve bytes that is cut off after eight ends the data set."""
    data = element(0x00080060, "CS", b"CT") + element(0x00281201, "OW", b"")[:8]
    assert list(walk(data)[0]) == [0x00080060]


def test_zeros_after_the_last_element_end_the_data_set(element: Callable[..., bytes]) -> None:
    """Padding with zeros is no data element, however long it is."""
    data = element(0x00080060, "CS", b"CT") + bytes(100_000)
    elements, end = walk(data)
    assert list(elements) == [0x00080060]
    assert end == 10


def test_nesting_beyond_the_limit_is_refused(element: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Sequences of undefined length inside one another are bounded, and a million of them take no stack."""
    data = b""
    for _ in range(70):
        data = element(0x00081115, "SQ", item(data, undefined=True), undefined=True)
    with pytest.raises(Unreadable, match="too deeply nested"):
        walk(data)
    assert len(walk(data, nesting=71)[0]) == 1
    opening = (element(0x00081115, "SQ", b"", undefined=True)[:12] + item(b"", undefined=True)[:8]) * 1_000_000
    with pytest.raises(Unreadable, match="too deeply nested"):
        walk(opening)


def test_elements_beyond_the_limits_are_refused(element: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Elements of a data set, and headers inside sequences, are bounded."""
    many = b"".join(element(0x00090000 | number, "US", 1) for number in range(0x1000, 0x1010))
    with pytest.raises(Unreadable, match="too many elements"):
        walk(many, elements=10)
    with pytest.raises(Unreadable, match="too many elements"):
        walk(element(0x00081115, "SQ", item(b"") * 100, undefined=True), headers=50)


def test_bytes_read_beyond_the_limit_are_refused(element: Callable[..., bytes]) -> None:
    """What is read counts once, what is skipped not at all, and more than the limit is refused."""
    long = element(0x00091010, "OB", bytes(1_000_000)) + element(0x00200013, "IS", b"5")
    assert len(walk(long, header_bytes=200_000)[0]) == 2
    short = b"".join(element(0x00090000 | number, "OB", bytes(1000)) for number in range(0x1000, 0x1100))
    with pytest.raises(Unreadable, match="header too large"):
        walk(short, header_bytes=100_000)
    blocks = BlockReader(BytesSource(bytes(100)), ReadLimits(header_bytes=100))
    assert [len(blocks.read(0, 60)) for _ in range(10)] == [60] * 10
