"""Overlay planes of a record and their bits (PS3.3 C.9.2; RR-23, RR-24)."""

from __future__ import annotations

import logging
import struct
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import ImagePixel
from openwado.dicom.overlay_planes import read_plane_bits
from openwado.dicom.picture_record import OverlayPlane
from openwado.dicom.source import BytesSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from openwado.dicom.instance import Reading
    from openwado.dicom.picture_record import Picture

PLANE: dict[int, tuple[str, Any]] = {
    0x60000010: ("US", 2),
    0x60000011: ("US", 3),
    0x60000040: ("CS", b"G "),
    0x60000050: ("SS", struct.pack("<hh", 1, 1)),
    0x60000100: ("US", 1),
    0x60000102: ("US", 0),
    0x60003000: ("OW", bytes([0b101101, 0])),
}


#: Twelve bits stored in sixteen: four to spare.
DEEP: dict[int, tuple[str, Any]] = {
    0x00280100: ("US", 16),
    0x00280101: ("US", 12),
    0x00280102: ("US", 11),
    0x7FE00010: ("OW", bytes(12)),
}


def picture_of(reading: Reading) -> Picture:
    """Return the picture record."""
    assert reading.instance.picture is not None
    return reading.instance.picture


def planes_of(reading: Reading) -> tuple[OverlayPlane, ...]:
    """Return the overlay planes of a record."""
    return picture_of(reading).overlay_planes


def test_rr_23_a_plane_is_read_with_its_place(read: Callable[..., Reading]) -> None:
    """RR-23: type, origin (also outside of the image) and size are those of the group, which may be any of sixteen."""
    changes = {tag + 0x1E0000: value for tag, value in PLANE.items()}
    changes[0x601E0050] = ("SS", struct.pack("<hh", -3, 500))
    changes[0x601E0040] = ("CS", b"R ")
    (plane,) = planes_of(read(changes))
    assert (plane.group, plane.rows, plane.columns) == (0x601E, 2, 3)
    assert (plane.top, plane.left, plane.is_roi, plane.embedded) == (-3, 500, True, False)
    assert (plane.image_frame_origin, plane.number_of_frames) == (0, 1)


def test_rr_23_groups_come_in_order_and_odd_ones_are_private(read: Callable[..., Reading]) -> None:
    """RR-23: 6000 and 6002 are planes, 6001 is somebody's private group."""
    changes: dict[int, tuple[str, Any]] = {}
    for shift in (0x20000, 0x10000, 0):
        changes |= {tag + shift: value for tag, value in PLANE.items()}
    assert [plane.group for plane in planes_of(read(changes))] == [0x6000, 0x6002]


@pytest.mark.parametrize(
    ("changes", "frames", "origin"),
    [
        ({}, 1, 0),  # one plane for all frames
        ({0x60000015: ("IS", b"2 ")}, 2, 1),
        ({0x60000015: ("IS", b"2 "), 0x60000051: ("US", 4)}, 2, 4),
        ({0x60000051: ("US", 4)}, 1, 4),
        ({0x60000015: ("IS", b"2147483647")}, 2, 1),  # as many as there are bits for
    ],
)
def test_rr_23_frames_of_a_plane(
    read: Callable[..., Reading], changes: dict[int, tuple[str, Any]], frames: int, origin: int
) -> None:
    """RR-23 (C.9.3): without Number of Frames and Image Frame Origin a plane belongs to every frame."""
    many: dict[int, tuple[str, Any]] = {0x00280008: ("IS", b"5 "), 0x7FE00010: ("OB", bytes(30))}
    (plane,) = planes_of(read(PLANE | many | changes))
    assert (plane.number_of_frames, plane.image_frame_origin) == (frames, origin)


