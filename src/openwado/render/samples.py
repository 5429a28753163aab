"""Stored values: which bits of a cell they are, and what number they mean (RR-1; PS3.5 8.1.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.frame import Frame

T = TypeVar("T", bound=np.generic)

BYTE_BITS = 8

TABLE_BITS = 16
"""Cells of up to so many bits are looked up in a table of all they can hold; wider ones are computed one by one."""


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """Which bits of an integer cell hold the stored value.

    Attributes:
        cell_bits: 8, 16, 32 or 64.
        bits_stored: 1 … cell_bits.
        high_bit: bits_stored - 1 … cell_bits - 1.
        signed: two's complement within bits_stored.
    """

    cell_bits: int
    bits_stored: int
    high_bit: int
    signed: bool

    @property
    def lowest(self) -> int:
        """The smallest value that can be stored."""
        return -(1 << (self.bits_stored - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        """The largest value that can be stored."""
        return self.lowest + (1 << self.bits_stored) - 1

    @property
    def fills_cell(self) -> bool:
        """Whether a cell is the value itself, with no bit to spare and no sign."""
        return self.bits_stored == self.cell_bits and not self.signed


def format_of(frame: Frame) -> SampleFormat | None:
    """Return the sample format of a frame; None for float cells, which are values themselves (RR-3).

    Raises:
        CorruptObject: bits stored, high bit and the cells contradict each other.
    """
    if frame.cells.dtype.kind == "f":
        return None
    cell_bits = frame.cells.dtype.itemsize * 8
    if not 1 <= frame.bits_stored <= frame.high_bit + 1 <= cell_bits:
        raise CorruptObject(
            f"The image says that bit {frame.high_bit} is the highest of {frame.bits_stored} stored bits in cells of "
            f"{cell_bits}, which cannot be."
        )
    return SampleFormat(cell_bits, frame.bits_stored, frame.high_bit, signed=frame.pixel_representation == 1)


def format_of_values(dtype: np.dtype[Any]) -> SampleFormat | None:
    """Return the format of values that `read` gave: every bit counts."""
    if dtype.kind == "f":
        return None
    bits = dtype.itemsize * 8
    return SampleFormat(bits, bits, bits - 1, signed=dtype.kind == "i")


def read(cells: NDArray[Any], sample_format: SampleFormat | None) -> NDArray[Any]:
    """Return the stored values of cells, of any shape, as numbers.

    Unused bits are undefined (old overlays, copies of the sign) and never take part.

    Returns:
        uint8, uint16, uint32, uint64, int16, int32 or int64 (never int8, which no resampler takes), or floats as given;
        a view of the cells where they are the numbers already.
    """
    if sample_format is None:
        return cells
    values = cells.view(f"i{cells.dtype.itemsize}") if sample_format.signed else cells
    # Most writers keep unused bits clean, and to look is several times cheaper than to mask.
    if sample_format.bits_stored < sample_format.cell_bits and not _is_clean(values, sample_format):
        values = _masked(cells, sample_format)
    return values.astype(np.int16) if values.dtype == np.int8 else values


def _is_clean(values: NDArray[Any], sample_format: SampleFormat) -> bool:
    """Say whether numbers as wide as their cells are stored values already."""
    if sample_format.high_bit + 1 > sample_format.bits_stored or not values.size:
        return False
    reaches_down = sample_format.signed and values.min() < sample_format.lowest
    return not reaches_down and bool(values.max() <= sample_format.highest)


def _masked(cells: NDArray[Any], sample_format: SampleFormat) -> NDArray[Any]:
    above = sample_format.cell_bits - 1 - sample_format.high_bit
    if sample_format.signed:
        # The shift to the left loses what is above, the arithmetic one to the right what is below.
        pattern = (cells << above).view(f"i{cells.dtype.itemsize}")
        return pattern >> (sample_format.cell_bits - sample_format.bits_stored)
    below = sample_format.high_bit + 1 - sample_format.bits_stored
    return (cells >> below) & ((1 << sample_format.bits_stored) - 1)


def ascending(sample_format: SampleFormat) -> NDArray[np.float64]:
    """Return every value that can be stored, smallest first; for at most `TABLE_BITS` stored bits."""
    return np.arange(sample_format.lowest, sample_format.highest + 1, dtype=np.float64)


def by_cell(table: NDArray[T], sample_format: SampleFormat) -> NDArray[T]:
    """Spread a table with one entry for each of `ascending` over every pattern that a cell can hold.

    Returns:
        2 ** cell_bits entries; patterns that differ in unused bits only share their entry.
    """
    if sample_format.signed:
        table = np.roll(table, 1 << (sample_format.bits_stored - 1))
    below = sample_format.high_bit + 1 - sample_format.bits_stored
    above = sample_format.cell_bits - 1 - sample_format.high_bit
    table = np.repeat(table, 1 << below) if below else table
    return np.tile(table, 1 << above) if above else table
