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


#: Left, top, right and bottom edge, pixels from the upper left corner; right and bottom lie outside.
Rectangle = tuple[int, int, int, int]


class Cleaning(msgspec.Struct, frozen=True, array_like=True):
    """What of the pixels must go because it may identify somebody; bits outside Bits Stored always do (PS3.15 E.3.1).

    Attributes:
        blackout: rectangles that are blacked out.
        keep: rectangles outside of which all is; () keeps everything else.
    """

    blackout: tuple[Rectangle, ...] = ()
    keep: tuple[Rectangle, ...] = ()

    @property
    def changes_pixels(self) -> bool:
        """Whether any pixel is blacked out."""
        return bool(self.blackout or self.keep)


class Treatment(msgspec.Struct, frozen=True, array_like=True):
    """What becomes of a frame on its way.

    Attributes:
        transfer_syntax: compressed one to encode in; "" for native little-endian bytes.
        image_quality: for lossy ones, None for the default.
        cleaning: of the pixels, if any.
        strip: the stored stream stays, without the comments and application data in it.
    """

    transfer_syntax: str = ""
    image_quality: int | None = None
    cleaning: Cleaning | None = None
    strip: bool = False


NATIVE = Treatment()


class DecodedFrames(msgspec.Struct, frozen=True, array_like=True, tag="frames"):
    """Frames that are decoded one by one while they are sent: each gives frame_length bytes."""

    entries: tuple[FrameEntry, ...]
    frame_length: int
    treatment: Treatment = NATIVE

    @property
    def length(self) -> int:
        """Bytes in all."""
        return len(self.entries) * self.frame_length


class SpoolSpan(msgspec.Struct, frozen=True, array_like=True, tag="spool"):
    """Bytes in the spool of a rendition: of what had to be made before its length was known."""

    offset: int
    length: int


class FramesToEncode(msgspec.Struct, frozen=True, array_like=True):
    """Frames that must be encoded before an object can be planned: its head tells lengths and ratio (PS3.5 A.4)."""

    entries: tuple[FrameEntry, ...]
    treatment: Treatment


Part = bytes | FileSpan | DecodedFrames | SpoolSpan


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
