"""Making a picture larger or smaller (PS3.18 legacy 8.2.2-8.2.3): averages downwards, bicubic upwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

BAND_CELLS = 1 << 17
"""Cells read at a time while an image is halved: they stay in the processor's cache, and memory stays bounded."""

LONGEST_WARPED = (1 << 15) - 2
"""Most rows or columns of what OpenCV warps."""


def resize(
    cells: NDArray[Any], rows: int, columns: int, read: Callable[[NDArray[Any]], NDArray[Any]] | None = None
) -> NDArray[Any]:
    """Return an image at another size.

    An axis that shrinks is averaged over its whole extent, one that grows is interpolated; overshoot of the
    interpolation is clamped to what the type can hold, never wrapped.

    Args:
        cells: shape (rows, columns) or (rows, columns, 3).
        rows: of the result.
        columns: of the result.
        read: what makes numbers of cells (sign, unused bits): bit patterns must never be averaged. None where cells are
            numbers. It has to give uint8, uint16, int16, float32 or float64, which are the types that can be resampled.
    """
    halve_rows, halve_columns = _halves(cells.shape[0], rows), _halves(cells.shape[1], columns)
    if halve_rows or halve_columns:
        values = _halved(cells, 2 if halve_rows else 1, 2 if halve_columns else 1, read)
        return resize(values, rows, columns)
    values = cells if read is None else read(cells)
    smaller = (min(rows, values.shape[0]), min(columns, values.shape[1]))
    values = _to_size(values, *smaller, cv2.INTER_AREA)
    return _to_size(values, rows, columns, cv2.INTER_CUBIC)


def nearest(cells: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """Return an image at another size made of its own values only, each the one nearest to the pixel's centre.

    Args:
        cells: shape (rows, columns) or (rows, columns, 3).
        rows: of the result.
        columns: of the result.
    """
    return _to_size(cells, rows, columns, cv2.INTER_NEAREST_EXACT)


def _halves(size: int, wanted: int) -> bool:
    """Say whether an axis is first averaged by exactly two, which is many times faster than by a fraction.

    What is left has to be at least twice the size wanted, so that the average of averages is as sharp.
    """
    return size % 2 == 0 and size >= 4 * wanted


def _halved(
    cells: NDArray[Any], down: int, across: int, read: Callable[[NDArray[Any]], NDArray[Any]] | None
) -> NDArray[Any]:
    rows, columns = cells.shape[:2]
    step = max(1, BAND_CELLS // columns) * down
    halved: NDArray[Any] | None = None
    for top in range(0, rows, step):
        band = cells[top : top + step]
        values = band if read is None else read(band)
        if halved is None:
            halved = np.empty((rows // down, columns // across, *values.shape[2:]), values.dtype)
        place = top // down
        into = halved[place : place + values.shape[0] // down]
        cv2.resize(values, (columns // across, into.shape[0]), into, interpolation=cv2.INTER_AREA)
    return cells if halved is None else halved


def _to_size(values: NDArray[Any], rows: int, columns: int, interpolation: int) -> NDArray[Any]:
    if values.shape[:2] == (rows, columns):
        return values
    return cv2.resize(values, (columns, rows), interpolation=interpolation)
