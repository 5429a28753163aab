"""Palette Color Lookup Tables: stored values to colours (RR-12, RR-14; PS3.3 C.7.6.3.1.5-6, C.7.6.19, C.7.9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.render import pixel_padding
from openwado.render.lookup_table import entries_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.picture_record import Palette

BYTE_MAXIMUM = 255


def colors_of(values: NDArray[np.float64], palette: Palette) -> tuple[NDArray[np.uint8], ...]:
    """Return red, green and blue, uint8, for stored values.

    Raises:
        CorruptObject: a table is empty.
    """
    shift = _bits(palette) - 8
    tables = (palette.red, palette.green, palette.blue)
    return tuple((entries_at(values, table) >> shift).astype(np.uint8) for table in tables)


def supplement(
    grey: NDArray[np.uint8], values: NDArray[np.float64], palette: Palette, padding: tuple[int, int] | None
) -> tuple[NDArray[np.uint8], ...]:
    """Return red, green and blue for stored values of an image with a supplemental palette (RR-14).

    Args:
        grey: what the grey steps make of the values.
        values: stored values; those from the first mapped one on take the palette's colour.
        palette: the supplemental palette.
        padding: lowest and highest stored value that is no image data, and so has no colour (RR-17).

    Raises:
        CorruptObject: a table is empty.
    """
    colored = values >= palette.red.first_mapped
    masked = pixel_padding.found(values, padding)
    if masked is not None:
        colored &= ~masked
    return tuple(np.where(colored, color, grey) for color in colors_of(values, palette))


def _bits(palette: Palette) -> int:
    """Return the bits that entries really have: some writers say 16 and store 8-bit values in the low byte."""
    tables = (palette.red, palette.green, palette.blue)
    bits = max(table.bits for table in tables)
    largest = max(int(np.frombuffer(table.entries, dtype="<u2").max(initial=0)) for table in tables)
    return 8 if largest <= BYTE_MAXIMUM else bits
