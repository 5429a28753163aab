"""The one stream of a video object: where its bytes are, without copying any (PS3.5 A.4.5 … A.4.9; RR-28a)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from io import SEEK_CUR, SEEK_END, SEEK_SET
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.encapsulation import ITEM_HEADER, walk_fragments
from openwado.dicom.instance import FrameEntry
from openwado.dicom.mp4_boxes import padding_after
from openwado.dicom.parts import FileSpan, read_span
from openwado.dicom.reader import DEFAULT_LIMITS
from openwado.dicom.video_container import VIDEO_START_BYTES, Container, container_of
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from openwado.dicom.instance import Instance, PixelLocation
    from openwado.dicom.source import ByteSource

#: Encapsulated Pixel Data Value Total Length (7FE0,0003), VR UV, as it stands right before Pixel Data.
_TOTAL_LENGTH_HEAD: Final = b"\xe0\x7f\x03\x00UV\0\0\x08\0\0\0"
_TOTAL_LENGTH_BYTES: Final = len(_TOTAL_LENGTH_HEAD) + 8
#: What ends a stream of start codes: sequence_end_code and MPEG_program_end_code; a zero after them is padding.
_ENDS: Final = (b"\0\0\x01\xb7\0", b"\0\0\x01\xb9\0")
_PACKET_BYTES: Final = {"transport": 188, "timed transport": 192}


@dataclass(frozen=True, slots=True)
class VideoStream:
    """The stream of a video object, its fragments one after the other, without padding.

    Attributes:
        source: what the spans count in.
        spans: where it is.
        container: what it is kept in.
        whole: whether the stored object does not end before its last fragment does.
    """

    source: ByteSource
    spans: tuple[FileSpan, ...]
    container: Container
    whole: bool = True

    @property
    def length(self) -> int:
        """Bytes in all."""
        return sum(span.length for span in self.spans)

    def file(self) -> StreamFile:
        """Return it as a file to read, at its beginning."""
        return StreamFile(self.source, self.spans)


class StreamFile:
    """Spans of stored bytes as one file that can be read and sought in."""

    def __init__(self, source: ByteSource, spans: tuple[FileSpan, ...]) -> None:
        self._source = source
        self._spans = spans
        self._ends = list(accumulate(span.length for span in spans))
        self._place = 0

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self._ends[-1] if self._ends else 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Return the bytes from offset; fewer than length only at the end.

        Raises:
            CorruptObject: the stored object has become shorter.
        """
        stop = min(offset + length, self.size)
        pieces = []
        number = bisect_right(self._ends, offset)
        while offset < stop:
            span, end = self._spans[number], self._ends[number]
            start = offset - (end - span.length)
            upto = min(stop, end) - (end - span.length)
            pieces.append(read_span(self._source, span, start, upto))
            offset, number = end, number + 1
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def read(self, length: int = -1) -> bytes:
        """Return the next bytes, all that are left where length is negative; b"" at the end."""
        data = self.read_at(self._place, length if length >= 0 else self.size)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to a place, counted as `io` counts, and return it; never before the first byte."""
        base = {SEEK_SET: 0, SEEK_CUR: self._place, SEEK_END: self.size}[whence]
        self._place = max(base + offset, 0)
        return self._place

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._place

    def seekable(self) -> bool:
        """Say that it can be sought in."""
        return True


def video_entry(instance: Instance, frame_number: int) -> FrameEntry:
    """Return where a picture of a video stream is: in all of it.

    Args:
        instance: a video object.
        frame_number: from 1, in the order in which pictures are shown.

    Raises:
        CorruptObject: the object has no encapsulated pixel data.
    """
    pixels = _pixels(instance)
    return FrameEntry(pixels.offset, pixels.length, picture_number=frame_number)


def read_video(source: ByteSource, instance: Instance) -> VideoStream:
    """Find the stream of a video object; of it only the first bytes, the last ones and the boxes of an MP4 are read.

    Args:
        source: the stored bytes.
        instance: the object's record.

    Raises:
        CorruptObject: the object has no encapsulated pixel data, or no items are where they were.
        NotSupported: the stream is in no container that is known.
    """
    spans = _fragments(source, _pixels(instance))
    file = StreamFile(source, spans)
    container = container_of(file.read(VIDEO_START_BYTES))
    if container is None:
        raise NotSupported(
            "The video stream of this object is none that is known: MPEG-2, H.264 or H.265 as it is, in a program or "
            "transport stream, or in MP4."
        )
    unpadded = file.size - _padding(file, container, _total_length(source, _pixels(instance)))
    return VideoStream(source, cut(spans, 0, unpadded), container, whole=_is_whole(source, spans[-1]))


def _pixels(instance: Instance) -> PixelLocation:
    if instance.pixels is None or not instance.pixels.encapsulated:
        raise CorruptObject("This object holds no encapsulated video stream.")
    return instance.pixels


def _fragments(source: ByteSource, pixels: PixelLocation) -> tuple[FileSpan, ...]:
    try:
        offsets, ends = walk_fragments(source, pixels.offset, pixels.offset + pixels.length, DEFAULT_LIMITS.fragments)
    except Unreadable as problem:
        raise CorruptObject("The video stream of this object has too many fragments.", detail=problem.reason) from None
    starts = (offset + ITEM_HEADER.size for offset in offsets)
    spans = tuple(FileSpan(start, end - start) for start, end in zip(starts, ends, strict=True) if end > start)
    if not spans:
        raise CorruptObject("The video stream of this object is empty, or its items are not where they were.")
    return spans


def _is_whole(source: ByteSource, last: FileSpan) -> bool:
    """Say whether the last fragment is as long as its item says."""
    head = source.read_at(last.offset - ITEM_HEADER.size, ITEM_HEADER.size)
    return len(head) == ITEM_HEADER.size and ITEM_HEADER.unpack(head)[2] == last.length


def _total_length(source: ByteSource, pixels: PixelLocation) -> int | None:
    """Return the value of (7FE0,0003), which has no other element between itself and Pixel Data; None if absent."""
    before = source.read_at(max(pixels.element_offset - _TOTAL_LENGTH_BYTES, 0), _TOTAL_LENGTH_BYTES)
    head, value = before[: len(_TOTAL_LENGTH_HEAD)], before[len(_TOTAL_LENGTH_HEAD) :]
    return int.from_bytes(value, "little") if head == _TOTAL_LENGTH_HEAD else None


def _padding(file: StreamFile, container: Container, total_length: int | None) -> int:
    """Return how many bytes fill up the last fragment: 0 or 1 (PS3.5 A.4), by (7FE0,0003) or by the stream itself.

    What follows the last start code of a stream may be zero, and stays where nothing shows that it is padding.
    """
    if total_length in (file.size, file.size - 1):
        return file.size - total_length
    if file.read_at(file.size - 1, 1) != b"\0":
        return 0
    if container == "mp4":
        return padding_after(file)
    packet = _PACKET_BYTES.get(container)
    if packet is not None:
        return int(file.size % packet == 1)
    return int(file.read_at(max(file.size - len(_ENDS[0]), 0), len(_ENDS[0])) in _ENDS)


def cut(spans: tuple[FileSpan, ...], start: int, stop: int) -> tuple[FileSpan, ...]:
    """Return the spans of the bytes from start to stop, counted over all of these spans."""
    kept, place = [], 0
    for span in spans:
        first, last = max(start - place, 0), min(stop - place, span.length)
        if first < last:
            kept.append(FileSpan(span.offset + first, last - first))
        place += span.length
    return tuple(kept)
