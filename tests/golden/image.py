"""Small images made by arithmetic: no patient, and any flip, shift or turn shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

STORAGE = "1.2.840.10008.5.1.4.1.1."
CR, CT, MR, US, SC, XA, NM, PET = (STORAGE + end for end in ("1", "2", "4", "6.1", "7", "12.1", "20", "128"))
DX, MG, RT_DOSE, SEGMENTATION, PARAMETRIC_MAP = (STORAGE + end for end in ("1.1", "1.2", "481.2", "66.4", "30"))
ENHANCED_CT, ENHANCED_MR, ENHANCED_XA = (STORAGE + end for end in ("2.1", "4.1", "12.1.1"))
ENHANCED_US, MULTIFRAME_SC, VL_PHOTOGRAPHY = (STORAGE + end for end in ("6.2", "7.3", "77.1.4"))

ROWS, COLUMNS = 24, 32


def scene(low: int, high: int, rows: int = ROWS, columns: int = COLUMNS) -> NDArray[Any]:
    """Return values from low to high, shape (rows, columns), as Python integers.

    They rise from the top left to the bottom right; a triangle in the top left corner has the highest value, a bar at
    the right side of the bottom the lowest.
    """
    down, across = np.mgrid[0:rows, 0:columns].astype(object)
    steps = 3 * (columns - 1) + 2 * (rows - 1)
    values = low + (3 * across + 2 * down) * (high - low) // steps
    values[(down >= across) & (down < rows // 3)] = high
    values[(down >= rows - 4) & (across >= columns // 2)] = low
    return values  # type: ignore[no-any-return]


def grey_image(
    values: NDArray[Any] | list[Any],
    sop_class: str = CT,
    photometric_interpretation: str = "MONOCHROME2",
    *,
    bits: tuple[int, int, int] = (16, 12, 11),
    signed: bool = False,
    garbage: NDArray[Any] | int = 0,
    **attributes: object,
) -> Dataset:
    """Return an image of one sample a pixel.

    Args:
        values: stored values, shape (rows, columns) or (frames, rows, columns).
        sop_class: its SOP Class UID.
        photometric_interpretation: MONOCHROME1, MONOCHROME2 or PALETTE COLOR.
        bits: Bits Allocated, Bits Stored, High Bit.
        signed: Pixel Representation.
        garbage: what the unused bits of the cells hold.
        attributes: of the data set, by keyword.
    """
    values = np.array(values, object)
    dataset = image_head(sop_class, photometric_interpretation, values.shape[-2:], bits, signed=signed)
    if values.ndim == 3:
        dataset.NumberOfFrames = len(values)
    dataset.PixelData = packed(values, bits, garbage)
    dataset["PixelData"].VR = "OB" if bits[0] <= 8 else "OW"
    return with_attributes(dataset, attributes)


def color_image(
    samples: NDArray[Any],
    photometric_interpretation: str = "RGB",
    *,
    bits: tuple[int, int, int] = (8, 8, 7),
    planar: bool = False,
    **attributes: object,
) -> Dataset:
    """Return an image of three samples a pixel.

    Args:
        samples: shape (rows, columns, 3).
        photometric_interpretation: of the samples; with 422 each second pixel's chroma is left out (RR-8).
        bits: Bits Allocated, Bits Stored, High Bit.
        planar: whether samples are stored by plane (RR-4).
        attributes: of the data set, by keyword.
    """
    dataset = image_head(VL_PHOTOGRAPHY, photometric_interpretation, samples.shape[:2], bits)
    dataset.SamplesPerPixel, dataset.PlanarConfiguration = 3, int(planar)
    stored = np.moveaxis(samples, -1, 0) if planar else samples
    if photometric_interpretation.endswith("_422"):
        pairs = samples.reshape(-1, 2, 3)
        stored = np.stack([pairs[:, 0, 0], pairs[:, 1, 0], pairs[:, 0, 1], pairs[:, 0, 2]], axis=-1)
    dataset.PixelData = packed(stored, bits)
    dataset["PixelData"].VR = "OB" if bits[0] <= 8 else "OW"
    return with_attributes(dataset, attributes)


def real_image(values: NDArray[Any], sop_class: str = PARAMETRIC_MAP, **attributes: object) -> Dataset:
    """Return an image of float32 or float64 cells, shape (rows, columns)."""
    width = values.dtype.itemsize * 8
    dataset = image_head(sop_class, "MONOCHROME2", values.shape, (width, width, width - 1))
    del dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation  # RR-3: floats have none
    name = "FloatPixelData" if width == 32 else "DoubleFloatPixelData"
    setattr(dataset, name, values.astype(values.dtype.newbyteorder("<")).tobytes())
    return with_attributes(dataset, attributes)


def image_head(
    sop_class: str,
    photometric_interpretation: str,
    shape: tuple[int, ...],
    bits: tuple[int, int, int],
    *,
    signed: bool = False,
) -> Dataset:
    """Return all of an image but its pixels."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.Modality = sop_class, "OT"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SOPInstanceUID = "1.2.3", "1.2.3.4", "1.2.3.4.5"
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric_interpretation
    dataset.Rows, dataset.Columns = shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits
    dataset.PixelRepresentation = int(signed)
    return dataset


def with_attributes(dataset: Dataset, attributes: dict[str, Any]) -> Dataset:
    """Set attributes by keyword."""
    for name, value in attributes.items():
        setattr(dataset, name, value)
    return dataset


def packed(values: Iterable[Any], bits: tuple[int, int, int], garbage: NDArray[Any] | int = 0) -> bytes:
    """Return cells as bytes of an even count: stored values where Bits Stored and High Bit say, garbage around them."""
    allocated, stored, high_bit = bits
    shaped = np.array(values, object)
    flat = shaped.ravel()
    around = np.broadcast_to(np.array(garbage, object), shaped.shape).ravel()
    below = high_bit + 1 - stored
    used = (2**stored - 1) << below
    row_of_bits = 0
    for place, (value, other) in enumerate(zip(flat, around, strict=True)):
        cell = ((int(value) << below) & used) | (int(other) & (2**allocated - 1) & ~used)
        row_of_bits |= cell << place * allocated
    length = -(-flat.size * allocated // 8)
    return row_of_bits.to_bytes(length + length % 2, "little")


def table_item(entries: Iterable[int], *, first: int = 0, bits: int = 16, byte_packed: bool = False) -> Dataset:
    """Return a Modality or VOI LUT Sequence item; the first value mapped may be negative."""
    item = Dataset()
    values = list(entries)
    item.add_new("LUTDescriptor", "SS" if first < 0 else "US", [_word(len(values), first), first, bits])
    item.add_new("LUTData", "OW", palette_bytes(values, byte_packed=byte_packed))
    return item


def palette_bytes(entries: Iterable[int], *, byte_packed: bool = False) -> bytes:
    """Return entries as little-endian words, or as bytes of an even count."""
    values = list(entries)
    if byte_packed:
        return bytes(values) + bytes(len(values) % 2)
    return b"".join(value.to_bytes(2, "little") for value in values)


def _word(count: int, first: int) -> int:
    """Return a count of entries as the descriptor has it: 65536 is 0, and an SS beside a negative number wraps."""
    count %= 65536
    return count - 65536 if first < 0 and count >= 32768 else count
