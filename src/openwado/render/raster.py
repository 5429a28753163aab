"""A finished picture before it is encoded, as a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Raster:
    """Display values: uint8, C-contiguous, shape (rows, columns) for grey or (rows, columns, 3) for RGB."""

    pixels: NDArray[np.uint8]

    @property
    def is_grey(self) -> bool:
        """Whether it has one value a pixel."""
        return self.pixels.ndim == 2  # noqa: PLR2004