@pytest.mark.parametrize(
    "changes",
    [
        {0x60000010: ("US", 0)},
        {0x60000011: ("US", 0)},
        {0x60000010: None},
        {0x60000010: ("US", 60000), 0x60000011: ("US", 60000)},
        {0x60003000: ("OW", b"")},  # 12 of 16 bits stored and bit 0 is one of them
        {0x60003000: None},
        {0x60003000: None, 0x60000100: ("US", 16), 0x60000102: ("US", 16)},
        {0x60003000: None, 0x60000100: ("US", 8), 0x60000102: ("US", 15)},
    ],
)
def test_rr_24_what_is_no_plane_is_left_out_and_logged(
    read: Callable[..., Reading], changes: dict[int, tuple[str, Any] | None], caplog: pytest.LogCaptureFixture
) -> None:
    """RR-24: no size, too little data, or a bit of the stored values: the image is read without the plane."""
    with caplog.at_level(logging.INFO):
        reading = read({**PLANE, **DEEP, **changes})
    assert planes_of(reading) == ()
    assert "overlay.skipped group=6000" in caplog.text


def test_rr_24_an_embedded_plane_is_known_by_its_bit(read: Callable[..., Reading]) -> None:
    """RR-24: no Overlay Data, Overlay Bits Allocated as the image's, and a bit that no stored value uses."""
    changes = {0x60003000: None, 0x60000100: ("US", 16), 0x60000102: ("US", 15)}
    (plane,) = planes_of(read({**PLANE, **DEEP, **changes}))
    assert (plane.embedded, plane.bit_position) == (True, 15)


@pytest.mark.parametrize("number", [b"1e300 ", b"-1e300", b"4294967296"])
@pytest.mark.parametrize(
    "tag", [0x60000010, 0x60000011, 0x60000015, 0x60000050, 0x60000051, 0x60000100, 0x60000102, 0x00280120, 0x0062000E]
)
def test_numbers_that_no_record_can_hold_are_none(read: Callable[..., Reading], tag: int, number: bytes) -> None:
    """Values of absurd size, as text where binary numbers belong, count as absent: the object stays readable."""
    reading = read({**PLANE, 0x00620001: ("CS", b"FRACTIONAL"), tag: ("DS", number)})
    assert msgspec.msgpack.encode(reading)


# ---------------------------------------------------------------------- bits

FIELDS: dict[str, Any] = {
    "group": 0x6000,
    "rows": 1,
    "columns": 1,
    "top": 1,
    "left": 1,
    "is_roi": False,
    "number_of_frames": 1,
    "image_frame_origin": 0,
    "embedded": False,
    "bit_position": 0,
    "offset": 0,
    "length": 0,
    "swap": 1,
}


def bits_of(
    data: bytes,
    rows: int,
    columns: int,
    *,
    frame_number: int = 1,
    image: tuple[int, int] = (4, 4),
    **plane: Any,  # noqa: ANN401 -- fields of OverlayPlane
) -> tuple[tuple[int, int], list[list[int]]] | None:
    """Return where a plane with data of its own lies on an image of zeros, and its bits."""
    size = {"rows": rows, "columns": columns, "length": len(data)}
    image_pixel = ImagePixel(*image, 1, "MONOCHROME2", 16, 16, 15, 0, 0, 9, "PixelData")
    frame = Frame(np.zeros(image, np.uint16), "MONOCHROME2", 16, 15, 0)
    planes = [OverlayPlane(**FIELDS | size | plane)]
    found = next(read_plane_bits(BytesSource(data), planes, frame, image_pixel, frame_number), None)
    return None if found is None else ((found.top, found.left), found.bits.astype(int).tolist())


def test_rr_23_bits_go_on_across_rows_and_frames() -> None:
    """RR-23 (PS3.5 8.1.2): the least significant bit first, rows and frames without gaps."""
    data = bytes([0b01_001_110, 0b1])  # frame 1: 011 100, frame 2: 101 -> bits 6, 7, 8
    two: dict[str, Any] = {"number_of_frames": 2, "image_frame_origin": 3}
    assert bits_of(data, 2, 3) == ((0, 0), [[0, 1, 1], [1, 0, 0]])
    assert bits_of(data, 1, 6, frame_number=3, **two) == ((0, 0), [[0, 1, 1, 1]])
    assert bits_of(data, 1, 3, frame_number=4, **two) == ((0, 0), [[1, 0, 0]])
    assert bits_of(data, 1, 3, frame_number=2, **two) is None
    assert bits_of(data, 1, 3, frame_number=5, **two) is None


