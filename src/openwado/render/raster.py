"""A finished picture before it is encoded, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Raster:
    """Display values and what their colours mean.

    Attributes:
        pixels: C-contiguous, shape (rows, columns) for grey or (rows, columns, 3) for RGB; uint8 0 … 255, or for grey
            uint16 0 … 65535 (RR-27).
        icc_profile: the ICC profile of RGB pixels, as `icc_profile.checked` returns it; empty if there is none (RR-16).
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    icc_profile: bytes = b""

    @property
    def is_grey(self) -> bool:
        """Whether it has one value a pixel."""
        return self.pixels.ndim == 2  # noqa: PLR2004

    @property
    def bits(self) -> int:
        """Bits of a value, 8 or 16."""
        return 8 * self.pixels.dtype.itemsize
