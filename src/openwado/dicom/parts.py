"""The parts that an object is sent in, so that it never has to be in memory whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from openwado.dicom.instance import FrameEntry
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from openwado.dicom.source import ByteSource


class FileSpan(msgspec.Struct, frozen=True, array_like=True, tag="span"):
    """Bytes of the stored object; swap: bytes of a word to reverse (1: none). length is a multiple of swap."""

    offset: int
    length: int
    swap: int = 1


class DecodedFrames(msgspec.Struct, frozen=True, array_like=True, tag="frames"):
    """Frames that are decoded one by one while they are sent: each gives frame_length bytes."""

    entries: tuple[FrameEntry, ...]
    frame_length: int

    @property
    def length(self) -> int:
        """Bytes in all."""
        return len(self.entries) * self.frame_length


Part = bytes | FileSpan | DecodedFrames


def length_of(part: Part) -> int:
    """Return how many bytes a part gives."""
    return len(part) if isinstance(part, bytes) else part.length


def read_span(source: ByteSource, span: FileSpan, start: int, stop: int) -> bytes:
    """Return bytes start to stop (counted from the span's first) with their words reversed as the span says.

    Raises:
        CorruptObject: the stored object ends before them.
    """
    first = start - start % span.swap
    last = stop + -stop % span.swap
    stored = source.read_at(span.offset + first, last - first)
    if len(stored) < last - first:
        raise CorruptObject("The stored object is shorter than its own header says.")
    if span.swap == 1:
        return stored
    swapped = bytearray(stored)
    for place in range(span.swap):
        swapped[place :: span.swap] = stored[span.swap - 1 - place :: span.swap]
    return bytes(swapped[start - first : stop - first])
