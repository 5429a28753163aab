"""Pixel padding: stored values that are no image data (RR-3, RR-17; PS3.3 C.7.5.1.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def found(values: NDArray[Any], padding: tuple[int, int] | None) -> NDArray[np.bool_] | None:
    """Return where stored values are no image data: within padding (both ends included), or not finite.

    Returns:
        a mask of the shape of values; None if nothing could be padding.
    """
    mask = None
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        mask = ~np.isfinite(values)
    if padding is not None:
        lowest, highest = padding
        inside = (values >= lowest) & (values <= highest)
        mask = inside if mask is None else mask | inside
    return mask
