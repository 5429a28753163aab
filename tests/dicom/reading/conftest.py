"""Objects made byte by byte, so that every way of writing them, right or wrong, can be read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from openwado.dicom.instance import Stamp
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openwado.dicom.instance import Reading

UNDEFINED = 0xFFFFFFFF
LONG_VRS = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)

#: A 3 x 2 image of 8 bits; numbers are US.
IMAGE: Mapping[int, tuple[str, bytes | int]] = {
    0x00080016: ("UI", b"1.2.840.10008.5.1.4.1.1.7"),
    0x00080018: ("UI", b"1.2.3.4"),
    0x00080060: ("CS", b"OT"),
    0x0020000D: ("UI", b"1.2.3"),
    0x0020000E: ("UI", b"1.2.3.5"),
    0x00280002: ("US", 1),
    0x00280004: ("CS", b"MONOCHROME2 "),
    0x00280010: ("US", 2),
    0x00280011: ("US", 3),
    0x00280100: ("US", 8),
    0x00280101: ("US", 8),
    0x00280102: ("US", 7),
    0x00280103: ("US", 0),
    0x7FE00010: ("OB", bytes(range(6))),
}


def write_element(
    tag: int, vr: str, value: bytes | int, *, explicit: bool = True, little: bool = True, undefined: bool = False
) -> bytes:
    """Return a data element; an integer is written as US, undefined length with its delimiter."""
    order = "<" if little else ">"
    if isinstance(value, int):
        value = struct.pack(order + "H", value)
    if not undefined and len(value) % 2:
        value += b"\0" if vr in ("UI", "OB", "UN") else b" "
    length = UNDEFINED if undefined else len(value)
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        head += struct.pack(order + "I", length)
    elif vr in LONG_VRS:
        head += vr.encode() + b"\0\0" + struct.pack(order + "I", length)
    else:
        head += vr.encode() + struct.pack(order + "H", length)
    return head + value + (struct.pack(order + "HHI", 0xFFFE, 0xE0DD, 0) if undefined else b"")


def write_item(content: bytes, *, little: bool = True, undefined: bool = False) -> bytes:
    """Return an item of a sequence or of encapsulated pixel data."""
    order = "<" if little else ">"
    if undefined:
        return (
            struct.pack(order + "HHI", 0xFFFE, 0xE000, UNDEFINED)
            + content
            + struct.pack(order + "HHI", 0xFFFE, 0xE00D, 0)
        )
    return struct.pack(order + "HHI", 0xFFFE, 0xE000, len(content)) + content


def write_part10(dataset: bytes, transfer_syntax: str = EXPLICIT_LITTLE, *, preamble: bool = True) -> bytes:
    """Return a file with file meta group and data set."""
    meta = write_element(0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.7")
    if transfer_syntax:
        meta += write_element(0x00020010, "UI", transfer_syntax.encode())
    group = write_element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta
    return (bytes(128) + b"DICM" if preamble else b"") + group + dataset


def write_dataset(
    changes: Mapping[int, tuple[str, bytes | int] | None] | None = None, *, explicit: bool = True, little: bool = True
) -> bytes:
    """Return `IMAGE` with elements changed, added or (None) left out; encapsulated pixel data are given as items."""
    elements = {**IMAGE, **(changes or {})}
    written = []
    for tag, element in sorted(elements.items()):
        if element is not None:
            vr, value = element
            undefined = tag in PIXEL_TAGS and isinstance(value, bytes) and value[:4] == b"\xfe\xff\x00\xe0"
            written.append(write_element(tag, vr, value, explicit=explicit, little=little, undefined=undefined))
    return b"".join(written)


@pytest.fixture(name="element")
def element_fixture() -> Callable[..., bytes]:
    """Return `write_element`."""
    return write_element


@pytest.fixture(name="item")
def item_fixture() -> Callable[..., bytes]:
    """Return `write_item`."""
    return write_item


@pytest.fixture(name="part10")
def part10_fixture() -> Callable[..., bytes]:
    """Return `write_part10`."""
    return write_part10


@pytest.fixture(name="dataset")
def dataset_fixture() -> Callable[..., bytes]:
    """Return `write_dataset`."""
    return write_dataset


@pytest.fixture
def read() -> Callable[..., Reading]:
    """Return a function that reads a file, or the image `IMAGE` with changes, into a record."""

    def read(
        content: bytes | Mapping[int, tuple[str, bytes | int] | None], transfer_syntax: str = EXPLICIT_LITTLE
    ) -> Reading:
        if not isinstance(content, bytes):
            content = write_part10(write_dataset(content), transfer_syntax)
        return read_record(BytesSource(content), "key", Stamp(len(content), 2, 3, 4))

    return read
