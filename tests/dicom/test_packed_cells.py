"""Native cells of every Bits Allocated, also those that share bytes (PS3.5 8.1.1, RR-2), through the whole reader."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
import pytest

from openwado.dicom.codecs import decode_frame
from openwado.dicom.packed_cells import packed_cells, spaced_cells
from openwado.dicom.parts import FileSpan, read_span
from openwado.dicom.transcode import plan_explicit_little_endian
from packed_bits import packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dicom.conftest import ObjectMaker, Stored

    Cells = NDArray[Any]

EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
CHANCE = np.random.default_rng(12)
#: Retired packed forms, whole bytes that are no power of two, and neighbours of both.
WIDTHS = [2, 4, 7, 10, 12, 14, 20, 24, 31, 33, 40, 48, 56, 63]


def random_cells(bits: int, *shape: int) -> Cells:
    """Return cells of any value, among them the smallest and the greatest."""
    cells = CHANCE.integers(0, (1 << bits) - 1, shape, np.uint64, endpoint=True)
    cells.flat[0], cells.flat[-1] = 0, (1 << bits) - 1
    return cells


def swapped(data: bytes) -> bytes:
    """Return bytes as big-endian words of 16 bits, as OW is written."""
    return np.frombuffer(data + bytes(len(data) % 2), "<u2").byteswap().tobytes()


def object_of(make: ObjectMaker, value: bytes, bits: int, syntax: str = EXPLICIT, **attributes: Any) -> Stored:  # noqa: ANN401 -- values of any VR
    """Return an object whose Pixel Data are these bytes."""
    data_set = make.data_set(3, 5, BitsAllocated=bits, **attributes)
    data_set.PixelData = value + bytes(len(value) % 2)
    data_set["PixelData"].VR = "OW"
    return make.stored(syntax, data_set)


def frames_of(stored: Stored) -> Cells:
    """Return the cells of all frames."""
    return np.array([decode_frame(stored.source, stored.instance, entry).cells for entry in stored.entries])


@pytest.mark.parametrize("bits", range(1, 65))
def test_rr_2_cells_of_any_width_start_at_any_bit(bits: int) -> None:
    """RR-2: cells follow each other without gaps, LSB first; each becomes the next wider integer."""
    cells = random_cells(bits, 21)
    size = next(size for size in (1, 2, 4, 8) if size * 8 >= bits)
    for first_bit in range(16):
        found = packed_cells(packed(cells, bits, first_bit), 21, bits, first_bit)
        assert found.dtype == np.dtype(f"<u{size}")
        assert found.tolist() == cells.tolist()


def test_bits_before_and_behind_a_frame_are_not_its_own() -> None:
    """RR-2: neighbours in the first and the last byte leave no trace."""
    data = bytes([0xFF]) * 12
    assert packed_cells(bytes([0x0F, 0x00, 0xF0]), 2, 8, 4).tolist() == [0, 0]
    assert packed_cells(data, 3, 12, 4).tolist() == [0xFFF] * 3
    assert packed_cells(data[:5], 3, 12, 4).tolist() == [0xFFF] * 3


def test_cells_that_stand_apart() -> None:
    """A cell is taken from the same bits of every code."""
    codes = np.frombuffer(packed([0xABC, 0x123], 12) + packed([0xDEF, 0x456], 12), np.uint8)
    assert spaced_cells(codes, 2, 12, 0, 3).tolist() == [0xABC, 0xDEF]
    assert spaced_cells(codes, 2, 12, 12, 3).tolist() == [0x123, 0x456]


@pytest.mark.parametrize("bits", WIDTHS)
def test_rr_2_frames_of_any_width_are_not_padded(make: ObjectMaker, bits: int) -> None:
    """RR-2, PS3.5 8.1.1: the second frame goes on where the first one ends, within a byte if need be."""
    cells = random_cells(bits, 3, 3, 5)
    stored = object_of(make, packed(cells, bits), bits, NumberOfFrames=3)
    assert len(stored.entries) == 3
    assert frames_of(stored).tolist() == cells.tolist()


@pytest.mark.parametrize("bits", WIDTHS)
def test_rr_2_packed_cells_in_big_endian_words(make: ObjectMaker, bits: int) -> None:
    """PS3.5 8.2: OW are words of 16 bits whatever the width of a cell: they are swapped, then unpacked."""
    cells = random_cells(bits, 3, 3, 5)
    stored = object_of(make, swapped(packed(cells, bits)), bits, BIG_ENDIAN, NumberOfFrames=3)
    assert stored.instance.pixels is not None
    assert stored.instance.pixels.swap == 2
    assert frames_of(stored).tolist() == cells.tolist()


@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("bits", [4, 12, 24])
def test_rr_4_colour_of_any_width(make: ObjectMaker, bits: int, planar: int) -> None:
    """RR-4: samples and planes are packed like grey ones."""
    cells = random_cells(bits, 2, 3, 5, 3)
    value = packed(np.moveaxis(cells, -1, 1) if planar else cells, bits)
    color: dict[str, Any] = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": planar}
    assert frames_of(object_of(make, value, bits, NumberOfFrames=2, **color)).tolist() == cells.tolist()


def test_rr_1_bits_stored_and_high_bit_count_in_the_cell(make: ObjectMaker) -> None:
    """RR-1: 10 bits stored in cells of 12, the highest at bit 11: the frame says so, its cells keep every bit."""
    cells = random_cells(12, 1, 3, 5)
    stored = object_of(make, packed(cells, 12), 12, BitsStored=10, HighBit=11, PixelRepresentation=1)
    frame = decode_frame(stored.source, stored.instance, stored.entries[0])
    assert (frame.bits_stored, frame.high_bit, frame.pixel_representation) == (10, 11, 1)
    assert frame.cells.dtype == np.uint16
    assert frame.cells.tolist() == cells[0].tolist()


def test_pixel_data_one_bit_too_short_hold_a_frame_less(make: ObjectMaker) -> None:
    """PS3.5 8.1.1: 15 cells of 12 bits are 22.5 bytes: with 45 bytes there are two frames, with 44 one."""
    assert len(object_of(make, bytes(46), 12, NumberOfFrames=2).entries) == 2
    assert len(object_of(make, bytes(44), 12, NumberOfFrames=2).entries) == 1
    assert "shorter than one frame" in object_of(make, bytes(22), 12).instance.undrawable


@pytest.mark.parametrize("bits", [0, 65, 128, 65535])
def test_a_width_that_cannot_be_is_refused_with_a_sentence(make: ObjectMaker, bits: int) -> None:
    """No cell has no bits, and none has more than 64."""
    assert object_of(make, bytes(64), bits, BitsStored=1).instance.undrawable == (
        f"This image cannot be drawn: Bits Allocated is {bits}, not 1 to 64."
    )


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
@pytest.mark.parametrize("bits", [4, 12, 24, 40])
def test_tr_1_native_cells_leave_as_wide_as_they_are(make: ObjectMaker, bits: int, syntax: str) -> None:
    """TR-1: Explicit VR Little Endian keeps the packed cells, and says their width."""
    cells = random_cells(bits, 3, 3, 5)
    value = packed(cells, bits)
    stored = object_of(make, swapped(value) if syntax == BIG_ENDIAN else value, bits, syntax, NumberOfFrames=3)
    parts = plan_explicit_little_endian(stored.source, stored.instance, stored.entries)
    written = b"".join(
        part if isinstance(part, bytes) else read_span(stored.source, part, 0, part.length)
        for part in parts
        if isinstance(part, (bytes, FileSpan))
    )
    data_set = pydicom.dcmread(io.BytesIO(written))
    assert (data_set.BitsAllocated, data_set.BitsStored, data_set.HighBit) == (bits, bits, bits - 1)
    assert data_set.PixelData == value + bytes(len(value) % 2)
    assert frames_of(make.read(written)).tolist() == cells.tolist()
