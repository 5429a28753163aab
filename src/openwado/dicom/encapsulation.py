"""Encapsulated pixel data: items into fragments, fragments into frames (PS3.5 A.4; RR-6)."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import pairwise
from struct import Struct, iter_unpack
from typing import TYPE_CHECKING, Final

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.elements import ITEM, SEQUENCE_DELIMITER, UNDEFINED_LENGTH
from openwado.dicom.stream_syntax import START_BYTES, stream_kind
from openwado.dicom.video_container import VIDEO_START_BYTES, container_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openwado.dicom.source import ByteSource

ITEM_HEADER: Final = Struct("<HHI")
_BLOCK: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Fragments:
    """The items of encapsulated pixel data.

    Attributes:
        table: the Basic Offset Table as stored, b"" if it is empty or absent.
        origin: of the first item tag after the Basic Offset Table item.
        offsets: of the fragments' item tags, in order; empty items are left out.
        ends: of the fragments, that is of the byte after each.
        end: of the last item, empty ones included.
        tail_offset: of the byte after the sequence delimiter, or after the last item where there is none.
        delimited: whether there is a sequence delimiter.
    """

    table: bytes
    origin: int
    offsets: array[int]
    ends: array[int]
    end: int
    tail_offset: int
    delimited: bool


def walk_items(source: ByteSource, offset: int, end: int, items_max: int) -> Fragments | None:
    """Walk the items of encapsulated pixel data by their headers; fragments are not read.

    A missing sequence delimiter, a last fragment that is cut off and a byte that fills up an odd length without being
    counted are tolerated: what is there is kept.

    Args:
        source: the bytes.
        offset: of the pixel data element's value.
        end: of the bytes that may belong to it.
        items_max: how many items there may be.

    Returns:
        The items; None if there is no item at `offset`.

    Raises:
        Unreadable: there are more items than allowed.
    """
    offsets, ends, place, delimited = _walk(source, offset, end, items_max)
    if not len(offsets):
        return None
    tail_offset = place + ITEM_HEADER.size if delimited else place
    table = _offset_table(source, offsets[0], ends[0], items_max)
    origin = offsets[0]
    if table is not None:
        origin = ends[0]
        del offsets[0], ends[0]
    filled = [index for index, start in enumerate(offsets) if ends[index] - start > ITEM_HEADER.size]
    if len(filled) < len(offsets):
        offsets = array("Q", (offsets[index] for index in filled))
        ends = array("Q", (ends[index] for index in filled))
    return Fragments(table or b"", origin, offsets, ends, place, tail_offset, delimited)


def walk_fragments(source: ByteSource, offset: int, end: int, items_max: int) -> tuple[array[int], array[int]]:
    """Return where the items between two places start and end, as `walk_items` does for those after an offset table.

    Raises:
        Unreadable: there are more items than allowed.
    """
    offsets, ends, _, _ = _walk(source, offset, end, items_max)
    return offsets, ends


def frame_spans(
    source: ByteSource, fragments: Fragments, number_of_frames: int, extended_offsets: Sequence[int] = ()
) -> list[tuple[int, int]] | None:
    """Return where each frame's items start and end; fewer than `number_of_frames` if fewer are there.

    Offset tables are believed only if fragments start where they point, and streams too if their kind is known (RR-6).

    Args:
        source: the bytes.
        fragments: the items.
        number_of_frames: as the object says, at least 1.
        extended_offsets: the values of Extended Offset Table (7FE0,0001).

    Returns:
        None if fragments cannot be told apart into frames.
    """
    if not len(fragments.offsets):
        return []
    starts = _frame_starts(source, fragments, number_of_frames, extended_offsets)
    return _spans(fragments, starts)[:number_of_frames] if len(starts) else None


def _frame_starts(
    source: ByteSource, fragments: Fragments, number_of_frames: int, extended_offsets: Sequence[int]
) -> Sequence[int]:
    """Return the numbers of the fragments that start frames, none if nothing tells."""
    count = len(fragments.offsets)
    if number_of_frames == 1:
        return [0]
    if count == number_of_frames:
        return range(count)
    basic_offsets = [entry for (entry,) in iter_unpack("<I", fragments.table)]
    tables = [_table_starts(fragments, offsets) for offsets in (extended_offsets, basic_offsets)]
    fitting = [starts for starts in tables if len(starts) == number_of_frames]
    for starts in fitting:
        if _are_stream_starts(source, fragments, starts):
            return starts
    streams = _stream_starts(source, fragments)
    if len(streams) == number_of_frames:
        return streams
    starts = fitting[0] if fitting else max(*tables, streams, key=len)
    return starts or range(count if count < number_of_frames else 0)


def _walk(source: ByteSource, place: int, end: int, items_max: int) -> tuple[array[int], array[int], int, bool]:
    """Return where items start and end, where the last one ends and whether a sequence delimiter stands there."""
    offsets: array[int] = array("Q")
    ends: array[int] = array("Q")
    base, block = place, b""
    while place + ITEM_HEADER.size <= end:
        if place + ITEM_HEADER.size > base + len(block):
            base, block = place, source.read_at(place, min(_BLOCK, end - place))
            if len(block) < ITEM_HEADER.size:
                break
        group, number, length = ITEM_HEADER.unpack_from(block, place - base)
        tag = group << 16 | number
        if tag not in (ITEM, SEQUENCE_DELIMITER) and ends and ends[-1] == place and (place - offsets[-1]) % 2:
            place += 1  # where an odd length was filled up
            continue
        if tag == SEQUENCE_DELIMITER:
            return offsets, ends, place, True
        if tag != ITEM or length == UNDEFINED_LENGTH:
            break
        if len(offsets) >= items_max:
            raise Unreadable("too many fragments")
        offsets.append(place)
        place = min(place + ITEM_HEADER.size + length, end)
        ends.append(place)
    return offsets, ends, ends[-1] if ends else place, False


def _offset_table(source: ByteSource, start: int, end: int, entries_max: int) -> bytes | None:
    """Return the first item as a Basic Offset Table, b"" if it cannot be true; None if it is a fragment."""
    start += ITEM_HEADER.size
    head = source.read_at(start, min(VIDEO_START_BYTES, end - start))
    if not head:
        return b""
    if (end - start) % 4 or stream_kind(head[:START_BYTES]) or container_of(head):
        return None
    believable = head[:4] == bytes(4) and end - start <= 4 * entries_max
    return source.read_at(start, end - start) if believable else b""


def _table_starts(fragments: Fragments, table: Sequence[int]) -> list[int]:
    """Return the numbers of the fragments that an offset table points to; none unless all of it is right."""
    if not table or table[0] != 0:
        return []
    if any(following <= offset for offset, following in pairwise(table)):
        return []
    numbers = {offset - fragments.origin: number for number, offset in enumerate(fragments.offsets)}
    starts = [numbers.get(offset, -1) for offset in table]
    return [] if -1 in starts else starts


def _are_stream_starts(source: ByteSource, fragments: Fragments, starts: Sequence[int]) -> bool:
    """Return whether streams of the kind that the first fragment starts start with these fragments, if it has one."""
    first = _kind(source, fragments, 0)
    return not first or all(_kind(source, fragments, number) == first for number in starts)


def _stream_starts(source: ByteSource, fragments: Fragments) -> list[int]:
    """Return the numbers of the fragments that start a stream of the kind that the first one starts."""
    first = _kind(source, fragments, 0)
    if not first:
        return []
    return [number for number in range(len(fragments.offsets)) if _kind(source, fragments, number) == first]


def _kind(source: ByteSource, fragments: Fragments, number: int) -> str:
    start = fragments.offsets[number] + ITEM_HEADER.size
    return stream_kind(source.read_at(start, min(START_BYTES, fragments.ends[number] - start)))


def _spans(fragments: Fragments, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the spans of frames that start with these fragments; a frame lasts until the next one starts."""
    following = [*starts[1:], len(fragments.offsets)]
    return [(fragments.offsets[start], fragments.ends[stop - 1]) for start, stop in zip(starts, following, strict=True)]
