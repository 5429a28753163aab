"""One decoded frame as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Frame:
    """Stored values of one frame, as cells in native byte order.

    Attributes:
        cells: shape (rows, columns), or (rows, columns, samples) interleaved; uint8, uint16, uint32 or uint64 bit
            patterns as Bits Allocated holds them, in the next wider of these (Bits Allocated 1: uint8 of 0 and 1),
            float32 or float64 for the float elements. Unused bits may hold anything: see RR-1 and the three attributes
            below.
        photometric_interpretation: the colour space that the cells are in *now*: decoding YCbCr JPEG or a J2K stream
            with a component transform yields RGB; chroma is always up-sampled, so YBR_FULL_422 never appears here.
        bits_stored: of a cell, now.
        high_bit: of a cell, now.
        pixel_representation: 0 unsigned, 1 two's complement within bits_stored.
        band: rows of the image that the cells are, the first and the one after the last; None: all of them.
    """

    cells: NDArray[np.generic]
    photometric_interpretation: str
    bits_stored: int
    high_bit: int
    pixel_representation: int
    band: tuple[int, int] | None = None
