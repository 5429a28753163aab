"""Rotation and flip of a presentation state (PS3.3 C.10.6; RR-39)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point = tuple[float, float]

_QUARTER = 90


@dataclass(frozen=True, slots=True)
class SpatialTransformation:
    """Rotation clockwise by 0, 90, 180 or 270 degrees, then a horizontal flip.

    Attributes:
        rows, columns: of the image before it.
        rotation: degrees.
        flip: whether left and right change places afterwards.
    """

    rows: int
    columns: int
    rotation: int = 0
    flip: bool = False

    @property
    def turns_axes(self) -> bool:
        """Whether rows become columns."""
        return self.rotation % (2 * _QUARTER) != 0

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns after it."""
        return (self.columns, self.rows) if self.turns_axes else (self.rows, self.columns)

    def apply(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return a picture turned and flipped, as a view."""
        turned: NDArray[Any] = np.rot90(pixels, -(self.rotation // _QUARTER))
        return turned[:, ::-1] if self.flip else turned

    def point(self, point: Point) -> Point:
        """Return where a point goes: column and row from the outer corner of the first pixel, before and after."""
        x, y = point
        turned = {
            0: (x, y),
            90: (self.rows - y, x),
            180: (self.columns - x, self.rows - y),
            270: (y, self.columns - x),
        }[self.rotation]
        return (self.size[1] - turned[0], turned[1]) if self.flip else turned
