"""Native pixel data as numbers, by the letter of section 13.1: one long row of bits, cut into cells."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

SUBSAMPLED = ("YBR_FULL_422", "YBR_PARTIAL_422")


def cells_of(dataset: Dataset, frame_number: int) -> list[int]:
    """RR-2: cells of Bits Allocated, least significant bit first, with no gap between cells or between frames."""
    samples = dataset.SamplesPerPixel
    if dataset.PhotometricInterpretation in SUBSAMPLED:
        samples = 2  # RR-8: 2 bytes per pixel
    count = dataset.Rows * dataset.Columns * samples
    width = dataset.BitsAllocated
    row_of_bits = int.from_bytes(dataset.PixelData, "little")
    before = (frame_number - 1) * count * width
    return [(row_of_bits >> (before + place * width)) & (2**width - 1) for place in range(count)]


def stored_value(cell: int, bits_stored: int, high_bit: int, *, signed: bool) -> int:
    """RR-1: (cell >> (HighBit+1-BitsStored)) & (2^BitsStored - 1); its top bit is the sign of signed values."""
    value: int = (cell >> (high_bit + 1 - bits_stored)) & (2**bits_stored - 1)
    if signed and value & 2 ** (bits_stored - 1):
        value -= 2**bits_stored
    return value


def stored_values(dataset: Dataset, frame_number: int) -> list[int]:
    """The stored value of each cell of a frame."""
    bits_stored, high_bit, signed = dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation == 1
    cells = cells_of(dataset, frame_number)
    return [stored_value(cell, bits_stored, high_bit, signed=signed) for cell in cells]


def real_values(dataset: Dataset, frame_number: int) -> list[float]:
    """RR-3: Float and Double Float Pixel Data are numbers themselves, little endian."""
    data, code, width = (
        (dataset.FloatPixelData, "f", 4) if "FloatPixelData" in dataset else (dataset.DoubleFloatPixelData, "d", 8)
    )
    count = dataset.Rows * dataset.Columns
    return list(struct.unpack_from(f"<{count}{code}", data, (frame_number - 1) * count * width))


def is_real(dataset: Dataset) -> bool:
    """Whether the pixels are floats."""
    return "FloatPixelData" in dataset or "DoubleFloatPixelData" in dataset


def grey_samples(dataset: Dataset, frame_number: int) -> NDArray[Any]:
    """Stored values of one sample a pixel, shape (rows, columns), as Python numbers: no width can overflow."""
    values = real_values(dataset, frame_number) if is_real(dataset) else stored_values(dataset, frame_number)
    return np.array(values, object).reshape(dataset.Rows, dataset.Columns)


def color_samples(dataset: Dataset, frame_number: int) -> NDArray[Any]:
    """Stored values of three samples a pixel, shape (rows, columns, 3), as Python numbers."""
    rows, columns = dataset.Rows, dataset.Columns
    values = stored_values(dataset, frame_number)
    pixels = np.empty((rows * columns, 3), object)
    for pixel in range(rows * columns):
        for sample in range(3):
            if dataset.PhotometricInterpretation in SUBSAMPLED:
                # RR-8: Y0 Y1 CB CR; both pixels of a pair have the pair's chroma.
                place = pixel // 2 * 4 + (pixel % 2 if sample == 0 else 1 + sample)
            elif dataset.PlanarConfiguration == 1:  # RR-4: by plane
                place = sample * rows * columns + pixel
            else:
                place = pixel * 3 + sample
            pixels[pixel, sample] = values[place]
    return pixels.reshape(rows, columns, 3)
