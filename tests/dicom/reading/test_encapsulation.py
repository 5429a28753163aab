"""Items into fragments, fragments into frames (PS3.5 A.4; RR-6)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from openwado.dicom.block_reader import Unreadable
from openwado.dicom.encapsulation import Fragments, frame_spans, walk_items
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

JPEG = b"\xff\xd8\xff\xe0"
JPEG_2000 = b"\xff\x4f\xff\x51"
JPEG_XL = b"\xff\x0a\x00\x00"
RLE = struct.pack("<16I", 1, 64, *[0] * 14)
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
MORE = b"more"

Item = "Callable[..., bytes]"


def table(*offsets: int) -> bytes:
    """Return a Basic Offset Table."""
    return struct.pack(f"<{len(offsets)}I", *offsets)


def walk(data: bytes, **limits: int) -> Fragments:
    """Return the items of pixel data."""
    fragments = walk_items(BytesSource(data), 0, len(data), limits.get("items_max", 1000))
    assert fragments is not None
    return fragments


def frames_of(data: bytes, number_of_frames: int, extended: Sequence[int] = ()) -> list[bytes] | None:
    """Return the frames that pixel data are divided into, each as its items."""
    spans = frame_spans(BytesSource(data), walk(data), number_of_frames, extended)
    return None if spans is None else [data[start:end] for start, end in spans]


@pytest.fixture
def pixel_data(item: Callable[..., bytes]) -> Callable[..., bytes]:
    """Return a function that writes items: the Basic Offset Table, fragments and the delimiter."""

    def pixel_data(offset_table: bytes, *fragments: bytes) -> bytes:
        return item(offset_table) + b"".join(item(fragment) for fragment in fragments) + DELIMITER

    return pixel_data


def test_items_are_found_without_reading_fragments(pixel_data: Callable[..., bytes]) -> None:
    """Offsets, ends, the origin of offset tables and the tail are those of the items."""
    data = pixel_data(table(0), bytes(20), bytes(10))
    fragments = walk(data)
    assert list(fragments.offsets) == [12, 40]
    assert list(fragments.ends) == [40, 58]
    assert (fragments.origin, fragments.end, fragments.tail_offset, fragments.delimited) == (12, 58, 66, True)
    assert fragments.table == table(0)


def test_missing_delimiter_is_tolerated(pixel_data: Callable[..., bytes]) -> None:
    """Items end with the bytes, or with what is no item."""
    data = pixel_data(b"", bytes(20))[:-8]
    assert (walk(data).tail_offset, walk(data).delimited) == (36, False)
    assert (walk(data + bytes(50)).tail_offset, walk(data + bytes(50)).delimited) == (36, False)


def test_last_fragment_that_is_cut_off_is_kept(pixel_data: Callable[..., bytes]) -> None:
    """What is there of a truncated fragment belongs to it; a lone header is none."""
    data = pixel_data(b"", bytes(20), bytes(20))
    assert list(walk(data[: 8 + 28 + 8 + 5]).ends) == [36, 49]
    assert list(walk(data[: 8 + 28 + 8]).ends) == [36]
    assert list(walk(data[: 8 + 28 + 3]).ends) == [36]


@pytest.mark.parametrize("filler", [b"", b"\0"], ids=["not filled up", "filled up"])
def test_fragments_of_odd_length(filler: bytes, item: Callable[..., bytes]) -> None:
    """PS3.5 A.4 asks for even lengths: an odd one is taken by its word, and a byte that fills it up is passed over."""
    data = item(b"") + item(b"12345") + filler + item(b"123") + filler + item(MORE) + DELIMITER
    fragments = walk(data)
    starts = [8, 8 + 13 + len(filler), 8 + 13 + 11 + 2 * len(filler)]
    assert list(fragments.offsets) == starts
    assert list(fragments.ends) == [starts[0] + 13, starts[1] + 11, starts[2] + 12]
    assert (fragments.tail_offset, fragments.delimited) == (len(data), True)
    last = item(b"") + item(b"12345") + filler
    assert walk(last + DELIMITER).delimited
    assert (walk(last + bytes(9)).end, walk(last + bytes(9)).delimited) == (21, False)


@pytest.mark.parametrize("inside", [DELIMITER, b"\xfe\xff\x00\xe0\xff\xff\xff\xff"])
def test_tags_inside_a_fragment_are_data(inside: bytes, item: Callable[..., bytes]) -> None:
    """PS3.5 A.4: an item lasts as long as its length says, whatever its bytes look like."""
    data = item(b"") + item(b"ab" + inside + b"cd") + item(MORE) + DELIMITER
    assert list(walk(data).ends) == [8 + 8 + 12, len(data) - 8]
    assert walk(data).delimited


def test_item_of_undefined_length_ends_the_items(item: Callable[..., bytes]) -> None:
    """Fragments have a length (PS3.5 A.4)."""
    data = item(b"") + item(MORE) + item(MORE, undefined=True) + DELIMITER
    assert list(walk(data).offsets) == [8]


def test_number_of_items_is_bounded(pixel_data: Callable[..., bytes]) -> None:
    """More items than allowed are refused."""
    with pytest.raises(Unreadable, match="too many fragments"):
        walk(pixel_data(b"", *[MORE] * 20), items_max=10)


def test_no_item_at_all() -> None:
    """Bytes that start with something else are no encapsulated pixel data."""
    assert walk_items(BytesSource(bytes(100)), 0, 100, 10) is None


def test_missing_offset_table_item(item: Callable[..., bytes]) -> None:
    """A first item that starts a stream is a fragment: the Basic Offset Table was left out."""
    fragments = walk(item(JPEG) + item(JPEG) + DELIMITER)
    assert (list(fragments.offsets), fragments.origin, fragments.table) == ([0, 12], 0, b"")
    odd = walk(item(b"abcdefghij") + item(MORE) + DELIMITER)
    assert list(odd.offsets) == [0, 18]


def test_one_frame_has_all_fragments(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """The fragments of a single frame belong together, whatever they look like and whatever a table says."""
    data = pixel_data(table(0, 12), JPEG, JPEG, MORE)
    assert frames_of(data, 1) == [item(JPEG) + item(JPEG) + item(MORE)]


def test_as_many_fragments_as_frames(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Then each frame has one, and a wrong offset table does no harm."""
    for offset_table in (b"", table(0, 12, 24), table(0, 7, 9), table(0)):
        assert frames_of(pixel_data(offset_table, b"1111", b"2222", b"3333"), 3) == [
            item(b"1111"),
            item(b"2222"),
            item(b"3333"),
        ]


