"""Edge enhancement of XA/XRF states (PS3.4 N.2.5.2, PS3.3 C.8.19.7): the filter is the application's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEIGHBOURHOOD = (3, 3)


def enhanced(
    values: NDArray[np.float64], strength: float, padded: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """Return values that stand off from their neighbourhood more than they did.

    To each value a share of its difference to the mean of the three by three pixels around it is added: at full
    strength all of it, so that fine detail has twice its contrast. Beyond the edge lies what is at the edge.

    Args:
        values: before the VOI LUT.
        strength: 0 … 1, Display Filter Percentage (0028,9411) / 100.
        padded: pixels that are no image data, and do not count; None: all do.
    """
    there = np.ones(values.shape) if padded is None else (~padded).astype(np.float64)
    known = np.where(there > 0, values, 0.0)
    total = _sum(known)
    count = _sum(there)
    means: NDArray[Any] = np.divide(total, count, out=known.copy(), where=count > 0)
    sharper: NDArray[np.float64] = known + strength * (known - means)
    return sharper


def _sum(values: NDArray[np.float64]) -> NDArray[Any]:
    found: NDArray[Any] = cv2.boxFilter(
        values, cv2.CV_64F, _NEIGHBOURHOOD, normalize=False, borderType=cv2.BORDER_REPLICATE
    )
    return found
