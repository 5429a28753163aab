"""A DICOM file taken apart as far as its pixel data (PS3.10 7, PS3.5 7 and annex A)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openwado.dicom.attributes import Attributes
from openwado.dicom.block_reader import BlockReader, Unreadable
from openwado.dicom.deflated import inflate
from openwado.dicom.elements import Coding, Span, read_elements
from openwado.dicom.file_start import DEFLATED, EXPLICIT_LITTLE, coding_found, looks_inflated, read_file_start
from openwado.dicom.pydicom_dataset import pydicom_dataset
from openwado.dicom.transfer_syntaxes import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydicom.dataset import Dataset

    from openwado.dicom.elements import Element
    from openwado.dicom.image_pixel import PixelElement
    from openwado.dicom.source import ByteSource

#: Implicit VR Little Endian with big-endian pixel data (GE private).
IMPLICIT_VR_BIG_ENDIAN_PIXELS: Final = "1.2.840.113619.5.2"

#: The elements that hold pixels, in tag order (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25).
PIXEL_ELEMENTS: Final[Mapping[int, PixelElement]] = {
    0x7FE00008: "FloatPixelData",
    0x7FE00009: "DoubleFloatPixelData",
    0x7FE00010: "PixelData",
}

_NATIVE_CODINGS: Final = {
    IMPLICIT_VR_LITTLE_ENDIAN: Coding(explicit=False, little_endian=True),
    IMPLICIT_VR_BIG_ENDIAN_PIXELS: Coding(explicit=False, little_endian=True),
    EXPLICIT_VR_BIG_ENDIAN: Coding(explicit=True, little_endian=False),
}
_PIXEL_TAGS: Final = frozenset(PIXEL_ELEMENTS)
_DIRECTORY_GROUP: Final = 0x0004
_MEDIA_STORAGE_DIRECTORY: Final = "1.2.840.10008.1.3.10"


class NotAnObject(Exception):  # noqa: N818 -- a verdict, not a fault
    """The bytes are no composite DICOM object that can be served; reason: a short countable phrase."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How far reading goes before it gives up.

    Attributes:
        header_bytes: bytes read of everything but pixel data.
        inflated_bytes: bytes of an inflated data set.
        elements: data elements of one data set or item.
        headers: element and item headers looked at.
        nesting: sequences of undefined length inside one another.
        fragments: items of encapsulated pixel data.
    """

    header_bytes: int = 256 << 20
    inflated_bytes: int = 512 << 20
    elements: int = 100_000
    headers: int = 10_000_000
    nesting: int = 64
    fragments: int = 5_000_000


DEFAULT_LIMITS: Final = ReadLimits()


@dataclass(frozen=True, slots=True)
class PixelDataElement:
    """Where the pixel data element is; offsets count like those of `Parsed.source`.

    Attributes:
        element: which of the three it is.
        vr: as written, "" where nothing is written.
        element_offset: of its tag.
        value_offset: of its value's first byte.
        length: bytes of the value that are there; of undefined length: all that follows.
        undefined: whether the length is written as undefined.
        tail_offset: of what follows the element; None for undefined length (`encapsulation.walk_items` finds it).
        cut_off: whether more bytes are written as its length than there are.
    """

    element: PixelElement
    vr: str
    element_offset: int
    value_offset: int
    length: int
    undefined: bool
    tail_offset: int | None
    cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A DICOM file up to its pixel data.

    Attributes:
        source: the stored bytes, or the inflated data set where `deflated`: what all offsets below count in.
        attributes: the data set's attributes before the pixel data.
        coding: how its elements are written.
        transfer_syntax_uid: as file meta says unless the bytes contradict it, else as the elements are written.
        named_transfer_syntax_uid: as file meta says, "" where it says nothing.
        media_storage_sop_class_uid, media_storage_sop_instance_uid: as file meta says, "" where it says nothing.
        part10: whether preamble, DICM and a file meta group with this very transfer syntax are there.
        dataset_offset: of the data set in the stored bytes.
        deflated: whether the data set is deflated.
        inflated_size: its bytes once inflated, 0 where not deflated.
        head_end: where the data set's head ends: at the pixel data element or after the last element that was read.
        pixel_data: where the pixel data element is; None if there is none.
    """

    source: ByteSource
    attributes: Attributes
    coding: Coding
    transfer_syntax_uid: str
    named_transfer_syntax_uid: str
    media_storage_sop_class_uid: str
    media_storage_sop_instance_uid: str
    part10: bool
    dataset_offset: int
    deflated: bool
    inflated_size: int
    head_end: int
    pixel_data: PixelDataElement | None

    def dataset(self) -> Dataset:
        """Return the data set before the pixel data for pydicom, its values still as stored until they are asked for.

        Raises:
            NotAnObject: its values exceed the limit for headers.
        """
        try:
            return pydicom_dataset(self.attributes)
        except Unreadable as problem:
            raise NotAnObject(problem.reason) from None


