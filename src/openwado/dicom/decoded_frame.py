"""What every decoder does before and after its library: check the size, name the colour, fit the bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from openwado.dicom.frame import Frame
from openwado.dicom.native import ONLY_IN_STREAMS, UPSAMPLED, check_sample_count, interleaved
from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.image_pixel import ImagePixel

    Cells = NDArray[Any]

COLOR_COMPONENTS = 3
FOUR_COMPONENTS = 4
GREY_DIMENSIONS = 2
_SLACK = 16
_GREY = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
#: Labels that three components of full size cannot bear: a known vendor error, the samples are RGB (RR-11).
_MISLABELS = _GREY | ONLY_IN_STREAMS | UPSAMPLED.keys() | {"YBR_PARTIAL_420"}


class RefusedError(Exception):
    """A decoder leaves a stream to the next one."""


def check_stream_size(rows: int, columns: int, components: int, image_pixel: ImagePixel) -> None:
    """Refuse a stream whose size cannot be that of a frame of this object; a little more or less is believed (RR-5).

    Args:
        rows: of the stream.
        columns: of the stream.
        components: of the stream.
        image_pixel: what the object says.

    Raises:
        CorruptObject: an extent is more than twice, or less than half, the object's; or the frame is too big, or
            has a number of components that no frame has.
    """
    check_sample_count(rows, columns, components)
    if components not in (1, COLOR_COMPONENTS, FOUR_COMPONENTS):
        raise CorruptObject(f"The compressed stream of this frame has {components} components.")
    for found, said in ((rows, image_pixel.rows), (columns, image_pixel.columns)):
        if found > 2 * said + _SLACK or said > 2 * found + _SLACK:
            raise CorruptObject(
                f"The compressed stream of this frame has {columns} x {rows} pixels, "
                f"the object says {image_pixel.columns} x {image_pixel.rows}."
            )


def component_color(components: int, image_pixel: ImagePixel) -> str:
    """Return the colour space of components that no decoder converts: what the object says, if it can be true (RR-11).

    Args:
        components: 1, 3 or 4, none of them subsampled.
        image_pixel: what the object says.

    Returns:
        A defined term of Photometric Interpretation.

    Raises:
        CorruptObject: four components that the object does not have.
    """
    said = image_pixel.photometric_interpretation
    if components == 1:
        return said if said in _GREY else "MONOCHROME2"
    if components == COLOR_COMPONENTS:
        return "RGB" if said in _MISLABELS else said
    if components != image_pixel.samples_per_pixel:
        raise CorruptObject(f"The compressed stream of this frame has {components} components.")
    return said


def decoded_frame(
    cells: Cells, photometric_interpretation: str, image_pixel: ImagePixel, *, precision: int, lossy: bool
) -> Frame:
    """Return decoded samples as cells of the object's width, as the encoder was given them (RR-1, RR-5).

    Bits Stored, High Bit and Pixel Representation stay the object's unless the stream's samples do not fit Bits
    Allocated. Lossy samples beyond Bits Stored are clamped: masking them (RR-1) would turn the brightest pixels black.

    Args:
        cells: shape (rows, columns) or (rows, columns, components), unsigned or signed integers.
        photometric_interpretation: their colour space.
        image_pixel: what the object says.
        precision: bits of a sample of the stream.
        lossy: whether values may lie outside what was encoded.

    Raises:
        CorruptObject: the library returned something other than one image.
    """
    _check_shape(cells, image_pixel)
    width = max(image_pixel.bits_allocated, precision)
    bits_stored, high_bit = image_pixel.bits_stored, image_pixel.high_bit
    if precision > image_pixel.bits_allocated:
        bits_stored, high_bit = precision, precision - 1
    elif precision <= high_bit:
        high_bit = bits_stored - 1
    signed = image_pixel.pixel_representation == 1
    if lossy and precision > bits_stored == high_bit + 1 and signed == (cells.dtype.kind == "i"):
        cells = _clamped(cells, bits_stored)
    patterns = _patterns(cells, width)
    if bits_stored == high_bit + 1 and _is_unused_above(patterns, bits_stored, precision):
        patterns = _filled(patterns, bits_stored, signed=signed, masked=cells.dtype.kind == "i")
    if patterns.ndim > GREY_DIMENSIONS and not patterns.flags.c_contiguous:
        patterns = interleaved(np.moveaxis(patterns, -1, 0))
    return Frame(
        np.ascontiguousarray(patterns),
        photometric_interpretation,
        bits_stored,
        high_bit,
        image_pixel.pixel_representation,
    )


def _check_shape(cells: Cells, image_pixel: ImagePixel) -> None:
    components = 1 if cells.ndim == GREY_DIMENSIONS else cells.shape[-1]
    if cells.ndim not in (2, 3) or cells.dtype.kind not in "iu":
        raise CorruptObject("The compressed stream of this frame holds something other than one grey or colour image.")
    check_stream_size(cells.shape[0], cells.shape[1], components, image_pixel)


def _is_unused_above(patterns: Cells, bits_stored: int, precision: int) -> bool:
    """Return whether the bits above Bits Stored hold nothing: else they may be overlay planes (RR-24)."""
    return precision <= bits_stored or not int(patterns.max(initial=0)) >> bits_stored


def _clamped(cells: Cells, bits_stored: int) -> Cells:
    if cells.dtype.kind == "i":
        clamped: Cells = np.clip(cells, -(1 << (bits_stored - 1)), (1 << (bits_stored - 1)) - 1)
    else:
        clamped = np.minimum(cells, (1 << bits_stored) - 1)
    return clamped


def _patterns(cells: Cells, bits: int) -> Cells:
    """Return the cells as unsigned integers of 8, 16, 32 or 64 bits."""
    size = next(size for size in (1, 2, 4, 8) if size * 8 >= bits)
    wide = cells.astype(np.dtype(f"{cells.dtype.kind}{max(size, cells.dtype.itemsize)}"), copy=False)
    return wide.view(f"u{wide.dtype.itemsize}").astype(f"u{size}", copy=False)


def _filled(patterns: Cells, bits_stored: int, *, signed: bool, masked: bool) -> Cells:
    """Give the bits above Bits Stored, which the stream does not hold, their usual values: the sign's copies, or 0."""
    unused = patterns.dtype.itemsize * 8 - bits_stored
    if not unused or not (signed or masked):
        return patterns
    shifted = np.left_shift(patterns, unused, dtype=patterns.dtype)
    if signed:
        shifted = shifted.view(f"i{patterns.dtype.itemsize}")
    return np.right_shift(shifted, unused, dtype=shifted.dtype).view(patterns.dtype)
