"""Grey steps as one table: evaluated over every value that a cell can hold, then looked up."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from openwado.render import samples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.render.grey_steps import GreySteps
    from openwado.render.samples import SampleFormat

CHUNK = 1 << 13
"""Values evaluated at a time: the real numbers in between stay in the processor's cache, and memory stays bounded."""

TABLES = 32
"""Tables remembered, at most 128 KiB each: the images of a series, and the frames of an object, mostly share theirs."""


def has_table(sample_format: SampleFormat) -> bool:
    """Say whether cells of this format are looked up rather than evaluated one by one."""
    return sample_format.cell_bits <= samples.TABLE_BITS


@lru_cache(maxsize=TABLES)
def table_of(sample_format: SampleFormat, steps: GreySteps) -> NDArray[Any]:
    """Return the grey level of every value that cells of 8 or 16 bits can store, smallest value first; read-only."""
    values = samples.ascending(sample_format)
    table = np.concatenate([steps.levels(values[start : start + CHUNK]) for start in range(0, values.size, CHUNK)])
    table.setflags(write=False)
    return table


@lru_cache(maxsize=TABLES)
def cell_table_of(sample_format: SampleFormat, steps: GreySteps) -> NDArray[Any]:
    """Return the grey level of every pattern that cells of 8 or 16 bits can hold; read-only."""
    table = samples.by_cell(table_of(sample_format, steps), sample_format)
    table.setflags(write=False)
    return table


def levels_of(cells: NDArray[Any], sample_format: SampleFormat | None, steps: GreySteps) -> NDArray[Any]:
    """Return grey levels, uint8 or uint16, for cells of any format, shape (rows, columns)."""
    if sample_format is None or not has_table(sample_format):
        return _evaluated(cells, sample_format, steps)
    return look_up(cells, cell_table_of(sample_format, steps))


def look_up(cells: NDArray[Any], table: NDArray[Any]) -> NDArray[Any]:
    """Return the entry for each cell; the table has one for every pattern of a cell of 8 or 16 bits."""
    found = cv2.LUT(cells.view(f"u{cells.dtype.itemsize}"), table)
    return np.asarray(found, dtype=table.dtype)


def look_up_colors(
    cells: NDArray[Any], sample_format: SampleFormat, colors: tuple[NDArray[np.uint8], ...]
) -> NDArray[np.uint8]:
    """Return RGB, shape (rows, columns, 3), for cells of 8 or 16 bits.

    Args:
        cells: shape (rows, columns).
        sample_format: of the cells.
        colors: red, green and blue, each with one entry for every value that can be stored, smallest value first.
    """
    planes = [look_up(cells, samples.by_cell(color, sample_format)) for color in colors]
    return np.asarray(cv2.merge(planes), dtype=np.uint8)


def _evaluated(cells: NDArray[Any], sample_format: SampleFormat | None, steps: GreySteps) -> NDArray[Any]:
    levels = np.empty(cells.shape, steps.dtype)
    rows = max(1, CHUNK // max(1, cells.shape[1]))
    for top in range(0, cells.shape[0], rows):
        levels[top : top + rows] = steps.levels(samples.read(cells[top : top + rows], sample_format))
    return levels
