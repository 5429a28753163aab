"""Native pixel data as cells (PS3.5 8.1.1, 8.2): numpy only, so that the HTTP process can draw from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.dicom.frame import Frame
from openwado.dicom.image_pixel import BITS_ALLOCATED_MAX
from openwado.dicom.packed_cells import packed_cells
from openwado.errors import CorruptObject, NotSupported

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.image_pixel import ImagePixel

#: Little-endian cell types by element.
_FLOAT_TYPES = {"FloatPixelData": "<f4", "DoubleFloatPixelData": "<f8"}

#: Two chroma samples for two luminance samples: what it is once every pixel has its own (RR-8, RR-9).
UPSAMPLED = {"YBR_FULL_422": "YBR_FULL", "YBR_PARTIAL_422": "YBR_PARTIAL"}

#: Colour spaces that only exist inside a compressed stream (PS3.3 C.7.6.3.1.2): native cells so labelled are RGB.
ONLY_IN_STREAMS = frozenset({"YBR_RCT", "YBR_ICT", "XYB"})

_MAXIMUM_SAMPLES = 1 << 28
_COLOR_SAMPLES = 3


def native_frame(data: bytes | memoryview, image_pixel: ImagePixel, *, first_bit: int = 0) -> Frame:
    """Return one frame of native little-endian bytes as cells.

    Cells share memory with `data` wherever no bits have to be moved (8, 16, 32, 64 bits): they are then read-only.

    Args:
        data: the frame's bytes, little endian; longer is tolerated (RR-2).
        image_pixel: how they are laid out.
        first_bit: where the frame starts, LSB first: not 0 for frames of packed bits that share a byte with the one
            before, and for frames of an odd number of bytes that were stored as swapped words (then a multiple of 8).

    Returns:
        The frame: samples interleaved (RR-4), chroma up-sampled (RR-8, RR-9), packed bits unpacked (RR-2).

    Raises:
        CorruptObject: there are fewer bytes than rows and columns ask for, or more samples than can be true.
        NotSupported: Bits Allocated is not 1 … 64, or not the width of floats.
    """
    check_sample_count(image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel)
    if len(data) * 8 < image_pixel.frame_bits + first_bit:
        raise CorruptObject(
            "The pixel data are shorter than Rows, Columns and Bits Allocated say (PS3.5 8.2).",
            detail=f"{len(data)} bytes for {image_pixel.frame_bits} bits",
        )
    photometric = image_pixel.photometric_interpretation
    if is_subsampled(image_pixel):
        cells = _upsampled(_flat_cells(data, image_pixel, first_bit), image_pixel)
        photometric = UPSAMPLED[photometric]
    else:
        cells = _arranged(_flat_cells(data, image_pixel, first_bit), image_pixel)
        if photometric in ONLY_IN_STREAMS:
            photometric = "RGB"
    return Frame(cells, photometric, image_pixel.bits_stored, image_pixel.high_bit, image_pixel.pixel_representation)


def is_subsampled(image_pixel: ImagePixel) -> bool:
    """Return whether native pixel data so described hold two samples a pixel (RR-8, RR-9)."""
    return image_pixel.samples_per_pixel == _COLOR_SAMPLES and image_pixel.photometric_interpretation in UPSAMPLED


def check_sample_count(rows: int, columns: int, samples_per_pixel: int) -> None:
    """Refuse a frame that nobody could hold in memory, before anything is allocated.

    Raises:
        CorruptObject: it has no pixels, or more than 2**28 samples.
    """
    count = rows * columns * samples_per_pixel
    if not 0 < count <= _MAXIMUM_SAMPLES:
        raise CorruptObject(
            f"A frame of {columns} x {rows} pixels with {samples_per_pixel} samples each cannot be decoded: "
            f"at least one and at most {_MAXIMUM_SAMPLES} samples are possible."
        )


def little_endian(data: bytes, swap: int) -> bytes | memoryview:
    """Reverse the bytes of every word.

    Args:
        data: whole words; a last incomplete one is filled up with zeros.
        swap: bytes of a word: 1 (nothing to do), 2, 4 or 8.
    """
    if swap == 1:
        return data
    missing = -len(data) % swap
    words = np.frombuffer(data + bytes(missing), dtype=f"<u{swap}").byteswap()
    return words.data.cast("B")


def interleaved(planes: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return planes of shape (samples, rows, columns) as cells of shape (rows, columns, samples), in memory too."""
    return np.stack(list(planes), axis=-1)


def native_bytes(frame: Frame, bits_allocated: int) -> bytes:
    """Return a frame as native little-endian bytes, samples interleaved.

    Args:
        frame: the frame.
        bits_allocated: 1 packs bits LSB first (the last byte filled with zeros), else the width of the frame's cells.
    """
    if bits_allocated == 1:
        return np.packbits(frame.cells.reshape(-1).view(np.uint8), bitorder="little").tobytes()
    return frame.cells.astype(frame.cells.dtype.newbyteorder("<"), copy=False).tobytes()


def _flat_cells(data: bytes | memoryview, image_pixel: ImagePixel, first_bit: int) -> NDArray[np.generic]:
    bits = image_pixel.bits_allocated
    if bits % 8 == 0 and first_bit % 8:
        raise CorruptObject("Frames of whole bytes cannot start within one (PS3.5 8.1.1).")
    float_type = _FLOAT_TYPES.get(image_pixel.element)
    if not 1 <= bits <= BITS_ALLOCATED_MAX or (float_type and np.dtype(float_type).itemsize * 8 != bits):
        raise NotSupported(f"Pixel data with Bits Allocated {bits} cannot be decoded.")
    count = image_pixel.frame_bits // bits
    cells: NDArray[np.generic]
    if float_type:
        cells = np.frombuffer(data, float_type, count, first_bit // 8)
    else:
        cells = packed_cells(data, count, bits, first_bit)
    return cells.astype(cells.dtype.newbyteorder("="), copy=False)


def _arranged(flat: NDArray[np.generic], image_pixel: ImagePixel) -> NDArray[np.generic]:
    rows, columns, samples = image_pixel.rows, image_pixel.columns, image_pixel.samples_per_pixel
    if samples == 1:
        return flat.reshape(rows, columns)
    if image_pixel.planar_configuration == 1:
        return interleaved(flat.reshape(samples, rows, columns))
    return flat.reshape(rows, columns, samples)


def _upsampled(flat: NDArray[np.generic], image_pixel: ImagePixel) -> NDArray[np.generic]:
    """Give each pixel of a pair the pair's chroma: Y0 Y1 CB CR (PS3.3 C.7.6.3.1.2)."""
    rows, columns = image_pixel.rows, image_pixel.columns
    if columns % 2:
        raise CorruptObject("Columns must be even where two pixels share their chroma (PS3.3 C.7.6.3.1.2).")
    pairs = flat.reshape(rows, columns // 2, 4)
    cells = np.empty((rows, columns // 2, 2, _COLOR_SAMPLES), flat.dtype)
    cells[..., 0] = pairs[..., :2]
    cells[..., 1:] = pairs[..., None, 2:]
    return cells.reshape(rows, columns, _COLOR_SAMPLES)
