"""Frames as stored bytes: where they are and reading them (PS3.5 8, A.4)."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from pydicom.data import get_testdata_file

from openwado.dicom.frames import native_entry, object_source, read_frame
from openwado.dicom.instance import FrameEntry, Stamp
from openwado.dicom.reader import ReadLimits
from openwado.dicom.record import read_record
from openwado.dicom.source import BytesSource
from openwado.errors import BadRequest, CorruptObject, NotSupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Instance, Reading

BIG_ENDIAN = "1.2.840.10008.1.2.2"
JPEG = "1.2.840.10008.1.2.4.50"
START = b"\xff\xd8\xff\xe0"


def frames_of(data: bytes, reading: Reading) -> list[bytes]:
    """Return all frames of an object as stored."""
    instance = reading.instance
    source = object_source(BytesSource(data), instance)
    entries = reading.frames or tuple(native_entry(instance, number + 1) for number in range(instance.number_of_frames))
    return [read_frame(source, instance, entry) for entry in entries]


def installed(name: str) -> tuple[bytes, Reading]:
    """Return one of pydicom's own test files, and its record."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str)
    data = Path(path).read_bytes()
    return data, read_record(BytesSource(data), name, Stamp(len(data), 0, 0, 0))


def little_endian(frame: bytes, instance: Instance) -> bytes:
    """Return a frame with its words in little-endian order."""
    assert instance.pixels is not None
    swap = instance.pixels.swap
    return np.frombuffer(frame, f"u{swap}").byteswap().tobytes() if swap > 1 else frame


