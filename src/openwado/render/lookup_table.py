"""Looking values up in a LUT: the clamping rule of every module (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from openwado.errors import CorruptObject

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from openwado.dicom.picture_record import LookupTable


def full_scale(table: LookupTable) -> int:
    """Return the largest value that an entry may have, whatever the entries are."""
    return (1 << table.bits) - 1


def entries_at(values: NDArray[np.float64], table: LookupTable) -> NDArray[np.uint16]:
    """Return the entry for each value: fractions go to the nearest, what is outside takes the first or last entry.

    Raises:
        CorruptObject: the table is empty.
    """
    entries = np.frombuffer(table.entries, dtype="<u2")
    if not entries.size:
        raise CorruptObject("A look-up table of the image has no entries.")
    index = np.floor(values + 0.5)
    index -= table.first_mapped
    # fmax and fmin also take a NaN (an overflowing rescale) to the first entry, where a cast would be undefined.
    np.fmax(index, 0, out=index)
    np.fmin(index, entries.size - 1, out=index)
    found: NDArray[np.uint16] = np.minimum(entries[index.astype(np.intp)], np.uint16(full_scale(table)))
    return found