@pytest.mark.parametrize(
    ("top", "left", "expected"),
    [
        (1, 1, ((0, 0), [[1, 0, 1], [1, 1, 0]])),
        (0, 1, ((0, 0), [[1, 1, 0]])),
        (1, -1, ((0, 0), [[1], [0]])),
        (4, 3, ((3, 2), [[1, 0]])),
        (5, 1, None),
        (-1, 1, None),
        (1, -2, None),
        (1, 5, None),
        (-32768, 32767, None),
    ],
)
def test_rr_23_a_plane_is_cut_to_the_image(top: int, left: int, expected: object) -> None:
    """RR-23: the origin may lie anywhere, row 1 and column 1 are the first pixel of the image."""
    assert bits_of(bytes([0b011101]), 2, 3, top=top, left=left) == expected


def test_rr_23_big_endian_words_are_swapped() -> None:
    """RR-23 (PS3.5 7.3): OW bits of a big-endian object stand in swapped words, also where a row starts within one."""
    data = bytes([0x00, 0b0000_0110, 0x80, 0x01])
    assert bits_of(data, 1, 4, swap=2) == ((0, 0), [[0, 1, 1, 0]])
    # After the swap: bits 1, 2 (of the first word), 16 and 31 are set.
    assert bits_of(data, 2, 14, swap=2, top=0, left=1) == ((0, 0), [[0, 0, 1, 0]])


@pytest.mark.parametrize(("lossy", "expected"), [(False, 1), (True, 0)])
def test_rr_24_lossy_pixel_data_hold_no_plane(caplog: pytest.LogCaptureFixture, expected: int, *, lossy: bool) -> None:
    """RR-24: bits that went through a lossy codec are not what they were; that is logged, and nothing is drawn."""
    image_pixel = ImagePixel(1, 2, 1, "MONOCHROME2", 16, 12, 11, 0, 0, 1, "PixelData")
    plane = OverlayPlane(**{**FIELDS, "rows": 1, "columns": 2, "embedded": True, "bit_position": 15})
    frame = Frame(np.array([[0x8000, 0]], np.uint16), "MONOCHROME2", 12, 11, 0)
    with caplog.at_level(logging.INFO):
        found = list(read_plane_bits(BytesSource(b""), [plane], frame, image_pixel, 1, lossy=lossy))
    assert len(found) == expected
    assert ("lossily compressed" in caplog.text) is lossy


def test_rr_24_data_that_vanished_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """RR-24: a plane whose bytes are not there any more is left out with a log line."""
    with caplog.at_level(logging.INFO):
        assert bits_of(bytes(1), 4, 4, length=2) is None
    assert "data too short" in caplog.text


def test_rr_23_a_plane_much_wider_than_its_image_is_read_in_bands() -> None:
    """RR-23: 65535 columns over an image of four: only what lies on it is kept."""
    row = np.zeros(65535, np.uint8)
    row[[0, 3, 4, 65534]] = 1
    data = np.packbits(np.tile(row, 200), bitorder="little").tobytes()
    found = bits_of(data, 200, 65535, image=(150, 4))
    assert found == ((0, 0), [[1, 0, 0, 1]] * 150)


@pytest.mark.parametrize(
    ("cells", "signed", "expected"),
    [
        ([[0x8001, 0x0001]], False, [[1, 0]]),
        ([[0xF801, 0x0001]], True, None),  # bit 15 is a copy of bit 11, the sign
        ([[0x8001, 0x0001]], True, [[1, 0]]),  # here it is not
    ],
)
def test_rr_24_an_embedded_plane_is_taken_before_masking(
    cells: list[list[int]], expected: list[list[int]] | None, *, signed: bool
) -> None:
    """RR-24: the bit of each cell; where it repeats the sign everywhere it is the sign."""
    array = np.array(cells, np.uint16)
    image_pixel = ImagePixel(1, 2, 1, "MONOCHROME2", 16, 12, 11, int(signed), 0, 1, "PixelData")
    plane = OverlayPlane(**{**FIELDS, "rows": 1, "columns": 2, "embedded": True, "bit_position": 15})
    frame = Frame(array, "MONOCHROME2", 12, 11, int(signed))
    found = read_plane_bits(BytesSource(b""), [plane], frame, image_pixel, 1)
    assert [one.bits.astype(int).tolist() for one in found] == ([] if expected is None else [expected])
