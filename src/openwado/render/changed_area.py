"""What differs between two frames: all that has to be written of the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.render.raster import Raster


class ChangedArea(NamedTuple):
    """The smallest rectangle that holds every pixel that differs; one pixel where none does.

    Attributes:
        top: rows above it.
        left: columns before it.
        pixels: of the second frame, in the rectangle.
        changed: which of them differ, shape (rows, columns).
    """

    top: int
    left: int
    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    changed: NDArray[np.bool_]


def changed_area(previous: Raster | None, current: Raster) -> ChangedArea:
    """Return what differs between two frames of one shape; all of it where there is no previous one."""
    pixels = current.pixels
    if previous is None:
        return ChangedArea(0, 0, pixels, np.ones(pixels.shape[:2], np.bool_))
    differs = previous.pixels != pixels
    if not current.is_grey:
        differs = differs[..., 0] | differs[..., 1] | differs[..., 2]
    rows, columns = _extent(differs.any(axis=1)), _extent(differs.any(axis=0))
    part: NDArray[Any] = np.ascontiguousarray(pixels[rows, columns])
    return ChangedArea(rows.start, columns.start, part, differs[rows, columns])


def _extent(differs: NDArray[np.bool_]) -> slice:
    """Return the first to the last of what differs; the first place where nothing does."""
    places = np.flatnonzero(differs)
    return slice(int(places[0]), int(places[-1]) + 1) if len(places) else slice(0, 1)
