"""Frames of several fragments, found whatever is wrong with the tables, and decoded (PS3.5 A.4; RR-6)."""

from __future__ import annotations

import struct
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest

from openwado.dicom.codecs import decode_frame
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker, Stored

    Cells = NDArray[Any]

JPEG = "1.2.840.10008.1.2.4."
FRAMES = np.random.default_rng(6).integers(0, 256, (3, 24, 40), dtype=np.uint8)


def encoded(codec: str, **options: Any) -> list[bytes]:  # noqa: ANN401 -- what the encoder takes
    """Return the frames as streams of even length."""
    streams = [bytes(getattr(imagecodecs, f"{codec}_encode")(frame, **options)) for frame in FRAMES]
    return [stream + bytes(len(stream) % 2) for stream in streams]


def run_length() -> list[bytes]:
    """Return the frames as RLE."""
    header = struct.pack("<16I", 1, 64, *[0] * 14)
    streams = [header + bytes(imagecodecs.packbits_encode(frame.tobytes())) for frame in FRAMES]
    return [stream + bytes(len(stream) % 2) for stream in streams]


STREAMS = {
    f"{JPEG}70": encoded("jpeg8", lossless=True, predictor=1),
    f"{JPEG}80": encoded("jpegls"),
    f"{JPEG}90": encoded("jpeg2k", level=0, codecformat="j2k", reversible=True),
    f"{JPEG}110": encoded("jpegxl", lossless=True),
    f"{JPEG}201": encoded("htj2k", reversible=True),
    "1.2.840.10008.1.2.5": run_length(),
}


def item(content: bytes) -> bytes:
    """Return an item."""
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(content)) + content


def cut(stream: bytes, number: int) -> list[bytes]:
    """Return a stream in two fragments, or in three for every other frame."""
    first, second = len(stream) // 6 * 2, len(stream) // 4 * 2
    pieces = [stream[:first], stream[first:second], stream[second:]]
    return pieces if number % 2 else [pieces[0] + pieces[1], pieces[2]]


def stored(
    make: ObjectMaker, syntax: str, table: bytes | None, streams: Sequence[bytes], extended: Sequence[int] = ()
) -> Stored:
    """Return an object of frames in fragments; table: the Basic Offset Table, None for no item at all."""
    fragments = [piece for number, stream in enumerate(streams) for piece in cut(stream, number)]
    data_set = make.data_set(24, 40, NumberOfFrames=len(streams))
    if extended:
        data_set.ExtendedOffsetTable = struct.pack(f"<{len(extended)}Q", *extended)
        data_set.ExtendedOffsetTableLengths = struct.pack(f"<{len(streams)}Q", *map(len, streams))
    data_set.PixelData = (b"" if table is None else item(table)) + b"".join(map(item, fragments))
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    return make.stored(syntax, data_set)


def right_offsets(streams: Sequence[bytes]) -> list[int]:
    """Return where the frames' first items are."""
    lengths = [sum(8 + len(piece) for piece in cut(stream, number)) for number, stream in enumerate(streams)]
    return [0, *accumulate(lengths[:-1])]


def table_of(offsets: Sequence[int]) -> bytes:
    """Return a Basic Offset Table."""
    return struct.pack(f"<{len(offsets)}I", *offsets)


def decoded(found: Stored) -> Cells:
    """Return all frames."""
    return np.array([decode_frame(found.source, found.instance, entry).cells for entry in found.entries])


@pytest.mark.parametrize("syntax", STREAMS)
@pytest.mark.parametrize(
    "tables",
    [
        "basic",
        "empty",
        "none",
        "into the middle",
        "beyond the end",
        "too few",
        "too many",
        "from 8",
        "extended",
        "extended wrong",
        "extended into frames",
    ],
)
def test_rr_6_frames_of_several_fragments(make: ObjectMaker, syntax: str, tables: str) -> None:
    """RR-6: with right, wrong or missing offset tables each frame is put together from its own fragments."""
    streams = STREAMS[syntax]
    right = right_offsets(streams)
    inside = 8 + len(cut(streams[0], 0)[0])  # the second fragment of the first frame
    basic: dict[str, bytes | None] = {
        "basic": table_of(right),
        "none": None,
        "into the middle": table_of([0, right[1] + 2, right[2]]),
        "beyond the end": table_of([0, right[1], 1 << 31]),
        "too few": table_of(right[:2]),
        "too many": table_of([*right[:1], inside, *right[1:]]),
        "from 8": table_of([8 + offset for offset in right]),
    }
    extended = {"extended": right, "extended wrong": [0, 7, 9], "extended into frames": [0, inside, right[2]]}
    found = stored(make, syntax, basic.get(tables, b""), streams, extended.get(tables, ()))
    assert np.array_equal(decoded(found), FRAMES)


@pytest.mark.parametrize("syntax", STREAMS)
def test_rr_6_missing_delimiter_and_cut_off_end(make: ObjectMaker, syntax: str) -> None:
    """RR-6: without a sequence delimiter nothing is lost; of a cut-off last fragment only its frame."""
    whole = stored(make, syntax, b"", STREAMS[syntax])
    data = whole.source.read_at(0, whole.source.size)
    assert data.endswith(b"\xfe\xff\xdd\xe0\0\0\0\0")
    assert np.array_equal(decoded(make.read(data[:-8])), FRAMES)
    broken = make.read(data[: -8 - len(cut(STREAMS[syntax][2], 2)[1]) // 2])
    assert len(broken.entries) == 3
    for number in (0, 1):
        frame = decode_frame(broken.source, broken.instance, broken.entries[number])
        assert np.array_equal(frame.cells, FRAMES[number])
    with pytest.raises(CorruptObject):
        decode_frame(broken.source, broken.instance, broken.entries[2])


@pytest.mark.parametrize("syntax", STREAMS)
@pytest.mark.parametrize("claimed", [2, 9])
def test_rr_6_other_frames_than_claimed(make: ObjectMaker, syntax: str, claimed: int) -> None:
    """RR-6: streams that are not there make no frames, and those that nobody counted are left out."""
    streams = STREAMS[syntax]
    data_set = make.data_set(24, 40, NumberOfFrames=claimed)
    data_set.PixelData = item(b"") + b"".join(map(item, streams))
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    assert np.array_equal(decoded(make.stored(syntax, data_set)), FRAMES[:claimed])


@pytest.mark.parametrize("filler", [b"", b"\0"], ids=["not filled up", "filled up"])
def test_odd_fragments_are_joined_without_what_fills_them_up(make: ObjectMaker, filler: bytes) -> None:
    """PS3.5 A.4: fragments of an odd length are put together byte for byte."""
    stream = STREAMS[f"{JPEG}80"][0]
    data_set = make.data_set(24, 40)
    pieces = [stream[:101], stream[101:208], stream[208:]]
    data_set.PixelData = item(b"") + filler.join(map(item, pieces[:2])) + filler + item(pieces[2])
    data_set["PixelData"].VR = "OB"
    data_set["PixelData"].is_undefined_length = True
    found = make.stored(f"{JPEG}80", data_set)
    assert np.array_equal(decoded(found), FRAMES[:1])