def test_empty_items_do_not_count(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """An item without bytes is no fragment."""
    data = pixel_data(b"", b"1111", b"", b"2222", b"")
    assert frames_of(data, 2) == [item(b"1111"), item(b"2222")]
    assert walk(data).end == len(data) - 8
    assert frames_of(pixel_data(b""), 1) == []


def test_rr_6_basic_offset_table(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """A table that points to fragments divides them into frames."""
    data = pixel_data(table(0, 24), b"1111", b"1112", b"2222")
    assert frames_of(data, 2) == [item(b"1111") + item(b"1112"), item(b"2222")]


@pytest.mark.parametrize("offset_table", [table(0, 25), table(4, 24), table(0, 0), table(24, 0), table(0, 1 << 31)])
def test_offset_table_that_points_elsewhere_is_not_believed(
    pixel_data: Callable[..., bytes], item: Callable[..., bytes], offset_table: bytes
) -> None:
    """A table with one wrong entry is as good as none: streams tell frames apart, or nothing does."""
    assert frames_of(pixel_data(offset_table, b"1111", b"1112", b"2222"), 2) is None
    data = pixel_data(offset_table, JPEG, MORE, JPEG)
    assert frames_of(data, 2) == [item(JPEG) + item(MORE), item(JPEG)]


@pytest.mark.parametrize(
    "offset_table",
    [table(0, 12), table(0, 36), table(0), table(0, 24, 36), table(0, 12, 24, 36)],
    ids=["within the first frame", "within the second frame", "too short", "too long", "one entry a fragment"],
)
def test_rr_6_offset_table_that_points_into_frames_is_not_believed(
    pixel_data: Callable[..., bytes], item: Callable[..., bytes], offset_table: bytes
) -> None:
    """A table may point to fragments and still be wrong: where no stream starts there, the streams decide."""
    first, second = item(JPEG) + item(MORE), item(JPEG) + item(MORE)
    assert frames_of(pixel_data(offset_table, JPEG, MORE, JPEG, MORE), 2) == [first, second]
    offsets = [offset for (offset,) in struct.iter_unpack("<I", offset_table)]
    assert frames_of(pixel_data(b"", JPEG, MORE, JPEG, MORE), 2, offsets) == [first, second]
    assert frames_of(pixel_data(table(0, 24), JPEG, MORE, JPEG, MORE), 2, offsets) == [first, second]


def test_rr_6_offset_table_is_believed_where_streams_do_not_tell(
    pixel_data: Callable[..., bytes], item: Callable[..., bytes]
) -> None:
    """Frames whose streams have lost their beginning are still told apart by a table of as many entries as frames."""
    data = pixel_data(table(0, 24), JPEG, MORE, MORE, MORE)
    assert frames_of(data, 2) == [item(JPEG) + item(MORE), item(MORE) + item(MORE)]


def test_rr_6_extended_offset_table(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """An Extended Offset Table is verified like a basic one and comes first."""
    data = pixel_data(b"", b"1111", b"1112", b"2222")
    assert frames_of(data, 2, [0, 24]) == [item(b"1111") + item(b"1112"), item(b"2222")]
    assert frames_of(data, 2, [0, 1 << 60]) is None
    both = pixel_data(table(0, 12), b"1111", b"1112", b"2222")
    assert frames_of(both, 2, [0, 24]) == [item(b"1111") + item(b"1112"), item(b"2222")]


@pytest.mark.parametrize("start", [JPEG, JPEG_2000, JPEG_XL, RLE, b"\x00\x00\x00\x0cjP  \r\n\x87\n"])
def test_rr_6_frames_start_where_streams_start(
    pixel_data: Callable[..., bytes], item: Callable[..., bytes], start: bytes
) -> None:
    """Without a table the first bytes of fragments tell where frames start."""
    data = pixel_data(b"", start, MORE, start, MORE, MORE)
    assert frames_of(data, 2) == [item(start) + item(MORE), item(start) + item(MORE) + item(MORE)]


def test_streams_of_another_kind_start_no_frame(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Bytes in the middle of a JPEG stream that look like JPEG XL are not taken for a frame."""
    data = pixel_data(b"", JPEG, JPEG_XL, JPEG)
    assert frames_of(data, 2) == [item(JPEG) + item(JPEG_XL), item(JPEG)]


def test_fewer_frames_than_claimed(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Only the frames that are there are given, by table, by streams, or one a fragment."""
    streams = pixel_data(b"", JPEG, JPEG, MORE)
    assert frames_of(streams, 10) == [item(JPEG), item(JPEG) + item(MORE)]
    listed = pixel_data(table(0, 24), b"1111", b"1112", b"2222")
    assert frames_of(listed, 10) == [item(b"1111") + item(b"1112"), item(b"2222")]
    assert frames_of(pixel_data(b"", b"1111", b"2222"), 10) == [item(b"1111"), item(b"2222")]


def test_more_frames_than_claimed(pixel_data: Callable[..., bytes], item: Callable[..., bytes]) -> None:
    """Of more frames than claimed the first ones are given."""
    assert frames_of(pixel_data(b"", JPEG, JPEG, JPEG), 2) == [item(JPEG), item(JPEG)]
    listed = pixel_data(table(0, 12, 24), b"1111", b"2222", b"3333", b"3334")
    assert frames_of(listed, 2) == [item(b"1111"), item(b"2222")]


def test_offset_table_of_absurd_length_is_not_loaded(item: Callable[..., bytes]) -> None:
    """A first item longer than any table of the allowed number of items is no table that is believed."""
    data = item(bytes(4000)) + item(MORE) + DELIMITER
    assert walk(data, items_max=100).table == b""