def parse(source: ByteSource, limits: ReadLimits = DEFAULT_LIMITS) -> Parsed:
    """Take a DICOM file apart up to its pixel data, which are not read.

    Files without preamble (PS3.10 7.1) are accepted if they start like a file meta group or a data set. Where the bytes
    contradict the transfer syntax that is named, the bytes win.

    Args:
        source: the stored bytes.
        limits: how far to go.

    Raises:
        NotAnObject: with the reason.
        OSError: the source cannot be read.
    """
    try:
        return _parse(source, limits)
    except Unreadable as problem:
        raise NotAnObject(problem.reason) from None
    except MemoryError:
        raise NotAnObject("unreadable: out of memory") from None
    except RecursionError:
        raise NotAnObject("too deeply nested") from None
    except (struct.error, ValueError, LookupError, OverflowError):
        raise NotAnObject("unreadable: malformed elements") from None


def _parse(source: ByteSource, limits: ReadLimits) -> Parsed:
    if source.size == 0:
        raise NotAnObject("empty file")
    blocks = BlockReader(source, limits)
    meta = read_file_start(blocks)
    if meta.sop_class_uid == _MEDIA_STORAGE_DIRECTORY:
        raise NotAnObject("DICOMDIR")
    inflated = None
    offset = meta.dataset_offset
    if meta.transfer_syntax_uid in DEFLATED and not looks_inflated(blocks.read(offset, 8)):
        inflated = inflate(source, offset, limits.inflated_bytes)
        blocks = BlockReader(inflated, limits)
        offset = 0
    expected = _NATIVE_CODINGS.get(meta.transfer_syntax_uid, EXPLICIT_LITTLE)
    coding = coding_found(blocks.read(offset, 8), expected)
    elements, head_end = read_elements(blocks, Span(offset, blocks.size, coding), stop_tags=_PIXEL_TAGS)
    if any(tag >> 16 == _DIRECTORY_GROUP for tag in elements):
        raise NotAnObject("DICOMDIR")
    pixel_data = _take_pixel_data(elements, blocks.size)
    found = _transfer_syntax_found(meta.transfer_syntax_uid, coding, expected, deflated=inflated is not None)
    return Parsed(
        source=inflated or source,
        attributes=Attributes(blocks, elements, coding),
        coding=coding,
        transfer_syntax_uid=found,
        named_transfer_syntax_uid=meta.transfer_syntax_uid,
        media_storage_sop_class_uid=meta.sop_class_uid,
        media_storage_sop_instance_uid=meta.sop_instance_uid,
        part10=meta.prefixed and coding == expected and found == meta.transfer_syntax_uid,
        dataset_offset=meta.dataset_offset,
        deflated=inflated is not None,
        inflated_size=inflated.size if inflated else 0,
        head_end=head_end,
        pixel_data=pixel_data,
    )


def _transfer_syntax_found(named: str, coding: Coding, expected: Coding, *, deflated: bool) -> str:
    if named in DEFLATED and not deflated:
        named = ""
    if named and coding == expected:
        return named
    if named and named not in _NATIVE_CODINGS and named != EXPLICIT_VR_LITTLE_ENDIAN and coding.little_endian:
        return named  # a compressed syntax: what the pixel data are is still to be seen
    if not coding.little_endian:
        return EXPLICIT_VR_BIG_ENDIAN
    return EXPLICIT_VR_LITTLE_ENDIAN if coding.explicit else IMPLICIT_VR_LITTLE_ENDIAN


def _take_pixel_data(elements: dict[int, Element], size: int) -> PixelDataElement | None:
    for tag, name in PIXEL_ELEMENTS.items():
        found = elements.pop(tag, None)
        if found is not None:
            length = max(0, min(found.length, size - found.value_offset))
            return PixelDataElement(
                element=name,
                vr=found.vr,
                element_offset=found.offset,
                value_offset=found.value_offset,
                length=max(0, size - found.value_offset) if found.undefined else length,
                undefined=found.undefined,
                tail_offset=None if found.undefined else found.value_offset + length,
                cut_off=not found.undefined and length < found.length,
            )
    return None
