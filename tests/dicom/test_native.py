"""Native pixel data become cells as PS3.5 8 lays them out, without codec libraries and without needless copies."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from openwado.dicom.image_pixel import ImagePixel, PixelElement
from openwado.dicom.native import little_endian, native_bytes, native_frame
from openwado.errors import CorruptObject, NotSupported


def image_pixel(  # noqa: PLR0917 -- in the order of the module's own attributes
    rows: int,
    columns: int,
    samples: int = 1,
    photometric: str = "MONOCHROME2",
    bits_allocated: int = 8,
    planar: int = 0,
    element: PixelElement = "PixelData",
) -> ImagePixel:
    """Return an Image Pixel module whose cells are full."""
    bits = bits_allocated
    return ImagePixel(rows, columns, samples, photometric, bits, bits, bits - 1, 0, planar, 1, element)


@pytest.mark.parametrize("bits_allocated", [8, 16, 32, 64])
def test_rr_2_cells_are_little_endian_and_shared(bits_allocated: int) -> None:
    """RR-2: cells of 8 to 64 bits are read little endian, in place: nothing is copied."""
    expected = np.arange(12, dtype=f"<u{bits_allocated // 8}").reshape(3, 4) * 20
    data = expected.tobytes()
    frame = native_frame(data, image_pixel(3, 4, bits_allocated=bits_allocated))
    assert frame.cells.dtype == np.dtype(f"u{bits_allocated // 8}")
    assert np.array_equal(frame.cells, expected)
    assert np.shares_memory(frame.cells, np.frombuffer(data, np.uint8))


def test_rr_2_bytes_beyond_the_frame_are_tolerated() -> None:
    """RR-2: excess trailing padding is left alone."""
    assert np.array_equal(native_frame(b"\x01\x02\x03\x04\xff\xff", image_pixel(2, 2)).cells, [[1, 2], [3, 4]])


@pytest.mark.parametrize(("first_bit", "data"), [(0, b"\x4d\x01"), (3, b"\x68\x0a"), (7, b"\x80\xa6")])
def test_rr_2_single_bits_are_unpacked_lsb_first_from_any_bit(first_bit: int, data: bytes) -> None:
    """RR-2: Bits Allocated 1 packs pixels LSB first, and a frame may start within a byte."""
    frame = native_frame(data, image_pixel(3, 3, bits_allocated=1), first_bit=first_bit)
    assert np.array_equal(frame.cells, [[1, 0, 1], [1, 0, 0], [1, 0, 1]])
    assert frame.cells.dtype == np.uint8


def test_frames_of_whole_bytes_may_start_on_a_later_byte_of_their_word_only() -> None:
    """A frame after one of an odd number of bytes starts on a byte, and never within one."""
    frame = native_frame(b"\xff\x01\x02\x03", image_pixel(1, 3), first_bit=8)
    assert np.array_equal(frame.cells, [[1, 2, 3]])
    with pytest.raises(CorruptObject):
        native_frame(bytes(8), image_pixel(1, 3), first_bit=4)


@pytest.mark.parametrize(("element", "bits"), [("FloatPixelData", 32), ("DoubleFloatPixelData", 64)])
def test_rr_3_float_pixels_stay_floats(element: PixelElement, bits: int) -> None:
    """RR-3: float and double float pixel data are IEEE 754 cells, not integers."""
    expected = np.array([[0.5, -1e30], [np.inf, 3.25]], f"<f{bits // 8}")
    frame = native_frame(expected.tobytes(), image_pixel(2, 2, bits_allocated=bits, element=element))
    assert frame.cells.dtype.kind == "f"
    assert np.array_equal(frame.cells, expected)


def test_rr_4_planes_are_interleaved() -> None:
    """RR-4: Planar Configuration 1 stores plane after plane; a frame's samples are interleaved."""
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    by_plane = np.moveaxis(pixels, -1, 0).tobytes()
    assert np.array_equal(native_frame(by_plane, image_pixel(2, 3, 3, "RGB", planar=1)).cells, pixels)
    assert np.array_equal(native_frame(pixels.tobytes(), image_pixel(2, 3, 3, "RGB")).cells, pixels)


