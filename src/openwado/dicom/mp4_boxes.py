"""The boxes of an MP4 file (ISO 14496-12), and its index moved before its samples.

A player that is sent a file with the index (moov) at its end must have all of it first.
"""

from __future__ import annotations

from struct import Struct, iter_unpack
from typing import TYPE_CHECKING, Final, NamedTuple

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openwado.dicom.source import ByteSource

_HEAD: Final = Struct(">I4s")
_LONG_HEAD: Final = Struct(">I4sQ")
_WORD: Final = Struct(">I")
#: Boxes that lie side by side in a file; a fragmented one has two a fragment.
_BOXES_MAX: Final = 1 << 18
#: Bytes of the longest index that is looked into.
INDEX_MAX: Final = 1 << 26
_HOLDERS: Final = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
#: Boxes of chunk offsets, by how one is written.
_CHUNK_OFFSETS: Final = {b"stco": ">I", b"co64": ">Q"}
_TABLE_HEAD: Final = 8


class Box(NamedTuple):
    """One box: where it is, header included, in bytes."""

    kind: bytes
    offset: int
    size: int
    header: int

    @property
    def end(self) -> int:
        """The byte after it."""
        return self.offset + self.size


def file_boxes(file: ByteSource) -> Iterator[Box]:
    """Give the boxes that lie side by side in a file; up to seven bytes after the last one are no box.

    Raises:
        CorruptObject: one ends behind the file's end, or is none.
    """
    place = 0
    for _ in range(_BOXES_MAX):
        if place + _HEAD.size > file.size:
            return
        box = _box(file.read_at(place, _LONG_HEAD.size), 0, file.size - place)
        yield box._replace(offset=place)
        place += box.size
    raise CorruptObject("The MP4 file of this object has too many boxes.")


def padding_after(file: ByteSource) -> int:
    """Return 1 if one byte stands behind the last box of a file, else 0; also if its boxes cannot be read."""
    end = 0
    try:
        for box in file_boxes(file):
            end = box.end
    except CorruptObject:
        return 0
    return int(file.size - end == 1)


def read_index(file: ByteSource, boxes: list[Box]) -> bytes:
    """Return the index box of a file, b"" if it has none.

    Raises:
        CorruptObject: it is longer than `INDEX_MAX`.
    """
    for box in boxes:
        if box.kind == b"moov":
            if box.size > INDEX_MAX:
                raise CorruptObject("The index of this object's MP4 file is too long.")
            return file.read_at(box.offset, box.size)
    return b""


def sample_formats(index: bytes) -> frozenset[bytes]:
    """Return the four-character codes of what the tracks hold (stsd, ISO 14496-12 8.5.2)."""
    descriptions = (box for box in _inner_boxes(index, 0, len(index)) if box.kind == b"stsd")
    first = (box.offset + box.header + _TABLE_HEAD + 4 for box in descriptions)
    return frozenset(index[place : place + 4] for place in first)


def moved_index(index: bytes, box: Box, target: int) -> bytes | None:
    """Return an index as it must be before the samples that it points to.

    Args:
        index: as `read_index` returns it.
        box: where it is.
        target: where it will stand, before its present place: what lies between moves back by its length.

    Returns:
        None if it has no table of chunk offsets, or one whose numbers are too small for the new ones.
    """
    moved, tables = bytearray(index), 0
    for inner in _inner_boxes(index, 0, len(index)):
        form = _CHUNK_OFFSETS.get(inner.kind)
        if form is None:
            continue
        number = Struct(form)
        start = inner.offset + inner.header + _TABLE_HEAD
        (count,) = _WORD.unpack_from(index, start - _WORD.size)
        if start + count * number.size > inner.end:
            raise _malformed()
        offsets = [offset for (offset,) in iter_unpack(form, index[start : start + count * number.size])]
        offsets = [offset + (box.size if target <= offset < box.offset else 0) for offset in offsets]
        if max(offsets, default=0) >= 1 << 8 * number.size:
            return None
        moved[start : start + count * number.size] = b"".join(map(number.pack, offsets))
        tables += 1
    return bytes(moved) if tables else None


def _inner_boxes(data: bytes, start: int, end: int, depth: int = 0) -> Iterator[Box]:
    """Give the boxes between two places; of those that only hold others, these."""
    if depth > len(_HOLDERS):
        raise _malformed()
    while start + _HEAD.size <= end:
        box = _box(data, start, end - start)
        if box.kind in _HOLDERS:
            yield from _inner_boxes(data, start + box.header, box.end, depth + 1)
        elif box.size >= box.header + _TABLE_HEAD:
            yield box
        start = box.end


def _box(data: bytes, place: int, room: int) -> Box:
    """Return the box whose header is at a place of some bytes."""
    size, kind = _HEAD.unpack_from(data, place)
    header = _HEAD.size
    if size == 0:
        size = room
    elif size == 1:
        if len(data) - place < _LONG_HEAD.size:
            raise _malformed()
        size, header = _LONG_HEAD.unpack_from(data, place)[2], _LONG_HEAD.size
    if not header <= size <= room:
        raise _malformed()
    return Box(kind, place, size, header)


def _malformed() -> CorruptObject:
    return CorruptObject("The MP4 file of this object is cut off, or its boxes are malformed.")
