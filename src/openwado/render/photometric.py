"""Photometric Interpretation: samples of a colour image to RGB (RR-7 … RR-10, RR-15; PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.errors import CorruptObject, NotSupported
from openwado.render import samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.render.samples import SampleFormat

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})

PALETTE_COLOR = "PALETTE COLOR"

RGB = frozenset({"RGB", "YBR_RCT", "YBR_ICT"})
"""What needs no conversion. YBR_RCT and YBR_ICT exist inside a codestream only and end in its decoder (RR-10)."""

FULL_RANGE = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))
"""YBR_FULL to RGB, chroma around 0 (RR-7)."""

PARTIAL_RANGE = ((1.1644, 0.0, 1.5960), (1.1644, -0.3917, -0.8130), (1.1644, 2.0173, 0.0))
"""YBR_PARTIAL to RGB, luma from 16/256 of the range on, chroma around 0 (RR-9)."""

NO_CHANGE = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))

NOTHING = np.zeros(4)

BAND_PIXELS = 1 << 17
"""Pixels converted at a time: the real numbers in between are many times larger than what goes in and out."""


def to_rgb(
    cells: NDArray[Any], sample_format: SampleFormat | None, photometric_interpretation: str
) -> NDArray[np.uint8]:
    """Return an image of three samples as 8-bit RGB, scaled by bits stored and rounded to the nearest.

    Colour samples are unsigned; where an image says they are signed, its smallest value counts as 0.

    Args:
        cells: shape (rows, columns, 3), chroma not subsampled.
        sample_format: of the cells.
        photometric_interpretation: the colour space they are in.

    Returns:
        uint8, shape (rows, columns, 3); may be a view of the cells.

    Raises:
        CorruptObject: this is no colour space of three integer samples.
        NotSupported: the colour space is a retired one of four samples, or HSV.
    """
    if sample_format is None:
        raise CorruptObject("The image has colour samples that are no integers.")
    matrix = _matrix(photometric_interpretation, cells.shape[2], sample_format)
    if matrix is None:
        return cells
    rgb = np.empty(cells.shape, np.uint8)
    step = max(1, BAND_PIXELS // max(1, cells.shape[1]))
    for top in range(0, cells.shape[0], step):
        values = np.ascontiguousarray(samples.read(cells[top : top + step], sample_format), dtype=np.float32)
        # Adding nothing is how OpenCV rounds and clamps real numbers to bytes in one pass.
        cv2.add(cv2.transform(values, matrix), NOTHING, dst=rgb[top : top + step], dtype=cv2.CV_8U)
    return rgb


def _matrix(photometric_interpretation: str, count: int, sample_format: SampleFormat) -> NDArray[np.float32] | None:
    """Return the 3 x 4 matrix from samples to RGB of 0 … 255, None where samples are that already."""
    if photometric_interpretation in RGB:
        if count == len(NO_CHANGE) and sample_format.fills_cell and sample_format.cell_bits == 8:  # noqa: PLR2004 -- a byte
            return None
        rows, black, grey = NO_CHANGE, 0.0, 0.0
    elif photometric_interpretation.startswith("YBR_FULL"):
        rows, black, grey = FULL_RANGE, 0.0, 0.5
    elif photometric_interpretation.startswith("YBR_PARTIAL"):
        rows, black, grey = PARTIAL_RANGE, 1 / 16, 0.5
    elif photometric_interpretation in GREY or photometric_interpretation == PALETTE_COLOR:
        raise CorruptObject(f"The image has {count} samples a pixel, which contradicts {photometric_interpretation}.")
    else:
        raise NotSupported(f"Pictures of the colour space {photometric_interpretation!r} are not made.")
    if count != len(rows):
        raise CorruptObject(f"The image has {count} samples a pixel, which contradicts {photometric_interpretation}.")
    scale = 255 / (sample_format.highest - sample_format.lowest)
    levels = float(1 << sample_format.bits_stored)
    zero = np.array([black, grey, grey]) * levels + sample_format.lowest
    gain = np.array(rows) * scale
    return np.column_stack([gain, -gain @ zero]).astype(np.float32)