@pytest.mark.parametrize("bits_allocated", [8, 16])
@pytest.mark.parametrize(
    ("stored", "now"), [("YBR_FULL_422", "YBR_FULL"), ("YBR_PARTIAL_422", "YBR_PARTIAL")], ids=["RR-8", "RR-9"]
)
def test_rr_8_two_pixels_share_their_chroma(stored: str, now: str, bits_allocated: int) -> None:
    """RR-8, RR-9: Y0 Y1 CB CR becomes two pixels of the same CB and CR, and the frame says so."""
    data = np.array([1, 2, 30, 40, 3, 4, 50, 60], f"<u{bits_allocated // 8}").tobytes()
    frame = native_frame(data, image_pixel(1, 4, 3, stored, bits_allocated=bits_allocated))
    assert np.array_equal(frame.cells, [[[1, 30, 40], [2, 30, 40], [3, 50, 60], [4, 50, 60]]])
    assert frame.photometric_interpretation == now


def test_rr_8_odd_columns_cannot_share_chroma() -> None:
    """RR-8: with shared chroma Columns are even; anything else is refused, not guessed."""
    with pytest.raises(CorruptObject, match="even"):
        native_frame(bytes(100), image_pixel(2, 3, 3, "YBR_FULL_422"))


def test_tr_1_a_label_that_only_streams_can_bear_means_rgb() -> None:
    """TR-1: native cells labelled YBR_RCT or YBR_ICT were decoded by somebody who forgot the label."""
    frame = native_frame(bytes(12), image_pixel(2, 2, 3, "YBR_RCT"))
    assert frame.photometric_interpretation == "RGB"


@pytest.mark.parametrize("bits_allocated", [1, 8, 16])
def test_short_pixel_data_are_refused(bits_allocated: int) -> None:
    """PS3.5 8.2: fewer bytes than Rows, Columns and Bits Allocated ask for are no frame."""
    with pytest.raises(CorruptObject, match="shorter"):
        native_frame(bytes(9 * bits_allocated // 8), image_pixel(5, 5, bits_allocated=bits_allocated))


def test_a_frame_that_no_memory_holds_is_refused_before_anything_is_allocated() -> None:
    """A header of 65535 x 65535 pixels is refused by arithmetic."""
    with pytest.raises(CorruptObject, match="65535 x 65535"):
        native_frame(b"", image_pixel(65535, 65535))


def test_unknown_widths_are_not_supported() -> None:
    """Bits Allocated 65 has no cells, and floats have one width."""
    with pytest.raises(NotSupported, match="65"):
        native_frame(bytes(100), image_pixel(2, 2, bits_allocated=65))
    with pytest.raises(NotSupported, match="16"):
        native_frame(bytes(100), image_pixel(2, 2, bits_allocated=16, element="FloatPixelData"))


@pytest.mark.parametrize("swap", [2, 4, 8])
def test_words_are_reversed_and_the_last_one_filled_up(swap: int) -> None:
    """PS3.5 7.3: every word is reversed; one that is cut off is filled up with zeros."""
    data = bytes(range(1, 2 * swap))
    filled = data + b"\0"
    expected = filled[swap - 1 :: -1] + filled[: swap - 1 : -1]
    assert bytes(little_endian(data, swap)) == expected


def test_little_endian_data_are_passed_on_as_they_are() -> None:
    """A swap of 1 costs nothing."""
    data = b"abc"
    assert little_endian(data, 1) is data


def test_native_bytes_are_the_inverse() -> None:
    """Cells written again are the bytes that they were read from."""
    color = bytes(range(18))
    assert native_bytes(native_frame(color, image_pixel(2, 3, 3, "RGB")), 8) == color
    words = bytes(range(16))
    assert native_bytes(native_frame(words, image_pixel(2, 4, bits_allocated=16)), 16) == words
    bits = b"\x35\x81"
    assert native_bytes(native_frame(bits, image_pixel(4, 4, bits_allocated=1)), 1) == bits


def test_codec_libraries_are_not_loaded_for_native_frames() -> None:
    """The HTTP process draws native frames only: neither native.py nor the table of codecs loads a codec library."""
    program = (
        "import sys, openwado.dicom.native, openwado.dicom.codecs, openwado.dicom.transcode\n"
        "print([name for name in ('imagecodecs', 'cv2', 'PIL') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