def test_native_frames_of_eight_bits(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Frames of whole bytes follow each other."""
    data = part10(dataset({0x00280008: ("IS", b"3"), 0x7FE00010: ("OB", bytes(range(18)))}))
    reading = read(data)
    assert reading.frames == ()
    assert frames_of(data, reading) == [bytes(range(6)), bytes(range(6, 12)), bytes(range(12, 18))]
    assert native_entry(reading.instance, 2).first_bit == 0


def test_rr_2_frames_of_single_bits_need_not_start_on_a_byte(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """The bytes that cover a frame are read, and the bit it starts at is said."""
    bits = np.random.default_rng(1).integers(0, 2, 3 * 15, np.uint8)
    packed = np.packbits(bits, bitorder="little").tobytes()
    changes = {
        0x00280008: ("IS", b"3"),
        0x00280010: ("US", 3),
        0x00280011: ("US", 5),
        0x00280100: ("US", 1),
        0x7FE00010: ("OB", packed),
    }
    data = part10(dataset(changes))
    reading = read(data)
    assert reading.instance.number_of_frames == 3
    for number, frame in enumerate(frames_of(data, reading)):
        first_bit = native_entry(reading.instance, number + 1).first_bit
        found = np.unpackbits(np.frombuffer(frame, np.uint8), bitorder="little")[first_bit : first_bit + 15]
        assert found.tolist() == bits[number * 15 : number * 15 + 15].tolist()
    assert [native_entry(reading.instance, number).first_bit for number in (1, 2, 3)] == [0, 7, 6]
    assert [native_entry(reading.instance, number).length for number in (1, 2, 3)] == [2, 3, 3]


def test_frame_numbers_are_checked(read: Callable[..., Reading]) -> None:
    """REQ-URI-8.2.7-2: a frame number outside 1 … n is a bad request."""
    instance = read({}).instance
    for number in (0, -1, 2):
        with pytest.raises(BadRequest, match="There is no frame") as refused:
            native_entry(instance, number)
        assert refused.value.parameter == "frameNumber"


def test_objects_without_picture_have_no_frames(read: Callable[..., Reading]) -> None:
    """What cannot be drawn says why; what is no image too; encapsulated frames are not computed."""
    with pytest.raises(NotSupported, match="Bits Allocated is 65"):
        native_entry(read({0x00280100: ("US", 65)}).instance, 1)
    with pytest.raises(NotSupported, match="no image"):
        native_entry(read({0x7FE00010: None}).instance, 1)
    encapsulated = read(
        {0x7FE00010: ("OB", b"\xfe\xff\x00\xe0" + bytes(4) + b"\xfe\xff\x00\xe0\4\0\0\0" + START)}, JPEG
    )
    with pytest.raises(ValueError, match="encapsulated"):
        native_entry(encapsulated.instance, 1)


@pytest.mark.parametrize(
    ("big", "little"),
    [
        ("MR_small_bigendian.dcm", "MR_small.dcm"),
        ("rtdose_expb.dcm", "rtdose.dcm"),
        ("rtdose_expb_1frame.dcm", "rtdose_1frame.dcm"),
        ("liver_expb_1frame.dcm", "liver_1frame.dcm"),
        ("SC_rgb_small_odd_big_endian.dcm", "SC_rgb_small_odd.dcm"),
    ],
)
def test_big_endian_frames_equal_their_twins_once_swapped(big: str, little: str) -> None:
    """Words of 16 bits, cells of 32 bits, single bits and bytes in words of big-endian objects are put in order."""
    data, reading = installed(big)
    _, twin = installed(little)
    assert reading.instance.transfer_syntax_uid == BIG_ENDIAN
    assert reading.instance.picture is not None
    assert twin.instance.picture is not None
    assert reading.instance.picture.image_pixel == twin.instance.picture.image_pixel
    expected = frames_of(*installed(little))
    found = [little_endian(frame, reading.instance)[: len(expected[0])] for frame in frames_of(data, reading)]
    assert found == expected


@pytest.mark.parametrize(
    ("vr", "bits", "tag", "swap"),
    [
        ("OB", 8, 0x7FE00010, 1),
        ("OW", 8, 0x7FE00010, 2),
        ("OW", 1, 0x7FE00010, 2),
        ("OB", 1, 0x7FE00010, 1),
        ("OW", 16, 0x7FE00010, 2),
        ("OB", 16, 0x7FE00010, 2),
        ("UN", 8, 0x7FE00010, 1),
        ("OW", 32, 0x7FE00010, 4),
        ("OV", 64, 0x7FE00010, 8),
        ("OB", 4, 0x7FE00010, 1),
        ("OW", 12, 0x7FE00010, 2),
        ("OW", 24, 0x7FE00010, 2),
        ("OW", 40, 0x7FE00010, 2),
        ("OF", 8, 0x7FE00008, 4),
        ("OD", 8, 0x7FE00009, 8),
    ],
)
def test_words_to_swap_in_big_endian_objects(
    read: Callable[..., Reading],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
    *,
    vr: str,
    bits: int,
    tag: int,
    swap: int,
) -> None:
    """OW are words of 16 bits, wider cells are swapped whole, OB and UN of 8 bits not at all."""
    changes = {0x00280100: ("US", bits), 0x00280101: ("US", bits), 0x7FE00010: None, tag: (vr, bytes(48))}
    pixels = read(part10(dataset(changes, little=False), BIG_ENDIAN)).instance.pixels
    assert pixels is not None
    assert pixels.swap == swap


def test_big_endian_bytes_in_words_of_odd_frames(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Entries of swapped frames cover whole words; first_bit says where the frame starts after the swap."""
    cells = bytes(range(1, 28))
    stored = np.frombuffer(cells + b"\0", "<u2").byteswap().tobytes()
    changes = {
        0x00280008: ("IS", b"3"),
        0x00280010: ("US", 3),
        0x00280011: ("US", 3),
        0x7FE00010: ("OW", stored),
    }
    data = part10(dataset(changes, little=False), BIG_ENDIAN)
    reading = read(data)
    assert reading.instance.number_of_frames == 3
    for number, frame in enumerate(frames_of(data, reading)):
        start = native_entry(reading.instance, number + 1).first_bit // 8
        assert little_endian(frame, reading.instance)[start : start + 9] == cells[number * 9 : number * 9 + 9]


def test_private_syntax_with_big_endian_pixels(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """The private implicit syntax with big-endian pixel data says that words are to be swapped."""
    changes = {0x00280100: ("US", 16), 0x7FE00010: ("OW", bytes(12))}
    instance = read(part10(dataset(changes, explicit=False), "1.2.840.113619.5.2")).instance
    assert instance.pixels is not None
    assert instance.pixels.swap == 2
    assert instance.part10


def test_fragments_are_joined_and_verified(
    read: Callable[..., Reading],
    item: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """A frame is what its fragments hold, joined; an entry that no longer fits is corrupt."""
    content = item(b"") + item(START + b"1a") + item(b"1b") + item(START + b"2 ")
    data = part10(dataset({0x00280008: ("IS", b"2"), 0x7FE00010: ("OB", content)}), JPEG)
    reading = read(data)
    assert frames_of(data, reading) == [START + b"1a1b", START + b"2 "]
    first = reading.frames[0]
    for entry in (
        FrameEntry(first.offset + 2, first.length),
        FrameEntry(first.offset, first.length - 1),
        FrameEntry(first.offset, first.length + 3),
        FrameEntry(first.offset, len(data)),
        FrameEntry(first.offset, 0),
        FrameEntry(-5, 10),
    ):
        with pytest.raises(CorruptObject):
            read_frame(BytesSource(data), reading.instance, entry)


def test_truncated_last_fragment_is_read_as_far_as_it_goes(
    read: Callable[..., Reading],
    item: Callable[..., bytes],
    dataset: Callable[..., bytes],
    part10: Callable[..., bytes],
) -> None:
    """The last frame of a file that ends early is what is there of it."""
    content = item(b"") + item(START) + item(START + bytes(100))
    data = part10(dataset({0x00280008: ("IS", b"2"), 0x7FE00010: ("OB", content)}), JPEG)[:-60]
    reading = read(data)
    assert reading.instance.number_of_frames == 2
    assert frames_of(data, reading) == [START, START + bytes(48)]


def test_missing_bytes_are_corrupt(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """A stored object that has become shorter than its record is corrupt, not short."""
    data = part10(dataset())
    instance = read(data).instance
    with pytest.raises(CorruptObject, match="ends before this frame"):
        read_frame(BytesSource(data[:-1]), instance, native_entry(instance, 1))
    without = msgspec.structs.replace(instance, pixels=None)
    with pytest.raises(CorruptObject, match="no pixel data"):
        read_frame(BytesSource(data), without, FrameEntry(0, 1))


def test_source_that_gives_less_than_its_size_is_corrupt(read: Callable[..., Reading]) -> None:
    """A store that cannot give the bytes it promised does not yield a short frame."""

    class Short:
        size = 1 << 20

        def read_at(self, offset: int, length: int) -> bytes:
            """Return one byte less than asked for."""
            del offset
            return bytes(length - 1)

    instance = read({}).instance
    with pytest.raises(CorruptObject, match="ends before this frame"):
        read_frame(Short(), instance, native_entry(instance, 1))


def test_deflated_object(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Offsets of a deflated object count in what `object_source` gives, which is bounded."""
    compressor = zlib.compressobj(wbits=-15)
    data = part10(compressor.compress(dataset()) + compressor.flush(), "1.2.840.10008.1.2.1.99")
    reading = read(data)
    instance = reading.instance
    assert (instance.deflated, instance.inflated_size) == (True, len(dataset()))
    assert frames_of(data, reading) == [bytes(range(6))]
    with pytest.raises(CorruptObject, match="cannot be inflated"):
        object_source(BytesSource(data), instance, ReadLimits(inflated_bytes=50))
    with pytest.raises(CorruptObject, match="cannot be inflated"):
        object_source(BytesSource(data[: instance.dataset_offset] + b"\xff" * 50), instance)


def test_object_source_of_plain_objects_is_the_source(read: Callable[..., Reading]) -> None:
    """Nothing is copied where nothing is deflated."""
    source = BytesSource(b"")
    assert object_source(source, read({}).instance) is source


def test_float_frames(
    read: Callable[..., Reading], dataset: Callable[..., bytes], part10: Callable[..., bytes]
) -> None:
    """Float pixel data have cells of 32 bits whatever Bits Allocated says."""
    values = struct.pack("<6f", *range(6))
    data = part10(dataset({0x7FE00010: None, 0x7FE00008: ("OF", values)}))
    assert frames_of(data, read(data)) == [values]
